// SPDX-License-Identifier: MulanPSL-2.0
// One random set of page tables with registers and probes, what our walk expects of each probe, and
// the comparison with what QEMU did.
//
// A set is a pure function of seed and number: the generator writes it into the list of the guest,
// and the comparer makes it again.
#ifndef L2TLB_QEMU_SET_H
#define L2TLB_QEMU_SET_H

#include "arch/walk_a64.h"
#include "arch/walk_riscv.h"
#include "mem/phys.h"
#include "mem/ptbuild.h"
#include "tests/qemu/guest/guest.h"

#include <stdio.h>

enum { QC_PROBES = 96, QC_LINE = 1024 };

// Why a probe, or a part of its result, is not compared.
enum qc_mask {
#define MASK(name, text) MASK_##name,
#include "tests/qemu/masks.def"
#undef MASK
    MASKS
};
const char *qc_mask_text(unsigned mask);

// The machine: RISC-V without and with Svnapot and Svpbmt, RV32; AArch64 with everything that QEMU
// has, and Arm's cores of 40 (Cortex-A53) and 44 bits of physical address (A57, A72), which are Armv8.0.
enum qc_machine { QC_RV64, QC_RV64_EXT, QC_RV32, QC_A64, QC_A53, QC_A57, QC_A72, QC_MACHINES };
static inline bool qc_is_a64(unsigned machine) { return machine >= QC_A64; }
static inline bool qc_is_v80(unsigned machine) { return machine > QC_A64; }

struct qc_probe {
    uint64_t va;
    unsigned op; // as the guest wants it, guest.h
};

// Memory of a set as the walk sees it: table words, the arena, and what earlier steps of the same
// probe changed.
struct qc_memory {
    struct phys *words;
    uint64_t arena, tables, next; // next free table frame
    bool a64;
    struct walk_update change[CHANGES];
    unsigned changes;
};

struct qc_set {
    unsigned machine; // enum qc_machine
    uint64_t random;
    struct qc_memory mem;
    struct pt *t1[2], *t2; // stage 1 (AArch64: TTBR0, TTBR1); NULL where a stage is off
    struct rv_regs rv;
    struct a64_regs a64;
    bool virt;
    uint64_t stub[2]; // where user and supervisor find their trampoline
    uint64_t vbar;
    unsigned ipa_bits; // AArch64: limit of new intermediate addresses
    struct qc_probe probe[QC_PROBES];
    unsigned probes;
};

struct qc_result {
    unsigned long set, probe;
    uint64_t value[RESULTS];
    struct walk_update change[CHANGES];
    unsigned changes;
};

// A new set; NULL when memory is exhausted.
struct qc_set *qc_new(unsigned machine, uint64_t seed, unsigned number);
void qc_free(struct qc_set *s);

// What a probe must give. mask: MASK_NONE, or why it is not run at all.
struct qc_expect {
    unsigned mask;
    unsigned part; // a part is not compared, MASK_NONE: everything is
    uint64_t hit;  // place that a store changes, 0 none
    struct walk_result r;     // of the step that ends the probe
    enum { STEP_STUB, STEP_ACCESS } step;
};

void qc_expect_riscv(struct qc_set *s, const struct qc_probe *p, struct qc_expect *e);
void qc_expect_a64(struct qc_set *s, const struct qc_probe *p, struct qc_expect *e);
// True when the result is what was expected; else what differs, in msg.
bool qc_same_riscv(const struct qc_set *s, const struct qc_probe *p, const struct qc_expect *e,
                   const struct qc_result *got, char *msg, size_t size);
bool qc_same_a64(const struct qc_set *s, const struct qc_probe *p, const struct qc_expect *e,
                 const struct qc_result *got, char *msg, size_t size);

// --- for the generators of the architectures ----------------------------------------------------

bool qc_make_riscv(struct qc_set *s);
bool qc_make_a64(struct qc_set *s);
uint64_t qc_random(struct qc_set *s);
uint64_t qc_below(struct qc_set *s, uint64_t n); // 0..n-1
bool qc_chance(struct qc_set *s, unsigned of);   // once in `of`
uint64_t qc_frame(void *set, uint64_t size);     // pt_frames.alloc of stage 2
uint64_t qc_host_of(void *set, uint64_t gpa);    // pt_frames.host of stage 1
// Maps a page of some size of table t so that some address translates to `to`. The address is
// random below bit `limit`, and has the bits of `high` set. Returns it, PT_NO_FRAME when nothing
// fitted.
uint64_t qc_map(struct qc_set *s, struct pt *t, uint64_t to, unsigned limit, uint64_t high,
                unsigned flags);
// All words of a table that are not 0.
struct qc_words {
    uint64_t *addr;
    size_t n, room;
};
bool qc_words(const struct qc_set *s, struct qc_words *w);

void qc_start(struct qc_set *s); // forget the changes of an earlier probe
// Takes the updates of a walk over; false when the test cannot follow them.
bool qc_apply(struct qc_set *s, const struct walk_result *r);
bool qc_same_changes(const struct qc_set *s, const struct qc_result *got, char *msg, size_t size);
uint64_t qc_read(void *memory, uint64_t addr, unsigned size); // walk_mem.read
bool qc_in_arena(const struct qc_set *s, uint64_t addr);
bool qc_reads_own(const struct qc_set *s, const struct walk_result *r);

#endif
