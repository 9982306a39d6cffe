#!/bin/sh
# SPDX-License-Identifier: MulanPSL-2.0
# The command line with good and with bad input: tests/cli.sh [COMMAND], default build/l2tlb.
# shellcheck disable=SC2086,SC2015 # $R is a list of words; counting cannot fail
set -u
# shellcheck source=tests/commands.sh
. "$(dirname "$0")/commands.sh"
GOLDEN=$ROOT/tests/golden

header='GVT 1
isa riscv64
kind access
address virtual
tables built
run'
{ echo "$header"; printf 'l 10000 8 u\ns 20000 8 u\nf 30000 4 u\n'; } >t.gvt
{ echo "$header"; printf 'l 10000 8 vu\nl 40000000 8 vu\nsfence.vma * *\nl 10000 8 vu\n'; } >two.gvt
i=0
{ echo "$header"; while [ $i -lt 2000 ]; do printf 'l %x000 8 u\n' $((i * 7919 % 65536)); i=$((i + 1)); done; } >long.gvt
gzip -k t.gvt long.gvt
head -c 1500 long.gvt.gz >cut.gvt.gz
{ cat t.gvt; echo 'l 10000 eight u'; } >rubbish.gvt
{ cat t.gvt; echo 'l 10000 8 u rubbish'; } >trailing.gvt
echo "$header" >empty.gvt
: >nothing.gvt
mkdir dir
printf '[pagecache]\nl0_sets = 64\n' >good.ini
printf '[pagecache]\nl0_sitz = 64\n' >key.ini
printf '[pagecache]\nl0_sets = 3\n' >pow2.ini
printf 'pagecache.l0_sets\n' >line.ini

R="$L2TLB replay --quiet"
# --- good input
good help "$L2TLB" --help
good version "$L2TLB" --version
for c in replay check funccheck walk gen convert info config; do good "help of $c" "$L2TLB" $c --help; done
good config "$L2TLB" config
good "config of a preset" "$L2TLB" config --preset minimal --revision 2026-03
for r in 2025-05 2026-03 2026-07 2026-07-v2; do
    "$L2TLB" config --revision $r >rev.ini
    good "config names $r" grep -q "^revision  *= $r " rev.ini
    good "config reads $r back" "$L2TLB" config --config rev.ini
done
"$L2TLB" config --revision 2026-07-v2 --set rule.wfi_gate=no >rule.ini
"$L2TLB" config --config rule.ini >rule2.ini
good "a rule against its revision is read back" grep -q '^rule.wfi_gate  *= no ' rule2.ini
good "diff-revisions of July 2026" "$L2TLB" diff-revisions --left revision=2026-07 --right revision=2026-07-v2 t.gvt
"$L2TLB" config --preset minimal >minimal.ini
good "config reads its own output" "$L2TLB" config --preset minimal --config minimal.ini
same "and gives it again" out minimal.ini
for f in text json csv html; do good "report as $f" $R --report $f t.gvt; done
good "gzip" $R t.gvt.gz
good "oracle, two stages" $R --oracle --world s1.huge=0.5 two.gvt
for p in minimal default minimal-bitmap bitmap cvm; do good "preset $p" $R --oracle --preset $p two.gvt; done
good "revision" $R --oracle --revision 2026-03 two.gvt
good "INI file" $R --config good.ini t.gvt
errata() { # errata NAME FIXED OPTIONS...: the report's list of fixed errata is FIXED
    name=$1 fixed=$2
    shift 2
    good "$name" $R --report csv "$@" t.gvt
    grep -q "errata_fixed,$fixed," out || fail "$name" "errata fixed: $(grep errata_fixed out)"
}
printf '[errata]\nL3 = as-rtl\n' >hang.ini
errata "L3 is fixed in replays" L3
errata "and stays so with other errata" 'D1 L3' --set errata.D1=fixed
errata "unless it is set" none --set errata.L3=as-rtl
errata "or set in a file" none --config hang.ini
good "hexadecimal, =" $R --seed=0x10 --set pagecache.l0_sets=64 t.gvt
good "events and waveform" $R --events ev.txt --vcd w.vcd two.gvt
[ -s ev.txt ] && [ -s w.vcd ] || fail "events and waveform" "an empty file"
good "output file" $R -o report.txt t.gvt
[ -s report.txt ] && [ ! -s out ] || fail "output file" "not written"
good "several traces" $R --threads 2 --report json t.gvt two.gvt long.gvt
cp out threads.json
good "several traces, one thread" $R --report json t.gvt two.gvt long.gvt
same "threads do not change reports" out threads.json
good "idle skipping" $R --report json --mem lat=300 long.gvt
cp out skip.json
good "no skipping" $R --report json --mem lat=300 --no-skip long.gvt
same "skipping changes nothing" out skip.json
timeout 60 $R - <t.gvt >out 2>err && pass || fail "standard input" "status $?"

