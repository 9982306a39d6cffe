#!/bin/sh
# SPDX-License-Identifier: MulanPSL-2.0
# Replays whose input does not fit (faults of images, modes, ISAs, wide addresses), configuration files,
# and options that must mean something, on the command line: tests/cli_replay.sh [COMMAND].
# shellcheck disable=SC2086 # lists of words
set -u
# shellcheck source=tests/commands.sh
. "$(dirname "$0")/commands.sh"
GOLDEN=$ROOT/tests/golden

# trace FILE ISA TABLES: the records come from standard input
trace() {
    { printf 'GVT 1\nisa %s\nkind access\naddress virtual\ntables %s\nrun\n' "$2" "$3"; cat; } >"$1"
}
says() { if grep -qE -e "$2" err; then pass; else fail "$1" "not said: '$2'"; fi; }
silent() { if [ -s err ]; then fail "$1" "something is said"; else pass; fi; }

# --- an image's tables are what they are
printf 'csr satp 8000000000080000\n80000010 200000cf\n' >one.img
printf 'l 80000000 8 s\nl 40000000 8 s\n' | trace one.gvt riscv64 'image one.img'
good "faults of an image" "$L2TLB" replay one.gvt
silent "faults of an image"
has "faults of an image: no fence" '^  Fences added for pages .* 0$'
has "faults of an image: no retry" '^  Requests accepted +2$'
has "faults of an image: one fault" '^  Answers with a fault +1$'
good "options of built worlds" "$L2TLB" replay --world s1.huge=1 one.gvt
says "options of built worlds" 'remark: the tables are those of the image: --world'
good "stages of an image" "$L2TLB" replay --world stages=one one.gvt
silent "stages of an image"
# --- worlds with a Memory Protection Table
for world in mpt.page=4k mpt.page=64k mpt.page=2m mpt.page=1g mpt.mode=smmpt43 stages=two; do
    printf 'l 10000 8 u\nsfence.vma 0 *\nl 2010000 8 u\n' | trace domain.gvt riscv64 built
    good "MPT, $world" "$L2TLB" replay --preset mpt --oracle --world $world domain.gvt
    silent "MPT, $world"
    has "MPT, $world: answers" '^  Answers judged +2$'
    has "MPT, $world: leaks" '^  Leaks +0$'
done
good "MPT over an image" "$L2TLB" replay --preset mpt --oracle --world mpt.page=4k one.gvt
silent "MPT over an image"
has "MPT over an image: answers" '^  Answers judged +1$'
has "MPT over an image: no leak" '^  Leaks +0$'
bad "MPT without the hardware" 'mpt.mode: the machine has no MPT' "$L2TLB" replay --world mpt.mode=smmpt52 domain.gvt
bad "MPT: unknown mode" "mpt.mode: bad value 'smmpt64'" "$L2TLB" replay --preset mpt --world mpt.mode=smmpt64 domain.gvt
bad "MPT: secure pages in large pieces" 'need an MPT of smaller pieces' "$L2TLB" replay --preset mpt --world secure.pattern=one8 domain.gvt
bad "MPT: base" 'mpt.base must be' "$L2TLB" replay --preset mpt --world mpt.base=0x10 --world mpt.mode=smmpt52 domain.gvt
printf 'csr satp 8000000000080000\n80000010 200000cf\n60000000000 1\n' >high.img
printf 'l 80000000 8 s\n' | trace high.gvt riscv64 'image high.img'
bad "MPT: an image in its place" 'the image has memory behind mpt.base' "$L2TLB" replay --preset mpt high.gvt
printf 'csr mmpt 3000000000090000\n80000010 200000cf\n' >high.img
bad "MPT: Smmpt64 in an image" 'high.img:1: mmpt selects Smmpt64' "$L2TLB" replay --preset mpt high.gvt
printf 'l 10000 8 u\n' | trace bare.gvt riscv64 built
"$L2TLB" replay -q --preset mpt --world mpt.mode=none --watchdog 5000 bare.gvt >out 2>err && fail "MPT: mode 0" "does not hang" || pass # T3
says "MPT: mode 0 hangs (T3)" 'stuck: no progress'

