#!/bin/sh
# SPDX-License-Identifier: MulanPSL-2.0
# make cosim RTL_DIR=... with good and with bad input: tests/cosim.sh. The user's RTL is our own
# behind the ports of XiangShan's generator (tests/cosim/fixture.py), once with its names and once
# with others. Verilates three times in build/test/cosim, which takes about two minutes.
# Status: 0 all passed, 1 a test failed, 2 it could not run.
# shellcheck disable=SC2086 # $STANDARD and the like are lists of words
set -u
cd "$(dirname "$0")/.." || exit 2
command -v verilator >/dev/null || { echo "cosim: no Verilator here" >&2; exit 2; }
unset MAKEFLAGS MAKELEVEL MFLAGS # makes of its own, also below make cosim-user-test
T=build/test/cosim
rm -rf $T/bad* $T/*.b/difference.* $T/*.b/wave/difference.*
mkdir -p $T/bad
for v in standard renamed wfi july; do python3 tests/cosim/fixture.py $T/$v $v || exit 2; done
passed=0 failed=0

STANDARD="make -j2 RTL_DIR=$T/standard USER_B=$T/standard.b RTL_FLAGS=-DSYNTHESIS"
RENAMED="make -j2 RTL_DIR=$T/renamed USER_B=$T/renamed.b"
BAD="make RTL_DIR=$T/bad USER_B=$T/bad.b" # never gets as far as building
MAP=RTL_MAP=$T/renamed/ports.map
ARGS='--preset minimal --total 150000'

pass() { passed=$((passed + 1)); }
fail() {
    failed=$((failed + 1))
    echo "FAIL $1: $2"
    tail -n 5 $T/err | sed 's/^/    /'
}

run() { timeout 900 "$@" >$T/out 2>$T/err </dev/null; }

# ends NAME STATUS COMMAND...
ends() {
    name=$1 want=$2
    shift 2
    run "$@"
    status=$?
    if [ $status -eq "$want" ]; then pass; else fail "$name" "status $status instead of $want"; fi
}

# says NAME PATTERN [FILE]: a line of the file, or of the last output, matches
says() { if grep -qE -e "$2" "${3:-$T/out}"; then pass; else fail "$1" "no line like '$2'"; fi; }

# bad NAME PATTERN COMMAND...: status 2 and, apart from make's own, one line on standard error
bad() {
    name=$1 pattern=$2
    shift 2
    run "$@"
    status=$?
    grep -v '^make: ' $T/err >$T/lines
    if [ $status -ne 2 ]; then
        fail "$name" "status $status instead of 2"
    elif [ "$(wc -l <$T/lines)" -ne 1 ]; then
        fail "$name" "$(wc -l <$T/lines) lines on standard error instead of 1"
    elif ! grep -qE -e "$pattern" $T/lines; then
        fail "$name" "the message does not match '$pattern'"
    else
        pass
    fi
}

# edit SED-COMMAND FROM TO
edit() {
    sed "$1" "$2" >"$3"
    ! cmp -s "$2" "$3" || fail "sed $1" "changes nothing"
}
module() { edit "$1" $T/standard/L2TLB.sv $T/bad/L2TLB.sv; }
map() { edit "$1" $T/renamed/ports.map $T/bad.map; }

# cycles NAME: at least 100000 without a difference
cycles() {
    n=$(sed -nE 's/^no difference: .* stimuli, ([0-9]+) cycles.*/\1/p' $T/out)
    if [ "${n:-0}" -ge 100000 ]; then pass; else fail "$1" "${n:-no} cycles without a difference"; fi
}

# --- XiangShan's names
ends "standard names" 0 $STANDARD cosim "COSIM_ARGS=$ARGS"
cycles "standard names"
says "all ports used" '^  PORTS   .*/L2TLB\.sv: 190 of 190 ports used$'
says "what is missing" '^ +not in this RTL: io_csr_tlb_priv_debug io_wfi_wfiReq io_wfi_wfiSafe$'
says "ports of the bitmap" '^lock step: preset minimal bitmap\.enable=1,'

# --- other names, other ports
ends "other names" 0 $RENAMED $MAP cosim "COSIM_ARGS=$ARGS"
cycles "other names"
cat >$T/lists <<END
  PORTS   $T/renamed/L2TLB.sv: 179 of 182 ports used
          inputs tied to 0: cg_bore_cgen dft_chain_i
          outputs not looked at: dft_chain_o
          not in this RTL: io_tlb_0_resp_bits_s2_entry_n io_tlb_1_resp_ready\
 io_tlb_1_resp_bits_s1_entry_perm_g io_csr_tlb_priv_virt_changed io_csr_tlb_priv_debug\
 io_csr_tlb_mbmc_BMA io_csr_tlb_mbmc_BME io_csr_tlb_mbmc_CMODE io_csr_tlb_mbmc_BCLEAR io_csr_tlb_mbmc_KEYIDEN\
 auto_out_d_bits_size io_wfi_wfiReq io_wfi_wfiSafe io_perf_18_value
