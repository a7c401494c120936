#!/bin/sh
# memory.sh LIMIT PROGRAM ARGUMENT...: runs a program in a control group of its own that may use so much memory.
set -eu
limit=$1
shift
if [ -f /sys/fs/cgroup/cgroup.controllers ]; then
  group=/sys/fs/cgroup/sloth-runner-test-$$
  mkdir "$group"
  echo "$limit" >"$group/memory.max"
  echo 0 >"$group/memory.swap.max"
else
  group=/sys/fs/cgroup/memory/sloth-runner-test-$$
  mkdir "$group"
  echo "$limit" >"$group/memory.limit_in_bytes"
fi
code=0
sh -c 'echo 0 >"$0/cgroup.procs" && exec "$@"' "$group" "$@" || code=$?
rmdir "$group"
exit "$code"
