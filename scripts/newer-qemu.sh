#!/bin/sh
# SPDX-License-Identifier: MulanPSL-2.0
# Unpacks a newer QEMU for RISC-V beside the one that is installed: scripts/newer-qemu.sh [-n] [DIR]
#
# DIR (default build/vm/qemu) gets the packages and `qemu-system-riscv64`, a script that runs them. Nothing is installed: no root needed.
# The packages come from the machine's own apt configuration with the suite exchanged: QEMU_SUITE (default
# bookworm-backports, QEMU 10.0). A suite with a newer C library brings that, too, and its loader.
# -n: only says whether it is there. Status: 0 it is there, 1 it is not (and could not be made), 2 bad usage.
set -eu
only_say=
[ "${1:-}" != -n ] || { only_say=1; shift; }
[ $# -le 1 ] || { sed -n '3s/^# //p' "$0" >&2; exit 2; }
dir=${1:-$(cd "$(dirname "$0")/.." && pwd)/build/vm/qemu}
suite=${QEMU_SUITE:-bookworm-backports}
[ ! -x "$dir/qemu-system-riscv64" ] || exit 0
[ -z "$only_say" ] || exit 1
fail() { echo "newer-qemu: $*" >&2; exit 1; }
command -v apt-get > /dev/null || fail "no apt-get here; what is needed is QEMU 9.2 or later for riscv64"

mkdir -p "$dir"
dir=$(cd "$dir" && pwd)
work=$dir/apt
rm -rf "$work"
mkdir -p "$work/parts" "$work/lists/partial" "$work/archives/partial"
"$(dirname "$0")/apt-suite.sh" "$suite" also - "$work/parts" || fail "no entry of apt to take the address from"
# The QEMU that is installed is none of its business: as if there were none.
awk 'BEGIN { RS = ""; ORS = "\n\n" } !/^Package: qemu/' /var/lib/dpkg/status > "$work/status"
apt() {
    apt-get -q -o Dir::Etc::SourceList="$work/none" -o Dir::Etc::SourceParts="$work/parts" -o Dir::State="$work" \
        -o Dir::State::Lists="$work/lists" -o Dir::State::status="$work/status" -o Dir::Cache="$work" \
        -o Dir::Cache::Archives="$work/archives" -o Debug::NoLocking=1 -o APT::Sandbox::User= "$@" >> "$work/log" 2>&1
}
echo "newer-qemu: unpacking QEMU of $suite below $dir" >&2
apt update || fail "could not read the lists of $suite, see $work/log"
apt -y --no-install-recommends --download-only -t "$suite" install qemu-system-riscv opensbi ||
    fail "no qemu-system-riscv in $suite, see $work/log"
for f in "$work"/archives/*.deb; do
    dpkg-deb -x "$f" "$dir/root" || fail "could not unpack $f"
done

# Its own modules and firmware; its own C library where one came with it.
lib=$dir/root/usr/lib/$(dpkg-architecture -qDEB_HOST_MULTIARCH 2> /dev/null || echo x86_64-linux-gnu)
loader=$(find "$dir/root" -name 'ld-linux*.so.*' ! -type d | head -1)
{
    echo '#!/bin/sh'
    echo "export QEMU_MODULE_DIR='$lib/qemu'"
    if [ -n "$loader" ]; then
        echo "exec '$loader' --library-path '$lib:${lib#"$dir/root"}' \\"
    else
        echo "export LD_LIBRARY_PATH='$lib'"
        echo "exec \\"
    fi
    echo "    '$dir/root/usr/bin/qemu-system-riscv64' -L '$dir/root/usr/share/qemu' -L '$dir/root/usr/lib/riscv64-linux-gnu/opensbi/generic' \"\$@\""
} > "$dir/new"
chmod +x "$dir/new"
"$dir/new" --version >> "$work/log" 2>&1 || fail "QEMU of $suite does not run here, see $work/log"
mv "$dir/new" "$dir/qemu-system-riscv64"
rm -rf "$work/archives" "$work/lists"
"$dir/qemu-system-riscv64" --version | head -1 >&2
