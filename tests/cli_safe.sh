#!/bin/sh
# SPDX-License-Identifier: MulanPSL-2.0
# What must not happen, whatever the command: outputs that are half there or lost, files that are read
# and written at once, runs without an end, control characters of the input on the terminal:
# tests/cli_safe.sh [COMMAND], default build/l2tlb.
# shellcheck disable=SC2046,SC2086,SC2015,SC2016 # lists of words; counting cannot fail; sh -c has its own $0
set -u
# shellcheck source=tests/commands.sh
. "$(dirname "$0")/commands.sh"
GOLDEN=$ROOT/tests/golden/public/path_no_sv39_l20
COMMANDS=$("$L2TLB" --help | sed -n '/^commands:/,/^$/s/^  \([a-z-]*\) .*/\1/p')
header='GVT 1
isa riscv64
kind access
address virtual
tables built
run'
{ echo "$header"; printf 'l 10000 8 u\ns 20000 8 u\nf 30000 4 u\n'; } >t.gvt
gzip -dc "$GOLDEN.stim.gz" >stim
gzip -dc "$GOLDEN.gold.gz" >gold
cat >func <<END
set s
xlen 64
virt 0
reg satp 0x8000000000080000
bits sum=1 mxr=0 vssum=1 vsmxr=0 m_pbmte=0 h_pbmte=0 m_adue=0 h_adue=0
m 0x80000000 0x200000cf
p 0x175f0f45c0 r s > fault cause=13 tval=0x175f0f45c0 reads=1 | hand
end
END
printf '80000000 20000401\n' >tables.gvw
"$L2TLB" gen -q random -n 8M big.gvtb
printf '[study]\ntraces = t.gvt\n' >study.ini
"$L2TLB" replay -q --requests q.csv --report json -o r1.json t.gvt
"$L2TLB" replay -q --mem lat=400 --report json -o r2.json t.gvt

# Arguments with which a command works and prints something. A new command has to be entered here.
works() {
    case $1 in
    replay) echo -q t.gvt ;;
    check) echo --preset minimal stim gold ;;
    funccheck) echo func ;;
    walk) echo 1000 ;;
    tables) echo --satp 8000000000080000 tables.gvw ;;
    gen) echo -q random -n 10 - ;;
    convert) echo -q --from gvt t.gvt - ;;
    info) echo t.gvt ;;
    snapshot) echo --partial --reg satp=8000000000080000 tables.gvw snap.image ;;
    config) ;;
    diff-revisions) echo t.gvt ;;
    explain) echo q.csv ;;
    compare) echo r1.json r2.json ;;
    study) echo status study.ini ;;
    *) fail "$1" "tests/cli_safe.sh does not know this command" >&2 ;;
    esac
}

