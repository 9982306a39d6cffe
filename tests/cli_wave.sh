#!/bin/sh
# SPDX-License-Identifier: MulanPSL-2.0
# Waveforms of replay and check: registers against events, FST against VCD, save files, and what can go wrong with
# the converter.
# shellcheck disable=SC2015,SC2016 # counting cannot fail; sh -c has its own $0
# shellcheck source=tests/commands.sh
. "$(dirname "$0")/commands.sh"
golden=$ROOT/tests/golden/public/path_no_sv39_l20
gzip -dc "$golden.stim.gz" >stim
gzip -dc "$golden.gold.gz" >gold
"$L2TLB" gen -q random -n 3000 --footprint 4M t.gvtb

# agree WAVE EVENTS: a read that is sent is awaited from the next cycle on until its data are there; walkers are busy
# from their start to their answer; what is in the LLPTW has a state
agree() {
    python3 - "$1" "$2" >out 2>err <<'P' && pass || fail "$1" "its registers contradict the events"
import re, sys
name, scope, value, at, history = {}, [], {}, 0, {}
for line in open(sys.argv[1]):
    w = line.split()
    if line.startswith("$scope"):
        scope.append(w[2])
    elif line.startswith("$upscope"):
        scope.pop()
    elif line.startswith("$var"):
        name[w[3]] = ".".join(scope[1:] + [w[4]])
    elif line.startswith("#"):
        at = int(w[0][1:])
    elif w and w[0][0] in "01" and len(w) == 1:
        history.setdefault(name[w[0][1:]], []).append((at, int(w[0][0])))
    elif w and w[0][0] == "b":
        history.setdefault(name[w[1]], []).append((at, int(w[0][1:], 2)))
def during(signal, cycle):
    v = None
    for t, x in history[signal]:
        if t > cycle:
            break
        v = x
    return v
seen = dict.fromkeys(("read", "data", "ptw", "llptw", "mq"), 0)
for line in list(open(sys.argv[2]))[:1500]:
    cycle, event, rest = (line.split(None, 2) + [""])[:3]
    f = dict(re.findall(r"(\w+)=(\S+)", rest))
    c = int(cycle)
    if event == "read":
        assert during("waiting_resp_" + f["id"], c) == 0 and during("waiting_resp_" + f["id"], c + 1) == 1, line
        assert during("auto_out_a_bits_source", c) == int(f["id"]), line
        seen["read"] += 1
    elif event == "data":
        assert during("waiting_resp_" + f["id"], c) == 1 and during("waiting_resp_" + f["id"], c + 1) == 0, line
        seen["data"] += 1
    elif event == "ptw-start":
        assert during("ptw.idle", c) == 1 and during("ptw.idle", c + 1) == 0, line
        assert during("ptw.vpn", c + 1) == int(f["vpn"], 16), line
        seen["ptw"] += 1
    elif event == "llptw-in":
        assert during("llptw.state_" + f["entry"], c) == 0, line
        assert during("llptw.state_" + f["entry"], c + 1) == int(f["state"]), line
        seen["llptw"] += 1
    elif event == "missqueue":
        assert during("missQueue.enq_ptr", c) != during("missQueue.enq_ptr", c + 1), line
        seen["mq"] += 1
assert all(seen.values()), seen
P
}
good 'check' "$L2TLB" check --preset minimal --vcd check.vcd --events check.ev stim gold
agree check.vcd check.ev
good 'replay' "$L2TLB" replay -q -o report --vcd replay.vcd --events replay.ev t.gvtb
agree replay.vcd replay.ev
sed '/^\$var.* waiting_resp_6 /s/waiting_resp_6/other/; /^\$var.* waiting_resp_7 /s/waiting_resp_7/waiting_resp_6/' check.vcd >other.vcd
failures=$failed
agree other.vcd check.ev >/dev/null
if [ "$failed" -gt "$failures" ]; then failed=$failures && pass; else fail agree "another register is taken for it"; fi
good 'bitmap' "$L2TLB" replay -q -o report --preset bitmap --vcd bitmap.vcd t.gvtb
if grep -q '^.scope module bitmap ' bitmap.vcd && ! grep -q '^.scope module bitmap ' check.vcd; then pass; else fail bitmap "no such scope"; fi