END
if head -n 4 $T/out | cmp -s - $T/lists; then pass; else fail "lists of ports" "not as expected"; fi
says "no bitmap" '^lock step: preset minimal bitmap\.enable=0,'

# --- a planted fault, through make: difference, reproducer, waveforms
DIFF='resp\[1\]\.s1\.ppn: rtl [0-9a-f]+ model [0-9a-f]+$'
D=$T/renamed.b/difference
ends "a fault, make" 2 $RENAMED $MAP cosim "COSIM_ARGS=$ARGS +fault"
if grep -q '^  VERILATE .*(L2TLB)$' $T/out; then fail "a fault, make" "built again"; else pass; fi
says "cycle, signal, both values" "^[a-z]+_[0-9]+: cycle [0-9]+: $DIFF"
says "details" "^cycle [0-9]+: $DIFF" $D.txt
for side in rtl model; do # the last event of each: the answer that differs
    sed -n "/^last events of the $side/,/^\$/p" $D.txt | grep '^  [A-Z] ' | tail -n 1 >$T/last.$side
    says "last event of the $side" '^  R [0-9]+ 1 ' $T/last.$side
done
if cmp -s $T/last.rtl $T/last.model; then fail "last events" "are the same"; else pass; fi
says "state of the model" '^pagecache' $D.txt
says "waveform of the model" '^\$var wire 41 [^ ]+ io_tlb_1_resp_bits_s1_entry_ppn ' \
    $T/renamed.b/wave/difference.vcd
V=$T/renamed.b/wave/difference.vcd
ends "its names and widths are those of the ports" 0 python3 cosim/own.py names $V
edit 's/wire 41 /wire 40 /' $V $T/bad/names.vcd
ends "another width is seen" 1 python3 cosim/own.py names $T/bad/names.vcd
says "another width is seen" 'names\.vcd: no such port: io_tlb_0_resp_bits_s1_entry_ppn \(40\)'
says "with values" '^#[1-9]' $T/renamed.b/wave/difference.vcd
size=$(wc -c <$T/renamed.b/wave/difference.fst)
if [ "${size:-0}" -gt 2000 ]; then pass; else fail "waveform of the RTL" "${size:-0} bytes"; fi
rm -f $T/difference.vcd # the difference is long before the end of its stimulus
ends "waveforms without shrinking" 1 $T/renamed.b/wave/lockstep --out $T --total 100000 --wave --no-shrink +fault
says "waveforms without shrinking" '^#[1-9]' $T/difference.vcd
cp $D.stim $T/repro.stim
L="$T/renamed.b/lockstep --out $T"
ends "the reproducer" 1 $L $T/repro.stim +fault
says "the reproducer" "^[a-z]+_[0-9]+: cycle [0-9]+: $DIFF"
ends "the reproducer without the fault" 0 $L $T/repro.stim
ends "the fault with standard names" 1 $T/standard.b/lockstep --out $T --total 100000 +fault
says "the fault with standard names" "$DIFF"
ends "an assertion of the RTL" 1 $L --total 100000 --no-shrink +fatal
says "an assertion of the RTL" 'cycle [0-9]+: assertion of the RTL'
says "its text" 'planted'
ends "the assertion left out by RTL_FLAGS" 0 $T/standard.b/lockstep --out $T --total 100000 +fatal
cycles "the assertion left out by RTL_FLAGS"

# --- RTL_FLAGS: Verilated again when they change, only then
ends "the same flags" 0 $STANDARD $T/standard.b/lockstep
if grep -q VERILATE $T/out; then fail "the same flags" "Verilated again"; else pass; fi
ends "other flags" 0 $STANDARD RTL_FLAGS= $T/standard.b/options
if [ -n "$(find $T/standard.b/options -newer $T/standard.b/Vdut__ALL.a)" ]; then pass; else fail "other flags" "not seen"; fi