printf 'l 8000000080000000 8 s\nl 80000000 8 s\nl 80001000 8 s\n' | trace canon.gvt riscv64 'image one.img'
good "not sign-extended" "$L2TLB" replay -q canon.gvt
has "not sign-extended" '^    load +3 .* 1 +0 +0$'
i=0
while [ $i -lt 30 ]; do printf 'l %x000 8 s\n' $((65536 + i * 512)); i=$((i + 1)); done | trace lost.gvt riscv64 'image one.img'
good "mostly faults" "$L2TLB" replay lost.gvt
says "mostly faults" '^l2tlb replay: lost\.gvt: remark: 12 answers, 12 faults: does the image belong to this trace\?$'
has "mostly faults, in the report" '^  Mostly faults +12 answers, 12 faults: does the image'
good "mostly faults, JSON" "$L2TLB" replay -q --report json lost.gvt
silent "mostly faults, quiet"
grep -q '"remarks"' out || fail "mostly faults, JSON" "no section of remarks"

# --- fetches that are not canonical: errata.L16
printf 'f ffffffc000000000 4 s\nf 4000000000 4 s @1000\n' | trace direct.gvt riscv64 built
good "fetches, fixed" "$L2TLB" replay --world mode=sv39 --set errata=fixed direct.gvt
has "fetches, fixed" '^    fetch +2 .* 1 +0 +0$'
good "fetches, as-rtl" "$L2TLB" replay --world mode=sv39 direct.gvt
has "fetches, as-rtl" '^    fetch +2 .* 0 +0 +0$'
says "fetches, as-rtl" '1 of them are fetches, translated by their low bits \(errata\.L16\)'

# --- modes that the machine lacks
printf 'csr satp a000000000080000\n80000000 20000401\n' >sv57.img
printf 'l 1000 8 s\n' | trace sv57.gvt riscv64 'image sv57.img'
bad "Sv57 of an image" 'sv57\.img: satp has mode 10 \(Sv57\), which the machine lacks \(--untranslated' "$L2TLB" replay sv57.gvt
good "Sv57, untranslated" "$L2TLB" replay --untranslated sv57.gvt
says "Sv57, untranslated" 'remark: registers select Sv57, which the machine lacks'
printf 'l 80000000 8 s\ncsr vsatp a000000000080000\nl 80000000 8 vs\n' | trace later.gvt riscv64 'image one.img'
bad "Sv57 of a record" 'later\.gvt: record 2: vsatp has mode 10' "$L2TLB" replay -q later.gvt
bad "diff-revisions: Sv57" 'satp has mode 10' "$L2TLB" diff-revisions sv57.gvt

# --- traces of another ISA
for isa in aarch64 x86_64 other riscv64; do printf 'l 10000 8 u\n' | trace $isa.gvt $isa built; done
bad "isa aarch64" 'aarch64\.gvt: isa aarch64: --arch riscv64 .*--arch aarch64' "$L2TLB" replay aarch64.gvt
bad "isa x86_64" 'x86_64\.gvt: isa x86_64: --arch riscv64' "$L2TLB" replay x86_64.gvt
bad "isa x86_64 as aarch64" 'wants a trace whose header says isa aarch64' "$L2TLB" replay --arch aarch64 x86_64.gvt
good "isa other" "$L2TLB" replay other.gvt
says "isa other" 'remark: the trace does not say its isa'
good "isa riscv64" "$L2TLB" replay riscv64.gvt
silent "isa riscv64"
for isa in aarch64 x86_64 other riscv64; do
    good "isa $isa with --arch riscv64" "$L2TLB" replay --arch riscv64 $isa.gvt
    silent "isa $isa with --arch riscv64"
done
good "isa other as aarch64" "$L2TLB" replay -q --arch aarch64 other.gvt
bad "diff-revisions: isa" 'isa x86_64' "$L2TLB" diff-revisions x86_64.gvt
printf 'I  400000,4\n S 1ff000010,16\n' >arm.lackey
good "lackey, --isa" "$L2TLB" convert -q --from lackey --isa aarch64 arm.lackey arm.gvt
good "lackey, --isa: replay" "$L2TLB" replay -q --arch aarch64 arm.gvt
printf 'op,addr\nload,7ffe00001000\nload,401000\n' >x86.csv
good "wide addresses" "$L2TLB" convert -q --from csv --isa riscv64 x86.csv x86.gvt
good "wide addresses" "$L2TLB" replay x86.gvt
says "wide addresses" "remark: 1 of 2 accesses have addresses wider than the world's mode \(sv39\) and fault: --world mode=sv48 .*--canonical 39"
good "wide addresses, sv48" "$L2TLB" replay --world mode=sv48 x86.gvt
silent "wide addresses, sv48"
good "diff-revisions: remarks" "$L2TLB" diff-revisions x86.gvt
says "diff-revisions: remarks" 'remark: 1 of 2 accesses'
printf 'core   0: 3 0x00007ffe80000000 (0x0000b283) x5  0x0 mem 0x00007fff80002970\n' >wide.spike
good "spike, --canonical" "$L2TLB" convert -q --from spike --canonical 39 wide.spike -
has "spike, --canonical" '^l 3f80002970 8 m$'

