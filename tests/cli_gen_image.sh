#!/bin/sh
# SPDX-License-Identifier: MulanPSL-2.0
# l2tlb gen --image: the pages that an image maps are the footprint, all of them and no others.
# tests/cli_gen_image.sh [COMMAND], default build/l2tlb. Status: 0 all passed, 1 a test failed.
# shellcheck disable=SC2015 # counting cannot fail
set -u
# shellcheck source=tests/commands.sh
. "$(dirname "$0")/commands.sh"

# pages NAME WANT TRACE: first pages of the accesses of a trace, in order, each once
pages() {
    got=$(sed -n 's/^[flsa] \([0-9a-f]*\)[0-9a-f]\{3\} .*/\1/p' "$3" | uniq | tr '\n' ' ')
    if [ "$got" = "$2 " ]; then pass; else fail "$1" "$got"; fi
}

# all_walk NAME TRACE OPTION...: the walk agrees with the accesses of a trace, page by page
all_walk() {
    name=$1 trace=$2
    shift 2
    sed -n 's/^\([flsa]\) \([0-9a-f]*\)[0-9a-f]\{3\} [0-9]* v*\([us]\).*/\2000 \1 \3/p' "$trace" |
        sed 's/ f / x /; s/ l / r /; s/ [sa] \([us]\)$/ w \1/' | sort -u >list
    [ -s list ] || fail "$name" "no access"
    good "$name" "$L2TLB" walk "$@" --reg sum=1 --reg vsum=1 --addresses list --report csv
}

# Sv39: 2000 (RW, U), 3000 (R, U), 5000 (RX), 6000 (A=0), 8000 (RW, U, where PMA has nothing), a 2-MiB page at 400000 (RW, U),
# the highest page (RW).
cat >small.img <<'EOF'
csr satp 8000000000080000
80000000 20000401
80000ff8 20000c01
80001000 20000801
80001010 202000d7
80002010 200800d7
80002018 200804d3
80002028 2008084b
80002030 20080c13
80002040 e4008d7
80003ff8 20001001
80004ff8 200810c7
EOF
good "user pages" "$L2TLB" gen seq --image small.img -n 263168 u.gvt
pages "user pages" "2 3 $(awk 'BEGIN { for (i = 1024; i < 1536; i++) printf "%s%x", i == 1024 ? "" : " ", i }')" u.gvt
grep -q '^tables image /.*/small.img$' u.gvt && pass || fail "header" "$(grep tables u.gvt)"
grep -q 'footprint 2105344,' u.gvt && pass || fail "footprint" "$(grep source u.gvt)"
grep -q '^s 2' u.gvt && pass || fail "stores to writable pages" "none"
grep -q '^s 3' u.gvt && fail "stores to read-only pages" "some" || pass
all_walk "user pages: the walk" u.gvt --image small.img
good "replay" "$L2TLB" replay -q --oracle u.gvt
has "replay: no faults" 'Answers with a fault +0$'
good "supervisor pages" "$L2TLB" gen seq --mode s --image small.img -n 266000 --stores 0 --base 0xfffffffffffff000 s.gvt
pages "supervisor pages, from --base on" "fffffffffffff" s.gvt
good "a part" "$L2TLB" gen seq --image small.img --base 0x3000 --footprint 8K -n 2000 part.gvt
pages "a part" "3 400 3 400" part.gvt
good "fetches" "$L2TLB" gen random --mode s --image small.img --fetches 1 -n 100 x.gvt
grep '^f' x.gvt | grep -qv '^f 5' && fail "fetches" "from elsewhere" || pass
all_walk "fetches: the walk" x.gvt --image small.img
for kind in stride random chase zipf; do
    good "$kind" "$L2TLB" gen $kind --image small.img -n 3000 k.gvt
    all_walk "$kind: the walk" k.gvt --image small.img
done

