#!/bin/sh
# SPDX-License-Identifier: MulanPSL-2.0
# Cycles per second of the machine from Python against C, in one run: scripts/python_bench.sh [BUILD]. Needs what
# `make lib python` puts below BUILD (build).
set -eu
cd "$(dirname "$0")/.."
build=${1:-build}
python=$(scripts/python.sh)
# shellcheck disable=SC2046 # a list of words
${CC:-cc} -std=c11 -O2 -Iinclude tests/bench/python_bench.c "$build/pic/public/libl2tlb.a" \
    $(make -s --no-print-directory print-PUBLIBS) -o "$build/python_bench"
PYTHONPATH="$build/python:tests/python" "$python" scripts/python_bench.py "$build/python_bench"