# --- write errors: the file and the reason, status 2, one line
# full NAME FILE COMMAND...: with standard output to the full device
full() {
    name=$1 file=$2
    shift 2
    timeout 60 "$@" >/dev/full 2>err </dev/null
    status=$?
    : >out
    if [ $status -ne 2 ]; then
        fail "$name" "status $status instead of 2"
    elif [ "$(wc -l <err)" -ne 1 ] || ! grep -qF "$file: No space left on device" err; then
        fail "$name" "not one line about $file"
    else
        pass
    fi
}
if [ -c /dev/full ]; then
    full "full: --help" '(standard output)' "$L2TLB" --help
    full "full: --version" '(standard output)' "$L2TLB" --version
    for form in man bash zsh; do full "full: --help=$form" '(standard output)' "$L2TLB" --help=$form; done
    for c in $COMMANDS; do
        full "full: $c" '(standard output)' "$L2TLB" $c $(works $c)
        good "not full: $c" "$L2TLB" $c $(works $c)
        for form in '' =man =bash =zsh; do full "full: $c --help$form" '(standard output)' "$L2TLB" $c --help$form; done
    done
    for o in -o --events --vcd; do
        bad "full: replay $o" '/dev/full: No space' "$L2TLB" replay -q -o report --events events --vcd vcd $o /dev/full t.gvt
        for f in report events vcd; do
            [ ! -e $f ] || fail "full: replay $o" "$f stays"
        done
    done
    bad "full: one of several reports" '/dev/full: No space' "$L2TLB" replay -q --report json=report --report csv=/dev/full --report text t.gvt
    [ ! -e report ] || fail "full: one of several reports" "the other stays"
    for f in text json csv html; do
        bad "full: replay --report $f" '/dev/full: No space' "$L2TLB" replay -q --report $f -o /dev/full t.gvt
        full "full: replay $f on standard output" '(standard output)' "$L2TLB" replay -q --report $f t.gvt
    done
    bad "full: check --events" '/dev/full: No space' "$L2TLB" check -q --preset minimal --vcd vcd --events /dev/full stim gold
    bad "full: check --vcd" '/dev/full: No space' "$L2TLB" check -q --preset minimal --events events --vcd /dev/full stim gold
    [ ! -e vcd ] && [ ! -e events ] || fail "full: check" "the other file stays"
    bad "full: diff-revisions -o" '/dev/full: No space' "$L2TLB" diff-revisions -o /dev/full t.gvt
    bad "full: gen" '/dev/full: No space' "$L2TLB" gen -q random -n 100k /dev/full
    bad "full: gen world" '/dev/full: No space' "$L2TLB" gen world --footprint 1M /dev/full
    bad "full: convert" '/dev/full: No space' "$L2TLB" convert --from gvt t.gvt /dev/full
fi
if "$L2TLB" config >&- 2>err; then fail "closed standard output" "status 0"; else pass; fi
"$L2TLB" replay -q t.gvt -o closed >&- 2>err <&-
if grep -q 'l2tlb replay of' closed; then pass; else fail "all streams closed" "no report"; fi
bad "a file that is too large" 'File too large' sh -c 'ulimit -f 8; "$0" gen -q random -n 100k large.gvt' "$L2TLB"
if [ "$(id -u)" -ne 0 ]; then
    mkdir closed.d && chmod 555 closed.d
    bad "a folder without rights" 'closed.d/x: Permission' "$L2TLB" replay -q -o closed.d/x t.gvt
fi

# --- one file is not read and written, nor written twice
cp t.gvt t.copy
ln t.gvt hard.gvt && ln -s t.gvt soft.gvt && mkdir sub && ln -s fresh to-fresh
{ echo "$header" | sed 's/built/image tables.gvw/'; printf 'l 10000 8 u\n'; } >image.gvt
printf '[pagecache]\nl0_sets = 64\n' >c.ini
cp tables.gvw tables.copy && cp c.ini c.copy
clash='(is read and is the same file|are the same file, and both would be written)'
untouched() { # NAME
    for f in t.gvt:t.copy tables.gvw:tables.copy c.ini:c.copy; do
        cmp -s ${f%:*} ${f#*:} || fail "$1" "${f%:*} has changed"
    done
}
outputs() { # COMMAND: with FILE for what is written and t.gvt for what is read; one a line
    case $1 in
    replay) printf '%s\n' '-q -o FILE t.gvt' '-q --report json=FILE t.gvt' '-q --events FILE t.gvt' '-q --vcd FILE t.gvt' \
        '-q --requests FILE t.gvt' '-q --perfetto FILE t.gvt' '-q --kanata FILE t.gvt' ;;
    gen) printf '%s\n' 'world --trace t.gvt FILE' ;;
    convert) echo '-q --from gvt t.gvt FILE' ;;
    check) printf '%s\n' "--preset minimal --events FILE t.gvt gold" "--preset minimal --vcd FILE stim t.gvt" ;;
    diff-revisions) printf '%s\n' '-o FILE t.gvt' '--report csv=FILE t.gvt' ;;
    tables) printf '%s\n' '-o FILE --satp 8000000000080000 t.gvt@80000000' ;;
    snapshot) printf '%s\n' '--reg satp=0 t.gvt FILE' '--regs t.gvt tables.gvw FILE' ;;
    study) echo 'plan -o FILE study.ini' ;;
    funccheck | walk | info | config | explain | compare) ;; # they write to standard output only
    *) fail "$1" "tests/cli_safe.sh does not know its outputs" >&2 ;;
    esac
}
for c in $COMMANDS; do
    outputs $c >lines
    while read -r line <&3; do
        for f in t.gvt ./t.gvt hard.gvt soft.gvt sub/../t.gvt "$DIR/t.gvt"; do
            bad "same file: $c $f" "$clash" "$L2TLB" $c $(echo "$line" | sed "s|FILE|$f|")
            untouched "same file: $c $f"
        done
        [ $c = check ] || [ $c = snapshot ] || good "another file: $c" "$L2TLB" $c $(echo "$line" | sed "s|FILE|t.gvt2|")
    done 3<lines
