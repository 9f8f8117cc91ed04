#!/usr/bin/env bash
# install.sh BINARY VERSION: an installed tree can be moved, serves a program through pkg-config and
# through CMake, and exports nothing but clt_ symbols.
set -euo pipefail
binary=$1 version=$2
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT

fail() {
  echo "install.sh: $*" >&2
  exit 1
}

cmake --install "$binary" --prefix "$temporary/first" >"$temporary/log" || fail "does not install"
prefix=$temporary/moved
mv "$temporary/first" "$prefix"
library=$(find "$prefix" -name libcltrain.so)
[[ -n $library ]] || fail "libcltrain.so is not installed"
libdir=$(dirname "$library")

if grep -rIlF -e "$temporary/first" -e "$binary" "$prefix"; then
  fail "the files above name the folder they were built in or installed to"
fi
for file in share/doc/cltrain/LICENSE share/doc/cltrain/README.md include/cltrain/cltrain.h \
  share/man/man1/cltrain.1 share/bash-completion/completions/cltrain; do
  [[ -s $prefix/$file ]] || fail "$file is not installed"
done

exported=$(nm -D --defined-only "$library" | awk '{print $NF}')
grep -qx clt_error_message <<<"$exported" || fail "clt_error_message is not exported"
if grep -v '^clt_' <<<"$exported"; then fail "the symbols above are exported"; fi
soname=$(objdump -p "$library" | awk '$1 == "SONAME" { print $2 }')
[[ $soname == libcltrain.so.0 ]] || fail "the soname is not libcltrain.so.0"
if ldd -r "$library" | grep -E 'undefined|not found'; then fail "the library is not complete"; fi

export LD_LIBRARY_PATH=$libdir
export PKG_CONFIG_PATH=$libdir/pkgconfig
[[ $(pkg-config --modversion cltrain) == "$version" ]] || fail "pkg-config knows another version"
# shellcheck disable=SC2046 # pkg-config's answer is several words
cc -std=c11 -o "$temporary/by-pkg-config" "$here/consumer.c" $(pkg-config --cflags --libs cltrain)
[[ $("$temporary/by-pkg-config") == "$version" ]] || fail "the program by pkg-config fails"

mkdir "$temporary/project"
cp "$here/consumer.c" "$temporary/project"
cat >"$temporary/project/CMakeLists.txt" <<EOF
cmake_minimum_required(VERSION 3.22)
project(consumer LANGUAGES C)
find_package(cltrain $version REQUIRED)
add_executable(consumer consumer.c)
target_link_libraries(consumer PRIVATE cltrain::cltrain)
EOF
build_by_cmake() {
  cmake -S "$temporary/project" -B "$temporary/by-cmake" -DCMAKE_PREFIX_PATH="$prefix" &&
    cmake --build "$temporary/by-cmake"
}
if ! build_by_cmake >"$temporary/log" 2>&1; then
  cat "$temporary/log" >&2
  fail "a CMake project cannot use the package"
fi
[[ $(LD_LIBRARY_PATH='' "$temporary/by-cmake/consumer") == "$version" ]] ||
  fail "the program by CMake fails"

if [[ -x $prefix/bin/cltrain ]]; then
  LD_LIBRARY_PATH='' "$prefix/bin/cltrain" --version | grep -qF "$version" ||
    fail "the installed program does not run"
fi
