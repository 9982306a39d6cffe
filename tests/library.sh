#!/bin/bash
# SPDX-License-Identifier: MulanPSL-2.0
# The library as its users have it: tests/library.sh. Installs into a folder, builds programs against that with
# pkg-config and CMake, replays recordings with the public interface alone, and looks at the names, the versions and the
# recorded binary interface. Last line "N passed, N failed, N skipped"; status 1 if one failed, 2 if it cannot run.
set -u
cd "$(dirname "$0")/.." || exit 2
unset MAKEFLAGS MAKELEVEL MFLAGS CFLAGS LDFLAGS CPPFLAGS B MODE DESTDIR PREFIX LIBDIR
T=$(mktemp -d) || exit 2
trap 'rm -rf "$T"' EXIT
passed=0 failed=0 skipped=0
version=$(cat VERSION)

pass() { passed=$((passed + 1)); }
fail() {
    failed=$((failed + 1))
    echo "FAIL $1: $2"
    tail -n 5 "$T/out" 2> /dev/null | sed 's/^/    /'
}
skip() {
    skipped=$((skipped + 1))
    echo "library: skipped: $1"
}
run() { timeout 300 "$@" > "$T/out" 2>&1 < /dev/null; }
good() { # NAME COMMAND...: status 0
    local name=$1
    shift
    if run "$@"; then pass; else fail "$name" "status $?"; fi
}
is() { # NAME COMMAND...: a condition
    local name=$1
    shift
    if "$@"; then pass; else fail "$name" "not so: $*"; fi
}
empty() { # NAME TEXT
    if [ -z "$2" ]; then pass; else fail "$1" "$2"; fi
}
has() { if grep -qE -e "$2" "$T/out"; then pass; else fail "$1" "no '$2'"; fi; }

# --- installation -------------------------------------------------------------------------------

root=$T/root
there=(make -s -j2 "DESTDIR=$root" PREFIX=/opt/l2 LIBDIR=/opt/l2/lib/here)
good "make install" "${there[@]}" install
[ $failed -eq 0 ] || exit 1
lib="$root/opt/l2/lib/here" include="$root/opt/l2/include"
so="$lib/libl2tlb.so.$version"
is "the command runs" test "$("$root/opt/l2/bin/l2tlb" --version | grep -c "$version")" = 1
is "headers" test "$(ls "$include/l2tlb")" = "$(ls include/l2tlb)"
is "manual pages" test -s "$root/opt/l2/share/man/man1/l2tlb-replay.1"
is "completion" test -s "$root/opt/l2/share/bash-completion/completions/l2tlb"
is "traces" test -s "$root/opt/l2/share/l2tlbsim/traces/database.gvt.gz"
good "an installed trace" "$root/opt/l2/bin/l2tlb" info "$root/opt/l2/share/l2tlbsim/traces/graph.gvt.gz"

# --- names --------------------------------------------------------------------------------------

empty "other names in the shared object" \
    "$(nm -D --defined-only "$so" | awk '$2 != "A" { sub(/@.*/, "", $3); print $3 }' | grep -v '^l2tlb_')"
empty "other names in the archive" "$(nm --defined-only "$lib/libl2tlb.a" | awk '$2 ~ /[A-Z]/ { print $3 }' | grep -v '^l2tlb_')"
nm -D --defined-only "$so" | awk '$2 == "T" { sub(/@.*/, "", $3); print $3 }' | sort > "$T/exported"
grep -ohE '^L2TLB_API [^(]*[ *](l2tlb_[a-z0-9_]+)\(' include/l2tlb/*.h | grep -oE 'l2tlb_[a-z0-9_]+\($' | tr -d '(' |
    sort > "$T/declared"
is "what the headers declare is exported, and nothing else" cmp "$T/exported" "$T/declared"
is "soname" test "$(readelf -d "$so" | sed -n 's/.*soname: \[\(.*\)\]/\1/p')" = libl2tlb.so.0
is "version node" test "$(nm -D --defined-only "$so" | grep -c '@@L2TLB_0$')" = "$(wc -l < "$T/exported")"
# The libraries that the .pc file names for a static link are those that it needs, no others.
empty "libraries" "$({ readelf -d "$so" | sed -nE 's/.*NEEDED.*\[lib([a-z]+)\.so.*/\1/p' | grep -vx c
    sed -n 's/^Libs.private: //p' "$lib/pkgconfig/l2tlb.pc" | tr ' ' '\n' | sed 's/^-l//' | grep -vx pthread; } | sort | uniq -u)"
