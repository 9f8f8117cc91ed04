#!/usr/bin/env bash
# hardening.sh SOURCE BINARY READELF: program and library are built with the options of
# cmake/hardening.cmake, as far as a file tells.
set -uo pipefail
cd "$2" || exit 1
bad=0

# expect FILE OPTION PATTERN WHAT: readelf -W OPTION FILE has a line that matches PATTERN.
expect() {
  if ! "$readelf" -W "$2" "$1" | grep -E -- "$3" >/dev/null; then # -q would end readelf early
    echo "$1: $4 is missing" >&2
    bad=1
  fi
}

readelf=$3
for file in host/cli/cltrain libcltrain.so; do
  expect "$file" -h 'Type: +DYN' 'code that may lie anywhere (PIE)'
  expect "$file" -l 'GNU_RELRO' 'RELRO'
  expect "$file" -d 'BIND_NOW|Flags:.* NOW' 'binding at the start (full RELRO)'
  expect "$file" -l 'GNU_STACK.* RW +0x' 'a stack that is not executable'
  expect "$file" --dyn-syms '__stack_chk_fail' 'the stack protector'
  expect "$file" --dyn-syms '__[a-z]+_chk\b' 'FORTIFY_SOURCE'
done
expect host/cli/cltrain -d 'FLAGS_1.*PIE' 'the mark of a PIE'
[[ $bad == 0 ]] && echo "program and library are hardened"
exit $bad
