#compdef sloth-runner
# Completes sloth-runner's command lines by asking sloth-runner itself.
_sloth_runner() {
  local line
  local -a found
  for line in "${(@f)$("${(Q)words[1]}" complete -- "${(@Q)words[2,CURRENT]}" 2>/dev/null)}"; do
    case $line in
      :file) _files; return ;;
      :directory) _files -/; return ;;
      ?*) found+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}") ;;
    esac
  done
  _describe sloth-runner found
}

# A file in $fpath is run to complete; what is sourced only tells which function does.
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
  _sloth_runner "$@"
else
  compdef _sloth_runner sloth-runner
fi