empty "names of nobody in the archive" "$(nm -u "$lib/libl2tlb.a" | grep -E ' (XML_|elf_|gelf_|kdump_|sqlite3_|symbols_)')"
# No variables, no exit, nothing printed.
empty "variables" "$(nm "$so" 2> /dev/null | awk '$2 ~ /[bBC]/ && $3 !~ /^(completed|__)/ { print $3 }')"
empty "variables with a value" "$(readelf -sW "$so" | awk '$4 == "OBJECT" && $5 != "GLOBAL" { print $7, $8 }' |
    awk -v d="$(readelf -SW "$so" | sed -nE 's/^ *\[ *([0-9]+)\] \.data .*/\1/p')" '$1 == d && $2 !~ /^__/ { print $2 }')"
empty "exit, output" "$(nm -D --undefined-only "$so" | awk '{ sub(/@.*/, "", $2); print $2 }' |
    grep -xE 'exit|_exit|abort|quick_exit|stdout|stderr|printf|puts|putchar|write|perror|system|signal|setlocale')"

# --- headers ------------------------------------------------------------------------------------

for h in "$include"/l2tlb/*.h; do
    h=l2tlb/${h##*/}
    echo "#include <$h>" > "$T/h.c"
    good "$h in C11" gcc -std=c11 -Wall -Wextra -pedantic -Werror "-I$include" -fsyntax-only -x c "$T/h.c"
    good "$h in C++17" g++ -std=c++17 -Wall -Wextra -pedantic -Werror "-I$include" -fsyntax-only -x c++ "$T/h.c"
done
is "version of the headers" test "$(sed -n 's/^#define L2TLB_VERSION_[A-Z]* //p' include/l2tlb/base.h | tr '\n' .)" = "$version."

# --- programs -----------------------------------------------------------------------------------

export PKG_CONFIG_PATH="$lib/pkgconfig" PKG_CONFIG_SYSROOT_DIR="$root" LD_LIBRARY_PATH="$lib"
expected='page 40000: fault 0, host page 90000, [0-9]+ cycles'
is "version of pkg-config" test "$(pkg-config --modversion l2tlb)" = "$version"
# shellcheck disable=SC2046 # lists of words
{
    private=$(pkg-config --static --libs-only-l l2tlb | sed 's/-ll2tlb//')
    good "C with pkg-config" gcc -std=c11 -Wall -Wextra -pedantic -Werror tests/library/hello.c -o "$T/hello" \
        $(pkg-config --cflags --libs l2tlb)
    good "it runs" "$T/hello" && has "and is right" "$expected"
    good "C++ with pkg-config" g++ -std=c++17 -x c++ -Wall -Wextra -pedantic -Werror tests/library/hello.c -o "$T/hello++" \
        $(pkg-config --cflags --libs l2tlb)
    good "it runs" "$T/hello++" && has "and is right" "$expected"
    echo 'int phys_new(void); int l2tlb_settle(void); int phys_new(void) { return 0; } int l2tlb_settle(void) { return 0; }' \
        > "$T/clash.c"
    # shellcheck disable=SC2086 # a list of words
    good "static, in a program that uses names of our inside" gcc -std=c11 tests/library/hello.c "$T/clash.c" -o "$T/static" \
        $(pkg-config --cflags l2tlb) "$lib/libl2tlb.a" $private
    good "it runs without the shared object" env LD_LIBRARY_PATH= "$T/static" && has "and is right" "$expected"
    good "position-independent archive" gcc -shared -o "$T/plug.so" -Wl,--whole-archive "$lib/libl2tlb.a" -Wl,--no-whole-archive
    good "recording" gcc -std=c11 -O2 -Wall -Wextra -pedantic -Werror tests/library/recording.c -o "$T/recording" \
        $(pkg-config --cflags --libs l2tlb)
    good "api" gcc -std=c11 -g -O1 -Wall -Wextra -Werror tests/library/api*.c tests/library/main.c -o "$T/api" \
        $(pkg-config --cflags --libs l2tlb) -lpthread
}
if command -v cmake > /dev/null; then
    mkdir "$T/project"
    cp tests/library/hello.c "$T/project/hello.c"
    cp tests/library/hello.c "$T/project/hello.cpp"
    cat > "$T/project/CMakeLists.txt" << END
