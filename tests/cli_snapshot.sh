#!/bin/sh
# SPDX-License-Identifier: MulanPSL-2.0
# l2tlb snapshot, with a stub of the tests (tests/snapshot/stub.py) in place of a machine:
# tests/cli_snapshot.sh [COMMAND], default build/l2tlb. Real machines: tests/snapshot/qemu.sh.
# shellcheck disable=SC2086 # lists of words
set -u
if [ -n "${TRACE:-}" ]; then set -x; fi
# shellcheck source=tests/commands.sh
. "$(dirname "$0")/commands.sh"
STUB=$ROOT/tests/snapshot/stub.py
command -v python3 >/dev/null || { echo "cli_snapshot: no python3" >&2; exit 2; }

# Two stages of a RISC-V machine: vsatp Sv39 with one page of 4 KiB and one of 2 MiB, its tables at guest addresses
# 1000 to 3000, hgatp Sv39x4 maps guest 0 to 4000 to host 80200000 on; satp Sv39 maps 80000000 by a page of 1 GiB.
cat >rv.image <<END
csr satp 8000200000080100
csr vsatp 8001000000000001
csr hgatp 8000300000080110
csr mstatus a00000000
csr hstatus 100
csr vsstatus 40000
csr menvcfg 4000000000000000
csr henvcfg 0
csr misa 800000000014112d
csr priv 1
csr pc 80000100
csr pmpcfg0 1f
csr pmpaddr0 3fffffffffff
80100010 200000cf
80110000 20048001
80120000 20048401
80121000 200800df
80121008 200804df
80121010 200808df
80121018 20080cdf
80121020 200810df
80201000 801
80201008 0
80202000 c01
80202008 40002cf
80203008 10cf
END

# One stage of AArch64 (T0SZ 25: three levels; TTBR1 has none), EL1, and the page of the pc.
cat >a64.image <<'END'
csr TCR_EL1 580993519
csr TTBR0_EL1 40100000
csr TTBR1_EL1 0
csr MAIR_EL1 ff
csr SCTLR 1
csr VTCR_EL2 0
csr VTTBR_EL2 0
csr HCR_EL2 80000000
csr ID_AA64MMFR0_EL1 5
csr ID_AA64PFR0_EL1 1111
csr cpsr 3c5
csr pc 40000000
40100008 40101003
40101000 40000701
40101008 40102003
40102000 40200703
END

# with NAME WHAT IMAGE [KEY...]: starts a stub; the socket is at.sock, its log stub.log
with() {
    image=$1
    shift
    rm -f at.sock at.sock.new
    python3 -S -E "$STUB" at.sock "$image" stub.log "$@" 2>stub.err &
    stub=$!
    tries=0
    while [ ! -S at.sock ] && [ $tries -lt 200 ]; do sleep 0.02; tries=$((tries + 1)); done
}
# ended NAME: the stub did, and the last thing that it was told was to go on
ended() {
    if wait $stub && [ "$(tail -1 stub.log)" = "${2:-c}" ]; then pass; else
        fail "$1" "the last packet is \"$(tail -1 stub.log)\", $(head -c 200 stub.err)"
    fi
}
S="$L2TLB snapshot"
GDB=gdb:at.sock

# taken NAME [KEY...]: a stub with these gives the same image as one without
taken() {
    name=$1
    shift
    with rv.image "$@"
    good "$name" $S $GDB o2.image
    ended "$name: goes on"
    grep -v '^#' o2.image >got
    same "$name: same image" want got
}
# refused NAME PATTERN KEYS [OPTION...]: status 2, one line, no file, and the machine goes on if it can
refused() {
    name=$1 pattern=$2 keys=$3
    shift 3
    rm -f x.image*
    with rv.image $keys
    bad "$name" "$pattern" $S "$@" $GDB x.image
    case $keys in *close=* | *stuck* | *silent=0* | *9999*) wait $stub ;; *) ended "$name: goes on" ;; esac
    [ -z "$(ls x.image* 2>/dev/null)" ] && pass || fail "$name" "a file is left"
}

