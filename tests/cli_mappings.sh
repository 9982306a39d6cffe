#!/bin/sh
# SPDX-License-Identifier: MulanPSL-2.0
# l2tlb tables: what an image maps, and the audit. Images are made with the edits of l2tlb walk --map.
# tests/cli_mappings.sh [COMMAND], default build/l2tlb. Status: 0 all passed, 1 a test failed.
# shellcheck disable=SC2015 # counting cannot fail
set -u
# shellcheck source=tests/commands.sh
. "$(dirname "$0")/commands.sh"

# map IMAGE FRAMES EDIT...: the words that these edits change become part of the image
map() {
    image=$1 frames=$2
    shift 2
    "$L2TLB" walk --image "$image" --frames "$frames" --pma none --report csv --expect any "$@" 0 >words 2>err </dev/null ||
        fail "map $image" "$(cat err)"
    tail -n +2 words | sed 's/.*,//' | tr ' ' '\n' | sed -n 's/^\([0-9a-f]*\):[0-9a-f]*:\([0-9a-f]*\)$/\1 \2/p' >new
    awk '$1 == "csr" { print; next } { word[$1] = $2 } END { for (a in word) print a, word[a] }' "$image" new >next
    mv next "$image"
}

# --- two VMs of one host, each with Sv39 over Sv39x4; VM 2 has its guest page 88003000 in memory of VM 1
# vm FILE VMID ROOT HOST: root page of stage 2, host memory for the guest's pages from 80000000 on
vm() {
    printf 'csr vsatp 8000000000080001\ncsr hgatp %x\n%x 0\n' $((8 << 60 | $2 << 44 | 0x$3 >> 12)) "0x$3" >"$1"
    frames=$(printf '%x' $((0x$3 + 0x4000)))
    map "$1" "$frames" --map "s2:80001000=$(printf %x $((0x$4 + 0x1000))),4K,rw" \
        --map "s2:80002000=$(printf %x $((0x$4 + 0x2000))),4K,rw" --map "s2:80003000=$(printf %x $((0x$4 + 0x3000))),4K,rw"
    map "$1" "$frames" --map "s2:80400000=$(printf %x $((0x$4 + 0x400000))),2M,rwx"
    # The guest's own tables, in the pages that stage 2 maps.
    h=$(printf %x $((0x$4 + 0x1000)))
    printf '%s 20000801\n' "$h" >>"$1"
    printf '%x 20000c01\n' $((0x$4 + 0x2000)) >>"$1"
    printf '%x 2010004b\n%x 20100cc7\n%x 201010d7\n' $((0x$4 + 0x3000)) $((0x$4 + 0x3008)) $((0x$4 + 0x3018)) >>"$1"
}
vm vm1 1 a0000000 b0000000
vm vm2 2 a8000000 c0000000
good "two clean VMs" "$L2TLB" tables --audit vm1 vm2
has "two clean VMs" '^  Audit +no findings; 7 of 10 kinds'
has "summary: stage 1" 'stage 1 +vsatp 8000000000080001: Sv39, ASID 0$'
has "summary: stage 2" 'stage 2 +hgatp 8000100000.*: Sv39x4, VMID 1$'
has "summary: sizes" 'stage 2 +2.0 MiB in 2 ranges: 1 x 2 MiB, 3 x 4 KiB$'
good "ranges" "$L2TLB" tables vm1
has "ranges: code" '^ +0-fff +4 KiB +80400000 +b0400000  r-x --- a--  +4 KiB / 2 MiB$'
has "ranges: user" '^ +3000-3fff +4 KiB +80404000 +b0404000  --- rw- ad-  +4 KiB / 2 MiB$'
good "full" "$L2TLB" tables --full vm1
has "full: stage 2" '^ +80400000-805fffff +2 MiB +b0400000  rwx rwx ad-    2 MiB$'
good "csv" "$L2TLB" tables --report csv vm1
has "csv" '^vm1,both,1000,1fff,4096,80403000,b0403000,rw-,---,1,1,0,4096,2097152,0,,b0003008,20100cc7,$'

