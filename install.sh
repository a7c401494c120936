#!/bin/sh
# Installs sloth-runner: curl -fsSL URL/install.sh | sh
# The braces hold all of it together: a shell runs nothing of it before it has read the last line.
{
set -eu
umask 022

# Where releases are, and the OpenSSH public key that signs them; a release fills these in.
base_url=''
public_key=''

usage() {
  cat <<'END'
Installs sloth-runner, or a newer one over an older.

  --from URL|DIR   a mirror, or a folder on this machine (or SLOTH_RUNNER_BASE_URL)
  --version V      this version; else the newest
  --dir DIR        into this directory; else /usr/local/bin, or ~/.local/bin without the right to write there
  --target NAME    this build; else the one that fits this machine (linux-x64, linux-arm64-portable, darwin-arm64, ...)
  --key FILE|KEY   an OpenSSH public key that must have signed the release, instead of the one in this script (or SLOTH_RUNNER_KEY)
  --insecure       install what nobody has signed
  --completions    for bash, zsh and fish too
  --dry-run        only say what would be done
  --uninstall      remove the program and its completions; what it recorded stays

Options for a script on a pipe stand behind -s: curl -fsSL URL/install.sh | sh -s -- --version 0.1.0
END
}

fail() {
  printf 'install.sh: %s\n' "$1" >&2
  exit 1
}

has() {
  command -v "$1" >/dev/null 2>&1
}

main() {
  from=${SLOTH_RUNNER_BASE_URL-$base_url} version='' dir='' target='' key=${SLOTH_RUNNER_KEY-$public_key}
  completions=no dry_run=no insecure=no action=install
  [ -n "${SLOTH_RUNNER_BASE_URL-unset}" ] || fail "SLOTH_RUNNER_BASE_URL: set, and empty"
  [ -n "${SLOTH_RUNNER_KEY-unset}" ] || fail "SLOTH_RUNNER_KEY: set, and empty"
  while [ $# -gt 0 ]; do
    case $1 in
      --from | --version | --dir | --target | --key)
        [ $# -ge 2 ] || fail "$1: a value is missing"
        [ -n "$2" ] || fail "$1: its value is empty"
        case $1 in
          --from) from=$2 ;;
          --version) version=${2#v} ;;
          --dir) dir=$2 ;;
          --target) target=$2 ;;
          --key) key=$2 ;;
        esac
        shift
        ;;
      --completions) completions=yes ;;
      --dry-run) dry_run=yes ;;
      --insecure) insecure=yes ;;
      --uninstall) action=uninstall ;;
      --help | -h) action=usage ;;
      *) fail "$1: unknown option; see --help" ;;
    esac
    shift
  done
  case $action in
    usage) usage ;;
    uninstall)
      find_directories
      uninstall
      ;;
    install)
      find_directories
      find_target
      install
      ;;
  esac
}

