# Completes sloth-runner's command lines by asking sloth-runner itself.
function __sloth_runner_complete
  set -l words (commandline -opc) (commandline -ct)
  for line in ($words[1] complete -- $words[2..-1] 2>/dev/null)
    switch $line
      case :file
        __fish_complete_path (commandline -ct)
      case :directory
        __fish_complete_directories (commandline -ct)
      case '*'
        echo $line
    end
  end
end

complete -c sloth-runner -f -a '(__sloth_runner_complete)'
