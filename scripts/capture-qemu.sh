#!/bin/sh
# SPDX-License-Identifier: MulanPSL-2.0
# Records a program of another architecture as a GVA trace, with QEMU's user mode and our plugin.
#
#   scripts/capture-qemu.sh OUT [KEY=VALUE...] -- PROGRAM [ARGUMENT...]
#
# OUT: .gz at the end compresses. KEY=VALUE: options of the plugin (form=binary, limit=N, ...), see
# scripts/qemu_plugin/gvt_plugin.c. ARCH (default riscv64) selects qemu-ARCH. The address space is
# limited to 2^38 bytes, so that every address is a legal one of Sv39.
set -eu

here=$(cd "$(dirname "$0")/.." && pwd)
plugin=${GVT_PLUGIN:-$here/build/gvt_plugin.so}
arch=${ARCH:-riscv64}

usage() {
    echo "usage: $0 OUT [KEY=VALUE...] -- PROGRAM [ARGUMENT...]" >&2
    exit 2
}

[ $# -ge 3 ] || usage
options="out=$1"
shift
while [ $# -gt 0 ] && [ "$1" != -- ]; do
    options="$options,$1"
    shift
done
[ $# -ge 2 ] || usage
shift
command -v "qemu-$arch" >/dev/null || {
    echo "$0: qemu-$arch is missing (Debian package qemu-user)" >&2
    exit 2
}
[ -e "$plugin" ] || make -s -C "$here" plugin
exec "qemu-$arch" -R 0x4000000000 -plugin "$plugin,$options" "$@"