# --- save files name signals that are there, and leave a layout alone
for f in check.gtkw check.sucl replay.gtkw; do [ -s $f ] && pass || fail "save files" "no $f"; done
sed -n 's/^L2TLB\.//p' check.gtkw | sed 's/\[.*//' | sort >named
sed -n 's/^variable_add L2TLB\.//p' check.sucl | sort >named2
same 'both save files show the same' named named2
awk '/^\$scope/ { n++; s[n] = $3 } /^\$upscope/ { n-- } /^\$var/ { p = ""; for (i = 2; i <= n; i++) p = p s[i] "."; print p $5 }' check.vcd |
    sort >there
if [ -s named ] && [ -z "$(comm -23 named there)" ]; then pass; else comm -23 named there >err; fail "save files" "they name what is not there"; fi
echo mine >check.gtkw
good 'a layout that is there' "$L2TLB" check --preset minimal --vcd check.vcd stim gold
if [ "$(cat check.gtkw)" = mine ]; then pass; else fail 'a layout that is there' 'is gone'; fi
good 'another name' "$L2TLB" check --preset minimal --vcd other stim gold
if [ -e other.gtkw ]; then fail 'another name' 'has a save file'; else pass; fi

# --- FST
bad 'two pairs' 'take one pair' "$L2TLB" check --fst x.fst stim gold stim gold
bad 'no converter' 'needs vcd2fst' env PATH=/nowhere "$L2TLB" check --preset minimal --fst x.fst stim gold
mkdir bin
printf '#!/bin/sh\nhead -c 100 >/dev/null\necho no >&2\nexit 1\n' >bin/vcd2fst
chmod +x bin/vcd2fst
PATH=$PWD/bin:$PATH "$L2TLB" replay -q -o report2 --vcd x.vcd --fst x.fst t.gvtb >out 2>err
status=$?
if [ $status -eq 2 ] && grep -q 'vcd2fst failed' err && [ ! -e x.fst ] && [ ! -e x.vcd ] && [ ! -e report2 ]; then pass; else
    fail 'a converter that fails' "status $status, or files stay"
fi
if command -v vcd2fst >/dev/null && command -v fst2vcd >/dev/null; then
    good 'FST of check' "$L2TLB" check --preset minimal --vcd one.vcd --fst one.fst stim gold
    good 'FST of a replay' "$L2TLB" replay -q -o report --vcd two.vcd --fst two.fst t.gvtb
    for n in one two; do
        fst2vcd $n.fst >$n.back
        python3 - $n.vcd $n.back >out 2>err <<'P' && pass || fail "FST $n" 'is not its VCD'
import sys
def read(path):
    name, at, values = {}, 0, {}
    for line in open(path):
        w = line.split()
        if line.startswith("$var"):
            name[w[3]] = w[4]
        elif line.startswith("#"):
            at = int(w[0][1:])
        elif w and w[0][0] in "01" and len(w) == 1:
            values.setdefault(w[0][1:], []).append((at, int(w[0][0])))
        elif w and w[0][0] == "b" and "x" not in w[0]:
            values.setdefault(w[1], []).append((at, int(w[0][1:], 2)))
    out = []
    for i, n in name.items():
        last, kept = None, []
        for t, v in values.get(i, []):
            if v != last:
                kept.append((t, v))
            last = v
        out.append((n, kept))
    return out
a, b = read(sys.argv[1]), read(sys.argv[2])
assert len(a) == len(b) > 300 and a == b
P
        [ "$(wc -c <$n.fst)" -lt "$(wc -c <$n.vcd)" ] && pass || fail "FST $n" 'is larger'
        [ -s $n.gtkw ] && [ -s $n.sucl ] && pass || fail "FST $n" 'no save files'
    done
    "$L2TLB" replay -q -o report --fst - t.gvtb >stream.fst 2>err
    if fst2vcd stream.fst >stream.vcd && [ "$(wc -l <stream.vcd)" -gt 1000 ]; then pass; else fail 'FST to standard output' 'is none'; fi
    [ -c /dev/full ] && bad 'FST to the full device' '/dev/full: No space' "$L2TLB" check -q --preset minimal --fst /dev/full stim gold
    "$L2TLB" gen -q random -n 2M --footprint 64M big.gvtb
    "$L2TLB" replay -q -o part.txt --fst part.fst big.gvtb 2>err &
    pid=$!
    sleep 2
    kill -INT $pid
    wait $pid
    status=$?
    if [ $status -eq 130 ] && fst2vcd part.fst >part.vcd && [ "$(wc -l <part.vcd)" -gt 1000 ]; then pass; else
        fail 'an interrupted FST' "status $status, or nothing in it"
    fi
else
    skip 'FST: vcd2fst is not there (package gtkwave)'
fi
finish
