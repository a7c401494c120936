# Goes into a directory of ours that nobody else may exchange. The kernel is asked about where we are, never about a name a second time.
enter() {
  cd -P "${1%/*}" 2>/dev/null || return 1
  parent=$PWD
  cd -P "$1" 2>/dev/null && [ "$PWD" = "$parent/${1##*/}" ] && [ -O . ] || return 1
  case $(ls -ld ..) in
    d????????[tT]*) ;;
    d????w* | d???????w*) return 1 ;;
    *) [ -O .. ] || return 1 ;;
  esac
  chmod 755 . 2>/dev/null
}