# --- other architectures, one stage of two
printf 'csr satp 80080000\n80000800 200000cf\n80000804 20000001\n' >rv32
good "Sv32" "$L2TLB" tables --arch riscv32 rv32
has "Sv32" '^ +80000000-803fffff +4 MiB +80000000  rwx --- ad-    4 MiB$'
printf 'csr hcr_el2 1\ncsr vtcr_el2 20058\ncsr vttbr_el2 40000000\n40000008 800004fd\n40000010 c00004d5\n40000018 10000047d\n' >arm2
good "AArch64 stage 2" "$L2TLB" tables --arch aarch64 arm2
has "AArch64 stage 2: memory" '^ +40000000-7fffffff +1 GiB +80000000  rwx rwx ad-    1 GiB  WB$'
has "AArch64 stage 2: not cacheable" '^ +80000000-bfffffff +1 GiB +c0000000  rwx rwx ad-    1 GiB  NC$'
has "AArch64 stage 2: read only" '^ +c0000000-ffffffff +1 GiB +100000000  r-x r-x a-- '
has "AArch64 stage 2: registers" 'VTTBR_EL2 40000000, 40 bits, 4-KiB pages; VMID 0$'
grep -v vsatp vm1 >second
good "stage 2 alone" "$L2TLB" tables second
has "stage 2 alone" '^Stage 2: guest physical to host physical'
printf 'csr sctlr_el1 1\ncsr tcr_el1 80b90593519\ncsr ttbr0_el1 40000000\n40000000 40001003\n40001000 40002003\n40002000 40003743\n' >arm1
good "AArch64 stage 1" "$L2TLB" tables --arch aarch64 arm1
has "AArch64 stage 1: lines" 'to hold all: L0 1 of 128 lines, L1 1 of 16 lines, L2 1 of 16$'
good "other tables" "$L2TLB" tables --arch aarch64 --report json arm2
grep -q '"reach": {' out && pass || fail "other tables" "4-KiB pages of AArch64 have the machine's shape"
printf "80000000 200000cf\n" >tab57
good "Sv57" "$L2TLB" tables --report json --satp a000000000080000 tab57
grep -q '"reach": null' out && pass || fail "Sv57" "the machine has none"

