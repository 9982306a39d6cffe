// SPDX-License-Identifier: MulanPSL-2.0
// Parts of `l2tlb walk`: the world it walks, and the picture it prints.
#ifndef L2TLB_CMD_WALK_H
#define L2TLB_CMD_WALK_H

#include "arch/cfg.h"
#include "arch/pmp.h"
#include "arch/smmpt.h"
#include "arch/walk_a64.h"
#include "arch/walk_riscv.h"
#include "mem/phys.h"
#include "mem/ptbuild.h"
#include "world/image.h"
#include "world/symbols.h"

#include <stdio.h>

// Names of addresses (cmd/walk_symbols.c).
struct walk_symbols {
    struct symbols *host, *guest; // V=0, V=1; NULL: none
};
// `[host:|guest:]FILE` of every --symbols; without a prefix for both. False: a message in msg.
struct opt_list;
bool walk_symbols_open(struct walk_symbols *y, const struct opt_list *list, char *msg, size_t size);
void walk_symbols_free(struct walk_symbols *y);

// What a walk asked of the Memory Protection Table (cmd/walk_mpt.c): every table word, and the access itself.
enum { WALK_CHECKS = WALK_REFS + WALK_UPDATES + 1 };
struct walk_mpt {
    struct smmpt regs; // mmpt; SMMPT_BARE: nothing is checked
    unsigned count;
    struct walk_mpt_check {
        uint8_t use, verdict; // enum walk_use, enum walk_reason
        struct smmpt_result r;
    } check[WALK_CHECKS];
};

enum walk_arch { WALK_RISCV64, WALK_RISCV32, WALK_AARCH64 };

struct walk_scene {
    unsigned arch; // enum walk_arch
    struct phys *mem;
    struct rv_regs rv;
    struct a64_regs a64;
    struct l2tlb_cfg cfg; // for PMP and PMA (RISC-V)
    struct pmp pmp;
    bool has_pmp; // the image programs it
    bool no_pma; // memory everywhere, every right
    struct walk_mpt mpt;      // of the last walk
    struct pmp_answer denial; // of the last question; means something after FAULT_ACCESS
    bool has_bitmap;
    bool confidential; // MBMC.CMODE: the hart may use secure pages
    uint64_t bitmap; // byte address of the Shield-Bitmap's table
    uint64_t free_host, free_guest; // where --map looks for memory for tables
    struct image_info info; // of walk_image()
    struct walk_symbols symbols;
};

// One access, whatever the architecture.
struct walk_request {
    uint64_t va;
    unsigned access; // enum rv_access; AArch64: RV_READ, RV_WRITE, RV_FETCH
    bool user;       // U, EL0
    bool virt;       // RISC-V: V=1; HLVX always is
};

// A world with both stages built for one translation: the guest's tables lie in guest memory, each
// of their pages behind a stage-2 leaf of its own. format PT_FORMATS: the stage is off.
struct walk_build {
    struct pt_config c1, c2;
    unsigned shift1, shift2; // log2 of the data page in each stage
    bool user;               // the stage-1 page belongs to U mode (EL0)
    bool empty;              // no translation: only the roots, for --map
    uint64_t va;
};
// NULL or why it cannot be built. Fills s->mem and the registers.
const char *walk_build(struct walk_scene *s, const struct walk_build *b, char *msg, size_t size);

// Sets a register or flag by name. NULL, or what is wrong.
const char *walk_register(struct walk_scene *s, const char *name, uint64_t value);
// NAME=VALUE of every --reg. NULL or msg.
const char *walk_registers(struct walk_scene *s, const struct opt_list *list, char *msg, size_t size);
// Reads an image of any form (world/image.h). Returns false after filling msg.
bool walk_image(struct walk_scene *s, const char *path, char *msg, size_t size);

// "4K", "2M", "1G": log2 of the size. NULL or what is wrong.
const char *walk_page_size(const char *text, unsigned *shift);

// --- --map and --unmap (cmd/walk_map.c)

// A table word that an edit changes: an entry, at its host address.
struct walk_word {
    uint64_t address, old, value;
    unsigned stage; // whose table
};

struct walk_edit {
    const char *text; // as it was given
    bool unmap;
    unsigned stage; // 0: the first one that translates
    uint64_t from, to;
    unsigned shift, flags; // of the page (mem/ptbuild.h)
    size_t first, count;   // its words
};

struct walk_edits {
    struct walk_edit *edit;
    unsigned count;
    struct walk_word *word;
    size_t words, room;
};

// `[s1:|s2:]VA=PA,SIZE,RIGHTS`, or `[s1:|s2:]VA` for unmap. NULL or what is wrong.
const char *walk_edit_parse(const char *text, bool unmap, struct walk_edit *e);
// Works out the words of every edit, one after the other, with the tables that the registers of s name
// (virt: RISC-V's V); memory is as before afterwards. NULL or why one of them is impossible.
const char *walk_edits_plan(struct walk_scene *s, struct walk_edits *e, bool virt, char *msg,
                            size_t size);
void walk_edit_apply(struct walk_scene *s, const struct walk_edits *e, unsigned i);
// What step i (0: before the first edit) did, as text.
void walk_step_print(const struct walk_edits *e, unsigned i, FILE *out);

// --- Memory Protection Table (cmd/walk_mpt.c) ---------------------------------------------------

// Builds a table at s->free_host from `RANGE=RIGHTS` of every --mpt, which mmpt then names. NULL or msg.
const char *walk_mpt_build(struct walk_scene *s, const struct opt_list *list, bool smmpt43, char *msg, size_t size);
// May `use` touch addr? As walk_mem.check(), after PMP; keeps what it looked up.
unsigned walk_mpt_check(struct walk_scene *s, const struct walk_mem *mem, uint64_t addr, unsigned use);
unsigned walk_mpt_references(const struct walk_mpt *m); // entries read by the walk
const struct walk_mpt_check *walk_mpt_denial(const struct walk_mpt *m); // that ended the walk, or NULL
void walk_mpt_denial_text(const struct walk_mpt *m, char text[96]);
void walk_mpt_print(const struct walk_mpt *m, FILE *out); // a line per check; nothing without MPT

// NULL or which register cannot be walked with.
const char *walk_scene_check(const struct walk_scene *s);
void walk_scene_run(struct walk_scene *s, const struct walk_request *q, struct walk_result *r);
// walk_mem.read() of a scene, which is its ctx.
uint64_t walk_scene_read(void *scene, uint64_t addr, unsigned size);

// Which entry of PMP, PMA or the MPT refused and what is missing; "" when that is not the reason.
void walk_denial_text(const struct walk_scene *s, const struct walk_result *r, char text[96]);
// The two-dimensional picture, then one line per reference, then the result.
void walk_print(const struct walk_scene *s, const struct walk_result *r, FILE *out);

// One line of --report json (without its end) or csv; row 0 opens the array or writes the names.
// edits: NULL, or the line says after which step the walk was made, and which words the step changed.
void walk_report(const struct walk_scene *s, const struct walk_request *q,
                 const struct walk_result *r, bool json, uint64_t row,
                 const struct walk_edits *edits, unsigned step, FILE *out);
const char *walk_access_name(unsigned access); // "r", "w", "x", "hx", "ssr", "ssw"
// Is the outcome what --expect says: result, fault, page, guest, access, any?
bool walk_expected(const struct walk_result *r, const char *expect);

// Table of the references of a miss, each counted by walking a built world. n and m select stage-1
// and stage-2 levels (0: all). details: print each walk. Returns the exit status.
int walk_count(struct walk_scene *s, unsigned n, unsigned m, bool details, FILE *out);

#endif
