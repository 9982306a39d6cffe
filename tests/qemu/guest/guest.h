// SPDX-License-Identifier: MulanPSL-2.0
// What the bare-metal guests share with the generator: the list of sets that QEMU loads beside the
// guest, in 64-bit words, and how a result is printed.
//
//   set:   MAGIC, words, probes, REGS registers, words x (address, value), probes x PROBE_WORDS
//   end:   a word that is not MAGIC
//   probe: virtual address, operation, place a store should change (0 none), trampoline address
//
// Result: P SET PROBE and RESULTS values, then the number of changed table words and an address and
// a value for each; all hexadecimal. The last line is E.
#ifndef L2TLB_QEMU_GUEST_H
#define L2TLB_QEMU_GUEST_H

enum { REGS = 8, PROBE_WORDS = 4, RESULTS = 8, CHANGES = 24 };
#define MAGIC 0x74657320716531ull
#define ARENA_BYTES (16ul << 20)
enum { STORE_VALUE = 0xa5 };

// RISC-V: RAM 0x80000000. Registers: satp, vsatp, hgatp, mstatus, vsstatus, virt.
#define RV_CODE 0x80000000ul
#define RV_TRAMPOLINE 0x80001000ul // load at 0, store at 16; each then an illegal instruction
#define RV_LIST 0x84000000ul
#define RV_TABLES 0x88000000ul
#define RV_ARENA 0x90000000ul
// AArch64: RAM 0x40000000. Registers: TCR, TTBR0, TTBR1, MAIR, SCTLR, VTCR, VTTBR, HCR; the first
// probe of a set (operation A64OP_VBAR) carries VBAR_EL1.
#define A64_CODE 0x40080000ul
#define A64_VECTORS 0x400a0000ul // EL1 vectors; trampolines behind them
#define A64_LIST 0x44000000ul
#define A64_TABLES 0x48000000ul
#define A64_ARENA 0x50000000ul
enum { A64_LOAD_STUB = 0x800, A64_STORE_STUB = 0x810 };

// Operations. RISC-V: bit 8 privilege S (VS).
enum { RVOP_LOAD, RVOP_STORE, RVOP_FETCH, RVOP_HLV, RVOP_HSV, RVOPS };
// AArch64: AT S1E1R, S1E1W, S1E0R, S1E0W, S12E1R .., then real accesses (bit 8: at EL1).
enum { A64OP_AT = 0, A64OP_LOAD = 8, A64OP_STORE, A64OP_FETCH, A64OP_VBAR };
enum { OP_SUPERVISOR = 0x100 };

#endif
