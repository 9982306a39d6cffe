// SPDX-License-Identifier: MulanPSL-2.0
// Memory Protection Tables without time: which rights has a domain to a physical page? Smmpt34, Smmpt43
// and Smmpt52 with Smmptnapot (RISC-V Supervisor Domains Access Protection, draft v0.4, "Machine-mode
// Memory Protection Table"; formats also in spec E 1.2). Independent of mpt/, the timed checker.
//
// This is the architecture. XiangShan's checker differs (spec E 1.2, E 3):
//   Smmpt43     does not look at address bits 47:43 (T21); here they must be 0
//   N           is read by nothing there; here it is reserved in a pointer (there is no Smmptnlnapot),
//               and a leaf with it says that the aligned 512 (RV32: 1024) rights around are the same
//   pointers    bits 57:46 are not looked at there; here they are part of the address
//   PMP         the root is not asked for there (T15); here every entry is
//   MXR         does not reach its L1's look at the rights; here it lends loads the right X
//   bit 59      of mmpt (optOutInNode) is its own: accesses to page tables are not checked
// A right of which only another page's is malformed (W without R) does not spoil the entry, as there.
#ifndef L2TLB_ARCH_SMMPT_H
#define L2TLB_ARCH_SMMPT_H

#include "arch/walk.h"

enum smmpt_mode { SMMPT_BARE, SMMPT_34, SMMPT_43, SMMPT_52, SMMPT_MODES };
enum { SMMPT_R = 1, SMMPT_W = 2, SMMPT_X = 4, SMMPT_ALL = 7, SMMPT_LEVELS = 4 };
enum { MMPT_CSR = 0x382 };

// An entry of level 0 covers 1 << range bytes, one of level k 1 << (range + k * index); a leaf holds
// 1 << tuples rights, the lowest at bit `rights`, each for the same share of what the entry covers.
struct smmpt_format {
    const char *name;
    uint8_t levels, size, index, root_index; // size: bytes of an entry; bits of an index
    uint8_t range, tuples, rights;
    uint8_t n; // bit N
    uint8_t n_levels; // levels below this one may have leaves with N
    uint64_t leaf_zero, table_zero, ppn; // bits that must be 0; page number of a pointer
};
// NULL: SMMPT_BARE.
const struct smmpt_format *smmpt_format(unsigned mode);
static inline unsigned smmpt_shift(const struct smmpt_format *f, unsigned level)
{
    return f->range + level * f->index;
}
static inline unsigned smmpt_index_bits(const struct smmpt_format *f, unsigned level)
{
    return level + 1u == f->levels ? f->root_index : f->index;
}
// log2 of the bytes that one right of a leaf covers.
static inline unsigned smmpt_right_shift(const struct smmpt_format *f, unsigned level)
{
    return smmpt_shift(f, level) - f->tuples;
}

// The CSR mmpt.
struct smmpt {
    uint8_t mode; // enum smmpt_mode
    uint8_t sdid;
    bool opt_out; // optOutInNode
    uint64_t root; // byte address
};
// NULL, or what is wrong with the value (modes that are reserved or not known here).
const char *smmpt_decode(unsigned xlen, uint64_t mmpt, struct smmpt *m);
uint64_t smmpt_encode(const struct smmpt *m);

struct smmpt_ref {
    uint64_t address, entry; // entry: 0 when the read was refused
    uint8_t level, reason;   // WALK_TABLE, WALK_LEAF, or why the lookup ends here
    uint8_t verdict;         // of check(): WALK_LEAF or the reason of the refusal
};

struct smmpt_result {
    uint64_t pa;
    uint8_t reason; // WALK_LEAF: rights are those of the page; else no right can be had from the table
    uint8_t rights; // SMMPT_x; W without R is a WALK_MPT_WRITE_ONLY
    uint8_t level;  // of the last entry read
    uint8_t shift;  // log2 of the aligned bytes around pa that this entry says have the same rights
    bool napot;     // ... by N
    uint8_t nrefs;
    struct smmpt_ref ref[SMMPT_LEVELS];
};

// Looks pa up. mem->check is asked with USE_MPT_READ for each entry. SMMPT_BARE: every right, no reads.
void smmpt_lookup(const struct smmpt *m, const struct walk_mem *mem, uint64_t pa,
                  struct smmpt_result *r);
// Does a lookup allow this use (enum walk_use)? WALK_LEAF or a reason. mxr: mstatus.MXR.
unsigned smmpt_verdict(const struct smmpt_result *r, unsigned use, bool mxr);
// Is this use checked at all?
static inline bool smmpt_checks(const struct smmpt *m, unsigned use)
{
    return m->mode != SMMPT_BARE && use != USE_MPT_READ && !(m->opt_out && use <= USE_TABLE_WRITE);
}
// "rwx", "r--", ...
const char *smmpt_rights_text(unsigned rights);

#endif