cmake_minimum_required(VERSION 3.13)
project(hello C CXX)
find_package(l2tlb ${version%.*} REQUIRED)
add_executable(c hello.c)
target_link_libraries(c l2tlb::l2tlb)
add_executable(cpp hello.cpp)
target_link_libraries(cpp l2tlb::l2tlb)
add_executable(static hello.c)
target_link_libraries(static l2tlb::static)
END
    good "CMake finds it" cmake -S "$T/project" -B "$T/project/b" "-Dl2tlb_DIR=$lib/cmake/l2tlb"
    good "CMake builds" cmake --build "$T/project/b"
    for p in c cpp static; do
        good "CMake's $p" env LD_LIBRARY_PATH= "$T/project/b/$p" && has "and is right" "$expected"
    done
    sed -i 's/find_package.*/find_package(l2tlb 99.0 REQUIRED)/' "$T/project/CMakeLists.txt"
    if run cmake -S "$T/project" -B "$T/project/b2" "-Dl2tlb_DIR=$lib/cmake/l2tlb"; then fail "a later version" "found"; else pass; fi
else
    skip "CMake is not here"
fi

# --- recordings ---------------------------------------------------------------------------------

# As users replay them, with the public interface and their own memory; every handshake and the counters. Then thrown away
# and restored every 13 cycles.
recording() { # SET NAME PRESET REVISION
    zcat "tests/golden/$1/$2.gold.gz" | grep -v '^#' | tr -s ' ' > "$T/gold"
    [ "$4" = 2025-05 ] && sed -i '/^S /d' "$T/gold"
    zcat "tests/golden/$1/$2.stim.gz" > "$T/stim"
    for every in 0 13; do
        "$T/recording" "$3" "$4" $every < "$T/stim" > "$T/out" 2>&1
        cmp -s "$T/out" "$T/gold" || { diff "$T/out" "$T/gold" | head -3 > "$T/d"; mv "$T/d" "$T/out"; return 1; }
    done
}
n=0
while read -r set preset revision; do
    for stim in $(printf '%s\n' tests/golden/"$set"/*.stim.gz | awk 'NR % 8 == 1'); do
        name=${stim##*/}
        n=$((n + 1))
        if recording "$set" "${name%.stim.gz}" "$preset" "$revision"; then pass; else fail "$set/$name" differs; fi
    done
done < <(awk -F '\t' '/^[a-z]/ && $1 != "l1" && $6 == "must" { print $1, $3, $4 }' scripts/golden_sets.tsv)
is "recordings were replayed" test $n -ge 40
zcat tests/golden/public/rand_small_all.stim.gz > "$T/stim"
"$T/recording" minimal 2026-03 < "$T/stim" | grep -v '^S ' > "$T/out"
zcat tests/golden/public/rand_small_all.gold.gz | tr -s ' ' > "$T/gold"
if cmp -s "$T/out" "$T/gold"; then fail "another revision" "no difference"; else pass; fi

# --- examples -----------------------------------------------------------------------------------

