#!/bin/sh
# SPDX-License-Identifier: MulanPSL-2.0
# l2tlb study: plans, results that are those of single replays, what is interrupted, killed, shared, broken or full, tasks.
# shellcheck source=tests/commands.sh
. "$(dirname "$0")/commands.sh"

# Traces of requests at the ports, all different: records(N, SEED)
records() {
    printf 'GVT 1\nisa riscv64\nkind port\naddress virtual\ntables built\nrun\n'
    awk -v n="$1" -v s="$2" 'BEGIN { for (i = 0; i < n; i++)
        printf "q %d %x %d @%d +7\n", i % 2, 4096 + (i * (i + s)) % 977, i % 4, 100 + 61 * i }'
}
mkdir t
records 400 1 >t/a.gvt
records 300 2 >t/b.gvt
cat >s.ini <<'E'
[study]
question = Does it work?
traces = t/*.gvt
seeds = 1..2
[vary]
llptw.size = 1, 2..6 +2
mem.lat = 100..400 *2
[choice errata]
rtl = errata=as-rtl errata.L3=fixed
fixed = errata=fixed
[constraints]
require = llptw.size * mem.lat <= 1200
require = errata != "fixed" ; twice as fast
E
# column NAME: of out, without the head
column() { awk -F, -v c="$1" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == c) k = i; next } { print $k }' out; }

# --- the plan
good plan "$L2TLB" study plan s.ini
has 'plan: columns' '^point,llptw.size,mem.lat,errata,trace,seed,storage_bits$'
# 4 sizes by 3 latencies, without 4*400, 6*400
if [ "$(wc -l <out)" -eq 41 ]; then pass; else fail plan "$(wc -l <out) lines, not 1 + 10 * 2 * 2"; fi
has 'plan: the last' '^39,6,200,rtl,t/b.gvt,2,[0-9]+$'
good 'status before' "$L2TLB" study status s.ini
has 'status before' '40 points: 0 done, 0 failed, 0 running, 40 to do'
has 'status: left out' '14 combinations that constraints refuse'
if [ -e study.db ]; then fail 'status before' 'makes a database'; else pass; fi

# --- results are those of single replays, whatever the number of threads
good run "$L2TLB" study s.ini -j 3
has run '^s: 40 points: 0 were there, 40 run now; 0 failed$'
good again "$L2TLB" study run s.ini
has again '^s: 40 points: 40 were there, 0 run now; 0 failed$'
good csv "$L2TLB" study report s.ini --report csv -o three.csv
good 'one thread' "$L2TLB" study s.ini -j 1 --database one.db
good 'one thread: csv' "$L2TLB" study report s.ini --report csv --database one.db -o one.csv
same 'one thread and three' one.csv three.csv
"$L2TLB" study plan s.ini >plan.csv
sed -n '2,$p' plan.csv | while IFS=, read -r point size lat _ trace seed _; do
    "$L2TLB" study show s.ini "$point" >a.json 2>/dev/null
    "$L2TLB" replay -q --report json --set llptw.size="$size" --mem lat="$lat" --seed "$seed" --set errata=as-rtl \
        --set errata.L3=fixed "$trace" >b.json
    cmp a.json b.json || break
    echo same
done >compared 2>err
if [ "$(grep -c same compared)" -eq 40 ]; then pass; else fail 'single replays' "$(grep -c same compared) of 40 are the same"; fi

# --- the report
good 'report' "$L2TLB" study report s.ini
has 'report: question' 'Question +Does it work'
has 'report: best' 'Best: llptw.size=[0-9]+ mem.lat=100 errata=rtl, [0-9.]+ cycles with [0-9]+ bits'
has 'report: storage' '^ +PageCache L0 +128 +469 +453 +96 +60 128 +A 2.1'
good 'summary' "$L2TLB" study report s.ini --report summary
good 'html' "$L2TLB" study report s.ini --report html -o s.html
for part in scatter '"front"' 'Interactions' 'id="r0-pareto"'; do
    if grep -qF -- "$part" s.html; then pass; else fail html "no $part"; fi
done
good json "$L2TLB" study report s.ini --report json -o s.json
if python3 -c 'import jsonschema' 2>/dev/null; then
    if python3 "$ROOT/tests/schema.py" s.json >out 2>err; then pass; else fail json 'not as the schema says'; fi
fi
# Means, intervals and the front, computed again from the rows.
python3 - >out 2>err <<'P' && pass || fail 'report' 'its figures are not those of the rows'
import csv, json, math
rows = list(csv.DictReader(open("three.csv")))
s = json.load(open("s.json"))["sections"]
groups = {}
for r in rows:
    groups.setdefault(f"llptw.size={r['llptw.size']} mem.lat={r['mem.lat']} errata={r['errata']}", []).append(r)
want = {}
for name, g in groups.items():
    per_seed = {}
    for r in g:
        per_seed.setdefault(r["seed"], []).append(math.log(float(r["latency_mean"])))
    x = [sum(v) / len(v) for v in per_seed.values()]
    m = sum(x) / len(x)
    half = 12.706 * math.sqrt(sum((v - m) ** 2 for v in x) / (len(x) - 1) / len(x))
    want[name] = (math.exp(m), math.exp(m - half), math.exp(m + half), int(g[0]["storage_bits"]))
best = s["best"]["tables"]["best"]
assert len(best) == len(want) == 10
for r in best:
    w = want[r["combination"]]
    assert all(abs(a - b) < 0.006 for a, b in zip((r["mean"], r["low"], r["high"]), w)), (r, w)
    assert r["bits"] == w[3]
assert [r["mean"] for r in best] == sorted(r["mean"] for r in best)
front = {n for n, w in want.items() if not any(o[0] <= w[0] and o[3] <= w[3] and o != w for o in want.values())}
assert front == {r["combination"] for r in s["pareto"]["tables"]["front"]}
low = [r for r in s["sensitivity"]["tables"]["effects"] if r["parameter"] == "llptw.size" and r["value"] == "1"][0]
m = sum(math.log(w[0]) for n, w in want.items() if "size=1 " in n) / 3
assert abs(low["mean"] - math.exp(m)) < 0.006
assert sum(r["bits"] for r in s["storage"]["tables"]["base"][:-1]) == s["storage"]["tables"]["base"][-1]["bits"]
P

# --- samples
sample() { # KIND POINTS
    printf '[study]\ntraces = t/a.gvt\nsample = %s\n%s\n[vary]\nllptw.size = 1..14\nworld.s1.huge = 0.0..1.0\n' "$1" "$2"
}
sample lhs 'points = 14' >lhs.ini
good lhs "$L2TLB" study plan lhs.ini
cp out lhs1
if [ "$(column llptw.size | sort -n | tr '\n' ' ')" = '1 2 3 4 5 6 7 8 9 10 11 12 13 14 ' ]; then pass; else
    fail lhs 'a size is missing or there twice'; fi
if column world.s1.huge | awk '{ k = int($1 * 14); if (n[k]++) bad = 1 } END { exit bad }'; then pass; else
    fail lhs 'two points in one part of the stretch'; fi
good 'lhs again' "$L2TLB" study plan lhs.ini
same 'the same seed' out lhs1
sample lhs 'points = 14
seed = 2' >lhs2.ini
good 'lhs 2' "$L2TLB" study plan lhs2.ini
if cmp -s out lhs1; then fail 'lhs 2' 'another seed, the same draw'; else pass; fi
sample random 'points = 30' >random.ini
good random "$L2TLB" study plan random.ini
if [ "$(wc -l <out)" -eq 31 ]; then pass; else fail random 'not 30 points'; fi
good 'random: run' "$L2TLB" study random.ini --database r.db
good 'random: report' "$L2TLB" study report random.ini --database r.db
printf '[study]\ntraces = t/a.gvt\nsample = one-at-a-time\n[vary]\nllptw.size = 6, 2, 4\nmem.lat = 100, 200\n[choice p]\nx = -\ny = preset=minimal\n' >one.ini
good one "$L2TLB" study plan one.ini
if [ "$(cut -d, -f2-4 out | tr '\n' ' ')" = 'llptw.size,mem.lat,p 6,100,x 2,100,x 4,100,x 6,200,x 6,100,y ' ]; then pass; else
    fail one 'not one at a time'; fi
good 'one: run' "$L2TLB" study one.ini --database r.db
good 'one: report' "$L2TLB" study report one.ini --database r.db
good 'no result at all' "$L2TLB" study report one.ini --database nothing.db
has 'no result at all' 'no combination has all its results'

# --- a point that fails is kept, with its message
mkdir u
cp t/a.gvt u
head -c 300 t/b.gvt >u/cut.gvt
printf '[study]\ntraces = u/*\n[vary]\nllptw.size = 2, 4\n' >fail.ini
"$L2TLB" study fail.ini --database f.db >out 2>err
if [ $? -eq 1 ]; then pass; else fail 'a failed point' 'not status 1'; fi
has 'a failed point' '4 points: 0 were there, 4 run now; 2 failed'
good 'failed: status' "$L2TLB" study status fail.ini --database f.db
has 'failed: status' 'point 1: u/cut.gvt:[0-9]+: '
"$L2TLB" study fail.ini --database f.db >out 2>err
has 'failed: not again' '4 were there, 0 run now; 2 failed'
"$L2TLB" study fail.ini --retry --database f.db >out 2>err
has 'failed: --retry' '2 were there, 2 run now; 2 failed'
good 'failed: report' "$L2TLB" study report fail.ini --database f.db
has 'failed: report' '2 done, 2 failed, 0 missing'
good 'failed: not in the list of tasks' "$L2TLB" study fail.ini --shell-jobs 1 --database f.db
if [ -s out ]; then fail 'failed: tasks' 'a command for nothing'; else pass; fi
# task NAME WHAT: the only command of out, whose points fail
task() {
    sh -c "$(cat out)" >out.task 2>err
    if [ $? -eq 1 ]; then pass; else fail "$1" 'not status 1'; fi
    if grep -q "task 0: $2; 2 failed" out.task; then pass; else fail "$1" "not $2"; fi
}
good 'tasks: --retry' "$L2TLB" study fail.ini --retry --shell-jobs 1 --database f.db
if [ "$(cut -c1 fail-results/points | tr '\n' ' ')" = '1 3 ' ]; then pass; else fail 'tasks: --retry' 'not points 1 and 3'; fi
cp out retry.sh
task 'tasks: --retry' '0 were there, 2 run now'
cp retry.sh out
task 'tasks: --retry again' '0 were there, 2 run now'
sed 's/ --retry / /' retry.sh >out
task 'tasks: without --retry' '2 were there, 0 run now'
good 'tasks: files of failed points' "$L2TLB" study fail.ini --retry --shell-jobs 1 --database none.db
if [ "$(cut -c1 fail-results/points | tr '\n' ' ')" = '0 1 2 3 ' ]; then pass; else fail 'tasks: --retry, files' 'not every point'; fi
good 'tasks: files stand' "$L2TLB" study fail.ini --shell-jobs 1 --database none.db
if [ "$(cut -c1 fail-results/points | tr '\n' ' ')" = '0 2 ' ]; then pass; else fail 'tasks: files stand' 'not points 0 and 2'; fi
for file in fail-results/*.json.gz; do head -c 100 "$file" >cut.gz && cp cut.gz "$file"; done
good 'tasks: files that are none' "$L2TLB" study fail.ini --shell-jobs 1 --database none.db
if [ "$(cut -c1 fail-results/points | tr '\n' ' ')" = '0 1 2 3 ' ]; then pass; else fail 'tasks: files that are none' 'not every point'; fi
bad 'failed: show' 'point 1 has no report' "$L2TLB" study show fail.ini 1 --database f.db

# --- interrupted, killed, two at a time: no point is lost, none is run twice
mkdir l
records 6000 3 >l/long1.gvt
records 6000 5 >l/long2.gvt
printf '[study]\ntraces = l/long*.gvt\nseeds = 1..4\n[vary]\nllptw.size = 2, 4, 6\n' >long.ini
done_of() { "$L2TLB" study status long.ini --database "$1" | sed -n 's/.*: \([0-9]*\) done.*/\1/p'; }
end_in_the_middle() { # SIGNAL DATABASE: status of the study
    "$L2TLB" study long.ini -j 2 --database "$2" >out 2>err &
    pid=$!
    n=0
    while [ $n -lt 600 ]; do
        [ "$(done_of "$2")" -ge 2 ] && break
        n=$((n + 1))
        sleep 0.05
    done
    kill -"$1" $pid
    wait $pid 2>/dev/null
    status=$?
    ended=$(done_of "$2")
}
for signal in INT TERM KILL; do
    end_in_the_middle $signal $signal.db
    case $signal$status in INT130 | TERM143 | KILL137) pass ;; *) fail "ended by $signal" "status $status" ;; esac
    if [ "$ended" -ge 2 ] && [ "$ended" -lt 24 ]; then pass; else fail "ended by $signal" "$ended of 24 points done"; fi
    good "after $signal" "$L2TLB" study long.ini --database $signal.db
    has "after $signal" "24 points: $ended were there, $((24 - ended)) run now; 0 failed"
    good "after $signal: csv" "$L2TLB" study report long.ini --report csv --database $signal.db -o $signal.csv
    same "after $signal: the same results" $signal.csv INT.csv
