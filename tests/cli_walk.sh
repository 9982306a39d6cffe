#!/bin/sh
# SPDX-License-Identifier: MulanPSL-2.0
# l2tlb walk and the reader of images: tests/cli_walk.sh [COMMAND], default build/l2tlb.
# Status: 0 all passed, 1 a test failed.
# shellcheck disable=SC2015,SC2086 # counting cannot fail; lists of words
set -u
L2TLB=${1:-build/l2tlb}
case $L2TLB in /*) ;; *) L2TLB=$PWD/$L2TLB ;; esac
[ -x "$L2TLB" ] || { echo "cli_walk: $L2TLB is not there (run make)" >&2; exit 2; }
DIR=$(mktemp -d) || exit 2
trap 'rm -rf "$DIR"' EXIT
cd "$DIR" || exit 2
passed=0 failed=0

fail() {
    failed=$((failed + 1))
    echo "FAIL $1: $2"
    sed 's/^/    /' out err | head -8
}

# says NAME STATUS PATTERN COMMAND...: this status, a line of standard output that matches
says() {
    name=$1 want=$2 pattern=$3
    shift 3
    timeout 60 "$@" >out 2>err </dev/null
    status=$?
    if [ $status -ne "$want" ]; then
        fail "$name" "status $status instead of $want"
    elif ! grep -qE -e "$pattern" out; then
        fail "$name" "nothing matches '$pattern'"
    else
        passed=$((passed + 1))
    fi
}

# bad NAME PATTERN COMMAND...: status 2, one line on standard error that matches, no output
bad() {
    name=$1 pattern=$2
    shift 2
    timeout 20 "$@" >out 2>err </dev/null
    status=$?
    if [ $status -ne 2 ] || [ "$(wc -l <err)" -ne 1 ] || [ -s out ]; then
        fail "$name" "status $status, $(wc -l <err) lines of error, $(wc -c <out) bytes of output"
    elif ! grep -qE -e "$pattern" err; then
        fail "$name" "the message does not match '$pattern'"
    else
        passed=$((passed + 1))
    fi
}

# --- rights: 1-GiB page 0 -> 80000000, table at 80000000
printf 'csr satp 8000000000080000\n80000000 200000cf\n' >giga.img
read_only='--pmp 3b0=3fffffffffff --pmp 3a0=19'
# shellcheck disable=SC2086 # several words
{
    says "PMP: read" 0 'result: 1000 -> 80001000' "$L2TLB" walk --image giga.img $read_only 1000
    says "PMP: write" 1 'store access fault.* tval 1000' "$L2TLB" walk --image giga.img --access w $read_only 1000
    says "PMP: who" 1 'PMP of 0-ffffffffffff \(entry 0\), no W' "$L2TLB" walk --image giga.img --access w $read_only 1000
    says "PMP: fetch" 1 'instruction access fault' "$L2TLB" walk --image giga.img --access x $read_only 1000
}
says "PMP: nothing matches" 1 'PMP of 0-ffffffffffff \(no entry\), no R' "$L2TLB" walk --image giga.img --pmp 3a0=0 1000
says "PMA: fetch" 1 'PMA of 0-fffffff \(entry 3\), no X' "$L2TLB" walk --s1 bare --s2 bare --access x 1000
says "PMA: none" 0 'result: 1000 -> 1000' "$L2TLB" walk --s1 bare --s2 bare --access x --pma none 1000
printf 'csr satp 8000000000010000\n10000000 200000cf\n' >device.img
says "PMA: tables in devices" 1 'PMA of .*not cacheable' "$L2TLB" walk --image device.img 1000
says "PMA: none, tables anywhere" 0 'result: 1000' "$L2TLB" walk --image device.img --pma none 1000
# A and D are written by hardware: the table is in memory that may only be read, the page is not.
printf 'csr satp 8000000000080000\ncsr madue 1\n80000000 2000000f\n' >adue.img
says "A/D write: PMP" 1 'PMP of 80000000-80000fff \(entry 0\), no W' "$L2TLB" walk --image adue.img \
    --pmp 3b0=200001ff --pmp 3b1=3fffffffffff --pmp 3a0=1f19 1000
says "A/D write: cause of a load" 1 'load access fault \(cause 5\)' "$L2TLB" walk --image adue.img \
    --pmp 3b0=200001ff --pmp 3b1=3fffffffffff --pmp 3a0=1f19 1000

# --- V
printf 'csr satp 8000000000080000\n80000010 300000cf\n' >hx.img
says "HLVX is V=1" 0 'result: 80001000 -> 80001000' "$L2TLB" walk --image hx.img --access hx 80001000
says "a read is V=0" 0 'result: 80001000 -> c0001000' "$L2TLB" walk --image hx.img 80001000
says "--virt 1" 0 'result: 80001000 -> 80001000' "$L2TLB" walk --image hx.img --virt 1 80001000
says "--virt 0" 0 'result: 80001000 -> c0001000' "$L2TLB" walk --image hx.img --vsatp 8000000000012345 --virt 0 80001000
bad "HLVX, --virt 0" 'hx is always V=1' "$L2TLB" walk --image hx.img --access hx --virt 0 80001000
says "HLVX: R and X" 1 'no R' "$L2TLB" walk --image hx.img --access hx --pmp 3b0=3fffffffffff --pmp 3a0=1c 80001000
says "HLVX: R and X" 1 'no X' "$L2TLB" walk --image hx.img --access hx --pmp 3b0=3fffffffffff --pmp 3a0=1b 80001000

# --- switches of RISC-V: Zicfiss, pointer masking, Svrsw60t59b
printf 'csr satp 8000000000080000\n80000000 200000c5\n80000008 300000cf\n80000010 18000000200000cf\n' >switch.img
says "xwr = 010 is reserved" 1 'reserved: W without R' "$L2TLB" walk --image switch.img 1000
says "shadow-stack page" 0 'result: 1000 -> 80001000' "$L2TLB" walk --image switch.img --reg msse=1 1000
says "shadow-stack access" 0 'shadow-stack write by S' "$L2TLB" walk --image switch.img --reg menvcfg=8 --access ssw 1000
says "shadow-stack page: store" 1 'store access fault .cause 7' "$L2TLB" walk --image switch.img --reg msse=1 --access w 1000
says "shadow-stack page: fetch" 1 'instruction access fault' "$L2TLB" walk --image switch.img --reg msse=1 --access x 1000
says "shadow-stack access elsewhere" 1 'shadow-stack access to another page' "$L2TLB" walk --image switch.img --reg msse=1 --access ssr 40001000
says "shadow-stack access: csv" 0 '^1000,ssr,s,0,80001000' "$L2TLB" walk --image switch.img --reg msse=1 --access ssr --report csv 1000
says "shadow-stack access: PMP" 1 'PMP of .* no W' "$L2TLB" walk --image switch.img --reg msse=1 --access ssr --pmp 3b0=3fffffffffff --pmp 3a0=19 1000
bad "shadow stacks are off" 'need SSE' "$L2TLB" walk --image switch.img --access ssr 1000
bad "shadow stacks are off for a guest" 'need SSE' "$L2TLB" walk --image switch.img --reg msse=1 --virt 1 --access ssr 1000
bad "AArch64 has none" 'RISC-V accesses' "$L2TLB" walk --arch aarch64 --access ssr 1000
says "a tagged address" 1 'not sign-extended' "$L2TLB" walk --image switch.img 5500000040001000
says "pointer masking" 0 'result: 5500000040001000 -> c0001000' "$L2TLB" walk --image switch.img --reg menvcfg=300000000 5500000040001000
says "pointer masking of U mode" 1 'not sign-extended' "$L2TLB" walk --image switch.img --reg menvcfg=300000000 --priv u 5500000040001000
says "pointer masking: senvcfg" 1 'page without U' "$L2TLB" walk --image switch.img --reg senvcfg=300000000 --priv u 5500000040001000
says "pointer masking: henvcfg" 0 'result: 5400000040001000 -> 40001000' "$L2TLB" walk --image switch.img --reg henvcfg=200000000 --virt 1 --pma none 5400000040001000
bad "pointer masking: reserved" 'PMM of' "$L2TLB" walk --image switch.img --reg menvcfg=100000000 1000
bad "pointer masking: RV32" 'is of RV64' "$L2TLB" walk --arch riscv32 --reg menvcfg=200000000 1000
says "bits 60:59 are reserved" 1 'reserved bits 60:54' "$L2TLB" walk --image switch.img 80001000
says "bits 60:59 are software's" 0 'result: 80001000 -> 80001000' "$L2TLB" walk --image switch.img --reg svrsw60t59b=1 80001000

# --- built worlds with pages of U mode
says "no U page" 1 'load page fault' "$L2TLB" walk --priv u --s1 sv39 --s2 bare 1000
says "U page" 0 'rwxu-ad' "$L2TLB" walk --priv u --s1 sv39 --s2 bare --user-page 1000
says "U page, S mode" 1 'page with U' "$L2TLB" walk --s1 sv39 --s2 sv39 --user-page 1000
says "EL0 page" 0 'result' "$L2TLB" walk --arch aarch64 --priv u --user-page 1000

# --- AArch64
printf 'csr hcr_el2 1\ncsr parange 2\ncsr vtcr_el2 20098\ncsr vttbr_el2 40000000\n40000000 40001003\n40001000 800007fd\n' >sl0.img
says "start level, PARange" 1 'translation fault, status code 04, stage 2' "$L2TLB" walk --arch aarch64 --image sl0.img 1234
says "start level, 44 bits" 0 'result: 1234 -> 80001234' "$L2TLB" walk --arch aarch64 --image sl0.img --reg parange=4 1234
bad "VHE is refused" 'E2H' "$L2TLB" walk --arch aarch64 --image sl0.img --reg hcr_el2=400000001 1234
bad "--pma with AArch64" 'RISC-V' "$L2TLB" walk --arch aarch64 --pma none 1000

# --- several addresses, reports, status
printf '# two\n1000\n40001000 w u  # no page there\n' >list
says "a file of addresses" 1 '^40001000: write by U' "$L2TLB" walk --image giga.img 2000 --addresses list
says "expect any" 0 'store page fault' "$L2TLB" walk --image giga.img 2000 --addresses list --expect any
says "expect fault" 0 'load page fault' "$L2TLB" walk --image giga.img --expect fault 40001000
says "expect fault, none" 1 'result' "$L2TLB" walk --image giga.img --expect fault 1000
says "expect guest" 1 'load page fault' "$L2TLB" walk --image giga.img --expect guest 40001000
says "csv" 1 '^40001000,w,u,0,,,page,15,,not valid \(V=0\),,1,2,' "$L2TLB" walk --image giga.img --addresses list --report csv
[ "$(wc -l <out)" -eq 3 ] && passed=$((passed + 1)) || fail "csv: lines" "$(wc -l <out)"
says "csv: comma in a field" 1 '"PMP of 0-ffffffffffff \(no entry\), no R"' "$L2TLB" walk --image giga.img --pmp 3a0=0 --report csv 1000
says "json" 1 '"address": "40001000".*"cause": 15' "$L2TLB" walk --image giga.img --addresses list --report json
python3 -c 'import json, sys; r = json.load(open("out")); sys.exit(not (len(r) == 2 and r[0]["result"] == "80001000" and r[1]["result"] is None))' &&
    passed=$((passed + 1)) || fail "json: parses" "no"
printf '1000 q\n' >list
bad "a file of addresses: access" 'list:1: an access is' "$L2TLB" walk --image giga.img --addresses list
printf '1000\n1000 r u 5\n' >list
bad "a file of addresses: rubbish" 'list:2: rubbish' "$L2TLB" walk --image giga.img --addresses list
bad "nothing is printed before an error" 'xyz: not a hex' "$L2TLB" walk --image giga.img 1000 xyz

# --- Memory Protection Table: --mpt, and tables of an image
MPT="$L2TLB walk --s1 sv39 --s2 bare --mpt all=rwx"
says "MPT allows" 0 'result: 40001000 -> 88000000, 3 references and 4 of the MPT' $MPT 40001000
says "MPT: a page without w" 1 'reason: the MPT does not give the right: MPT of domain 0, level-0 entry at [0-9a-f]*: r--,' \
    $MPT --mpt 88000000,4K=r --access w 40001000
says "MPT: the same page may be read" 0 'the access +88000000 +r +r-- ' $MPT --mpt 88000000,4K=r 40001000
says "MPT: MXR lends a load the right x" 0 'result: 40001000' $MPT --mpt 88000000,4K=x --reg mxr=1 40001000
says "MPT: without MXR not" 1 'MPT of domain 0, level-0 entry at [0-9a-f]*: --x' $MPT --mpt 88000000,4K=x 40001000
says "MPT: a page table without r" 1 'reference 2 +80001000 +r +--x.*denied' $MPT --mpt 80001000,4K=x 40001000
says "MPT: the walk ends there, the word is not read" 1 '^ +2 +1 +1 +80001000 +0 +denied' $MPT --mpt 80001000,4K=x 40001000
says "MPT: a load access fault" 1 'fault: load access fault .cause 5' $MPT --mpt 80001000,4K=x 40001000
says "MPT: no entry" 1 'MPT entry not valid .V=0.: MPT of domain 0, level-3 entry' $MPT --mpt all=- 40001000
says "MPT: tables of both stages" 0 '15 references and 32 of the MPT' "$L2TLB" walk --s1 sv39 --s2 sv39 --mpt all=rwx \
    --mpt 80000000,4G=rwx 40001000
says "MPT: a guest's table is refused" 1 'reference 4 +c0400008 +r +--- .*denied|reference 4 +c0400008 .*denied' "$L2TLB" walk \
    --s1 sv39 --s2 sv39 --mpt all=rwx --mpt c0400000,4K=- 40001000
says "MPT: --expect access" 0 '' $MPT --mpt 88000000,4K=r --access x --expect access 40001000
says "MPT: Smmpt43" 0 'Smmpt43, domain 0, root' $MPT --mpt-mode smmpt43 40001000
says "MPT: Smmpt34" 0 'Smmpt34, domain 0, root' "$L2TLB" walk --arch riscv32 --s2 bare --mpt all=rwx 40001000
says "MPT: json" 1 '"denied_by": "MPT of domain 0, level-0 entry at [0-9a-f]*: r--".*"mpt_references": 13' $MPT \
    --mpt 88000000,4K=r --access w --report json 40001000
says "MPT: a table that may be read, but A not written" 1 'A/D of ref. 1 +80000000 +w +r-- .*denied' "$L2TLB" walk \
    --image adue.img --mpt all=rwx --mpt 80000000,4K=r 1000
bad "MPT: no range" 'RANGE=RIGHTS' $MPT --mpt 88000000 40001000
bad "MPT: no size" 'all. or ADDRESS,SIZE' $MPT --mpt 88000000=r 40001000
bad "MPT: rights" 'letters of rwx' $MPT --mpt 88000000,4K=rq 40001000
bad "MPT: w without r" 'cannot express' $MPT --mpt 88000000,4K=w 40001000
bad "MPT: not aligned" 'not a multiple' $MPT --mpt 88000800,4K=r 40001000
bad "MPT: too far" 'outside the range' $MPT --mpt-mode smmpt43 --mpt 80000000000,4K=r 40001000
bad "MPT: mmpt without tables" 'mmpt needs the tables' "$L2TLB" walk --reg mmpt=1000000000090000 40001000
bad "MPT: two tables" 'mmpt names another' $MPT --reg mmpt=1000000000090000 40001000
bad "MPT: Smmpt64" 'Smmpt64, which is not known' "$L2TLB" walk --image giga.img --reg mmpt=3000000000090000 1000
bad "MPT: reserved mode" 'reserved mode' "$L2TLB" walk --image giga.img --reg mmpt=4000000000090000 1000
bad "MPT: not on AArch64" 'riscv64|riscv32' "$L2TLB" walk --arch aarch64 --mpt all=rwx 40001000
# Smmpt43, domain 5: root 90000000, 16 GiB; page 80000000: 91000000 one entry for 32 MiB, of which 2 MiB have no w
{
    printf '80000000 200000cf\ncsr satp 8000000000080000\ncsr mmpt 1050000000090000\n'
    printf '90000000 24400001\n91000200 %x\n' $((((0xffffffffffff & ~2) << 10) | 3))
} >mpt.img
says "MPT of an image" 0 'Smmpt43, domain 5, root 90000000' "$L2TLB" walk --image mpt.img 1000
says "MPT of an image: no w" 1 'level-1 entry at 91000200: r-x' "$L2TLB" walk --image mpt.img --access w 1000
says "MPT of an image: another root" 1 'level-2 entry at 92000000,' "$L2TLB" walk --image mpt.img --reg mmpt=1050000000092000 1000
says "MPT: PMP refuses an entry" 1 'not cacheable .PMA.: MPT at 1000, PMA of' "$L2TLB" walk --image mpt.img --reg mmpt=1050000000000001 1000
says "MPT: optOutInNode" 0 'not checked .optOutInNode.' "$L2TLB" walk --image mpt.img --reg mmpt=1850000000090000 1000
says "MPT: optOutInNode: only the access is" 0 '1 references and 2 of the MPT' "$L2TLB" walk --image mpt.img \
    --reg mmpt=1850000000090000 1000

# --- images: the page table of giga.img in every form
printf '\317\0\0\040\0\0\0\0' >word # 200000cf
{
    printf 'EMiL\1\0\0\0\0\0\0\200\0\0\0\0\7\0\0\200\0\0\0\0\0\0\0\0\0\0\0\0'
    cat word
} >pm.lime
printf ':020000048000''7A\n:08000000CF00002000000000''09\n:00000001FF\n' >pm.hex
printf 'S30D80000000CF00002000000000''83\nS70500000000FA\n' >pm.srec
printf '@80000000\nCF 00 00 20\n00 00 00 00\n' >pm.mem
gzip -c word >word.gz
gzip -c pm.lime >pm.lime.gz
python3 -c 'import lzma, sys; sys.stdout.buffer.write(lzma.compress(open("word", "rb").read()))' >word.xz
python3 -c 'import lzma, sys; sys.stdout.buffer.write(lzma.compress(open("pm.lime", "rb").read()))' >pm.lime.xz
{ # one raw block
    printf '\050\265\057\375\040\010\101\0\0'
    cat word
} >word.zst
{
    printf '\050\265\057\375\040\050\101\001\0'
    cat pm.lime
} >pm.lime.zst
for f in word@80000000 word.gz@80000000 word.xz@80000000 word.zst@80000000 pm.lime pm.lime.gz pm.lime.xz \
    pm.lime.zst pm.hex pm.srec pm.mem; do
    says "walk $f" 0 'result: 1000 -> 80001000' "$L2TLB" walk --image $f --satp 8000000000080000 1000
    says "info $f" 0 'addresses +80000000 \.\. 80000007|addresses +80000000' "$L2TLB" info $f
    printf 'GVT 1\nisa riscv64\nkind access\naddress virtual\ntables image %s\nrun\ncsr satp 8000000000080000\nl 1000 8 s\n' $f >t.gvt
    says "replay $f" 0 'Requests accepted +1$' "$L2TLB" replay -q t.gvt
done
says "info of registers" 0 'madue +1' "$L2TLB" info adue.img
says "info of AArch64" 0 'vtcr_el2 +20098' "$L2TLB" info sl0.img
printf '80000010 200000cf\n80000010 200000df\n' >dup.img
bad "contradiction" 'dup.img:2: address given twice' "$L2TLB" walk --image dup.img 1000
bad "contradiction: info" 'dup.img:2: address given twice' "$L2TLB" info dup.img
head -c 30 pm.lime >cut.lime
bad "LiME breaks off" 'cut.lime: the file breaks off' "$L2TLB" info cut.lime
bad "raw dump: no file" 'No such file' "$L2TLB" walk --image nofile@80000000 1000
bad "raw dump: too high" 'address bits' "$L2TLB" walk --image word@1000000000000 1000
mkfifo pipe
for f in /dev/zero /dev/zero@80000000 pipe pipe@80000000; do
    bad "image $f" 'is no regular file' "$L2TLB" walk --image $f 1000
    printf 'GVT 1\nisa riscv64\nkind access\naddress virtual\ntables image %s\nrun\nl 1000 8 u\n' $f >t.gvt
    bad "replay over $f" 'is no regular file' "$L2TLB" replay t.gvt
done
bad "--config of a device" 'is no regular file' "$L2TLB" config --config /dev/zero
# A dump of 2 GiB costs what is touched: it does not fit into this address space twice.
cp word big
truncate -s 2G big
says "a dump of 2 GiB" 0 'result: 1000 -> 80001000' sh -c "ulimit -v 2250000; exec '$L2TLB' walk --image big@80000000 --satp 8000000000080000 1000"
python3 - "$L2TLB" <<'EOF' >out 2>err && passed=$((passed + 1)) || fail "a dump of 2 GiB: memory" "not below 50 MB"
import resource, subprocess, sys
subprocess.run([sys.argv[1], "walk", "--image", "big@80000000", "--satp", "8000000000080000", "1000"], check=True)
rss = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss  # KiB
print(f"{rss} KiB")
sys.exit(not 0 < rss < 50000)
EOF

echo "cli_walk: $passed passed, $failed failed"
[ $failed -eq 0 ]
