#!/bin/sh
# SPDX-License-Identifier: MulanPSL-2.0
# A log that holds the writes of page tables, from end to end: convert --own-tables, info, replay over the
# guest's own tables. tests/cli_tables.sh [COMMAND], default build/l2tlb. Status: 0 all passed, 1 a test failed.
set -u
# shellcheck source=tests/commands.sh
. "$(dirname "$0")/commands.sh"

# said NAME PATTERN: the last standard error
said() { if grep -qE -e "$2" err; then pass; else fail "$1" "not said: '$2'"; fi; }

# Firmware builds Sv39 tables at 80001000 and enters S mode: 40000000 -> 80100000 (code), 40001000 -> the
# last table. The kernel maps 40002000, reads there, moves it to another page, fences, reads again.
cat >own.log <<'EOF'
core   0: 3 0x0000000080000000 (0x00533023) mem 0x0000000080001008 0x0000000020000801
core   0: 3 0x0000000080000004 (0x00533023) mem 0x0000000080002000 0x0000000020000c01
core   0: 3 0x0000000080000008 (0x00533023) mem 0x0000000080003000 0x00000000200400cf
core   0: 3 0x000000008000000c (0x00533023) mem 0x0000000080003008 0x0000000020000cc7
core   0: 3 0x0000000080000010 (0x18051073) c384_satp 0x8000000000080001
core   0: 3 0x0000000080000014 (0x30051073) c768_mstatus 0x0000000a00000800
core   0: 3 0x0000000080000018 (0x30200073) c768_mstatus 0x0000000a00000080
core   0: 1 0x0000000040000000 (0x00533023) mem 0x0000000040001010 0x00000000200000c3
core   0: 1 0x0000000040000004 (0x12000073)
core   0: 1 0x0000000040000008 (0x00053503) x10 0x0000000000000000 mem 0x0000000040002000
core   0: 1 0x000000004000000c (0x00533023) mem 0x0000000040001010 0x00000000200400c3
core   0: 1 0x0000000040000010 (0x12000073)
core   0: 1 0x0000000040000014 (0x00053503) x10 0x0000000000000000 mem 0x0000000040002008
EOF
good "convert" "$L2TLB" convert --from spike --own-tables own.log own.gvt
said "convert: the sum" 'in = .* refused; 6 words of 3 pages of tables$'
good "info" "$L2TLB" info own.gvt
has "info: tables" 'page tables +in memory words of the trace$'
has "info: words" 'memory words +6$'
good "replay" "$L2TLB" replay -q --oracle --events events own.gvt
has "replay: the tables" 'Page tables +the trace.s own'
has "replay: words" '^  Words of memory written +6$'
# Every table that is read is one of the log's; without --own-tables none is.
reads=$(sed -n 's/.* read .*addr=\(8000[123]\)[0-9a-f]*.*/\1/p' events | sort -u | tr '\n' ' ')
if [ "$reads" = "80001 80002 80003 " ]; then pass; else fail "replay: reads" "$reads"; fi
good "convert without" "$L2TLB" convert -q --from spike own.log built.gvt
good "replay without" "$L2TLB" replay -q --events events built.gvt
if grep -qE ' read .*addr=8000[123]' events; then fail "replay without" "reads the log's tables"; else pass; fi

# The bytes of the trace in both forms; half of the log in an image, half in the log.
good "convert: binary" "$L2TLB" convert --from spike --own-tables own.log own.gvtb
good "convert: and back" "$L2TLB" convert --from gvt own.gvtb back.gvt
same "convert: and back" own.gvt back.gvt
printf 'csr satp 8000000000080001\n80001008 20000801\n80002000 20000c01\n80003000 200400cf\n80003008 20000cc7\n' >start.img
sed -n '8,$p' own.log >late.log
good "a log that begins later" "$L2TLB" convert --from spike --own-tables --memory start.img --privilege s late.log late.gvt
grep '^mem' own.gvt >a
grep '^mem' late.gvt >b
same "a log that begins later: the same words" a b
good "a log that begins later: replay" "$L2TLB" replay -q --oracle late.gvt
bad "a log whose beginning is missing" 'it has no tables of its own' "$L2TLB" convert --from spike --own-tables late.log none.gvt
sed '3d' own.log >hole.log
good "a log with a hole" "$L2TLB" convert --from spike --own-tables hole.log hole.gvt
said "a log with a hole" '; [0-9]+ accesses that these do not translate$'

bad "formats without data" '--own-tables does nothing with din' "$L2TLB" convert --from din --own-tables own.log x.gvt
bad "our own traces" '--own-tables does nothing with gvt' "$L2TLB" convert --from gvt --own-tables own.gvt x.gvt
bad "--memory alone" 'is for --own-tables' "$L2TLB" convert --from spike --memory start.img own.log x.gvt
bad "--memory: no file" 'No such file' "$L2TLB" convert --from spike --own-tables --memory nofile own.log x.gvt
printf 'csr tcr_el1 1\n' >arm.img
bad "--memory: register" 'arm.img:1: unknown control register' "$L2TLB" convert --from spike --own-tables --memory arm.img own.log x.gvt
bad "replay on AArch64" 'isa aarch64' "$L2TLB" replay --arch aarch64 own.gvt
sed 's/^tables records/tables records x/' own.gvt >bad.gvt
bad "header" "bad value of header key 'tables'" "$L2TLB" replay bad.gvt
finish
