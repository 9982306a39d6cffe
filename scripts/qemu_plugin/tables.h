// SPDX-License-Identifier: MulanPSL-2.0
// The page tables of a running machine, as its traces hold them: found from the roots by reads of
// physical memory, then followed through the stores of all harts. What a table points to is a table, too.
#ifndef L2TLB_QEMU_TABLES_H
#define L2TLB_QEMU_TABLES_H

#include "arch/walk_riscv.h"

struct vm_tables;

// ram: no page below is a table, none is read there (devices). word: a word of a table is now known, or has
// changed; called before the access that needs it.
struct vm_tables *vm_tables_new(uint64_t ram, void (*word)(uint64_t addr, uint64_t value)); // NULL: out of memory
void vm_tables_free(struct vm_tables *t);

// All that satp, vsatp and hgatp reach. Pages that are known are compared with memory again: not every
// instruction that writes shows as a store (cbo.zero does not).
void vm_tables_roots(struct vm_tables *t, const struct rv_regs *g);
// A hart has stored n bytes. user: in U mode, which writes no tables of its own: the page was one.
void vm_tables_store(struct vm_tables *t, uint64_t pa, unsigned n, bool user);
// Walks the tables as the trace has them; tables that were not known yet become so. Where that does not give
// `pa` (UINT64_MAX: any), the words that were read are compared with memory once more, for
// the bits A and D that hardware sets. False: the walk does not agree.
bool vm_tables_walk(struct vm_tables *t, const struct rv_regs *g, const struct rv_request *q, uint64_t pa);

unsigned vm_tables_pages(const struct vm_tables *t);
// Grows with every change: what was found out before may not hold any more.
uint64_t vm_tables_changes(const struct vm_tables *t);
const char *vm_tables_trouble(const struct vm_tables *t); // NULL, or why the traces are not right

#endif
