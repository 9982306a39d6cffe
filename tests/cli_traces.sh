#!/bin/sh
# SPDX-License-Identifier: MulanPSL-2.0
# gen, convert, info and the bundled captures on the command line: tests/cli_traces.sh [COMMAND].
set -u
# shellcheck source=tests/commands.sh
. "$(dirname "$0")/commands.sh"

# --- gen, and both forms hold the same
for kind in seq stride random chase zipf switch; do
    good "gen $kind" "$L2TLB" gen $kind -n 2k --fetches 0.2 --cycles 3 --insns 2 $kind.gvt
    good "gen $kind, binary, gzip" "$L2TLB" gen $kind -n 2k --fetches 0.2 --cycles 3 --insns 2 \
        $kind.gvtb.gz
    good "$kind to text" "$L2TLB" convert --from gvt $kind.gvtb.gz back.gvt
    same "$kind: the forms agree" $kind.gvt back.gvt
    good "info $kind" "$L2TLB" info $kind.gvtb.gz
    has "info $kind" 'accesses +2000$'
done
good "gen to standard output" "$L2TLB" gen random -n 10 -
has "gen to standard output" '^end 11 '
good "another seed" "$L2TLB" gen random -n 2k --fetches 0.2 --cycles 3 --insns 2 --seed 2 other.gvt
cmp -s random.gvt other.gvt && fail "another seed" "the same trace"
good "gen ports" "$L2TLB" gen random --ports -n 1k ports.gvt
good "replay of ports" "$L2TLB" replay -q --oracle ports.gvt
good "replay of switches" "$L2TLB" replay -q --oracle switch.gvt
good "gen world" "$L2TLB" gen world --footprint 1M --two-stage -w pages=mixed w.gvw.gz
good "info world" "$L2TLB" info w.gvw.gz
has "info world" 'hgatp +mode 8'
good "gen world of a trace" "$L2TLB" gen world --trace switch.gvt w2.gvw
good "convert with limits" "$L2TLB" convert --from gvt --skip 100 --limit 50 random.gvt part.gvt
head -c 700 random.gvtb.gz >random.gvtb.cut
good "info part" "$L2TLB" info part.gvt
has "info part" 'accesses +50$'
printf 'GVT 1\nisa riscv64\nkind access\naddress virtual\ntables built\nrun\ncsr sum 0\nl 1000 8 u\nswitch 2 0\nl 2000 8 u\n' >mixed.gvt
good "convert --skip" "$L2TLB" convert --from gvt --skip 1 mixed.gvt -
has "convert --skip keeps register writes" '^csr sum 0$'
has "convert --skip keeps switches" '^switch 2 0$'
has "convert --skip counts accesses" '^l 2000 8 u$'
if grep -q '^l 1000' out; then fail "convert --skip" "the access is still there"; else pass; fi
printf 'I  1000,4\n L 2000,8\n' >lackey
good "convert lackey" "$L2TLB" convert --from lackey lackey -
has "convert lackey" '^l 2000 8 u$'


# says NAME PATTERN: the last standard error
says() {
    if grep -qE -e "$2" err; then passed=$((passed + 1)); else fail "$1" "not said: '$2'"; fi
}

# --- imports: nothing is lost without a word, nothing valid stays behind a failure
says "convert: the sum" '^l2tlb convert: 2 records in = 2 out \+ 0 fetches of the same line \+ 0 refused$'
good "convert: quiet" "$L2TLB" convert -q --from lackey lackey x.gvt
[ -s err ] && fail "convert: quiet" "something is said"
printf '0, 0x5500000000, 0xa9bf7bfd, "stp", store, 0x5501811010, store, 0x5501811018\n' >a64
good "convert: --isa" "$L2TLB" convert --from execlog --isa aarch64 a64 a64.gvt
good "replay of it" "$L2TLB" replay -q --arch aarch64 a64.gvt
good "info of it" "$L2TLB" info a64.gvt
has "info of it" 'isa +aarch64$'
bad "convert: isa of a fixed format" 'belongs to another isa' "$L2TLB" convert --from spike --isa aarch64 lackey y.gvt
good "convert: --privilege" "$L2TLB" convert --from lackey --privilege vs lackey -
has "convert: --privilege" '^l 2000 8 vs$'
printf 'op,addr\nload,7ffe00001000\nload,401000\n' >x86.csv
good "convert: wide addresses" "$L2TLB" convert --from csv x86.csv x86.gvt
says "convert: wide addresses" 'remark: addresses of 48 bits.*mode=sv48'
good "convert: folded addresses" "$L2TLB" convert --from csv --canonical 39 x86.csv x86.gvt
grep -q remark err && fail "convert: folded addresses" "a remark"
printf 'op,addr,cycle\nload,1000,10\nload,2000,5\n' >back.csv
bad "convert: cycles" 'back\.csv:3: cycles go backwards' "$L2TLB" convert --from csv back.csv never.gvt
bad "convert: cut" 'truncated' "$L2TLB" convert --from gvt random.gvtb.cut never.gvt.gz
printf 'op,addr\nload,1000\n' >one.csv
good "convert: over an old file" "$L2TLB" convert --from csv one.csv old.gvt
cp old.gvt old.copy
bad "convert: a failure over an old file" 'backwards' "$L2TLB" convert --from csv back.csv old.gvt
same "the old file stays" old.gvt old.copy
stay=$(find . -name 'never*' -o -name '*.part[0-9]*')
[ -z "$stay" ] || fail "convert: failures" "files stay: $stay"
ln -s target.gvt link.gvt && cp old.gvt target.gvt && chmod 600 target.gvt
good "convert: through a link" "$L2TLB" convert --from lackey lackey link.gvt
[ -L link.gvt ] || fail "convert: through a link" "the link is gone"
[ "$(stat -c %a target.gvt)" = 600 ] || fail "convert: through a link" "the rights are gone"

