#!/bin/sh
# SPDX-License-Identifier: MulanPSL-2.0
# Prints the version with its commit: "0.1.0 (3f2a9c41d07e)", ", changed" where tracked files differ
# from the commit. Without git, or outside a checkout of our own: the commit that `git archive` put
# into scripts/commit.txt; without that the number alone.
set -u
cd "$(dirname "$0")/.." || exit 2
version=$(cat VERSION) || exit 2
changed=
commit=$(cat scripts/commit.txt 2>/dev/null)
case $commit in *Format* | '') commit= ;; esac
# A source tree unpacked below somebody else's checkout does not have that one's commit.
if [ "$(git rev-parse --show-toplevel 2>/dev/null)" = "$(pwd -P)" ]; then
    commit=$(git rev-parse -q --verify HEAD)
    GIT_OPTIONAL_LOCKS=0 git diff --quiet HEAD 2>/dev/null || changed=', changed'
fi
commit=$(printf %.12s "$commit")
echo "$version${commit:+ ($commit$changed)}"
