#!/usr/bin/env bash
# shell.sh SOURCE BINARY BASH: the shell scripts parse, and pass shellcheck where that is installed.
set -euo pipefail
cd "$1"
mapfile -t scripts < <(grep -lrIm1 -E '^#!.*\b(ba)?sh$' bootstrap.sh .ci scripts tests)
for script in "${scripts[@]}"; do "$3" -n "$script"; done
if command -v shellcheck >/dev/null; then shellcheck "${scripts[@]}"; fi
echo "${#scripts[@]} scripts"