done
cp r1.json r1.before
bad "same file: compare" "$clash" "$L2TLB" compare -o ./r1.json r2.json r1.json
bad "same file: compare, several reports" "$clash" "$L2TLB" compare --report html=c.html --report text=./r1.json r2.json r1.json
same "same file: compare" r1.json r1.before
two() { # NAME PATTERN A B: a replay that writes both
    bad "$1" "$2" "$L2TLB" replay -q --events "$3" --vcd "$4" t.gvt
    [ -e "$3" ] && [ ! -L "$3" ] && fail "$1" "$3 is there"
}
two "two outputs" "$clash" fresh fresh
two "two outputs, spelled differently" "$clash" fresh sub/../fresh
two "two outputs, through a link" "$clash" to-fresh fresh
two "two outputs, absolute" "$clash" fresh "$DIR/fresh"
bad "two outputs: report and events" "$clash" "$L2TLB" replay -q -o fresh --events ./fresh t.gvt
bad "two outputs: reports" "$clash" "$L2TLB" replay -q --report text=fresh --report csv=./fresh t.gvt
bad "two outputs: reports on standard output" "$clash" "$L2TLB" replay -q --report text --report csv=- t.gvt
bad "two outputs: standard output" "$clash" "$L2TLB" replay -q --events /dev/stdout t.gvt
good "two outputs to nowhere" "$L2TLB" replay -q -o /dev/null --events /dev/null --vcd /dev/null t.gvt
bad "one of many inputs" "$clash" "$L2TLB" replay -q -o soft.gvt image.gvt t.gvt
bad "the trace as FST" "$clash" "$L2TLB" replay -q --fst ./t.gvt t.gvt
bad "one file as VCD and FST" "$clash" "$L2TLB" check --preset minimal --vcd fresh --fst ./fresh stim gold
bad "the image of a trace" "$clash" "$L2TLB" replay -q -o tables.gvw image.gvt
bad "a raw image" "$clash" "$L2TLB" gen -q random --image tables.gvw@80000000 ./tables.gvw
bad "memory of a log" "$clash" "$L2TLB" convert --from spike --own-tables --memory tables.gvw t.gvt ./tables.gvw
bad "the configuration of check" "$clash" "$L2TLB" check --config c.ini --events c.ini stim gold
bad "the configuration" "$clash" "$L2TLB" replay -q --config c.ini -o ./c.ini t.gvt
bad "standard input" "$clash" sh -c '"$0" convert -q --from gvt - t.gvt <t.gvt' "$L2TLB"
bad "standard output" "$clash" sh -c '"$0" convert -q --from gvt t.gvt - >>t.gvt' "$L2TLB"
bad "config onto itself" "$clash" sh -c '"$0" config --config c.ini >>c.ini' "$L2TLB"
bad "info onto itself" "$clash" sh -c '"$0" info t.gvt >>t.gvt' "$L2TLB"
untouched "same file"

