# Completes sloth-runner's command lines by asking sloth-runner itself. For bash 3.2 (macOS) too.
_sloth_runner() {
  local word line cut
  local -a words
  words=()
  # To bash, --flag=value is three words.
  for word in "${COMP_WORDS[@]:1:COMP_CWORD}"; do
    if ((${#words[@]})) && [[ $word == "=" || ${words[${#words[@]}-1]} == --*= ]]; then
      words[${#words[@]}-1]+=$word
    else
      words+=("$word")
    fi
  done
  word=${words[${#words[@]}-1]}
  cut=
  [[ $word == --*=* && $COMP_WORDBREAKS == *=* ]] && cut=${word%%=*}=
  COMPREPLY=()
  while IFS= read -r line; do
    case $line in
      :file) _sloth_runner_paths -f "$word" ;;
      :directory) _sloth_runner_paths -d "$word" ;;
      *)
        line=${line%%$'\t'*}
        COMPREPLY+=("${line#"$cut"}")
        ;;
    esac
  done < <("$1" complete -- "${words[@]}" 2>/dev/null)
}

_sloth_runner_paths() {
  local path
  compopt -o filenames 2>/dev/null
  while IFS= read -r path; do
    COMPREPLY+=("$path")
  done < <(compgen "$1" -- "$2")
}

complete -F _sloth_runner sloth-runner
