# Runs at the far end under /bin/sh -s. Read whole before any of it runs, because standard input carries more than this script.
# Becomes the agent at once when the build that is likely is there; else says what the machine is, and takes a build.
main() {
  umask 077
  say() { printf '%s\n' "$*"; }
  die() { say "sloth-error $*"; exit 1; }
  start() {
    file=$1
    [ -z "$SLOTH_SU" ] || [ "$(id -u)" = 0 ] || die "su would ask for a password, because the login is not root; use sudo or doas, or log in as root"
    say "sloth-start"
    set -- env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME="${HOME:-/}" LANG=C.UTF-8
    [ -z "$SLOTH_SU" ] || exec "$@" su -s /bin/sh -c 'exec "$0" agent serve' "$SLOTH_SU" "$file"
    exec "$@" $SLOTH_BECOME "$file" agent serve
  }
  # A banner may end without a newline.
  say ""
  likely="$SLOTH_HOME/.cache/sloth-runner"
  [ -n "$SLOTH_LIKELY" ] && [ -O "$likely" ] && [ ! -L "$likely" ] && [ -x "$likely/$SLOTH_LIKELY" ] && start "$likely/$SLOTH_LIKELY"
  say "sloth-probe 1"
  uid=$(id -u) || uid=$(sed -n 's/^Uid:[[:space:]]*\([0-9]*\).*/\1/p' /proc/self/status)
  libc=glibc
  for loader in /lib/ld-musl-*.so.1; do [ -e "$loader" ] && libc=musl; done
  for loader in /lib64/ld-linux-*.so.2 /lib/ld-linux-*.so.* /lib/*/ld-linux-*.so.*; do [ -e "$loader" ] && libc=glibc; done
  dir=
  why="no directory may hold and run programs"
  for try in ${SLOTH_HOME:+"$SLOTH_HOME/.cache/sloth-runner"} "/var/tmp/sloth-runner-$uid" "/tmp/sloth-runner-$uid" "/run/user/$uid/sloth-runner" "/dev/shm/sloth-runner-$uid"; do
    (mkdir -p "$try") 2>/dev/null || continue
    [ -O "$try" ] && [ ! -L "$try" ] && chmod 755 "$try" 2>/dev/null || continue
    test="$try/.try-$$"
    (printf '#!/bin/sh\nexit 0\n' > "$test") 2>/dev/null && chmod 700 "$test" || { why="$try: no space, or not writable"; rm -f "$test"; continue; }
    if "$test" 2>/dev/null; then dir=$try; rm -f "$test"; break; fi
    why="$try may not run programs (mounted noexec?)"
    rm -f "$test"
  done
  free=
  [ -n "$dir" ] && free=$(df -Pk "$dir" 2>/dev/null | sed -n '2s/^.*[[:space:]]\([0-9][0-9]*\)[[:space:]][[:space:]]*[0-9]*%.*$/\1/p')
  say "os $(uname -s)"
  say "arch $(uname -m)"
  say "libc $libc"
  say "cpu $(grep -q -m 1 -w avx2 /proc/cpuinfo 2>/dev/null && echo avx2)"
  say "uid $uid"
  say "dir $dir"
  say "free $free"
  say "why $why"
  have=
  for file in "$dir"/sloth-runner-*; do [ -f "$file" ] && [ -x "$file" ] && have="$have ${file##*/}"; done
  say "have$have"
  say "sloth-probe end"
  read -r verb name size sum || exit 0
  [ "$verb" = stop ] && exit 0
  file="$dir/$name"
  if [ "$verb" = send ]; then
    part="$dir/.part-$$"
    trap 'rm -f "$part" "$part.gz"' EXIT HUP INT TERM
    say "sloth-ready"
    head -c "$size" > "$part.gz" || die "cannot write to $dir: no space left?"
    gzip -dc "$part.gz" > "$part" || die "cannot unpack in $dir: no gzip, or no space left?"
    rm -f "$part.gz"
    got=
    if command -v sha256sum > /dev/null 2>&1; then got=$(sha256sum < "$part")
    elif command -v shasum > /dev/null 2>&1; then got=$(shasum -a 256 < "$part")
    elif command -v openssl > /dev/null 2>&1; then got=$(openssl dgst -sha256 -r < "$part")
    else die "no sha256sum, shasum or openssl to check the build with"
    fi
    [ "${got%% *}" = "$sum" ] || die "the build arrived damaged (SHA-256 ${got%% *})"
    chmod 755 "$part" && mv -f "$part" "$file" || die "cannot put the build into $dir"
    trap - EXIT HUP INT TERM
    for old in "$dir"/sloth-runner-*; do
      [ "$old" = "$file" ] || [ -z "$(find "$old" -prune -mtime +30 2>/dev/null)" ] || rm -f "$old"
    done
  fi
  [ -x "$file" ] || die "$file is not there any more"
  start "$file"
}
main
