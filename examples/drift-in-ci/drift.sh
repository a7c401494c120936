#!/bin/sh
# Fails a nightly job of a CI system when machines are no longer as their workflow left them: drift.sh STACK...
# Exit code: 0 all as left, 2 something drifted, 1 something could not be looked at, and so nobody knows (a host that was not
# reached, for instance: --allow-unreachable lets that pass), anything else as docs/exit-codes.md has it.
set -u

worst=0
for stack in "$@"; do
  sloth-runner stack drift "$stack" --detailed-exitcode
  code=$?
  case $code in
    0) ;;
    2) [ "$worst" -ne 0 ] || worst=2 ;;
    *) worst=$code ;;
  esac
done
exit "$worst"
