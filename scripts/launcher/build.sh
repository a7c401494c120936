#!/bin/sh
# Compiles the launcher for both processors: scripts/launcher/build.sh [DIR]. Debian: gcc, gcc-aarch64-linux-gnu, libc6-dev, libc6-dev-arm64-cross.
# The results are kept in the project, so that a build needs no C compiler; test/launcher.test.ts compiles them again.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
to=${1:-$here}
for pair in x64:x86_64-linux-gnu:-fcf-protection=none arm64:aarch64-linux-gnu:-mgeneral-regs-only; do
  name=${pair%%:*} flag=${pair##*:} tools=${pair#*:}
  tools=${tools%:*}
  "$tools-gcc" "$flag" -std=gnu11 -Wall -Wextra -Werror -Os -ffreestanding -fno-builtin -fno-tree-loop-distribute-patterns \
    -fpie -fvisibility=hidden -fno-stack-protector -fno-asynchronous-unwind-tables -nostdlib \
    -static -no-pie -Wl,--no-warn-rwx-segments -Wl,-T,"$here/launcher.lds" -Wl,--build-id=none -Wl,-e,_start -Wl,--orphan-handling=error \
    -o "$to/launcher.elf" "$here/launcher.c"
  "$tools-objcopy" -O binary -j .launcher "$to/launcher.elf" "$to/$name.bin"
  rm "$to/launcher.elf"
  chmod 644 "$to/$name.bin"
done
