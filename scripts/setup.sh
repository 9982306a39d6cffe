#!/bin/sh
# SPDX-License-Identifier: MulanPSL-2.0
# Installs Debian packages, those that are missing only: scripts/setup.sh [-n] GROUP|PACKAGE...
# Groups: build (compiler and libraries), test (build, and what the tests use), browser (HTML reports
# are looked at), capture (recording of real traces), vm (capture of whole machines: also unpacks a newer QEMU,
# scripts/newer-qemu.sh), fuzz (make fuzz), cosim (co-simulation), qemu (make qemu-check), lint, docs (make docs), library
# (tests/library.sh), python (the Python package and its tests), deb (dpkg-buildpackage), slurm (studies on a
# cluster of one machine). -n only prints what is missing.
# Does nothing, and needs neither network nor root, when everything is there.
# Status: 0 everything is there, 1 something could not be installed, 2 bad usage.
set -u
dry=0
[ "${1:-}" = -n ] && { dry=1; shift; }
[ $# -gt 0 ] || { sed -n '3,10s/^# //p' "$0" >&2; exit 2; }

build="gcc libc6-dev make zlib1g-dev liblzma-dev libzstd-dev libcjson-dev libexpat1-dev libinih-dev libelf-dev libsqlite3-dev libmd-dev"
want='' newer=
for name; do
    case $name in
    build) want="$want $build" ;;
    test) want="$want $build g++ libkdumpfile-dev pkgconf python3 python3-jsonschema groff-base xz-utils zstd valgrind gtkwave" ;;
    browser) want="$want chromium" ;;
    capture) want="$want qemu-user gcc-riscv64-linux-gnu libc6-dev-riscv64-cross valgrind" ;;
    cosim) want="$want $build python3 g++ verilator libsystemc-dev yosys z3" ;;
    qemu) want="$want $build qemu-system-misc qemu-system-arm gcc-riscv64-linux-gnu gcc-aarch64-linux-gnu" ;;
    vm) want="$want $build qemu-system-misc qemu-system-arm gcc-riscv64-linux-gnu python3 cpio xz-utils" newer=1 ;;
    fuzz) want="$want $build clang libclang-rt-dev python3" ;;
    slurm) want="$want slurm-wlm munge" ;;
    docs) want="$want $build python3-sphinx python3-myst-parser python3-breathe furo doxygen" ;;
    library) want="$want $build g++ cmake pkg-config valgrind abigail-tools" ;;
    python) want="$want $build python3-dev python3-venv python3-cffi python3-numpy python3-pandas python3-matplotlib python3-setuptools python3-wheel"
        want="$want python3-build python3-pytest mypy flake8 jupyter-nbconvert python3-ipykernel" ;;
    deb) want="$want $build dpkg-dev debhelper lintian dh-python python3-dev python3-cffi python3-numpy python3-setuptools python3-wheel" ;;
    lint) want="$want clang-format clang-tidy cppcheck shellcheck" ;;
    -*) echo "setup: unknown option $name" >&2; exit 2 ;;
    *) want="$want $name" ;;
    esac
done

missing=
for package in $want; do
    case " $missing " in *" $package "*) continue ;; esac
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q '^install ok installed' ||
        missing="$missing $package"
done
newer_qemu() { [ -z "$newer" ] || "$(dirname "$0")/newer-qemu.sh" || exit 1; }
if [ $dry -eq 1 ]; then
    [ -z "$newer" ] || "$(dirname "$0")/newer-qemu.sh" -n || missing="$missing qemu-system-riscv(unpacked)"
    # shellcheck disable=SC2086 # a list of words
    [ -z "$missing" ] || echo $missing
    exit 0
fi
[ -n "$missing" ] || { newer_qemu; exit 0; }

command -v apt-get >/dev/null ||
    { echo "setup: no apt-get here; please install:$missing" >&2; exit 1; }
root=
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null ||
        { echo "setup: please install as root:$missing" >&2; exit 1; }
    root=sudo
fi
echo "setup: installing$missing" >&2
export DEBIAN_FRONTEND=noninteractive
install() {
    # shellcheck disable=SC2086 # a list of words
    $root apt-get install -y -q --no-install-recommends $missing >&2
}
# The package lists of a fresh machine may be empty or old: refresh them before giving up.
install || { $root apt-get update -q >&2 && install; } ||
    { echo "setup: could not install$missing" >&2; exit 1; }
newer_qemu
