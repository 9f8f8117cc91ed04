#!/usr/bin/env bash
# tidy.sh SOURCE BINARY RUN_CLANG_TIDY: clang-tidy finds nothing in host/; .clang-tidy has the checks.
# Assertions are on, for the analyzer to rely on.
set -euo pipefail
cd "$2"
"$3" -p . -j 2 -quiet -extra-arg=-UNDEBUG -extra-arg=-include \
  -extra-arg="$1/tests/lint/analyzer.h" \
  "^$1/host/(?!base/status\.c).*\.c\$"
"$3" -p . -quiet -extra-arg=-UNDEBUG "^$1/host/base/status\.c\$"
