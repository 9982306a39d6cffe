#!/bin/sh
# SPDX-License-Identifier: MulanPSL-2.0
# Captures of whole machines: the plugin under a stand-in for QEMU, for each of its plugin interfaces; the small
# hypervisor on Debian's own QEMU; its capture where a newer QEMU is there (scripts/setup.sh vm).
# tests/vm.sh [COMMAND], default build/l2tlb. Status: 0 all passed, 1 a test failed.
set -u
# shellcheck source=tests/commands.sh
. "$(dirname "$0")/commands.sh"
make -s -C "$ROOT" plugin >out 2>err || { echo "vm: no plugin"; cat err; exit 2; }
PLUGIN=$ROOT/build/gvt_plugin.so
# said NAME PATTERN: the last standard error
said() { if grep -qE -e "$2" err; then pass; else fail "$1" "not said: '$2'"; fi; }
# ./host API MODE [OPTION]: the stand-in with a new folder d; ./run_hyp QEMU CPU
cat >host <<EOF
#!/bin/sh
api=\$1 mode=\$2
shift 2
rm -rf d && mkdir d && L2TLB_PLUGIN_API=\$api exec ./host\$api "$PLUGIN" \$mode d "\$@"
EOF
cat >run_hyp <<EOF
#!/bin/sh
exec "\$1" -machine virt -cpu "\$2" -m 128M -bios none -nographic -monitor none -serial stdio -kernel "$ROOT/build/hyp.elf"
EOF
chmod +x host run_hyp

# --- a stand-in for QEMU ---------------------------------------------------------------------------------
for api in 1 3 4 5 6 7; do
    good "stand-in $api" "${CC:-gcc}" -std=c11 -D_GNU_SOURCE -I"$ROOT" -DAPI=$api -rdynamic "$ROOT/tests/plugin/host.c" -ldl -o host$api
    good "user mode, interface $api" ./host $api user
    same "user mode, interface $api" d/out.gvt "$ROOT/tests/plugin/user.gvt"
    [ $api != 1 ] || continue
    good "machine, interface $api" ./host $api system
    same "machine, interface $api: hart 0" d/out.gvt "$ROOT/tests/plugin/hart0.gvt"
    same "machine, interface $api: hart 1" d/out.hart1.gvt "$ROOT/tests/plugin/hart1.gvt"
    same "machine, interface $api: tables" d/out.image "$ROOT/tests/plugin/start.image"
    said "machine, interface $api: the walk" '^walk: 0 of [1-9][0-9]* differ$'
    good "machine, interface $api: armed late" ./host $api late
    grep -v '^image\|^tables' d/out.gvt >a
    grep -v '^image\|^tables' "$ROOT/tests/plugin/hart0.gvt" >b
    same "machine, interface $api: armed late" a b
    if grep -q '^walk: 0 of' d/arm.done && [ ! -e d/arm ]; then pass; else fail "armed late" "no report"; fi
    # A translation that is not QEMU's is found out.
    good "machine, interface $api: another address" ./host $api wrong
    said "machine, interface $api: another address" 'our walk of 40001010 .* is not QEMU.s 80005010$'
    said "machine, interface $api: another address: sum" '^walk: 1 of'
done
for option in limit=3 limit=11 limit=12 limit=13 limit=14 limit=15 limit=16 guests=2; do
    good "machine, $option" ./host 4 system $option
    if [ "$(cat d/out*.gvt | grep -c "^[flsar] .*$([ $option = guests=2 ] && echo '[vhx][us]')")" = "${option#*=}" ]; then pass; else fail "$option" "$(cat d/out.gvt)"; fi
done
good "tables of the stand-in" "$L2TLB" replay -q d/out.gvt
# What it refuses, and leaves no file.
for bad in 'limit=x' 'fetch=word' 'colour=red'; do
    if ./host 4 system "$bad" >out 2>err || [ -s out ] || [ -e d/out.gvt ]; then fail "$bad" "taken"; else said "$bad" "bad option '$bad'"; fi
done
if ./host 1 system >out 2>err; then fail "machine, interface 1" "taken"; else said "machine, interface 1" 'interface 1 of this QEMU shows no registers.*setup.sh vm'; fi
if ./host 4 single >out 2>err && [ ! -e d/out.gvt ] && [ ! -e d/out.image ]; then said "two harts, one thread" '^failed: QEMU runs all harts in one thread .-icount'; else fail "two harts, one thread" "taken"; fi
if ./host 4 user guests=3 >out 2>err; then fail "guests= in user mode" "taken"; else said "guests= in user mode" 'are for whole machines'; fi
L2TLB_PLUGIN_API=7 ./host6 "$PLUGIN" system d >out 2>err
said "interface 6 or 7 is not told" 'requires API version 7, this is 6'

