#!/usr/bin/env bash
# kernels.sh SOURCE BINARY CLANG: every cl/*.cl on its own is valid OpenCL C 1.2 without a warning,
# with `real` as float and as double.
set -uo pipefail
folder=$1/cl clang=$3
bad=0 checked=0
for kernel in "$folder"/*.cl; do
  for real in "" -DREAL_IS_DOUBLE; do
    "$clang" -x cl -cl-std=CL1.2 -Xclang -finclude-default-header -fsyntax-only \
      -Wall -Wextra -Werror -I "$folder" ${real:+"$real"} "$kernel" || {
      echo "in $kernel ${real}" >&2
      bad=1
    }
    checked=$((checked + 1))
  done
done
echo "$checked kernel files compiled"
exit $((bad || !checked))