# Sets dir, where the program goes, and share, where completions go.
find_directories() {
  if [ -z "$dir" ]; then
    dir=/usr/local/bin
    if [ ! -w "$dir" ] && [ "$(id -u)" != 0 ]; then
      [ -n "${HOME:-}" ] || fail "$dir is not writable and HOME is not set; give --dir DIR"
      dir=$HOME/.local/bin
    fi
  fi
  case $dir in
    /*) ;;
    *) dir=$PWD/$dir ;;
  esac
  share=${dir%/bin}/share
}

# Sets target, and fallback to one that may run where it does not; nothing when the user said which.
find_target() {
  fallback=''
  [ -z "$target" ] || return 0
  case $(uname -m) in
    x86_64 | amd64) processor=x64 ;;
    aarch64 | arm64) processor=arm64 ;;
    *) fail "$(uname -m): no build for this processor; there are x86_64 and aarch64" ;;
  esac
  case $(uname -s) in
    Linux)
      target=linux-$processor$(linux_variant)
      [ "$target" = "linux-$processor-portable" ] || fallback=linux-$processor-portable
      ;;
    Darwin) target=darwin-$processor ;;
    *) fail "$(uname -s): no build for this system; there are Linux and macOS" ;;
  esac
}

# The C library decides: where glibc (2.17 or newer) is not, the build that brings its own is the right one.
linux_variant() {
  said=$(getconf GNU_LIBC_VERSION 2>/dev/null) || said=$(ldd --version 2>/dev/null | head -n 1) || said=''
  case $said in
    "glibc 2."* | *GLIBC*" 2."* | *"GNU libc"*" 2."*) minor=${said##* 2.} ;;
    *) minor=0 ;;
  esac
  if [ "${minor%%.*}" -lt 17 ]; then
    echo -portable
  elif [ "$processor" = x64 ] && ! grep -q '^flags.* avx2' /proc/cpuinfo 2>/dev/null; then
    echo -baseline
  fi
}

install() {
  [ -n "$from" ] || fail "no place to download from; give --from URL or --from DIR"
  case $from in
    http://* | https://*) has curl || has wget || fail "curl or wget is needed and neither is there" ;;
  esac
  if [ "$insecure" = no ]; then
    [ -n "$key" ] || fail "no key to check the release by; give --key FILE, or --insecure to install what nobody has signed"
    has ssh-keygen || fail "ssh-keygen (OpenSSH 8.1 or newer) is needed to check who signed the release, and is not there; --insecure installs without"
  fi
  refuse_other "$dir/sloth-runner"
  if [ "$dry_run" = yes ]; then
    printf 'Would install sloth-runner %s for %s from %s into %s\n' "${version:-(the newest)}" "$target" "$from" "$dir"
    return
  fi
  mkdir -p "$dir" 2>/dev/null || fail "$dir: cannot be made; give another with --dir DIR"
  [ -w "$dir" ] || fail "$dir: not writable; become root, or give another with --dir DIR"
  # Beside its final place, so that the last step is a rename, and where a program may be executed.
  work=$(mktemp -d "$dir/.sloth-runner.XXXXXX") || fail "$dir: no temporary directory can be made there"
  trap 'rm -rf "$work"' EXIT
  trap 'exit 1' HUP INT TERM

  find_release
  fetch SHA256SUMS || cannot_be_had SHA256SUMS
  if [ "$insecure" = yes ]; then
    printf 'Not checked who made this release (--insecure)\n' >&2
  else
    check_signature
  fi
  check_release
  fetch_program
  if ! runs_here; then
    [ -n "$fallback" ] || fail "the $target build does not run here: $said"
    printf 'The %s build does not run here (%s); taking %s\n' "$target" "$said" "$fallback"
    target=$fallback
    fetch_program
    runs_here || fail "the $target build does not run here: $said"
  fi
  [ "$said" = "sloth-runner $release_version" ] || fail "the program says it is '$said', and the release is $release_version; nothing was installed"
  refuse_other "$dir/sloth-runner"
  mv -f "$work/sloth-runner" "$dir/sloth-runner"
  printf 'Installed %s of %s (%s) as %s\n' "$said" "$release_date" "$target" "$dir/sloth-runner"
  [ "$completions" = no ] || install_completions
  case :$PATH: in
    *:"$dir":*) ;;
    *) printf '%s is not on your PATH; add it, for instance with: export PATH="%s:%s"\n' "$dir" "$dir" "\$PATH" ;;
  esac
}

# Sets said to what it says.
runs_here() {
  chmod 755 "$work/sloth-runner"
  said=$("$work/sloth-runner" version 2>&1)
}

# What is put at a path takes the place of a file, never goes through a link or into a directory.
refuse_other() {
  if [ -L "$1" ]; then
    fail "$1: is a link, to $(readlink "$1"); remove it, or give another place with --dir DIR"
  elif [ -e "$1" ] && [ ! -f "$1" ]; then
    fail "$1: is there and no file; remove it, or give another place with --dir DIR"
  fi
}

# Sets release: a folder with SHA256SUMS in it. A folder of releases names its newest in a file "latest".
find_release() {
  release=${from%/}
  wanted_version=$version
  if [ -n "$version" ]; then
    release=$release/$version
  elif fetch latest; then
    wanted_version=$(head -n 1 "$work/latest")
    release=$release/$wanted_version
  fi
}

# Brings a file of the release to the working directory.
fetch() {
  case $release in
    http://* | https://*) download "$release/$1" "$work/$1" 2>"$work/why" ;;
    *) cp "${release#file://}/$1" "$work/$1" 2>"$work/why" ;;
  esac
}

download() {
  case $1 in
    https://*) protocol='=https' ;;
    *) protocol='=http,https' ;;
  esac
  if has curl; then
    curl -fsSL --proto "$protocol" --retry 3 -o "$2" "$1"
  else
    wget -q -S -O "$2" "$1" && stayed "$1"
  fi
}

# wget cannot be told to: whether what it was sent on to, if anything, was https where the start was. Its answers are in "why".
stayed() {
  case $1 in
    http://*) return 0 ;;
  esac
  ! grep -i '^[[:space:]]*location:' "$work/why" | grep -i -v '^[[:space:]]*location:[[:space:]]*\(https://\|/\)' >"$work/elsewhere" || {
    printf 'it leads from https to %s\n' "$(head -n 1 "$work/elsewhere")" >"$work/why"
    return 1
  }
}

cannot_be_had() {
  why=$(grep '^ *HTTP/.* [45]..' "$work/why" | tail -n 1)
  [ -n "$why" ] || why=$(tail -n 1 "$work/why")
  fail "$release/$1: cannot be had: $why"
}

fetch_program() {
  program=sloth-runner-$target
  if has xz && fetch "$program.xz"; then
    check "$program.xz"
    xz -dc "$work/$program.xz" >"$work/$program" || fail "$program.xz: cannot be unpacked; is $dir full?"
  elif has gzip && fetch "$program.gz"; then
    check "$program.gz"
    gzip -dc "$work/$program.gz" >"$work/$program" || fail "$program.gz: cannot be unpacked; is $dir full?"
  else
    fetch "$program" || cannot_be_had "$program"
  fi
  check "$program"
  mv "$work/$program" "$work/sloth-runner"
}

check() {
  wanted=$(sed -n "s/^\([0-9a-f]\{64\}\)  $1\$/\1/p" "$work/SHA256SUMS")
  [ -n "$wanted" ] || fail "$1: not listed in SHA256SUMS; there is no such build in this release"
  if has sha256sum; then
    found=$(sha256sum "$work/$1")
  elif has shasum; then
    found=$(shasum -a 256 "$work/$1")
  elif has openssl; then
    found=$(openssl dgst -sha256 -r "$work/$1")
  else
    fail "sha256sum, shasum or openssl is needed and none is there"
  fi
  [ "${found%% *}" = "$wanted" ] || fail "$1: its SHA-256 is not the one in SHA256SUMS; nothing was installed"
}

# The first line of what was signed says what it is: "# sloth-runner VERSION DATE". Sets release_version and release_date.
check_release() {
  read -r mark product release_version release_date rest <"$work/SHA256SUMS" || true
  if [ "$mark $product" != "# sloth-runner" ] || [ -z "$release_date" ] || [ -n "$rest" ]; then
    fail "SHA256SUMS: does not say which release of sloth-runner it is of; nothing was installed"
  fi
  [ -z "$wanted_version" ] || [ "$wanted_version" = "$release_version" ] ||
    fail "$release: holds the release $release_version, not $wanted_version; nothing was installed"
  [ -n "$version" ] || refuse_older
}

# The newest of a mirror can be an old one, well signed.
refuse_older() {
  # shellcheck disable=SC3067 # every shell we know of has -O: what others put there is not started
  if [ ! -O "$dir" ] || [ ! -O "$dir/sloth-runner" ]; then return 0; fi
  installed=$("$dir/sloth-runner" version 2>/dev/null) || return 0
  installed=${installed#sloth-runner }
  newest=$(printf '%s\n%s\n' "$installed" "$release_version" | sort -t . -k 1,1n -k 2,2n -k 3,3n | tail -n 1)
  [ "$newest" = "$release_version" ] ||
    fail "$installed is installed, and the newest release here is $release_version of $release_date; to go back, give --version $release_version"
}

check_signature() {
  fetch SHA256SUMS.sig || cannot_be_had SHA256SUMS.sig
  [ ! -f "$key" ] || key=$(head -n 1 "$key")
  printf 'sloth-runner %s\n' "$key" >"$work/signers"
  ssh-keygen -Y verify -f "$work/signers" -I sloth-runner -n sloth-runner -s "$work/SHA256SUMS.sig" \
    <"$work/SHA256SUMS" >/dev/null 2>&1 || fail "SHA256SUMS: not signed with the given key; nothing was installed"
}

completion_file() {
  case $1 in
    bash) echo "$share/bash-completion/completions/sloth-runner" ;;
    zsh) echo "$share/zsh/site-functions/_sloth-runner" ;;
    fish) echo "$share/fish/vendor_completions.d/sloth-runner.fish" ;;
  esac
}

install_completions() {
  for shell in bash zsh fish; do
    file=$(completion_file "$shell")
    mkdir -p "${file%/*}" || fail "${file%/*}: cannot be made"
    refuse_other "$file"
    "$dir/sloth-runner" completions "$shell" >"$work/$shell" || fail "no completions for $shell"
    mv -f "$work/$shell" "$file" || fail "$file: cannot be written"
    printf 'Completions for %s: %s\n' "$shell" "$file"
  done
}

uninstall() {
  for file in "$dir/sloth-runner" "$(completion_file bash)" "$(completion_file zsh)" "$(completion_file fish)"; do
    [ -e "$file" ] || [ -L "$file" ] || continue
    if [ "$dry_run" = yes ]; then
      printf 'Would remove %s\n' "$file"
    else
      rm -f "$file" || fail "$file: cannot be removed"
      printf 'Removed %s\n' "$file"
    fi
  done
}

main "$@"
}