# --- Spike -----------------------------------------------------------------------------------------------
# The small hypervisor (make guest BUILD=build/small HYP_DEFINES=-DHYP_SMALL), recorded on Spike 1.1.1-dev (its whole commit log) and
# by the plugin on QEMU 10.0: the same trace. Each line: an awk program that makes another one, and what is said then.
SPIKE_ISA=rv64imach_zicsr_zifencei_svnapot
same_trace() {
    good "$1: Spike's log" "$L2TLB" convert -q --from spike --own-tables "$2" spike.gvt
    good "$1: QEMU's capture" "$L2TLB" convert -q --from gvt "$3" qemu.gvt
    good "$1" "$ROOT/tests/spike/compare.py" spike.gvt qemu.gvt
    has "$1" "^compare: $4 accesses and fences, [1-9][0-9]* pages of code, [1-9][0-9]* words of tables: 0 differ"
}
same_trace "Spike, recorded" "$ROOT/tests/spike/small.log.xz" "$ROOT/tests/spike/small.gvt.gz" 37093
while read -r what program; do
    awk "$program" spike.gvt >other.gvt
    if "$ROOT/tests/spike/compare.py" other.gvt qemu.gvt >out 2>err; then fail "Spike: another trace" "$program: not noticed"; fi
    has "Spike: another trace" "^$what: Spike .*, QEMU "
done <<'END'
access / vu/ && /^l/ && ++n == 3 { sub("vu", "u") } 1
access /^hfence.vvma/ && ++n == 2 { next } 1
access /^csr vsatp 8/ && ++n == 4 { $3 = "0" } 1
access /^s/ && ++n == 900 { $2 = "50000000" } 1
access /^end/ { print "l 80000000 8 m" } 1
table /^mem/ && ++n == 500 { $3 = "0" } 1
code /^f 4000/ && ++n == 20 { $2 = "40005054" } 1
code /^f 4000/ && ++n == 1 { print "f 40007000 4 vu" } 1
END

# --- the small hypervisor --------------------------------------------------------------------------------
if ! make -s -C "$ROOT" guest >out 2>err; then
    skip "the small hypervisor: no RISC-V compiler (scripts/setup.sh vm)"
elif ! command -v qemu-system-riscv64 >out; then
    skip "the small hypervisor: no qemu-system-riscv64 (scripts/setup.sh vm)"
else
    for cpu in rv64,h=true rv64,h=true,svnapot=true; do
        good "hypervisor: $cpu" ./run_hyp qemu-system-riscv64 $cpu
        has "hypervisor: $cpu" '^hyp: VM 1 Sv48 over Sv48x4: [1-9][0-9]* page faults, 0 wrong words'
        has "hypervisor: $cpu" '^hyp: 26 world switches, [1-9][0-9]* guest page faults, 24 looks into guests, .* 0 wrong'
    done
    has "hypervisor: NAPOT" 'NAPOT yes'
fi
QEMU=${QEMU:-$ROOT/build/vm/qemu/qemu-system-riscv64}
if [ ! -x "$QEMU" ] || [ ! -e "$ROOT/build/hyp.elf" ]; then
    skip "capture of the small hypervisor: no QEMU of 9.1 or later in build/vm/qemu (scripts/setup.sh vm)"
    finish
    exit
fi
export QEMU
CAPTURE=$ROOT/scripts/capture-vm.sh
good "boot" "$CAPTURE" boot vm -S -machine virt -cpu rv64,h=true,svadu=off,sv57=off,svnapot=true -m 128M -bios none -kernel "$ROOT/build/hyp.elf"
has "boot" 'QEMU [0-9.]+ runs as'
good "capture" "$CAPTURE" capture vm hyp limit=0 thin=4 fetch=page "source=the small hypervisor"
has "capture: the walk" "our walk against QEMU's translations: 0 of [1-9][0-9]{4,} differ"
good "capture: info" "$L2TLB" info hyp.gvt.gz
has "capture: source" "source +the small hypervisor, QEMU [0-9.]+; our walk against QEMU's translations: 0 of [1-9][0-9]* differ"
for what in 'hfence.vvma +[1-9]' 'hfence.gvma +[1-9]' 'hypervisor accesses +96' 'page tables +image hyp.image' 'V = 1 +[1-9]'; do
    has "capture: $what" "$what"