# audit NAME KIND PATTERN IMAGE...: one kind of finding, status 1
audit() {
    name=$1 kind=$2 pattern=$3
    shift 3
    timeout 60 "$L2TLB" tables --audit "$@" >out 2>err </dev/null
    status=$?
    if [ $status -eq 1 ]; then pass; else fail "$name" "status $status"; fi
    has "$name: summary" "^ +[0-9]+  $kind "
    has "$name: finding" "$pattern"
}
cp vm2 leak
map leak aa000000 --map s2:88003000=b0401000,4K,rw
audit "leak" shared 'vm1: +stage 2 80401000-80401fff, 4 KiB, S rwx U rwx, to b0401000; leak sees it at 88003000$' vm1 leak
has "leak: the path" '^        stage 2 +a0000010:.* a000[0-9a-f]*:2c1000df'
[ "$(grep -cE '^ +[0-9]+  [a-z-]+  ' out)" -eq 1 ] && pass || fail "leak: nothing else" "more kinds"
cp vm2 same
map same aa000000 --map s2:90200000=b0400000,2M,rw
audit "the same page" shared 'vm1: +stage 2 80400000-805fffff, 2 MiB, S rwx U rwx, to b0400000; same sees it at 90200000$' vm1 same
cp vm1 harts
printf '# another hart\n' >>harts
good "the same VM twice" "$L2TLB" tables --audit vm1 harts
has "the same VM twice" 'no second VM'
# Tables: stage 2 in reach of its own guest, of another VM, a guest's stage 1 in reach of its programs.
cp vm1 t1
map t1 aa000000 --map s2:90000000=a0000000,4K,rw
audit "own stage 2" tables 'stage 2 90000000-90000fff, 4 KiB, S rw- U rw-, to a0000000: table of stage 2, level 2$' t1
cp vm2 t2
map t2 aa000000 --map s2:90000000=a0004000,4K,rw
audit "stage 2 of another" tables 't2: +stage 2 90000000-.*: table of stage 2, level 1, of vm1$' vm1 t2
sed 's/^b0003018 .*/b0003018 20000cd7/' vm1 >t3
audit "stage 1 writable for programs" tables 'both 3000-3fff, 4 KiB, S --- U rw-, to b0003000: table of stage 1, level 0$' t3
sed 's/^b0003018 .*/b0003018 20000cd3/' vm1 >t4
good "stage 1 readable for programs" "$L2TLB" tables --audit t4
# Entries.
sed 's/^b0003008 .*/b0003008 20100ccf/' vm1 >wx
audit "W and X" wx 'both 1000-1fff, 4 KiB, S rwx U ---, to b0403000$' wx
sed 's/^b0003018 .*/b0003018 201010df/' vm1 >wxu
audit "W and X for programs" wx 'both 3000-3fff, 4 KiB, S --- U rwx, to b0404000$' wxu
printf 'csr satp 8000000000080000\n80000ff8 20000401\n80001ff0 200000d7\n80001ff8 280000c7\n' >half
audit "U in the upper half" user-in-kernel 'host ffffffffffc00000-ffffffffffdfffff, 2 MiB, S --- U rw-, to 80000000$' half
at=$(awk '$2 == "2c1000df" { print $1 }' vm1)
sed "s/^$at .*/$at 2c1000cf/" vm1 >nou
audit "G without U" g-without-u 'stage 2 80400000-805fffff, 2 MiB, S --- U ---, to b0400000$' nou
sed 's/^b0003008 .*/b0003008 40000020100cc7/' vm1 >bits
audit "reserved bits" malformed ': b0003008 holds 40000020100cc7, reserved bits 60:54 set$' bits
has "reserved bits: the path ends there" '^        stage 1 .* b0003008:40000020100cc7 +<- reserved bits'
sed 's/^b0001000 .*/b0001000 20003c01/' vm1 >lost
audit "table out of reach" malformed 'table out of reach at guest address 8000f000, not valid' lost
# Swap entries (V=0) may hold anything.
sed 's/^b0003008 .*/b0003008 ffffffff20100cc6/' vm1 >swap
good "V=0" "$L2TLB" tables --audit swap

# --- the Shield-Bitmap at e0000000: pages b0401000 (word e0000000 + b0401 / 64 * 8), bit 1
{ cat vm1; printf 'csr mbmc e0000004\ne0016080 2\n'; } >secure
audit "secure page" secure 'stage 2 80401000-80401fff, 4 KiB, S rwx U rwx, to b0401000$' secure
{ cat vm1; printf 'csr mbmc e0000004\ne0016080 a\n'; } >twice
audit "two secure pages of a word" secure 'to b0403000$' twice
{ cat vm1; printf 'csr mbmc e0000005\ne0016080 2\n'; } >secret
good "the confidential world" "$L2TLB" tables --audit secret
has "the confidential world" 'no bitmap'
{ cat vm1; printf 'e0016080 2\n'; } >plain
audit "--bitmap" secure 'to b0401000$' --bitmap e0000000 plain

