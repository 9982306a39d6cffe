#!/bin/bash
# SPDX-License-Identifier: MulanPSL-2.0
# The Makefile and what stands around it: tests/build.sh. Builds small parts of the library (folder
# arch, the version) of copies of the source; under a minute. Last line "N passed, N failed";
# status 1 if one failed, 2 if it cannot run.
set -u
cd "$(dirname "$0")/.." || exit 2
unset MAKEFLAGS MAKELEVEL MFLAGS CFLAGS LDFLAGS CPPFLAGS B MODE RTL_DIR # makes of its own
T=$(mktemp -d) || exit 2
trap 'chmod -R u+w "$T"; rm -rf "$T"' EXIT
passed=0 failed=0

pass() { passed=$((passed + 1)); }
fail() {
    failed=$((failed + 1))
    echo "FAIL $1: $2"
    tail -n 5 "$T/out" 2> /dev/null | sed 's/^/    /'
}
run() { timeout 300 "$@" > "$T/out" 2>&1 < /dev/null; }
# good NAME COMMAND...: status 0
good() {
    local name=$1
    shift
    if run "$@"; then pass; else fail "$name" "status $?"; fi
}
# bad NAME PATTERN COMMAND...: status 2, and the output matches PATTERN
bad() {
    local name=$1 pattern=$2 status
    shift 2
    run "$@"
    status=$?
    if [ $status -ne 2 ]; then
        fail "$name" "status $status instead of 2"
    elif ! grep -qE -e "$pattern" "$T/out"; then
        fail "$name" "the output does not match '$pattern'"
    else
        pass
    fi
}
is() { # NAME COMMAND...: a condition
    local name=$1
    shift
    if "$@"; then pass; else fail "$name" "not so: $*"; fi
}

# Two copies of what is in the work tree, one in a folder with spaces in its name.
copy() {
    mkdir -p "$1" && tar -cf - --exclude=./build --exclude=./.git --exclude=./traces/captures . |
        tar -xf - -C "$1"
}
one=$T/one two="$T/an other one"
copy "$one" && copy "$two" || exit 2
lib=build/release/libl2tlb.a

good "builds" make -j2 LIBDIRS=arch -C "$one" $lib
good "builds in a folder with spaces" make -j2 LIBDIRS=arch -C "$two" $lib
is "the same bytes in another folder" cmp -s "$one/$lib" "$two/$lib"
is "no name of a folder in it" test "$(grep -acF "$T" "$two/$lib")" = 0
good "plugin in a folder with spaces" make -C "$two" build/gvt_plugin.so
good "plugin" make -C "$one" build/gvt_plugin.so
is "plugin of the same bytes" cmp -s "$one/build/gvt_plugin.so" "$two/build/gvt_plugin.so"

# CFLAGS= and LDFLAGS= are added to ours.
run make -nB -C "$one" V=1 CFLAGS=-DUSERS=1 LDFLAGS=-Wl,--users build/release/l2tlb
is "CFLAGS are added" grep -qE -- '-std=c11 .*-O2 .*-DUSERS=1 .*-c arch/cfg.c' "$T/out"
is "LDFLAGS are added" grep -qE -- '-O2 -g .*-Wl,--users .*-o build/release/l2tlb' "$T/out"
good "CFLAGS with quotes and spaces" make -j2 LIBDIRS=arch -C "$one" "CFLAGS=-DUSERS=\"'a b'\"" build/release/arch/cfg.o
good "and the other way" env CFLAGS=-DUSERS=1 make -C "$one" build/release/arch/cfg.o
is "they are remembered" grep -qF -- '-DUSERS=1' "$one/build/release/.flags"

# Where it is built.
bad "an unknown MODE" 'MODE=foo: it is one of release paranoid san cov' make -C "$one" MODE=foo all
bad "a build folder with a space" 'cannot build in a folder with a space' make -C "$one" "B=$T/a b" all
rm -rf "$one/build"
(cd "$one" && find . -printf '%p %T@\n' | sort) > "$T/before"
chmod -R a-w "$one"
good "out of tree, from a source that cannot be written" make -j2 LIBDIRS=arch -C "$one" "B=$T/elsewhere" \
    "$T/elsewhere/libl2tlb.a"
(cd "$one" && find . -printf '%p %T@\n' | sort) > "$T/after"
is "nothing was written there" cmp -s "$T/before" "$T/after"
is "the same bytes out of tree" cmp -s "$T/elsewhere/libl2tlb.a" "$two/$lib"
run make -nk -C "$one" "B=$T/elsewhere" all san golden qemu-check cosim-build systemc proofs bitmap-cost \
    plugin random run CAPTURE="a b"