# --- what is taken
words() { grep '^8\|^4' "$1" | grep -v ' 0$' | sort; }
with rv.image
good "riscv" $S $GDB o.image
has "riscv: state" "RISC-V, S, pc 80000100"
has "riscv: complete" "registers  complete"
has "riscv: satp" "satp +Sv39, ASID 2, root 80100000: 1 tables, 1 mappings \(1G 1\)"
has "riscv: vsatp" "vsatp +Sv39, ASID 10, root 1000: 3 tables, 2 mappings \(4K 1, 2M 1\)"
has "riscv: hgatp" "hgatp +Sv39x4, VMID 3, root 80110000: 3 tables, 5 mappings \(4K 5\)"
ended "riscv goes on"
pages=$(sed -n 's/^ *copied *\([0-9]*\) pages.*/\1/p' out)
with rv.image
good "as many pages as there are" $S -q --tables "$pages" $GDB o2.image
refused "one page less" "more than $((pages - 1)) pages of tables" "" --tables $((pages - 1))
words rv.image >want
words o.image >got
same "riscv: the words of the tables" want got
for line in "satp 8000200000080100" "vsatp 8001000000000001" "hgatp 8000300000080110" "sum 0" "vsum 1" "spvp 1" "mpbmte 1" \
    "hpbmte 0" "3a0 1f" "3b0 3fffffffffff"; do
    grep -q "^csr $line\$" o.image && pass || fail "riscv: register" "no line csr $line"
done
good "riscv: walk" "$L2TLB" walk --image o.image 1234
has "riscv: walk, result" "result: 1234 -> guest 4234 -> 80204234, 15 references"
good "riscv: walk of the host" "$L2TLB" walk --virt 0 --image o.image 80000100
printf 'GVT 1\nisa riscv64\nkind access\naddress virtual\ntables image o.image\nrun\nl 1000 8 vs\nl 1008 8 vs\n' >t.gvt
good "riscv: replay" "$L2TLB" replay -q --report csv t.gvt
good "riscv: info" "$L2TLB" info o.image
has "riscv: info, PMP" "3a0 +1f"
good "riscv: again, from the image" $S o.image o2.image
grep -v '^#' o.image >want
grep -v '^#' o2.image >got
same "riscv: an image of an image" want got
with a64.image arch=aarch64
good "aarch64" $S $GDB a.image
ended "aarch64 goes on"
has "aarch64: state" "AArch64, EL1, stage 2 off, pc 40000000"
has "aarch64: ttbr0" "ttbr0_el1 +4 KiB pages, 39 bits, ASID 0, root 40100000: 3 tables, 2 mappings \(4K 1, 2M 1\)"
words a64.image >want2
words a.image >got
same "aarch64: the words of the tables" want2 got
good "aarch64: walk" "$L2TLB" walk --arch aarch64 --image a.image 40200123
has "aarch64: walk, result" "result: 40200123 -> 40200123"

# --- stubs of other kinds, and noise that does no harm
taken "no acknowledgements" noack
taken "no p packet" g
taken "small packets" size=60
taken "large packets" size=8000
taken "stop replies between answers" stops
taken "rubbish between answers" garbage=50
taken "damaged packets" damaged=3
taken "packets asked for again" nak=2
taken "a stub that does not stop by itself" runs
grep -q '^interrupt$' stub.log && pass || fail "interrupt" "none was sent"
taken "two harts" size=1000
with rv.image
good "hart 1" $S --hart 1 -q $GDB o2.image
grep -q '^Hg02$' stub.log && pass || fail "hart 1" "it was not chosen"
with rv.image
good "a command for the monitor" $S --monitor "set me" -q $GDB o2.image
grep -q '^monitor: set me$' stub.log && pass || fail "monitor" "nothing came"
long=$(printf '%0400d' 7)
with rv.image
good "a command of 400 bytes" $S --monitor "$long" -q $GDB o2.image
grep -q "^monitor: $long\$" stub.log && pass || fail "monitor" "a long command is cut"
bad "a command of 401 bytes" 'at.sock: the command "0000[^"]*" for the monitor is longer than 400 bytes' $S --monitor "0$long" $GDB x.image
with rv.image
good "the machine stays" $S --stay -q $GDB o2.image
wait $stub
grep -q '^c$' stub.log && fail "the machine stays" "it was let go on" || pass
with rv.image flat
good "registers by hand" $S --reg satp=8000200000080100 --reg sum=0 -q $GDB o2.image
ended "registers by hand: goes on"