# A real log: what grep counts in it is what was read.
if command -v valgrind >tool && valgrind --tool=lackey --trace-mem=yes --log-file=real.lackey true 2>err; then
    n=$(($(grep -cE '^I|^ [LS] ' real.lackey) + 2 * $(grep -c '^ M ' real.lackey)))
    good "convert: a real lackey log" "$L2TLB" convert --from lackey real.lackey real.gvtb
    says "convert: a real lackey log" "^l2tlb convert: $n records in = "
    good "info of it" "$L2TLB" info real.gvtb
    has "info of it: instructions" " instructions +$(grep -c '^I' real.lackey)\$"
else
    skip "a real lackey log: valgrind, not here"
fi

# --- compressed input: xz and zstd, several streams in a row, cut ones, rubbish behind
"$L2TLB" convert --from gvt random.gvt plain.gvtb 2>/dev/null
for tool in xz zstd gzip; do
    command -v $tool >tool || { skip "compressed input: $tool, not here"; continue; }
    case $tool in xz) end=xz ;; zstd) end=zst ;; *) end=gz ;; esac
    $tool -c <random.gvt >r.gvt.$end
    good "convert: $tool" "$L2TLB" convert --from gvt r.gvt.$end u.gvtb
    same "convert: $tool" u.gvtb plain.gvtb
    { head -c 20000 random.gvt | $tool -c; tail -c +20001 random.gvt | $tool -c; } >two.$end
    good "convert: two streams of $tool" "$L2TLB" convert --from gvt two.$end u.gvtb
    same "convert: two streams of $tool" u.gvtb plain.gvtb
    good "convert: $tool from a pipe" sh -c '"$0" convert --from gvt - u.gvtb <"$1"' "$L2TLB" r.gvt.$end
    head -c 3000 r.gvt.$end >cut.$end
    bad "convert: cut $tool" "truncated $tool file" "$L2TLB" convert --from gvt cut.$end never.gvtb
    { cat r.gvt.$end; echo rubbish; } >behind.$end
    bad "convert: rubbish behind $tool" "(damaged|rubbish behind an?|truncated) $tool file" \
        "$L2TLB" convert --from gvt behind.$end never.gvtb
done

# --- the bundled captures
for f in graph database kvm kvm_database; do
    good "info $f" "$L2TLB" info "$ROOT/traces/captures/$f.gvt.gz"
    has "info $f" 'isa +riscv64'
    size=$(wc -c <"$ROOT/traces/captures/$f.gvt.gz")
    if [ "$size" -lt 1048576 ]; then pass; else fail "$f" "1 MiB or more"; fi
done

# The guest's own tables translate every access.
good "replay kvm" "$L2TLB" replay -q --report summary "$ROOT/traces/captures/kvm.gvt.gz"
has "replay kvm: the guest" 'Guests +[1-9][0-9.]* % of the accesses; two stages add [1-9]'
sed -n '/^    l2tlb replay of kvm/,/^      Checks/s/^    //p' "$ROOT/README.md" >b
same "README shows what make run prints" b out
for f in kvm kvm_database; do
    good "replay $f: faults" "$L2TLB" replay -q --oracle "$ROOT/traces/captures/$f.gvt.gz"
    has "replay $f: faults" 'Answers with a fault +0$'
    has "replay $f: the oracle" '^ +wrong +0$'
    has "replay $f: two stages" 'Guests +[1-9][0-9.]* % of the accesses; two stages add [1-9]'
done
# The header of a capture by scripts/capture-vm.sh says what our walk of its tables gave.
good "info kvm_database" "$L2TLB" info "$ROOT/traces/captures/kvm_database.gvt.gz"
has "info kvm_database: the walk" "our walk against QEMU's translations: 0 of [1-9][0-9]* differ"

