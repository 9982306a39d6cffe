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

sed '/^mem/d; /^end/d' own.gvt >empty.gvt
good "without its tables" "$L2TLB" replay --first-touch empty.gvt
said "without its tables" 'are all tables in the memory records of the trace'
said "without its tables: options" 'tables are those of the trace: --world'

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

# An entry changes: the old one may be used until its fence, and the report says that it was. The fetch misses
# its own L1 TLB and finds the entry of the load in the L2TLB.
cat >stale.gvt <<'EOF'
GVT 1
isa riscv64
kind access
address virtual
tables records
run
csr satp 8000000000080000
mem 80000000 20000401
mem 80001000 20000801
mem 80002008 240000cf
l 1000 8 s
mem 80002008 244000cf
f 1000 4 s
sfence.vma 1000 *
f 1000 4 s
EOF
good "a stale entry" "$L2TLB" replay -q --oracle stale.gvt
has "a stale entry: judged" '^  Judged +3$'
has "a stale entry: stale" '^    right by an older value +1$'
has "a stale entry: all" '^  Not judged +0$'
sed 's/^mem 80002008 244000cf/csr 3b1 0/' stale.gvt >pmp.gvt
good "PMP without a fence" "$L2TLB" replay -q --oracle pmp.gvt
has "PMP without a fence: the reason" '^    PMP or PMA changed, no fence of everything yet +[1-9]'

bad "a log whose beginning is missing" 'it has no tables of its own' "$L2TLB" convert --from spike --own-tables late.log none.gvt
sed '3d' own.log >hole.log
good "a log with a hole" "$L2TLB" convert --from spike --own-tables hole.log hole.gvt
said "a log with a hole" '; [0-9]+ accesses that these do not translate$'

