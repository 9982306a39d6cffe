#!/bin/sh
# SPDX-License-Identifier: MulanPSL-2.0
# l2tlb walk --map and --unmap: an address before a mapping exists, after it is made, after it is taken away.
# tests/cli_map.sh [COMMAND], default build/l2tlb. Status: 0 all passed, 1 a test failed.
# shellcheck disable=SC2015 # counting cannot fail
set -u
# shellcheck source=tests/commands.sh
. "$(dirname "$0")/commands.sh"

# results NAME WORDS: result or fault of every line of --report csv in out, in order
results() {
    got=$(tail -n +2 out | cut -d, -f5,7 | tr '\n' ' ')
    if [ "$got" = "$2 " ]; then pass; else fail "$1" "$got"; fi
}

# edited NAME RESULTS OPTION...: csv of these walks
edited() {
    name=$1 want=$2
    shift 2
    good "$name" "$L2TLB" walk --report csv --expect any "$@"
    results "$name" "$want"
}

# --- every stage of both architectures, in built worlds
ipa='--map 40001000=80005000,4K,rw --unmap 40001000'
# shellcheck disable=SC2086 # several words
{
    edited "RISC-V stage 2" ',guest 80005000,none ,guest' --s1 bare --s2 sv39 $ipa
    edited "RISC-V stage 1" ',page 80005000,none ,page' --s1 sv48 --s2 bare $ipa
    edited "AArch64 stage 2" ',guest 80005000,none ,guest' --arch aarch64 --s1 off --s2 40 --concatenate $ipa
    edited "AArch64 stage 1" ',page 80005000,none ,page' --arch aarch64 --s1 48 --s2 off $ipa
    edited "Sv32" ',page 80005000,none ,page' --arch riscv32 --s1 sv32 --s2 bare $ipa
}
for world in '--s1 sv39 --s2 sv39' '--s1 sv57 --s2 sv57' '--s1 sv39 --s2 sv48' '--arch riscv32' \
    '--arch aarch64' '--arch aarch64 --s1 39 --s2 52' '--arch aarch64 --s2 40 --concatenate'; do
    # shellcheck disable=SC2086 # several words
    edited "two stages: $world" ',page ,guest 88050123,none ,guest' $world --map s1:20000=50000,4K,rw \
        --map s2:50000=88050000,4K,rw --unmap s2:50123 20123
done
for pages in '64 64K 48 46' '16 16K 47 40'; do
    # shellcheck disable=SC2086 # several words
    set -- $pages
    edited "two stages: granule $1" ',page ,guest 88050123,none' --arch aarch64 --granule "$1" --s1 "$3" \
        --s2 "$4" --concatenate --map "20000=50000,$2,rw" --map "s2:50000=88050000,$2,rw" 20123
done
edited "large pages, U, fetch" ',page 80505678,none' --s1 sv39 --s2 bare --priv u --access x \
    --map 400000=80400000,2M,xu 505678
edited "large pages, U, fetch" ',page 40505678,none' --arch aarch64 --s1 39 --s2 off --priv u --access x \
    --map 400000=40400000,2M,rxu 505678
edited "NAPOT: the page that holds it" ',page 80013004,none ,page' --s1 sv39 --s2 bare \
    --map 10000=80010000,64K,rw --unmap 1ffff 13004
edited "rights" ',page ,page' --s1 sv39 --s2 bare --access w --map 1000=80001000,4K,r 1000

# --- the words: address, old, new
good "words" "$L2TLB" walk --s1 bare --s2 sv39 --map 40001000=80005000,4K,rw --unmap 40001000 --expect guest
has "words: pointer" '^  2     80000008 +0 +20001001$'
has "words: leaf" '^  2     80005008 +0 +200014d7$'
has "words: taken away" '^  2     80005008 +200014d7 +0$'
has "words: empty tables go" '^  2     80000008 +20001001 +0$'
good "words: a table of the guest" "$L2TLB" walk --s1 sv39 --s2 sv39 --map 2000=5000,4K,rw --expect guest
has "words: its page in stage 2" '^  2     80005008 +0 +200018df$'
has "words: pointer of stage 1" '^  1     c0400000 +0 +20100401$'
good "words: half a word" "$L2TLB" walk --arch riscv32 --s1 sv32 --s2 bare --map 400000=5000,4K,rw --map 0=0,4K,r
has "words: half a word" '^  1     80000004 +0 +[0-9a-f]{1,8}$'
good "json" "$L2TLB" walk --s1 bare --s2 sv39 --map 40001000=80005000,4K,rw --report json
python3 - <<'EOF' >err 2>&1 && pass || fail "json: what it says" "no"
import json
rows = json.load(open("out"))
assert [r["step"] for r in rows] == [0, 1] and rows[0]["words"] == []
assert rows[0]["edit"] == "before" and rows[1]["edit"] == "map 40001000=80005000,4K,rw"
assert rows[1]["words"][2] == {"address": "80005008", "old": "0", "new": "200014d7"}
assert rows[0]["fault"] == "guest" and rows[1]["result"] == "80005000"
EOF