# --- regions
printf '# of VM 1\nvmid 1\nguest tables 80001000 b0001000 3000 rw\nguest ram 80400000 b0400000 200000 rwx\nforbidden hypervisor a0000000 100000\n' >regions
good "regions" "$L2TLB" tables --audit --regions regions vm1
has "regions" 'no findings; 8 of 10'
sed 's/^guest ram.*/&\nguest more 90000000 b1000000 2000 rw/' regions >regions2
audit "hole" hole 'stage 2 90000000-90001fff, 8 KiB: more, not mapped$' --regions regions2 vm1
printf 'vmid 1\nguest early 80000000 b0000000 4000 rw\n' >early
audit "a hole in front" hole 'stage 2 80000000-80000fff, 4 KiB: early, not mapped$' --regions early vm1
sed 's/ b0400000 / b0600000 /' regions >place
audit "another place" hole ', to b0400000: ram, mapped to another place$' --regions place vm1
sed 's/rwx/rw/' regions >right
audit "other rights" hole ': ram, other rights$' --regions right vm1
sed 's/ a0000000 / b0401000 /' regions >reach
audit "forbidden" forbidden 'stage 2 80401000-80500fff, 1 MiB, S rwx U rwx, to b0401000: hypervisor$' --regions reach vm1
printf 'host\nown text ffffffffc0000000 80000000 1000 rx\n' >hostlist
bad "regions of nobody" 'no image has the tables that region "text" is about' "$L2TLB" tables --audit --regions hostlist vm1
printf 'csr satp 8000000000080000\n80000ff8 20000401\n80001000 200000cb\n' >hostimage
good "regions of the host" "$L2TLB" tables --audit --regions hostlist hostimage
printf 'vmid 1\nguest ram 80400000 b0400000 200000 rwx\nvmid 2\nguest ram 80400000 c0400000 200000 rwx\n' >two
good "regions of two VMs" "$L2TLB" tables --audit --regions two vm1 vm2
for line in 'own x 1 2 3' 'forbidden x 1' 'rom x 0 0 1000 r' 'own x 0 0 1000 q' 'own x 0 0 1g r' 'own x 0 0 123 r' 'vmid x' 'host 1' \
    'device x 0 0 1000 rx' 'own x 0 0 0 r' "own $(printf '%040d' 1) 0 0 1000 r"; do
    printf '%s\n' "$line" >badlist
    bad "regions: $line" '^l2tlb tables: badlist:1: ' "$L2TLB" tables --audit --regions badlist vm1
done
printf 'own a 0 0 2000 r\nown b 1000 5000 1000 r\n' >badlist
bad "regions: overlap" 'badlist:2: .* overlaps ' "$L2TLB" tables --audit --regions badlist vm1
printf '# nothing\n' >badlist
bad "regions: none" 'no region' "$L2TLB" tables --audit --regions badlist vm1
bad "regions without audit" 'goes with --audit' "$L2TLB" tables --regions regions vm1

# --- tables that name themselves
# Sv57: every entry of the root is the root. Without a limit 512^5 entries.
awk 'BEGIN { print "csr satp a000000000080000"; for (i = 0; i < 512; i++) printf "%x 20000001\n", 2147483648 + 8 * i }' >self
start=$(date +%s)
audit "a root that is all tables" repeated 'table 80000000 of level [0-3], [0-9]+ uses$' self
[ $(($(date +%s) - start)) -lt 20 ] && pass || fail "a root that is all tables" "too slow"
# The same tables for 512 GiB: Linux's KASAN does this.
awk 'BEGIN { print "csr satp 8000000000080000"
             for (i = 0; i < 512; i++) printf "%x 20000401\n%x 20000801\n%x 200400c7\n", 2147483648 + 8 * i, 2147487744 + 8 * i, 2147491840 + 8 * i }' >kasan
good "shared tables" "$L2TLB" tables kasan
has "shared tables" '8672 uses not followed'
awk 'BEGIN { print "csr satp 8000000000080000"; for (i = 0; i < 512; i++) printf "%x %x\n", 2147483648 + 8 * i, 207 }' >many
bad "too many ranges" 'more ranges than the limit' "$L2TLB" tables --limit 511 many
good "as many as the limit" "$L2TLB" tables --limit 512 many

# --- real images: every leaf as QEMU has it
real=${L2TLB_SHARED:-$ROOT/../shared}/real
for image in rv-sv39-guest rv-sv57-host; do
    [ -r "$real/$image.image.gz" ] || { skip "$image: not here"; continue; }
    good "$image" "$L2TLB" tables --report csv "$real/$image.image.gz"
    mv out got.csv
    good "$image: leaves" python3 "$ROOT/tests/leaves.py" got.csv "$real/$image.image.leaves.gz"
    has "$image: leaves" '^leaves: [0-9]{4} compared, 0 differ$'
    sed 's/,a--,//; s/^\([^,]*,[^,]*,\)1\([0-9a-f]*,\)/\12\2/' got.csv >wrong.csv
    python3 "$ROOT/tests/leaves.py" wrong.csv "$real/$image.image.leaves.gz" >out 2>err && fail "$image: a change" "not noticed" || pass
    good "$image: audit" "$L2TLB" tables --audit "$real/$image.image.gz"