# --- QEMU: physical memory, and V=1
with rv.image qemu
good "qemu" $S $GDB o2.image
has "qemu: V" "RISC-V, S, V=0, pc 80000100"
ended "qemu goes on"
grep -v '^#' o2.image >got
same "qemu: same image" want got
grep -q '^Qqemu.PhyMemMode:0$' stub.log && pass || fail "qemu" "its memory mode is not put back"
with rv.image qemu virt=1
good "qemu, V=1" $S $GDB o2.image
ended "qemu, V=1: goes on"
has "qemu, V=1: not complete" "not complete; missing: satp sum"
has "qemu, V=1: why" "QEMU hides the host's satp"
grep -q "^csr vsatp 8000200000080100" o2.image && ! grep -q "^csr satp" o2.image && pass ||
    fail "qemu, V=1" "satp is not vsatp"

# --- QMP
monitor_says() { # NAME WANTED: the commands in the log, without those of the stub
    grep -E '^(stop|cont|human|query)' stub.log | sed -E 's/unix:.*//' | tr '\n' ';' >got
    [ "$(cat got)" = "$2" ] && pass || fail "$1" "$(cat got)"
}
with rv.image qmp qemu
good "qmp" $S qmp:at.sock o2.image
has "qmp: what it is" "QEMU by its monitor"
wait $stub
monitor_says "qmp: what it did" "query-status ;stop ;query-chardev ;human-monitor-command gdbserver ;query-status ;human-monitor-command gdbserver none;cont ;"
grep -v '^#' o2.image >got
same "qmp: same image" want got
with rv.image qmp qemu paused
good "qmp: a machine that stood" $S qmp:at.sock o2.image
wait $stub
grep -q cont stub.log && fail "qmp: paused" "it was let go on" || pass
for case in "refuses=stop/stop: not today" "nostub/opens no gdb stub" "odd=query-status/not a JSON object" \
    "chardev=unix:x/stub is in use" "refuses=cont/not today" "hole=80120000/cannot be read"; do
    with rv.image qmp qemu "${case%%/*}"
    bad "qmp: ${case%%/*}" "${case#*/}" $S qmp:at.sock x.image
    wait $stub
done
bad "qmp: no such socket" "No such file" $S qmp:none.sock x.image
with rv.image
bad "qmp: a stub in place of a monitor" "no answer in time" $S --timeout 1 qmp:at.sock x.image
wait $stub

# --- what is refused
n=0
while [ $n -lt 55 ]; do # the stub hangs up at every point
    rm -f x.image*
    with rv.image qemu close=$n
    bad "closes at $n" "at.sock: (the connection was closed|Connection reset)" $S $GDB x.image
    [ -z "$(ls x.image* 2>/dev/null)" ] && pass || fail "closes at $n" "a file is left"
    wait $stub
    n=$((n + 5))