done
for i in 1 2 3; do "$L2TLB" study long.ini -j 1 --database two.db >two.$i 2>err.$i & eval "p$i=$!"; done
# shellcheck disable=SC2154 # by eval
wait "$p1" && wait "$p2" && wait "$p3"
if [ $? -eq 0 ]; then pass; else cat err.? >err; fail 'three at a time' 'one failed'; fi
cat two.? >out
if [ "$(sed -n 's|.* \([0-9]*\) run now.*|\1|p' out | awk '{ n += $1 } END { print n }')" = 24 ]; then pass; else fail 'three at a time' 'not 24 points in all'; fi
good 'three at a time: csv' "$L2TLB" study report long.ini --report csv --database two.db -o two.csv
same 'three at a time: the same results' two.csv INT.csv

# --- tasks: shares into files, gathered
good 'shell jobs' "$L2TLB" study s.ini --shell-jobs 3 --database shell.db
cp out jobs.txt
if [ "$(wc -l <jobs.txt)" -eq 3 ]; then pass; else fail 'shell jobs' 'not three lines'; fi
while read -r line; do good 'a shell job' sh -c "$line"; done <jobs.txt
has 'a shell job' 'task 2: 0 were there, 13 run now; 0 failed'
good 'again: nothing to do' sh -c "$(tail -1 jobs.txt)"
has 'again: nothing to do' 'task 2: 13 were there, 0 run now'
good gather "$L2TLB" study gather s.ini --database shell.db
has gather '40 files, 40 of them new'
good 'gather twice' "$L2TLB" study gather s.ini --database shell.db
has 'gather twice' '40 files, 0 of them new'
good 'gathered: csv' "$L2TLB" study report s.ini --report csv --database shell.db -o shell.csv
same 'tasks and threads' shell.csv three.csv
good 'show: of a task' "$L2TLB" study show s.ini 7 --database shell.db -o a.json
good 'show: of a thread' "$L2TLB" study show s.ini 7 -o b.json
same 'the report of a task' a.json b.json
good 'nothing left' "$L2TLB" study s.ini --shell-jobs 3 --database shell.db
if [ -s out ]; then fail 'nothing left' 'there is still a command'; else pass; fi
file=$(ls s-results/*.json.gz | head -1)
head -c 200 "$file" >cut.gz
cp "$file" whole.gz
cp cut.gz "$file"
bad 'gather: a cut file' 's-results/.*: truncated gzip' "$L2TLB" study gather s.ini --database shell2.db
zcat whole.gz | sed 's/llptw.size = ./llptw.size = 9/' | gzip >"$file"
bad 'gather: a changed file' 'configuration does not have the hash' "$L2TLB" study gather s.ini --database shell2.db
echo '{}' | gzip >"$file"
bad 'gather: something else' 'not a result of' "$L2TLB" study gather s.ini --database shell2.db
bad 'gather: nothing there' 'No such file' "$L2TLB" study gather one.ini --database shell2.db
sed -i 's/as-rtl/fixed/' s.ini
bad 'another study' 's-results/points:1: (the study, or a trace, is not|not a point)|points: empty' sh -c "$(tail -1 jobs.txt)"
sed -i 's/rtl = errata=fixed/rtl = errata=as-rtl/' s.ini
bad 'task: which' 'task: --tasks N and --task I' "$L2TLB" study task s.ini --tasks 3
bad 'task: too large' 'task: --tasks N and --task I' "$L2TLB" study task s.ini --tasks 3 --task 3

# --- sbatch is given every word, or none
mkdir bin
printf '#!/bin/sh\necho $# >args\necho 7\n' >bin/sbatch
chmod +x bin/sbatch
submit() { PATH="$PWD/bin:$PATH" "$L2TLB" study one.ini --slurm "$(seq -s ' ' "$1")" --database none.db; }
submit 64 >out 2>err
if [ $? -eq 0 ] && [ "$(cat args)" -eq 70 ]; then pass; else fail 'sbatch' "not 6 words and 64"; fi
rm args
submit 65 >out 2>err
if [ $? -eq 2 ] && [ ! -e args ] && grep -q '^l2tlb study: sbatch: --slurm has more than 64 words$' err; then pass; else
    fail 'sbatch: 65 words' 'not refused'; fi

# --- databases that are none
head -c 5000 /dev/urandom >noise.db
bad 'noise' 'noise.db: file is not a database' "$L2TLB" study s.ini --database noise.db
bad 'noise: report' 'noise.db: file is not a database' "$L2TLB" study report s.ini --database noise.db
bad 'noise: status' 'noise.db: file is not a database' "$L2TLB" study status s.ini --database noise.db
python3 -c 'import sqlite3; d = sqlite3.connect("other.db"); d.execute("CREATE TABLE run(x)"); d.commit()'
bad 'another program' 'other.db: a database of another program' "$L2TLB" study s.ini --database other.db
cp one.db later.db
python3 -c 'import sqlite3; d = sqlite3.connect("later.db"); d.execute("PRAGMA user_version = 2")'
bad 'another version' 'later.db: a database of another version' "$L2TLB" study s.ini --database later.db
bad 'a folder' 'unable to open database file' "$L2TLB" study s.ini --database t
bad 'no folder' 'unable to open database file' "$L2TLB" study s.ini --database none/x.db
# Every page but the first is lost.
python3 - <<'P'
data = bytearray(open("one.db", "rb").read())
data[4096:] = b"\x5a" * (len(data) - 4096)
open("broken.db", "wb").write(data)
P
bad 'broken' 'broken.db: database disk image is malformed' "$L2TLB" study report s.ini --database broken.db
bad 'broken: run' 'broken.db: database disk image is malformed' "$L2TLB" study s.ini --database broken.db

# --- a disk that is full: 100 KiB for any file
bad 'full' 'full.db: (database or disk is full|disk I/O error)' sh -c 'ulimit -f 200; exec "$0" study s.ini --database full.db' "$L2TLB"
good 'full, then not' "$L2TLB" study s.ini --database full.db
good 'full: csv' "$L2TLB" study report s.ini --report csv --database full.db -o full.csv
same 'full, then not: the same results' full.csv three.csv
bad 'full: report' '' sh -c '"$0" study report s.ini -o /dev/full' "$L2TLB"

# --- files that are no studies: one line, with file and line
wrong() { # NAME PATTERN TEXT
    printf '%b' "$3" >w.ini
    bad "$1" "^l2tlb study: w.ini:$2" "$L2TLB" study plan w.ini
}
S='[study]\ntraces = t/a.gvt\n'
wrong 'no traces' ' \[study\] names no traces' '[study]\nseeds = 1\n'
wrong 'no such trace' '2: traces: no file is called none' '[study]\ntraces = none*\n'
wrong 'unknown key' '3: speed: unknown key of \[study\]' "${S}speed = 1\n"
wrong 'unknown section' '4: \[more\]: unknown section' "${S}[more]\na = 1\n"
wrong 'no section' '1: a: stands before the first section' 'a = 1\n'
wrong 'not a line' '3: not a `key = value` line' "${S}hello\n"
wrong 'unknown parameter' '4: llptw.sise: unknown parameter' "${S}[vary]\nllptw.sise = 1, 2\n"
wrong 'unknown parameter, fixed' '4: llptw.sise: unknown parameter' "${S}[fix]\nllptw.sise = 1\n"
wrong 'out of range' '4: llptw.size: 15 is not in 1..14' "${S}[vary]\nllptw.size = 1..20\n"
wrong 'unknown world' '4: unknown world parameter|4: .*s1.hug' "${S}[vary]\nworld.s1.hug = 1\n"
wrong 'unknown memory' '4: late: unknown key of the memory timing' "${S}[fix]\nmem.late = 1\n"
wrong 'a seed' '4: world.seed: \[study\] says seeds' "${S}[fix]\nworld.seed = 1\n"
wrong 'vary seed' '4: seed: \[study\] says seeds' "${S}[vary]\nseed = 1, 2\n"
wrong 'backwards' '4: 9..2: ends before it begins' "${S}[vary]\nllptw.size = 9..2\n"
wrong 'no step' '4: 1..9 \+0: never ends' "${S}[vary]\nllptw.size = 1..9 +0\n"
wrong 'factor 1' '4: 1..9 \*1: never ends' "${S}[vary]\nllptw.size = 1..9 *1\n"
wrong 'what range' '4: 1..x: not FROM..TO' "${S}[vary]\nllptw.size = 1..x\n"
wrong 'too long a range' '4: 1..99999: more than 4096 values' "${S}[vary]\nllptw.size = 1..99999\n"
wrong 'twice' '4: llptw.size: 2 stands twice' "${S}[vary]\nllptw.size = 2, 2\n"
wrong 'empty value' '4: llptw.size: a value is missing' "${S}[vary]\nllptw.size = 2,, 3\n"
wrong 'no value' '4: llptw.size: no value' "${S}[vary]\nllptw.size =\n"
wrong 'stretch of a grid' '4: world.s1.huge: a stretch of numbers is for random and lhs' "${S}[vary]\nworld.s1.huge = 0.0..1.0\n"
wrong 'sample' '3: sample: "all" is not grid' "${S}sample = all\n"
wrong 'lhs without points' ' \[study\] sample = lhs needs `points`' "${S}sample = lhs\n"
wrong 'points of a grid' ' \[study\] `points` is for random and lhs' "${S}points = 3\n"
wrong 'points' '3: points: "0" is not a number' "${S}points = 0\n"
wrong 'seeds' '3: seeds: "x" is not a whole number' "${S}seeds = x\n"
wrong 'objective' '3: objective: "speed" is no figure' "${S}objective = speed\n"
wrong 'choice' '4: thp: "huge" is not KEY=VALUE' "${S}[choice guest]\nthp = huge\n"
wrong 'choice twice' '5: guest: thp stands twice' "${S}[choice guest]\nthp = -\nthp = -\n"
wrong 'choice without a name' '4: \[choice\] without a name' "${S}[choice]\na = -\n"
wrong 'choice: unknown' '4: llptw.sise: unknown parameter' "${S}[choice x]\na = llptw.sise=2\n"
wrong 'constraint: name' '4: no parameter is called llptw.sise' "${S}[constraints]\nrequire = llptw.sise <= 2\n"
wrong 'constraint: no comparison' '4: a comparison .* is missing before: the end' "${S}[constraints]\nrequire = llptw.size + 2\n"
wrong 'constraint: bracket' '4: a bracket is not closed' "${S}[constraints]\nrequire = (llptw.size <= 2\n"
wrong 'constraint: text' '4: text is only == or !=: default' "${S}[constraints]\nrequire = preset <= 2\n"
wrong 'constraint: sum of text' '4: not a number: default' "${S}[constraints]\nrequire = preset + 1 <= 2\n"
wrong 'constraint: zero' '4: division by zero' "${S}[constraints]\nrequire = 1 / 0 <= 2\n"
wrong 'constraint: behind' '4: not understood: 3' "${S}[constraints]\nrequire = 1 <= 2 3\n"
wrong 'constraint: key' '4: needs: not `require' "${S}[constraints]\nneeds = 1 <= 2\n"
wrong 'nothing left' ' no point is left: the constraints refuse all 1' "${S}[constraints]\nrequire = 1 > 2\n"
wrong 'do not go together' ' llptw.size=1: bitmap.entries: more than there are walker ids' \
    "${S}[fix]\npreset = bitmap\n[vary]\nllptw.size = 1\n"
wrong 'too many points' ' a grid of more than 1000000 combinations' "${S}[vary]\nmem.lat = 1..4000\nmem.hit_lat = 1..4000\n"
wrong 'a zero byte' '3: a zero byte' "${S}see\0d = 1\n"
bad 'no study' 'no study given' "$L2TLB" study
bad 'no such study' 'none.ini: cannot be read' "$L2TLB" study none.ini
bad 'a folder' 't: no regular file' "$L2TLB" study t
bad 'two' 'one study at a time' "$L2TLB" study s.ini s.ini
bad 'no use' '--task does nothing with run' "$L2TLB" study s.ini --task 1
bad 'no use: plan' '--database does nothing with plan' "$L2TLB" study plan s.ini --database x.db
bad 'no use: jobs' '--jobs does nothing with --shell-jobs \(only with run\)' "$L2TLB" study s.ini --shell-jobs 2 -j 2
bad 'no use: results' '--results does nothing with run \(only with --slurm' "$L2TLB" study s.ini --results x
bad 'no use: tasks' '--tasks does nothing with run \(only with --slurm' "$L2TLB" study s.ini --tasks 2
bad 'no use: throttle' '--throttle does nothing with --shell-jobs' "$L2TLB" study s.ini --shell-jobs 2 --throttle 2
bad 'no use: both' '--shell-jobs does nothing with --slurm' "$L2TLB" study s.ini --shell-jobs 2 --slurm ''
bad 'show: which' 'show takes a study and the number of a point' "$L2TLB" study show s.ini
bad 'show: none' 'show: "40" is no point of 0..39' "$L2TLB" study show s.ini 40
bad 'over the study' 's.ini' "$L2TLB" study plan s.ini -o s.ini
bad 'over the database' 'study.db' "$L2TLB" study report s.ini -o study.db

# --- a large plan: seconds, not minutes
printf '[study]\ntraces = t/a.gvt\nsample = lhs\npoints = 20000\nseeds = 1..5\n[vary]\nmem.lat = 1..4000\nworld.s1.huge = 0.0..1.0\n' >large.ini
good 'a large plan' "$L2TLB" study plan large.ini
if [ "$(wc -l <out)" -eq 100001 ]; then pass; else fail 'a large plan' "$(wc -l <out) lines"; fi

finish