is "nothing is to be built in the source" test "$(grep -cE '(^|[ =>(])build/' "$T/out")" = 0
is "a capture with a space in its name" grep -qE "replay --world stages=two --report summary .*run.html 'a b'$" "$T/out"
run make -nk -C "$one" run
is "make run: the bundled guest" grep -qE "replay --report summary .*run.html 'traces/captures/kvm.gvt.gz'$" "$T/out"
is "make run builds in parallel" grep -qE 'make --no-print-directory -j[0-9]+ all' "$T/out"
chmod -R u+w "$one"

# What is missing is said in one line. The path has the tools of the build and no others.
mkdir "$T/bin"
for c in bash sh make gcc g++ ar as ld cat cmp cp cut date dirname expr grep head ls mkdir mktemp mv nproc \
    printf pwd python3 rm sed seq sort tail test tr uname git; do
    p=$(command -v "$c") && ln -s "$p" "$T/bin/$c"
done
without() { PATH=$T/bin make -C "$one" "$@"; }
export -f without
export T one
bad "no Verilator: lint" 'verilator is not installed: scripts/setup.sh cosim' bash -c 'without lint-rtl'
bad "no Verilator: co-simulation" 'verilator is not installed: scripts/setup.sh cosim' \
    bash -c 'without build/cosim/minimal/Vdut__ALL.a'
bad "no Verilator: SystemC" 'verilator is not installed: scripts/setup.sh cosim' bash -c 'without systemc'
bad "no Yosys" 'yosys is not installed: scripts/setup.sh cosim' bash -c 'without proofs'
bad "no SystemC" 'SystemC is not installed: scripts/setup.sh cosim' \
    make -C "$one" VERILATOR=true SYSTEMC_INC="$T/nowhere" have-systemc
bad "RTL_DIR= is empty" 'RTL_DIR= is empty' make -C "$one" cosim RTL_DIR=
bad "RTL_DIR of a space" 'RTL_DIR= is empty' make -C "$one" cosim 'RTL_DIR= '

# Version and release.
is "version without git" test "$("$one/scripts/version.sh")" = "$(cat VERSION)"
good "version of the object" make -C "$one" build/release/report/version.o
is "the object holds it" grep -qaF "$(cat VERSION)" "$one/build/release/report/version.o"
if git rev-parse -q --verify HEAD > /dev/null 2>&1; then
    commit=$(git rev-parse HEAD | cut -c1-12)
    is "version with its commit" grep -qxE "$(cat VERSION) \($commit(, changed)?\)" <(scripts/version.sh)
    good "make dist" make -s "B=$T/dist" dist
    tarball=$(ls "$T"/dist/*.tar.gz)
    cp "$tarball" "$T/first" && rm "$tarball"
    run make -s "B=$T/dist" dist
    is "dist of the same bytes" cmp -s "$T/first" "$tarball"
    mkdir "$T/git" && git -C "$T/git" init -q # somebody else's checkout around it
    tar -xf "$tarball" -C "$T/git" --exclude='*/traces/captures/*'
    is "version of an unpacked release" \
        test "$(sh "$T"/git/l2tlbsim-*/scripts/version.sh)" = "$(git show HEAD:VERSION) ($commit)"
fi

# What the tests install is announced, and what the build needs stands in the Debian package too.
mkdir "$T/bare" # a machine without packages
printf '#!/bin/sh\nexit 1\n' | tee "$T/bare/dpkg-query" > "$T/bare/apt-get"
chmod +x "$T/bare/dpkg-query" "$T/bare/apt-get"
run env PLAN=1 "PATH=$T/bare:$PATH" scripts/test.sh checks
is "the plan of checks names the packages of the library" grep -qE 'installs .* cmake .* abigail-tools( |$)' "$T/out"
run env PLAN=1 "PATH=$T/bare:$PATH" scripts/test.sh unit
is "that of the unit tests does not" test "$(grep -c abigail "$T/out")" = 0
absent=$(sed -n 's/^build="\(.*\)"$/\1/p' scripts/setup.sh | tr ' ' '\n' | grep -E '^(lib|zlib).*-dev$' | grep -vx libc6-dev |
    grep -vxf <(sed -E '/^$/q; s/^.*: |^ +//; s/,$//' debian/control | grep .))
is "debian/control names the libraries of scripts/setup.sh build" test -z "$absent"

# A comparison of nothing is a failure.
printf '#!/bin/sh\nexit 0\n' > "$T/tool"
chmod +x "$T/tool"
bad "golden.sh without recordings" 'golden: nothing to compare' \
    env L2TLB="$T/tool" L2TLB_SHARED="$T/nowhere" bash -c 'rm -rf "$one/tests/golden"; "$one/scripts/golden.sh"'
bad "golden.sh with an unknown set" 'no set nosuchset' env L2TLB="$T/tool" scripts/golden.sh nosuchset

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