done
good "replay" "$L2TLB" replay -q --oracle hyp.gvt.gz
has "replay: no fault" 'Answers with a fault +0$'
has "replay: nothing wrong" 'Checks +[0-9]+ sums checked, all right'
has "replay: its own tables" 'World +the page tables of hyp.image'
if ! command -v spike >out || ! grep -q 'MPV yes' vm/serial.log; then
    skip "the small hypervisor on Spike, now: no spike here, or QEMU's mstatus has no MPV to compare with"
else
    good "Spike: QEMU's capture" "$CAPTURE" boot whole -S -machine virt -cpu rv64,h=true,svadu=off,svade=on,sv57=off,svnapot=true -m 128M -bios none \
        -kernel "$ROOT/build/hyp.elf"
    good "Spike: QEMU's capture" "$CAPTURE" capture whole whole limit=0
    mkfifo log
    spike --isa=$SPIKE_ISA -m128 --log-commits --log=log "$ROOT/build/hyp.elf" >spike.out 2>&1 </dev/null &
    same_trace "Spike, now" log whole.gvt.gz '[1-9][0-9]{5,}'
    wait $!
fi
# A machine that runs on: captures in a row, each with its limit; one that is ended; one without boot's pid.
mkdir long
good "long: boot" "$CAPTURE" boot long -gdb unix:long/gdb,server=on,wait=off -machine virt -cpu rv64,h=true,svadu=off,sv57=off,svnapot=true -m 128M -bios none \
    -kernel "$ROOT/build/hyp.elf" -device loader,addr=0x87000000,data=100000000,data-len=8
good "long: limit" "$CAPTURE" capture long one limit=20000
has "long: limit" '^capture-vm: 20000 accesses,'
good "long: guests" "$CAPTURE" capture long two guests=7000 fetch=off
has "long: guests" ', 7000 of guests'
has "long: the walk" "translations: 0 of [1-9][0-9]* differ"
for f in one two; do
    good "long: replay $f" "$L2TLB" replay -q $f.gvt.gz
    has "long: replay $f" 'Answers with a fault +0$'
done
good "long: tables" "$L2TLB" walk --image two.image --priv s ffffffc000000000
has "long: tables" 'result: ffffffc000000000 -> guest 80000000 -> 8'
# Each page of the live machine's tables against QEMU, in the host and in its guests; a walk that says something else is noticed.
cat >l2tlb_wrong <<EOF
#!/bin/sh
if [ "\$1" = walk ]; then "$L2TLB" "\$@" | sed '0,/"result": "/s/"result": "[0-9a-f]*"/"result": "123000"/'; else exec "$L2TLB" "\$@"; fi
EOF
chmod +x l2tlb_wrong
for world in host guest; do
    good "long: compare $world" "$ROOT/scripts/vm.py" compare long/qmp $world s "$L2TLB" live.image
    has "long: compare $world" '^compare: [1-9][0-9]* pages, [1-9][0-9]* addresses, [0-9]+ of them without the right for it: 0 differ'
    if "$ROOT/scripts/vm.py" compare long/qmp $world s ./l2tlb_wrong live.image >out 2>err; then fail "compare: a wrong walk" "not noticed"; fi
    has "compare: a wrong walk, $world" ': 1 differ$'
