#!/usr/bin/env bash
# scripts/get-cifar10 on an archive made here: get-cifar10.sh PATH_OF_GET_CIFAR10
set -euo pipefail

script=$(realpath "${1:-$(dirname "$0")/../../scripts/get-cifar10}")
command -v curl >/dev/null || { echo "skipped: no curl, and wget reads no file://"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

fail() {
    echo "FAILED: $*" >&2
    sed 's/^/  | /' err >&2
    exit 1
}

mkdir -p source/cifar-10-batches-bin
for name in data_batch_{1,2,3,4,5} test_batch; do
    head -c 30730 /dev/urandom >"source/cifar-10-batches-bin/$name.bin"
done
echo airplane >source/cifar-10-batches-bin/batches.meta.txt
tar -C source -czf archive.tar.gz cifar-10-batches-bin
export CLTRAIN_CIFAR10_URL=file://$work/archive.tar.gz
CLTRAIN_CIFAR10_MD5=$(md5sum <archive.tar.gz | cut -d' ' -f1)
export CLTRAIN_CIFAR10_MD5

expect_success() { # DIR
    "$script" "$1" >out 2>err || fail "exit code $? for $1"
    diff -r source/cifar-10-batches-bin "$1/cifar-10-batches-bin" >&2 || fail "$1 differs"
    [[ $(ls -A "$1") == cifar-10-batches-bin ]] || fail "left in $1: $(ls -A "$1")"
    (eval "$(cat out)" && [[ $CLTRAIN_CIFAR10 == "$work/$1/cifar-10-batches-bin" ]]) ||
        fail "the last line is $(cat out)"
}

expect_failure() { # DIR MESSAGE
    if "$script" "$1" >out 2>err; then fail "succeeded where it should say: $2"; fi
    grep -qF -- "$2" err || fail "the message lacks: $2"
    [[ ! -e $1/cifar-10-batches-bin ]] || fail "something was unpacked"
}

expect_success "a b"

# A second call does nothing: the source need not even be there.
stamp=$(stat -c %y "a b"/cifar-10-batches-bin/*)
CLTRAIN_CIFAR10_URL=file:///nowhere expect_success "a b"
grep -q "complete already" err || fail "downloaded again"
[[ $(stat -c %y "a b"/cifar-10-batches-bin/*) == "$stamp" ]] || fail "unpacked again"

# A part of the download is continued, not fetched again.
mkdir resumed
size=$(stat -c %s archive.tar.gz)
head -c $((size / 2)) archive.tar.gz >resumed/cifar-10-binary.tar.gz.part
expect_success resumed

# All of it was there, but not yet unpacked.
mkdir fetched
cp archive.tar.gz fetched/cifar-10-binary.tar.gz.part
CLTRAIN_CIFAR10_URL=file:///nowhere expect_success fetched

# An incomplete folder is replaced.
mkdir -p incomplete/cifar-10-batches-bin
echo x >incomplete/cifar-10-batches-bin/data_batch_1.bin
expect_success incomplete

# A part of something else ends in a wrong MD5; the next call starts afresh.
mkdir wrong
head -c 100 /dev/urandom >wrong/cifar-10-binary.tar.gz.part
expect_failure wrong "has another MD5 than $CLTRAIN_CIFAR10_MD5"
[[ -z $(ls -A wrong) ]] || fail "left after a wrong MD5: $(ls -A wrong)"
expect_success wrong

CLTRAIN_CIFAR10_MD5=00000000000000000000000000000000 expect_failure other "has another MD5 than 0000"
CLTRAIN_CIFAR10_URL=file:///nowhere expect_failure offline "the same command goes on"
expect_failure archive.tar.gz/below "cannot create this folder"

"$script" --help >out 2>err || fail "--help fails"
grep -q CLTRAIN_CIFAR10_URL out || fail "--help is silent about the environment"
if "$script" >out 2>err; then fail "no folder is no usage error"; fi
grep -q "usage: get-cifar10 DIR" err || fail "no usage"
echo "all well"
