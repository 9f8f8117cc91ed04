#!/usr/bin/env bash
# format.sh SOURCE BINARY CLANG_FORMAT: every source file is as clang-format writes it.
set -euo pipefail
cd "$1"
find host include cl tests \( -name '*.c' -o -name '*.h' -o -name '*.cl' -o -name '*.clh' \) \
  -print0 | xargs -0 "$3" --dry-run -Werror --style=file