# --- the status is that of the last walks
"$L2TLB" walk --s1 bare --s2 sv39 --map 1000=80005000,4K,rw --unmap 1000 >out 2>err
[ $? -eq 1 ] && pass || fail "status" "taken away, but not 1"

# --- images: page 0 of 1 GiB -> 80000000, table at 80000000
printf 'csr satp 8000000000080000\n80000000 200000cf\n' >giga.img
edited "image" '80001000,none ,page 80001000,none ,page 80001000,none 90005000,none' --image giga.img \
    --map 40000000=90000000,4K,r --map 40005000=90005000,4K,r 1000 40005000
good "image: behind its end" "$L2TLB" walk --image giga.img --map 40000000=90000000,4K,r
has "image: behind its end" '^  1     80000008 +0 +20000401$'
good "image: frames" "$L2TLB" walk --image giga.img --frames 88000000 --map 40000000=90000000,4K,r
has "image: frames" '^  1     80000008 +0 +22000001$'
edited "image: a leaf that was there" '80001000,none ,page' --image giga.img --unmap 1000 1000
bad "image: memory in use" 'in use: 80000000 ' "$L2TLB" walk --image giga.img --frames 80000000 --map 40000000=90000000,4K,r
# Stage 1 at guest page 5 which stage 2 does not map.
printf 'csr vsatp 8000000000000005\ncsr hgatp 8000000000080000\n80000008 200000cf\n' >hole.img
bad "image: table not mapped" 'stage 2 does not map the table at guest address 5' "$L2TLB" walk --image hole.img --map 1000=2000,4K,r

# --- what is wrong
map() { bad "$1" "$2" "$L2TLB" walk --s1 sv39 --s2 sv39 --map 1000=2000,4K,rw "$3" "$4"; }
map "no =" 'map 1: not \[s1' --map 1
map "no rights" 'not \[s1' --map 1000=2000,4K
map "empty rights" 'rights are letters' --map 1000=2000,4K,
map "bad rights" 'rights are letters' --map 1000=2000,4K,rq
map "bad address" 'addresses are hex' --map 1g00=2000,4K,r
map "bad stage" 'addresses are hex' --map s3:1000=2000,4K,r
map "bad size" 'power of two' --map 1000=2000,3K,r
map "no page of this size" 'no page of this size' --map 0=0,8K,r
map "not aligned" 'not a multiple' --map 1001=2000,4K,r
map "too wide" 'outside the range' --map 4000000000=2000,4K,r
map "W without R" 'cannot express' --map 2000=2000,4K,w
map "U in stage 2" 'rights of stage 1' --map s2:2000=2000,4K,ru
map "twice" 'something is mapped' --map 1000=2000,4K,r
map "nothing there" 'nothing is mapped' --unmap 5000
map "bad unmap" 'not \[s1:\|s2:\]ADDRESS' --unmap 5000,4K
map "frames" 'hexadecimal' --frames x
map "frames too high" 'no memory for tables' --frames ffffffffffff
map "--page1" 'empty tables' --page1 4K
map "too long" 'too long' --map "$(printf '%0200d' 1)=1,4K,r"
bad "frames alone" 'is for --map' "$L2TLB" walk --frames 1000 1000
bad "stage is off" 'stage 2 does not translate' "$L2TLB" walk --s1 sv39 --s2 bare --map s2:1000=2000,4K,r
bad "no stage" 'stage 2 does not translate' "$L2TLB" walk --s1 bare --s2 bare --map 1000=2000,4K,r
bad "AArch64: in no half" 'stage 1 does not translate' "$L2TLB" walk --arch aarch64 --map s1:1000000000000000=2000,4K,r
bad "no address" 'no address' "$L2TLB" walk --s1 sv39 --s2 sv39 --map s2:1000=2000,4K,r
finish