done
if [ -r "$real/a64-host.image.gz" ]; then
    # shellcheck disable=SC2046 # several words
    good "a64-host" "$L2TLB" tables --arch aarch64 --reg parange=4 $(sed 's/^/--reg /' "$real/a64-host.regs") "$real/a64-host.image.gz"
    has "a64-host" 'host +1.6 MiB in [0-9]+ ranges: 401 x 4 KiB$'
    has "a64-host: lines" 'to hold all: L0 54 of 128 lines, L1 5 of 16 lines, L2 4 of 16, L3 3 of 16$'
    has "a64-host: a page" '^ +400000-47efff +508 KiB +4615d000  r-- r-x a-- +4 KiB  WB$'
fi
# A list of leaves of our own, so that the comparison is tried everywhere.
printf 'vs 0 80400000 b0400000 0 2010004b\nvs 1000 80403000 b0403000 0 20100cc7\nvs 3000 80404000 b0404000 0 201010d7\n' >own.leaves
"$L2TLB" tables --report csv vm1 >got.csv
good "own leaves" python3 "$ROOT/tests/leaves.py" got.csv own.leaves
has "own leaves" '^leaves: 3 compared, 0 differ$'
for fault in 's/ 20100cc7/ 20100cc3/' 's/b0403000/b0404000/' 's/ 0 2010004b/ 1 2010004b/' '/^vs 3000/d' '$s/.*/&\nvs 5000 0 0 0 0/'; do
    sed "$fault" own.leaves >wrong.leaves
    python3 "$ROOT/tests/leaves.py" got.csv wrong.leaves >out 2>err && fail "own leaves: $fault" "not noticed" || pass
done

# --- JSON
"$L2TLB" tables --report json vm1 >one.json
"$L2TLB" tables --report json --audit --bitmap e0000000 --regions regions2 vm1 leak bits t1 >all.json 2>err
"$L2TLB" tables --report json --audit half self >half.json 2>err
python3 "$ROOT/tests/schema.py" --schema tables-1 one.json all.json half.json >out 2>err
case $? in
0) pass ;;
3) skip "schema: python3-jsonschema is not there" ;;
*) fail "schema" "invalid" ;;
esac
python3 - <<'EOF' >out 2>err && pass || fail "json: what it says" "no"
import json
one, many = json.load(open("one.json")), json.load(open("all.json"))
assert one["schema"] == "l2tlbsim-tables" and one["audit"] is None
r = one["images"][0]["maps"]["both"]["ranges"][1]
assert (r["first"], r["guest_physical"], r["physical"], r["supervisor"], r["page"], r["page2"]) == (
    "1000", "80403000", "b0403000", "rw-", 4096, 2 << 20)
found = many["audit"]
assert found["findings"] == sum(k["found"] for k in found["kinds"].values()) == len(found["list"])
leak = [f for f in found["list"] if f["kind"] == "shared" and f["other_image"] == "leak" and f["image"] == "vm1"]
assert leak and leak[0]["path"][0]["address"] == "a0000010" and leak[0]["path"][-1]["meaning"] == "leaf", leak
EOF