# --- whole or not there
parts() { find . -name '*.part*' | wc -l; }
wait_for() { # COMMAND: until it holds, at most 20 s
    i=0
    while ! eval "$1" && [ $i -lt 200 ]; do
        sleep 0.1
        i=$((i + 1))
    done
}
echo old >keep.gvt
env --default-signal=HUP "$L2TLB" gen -q random -n 1000M keep.gvt 2>err & # a test that runs under nohup would ignore it
pid=$!
wait_for '[ "$(parts)" -gt 0 ]'
if [ "$(parts)" -eq 1 ] && [ "$(cat keep.gvt)" = old ]; then pass; else fail "a file that is being written" "$(ls)"; fi
kill -HUP $pid
wait $pid
status=$?
if [ $status -eq 129 ] && [ "$(parts)" -eq 0 ] && [ "$(cat keep.gvt)" = old ]; then pass; else
    fail "hung up" "status $status, $(parts) parts stay"
fi
bad "a bad trace has no report" 'bad.gvt:7' sh -c 'sed "s/^l .*/l x/" t.gvt >bad.gvt; "$0" replay -q -o none --events none2 --vcd none3 bad.gvt' "$L2TLB"
[ ! -e none ] && [ ! -e none2 ] && [ ! -e none3 ] && [ "$(parts)" -eq 0 ] || fail "a bad trace has no report" "files stay"
"$L2TLB" replay -q -o some --report json t.gvt bad.gvt soft.gvt 2>err
status=$?
if [ $status -eq 2 ] && [ "$(grep -c '"report"' some)" -eq 2 ] && grep -q '^\[' some; then pass; else
    fail "one bad trace of three" "status $status"
fi

# --- a reader that goes away
for c in $COMMANDS --help --version; do
    { sleep 0.1; "$L2TLB" $c $(works $c 2>/dev/null) 2>err; echo $? >rc; } | true
    wait_for '[ -s rc ]'
    if [ ! -s err ] && grep -qxE '0|141' rc; then pass; else fail "no reader: $c" "status $(cat rc)"; fi
    rm -f rc
done
{ "$L2TLB" gen -q random -n 1000M - 2>err; echo $? >rc; } | head -1 >out
if [ ! -s err ] && grep -qx 141 rc; then pass; else fail "a reader that goes away" "status $(cat rc)"; fi
{ "$L2TLB" replay -q --events - -o report2 --vcd vcd2 big.gvtb 2>err; echo $? >rc; } | head -1 >out
if [ ! -s err ] && grep -qx 141 rc && [ ! -e report2 ] && [ ! -e vcd2 ] && [ "$(parts)" -eq 0 ]; then pass; else
    fail "a reader of events that goes away" "status $(cat rc)"
fi

# --- SIGINT and SIGTERM
PAUSE=1 # seconds between the moment when a command listens and the signal
# stop NAME SIGNAL STATUS COMMAND...: the signal comes when the command has run for a second, and a file
# that it writes is there (READY is a condition for that, default: none)
READY=true
stop() {
    name=$1 signal=$2 want=$3
    shift 3
    timeout --foreground 60 "$@" >out 2>err </dev/null & # without it the group gets a second signal
    pid=$!
    wait_for "$READY"
    sleep "$PAUSE"
    kill -$signal $pid # which hands it on
    wait $pid
    status=$?
    if [ $status -eq "$want" ]; then pass; else fail "$name" "status $status instead of $want"; fi
    [ "$(parts)" -eq 0 ] || fail "$name" "$(parts) parts stay"
}
says() { if grep -qE -e "$2" err; then pass; else fail "$1" "not said: $2"; fi; }
[ "$(wc -c <big.gvtb)" -gt 20000000 ] || fail "big.gvtb" "too small for what follows"
for f in text json csv html; do
    stop "SIGINT: replay, $f" INT 130 "$L2TLB" replay -q --report $f big.gvtb
    has "SIGINT: replay, $f" '(PARTIAL: |"partial":[[:space:]]"|^0,report,,,Partial,partial,"?|class=bad>Partial: )interrupted at record [0-9]+ of '
    says "SIGINT: replay, $f" '^l2tlb replay: big\.gvtb: interrupted at record [0-9]+ of '
    grep -qE 'do NOT|"failed":[[:space:]][1-9]|FAILED' out && fail "SIGINT: replay, $f" "a sum does not hold"
