#!/usr/bin/env bash
# headers.sh SOURCE BINARY COMPILER: every public header compiles alone, as C11 by a C compiler and
# as C++17 by one called c++, g++ or clang++.
set -uo pipefail
case $3 in
  *++*) language=(-x c++ -std=c++17) ;;
  *) language=(-x c -std=c11) ;;
esac
cd "$1/include" || exit 1
bad=0 checked=0
for header in cltrain/*.h; do
  echo "#include <$header>" |
    "$3" "${language[@]}" -pedantic-errors -Wall -Wextra -Werror -fsyntax-only -I . - || {
    echo "in $header" >&2
    bad=1
  }
  checked=$((checked + 1))
done
echo "$checked headers compiled"
exit $((bad || !checked))