# --- AArch64
arm=$ROOT/traces/captures/graph_aarch64.gvt.gz
good "convert aarch64" "$L2TLB" convert --from gvt --limit 2000 "$arm" arm.gvt
good "replay aarch64" "$L2TLB" replay -q --oracle --arch aarch64 --world stages=two arm.gvt
has "replay aarch64" 'Most table reads of a miss, both stages +19$'
has "replay aarch64" 'stage 2 +40 +1 +3 +2 1\.\.3 are 2\.\.0'
good "replay aarch64, 48-bit IPA" "$L2TLB" replay -q --arch aarch64 --world stages=two --world g_mode=sv48 arm.gvt
has "replay aarch64, 48-bit IPA" 'both stages +24$'
bad "replay: riscv64 as aarch64" 'random\.gvt: --arch aarch64 wants' "$L2TLB" replay -q --arch aarch64 random.gvt
bad "replay: unknown arch" 'arch arm' "$L2TLB" replay -q --arch arm arm.gvt
printf '80000000 20000401\n' >tables.gvw
bad "walk: reserved granule" 'TG0' "$L2TLB" walk --arch aarch64 --image tables.gvw --reg tcr_el1=c000 --reg sctlr_el1=1 1000
bad "walk: reserved mode" 'hgatp selects a reserved mode' "$L2TLB" walk --image tables.gvw --hgatp f000000000080000 1000
printf 'set s\nxlen 64\nm 0x80000004 0x1\nend\n' >odd
bad "funccheck: odd address" 'odd:3: m: address' "$L2TLB" funccheck odd

# --- bad input
head -c 700 random.gvtb.gz >cut.gvtb.gz
printf '80000004 1\n' >unaligned.gvw
# Stores that fault in the G stage beside loads that miss: which access may fetch its guest page depends on the
# revision (#5610), that every access gets through does not.
printf 'csr vsatp 8000700000080201\ncsr hgatp 8000300000080204\n80204010 200000df\n80204008 30000053\n' >guest.img
printf '80201000 200000cf\n80201008 100000cf\n' >>guest.img
printf 'GVT 1\nisa riscv64\nkind access\naddress virtual\ntables image guest.img\nrun\n' >guest.gvt
for i in 1 2 3 4 5 6 7 8; do printf 's 4000%d000 8 vs\nl 3%d0000 8 vs\n' $i $i; done >>guest.gvt
for o in 2026-07 2026-07-v2 '2025-05 --set errata.L17=fixed'; do
    # shellcheck disable=SC2086 # two words
    good "replay: guest faults, $o" "$L2TLB" replay -q --report csv --revision $o guest.gvt
    cp out guest.csv
    good "replay: all guest faults, $o" grep -q '^0,l1,accesses,1,store,guest_faults,8,' guest.csv
done
printf 'GVT 1\nisa riscv64\nkind access\naddress virtual\ntables image unaligned.gvw\nrun\nl 0 8 u\n' >image.gvt
: >nothing
mkdir dir
bad "info: truncated gzip" 'cut.*truncated gzip' "$L2TLB" info cut.gvtb.gz
bad "info: directory" 'directory' "$L2TLB" info dir
bad "info: empty file" 'empty' "$L2TLB" info nothing
bad "info: unaligned image" 'unaligned\.gvw:1: unaligned' "$L2TLB" info unaligned.gvw
bad "info: no file" 'no file' "$L2TLB" info
bad "replay: unaligned image" 'unaligned\.gvw:1: unaligned' "$L2TLB" replay -q image.gvt
bad "gen: unknown kind" 'unknown kind' "$L2TLB" gen zigzag out.gvt
bad "gen: no output" 'expected' "$L2TLB" gen random
bad "gen: negative count" 'count' "$L2TLB" gen random -n -5 x.gvt
bad "gen: count zero" 'count' "$L2TLB" gen random -n 0 x.gvt
bad "gen: huge count" 'count' "$L2TLB" gen random -n 99999999999G x.gvt
bad "gen: share" 'shares' "$L2TLB" gen random --stores 1.5 x.gvt
bad "gen: not a number" 'stores' "$L2TLB" gen random --stores half x.gvt
bad "gen: footprint" 'footprint' "$L2TLB" gen random --footprint 100 x.gvt
bad "gen: output is a directory" 'dir' "$L2TLB" gen random dir
bad "gen: no such folder" 'nowhere' "$L2TLB" gen random nowhere/x.gvt
bad "gen: world key" 'unknown world parameter' "$L2TLB" gen world -w color=red x.gvw
bad "gen: world memory" 'exhausted' "$L2TLB" gen world -w host_size=0x80000000 \
    -w s1.huge=1 --footprint 4G x.gvw
bad "convert: unknown format" 'from pin: not one of lackey' "$L2TLB" convert --from pin a b
bad "convert: no format" 'expected' "$L2TLB" convert a b
bad "convert: wrong format" 'lackey' "$L2TLB" convert --from lackey random.gvt x.gvt
bad "convert: missing file" 'missing' "$L2TLB" convert --from csv missing x.gvt
bad "convert: cut input" 'truncated gzip' "$L2TLB" convert --from gvt cut.gvtb.gz x.gvt
bad "convert: nothing left" 'no access is left' "$L2TLB" convert --from gvt --skip 1M random.gvt x.gvt
[ ! -e /dev/full ] || bad "gen: disk full" 'space' "$L2TLB" gen random /dev/full

finish