done
stop "SIGTERM: replay with all outputs" TERM 143 "$L2TLB" replay -q --first-touch -o sig.txt --events sig.ev --vcd sig.vcd big.gvtb
grep -q '^PARTIAL: interrupted at record [0-9]*$' sig.txt && tail -1 sig.ev | grep -qE '^[0-9]+ partial record=[0-9]+ of=-$' &&
    tail -2 sig.vcd | grep -qE '^\$comment interrupted at record [0-9]+ \$end$' && grep -q 'sums checked, all right' sig.txt ||
    fail "SIGTERM: replay with all outputs" "not marked as partial"
stop "SIGINT: many traces" INT 130 "$L2TLB" replay -q --threads 2 --report json t.gvt big.gvtb big.gvtb big.gvtb
says "SIGINT: many traces" '1 of 4 traces were not replayed'
[ "$(grep -c '"report"' out)" -eq 3 ] && [ "$(grep -c '"partial"' out)" -eq 2 ] || fail "SIGINT: many traces" "reports"
stop "SIGINT: diff-revisions" INT 130 "$L2TLB" diff-revisions big.gvtb
has "SIGINT: diff-revisions" '^PARTIAL: interrupted at record .*\(revision 2025-05\)'
READY='[ "$(parts)" -gt 0 ]'
stop "SIGINT: gen" INT 130 "$L2TLB" gen -q random -n 1000M never.gvt
says "SIGINT: gen" 'interrupted at record [0-9]+ of 1000000000, no trace is written'
READY=true
PAUSE=0.1 # this one is fast
stop "SIGTERM: gen world" TERM 143 "$L2TLB" gen world --trace big.gvtb never.gvw
mkfifo feed
"$L2TLB" gen -q random -n 1000M feed 2>err.gen &
READY='[ "$(parts)" -gt 0 ]'
stop "SIGINT: convert" INT 130 "$L2TLB" convert --from gvt feed never.gvt
says "SIGINT: convert" 'interrupted at record [0-9]+, no trace is written'
wait
printf 'I  1000,4\n' >lk
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do cat lk lk >lk2 && mv lk2 lk; done
(cat lk lk lk lk lk lk lk lk; exec sleep 20) >feed &
sleeper=$!
stop "SIGTERM: import" TERM 143 "$L2TLB" convert --from lackey feed never.gvt
says "SIGTERM: import" 'records in = '
kill $sleeper
[ ! -e never.gvt ] && [ ! -e never.gvw ] || fail "SIGINT: no trace is written" "it is there"
READY=true
sed 's/^end .*/end 100000000000/' stim >long.stim
stop "SIGINT: check" INT 130 "$L2TLB" check --no-skip --preset minimal long.stim gold
has "SIGINT: check" '^check: interrupted at cycle [0-9]+ of 100000000000, [0-9]+ events so far, 0 mismatches$'
stop "SIGINT: check with all outputs" INT 130 "$L2TLB" check -q --events sig.ev --vcd sig.vcd --preset minimal long.stim gold
tail -1 sig.ev | grep -qE '^[0-9]+ partial of=100000000000$' && tail -2 sig.vcd | grep -q '^\$comment interrupted at cycle [0-9]* of ' ||
    fail "SIGINT: check with all outputs" "not marked as partial"