done
refused "never answers" "no answer in time" silent=0 --timeout 1
refused "stops to answer" "no answer in time" silent=9 --timeout 1
refused "packets that stay damaged" "damaged packets" damaged=9999
refused "packets that are never taken" "does not take" nak=9999
refused "rubbish only" "no packets of the remote serial protocol" garbage=70000
refused "a register that is no number" "answer for register vsatp is no hexadecimal" odd=vsatp
refused "no satp" "registers are missing: satp" without=satp
refused "no hgatp" "registers are missing: hgatp" without=hgatp
refused "no root" "no root" without=satp,vsatp,hgatp
refused "a table that cannot be read" "hgatp: the table at 80120000 cannot be read \(--partial" hole=80120000
refused "a root that cannot be read" "hgatp: the table at 80110000 cannot be read, it is the root" hole=80110000
refused "memory that is no number" "is not that much memory" rubbish=80120000
refused "tables that change" "tables changed while they were read" changes=80110000
refused "a machine that runs" "the machine ran while it was read" moves
refused "too many tables" "more than 3 pages of tables" qemu --tables 3
refused "the root of another hart" "satp: no entry of the table at 80900000 is valid" qemu --reg satp=8000000000080900
refused "a reserved mode" "satp selects a reserved mode" qemu --reg satp=f000000000080900
refused "no such hart" "no hart 7: the stub has 2" qemu --hart 7
refused "threads without end" "list of threads has no end" threads=m
refused "the same thread without end" "list of threads has no end" threads=m01
refused "a monitor that refuses" "the monitor refuses" qemu --monitor bad
refused "never in the host" "stopped [0-9]+ times and never in the host|at.sock: " "qemu virt=1" --want host --timeout 1
with rv.image qemu virt=1
bad "never in the host, --stay" "stopped [0-9]+ times and never in the host|at.sock: " $S --want host --stay --timeout 1 -q $GDB no.image
ended "never in the host, --stay: it goes on"
sed 's/cpsr 3c5/cpsr 3c9/' a64.image >el2.image
with el2.image arch=aarch64
bad "at EL2 it is not in the host" "stopped [0-9]+ times and never in the host|at.sock: " $S --want host --timeout 1 -q $GDB no.image
ended "at EL2: it goes on"
with a64.image arch=aarch64
good "at EL1 it is" $S --want host --timeout 1 -q $GDB no.image
ended "at EL1: it goes on"
refused "not known where" "does not say whether it is in a guest" "" --want guest
refused "another architecture" "machine of kind i386" arch=i386
refused "32 bits" "machine of kind riscv:rv32" arch=riscv:rv32
refused "a description that is no XML" "no well-formed XML" "xml=<target>"
refused "a description that includes itself" "too many files, itself" 'xml=<target><xi:include/></target>'
refused "a description that breaks off" "breaks off or is refused" xmlcut
refused "a register without a name" "no name, bitsize or number" 'xml=<reg/>'
refused "it does not go on" "may still stand" stuck
refused "registers of the other architecture" "not those of this architecture" qemu --reg ttbr0_el1=0
with rv.image hole=80120000
good "a part of it" $S --partial $GDB o2.image
has "a part of it: what is missing" "1 tables could not be read, the first at 80120000"
ended "a part of it: goes on"

# Stage 2 misses a page that guests' tables are looked up in: it is counted once, for hgatp.
with rv.image hole=80121000
good "a part of stage 2" $S --partial $GDB o2.image
[ "$(grep -c 'could not be read' out)" -eq 1 ] && grep -A1 '^ *hgatp' out | grep -q ' 1 tables could not be read, the first at 80121000' &&
    pass || fail "a part of stage 2" "what is missing is not told once"

# --- AArch64: the upper half alone, its root two pages of 4 KiB (64-KiB granule, 39 bits)
sed -e 's/TCR_EL1 .*/TCR_EL1 5c0193599/' -e 's/TTBR1_EL1 .*/TTBR1_EL1 40100000/' -e '/^4/d' a64.image >high.image
printf '40100008 40000701\n40101008 40000701\n' >>high.image
with high.image arch=aarch64
good "the upper half" $S $GDB o2.image
has "the upper half" "ttbr1_el1 +64 KiB pages, 39 bits, ASID 0, root 40100000: 1 tables, 2 mappings \(512M 2\)"
wait $stub
with high.image arch=aarch64 hole=40101000
bad "the upper half, a page missing" "ttbr1_el1: the table at 40101000 cannot be read \(--partial" $S $GDB x.image
wait $stub
with high.image arch=aarch64 hole=40101000
good "a part of the upper half" $S --partial $GDB o2.image
has "a part of the upper half" "1 tables could not be read, the first at 40101000"
wait $stub

# Both halves, a page of the upper one's root missing.
sed -e 's/TCR_EL1 .*/TCR_EL1 5c0193519/' -e 's/TTBR1_EL1 .*/TTBR1_EL1 40200000/' a64.image >two.image
printf '40200008 40000701\n40201008 40000701\n' >>two.image
with two.image arch=aarch64 hole=40201000
good "a part of both halves" $S --partial $GDB o2.image
grep -A1 '^ *ttbr1_el1' out | grep -q ' 1 tables could not be read, the first at 40201000' && pass ||
    fail "a part of both halves" "not told of ttbr1_el1"
