#!/usr/bin/env bash
# Installs what cltrain needs, builds it, and trains a first network or runs the tests.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

usage() {
  cat <<'EOF'
usage: ./bootstrap.sh run      install what is missing, build, and train configs/fashion-mnist.cfg
       ./bootstrap.sh build    install what is missing and build into build/
       ./bootstrap.sh test     install what is missing, then every test, with sanitizers and without

On Debian and its relatives missing packages are installed with apt-get, as root or through sudo.
Elsewhere the packages have to be there already; what is missing is listed.
EOF
}

# Name of the Debian package, then how to see without dpkg that it is there: a pkg-config module,
# a program, or - for what only the configs or the tests use and a missing one of which they name.
build_packages='
build-essential           program:cc
cmake                     program:cmake
ninja-build               -
pkg-config                program:pkg-config
ocl-icd-opencl-dev        module:OpenCL
opencl-headers            -
libclblast-dev            module:clblast
libconfig-dev             module:libconfig
libjansson-dev            module:jansson
zlib1g-dev                module:zlib
libxxhash-dev             module:libxxhash
libpng-dev                module:libpng
libjpeg62-turbo-dev       module:libjpeg
dataset-fashion-mnist     -
pocl-opencl-icd           -
'
test_packages='
libcmocka-dev             module:cmocka
clang                     program:clang
libclang-rt-14-dev        -
clang-format              program:clang-format
clang-tidy                program:run-clang-tidy
oclgrind                  program:oclgrind
python3                   program:python3
curl                      program:curl
tidy                      program:tidy
'

say() { printf '== %s\n' "$*"; }
fail() {
  printf 'bootstrap.sh: %s\n' "$*" >&2
  exit 1
}

is_there() {
  case $1 in
    module:*) pkg-config --exists "${1#module:}" 2>/dev/null ;;
    program:*) command -v "${1#program:}" >/dev/null ;;
    *) true ;;
  esac
}

# Runs a command, its output shown only when it fails.
quietly() {
  local log
  log=$(mktemp)
  if "$@" >"$log" 2>&1; then
    rm -f "$log"
  else
    cat "$log" >&2
    rm -f "$log"
    fail "failed: $*"
  fi
}

# Sets `missing` to the packages of the list $1 that dpkg does not have.
find_missing_packages() {
  local package
  missing=()
  while read -r package _; do
    [[ -n $package ]] || continue
    dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed ||
      missing+=("$package")
  done <<<"$1"
}

install_with_apt() {
  local as_root=(env DEBIAN_FRONTEND=noninteractive)
  if [[ $(id -u) != 0 ]]; then as_root=(sudo "${as_root[@]}"); fi
  say "installing ${missing[*]}"
  quietly "${as_root[@]}" apt-get update -q
  quietly "${as_root[@]}" apt-get install -q -y --no-install-recommends "${missing[@]}"
}

# Without apt-get, or without the right to use it: what cannot be found is listed, by both names.
check_by_hand() {
  local package sign lacking=()
  while read -r package sign; do
    [[ -n $package ]] || continue
    is_there "$sign" || lacking+=("  ${sign/:/ } (Debian package $package)")
  done <<<"$1"
  if ((${#lacking[@]})); then
    printf 'bootstrap.sh: please install these, then call it again:\n' >&2
    printf '%s\n' "${lacking[@]}" >&2
    printf '%s\n' 'An OpenCL driver (such as PoCL) is needed too, and Fashion-MNIST for the first run.' >&2
    exit 1
  fi
}

provide() {
  if command -v apt-get >/dev/null && command -v dpkg-query >/dev/null; then
    find_missing_packages "$1"
    if ((${#missing[@]} == 0)); then return; fi
    if [[ $(id -u) == 0 ]] || command -v sudo >/dev/null; then
      install_with_apt
      return
    fi
  fi
  check_by_hand "$1"
}

core_count() { nproc 2>/dev/null || getconf _NPROCESSORS_ONLN; }

# build_tree PRESET DIR [TARGET]: configures DIR from the preset and builds it, or one target of it.
build_tree() {
  local options=(--preset "$1")
  if [[ ! -e $2/CMakeCache.txt ]] && command -v ninja >/dev/null; then options+=(-G Ninja); fi
  if ! pkg-config --exists cmocka; then options+=(-DCLTRAIN_TESTS=OFF); fi
  say "building $2"
  quietly cmake "${options[@]}"
  quietly cmake --build "$2" --parallel "$(core_count)" ${3:+--target "$3"}
}

# Kernels compiled for the CPU are kept from one run of the tests to the next.
keep_compiled_kernels() {
  local cache=${XDG_CACHE_HOME:-${HOME:-/nonexistent}/.cache}/cltrain-tests/pocl
  if ! mkdir -p "$cache" 2>/dev/null || [[ ! -w $cache ]]; then
    cache=$PWD/build/pocl-cache
    mkdir -p "$cache"
  fi
  export POCL_CACHE_DIR=${POCL_CACHE_DIR:-$cache}
}

run() {
  provide "$build_packages"
  build_tree release build cltrain
  say "training configs/fashion-mnist.cfg"
  exec build/host/cli/cltrain run configs/fashion-mnist.cfg
}

build() {
  provide "$build_packages"
  build_tree release build
  say "the program is build/host/cli/cltrain; cmake --install build --prefix DIR installs it"
}

# The last line is ctest's summary of the release build, which has every test.
run_tests() {
  provide "$build_packages$test_packages"
  build_tree clang build-clang
  build_tree fuzz build-fuzz fuzz
  build_tree asan build-asan
  build_tree tsan build-tsan threads
  build_tree release build
  keep_compiled_kernels
  say "testing build-asan (AddressSanitizer and UndefinedBehaviorSanitizer)"
  ctest --preset asan -j 2
  say "testing build-fuzz (hostile input, under libFuzzer)"
  ctest --preset fuzz -j 2
  say "testing build-tsan (ThreadSanitizer, what has threads)"
  ctest --preset tsan -j 2
  say "testing build"
  ctest --preset release -j 2
}

case ${1-} in
  run) run ;;
  build) build ;;
  test) run_tests ;;
  -h | --help) usage ;;
  *)
    usage >&2
    exit 2
    ;;
esac