# --- pipes: one pass where that is enough, else it is said
mkfifo fifo
piped() { # piped FILE NAME COMMAND...: FILE goes into the pipe `fifo`
    file=$1 name=$2
    shift 2
    cat "$file" >fifo &
    good "$name" "$@"
    wait
}
piped riscv64.gvt "replay of a pipe" "$L2TLB" replay -q fifo
has "replay of a pipe" 'built by the world on first touch'
piped riscv64.gvt "info of a pipe" "$L2TLB" info fifo
piped arm.lackey "convert of a pipe" "$L2TLB" convert -q --from lackey fifo piped.gvt
piped riscv64.gvt "gen world of a pipe" "$L2TLB" gen world --trace fifo piped.img
good "replay of /dev/stdin" sh -c 'cat riscv64.gvt | "$0" replay -q /dev/stdin' "$L2TLB"
good "replay of /dev/stdin, a file" sh -c '"$0" replay -q /dev/stdin <riscv64.gvt' "$L2TLB"
has "replay of /dev/stdin, a file" 'built by the world before the run'
bad "diff-revisions of a pipe" 'fifo: is read twice' "$L2TLB" diff-revisions fifo
bad "diff-revisions of standard input" '-: is read twice' "$L2TLB" diff-revisions -
bad "diff-revisions: --config of a pipe" 'fifo: is read twice' "$L2TLB" diff-revisions --config fifo riscv64.gvt
printf '[llptw]\nsize = 3\n' >three.ini
piped three.ini "--config of a pipe" "$L2TLB" config --config fifo
has "--config of a pipe" '^llptw\.size += 3 '
stim=$GOLDEN/public/path_no_sv39_l20.stim.gz gold=$GOLDEN/public/path_no_sv39_l20.gold.gz
l1=$GOLDEN/l1/d_multi
piped "$stim" "check of a pipe" "$L2TLB" check --preset minimal fifo "$gold"
piped "$l1.stim.gz" "check of a pipe, L1" "$L2TLB" check fifo "$l1.gold.gz"
piped "$gold" "check with the recording in a pipe" "$L2TLB" check --preset minimal "$stim" fifo
good "check of standard input" sh -c 'gzip -dc "$1" | "$0" check --preset minimal - "$2"' "$L2TLB" "$stim" "$gold"
has "check of standard input" '^check: exact'