# --- what is seen when the map is wrong: relinked, not Verilated again
relink() {
    ends relink 0 $RENAMED RTL_MAP=$T/bad.map $T/renamed.b/lockstep
    says relink '^  CXX '
    if grep -q VERILATE $T/out; then fail relink "Verilated again"; else pass; fi
}
map 's/^counters_late = 2/counters_late = 1/'
relink
ends "counters a cycle early" 1 $L --total 100000 --no-shrink
says "counters a cycle early" 'cycle [0-9]+: perf\[[0-9]+\]: rtl'
map 's/_mPBMTE = /_other = /; s/_hPBMTE = /_mPBMTE = /; s/_other = /_hPBMTE = /'
relink
ends "two names swapped" 1 $L --total 300000 --no-shrink

# --- ports that only decide about the model
ends "ports with WFI" 0 python3 cosim/ports.py $T/wfi L2TLB $T/bad
says "WFI is revision 2026-03" '^static const bool HAS_WFI = true;' $T/bad/ports.inc
says "no debug mode before July 2026" '^static const bool HAS_DEBUG = false;' $T/bad/ports.inc
ends "ports of July 2026" 0 python3 cosim/ports.py $T/july L2TLB $T/bad
says "debug mode" '^static const bool HAS_DEBUG = true;' $T/bad/ports.inc
says "no MXR" '^static const bool HAS_MXR = false;' $T/bad/ports.inc
edit 's/io_csr_tlb_priv_debug/io_csr_tlb_mmpt_mode/' $T/july/L2TLB.sv $T/bad/L2TLB.sv
bad "a build with MPT" 'the lock step does not' python3 cosim/ports.py $T/bad L2TLB $T/bad
edit 's/io_wfi_wfiReq/sleep_i/; s/io_csr_tlb_mbmc_BME/bme_i/' $T/wfi/L2TLB.sv $T/bad/L2TLB.sv
printf 'io_wfi_wfiReq = sleep_i\nio_csr_tlb_mbmc_BME = bme_i\n' >$T/bad.map
ends "WFI and bitmap by other names" 0 python3 cosim/ports.py $T/bad L2TLB $T/bad $T/bad.map
says "WFI by another name" '^static const bool HAS_WFI = true;' $T/bad/ports.inc
says "bitmap by another name" '^static const bool HAS_BITMAP = true;' $T/bad/ports.inc
module 's/^module L2TLB(/module L2TLBWrapper(/'
ends "the wrapper" 0 python3 cosim/ports.py $T/bad L2TLBWrapper $T/bad
says "its counters are late" '^static const unsigned PERF_DELAY = 2;' $T/bad/ports.inc
module 's/^module L2TLB(/module MyWrapper import l2tlb_pkg::*; #(parameter int P = 4) (/'
ends "another wrapper" 0 python3 cosim/ports.py $T/bad MyWrapper $T/bad
says "its counters are not" '^static const unsigned PERF_DELAY = 0;' $T/bad/ports.inc
module 's/\[37:0\] io_tlb_0_req_0_bits_vpn,/[26:0] io_tlb_0_req_0_bits_vpn,/'
ends "a narrower port" 0 python3 cosim/ports.py $T/bad L2TLB $T/bad
says "a narrower port" '^ +other widths: io_tlb_0_req_0_bits_vpn \(27, expected 38\)$'

# --- errors in the RTL
bad "no such folder" 'nowhere: no such folder' $BAD RTL_DIR=$T/nowhere cosim
bad "a file as folder" 'L2TLB\.sv: no such folder' $BAD RTL_DIR=$T/standard/L2TLB.sv cosim
bad "no such module" 'no file defines module L2TLC' $BAD RTL_TOP=L2TLC cosim
module 's/^module L2TLB(/module L2TLBX(/; 1i // module L2TLB (input x);'
bad "only in a comment" 'no file defines module L2TLB' $BAD cosim
module '/ io_tlb_0_req_0_valid,/d'
bad "a port is missing" 'the module has no input io_tlb_0_req_0_valid' $BAD cosim
module '/ auto_out_a_bits_address,/d'
bad "an output is missing" 'the module has no output auto_out_a_bits_address' $BAD cosim
module '/^  input clock,/d'
bad "no clock" 'the module has no input clock' $BAD cosim
module 's/input auto_out_a_ready,/output auto_out_a_ready,/'
bad "wrong direction" 'auto_out_a_ready is an output, expected an input' $BAD cosim
module 's/\[255:0\]/[127:0]/'
bad "a narrow bus" 'auto_out_d_bits_data has 128 bits, expected 256' $BAD cosim
module 's/\[37:0\]/[W-1:0]/'
bad "a width by name" 'cannot read the port list near: input \[W-1:0\]' $BAD cosim

