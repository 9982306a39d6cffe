#!/bin/bash
# SPDX-License-Identifier: MulanPSL-2.0
# Makes a KVM host with one guest from Debian's packages, to be booted on QEMU: scripts/kvm-guest.sh [-a riscv64|arm64] [DIR]
#
# -a: the architecture (default riscv64). DIR (default build/vm/kvm, arm64: build/vm/kvm-arm64) gets `vmlinux` (the kernel
# of both) and `host.cpio`: a host that loads KVM and starts QEMU on it, whose guest runs sqlite3 on
# traces/programs/database.sql for ever. GUEST_PROGRAM="name arguments" and GUEST_PACKAGES run another program of
# Debian's there. Nothing is installed and no root is needed; the packages come
# from the machine's own apt configuration with suite (KVM_SUITE, default trixie) and architecture exchanged.
# Status: 0 made (or already there), 1 it could not be made, 2 bad usage.
set -eu
usage() { sed -n '3s/^# //p' "$0" >&2; exit 2; }
arch=riscv64
[ "${1:-}" != -a ] || { [ $# -ge 2 ] || usage; arch=$2; shift 2; }
case $# in 0) ;; 1) case $1 in -*) usage ;; esac ;; *) usage ;; esac
# What differs between the two: QEMU's program and package, the loader, the machine, the console.
case $arch in
riscv64)
    qemu=qemu-system-riscv64 package=qemu-system-riscv loader=ld-linux-riscv64-lp64d.so.1 suffix=
    machine='virt -bios none' console='console=ttyS0 earlycon=sbi'
    ;;
arm64)
    qemu=qemu-system-aarch64 package=qemu-system-arm loader=ld-linux-aarch64.so.1 suffix=-arm64
    machine=virt,gic-version=3 console='console=ttyAMA0'
    ;;
*) usage ;;
esac
here=$(cd "$(dirname "$0")/.." && pwd)
dir=${1:-$here/build/vm/kvm$suffix}
suite=${KVM_SUITE:-trixie}
program=${GUEST_PROGRAM:-sqlite3 -batch :memory:}
[ ! -e "$dir/host.cpio" ] || exit 0
fail() { echo "kvm-guest: $*" >&2; exit 1; }
for tool in apt-get dpkg-deb cpio xz readelf; do
    command -v $tool > /dev/null || fail "$tool is missing (scripts/setup.sh vm)"
done
mkdir -p "$dir"
dir=$(cd "$dir" && pwd)
work=$dir/apt
rm -rf "$work" "$dir/root" "$dir/host" "$dir/guest"
mkdir -p "$work/parts" "$work/lists/partial" "$work/archives/partial" "$dir/root"
: > "$work/status"
"$here/scripts/apt-suite.sh" "$suite" only "$arch" "$work/parts" || fail "no entry of apt to take the address from"
apt() {
    apt-get -q -o Dir::Etc::SourceList="$work/none" -o Dir::Etc::SourceParts="$work/parts" -o Dir::State="$work" \
        -o Dir::State::Lists="$work/lists" -o Dir::State::status="$work/status" -o Dir::Cache="$work" \
        -o Dir::Cache::Archives="$work/archives" -o Debug::NoLocking=1 -o APT::Sandbox::User= \
        -o APT::Architecture="$arch" -o APT::Architectures="$arch" "$@" >> "$work/log" 2>&1
}
echo "kvm-guest: fetching Debian $suite for $arch (about 160 MB)" >&2
apt update || fail "could not read the lists of $suite, see $work/log"
# shellcheck disable=SC2086 # a list of words
apt -y --no-install-recommends --download-only install linux-image-$arch $package busybox-static ${GUEST_PACKAGES:-sqlite3} ||
    fail "packages are missing, see $work/log"
