#!/bin/sh
# SPDX-License-Identifier: MulanPSL-2.0
# Bounded proofs of the small cells in rtl/prim with Yosys and Z3: cosim/proofs/run.sh [DEPTH].
# Yosys of Debian 12 reads an older SystemVerilog; the cells are brought into it by text (loop
# variables, return, package import, our assertion macros). The proofs are of that text.
# Ends with "proofs: N passed, N failed"; status 1 if one failed. `--broken` proves that a fault in
# each cell is found.
set -u
cd "$(dirname "$0")/../.." || exit 2
OUT=${OUT:-build/proofs}
mkdir -p $OUT || exit 2
broken=0
[ "${1:-}" = --broken ] && { broken=1; shift; }
depth=${1:-14}
passed=0 failed=0

older() { # what Yosys 0.23 does not read
    sed -E -e '/^`include|^ *`L2_ASSERT/d' -e 's/^ *import l2tlb_pkg::\*;//' \
        -e 's/for \(int ([a-z]) =/for (\1 =/' -e "s/int'\(([A-Za-z]+)\)/\1/g" \
        -e 's/int unsigned/integer/g; s/localparam integer/localparam/; s/parameter  integer/parameter/' \
        -e 's/function automatic logic (\[[^]]*\]) ([a-z_]+)\(logic (\[[^]]*\]) ([a-z]+)\)/function automatic \1 \2(input \3 \4)/' \
        -e 's/function automatic logic (\[[^]]*\]) (plru_[a-z]+)\(logic (\[[^]]*\]) state, integer n(, logic (\[[^]]*\]) w)?\)/function automatic \1 \2(input \3 state, input integer n, input [5:0] w)/' \
        -e "s/[A-Za-z0-9]*W'\(|63'\(|6'\(|\(Ways - 1\)'\(/(/g" \
        -e 's/^( *)(logic \[[^]]*\] +[a-z]+;)/\1reg \2/; s/reg logic/reg/' -e 's/logic/reg/g' "$1"
}

cell() { # NAME: the cell in older Verilog
    case $1 in
    plru)
        {
            sed -n '/function automatic logic \[5:0\] plru_victim/,/endfunction/p; /function automatic logic \[62:0\] plru_touch/,/endfunction/p' \
                rtl/l2tlb_pkg.sv >$OUT/functions.sv
            awk '/tree_q\[Sets\];/ { print; print "  integer s;"; while ((getline l < "'$OUT'/functions.sv") > 0) print l; next } { print }' \
                rtl/prim/l2_plru.sv
        } >$OUT/plru.tmp
        older $OUT/plru.tmp | sed -E -e 's/return way;/plru_victim = way;/; s/return s;/plru_touch = s;/' \
            -e 's/integer base, m;/integer base, m, k;/' -e 's/Ways\)\)\);?$/Ways, 6'"'"'d0));/' \
            -e 's/plru_victim\(\(tree_q\[refill_set_i\]\), Ways\)/plru_victim(tree_q[refill_set_i], Ways, 6'"'"'d0)/'
        ;;
    *) older rtl/prim/l2_"$1".sv | sed -E -e 's/^\);/);\n  integer i;/' -e 's/return (ptr .*);/next = \1;/' ;;
    esac
}

fault() { # NAME: one thing wrong
    case $1 in
    fifo) sed 's/maybe_full_q <= push;/maybe_full_q <= 1;/' ;;
    prio_arb) sed 's/free = free \&\& .*;/free = free;/' ;;
    hold) sed 's/first_i ? d_i : held_q/held_q/' ;;
    rr_arb) sed 's/> last_grant_q/>= last_grant_q/' ;;
    valid) sed 's/ & ~fenced_i//' ;;
    plru) sed "s/s\[(base + m - 2)\] = 1'b0/s[(base + m - 2)] = 1'b1/" ;;
    esac
}

for name in fifo rr_arb prio_arb plru hold valid; do
    if [ $broken -eq 1 ]; then cell $name | fault $name; else cell $name; fi >$OUT/$name.sv
    yosys -q -p "read_verilog -sv -formal $OUT/$name.sv cosim/proofs/${name}_proof.sv;
        prep -top ${name}_proof -flatten; memory_map; opt -full; async2sync; dffunmap;
        write_smt2 -wires $OUT/$name.smt2" >$OUT/$name.log 2>&1 &&
        yosys-smtbmc -s z3 -t "$depth" $OUT/$name.smt2 >>$OUT/$name.log 2>&1
    status=$?
    [ $broken -eq 1 ] && { [ $status -ne 0 ] && grep -q 'Assert failed' $OUT/$name.log; status=$?; }
    if [ $status -eq 0 ]; then passed=$((passed + 1)); else
        failed=$((failed + 1))
        echo "FAIL $name (see $OUT/$name.log)"
    fi
done
echo "proofs: $passed passed, $failed failed"
[ $failed -eq 0 ]