wait $stub

# --- tables that name themselves end
printf 'csr satp 8000000000080000\n80000000 20000001\n80000008 200000cf\n' >loop.image
good "a table that names itself" $S loop.image o2.image
has "a table that names itself: once per level" "3 tables, 3 mappings"

printf 'csr satp 8000000000080000\n80000000 20000401\n80000008 20000401\n80001000 200000cf\n' >shared.image
good "a table with two users" $S shared.image o2.image
has "a table with two users: counted once" "2 tables, 1 mappings"

# --- PMP of an image is the walk's
printf 'csr satp 8000000000080000\ncsr 3b0 3fffffffffff\ncsr 3a0 1f\n80000010 200000cf\n' >open.image
sed 's/3a0 1f/3a0 18/' open.image >closed.image
good "PMP opens" "$L2TLB" walk --image open.image 80000000
good "PMP refuses" "$L2TLB" walk --expect access --image closed.image 80000000
good "--pmp in its place" "$L2TLB" walk --pmp 3b0=3fffffffffff --pmp 3a0=1f --image closed.image 80000000

# --- signals: the machine goes on, no file
for signal in INT TERM HUP; do
    rm -f x.image*
    with rv.image silent=20
    env --default-signal=HUP $S --timeout 60 $GDB x.image >out 2>err & # nohup would hide it
    command=$!
    n=0
    while ! grep -q '^m' stub.log && [ $n -lt 100 ]; do sleep 0.05; n=$((n + 1)); done
    kill -$signal $command
    wait $command
    status=$?
    [ $status -gt 128 ] && [ ! -s out ] && [ -z "$(ls x.image* 2>/dev/null)" ] && pass ||
        fail "SIG$signal" "status $status"
    ended "SIG$signal: goes on"
done

# --- dumps and registers
bad "dump without registers" "no register is given" $S "$STUB@80000000" x.image
printf 'satp=8000000000080000\n# a comment\ncsr hgatp 0\n' >regs
bad "dump: root outside" "satp: the table at 80000000 cannot be read" $S --regs regs rv.image@90000000 x.image
printf 'satp=8000000000080000\nvsatp=xyz\n' >bad.regs
bad "file of registers" "bad.regs:2: not a hexadecimal number" $S --regs bad.regs rv.image x.image
printf 'nonsense=1\n' >bad.regs
bad "file of registers: name" "bad.regs:1: unknown register" $S --regs bad.regs rv.image x.image
printf 'satp\n' >bad.regs
bad "file of registers: form" "bad.regs:1: a register is" $S --regs bad.regs rv.image x.image
bad "no such file" "No such file" $S nothing x.image
for option in "--hart 1" "--want host" "--monitor x" --stay "--timeout 5"; do
    bad "$option of a dump" "${option%% *} does nothing with a dump \(only with gdb:\|qmp:\)" $S $option rv.image x.image
done
bad "bad register" "unknown register" $S --reg none=1 rv.image x.image
bad "bad flag" "a flag is 0 or 1" $S --reg sum=2 rv.image x.image
bad "both architectures" "of RISC-V and of AArch64" $S --reg satp=0 --reg ttbr0_el1=0 rv.image x.image
bad "one argument" "a source and the image" $S rv.image
bad "bad address" "HOST:PORT or the path" $S gdb: x.image
bad "bad port" "HOST:PORT or the path" $S gdb:localhost:x x.image
bad "nobody listens" "refused|No such" $S gdb:127.0.0.1:1 x.image
bad "written over its source" "rv.image" $S rv.image rv.image
bad "a folder that is not there" "No such file" $S loop.image none/x.image
bad "a folder" "is a directory|is no regular file|Is a directory" $S . x.image
printf 'makedumpfile    ' >flat.kdump
bad "kdump that breaks off" "flattened dump breaks off|built without libkdumpfile" $S --reg satp=8000000000080000 flat.kdump x.image
printf 'KDUMP   and nothing' >short.kdump
bad "kdump that is none" "short.kdump: " $S --reg satp=8000000000080000 short.kdump x.image
[ ! -e x.image ] && pass || fail "refused" "a file is left"
finish
