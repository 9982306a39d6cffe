// SPDX-License-Identifier: MulanPSL-2.0
// "MPT access type permissions lookup process" of the draft; numbers of steps are its own.
#include "arch/smmpt.h"

#include "arch/bits.h"

#include <stddef.h>

enum { V = 1, L = 2 };

static const struct smmpt_format formats[SMMPT_MODES] = {
    [SMMPT_34] = {.name = "Smmpt34", .levels = 2, .size = 4, .index = 10, .root_index = 9, .range = 15,
                  .tuples = 3, .rights = 7, .n = 31, .n_levels = 1, .leaf_zero = 0x7c,
                  .table_zero = 0x3fc, .ppn = UINT64_C(0x3fffff) << 10},
    [SMMPT_43] = {.name = "Smmpt43", .levels = 3, .size = 8, .index = 9, .root_index = 9, .range = 16,
                  .tuples = 4, .rights = 10, .n = 63, .n_levels = 3,
                  .leaf_zero = UINT64_C(0x1f) << 58 | 0x3fc,
                  .table_zero = UINT64_C(1) << 62 | 0x3fc, .ppn = UINT64_C(0xfffffffffffff) << 10},
    [SMMPT_52] = {.name = "Smmpt52", .levels = 4, .size = 8, .index = 9, .root_index = 9, .range = 16,
                  .tuples = 4, .rights = 10, .n = 63, .n_levels = 4,
                  .leaf_zero = UINT64_C(0x1f) << 58 | 0x3fc,
                  .table_zero = UINT64_C(1) << 62 | 0x3fc, .ppn = UINT64_C(0xfffffffffffff) << 10},
};

const struct smmpt_format *smmpt_format(unsigned mode)
{
    return mode == SMMPT_BARE || mode >= SMMPT_MODES ? NULL : &formats[mode];
}

// --- mmpt (draft, chapter Smsdid; spec E 1.2.1) ---------------------------------------------------

const char *smmpt_decode(unsigned xlen, uint64_t v, struct smmpt *m)
{
    bool wide = xlen == 64;
    unsigned mode = (unsigned)(wide ? bits(v, 63, 60) : bits(v, 31, 30));
    *m = (struct smmpt){
        .mode = (uint8_t)(!mode ? SMMPT_BARE : wide ? mode + SMMPT_43 - 1 : SMMPT_34),
        .sdid = (uint8_t)(wide ? bits(v, 57, 52) : bits(v, 27, 22)),
        .opt_out = wide && bit(v, 59),
        .root = (wide ? bits(v, 43, 0) : bits(v, 21, 0)) << 12,
    };
    if (!wide && v >> 32)
        return "mmpt has 32 bits on RV32";
    if (wide && mode == 3)
        return "mmpt selects Smmpt64, which is not known here (Smmpt43 is 1, Smmpt52 2)";
    if (mode > (wide ? 2u : 1u))
        return "mmpt selects a reserved mode";
    return NULL;
}

uint64_t smmpt_encode(const struct smmpt *m)
{
    uint64_t ppn = m->root >> 12;
    if (m->mode == SMMPT_34)
        return UINT64_C(1) << 30 | (uint64_t)m->sdid << 22 | ppn;
    return (m->mode ? (uint64_t)(m->mode - SMMPT_43 + 1) : 0) << 60 | (uint64_t)m->opt_out << 59 |
           (uint64_t)m->sdid << 52 | ppn;
}

// --- lookup -------------------------------------------------------------------------------------

// Steps 3 and 4: what an entry is.
static unsigned decode(const struct smmpt_format *f, uint64_t entry, unsigned level)
{
    bool leaf = entry & L, wide = f->size == 8; // a pointer of RV32 has no N
    if (!(entry & V))
        return WALK_MPT_INVALID;
    if (bit(entry, f->n) && (leaf ? level >= f->n_levels : wide))
        return WALK_MPT_NAPOT;
    if (entry & (leaf ? f->leaf_zero : f->table_zero))
        return WALK_MPT_RESERVED;
    return leaf ? WALK_LEAF : level ? WALK_TABLE : WALK_MPT_NO_LEAF;
}