stop "SIGTERM: check, many" TERM 143 "$L2TLB" check --no-skip --preset minimal stim gold long.stim gold stim gold
has "SIGTERM: check, many" '^check: 1 exact, 0 differ, '
says "SIGTERM: check, many" 'interrupted at pair 2 of 3'
sleep 20 >feed &
sleeper=$!
stop "SIGINT: waiting for a pipe" INT 130 "$L2TLB" replay -q --first-touch feed
stop "SIGINT: a stimulus from a pipe" INT 130 "$L2TLB" check --preset minimal feed gold
says "SIGINT: a stimulus from a pipe" '^l2tlb check: feed: interrupted$'
kill $sleeper
# A second one ends it at once: here the command waits for a reader of its output.
"$L2TLB" replay -q t.gvt -o feed 2>err &
pid=$!
sleep 0.3
kill -INT $pid
sleep 0.2
if kill -0 $pid 2>/dev/null; then kill -INT $pid; fi
wait $pid
status=$?
if [ $status -eq 130 ]; then pass; else fail "a second SIGINT" "status $status"; fi

# --- watchdogs
{ echo "$header"; printf 'l 1000 8 u\nl 2000 8 u\nl 40000 8 u @201000\n'; } >late.gvt
{ echo "$header" | sed 's/access/port/'; printf 'q 1 1000 0 @10\nq 1 2000 0 @300100\nq 0 2000 0 @900000\n'; } >ports.gvt
good "waiting for a record's cycle" "$L2TLB" replay -q late.gvt
good "waiting for a request's cycle" "$L2TLB" replay -q --no-skip ports.gvt
status=0
timeout 60 "$L2TLB" replay -q --mem lat=5000 --mem l2_sets=0 --watchdog 1000 t.gvt >out 2>err || status=$?
if [ $status -eq 1 ] && grep -q '^PARTIAL: no progress since' out; then pass; else fail "replay: watchdog" "status $status"; fi
status=0
"$L2TLB" check --watchdog 1 --preset minimal stim gold >out 2>err || status=$?
if [ $status -eq 1 ] && grep -q '^check: stuck, .* since cycle [0-9]* (now ' out; then pass; else fail "check: watchdog" "status $status"; fi
awk '$1 == "A" && !n { n = 1; next } { print }' gold >less
"$L2TLB" check --preset minimal stim less >first 2>err
status=$?
"$L2TLB" check --all --preset minimal stim less >all 2>err
if [ $status -eq 1 ] && grep -q '^check: differs, 1 mismatches, first at cycle 49: ' first; then pass; else
    fail "check ends behind the first difference" "status $status, $(tail -1 first)"
fi
if grep -q '^check: differs, [0-9]* mismatches, first at cycle 49: ' all; then pass; else fail "check --all" "$(tail -1 all)"; fi
status=0
timeout 60 "$L2TLB" check --no-skip --preset minimal long.stim less >out 2>err || status=$?
if [ $status -eq 1 ]; then pass; else fail "check of a long stimulus ends behind a difference" "status $status"; fi

# --- limits
many=$(for i in 1 2 3 4 5 6 7 8 9 10; do printf 't.gvt %.0s' 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; done)
good "memory of many traces" sh -c 'ulimit -v 30000; exec "$0" replay -q --report json '"$many" "$L2TLB"
[ "$(grep -c '"report"' out)" -eq 200 ] || fail "memory of many traces" "not 200 reports"
if sh -c 'ulimit -v 12000; exec "$0" replay -q t.gvt' "$L2TLB" >out 2>err; then fail "memory of a trace" "12 MB are enough: the limit shows nothing"; else pass; fi
{ echo "$header"; echo 'l 1000 8 u'; head -c 1000001 /dev/zero | tr '\0' '\n'; } | gzip >empty.gvt.gz
bad "empty lines: replay" 'empty\.gvt\.gz:1000008: more than a million empty lines' "$L2TLB" replay -q empty.gvt.gz
bad "empty lines: info" 'a million empty' "$L2TLB" info empty.gvt.gz
bad "empty lines: convert" 'a million empty' "$L2TLB" convert --from gvt empty.gvt.gz never.gvt
head -c 1000002 /dev/zero | tr '\0' '\n' | gzip >empty.gz
for f in lackey spike execlog csv chiseldb din drmemtrace perf; do
    case $f in csv) echo op,addr ;; chiseldb) echo VPN,STAMP,SITE ;; *) echo ;; esac | gzip | cat - empty.gz >lines.gz
    bad "empty lines: $f" 'a million empty' "$L2TLB" convert --from $f lines.gz never.gvt
