#!/bin/sh
# one_launch.sh LAYER PROGRAM: a CLBlast product is one launch, also for many members: the test
# eight_launches of PROGRAM makes eight, as LAYER (tests/support/opencl_layer.c) counts.
set -eu
counts=$(mktemp)
trap 'rm -f "$counts"' EXIT
OPENCL_LAYERS=$1 CLTRAIN_CALL_COUNT=$counts "$2" eight_launches
grep '^clEnqueueNDRangeKernel' "$counts"
grep -qx 'clEnqueueNDRangeKernel 8' "$counts"