# --- bad input
bad "truncated gzip" 'cut\.gvt\.gz' $R cut.gvt.gz
bad "a line of rubbish" 'rubbish\.gvt:10' $R rubbish.gvt
bad "rubbish behind a record" 'trailing\.gvt:10' $R trailing.gvt
bad "trace without a record" 'empty\.gvt' $R empty.gvt
bad "empty file" 'nothing\.gvt' $R nothing.gvt
bad "directory as a trace" 'dir' $R dir
bad "missing file" 'missing\.gvt' $R missing.gvt
bad "no trace" 'no trace' $R
bad "unknown key" 'l0_sitz' $R --set pagecache.l0_sitz=64 t.gvt
bad "unknown key in a file" 'key\.ini:2' $R --config key.ini t.gvt
bad "not a power of two" 'power of two' $R --set pagecache.l0_sets=3 t.gvt
bad "not a power of two in a file" 'pow2\.ini:2.*power of two' $R --config pow2.ini t.gvt
bad "not a key = value line" 'line\.ini:1' $R --config line.ini t.gvt
bad "missing INI file" 'missing\.ini' $R --config missing.ini t.gvt
bad "directory as INI file" 'dir' $R --config dir t.gvt
bad "negative size" 'l0_sets' $R --set pagecache.l0_sets=-4 t.gvt
bad "size zero" 'l0_ways' $R --set pagecache.l0_ways=0 t.gvt
bad "huge size" 'l0_ways' $R --set pagecache.l0_ways=99999999999999999999 t.gvt
bad "trailing characters" 'seed' $R --seed 12x t.gvt
bad "negative number" 'seed' $R --seed -1 t.gvt
bad "no KEY=VALUE" 'KEY=VALUE' $R --set pagecache t.gvt
bad "unknown option" '--sped' $R --sped 1 t.gvt
bad "missing value" 'needs a value' $R t.gvt --seed
bad "value for a flag" 'takes no value' $R --oracle=1 t.gvt
bad "unknown preset" 'preset' $R --preset huge t.gvt
bad "unknown revision" 'revision' $R --revision 2024-01 t.gvt
bad "unknown report format" 'xml' $R --report xml t.gvt
bad "unknown world key" 'color' $R --world color=red t.gvt
bad "world value" 'huge' $R --world s1.huge=1.5 t.gvt
bad "unknown memory key" 'speed' $R --mem speed=1 t.gvt
bad "memory value" 'lat' $R --mem lat=0 t.gvt
bad "memory sets" 'power of two' $R --mem l2_sets=3 t.gvt
bad "unknown erratum" 'Z9' $R --set errata.Z9=fixed t.gvt
bad "output that cannot be written" 'no/such' $R -o no/such/file t.gvt
bad "events of two traces" 'one trace' $R --events ev.txt t.gvt two.gvt
bad "unknown command" 'unknown command' "$L2TLB" reply
bad "config with an argument" 'argument' "$L2TLB" config x
{ echo "$header" | sed 's/built/image bad.img/'; printf 'l 10000 8 u\n'; } >image.gvt
printf '80000000 1\n80000009 1\n' >bad.img
bad "image with an unaligned address" 'bad\.img:2.*unaligned' $R image.gvt
rm bad.img
bad "missing image" 'bad\.img' $R image.gvt
if timeout 60 $R t.gvt >/dev/full 2>err; then fail "full disk" "status 0"; else pass; fi

# check: a difference in the last lines is at the end, in recordings of the L2TLB and of the L1 side
# at_end NAME FILE OPTIONS: the second number of the E line is one more
at_end() {
    name=$1 file=$2
    shift 2
    gzip -dc "$GOLDEN/$file.gold.gz" | awk '$1 == "E" { $3++ } { print }' >changed.gold
    timeout 60 "$L2TLB" check "$@" "$GOLDEN/$file.stim.gz" changed.gold >out 2>err </dev/null
    status=$?
    if [ $status -eq 1 ] && grep -q 'first at the end: ' out &&
        cat out err | grep -q 'first difference at the end' &&
        ! cat out err | grep -qE '18446744073709551615|difference in cycle'; then
        pass
    else
        fail "$name" "status $status, $(head -c 200 out)"
    fi
}
at_end "check: end of an L1 recording" l1/d_multi
at_end "check: end of an L2TLB recording" public/path_no_sv39_l20 --preset minimal

finish