done
bad "empty lines: image" 'a million empty' "$L2TLB" walk --image empty.gz 1000
bad "empty lines: funccheck" 'a million empty' "$L2TLB" funccheck empty.gz
{ cat stim; gzip -dc empty.gz; } >empty.stim
bad "empty lines: stimulus" 'a million empty' "$L2TLB" check empty.stim gold
{ head -3 gold; gzip -dc empty.gz; } >empty.gold
bad "empty lines: recording" 'a million empty' "$L2TLB" check --preset minimal stim empty.gold
{ gzip -dc "$ROOT/tests/golden/l1/d_multi.stim.gz" | head -3; gzip -dc empty.gz; } >empty.l1
bad "empty lines: L1 stimulus" 'a million empty' "$L2TLB" check empty.l1 gold
# What is wrong with a stimulus or a recording is said as with any other file.
l1=$ROOT/tests/golden/l1/d_multi
for file in stim gold l1.stim l1.gold; do
    case $file in
    stim) set -- --preset minimal broken gold; whole=stim ;;
    gold) set -- --preset minimal stim broken; whole=gold ;;
    l1.stim) set -- broken "$l1.gold.gz"; gzip -dc "$l1.stim.gz" >l1.stim; whole=l1.stim ;;
    *) set -- "$l1.stim.gz" broken; gzip -dc "$l1.gold.gz" >l1.gold; whole=l1.gold ;;
    esac
    for tool in xz zstd; do
        $tool -q -c $whole >broken
        good "$file by $tool" "$L2TLB" check "$@"
        head -c 200 broken >part && mv part broken
        bad "$file by $tool, cut" "broken:?[0-9]*: truncated $tool file" "$L2TLB" check "$@"
    done
    gzip -c $whole | head -c 200 >broken
    bad "$file by gzip, cut" 'broken:?[0-9]*: truncated gzip file' "$L2TLB" check "$@"
    { head -2 $whole; printf 'a\0b\n'; } >broken
    bad "$file with a zero byte" 'broken:3: a zero byte in a text line' "$L2TLB" check "$@"
    { head -2 $whole; head -c 70000 /dev/zero | tr '\0' x; } >broken
    bad "$file with a long line" 'broken:3: line longer than 65536 bytes' "$L2TLB" check "$@"
    : >broken
    bad "$file, empty" 'broken: empty file' "$L2TLB" check "$@"
    rm broken && mkdir broken
    bad "$file, a folder" 'broken: is a directory' "$L2TLB" check "$@"
    rmdir broken
    bad "$file, missing" 'broken: No such file or directory' "$L2TLB" check "$@"
done
head -c 300000000 /dev/zero | gzip >zero.gz
for c in info 'replay -q' 'convert --from csv' 'walk --image' funccheck 'check --preset minimal' 'check --preset minimal stim'; do
    [ "$c" != 'convert --from csv' ] && set -- || set -- never.gvt
    [ "$c" != 'walk --image' ] || set -- 1000
    [ "$c" != 'check --preset minimal' ] || set -- gold
    bad "a bomb of zeros: $c" 'zero\.gz' "$L2TLB" $c zero.gz "$@"
done
for n in 4611686018427387905 18446744073709551615; do
    { echo "$header"; echo "l 1000 8 u @$n"; } >cycle.gvt
    bad "cycle $n" 'cycle\.gvt:7: a cycle has at most 62 bits' "$L2TLB" replay -q cycle.gvt
    printf 'op,addr,cycle\nload,1000,%s\n' $n >cycle.csv
    bad "cycle $n in CSV" 'cycle\.csv:2: a cycle has at most 62 bits' "$L2TLB" convert --from csv cycle.csv never.gvt
