#!/bin/sh
# SPDX-License-Identifier: MulanPSL-2.0
# Makes the bundled captures again (traces/captures/README.md).
#
#   scripts/make-captures.sh [FOLDER]      default: a temporary folder; results are copied to
#                                          traces/captures
#
# Needs: gcc-riscv64-linux-gnu (gcc-aarch64-linux-gnu for the AArch64 one), qemu-user, tclsh, make, and a source entry (deb-src) for apt-get.
set -eu

here=$(cd "$(dirname "$0")/.." && pwd)
work=${1:-$(mktemp -d)}
cross=riscv64-linux-gnu-gcc
mkdir -p "$work" "$here/traces/captures"
cd "$work"

$cross -O2 -static "$here/traces/programs/graph.c" -o graph

if [ ! -x sqlite3 ]; then
    [ -d sqlite-src ] || {
        apt-get source --download-only sqlite3
        mkdir sqlite-src
        tar -xf sqlite3_*.orig.tar.xz -C sqlite-src --strip-components=1
    }
    mkdir -p sqlite-build
    (cd sqlite-build && ../sqlite-src/configure --disable-tcl >/dev/null && make sqlite3.c shell.c) \
        >/dev/null
    $cross -O2 -static -DSQLITE_OMIT_LOAD_EXTENSION -DSQLITE_THREADSAFE=0 -Isqlite-build \
        sqlite-build/sqlite3.c sqlite-build/shell.c -o sqlite3 -lm
fi

"$here/scripts/capture-qemu.sh" graph.gvt.gz form=binary thin=4 fetch=page \
    skip=60000000 burst=25000 gap=5000000 limit=250000 \
    "source=graph.c (BFS and PageRank of 1 M vertices and 8 M edges) riscv64 qemu-user" -- ./graph
"$here/scripts/capture-qemu.sh" database.gvt.gz form=binary thin=4 fetch=page \
    skip=50000000 burst=30000 gap=125000000 limit=600000 \
    "source=sqlite3 3.40.1 running database.sql riscv64 qemu-user" -- ./sqlite3 \
    <"$here/traces/programs/database.sql"
cp graph.gvt.gz database.gvt.gz "$here/traces/captures"
if command -v aarch64-linux-gnu-gcc >/dev/null; then
    aarch64-linux-gnu-gcc -O2 -static "$here/traces/programs/graph.c" -o graph_a64
    ARCH=aarch64 "$here/scripts/capture-qemu.sh" graph_aarch64.gvt.gz form=binary thin=4 fetch=page \
        skip=60000000 burst=10000 gap=5000000 limit=80000 \
        "source=graph.c (BFS and PageRank of 1 M vertices and 8 M edges) aarch64 qemu-user" -- ./graph_a64
    cp graph_aarch64.gvt.gz "$here/traces/captures"
fi
ls -l "$here/traces/captures"
