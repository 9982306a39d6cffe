// SPDX-License-Identifier: MulanPSL-2.0
// The registers that a translation depends on, as they were when the machine stood: taken from a
// machine, from files, or given one by one; and which of them are not there.
#ifndef L2TLB_SNAPSHOT_REGS_H
#define L2TLB_SNAPSHOT_REGS_H

#include "arch/walk_a64.h"
#include "arch/walk_riscv.h"
#include "snapshot/machine.h"

#include <stdio.h>

enum snap_reg {
#define REG(id, arch, name, source, image) REG_##id,
#include "snapshot/regs.def"
#undef REG
    SNAP_REGS
};

enum { SNAP_PMP = 64, SNAP_MISSING = 256 };

struct snap_regs {
    unsigned arch; // enum machine_arch; ARCHES: not known yet
    bool has[SNAP_REGS], given[SNAP_REGS]; // given: by the user, so that no source replaces it
    uint64_t value[SNAP_REGS];
    bool has_pmp[SNAP_PMP]; // CSRs 3a0.. and 3b0..: pmpcfg0 to 15, pmpaddr0 to 47
    uint64_t pmp[SNAP_PMP];
    bool hidden;                // the V=1 trap: the host's registers could not be seen
    char missing[SNAP_MISSING]; // names of registers that should be there, with blanks between
};

// A register by its name (or PMP's, "pmpaddr3" or "3b3"). NULL or what is wrong.
const char *regs_set(struct snap_regs *g, const char *name, uint64_t value);
// Lines `NAME=VALUE` or `csr NAME VALUE`, hexadecimal, # comments. False: a message.
bool regs_file(struct snap_regs *g, const char *path, char *msg, size_t size);
// A register by the name of a source or its own, whatever the case. False: it is not there.
bool regs_find(const struct snap_regs *g, const char *name, uint64_t *value);
// All that the machine shows and nobody gave. BROKEN: m->msg.
enum machine_answer regs_take(struct snap_regs *g, struct machine *m);
// Works out what follows from them, and what is missing. NULL or what is wrong.
const char *regs_finish(struct snap_regs *g, bool swaps);

uint64_t regs_get(const struct snap_regs *g, unsigned id); // 0 when it is not there
// V or the exception level, privilege: -1 not known.
int regs_virt(const struct snap_regs *g);
int regs_priv(const struct snap_regs *g); // RISC-V 0, 1, 3; AArch64 0 to 3
// Is the hart in a guest: V=1; AArch64: EL0 or EL1 with stage 2 on? -1 not known.
int regs_guest(const struct snap_regs *g);

// As the functional walks take them.
void regs_riscv(const struct snap_regs *g, struct rv_regs *to);
void regs_a64(const struct snap_regs *g, struct a64_regs *to);

// `csr NAME VALUE` for every one that an image holds.
void regs_print(const struct snap_regs *g, void (*line)(void *ctx, const char *name, uint64_t value), void *ctx);

#endif
