# Runs at the far end under /bin/sh -s. The last line, which alone tells what is wanted, comes after all of it was read: standard input carries more
# than this script, and what a login's shell took from its beginning is missed here, not left out in silence.
# Becomes the agent at once when the build that is likely is there; else says what the machine is, and takes a build.
main() {
  [ "$sloth_read" = whole ] || { printf '\nsloth-torn\n'; exit 1; }
  become=$1 su=$2 home=$3 likely=$4 sum=$5 need=$6
  mask=$(umask)
  umask 077
  say() { printf '%s\n' "$*"; }
  die() { say "sloth-error $*"; exit 1; }
  start() {
    file="$PWD/$1"
    [ -z "$su" ] || [ "$(id -u)" = 0 ] || die "su would ask for a password, because the login is not root; use sudo or doas, or log in as root"
    say "sloth-start"
    # Whom it becomes may not enter the home of the login.
    cd /
    umask "$mask"
    set -- env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME="${HOME:-/}" LANG=C.UTF-8
    [ "$sloth_read" = whole ] || exit 1
    [ -z "$su" ] || exec "$@" su -s /bin/sh -c 'exec "$0" agent serve' "$su" "$file"
    exec "$@" $become "$file" agent serve
  }
  ours() { [ -f "$1" ] && [ ! -L "$1" ] && [ -O "$1" ] && [ -x "$1" ]; }
  digest() {
    if command -v openssl > /dev/null 2>&1; then openssl dgst -sha256 -r < "$1"
    elif command -v sha256sum > /dev/null 2>&1; then sha256sum < "$1"
    elif command -v shasum > /dev/null 2>&1; then shasum -a 256 < "$1"
    fi | sed 's/[^0-9a-f].*//'
  }
  # As it was sent: computed once, and again when the kernel has noted a change of it since. Else it goes.
  whole() {
    ours "$1" || return 1
    seen=$(stat -c '%i %s %z' "$1" 2>/dev/null)
    noted=
    [ ! -f ".sum-$1" ] || [ -L ".sum-$1" ] || [ ! -O ".sum-$1" ] || read -r noted < ".sum-$1"
    [ -n "$seen" ] && [ "$noted" = "$2 $seen" ] && return 0
    [ "$(digest "$1")" = "$2" ] || { rm -f "$1" ".sum-$1"; return 1; }
    rm -f ".sum-$1"
    (umask 077; [ -z "$seen" ] || printf '%s\n' "$2 $seen" > ".sum-$1") 2>/dev/null
    return 0
  }
  room() { df -Pk . 2>/dev/null | sed -n '2s/^.*[[:space:]]\([0-9][0-9]*\)[[:space:]][[:space:]]*[0-9]*%.*$/\1/p'; }
  # A banner may end without a newline.
  say ""
  cache=${home:+"$home/.cache/sloth-runner"}
  [ -n "$cache" ] && [ -n "$likely" ] && [ -e "$cache/$likely" ] && enter "$cache" && whole "$likely" "$sum" && start "$likely"
  say "sloth-probe 1"
  uid=$(id -u) || uid=$(sed -n 's/^Uid:[[:space:]]*\([0-9]*\).*/\1/p' /proc/self/status)
  libc=glibc
  for loader in /lib/ld-musl-*.so.1; do [ -e "$loader" ] && libc=musl; done
  for loader in /lib64/ld-linux-*.so.2 /lib/ld-linux-*.so.* /lib/*/ld-linux-*.so.*; do [ -e "$loader" ] && libc=glibc; done
  dir= narrow=
  why="no directory may hold and run programs"
  for try in ${cache:+"$cache"} "/var/tmp/sloth-runner-$uid" "/tmp/sloth-runner-$uid" "/run/user/$uid/sloth-runner" "/dev/shm/sloth-runner-$uid"; do
    if [ "$try" = "$cache" ]; then mkdir -p "$try"; else mkdir "$try"; fi 2>/dev/null
    enter "$try" || continue
    rm -f ".try-$$"
    (printf '#!/bin/sh\nexit 0\n' > ".try-$$") 2>/dev/null && chmod 700 ".try-$$" || { why="$try: no space, or not writable"; rm -f ".try-$$"; continue; }
    runs=
    "./.try-$$" 2>/dev/null && runs=yes
    rm -f ".try-$$"
    [ -n "$runs" ] || { why="$try may not run programs (mounted noexec?)"; continue; }
    free=$(room)
    if [ -n "$free" ] && [ "$free" -lt "$need" ] && ! ours "$likely"; then narrow=${narrow:-$try}; continue; fi
    dir=$try
    break
  done
  [ -n "$dir" ] || { [ -n "$narrow" ] && enter "$narrow" && dir=$narrow; }
  say "os $(uname -s)"
  say "arch $(uname -m)"
  say "libc $libc"
  say "cpu $(grep -q -m 1 -w avx2 /proc/cpuinfo 2>/dev/null && echo avx2)"
  say "uid $uid"
  say "dir $dir"
  say "free $([ -z "$dir" ] || room)"
  say "why $why"
  have=
  [ -z "$dir" ] || for file in sloth-runner-*; do ours "$file" && have="$have $file"; done
  say "have$have"
  say "sloth-probe end"
  read -r verb name size sum || exit 0
  [ "$verb" = stop ] && exit 0
  if [ "$verb" = send ]; then
    part=".part-$$"
    rm -f "$part" "$part.gz"
    trap 'rm -f "$part" "$part.gz"' EXIT HUP INT TERM
    say "sloth-ready"
    head -c "$size" > "$part.gz" || die "cannot write to $dir: no space left?"
    gzip -dc "$part.gz" > "$part" || die "cannot unpack in $dir: no gzip, or no space left?"
    rm -f "$part.gz"
    got=$(digest "$part")
    [ -n "$got" ] || die "no sha256sum, shasum or openssl to check the build with"
    [ "$got" = "$sum" ] || die "the build arrived damaged (SHA-256 $got)"
    chmod 755 "$part" && mv -f "$part" "$name" || die "cannot put the build into $dir"
    trap - EXIT HUP INT TERM
    for old in sloth-runner-*; do
      [ "$old" = "$name" ] || [ -z "$(find "$old" -prune -mtime +30 2>/dev/null)" ] || rm -f "$old" ".sum-$old"
    done
  fi
  whole "$name" "$sum" || die "$dir/$name is not what was sent there, or is not there any more; run again to have it sent anew"
  start "$name"
}
