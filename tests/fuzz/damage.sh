#!/bin/sh
# damage.sh PROGRAM: the sweep of damaged files, over seeds that are made for it.
set -eu
here=$(dirname "$0")
seeds=$(mktemp -d)
trap 'rm -rf "$seeds"' EXIT
PYTHONDONTWRITEBYTECODE=1 python3 "$here/seeds.py" "$seeds"
"$1" "$seeds" "$here/seeds"