done
# Both VMs of this host, audited together; then a page of the first in stage 2 of the second, and a table of the host.
vms() { good "$1: both VMs" "$ROOT/scripts/vm.py" vms long/qmp 2 "$L2TLB" two; }
audit() {
    timeout 60 "$L2TLB" tables --audit two.vm1.image two.vm2.image >out 2>err
    has "$1" "7 of 10 kinds of fault looked for"
}
plant() { # PHYSICAL: mapped for the second VM, at a guest address that it has not
    good "$1: poke" "$ROOT/scripts/vm.py" poke long/gdb "$slot" "$(printf %x $(($1 >> 2 | 0xdf)))"
    good "$1: cont" "$ROOT/scripts/vm.py" qmp long/qmp cont
}
stage2() { "$L2TLB" tables --full --report csv "$1" | awk -F, -v first="$2" '$2 == "stage2" && $3 >= first { print $7, $17; exit }'; }
vms "audit"
audit "audit"
# The host's own memory is one page of it, all of it writable and executable.
if grep -q '^ *[1-9][0-9]*  wx ' out && ! grep -q '^ *[1-9][0-9]*  [a-vx-z]' out; then pass; else fail "audit" "other findings than the host's page"; fi
# shellcheck disable=SC2046 # words: first physical address, address of the table entry
set -- $(stage2 two.vm1.image 80000000) && page=$((0x$1 + 0x1ff000))
# shellcheck disable=SC2046
set -- $(stage2 two.vm2.image 90000000) && slot=$(printf %x $(((0x$2 & ~0xfff) + 500 * 8)))
plant "$page"
vms "audit: a leak"
audit "audit: a leak"
has "audit: a leak" '^ *1  shared '
has "audit: a leak" "^ *two.vm1.image: +stage 2 801ff000-801fffff, 4 KiB, .*; two.vm2.image sees it at 901f4000"
has "audit: a leak" "  $slot:$(printf %x $((page >> 2 | 0xdf)))"
plant "$((0x$(sed -n 's/^csr hgatp .*\(.....\)$/\1/p' two.vm1.image) << 12))"
vms "audit: a table"
audit "audit: a table"
has "audit: a table" 'two.vm2.image: +stage 2 901f4000-901f4fff, 4 KiB, .*: table of stage 2, level 2, of two.vm1.image'
bad "vms: no such machine" 'capture-vm: .*No such file' "$ROOT/scripts/vm.py" vms nowhere/qmp 2 "$L2TLB" two
bad "poke: no such stub" 'capture-vm: .*No such file' "$ROOT/scripts/vm.py" poke nowhere/gdb 80000000 1
bad "poke: no address" "capture-vm: .*'all'" "$ROOT/scripts/vm.py" poke long/gdb all 1
good "poke: no address: cont" "$ROOT/scripts/vm.py" qmp long/qmp cont
if "$ROOT/scripts/vm.py" compare long/qmp both s "$L2TLB" live.image >out 2>err; then fail "compare: no world" "taken"; else said "compare: no world" 'compare SOCKET host.guest'; fi
bad "compare: nobody there" 'capture-vm: .*No such file' "$ROOT/scripts/vm.py" compare nowhere/qmp host s "$L2TLB" live.image
bad "kvm-guest: an architecture" 'kvm-guest.sh' "$ROOT/scripts/kvm-guest.sh" -a mips
bad "kvm-guest: an option" 'kvm-guest.sh' "$ROOT/scripts/kvm-guest.sh" -x
pid=$(cat long/pid)
rm long/pid
"$CAPTURE" capture long three limit=0 >three.out 2>&1 &
for _ in 1 2 3 4 5 6 7 8 9 10; do sleep 0.5 && [ ! -e long/arm ] && break; done
sleep 2
good "long: stop" "$CAPTURE" stop long
wait $!
if [ -e three.gvt.gz ] && grep -q ' 0 of [1-9][0-9]* differ' three.out; then pass; else fail "long: stop" "$(cat three.out)"; fi
bad "long: no such folder" 'capture-vm: .*nowhere.*No such file' "$CAPTURE" capture long nowhere/four
bad "long: a bad option" "bad option 'limit=many'" "$CAPTURE" capture long four limit=many
good "long: it still runs" "$CAPTURE" capture long four limit=1000
good "long: quit" "$CAPTURE" quit long
for _ in 1 2 3 4 5 6 7 8 9 10; do kill -0 "$pid" 2>err && sleep 0.3; done
if kill -0 "$pid" 2>err; then fail "long: quit" "QEMU runs on"; else pass; fi
# All harts in one thread: QEMU does not say then that a vCPU goes on.
good "icount: boot" "$CAPTURE" boot icount -icount shift=1,sleep=off -machine virt -cpu rv64,h=true,svadu=off,sv57=off -m 128M -bios none \
    -kernel "$ROOT/build/hyp.elf" -device loader,addr=0x87000000,data=100000000,data-len=8
good "icount: capture" "$CAPTURE" capture icount five limit=5000
has "icount: capture" '^capture-vm: 5000 accesses,'
has "icount: capture" "translations: 0 of [1-9][0-9]* differ"
good "icount: quit" "$CAPTURE" quit icount
# A machine that has ended, options that are refused, and a QEMU that does not start.
bad "capture: it has ended" 'capture-vm: .*' "$CAPTURE" capture vm again
bad "capture: out" 'out=x: a capture is NAME' "$CAPTURE" capture vm again out=x
for old in qemu-system-riscv64 qemu-system-aarch64; do # those of Debian 12
    case $($old --version 2>err) in *' version 7.'*) ;; *) skip "capture on Debian 12's $old: it is not here" && continue ;; esac
    case $old in *riscv64) why='interface 1 of this QEMU shows no registers' ;; *) why='riscv64 only .others: l2tlb snapshot' ;; esac
    bad "boot: $old" "QEMU ended: .*$why" env QEMU=$old "$CAPTURE" boot vm2 -machine virt
done
bad "boot: QEMU ends" 'QEMU ended: ' "$CAPTURE" boot vm2 -machine nonsense
for left in again.gvt.gz again.image; do
    if [ -e $left ]; then fail "half-written" "$left"; else pass; fi
done
finish