for f in "$work"/archives/*.deb; do
    dpkg-deb --fsys-tarfile "$f" | tar -x -C "$dir/root" --exclude './usr/share/doc' --exclude './usr/share/locale' \
        --exclude './usr/share/man' --exclude './usr/lib/modules/*/kernel/drivers' --exclude './usr/lib/modules/*/kernel/net' ||
        fail "could not unpack $f"
done

# Copies programs and the libraries that they need from root to $1.
copy() {
    local to=$1 file name
    shift
    for name; do
        file=$(find "$dir/root" -name "$name" ! -type d -path '*bin/*' -o -name "$name" ! -type d -path '*/lib/*' | head -1)
        [ -n "$file" ] || fail "no $name in the packages"
        [ ! -e "$to/lib/$name" ] && [ ! -e "$to/bin/$name" ] || continue
        case $file in */bin/* | */sbin/*) cp -L "$file" "$to/bin/$name" ;; *) cp -L "$file" "$to/lib/$name" ;; esac
        # shellcheck disable=SC2046
        copy "$to" $(readelf -d "$file" 2> /dev/null | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')
    done
}

tree() { # an initramfs with a shell
    mkdir -p "$1"/{bin,lib,proc,sys,dev,tmp}
    copy "$1" busybox $loader
    cp "$1/bin/busybox" "$1/bin/sh"
}

pack() { (cd "$1" && find . | LC_ALL=C sort | cpio -o -H newc -R 0:0 2> /dev/null) > "$2"; }

mount='for d in "proc proc" "sysfs sys" "devtmpfs dev"; do /bin/busybox mount -t ${d% *} x /${d#* }; done'
tree "$dir/guest"
# shellcheck disable=SC2086
copy "$dir/guest" ${program%% *}
cp "$here/traces/programs/database.sql" "$dir/guest/input"
cat > "$dir/guest/init" << END
#!/bin/sh
$mount
export LD_LIBRARY_PATH=/lib
echo "guest\$number: up, \$(/bin/busybox grep -m1 -e mmu -e part /proc/cpuinfo)"
while :; do echo "guest\$number: running"; /bin/$program < /input > /dev/null; done
END
chmod +x "$dir/guest/init"
pack "$dir/guest" "$dir/guest.cpio"

tree "$dir/host"
copy "$dir/host" $qemu
kernel=$(find "$dir/root/boot" -name 'vmlinu*' | head -1)
cp "$kernel" "$dir/vmlinux"
cp "$kernel" "$dir/host/vmlinux"
mv "$dir/guest.cpio" "$dir/host/guest.cpio"
mkdir -p "$dir/host/share"
cp -L "$dir/root/usr/share/qemu/"*-virtio.rom "$dir/host/share/" 2> /dev/null || true
for m in irqbypass kvm; do
    f=$(find "$dir/root" -name "$m.ko*" | head -1)
    case $f in *.xz) xz -dc "$f" > "$dir/host/lib/$m.ko" ;; ?*) cp "$f" "$dir/host/lib/$m.ko" ;; esac
done
cat > "$dir/host/init" << END
#!/bin/sh
$mount
export LD_LIBRARY_PATH=/lib HOME=/tmp
echo "host: up, \$(/bin/busybox grep -m1 -e mmu -e part /proc/cpuinfo)"
for m in irqbypass kvm; do [ ! -e /lib/\$m.ko ] || /bin/busybox insmod /lib/\$m.ko; done
[ -e /dev/kvm ] && echo "host: KVM is there"
run() {
    /bin/$qemu -machine $machine -accel kvm -cpu host -m \${mem:-192} -smp \${cpus:-1} -nographic -nodefaults -serial stdio \\
        -L /share -kernel /vmlinux -initrd /guest.cpio -append "$console quiet number=\$1" < /dev/null
}
for n in \$(/bin/busybox seq 2 \${guests:-1}); do run \$n & done
run
echo "host: QEMU ended with \$?"
while :; do /bin/busybox sleep 1000; done
END
chmod +x "$dir/host/init"
pack "$dir/host" "$dir/host.new"
mv "$dir/host.new" "$dir/host.cpio"
rm -rf "$work/archives" "$work/lists" "$dir/root" "$dir/host" "$dir/guest"
ls -l "$dir" >&2