# Built worlds: every page that was built is found, in two stages as well, in pages of every size.
good "world" "$L2TLB" gen world --footprint 256K w.img
good "world: seq" "$L2TLB" gen seq --image w.img -n 100 w.gvt
grep -q 'footprint 262144,' w.gvt && pass || fail "world: footprint" "$(grep source w.gvt)"
good "world, two stages" "$L2TLB" gen world -2 --footprint 3M -w pages=mixed w2.img
good "world, two stages: random" "$L2TLB" gen random -2 --image w2.img -n 3000 w2.gvt
grep -q 'footprint 3145728,' w2.gvt && pass || fail "world, two stages: footprint" "$(grep source w2.gvt)"
all_walk "world, two stages: the walk" w2.gvt --image w2.img
good "world, two stages: replay" "$L2TLB" replay -q --oracle w2.gvt
has "world, two stages: no faults" 'Answers with a fault +0$'

# Registers of options come first in the trace; the image needs none.
sed '/^csr/d' small.img >bare.img
good "--satp" "$L2TLB" gen seq --image bare.img --satp 8000000000080000 -n 10 r.gvt
sed -n '/^run/{n;p}' r.gvt | grep -q '^csr satp 8000000000080000$' && pass || fail "--satp" "no register in the trace"
good "--satp: replay" "$L2TLB" replay -q r.gvt
# A guest without stage 1: guest addresses up to the 41 bits of stage 2.
printf '80000000 200000df\n80000ff8 200000df\n' >g.img
good "stage 2 alone" "$L2TLB" gen stride --stride 1G --mode vs --image g.img --hgatp 8000000000080000 -n 4 --stores 0 g.gvt
pages "stage 2 alone" 7fc0000 g.gvt
grep -q 'footprint 2147483648,' g.gvt && pass || fail "stage 2 alone: footprint" "$(grep source g.gvt)"

cp bare.img keep
python3 -c 'import struct, sys; sys.stdout.buffer.write(struct.pack("<Q", 0x200000d7))' >raw
good "a raw dump" "$L2TLB" gen seq --image raw@80000000 --satp 8000000000080000 --footprint 8K -n 10 raw.gvt
grep -q '^tables image /.*/raw@80000000$' raw.gvt && pass || fail "a raw dump: header" "$(grep tables raw.gvt)"
good "a raw dump: replay" "$L2TLB" replay -q raw.gvt
bad "over the image" 'is the same file' "$L2TLB" gen seq --image bare.img --satp 8000000000080000 bare.img
bad "over a raw dump" 'is the same file' "$L2TLB" gen seq --image raw@80000000 --satp 8000000000080000 raw
same "the image stays" bare.img keep
bad "no registers" 'satp is bare' "$L2TLB" gen seq --image bare.img x.gvt
bad "no guest" 'vsatp and hgatp are bare' "$L2TLB" gen seq --mode vu --image small.img x.gvt
bad "no page" 'no page of the image can be read' "$L2TLB" gen seq --image small.img --base 0x600000 x.gvt
bad "nothing to execute" 'can be executed' "$L2TLB" gen seq --image small.img --fetches 0.5 x.gvt
bad "no image" 'No such file' "$L2TLB" gen seq --image nofile x.gvt
bad "several spaces" 'kinds of one address space' "$L2TLB" gen switch --image small.img x.gvt
bad "kind world" 'kinds of one address space' "$L2TLB" gen world --image small.img x.img
bad "--spaces" 'one address space' "$L2TLB" gen seq --spaces 2 --image small.img x.gvt
bad "--ports" 'no port requests' "$L2TLB" gen seq --ports --image small.img x.gvt
bad "--satp alone" 'are for --image' "$L2TLB" gen seq --satp 8 x.gvt
bad "reserved mode" 'reserved mode' "$L2TLB" gen seq --image small.img --satp 1000000000080000 x.gvt
bad "less than a page" 'a page at least' "$L2TLB" gen seq --image small.img --footprint 4K --footprint 100 x.gvt
# Tables that point to themselves end, too.
awk 'BEGIN { for (i = 0; i < 512; i++) printf "%x 20000001\n", 2147483648 + 8 * i }' >self.img
bad "tables in a circle" 'more than 4194304' "$L2TLB" gen seq --image self.img --satp a000000000080000 x.gvt
finish