done
{ echo "$header"; echo "l 1000 8 u @4611686018427387904"; } >cycle.gvt
good "the largest cycle" "$L2TLB" replay -q cycle.gvt
[ ! -e never.gvt ] || fail "limits" "never.gvt is there"

# --- what is shown is text: no control characters, valid UTF-8
# clean NAME: of the last command
clean() {
    if cat out err | LC_ALL=C tr -d '\n\t\040-\176\200-\377' | grep -q .; then
        fail "$1" "control characters"
    elif ! cat out err | iconv -f UTF-8 -t UTF-8 >clean.out 2>&1; then
        fail "$1" "no UTF-8"
    else
        pass
    fi
}
esc=$(printf '\033')
evil=$(printf 'e\033[2J\377\302\2331m\001')
{ echo "$header" | sed '$d'; printf 'source evil %s]0;owned\007 <script> "q" =1+1 \350\267\257\nrun\nl 1000 8 u\n' "$evil"; } >"$evil.gvt"
for f in text json csv html; do
    good "evil text: $f" "$L2TLB" replay --report $f "$evil.gvt"
    clean "evil text: $f"
    good "evil text: diff-revisions, $f" "$L2TLB" diff-revisions --report $f "$evil.gvt"
    clean "evil text: diff-revisions, $f"
done
if command -v python3 >tool; then
    "$L2TLB" replay --report json "$evil.gvt" >json
    good "evil text: JSON" python3 -c 'import json; json.load(open("json", encoding="utf-8"))'
fi
good "evil text: info" "$L2TLB" info "$evil.gvt"
has "evil text: info" 'source +evil e\\x1b\[2J\\xff\\xc2\\x9b1m\\x01\]0;owned\\x07 <script> "q" =1\+1 路$'
clean "evil text: info"
good "evil text: convert" "$L2TLB" convert --from gvt "$evil.gvt" -
clean "evil text: convert"
cp lk "$evil.lk"
good "evil name: convert" "$L2TLB" convert --from lackey --limit 1 "$evil.lk" -
clean "evil name: convert"
printf 'csr satp x%s\n' "$evil" >"$evil.gvw"
for c in $COMMANDS; do
    case $c in
    check) set -- "$evil.gvt" "$evil.gvt" ;;
    walk) set -- --image "$evil.gvw" 1000 ;;
    gen) set -- "$evil" out.gvt ;;
    convert) set -- --from "$evil" "$evil" x ;;
    config) set -- --config "$evil.gvw" ;;
    replay) set -- -o "no/$evil" t.gvt ;;
    diff-revisions) set -- --left "$evil=1" t.gvt ;;
    snapshot) set -- "$evil.gvw" x ;;
    *) set -- "$evil.gvw" ;;
    esac
    bad "evil name: $c" '\\x1b\[2J\\xff' "$L2TLB" $c "$@"
    clean "evil name: $c"
    bad "evil option: $c" '\\x1b\[2J\\xff' "$L2TLB" $c "--$evil"
    bad "evil missing file: $c" '\\x1b\[2J\\xff' "$L2TLB" $c "$@" "--$evil"
done
sed "s/^E /E $evil/" gold >evil.gold
bad "evil recording" 'not a line of a recording' "$L2TLB" check --preset minimal stim evil.gold
clean "evil recording"
{ sed -n 1,3p stim; echo "name $evil"; sed 1,3d stim | grep -v '^name'; } >evil.stim
"$L2TLB" info evil.stim >out 2>err
clean "evil stimulus: info"
"$L2TLB" check --preset minimal evil.stim gold >out 2>err
clean "evil stimulus: check"
sed "s/^set s/set $evil/; s/reads=1.*/reads=2 | $evil/" func >evil.func
"$L2TLB" funccheck evil.func >out 2>err
clean "evil recorded translations"
has "evil recorded translations" '^funccheck: 1 probes, 1 failed'
printf '%s\n' "$evil" >out
: >err
if cat out | LC_ALL=C tr -d '\n\t\040-\176\200-\377' | grep -q "$esc"; then pass; else fail clean "it notices nothing"; fi

finish