# --- names
printf '%s\n' '0000000000000000 A absolute' '0000000000000000 T start' '0000000000000000 t local' '0000000000003000 d we"ird\' '0000000000003ff0 U outside' >map
good "symbols" "$L2TLB" tables --symbols map vm1
has "symbols: first" '^ +0-fff .* start\+0x0$'
has "symbols: offset" '^ +1000-1fff .* start\+0x1000$'
good "symbols: far away" "$L2TLB" tables --symbols map half
grep -q '+0x' out && fail "symbols: far away" "a name" || pass
"$L2TLB" tables --symbols map --report json vm1 >named.json
python3 -c 'import json; r = json.load(open("named.json"))["images"][0]["maps"]["both"]["ranges"]; assert r[2]["symbol"] == "we\"ird\\+0x0", r' 2>err && pass || fail "symbols: json" "no"
good "symbols: csv" "$L2TLB" tables --symbols map --report csv vm1
has "symbols: csv" ',"we""ird.\+0x0"$'
good "symbols: of the host only" "$L2TLB" tables --symbols host:map vm1
grep -q 'start' out && fail "symbols: of the host only" "a guest's address has a name" || pass
good "walk: symbols" "$L2TLB" walk --image vm1 --pma none --symbols guest:map 1008
has "walk: symbols" '^1008 <start\+0x1008>: read by S, V=1'
good "walk: symbols, json" "$L2TLB" walk --image vm1 --pma none --symbols map --report json 3008 --expect any
has "walk: symbols, json" '"symbol": "we."ird..\+0x8"'
good "walk: symbols, csv" "$L2TLB" walk --image vm1 --pma none --symbols map --report csv 3008 --expect any
has "walk: symbols, csv" ',"we""ird.\+0x8"$'
good "ELF" "$L2TLB" walk --s1 sv39 --s2 bare --symbols "$L2TLB" "$(nm "$L2TLB" 2>/dev/null | sed -n 's/ T main$//p;/ T main$/q' | grep . || echo 1000)"
if nm "$L2TLB" >/dev/null 2>&1; then has "ELF" '<main\+0x0>'; fi
gzip -k map
good "compressed" "$L2TLB" tables --symbols map.gz vm1
printf '0000000000000000 T a\n0000000000000000 T b\n' >zero
bad "symbols: kptr_restrict" 'every address is 0' "$L2TLB" tables --symbols zero vm1
printf 'hello\n' >nomap
bad "symbols: bad line" 'nomap:1: a symbol is: ' "$L2TLB" tables --symbols nomap vm1
printf '\177ELF\002\001\001rubbish' >broken
bad "symbols: broken ELF" '^l2tlb tables: broken: ' "$L2TLB" tables --symbols broken vm1
bad "symbols: no file" 'No such file' "$L2TLB" walk --symbols nofile 1000
bad "symbols: twice" 'there are some already' "$L2TLB" tables --symbols map --symbols map vm1
bad "symbols: twice" 'there are some already' "$L2TLB" tables --symbols guest:map --symbols map vm1
good "symbols: one each" "$L2TLB" tables --symbols guest:map --symbols host:map vm1

# --- what is wrong
bad "no image" 'no image' "$L2TLB" tables
bad "no file" 'nofile: No such file' "$L2TLB" tables nofile
printf '80000000 1\n' >bare
bad "no registers" 'bare: nothing is translated' "$L2TLB" tables bare
bad "bad register" '--reg satp=x: not a number' "$L2TLB" tables --reg satp=x vm1
bad "a reserved mode" 'vm1: satp selects a reserved mode' "$L2TLB" tables --satp 1000000000000000 vm1
bad "bad csr" 'hexadecimal CSR' "$L2TLB" tables --satp q vm1
bad "of RISC-V" '--bitmap does nothing with aarch64' "$L2TLB" tables --arch aarch64 --bitmap 0 vm1
bad "bad bitmap" '--bitmap is the hex' "$L2TLB" tables --bitmap q vm1
bad "the second image" 'bare: nothing' "$L2TLB" tables vm1 bare
cp vm1 keep
bad "over an image" 'is read and is the same file' "$L2TLB" tables -o vm1 vm1
bad "over symbols" 'is read and is the same file' "$L2TLB" tables -o map --symbols guest:map vm1
same "over an image: it stays" vm1 keep
good "-o" "$L2TLB" tables -o report vm1
[ -s report ] && pass || fail "-o" "nothing"
finish
