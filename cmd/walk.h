// SPDX-License-Identifier: MulanPSL-2.0
// Parts of `l2tlb walk`: the world it walks, and the picture it prints.
#ifndef L2TLB_CMD_WALK_H
#define L2TLB_CMD_WALK_H

#include "arch/cfg.h"
#include "arch/pmp.h"
#include "arch/walk_a64.h"
#include "arch/walk_riscv.h"
#include "mem/phys.h"
#include "mem/ptbuild.h"

#include <stdio.h>

enum walk_arch { WALK_RISCV64, WALK_RISCV32, WALK_AARCH64 };

struct walk_scene {
    unsigned arch; // enum walk_arch
    struct phys *mem;
    struct rv_regs rv;
    struct a64_regs a64;
    struct l2tlb_cfg cfg; // for PMP and PMA (RISC-V)
    struct pmp pmp;
    bool no_pma; // memory everywhere, every right
    struct pmp_answer denial; // of the last question; means something after FAULT_ACCESS
    bool has_bitmap;
    uint64_t bitmap; // byte address of the Shield-Bitmap's table
};

// One access, whatever the architecture.
struct walk_request {
    uint64_t va;
    unsigned access; // 'r', 'w', 'x', or 'h' (RISC-V HLVX)
    bool user;       // U, EL0
    bool virt;       // RISC-V: V=1; HLVX always is
};

// A world with both stages built for one translation: the guest's tables lie in guest memory, each
// of their pages behind a stage-2 leaf of its own. format PT_FORMATS: the stage is off.
struct walk_build {
    struct pt_config c1, c2;
    unsigned shift1, shift2; // log2 of the data page in each stage
    bool user;               // the stage-1 page belongs to U mode (EL0)
    uint64_t va;
};
// NULL or why it cannot be built. Fills s->mem and the registers.
const char *walk_build(struct walk_scene *s, const struct walk_build *b, char *msg, size_t size);

// Sets a register or flag by name. NULL, or what is wrong.
const char *walk_register(struct walk_scene *s, const char *name, uint64_t value);
// Reads an image of any form (world/image.h). Returns false after filling msg.
bool walk_image(struct walk_scene *s, const char *path, char *msg, size_t size);

// NULL or which register cannot be walked with.
const char *walk_scene_check(const struct walk_scene *s);
void walk_scene_run(struct walk_scene *s, const struct walk_request *q, struct walk_result *r);

// Which entry of PMP or PMA refused and what is missing; "" when that is not the reason.
void walk_denial_text(const struct walk_scene *s, const struct walk_result *r, char text[96]);
// The two-dimensional picture, then one line per reference, then the result.
void walk_print(const struct walk_scene *s, const struct walk_result *r, FILE *out);

// One line of --report json (without its end) or csv; row 0 opens the array or writes the names.
void walk_report(const struct walk_scene *s, const struct walk_request *q,
                 const struct walk_result *r, bool json, uint64_t row, FILE *out);
const char *walk_access_name(unsigned access); // "r", "w", "x", "hx"
// Is the outcome what --expect says: result, fault, page, guest, access, any?
bool walk_expected(const struct walk_result *r, const char *expect);

// Table of the references of a miss, each counted by walking a built world. n and m select stage-1
// and stage-2 levels (0: all). details: print each walk. Returns the exit status.
int walk_count(struct walk_scene *s, unsigned n, unsigned m, bool details, FILE *out);

#endif