# shellcheck disable=SC2046 # a list of words
good "examples/cpu" g++ -std=c++17 -O2 -Wall -Wextra -pedantic -Werror examples/cpu/cpu.cc -o "$T/cpu" $(pkg-config --cflags --libs l2tlb)
"$root/opt/l2/bin/l2tlb" gen zipf -n 5k - > "$T/trace"
"$T/cpu" < "$T/trace" > "$T/out" 2>&1
is "its status" test $? = 0
sed -nE 's/.* IPC ([0-9.]+),.*/\1/p' "$T/out" > "$T/ipc"
is "one stage costs, two stages cost more" awk '{ v[NR] = $1 } END { exit !(NR == 3 && v[1] > v[2] && v[2] > v[3] && v[3] > 0) }' \
    "$T/ipc"
if "$T/cpu" < /dev/null > "$T/out" 2>&1; then fail "no accesses" "status 0"; else pass; fi

# --- the whole interface ------------------------------------------------------------------------

good "api" "$T/api" traces/captures/database.gvt.gz && has "api" '^[0-9]{5} passed, 0 failed'
if command -v valgrind > /dev/null; then
    good "api under Valgrind" valgrind -q --leak-check=full --error-exitcode=9 "$T/api" traces/captures/database.gvt.gz \
        config inputs sizes order memory beats states walk tables transact_errors bad_runs
    good "hello under Valgrind" valgrind -q --leak-check=full --error-exitcode=9 "$T/hello"
    good "threads under Valgrind" valgrind -q --tool=helgrind --error-exitcode=9 "$T/api" "" threads
else
    skip "Valgrind is not here"
fi

# --- binary interface ---------------------------------------------------------------------------

# A library of two of our files, and the same with a changed header.
planted() { # NAME SED
    local d="$T/$1"
    mkdir -p "$d" && cp -r include "$d/include" && sed -i "$2" "$d/include/l2tlb/l2tlb.h"
    gcc -std=c11 -D_POSIX_C_SOURCE=200809L -g -fPIC -fvisibility=hidden -shared "-I$d/include" -I. lib/machine.c lib/ports.c \
        -Wl,--version-script=lib/libl2tlb.map -o "$d/l.so"
}
scripts/abi.sh "$so" > "$T/out" 2>&1
case $? in
0) pass ;;
3) skip "$(cat "$T/out")" ;;
*) fail "binary interface" "differs from the record" ;;
esac
if command -v abidiff > /dev/null; then
    planted same '' && scripts/abi.sh -w "$T/same/l.so" "$T/record" > "$T/out" 2>&1
    good "the same" scripts/abi.sh "$T/same/l.so" "$T/record"
    planted member 's|^    uint64_t vpn;    // page number.*|    uint64_t news;\n&|' 2> "$T/out"
    run scripts/abi.sh "$T/member/l.so" "$T/record"
    is "a planted member is noticed" test $? = 1
    has "and named" "struct l2tlb_request"
    planted type 's|uint64_t l2tlb_machine_cycle|uint32_t l2tlb_machine_cycle|' 2> "$T/out"
    sed 's|^uint64_t l2tlb_machine_cycle|uint32_t l2tlb_machine_cycle|; s|return l2tlb_cycle|return (uint32_t)l2tlb_cycle|' \
        lib/machine.c > "$T/type/machine.c"
    gcc -std=c11 -D_POSIX_C_SOURCE=200809L -g -fPIC -fvisibility=hidden -shared "-I$T/type/include" -I. "$T/type/machine.c" \
        lib/ports.c -Wl,--version-script=lib/libl2tlb.map -o "$T/type/l.so"
    run scripts/abi.sh "$T/type/l.so" "$T/record"
    is "a planted return type is noticed" test $? = 1
fi

# --- removal ------------------------------------------------------------------------------------

good "make uninstall" "${there[@]}" uninstall
empty "what is left" "$(cd "$root" && find . -type f -o -type l)"
empty "our folders" "$(cd "$root" && find . -type d -name 'l2tlb*')"

echo "library: $passed passed, $failed failed, $skipped skipped"
[ $failed -eq 0 ]