// Step 5: the rights of the page, and how far around it they reach.
static void found(const struct smmpt_format *f, uint64_t entry, unsigned level, struct smmpt_result *r)
{
    unsigned low = smmpt_right_shift(f, level), all = 3u << f->tuples;
    uint64_t k = r->pa >> low & mask64(f->tuples), rights = entry >> f->rights & mask64(all);
    r->rights = (uint8_t)(rights >> 3 * k & SMMPT_ALL);
    bool equal = true;
    for (unsigned i = 0; i < 1u << f->tuples; i++)
        equal &= (rights >> 3 * i & SMMPT_ALL) == r->rights;
    r->napot = bit(entry, f->n) && equal;
    r->shift = (uint8_t)(r->napot ? low + f->index : equal ? smmpt_shift(f, level) : low);
    if (r->napot && f->size == 4)
        r->shift = 22; // 1024 pages
    if ((r->rights & (SMMPT_R | SMMPT_W)) == SMMPT_W)
        r->reason = WALK_MPT_WRITE_ONLY;
}

static unsigned read_entry(const struct smmpt_format *f, const struct walk_mem *mem,
                           struct smmpt_ref *ref)
{
    if (ref->address >> 56) // no memory has such addresses
        ref->verdict = WALK_NO_MEMORY;
    else
        ref->verdict = (uint8_t)walk_check(mem, ref->address, USE_MPT_READ);
    if (ref->verdict != WALK_LEAF)
        return ref->verdict;
    ref->entry = mem->read(mem->ctx, ref->address, f->size);
    return decode(f, ref->entry, ref->level);
}

void smmpt_lookup(const struct smmpt *m, const struct walk_mem *mem, uint64_t pa,
                  struct smmpt_result *r)
{
    const struct smmpt_format *f = smmpt_format(m->mode);
    *r = (struct smmpt_result){.pa = pa, .reason = WALK_LEAF, .rights = SMMPT_ALL, .shift = 64};
    if (!f)
        return;
    unsigned level = f->levels - 1u;
    r->rights = 0;
    r->level = (uint8_t)level;
    r->shift = (uint8_t)(smmpt_shift(f, level) + f->root_index);
    if (pa >> r->shift) {
        r->reason = WALK_MPT_WIDTH;
        return;
    }
    uint64_t table = m->root;
    for (;; level--) {
        struct smmpt_ref *ref = &r->ref[r->nrefs++];
        uint64_t index = pa >> smmpt_shift(f, level) & mask64(smmpt_index_bits(f, level));
        ref->address = table + index * f->size;
        ref->level = r->level = (uint8_t)level;
        r->reason = ref->reason = (uint8_t)read_entry(f, mem, ref);
        r->shift = (uint8_t)smmpt_shift(f, level);
        if (r->reason == WALK_LEAF)
            found(f, ref->entry, level, r);
        if (r->reason != WALK_TABLE)
            return;
        table = (ref->entry & f->ppn) >> 10 << 12; // step 4
    }
}

unsigned smmpt_verdict(const struct smmpt_result *r, unsigned use, bool mxr)
{
    static const uint8_t need[] = {
        [USE_TABLE_READ] = SMMPT_R, [USE_TABLE_WRITE] = SMMPT_W, [USE_LOAD] = SMMPT_R,
        [USE_STORE] = SMMPT_W,      [USE_FETCH] = SMMPT_X,       [USE_LOAD_X] = SMMPT_X,
        [USE_SHADOW] = SMMPT_R | SMMPT_W,
    };
    if (r->reason != WALK_LEAF)
        return r->reason;
    unsigned missing = need[use] & ~(unsigned)r->rights;
    if (use == USE_LOAD && mxr && (r->rights & SMMPT_X))
        missing = 0;
    return missing ? WALK_MPT_RIGHT : WALK_LEAF;
}

const char *smmpt_rights_text(unsigned rights)
{
    static const char *const text[8] = {"---", "r--", "-w-", "rw-", "--x", "r-x", "-wx", "rwx"};
    return text[rights & SMMPT_ALL];
}
