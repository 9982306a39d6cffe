#!/bin/sh
# SPDX-License-Identifier: MulanPSL-2.0
# What the tests of the command line (tests/cli*.sh) share: they read this file, which finds the command
# $L2TLB (their first argument, default build/l2tlb), goes to a new folder $DIR and counts from here on.
# Status of a test: 0 all passed, 1 a test failed, 2 it cannot run.
# shellcheck disable=SC2034 # ROOT is for those who read this
NAME=$(basename "$0" .sh)
ROOT=$(cd "$(dirname "$0")/.." && pwd)
L2TLB=${1:-build/l2tlb}
case $L2TLB in /*) ;; *) L2TLB=$PWD/$L2TLB ;; esac
[ -x "$L2TLB" ] || { echo "$NAME: $L2TLB is not there (run make)" >&2; exit 2; }
DIR=$(mktemp -d) || exit 2
trap 'rm -rf "$DIR"' EXIT
cd "$DIR" || exit 2
passed=0 failed=0 skipped=0
: >out
: >err

pass() { passed=$((passed + 1)); }

# fail NAME WHY, with what the last command said
fail() {
    failed=$((failed + 1))
    echo "FAIL $1: $2"
    cat err out | head -5 | sed 's/^/    /'
}

# skip WHAT: it cannot be tested here
skip() {
    skipped=$((skipped + 1))
    echo "skipped: $1"
}

# good NAME COMMAND...: status 0; its output is in out and err
good() {
    name=$1
    shift
    timeout 120 "$@" >out 2>err </dev/null
    status=$?
    if [ $status -eq 0 ]; then pass; else fail "$name" "status $status"; fi
}

# bad NAME PATTERN COMMAND...: status 2, one line on standard error that matches PATTERN, and nothing
# on standard output
bad() {
    name=$1 pattern=$2
    shift 2
    timeout 60 "$@" >out 2>err </dev/null
    status=$?
    lines=$(wc -l <err)
    if [ $status -ne 2 ]; then
        fail "$name" "status $status instead of 2"
    elif [ "$lines" -ne 1 ]; then
        fail "$name" "$lines lines on standard error instead of 1"
    elif ! grep -qE -e "$pattern" err; then
        fail "$name" "the message does not match '$pattern'"
    elif [ -s out ]; then
        fail "$name" "something on standard output"
    else
        pass
    fi
}

# has NAME PATTERN: the last standard output
has() { if grep -qE -e "$2" out; then pass; else fail "$1" "no line '$2'"; fi; }

# same NAME FILE FILE
same() { if cmp -s "$2" "$3"; then pass; else fail "$1" "$2 and $3 differ"; fi; }

# finish: the sum; the last line of a test
finish() {
    echo "$NAME: $passed passed, $failed failed, $skipped skipped"
    [ $failed -eq 0 ]
}