# --- check --events, --vcd
for what in "--preset minimal;$stim;$gold" ";$l1.stim.gz;$l1.gold.gz"; do
    rest=${what#*;}
    good "check: events and waveform" "$L2TLB" check ${what%%;*} --events ev --vcd w.vcd "${rest%;*}" "${rest#*;}"
    [ "$(grep -c ' request ' ev)" -gt 1 ] || fail "check: events" "no request: $(head -2 ev)"
    [ "$(grep -c ' answer ' ev)" -gt 1 ] || fail "check: events" "no answer: $(head -2 ev)"
    sort -snc -k1,1 ev || fail "check: events" "not sorted"
    if [ "$(grep -c '^#' w.vcd)" -gt 50 ] && grep -q 'io_tlb_0_req_0_valid' w.vcd; then pass; else fail "check: waveform" "$(head -3 w.vcd)"; fi
    good "check: events with every cycle" "$L2TLB" check ${what%%;*} --no-skip --events all "${rest%;*}" "${rest#*;}"
    same "check: events with every cycle" ev all
done
bad "check: events of two pairs" 'one pair' "$L2TLB" check --events ev "$stim" "$gold" "$stim" "$gold"
bad "check: events that cannot be written" 'no/such' "$L2TLB" check --events no/such "$stim" "$gold"

# --- configuration: what is printed is what a replay uses
"$L2TLB" gen zipf -n 500 --fetches 0.2 --two-stage t.gvt
for p in minimal default minimal-bitmap bitmap cvm; do
    for r in 2025-05 2026-03 2026-07 2026-07-v2; do
        "$L2TLB" config --preset $p --revision $r >f.ini
        "$L2TLB" replay -q --report json --preset $p --revision $r t.gvt >a.json
        good "config of $p, $r" "$L2TLB" replay -q --report json --config f.ini t.gvt
        same "config of $p, $r" out a.json
    done
done
for s in errata=fixed errata.L3=as-rtl 'errata.L7=fixed --set rule.wfi_gate=no' \
    'errata=fixed --set rule.l1_gpa_clear=no' 'revision=2026-03 --set pagecache.l0_sets=16 --set errata.D1=fixed' 'preset=cvm --set bitmap.entries=4'; do
    "$L2TLB" config --set $s >f.ini
    "$L2TLB" replay -q --report json --set $s t.gvt >a.json
    good "config with $s" "$L2TLB" replay -q --report json --config f.ini t.gvt
    same "config with $s" out a.json
    "$L2TLB" config --config f.ini >g.ini
    same "config with $s, again" f.ini g.ini
done
"$L2TLB" replay -q --report json t.gvt >b.json
if cmp -s a.json b.json; then fail "config: reports" "they do not depend on it"; else pass; fi
good "config: L3" "$L2TLB" config
has "config: L3" '^errata\.L3 += fixed '
{ printf '; '; head -c 300 /dev/zero | tr '\0' a; echo 'llptw.size = 2'; } >long.ini
good "INI: a long comment" "$L2TLB" config --config long.ini
has "INI: a long comment" '^llptw\.size += 6 '
printf 'llptw.size = 3\n  4\n' >multi.ini
bad "INI: no continuation" 'multi\.ini:2: not a `key = value` line' "$L2TLB" config --config multi.ini
printf '[llptw]\nsize = 010 ; ten, not eight\n' >ten.ini
good "INI: comments behind values, no octal" "$L2TLB" config --config ten.ini
has "INI: comments behind values, no octal" '^llptw\.size += 10 '
"$L2TLB" config --preset minimal >f.ini
bad "a preset against the file" '--preset bitmap, but f\.ini says minimal' "$L2TLB" replay --preset bitmap --config f.ini t.gvt
bad "a revision against the file" 'revision 2026-03 is asked for, but f\.ini says 2025-05' "$L2TLB" replay --revision 2026-03 --config f.ini t.gvt
bad "diff-revisions: the file's revision" 'revision 2026-03 is asked for' "$L2TLB" diff-revisions --config f.ini t.gvt
good "diff-revisions: a file and --right" "$L2TLB" diff-revisions --config f.ini --right llptw.size=3 riscv64.gvt

# --- lists of parameters
for c in 'replay --world' 'diff-revisions --world' 'gen -w'; do
    good "$c help" "$L2TLB" $c help
    has "$c help" '^s1\.contiguity += 8 +; '
    has "$c help" '^pages '
done
for c in replay diff-revisions; do
    good "$c --mem help" "$L2TLB" $c --mem help
    has "$c --mem help" '^l2_sets += 2048 +; '
    has "$c --mem help" '^aready += always +; '
done
"$L2TLB" replay --world help | sed 1,2d | cut -d' ' -f1 >keys
while read -r k; do
    v=$("$L2TLB" replay --world help | sed -n "s/^$k  *= \([^ ]*\) .*/\1/p")
    good "--world $k=$v" "$L2TLB" replay -q --world "$k=$v" riscv64.gvt
done <keys
for k in lat span seed gap period mask threshold l2_sets l2_ways hit_lat aready; do
    "$L2TLB" replay --mem help | grep -q "^$k " || fail "--mem help" "no $k"
done

# --- options that would do nothing
bad "gen: --stride" '--stride does nothing with seq \(only with stride\)' "$L2TLB" gen seq --stride 8 x.gvt
bad "gen: --zipf" '--zipf does nothing with random' "$L2TLB" gen random --zipf 1 x.gvt
bad "gen: --world" '--world does nothing with seq' "$L2TLB" gen seq -w s1.huge=1 x.gvt
bad "gen: --ports with a world" '--ports does nothing with world' "$L2TLB" gen world --ports x.img
bad "gen: --threads" 'unknown option --threads' "$L2TLB" gen seq --threads 2 x.gvt
bad "convert: --s2xlate" '--s2xlate does nothing with csv \(only with chiseldb\)' "$L2TLB" convert --from csv --s2xlate 1 x86.csv x.gvt
bad "convert: --canonical of our own form" '--canonical does nothing with gvt' "$L2TLB" convert --from gvt --canonical 39 t.gvt x.gvt
bad "walk: --granule" '--granule does nothing with riscv64' "$L2TLB" walk --granule 16 1000
bad "walk: --revision" '--revision does nothing with aarch64' "$L2TLB" walk --arch aarch64 --revision 2026-03 1000
bad "walk: --details" '--details goes with --count' "$L2TLB" walk --details 1000
good "diff-revisions: the oracle" "$L2TLB" diff-revisions --full --oracle t.gvt
has "diff-revisions: the oracle" 'ok +left: answers that disagree with the page tables: 0 = 0'

finish