# Recorded with Spike (0.0.5.dev20 of its Python package): a small program of ours that builds two stages, enters
# VS mode and maps a page there. Lines without an effect are left out.
cat >spike.log <<'EOF'
core   0: 3 0x000000000000100c (0x0182b283) x5  0x0000000080000000 mem 0x0000000000001018
core   0: 3 0x0000000080000010 (0x30529073) c773_mtvec 0x0000000080000020
core   0: 3 0x0000000080002014 (0x3b079073) c944_pmpaddr0 0x003fffffffffffff
core   0: 3 0x000000008000201c (0x3a079073) c928_pmpcfg0 0x000000000000001f
core   0: 3 0x0000000080002030 (0x00e7b823) mem 0x0000000080200010 0x00000000200000df
core   0: 3 0x0000000080002048 (0x00c7b423) mem 0x0000000080210008 0x0000000020084401
core   0: 3 0x0000000080002068 (0x00c73023) mem 0x0000000080211000 0x0000000020084801
core   0: 3 0x000000008000207c (0x00f73023) mem 0x0000000080212000 0x0000000020000ccb
core   0: 3 0x0000000080002088 (0x00f73423) mem 0x0000000080212008 0x00000000200c00c7
core   0: 3 0x0000000080002090 (0x00d73823) mem 0x0000000080212010 0x00000000200848c7
core   0: 3 0x0000000080002098 (0xf347b783) x15 0x8000000000080200 mem 0x0000000080004fc8
core   0: 3 0x000000008000209c (0x68079073) c1664_hgatp 0x8000000000080200
core   0: 3 0x00000000800020a4 (0xf307b783) x15 0x8000000000080210 mem 0x0000000080004fd0
core   0: 3 0x00000000800020a8 (0x28079073) c640_vsatp 0x8000000000080210
core   0: 3 0x00000000800020ac (0x62000073)
core   0: 3 0x00000000800020b0 (0x22000073)
core   0: 3 0x00000000800020b8 (0x34179073) c833_mepc 0x0000000040000000
core   0: 3 0x00000000800020c4 (0x3007a073) c768_mstatus 0x0000008a00000000
core   0: 3 0x00000000800020d0 (0x3007b073) c768_mstatus 0x0000008a00000000
core   0: 3 0x00000000800020dc (0x3007a073) c768_mstatus 0x0000008a00000800
core   0: 3 0x00000000800020e0 (0x30200073) c768_mstatus 0x0000000a00000080
core   0: 1 0x0000000040000000 (0x40001537) x10 0x0000000040001000
core   0: 1 0x0000000040000004 (0x00053583) x11 0x0000000000000000 mem 0x0000000040001000
core   0: 1 0x0000000040000008 (0x00b53423) mem 0x0000000040001008 0x0000000000000000
core   0: 1 0x000000004000000c (0x40002637) x12 0x0000000040002000
core   0: 1 0x0000000040000010 (0x200c06b7) x13 0x00000000200c0000
core   0: 1 0x0000000040000014 (0x4076869b) x13 0x00000000200c0407
core   0: 1 0x0000000040000018 (0x0c06e693) x13 0x00000000200c04c7
core   0: 1 0x000000004000001c (0x00d63c23) mem 0x0000000040002018 0x00000000200c04c7
core   0: 1 0x0000000040000020 (0x12000073)
core   0: 1 0x0000000040000024 (0x40003737) x14 0x0000000040003000
core   0: 1 0x0000000040000028 (0x00073783) x15 0x0000000000000000 mem 0x0000000040003000
core   0: 1 0x000000004000002c (0x00f73823) mem 0x0000000040003010 0x0000000000000000
core   0: 1 0x0000000040000030 (0x1007382f) x16 0x0000000000000000 mem 0x0000000040003000
core   0: 1 0x0000000040000034 (0x190738af) x17 0x0000000000000000 mem 0x0000000040003000 0x0000000000000000
core   0: 1 0x0000000040000038 (0x0117382f) x16 0x0000000000000000 mem 0x0000000040003000 mem 0x0000000040003000 0x0000000000000000
EOF
cat >spike.want <<'EOF'
mem 80200010 200000df
mem 80210008 20084401
mem 80211000 20084801
mem 80212000 20000ccb
mem 80212008 200c00c7
mem 80212010 200848c7
f 40000000 4 vs +4
l 40001000 8 vs +1
s 40001008 8 vs +1
s 40002018 8 vs +5
mem 80212018 200c04c7
hfence.vvma * *
l 40003000 8 vs +3
s 40003010 8 vs +1
r 40003000 8 vs +1
a 40003000 8 vs +1
a 40003000 8 vs +1
EOF
good "recorded" "$L2TLB" convert --from spike --own-tables spike.log spike.gvt
said "recorded: the sum" ' 7 words of 4 pages of tables$'
sed '1,/^redirect/d; /^end/d' spike.gvt >spike.got
same "recorded: what V=1 does" spike.want spike.got
good "recorded: replay" "$L2TLB" replay -q --oracle spike.gvt
has "recorded: no faults" 'Answers with a fault +0$'

bad "formats without data" '--own-tables does nothing with din' "$L2TLB" convert --from din --own-tables own.log x.gvt
bad "our own traces" '--own-tables does nothing with gvt' "$L2TLB" convert --from gvt --own-tables own.gvt x.gvt
cp start.img keep
bad "over the memory" 'is the same file' "$L2TLB" convert --from spike --own-tables --memory start.img late.log start.img
same "over the memory: it stays" start.img keep
bad "--memory alone" 'is for --own-tables' "$L2TLB" convert --from spike --memory start.img own.log x.gvt
bad "--memory: no file" 'No such file' "$L2TLB" convert --from spike --own-tables --memory nofile own.log x.gvt
printf 'csr tcr_el1 1\n' >arm.img
bad "--memory: register" 'arm.img:1: unknown control register' "$L2TLB" convert --from spike --own-tables --memory arm.img own.log x.gvt
bad "replay on AArch64" 'isa aarch64' "$L2TLB" replay --arch aarch64 own.gvt
sed 's/^tables records/tables records x/' own.gvt >bad.gvt
bad "header" "bad value of header key 'tables'" "$L2TLB" replay bad.gvt
finish