# --- errors in the map
bad "no such map" 'nowhere\.map: No such file' $RENAMED RTL_MAP=$T/nowhere.map cosim
bad "a folder as map" 'bad: Is a directory' $RENAMED RTL_MAP=$T/bad cosim
bad "a library as map" 'not a text file' $RENAMED RTL_MAP=$T/renamed.b/lockstep cosim
bad "no map" 'the module has no input clock' $RENAMED cosim
map '4s/.*/counters_late 2/'
bad "a bad line" 'bad\.map:4: expected name = port' $RENAMED RTL_MAP=$T/bad.map cosim
map '6s/= /= !/'
bad "inverted, not the reset" 'bad\.map:6: expected name = port' $RENAMED RTL_MAP=$T/bad.map cosim
map '6s/^io_/ip_/'
bad "an unknown name" 'bad\.map:6: unknown name ip_tlb_0' $RENAMED RTL_MAP=$T/bad.map cosim
map '7s/_p$/_q/'
bad "an unknown port" 'bad\.map:7: the module has no port x_.*_q' $RENAMED RTL_MAP=$T/bad.map cosim
map '6p'
bad "a name twice" 'bad\.map:7: io_tlb_0_req_0_valid is given twice' $RENAMED RTL_MAP=$T/bad.map cosim
map 's/^io_csr_tlb_priv_mxr = .*/io_csr_tlb_priv_mxr = x_io_sfence_valid_p/'
bad "a port twice" 'would be both io_sfence_valid and io_csr_tlb_priv_mxr' \
    $RENAMED RTL_MAP=$T/bad.map cosim
map 's/^counters_late = 2/counters_late = x/'
bad "no number" 'bad\.map:5: counters_late is a number' $RENAMED RTL_MAP=$T/bad.map cosim

# --- errors that Verilator finds. The same USER_B as before: an old library must not be taken.
cp -a $T/standard/* $T/bad # no newer than that library
rm $T/bad/l2tlb_hptw.sv
BAD="make RTL_DIR=$T/bad USER_B=$T/standard.b"
bad "a sub-module is missing" "^cosim: .*Cannot find.*module: 'l2tlb_hptw'" $BAD cosim
module 's/^endmodule/endmodul/'
bad "not Verilog" '^cosim: .*L2TLB\.sv:[0-9]+.*syntax error' $BAD cosim

# --- options and stimuli
bad "unknown option" 'unknown option --sped' $L --sped 1
bad "missing value" '--seed needs a value' $L --seed
bad "no number" '--seed: not a number: 1x' $L --seed 1x
bad "negative number" '--total: not a number: -1' $L --total -1
bad "no cycles" '--cycles' $L --cycles 0
bad "unknown preset" 'unknown preset huge' $L --preset huge
bad "unknown generator" '--generator' $L --generator dice
bad "unknown key" 'l0_sitz' $L --set pagecache.l0_sitz=4
bad "bad value" 'power of two' $L --set pagecache.l0_sets=3
bad "no KEY=VALUE" 'KEY=VALUE' $L --set pagecache
bad "missing stimulus" 'nowhere\.stim: No such file or directory' $L $T/nowhere.stim
bad "a folder as stimulus" ': is a directory' $L $T
bad "not a stimulus" 'bad\.map:[0-9]+: not an L2TLBSTIM 1 file' $L $T/bad.map
: >$T/empty.stim
bad "an empty stimulus" 'empty\.stim: empty file' $L $T/empty.stim
size=$(wc -c <$T/repro.stim)
head -c $((size - 3)) $T/repro.stim >$T/cut.stim
bad "a stimulus without its end" 'cut\.stim:[0-9]+: unknown event or malformed arguments' $L $T/cut.stim
sed '/^run/,$d' $T/repro.stim >$T/cut.stim
bad "a stimulus without its events" 'cut\.stim:[0-9]+: no .run. line' $L $T/cut.stim
sed '/^end/d' $T/repro.stim >$T/cut.stim
bad "a stimulus without a length" 'cut\.stim:[0-9]+: .run. before .timing. and .end.' $L $T/cut.stim
gzip -c $T/repro.stim | head -c 150 >$T/cut.stim.gz
bad "a truncated gzip" 'cut\.stim\.gz:[0-9]+: truncated gzip file' $L $T/cut.stim.gz
gzip -c $T/repro.stim >$T/whole.stim.gz
ends "a whole gzip" 1 $T/standard.b/lockstep $T/whole.stim.gz --no-shrink --out $T +fault
bad "output that cannot be written" 'nowhere/difference\.stim: cannot write' \
    $T/standard.b/lockstep $T/repro.stim --no-shrink --out $T/nowhere +fault

echo "cosim: $passed passed, $failed failed"
[ $failed -eq 0 ]
