// SPDX-License-Identifier: MulanPSL-2.0
#include "mem/ptformat.h"

#include "arch/bits.h"
#include "arch/pte.h"

static const struct {
    const char *name;
    uint8_t levels, index, entry, output;
} riscv[] = {
    [PT_SV32] = {"Sv32", 2, 10, 4, 34},     [PT_SV39] = {"Sv39", 3, 9, 8, 56},
    [PT_SV48] = {"Sv48", 4, 9, 8, 56},      [PT_SV57] = {"Sv57", 5, 9, 8, 56},
    [PT_SV32X4] = {"Sv32x4", 2, 10, 4, 34}, [PT_SV39X4] = {"Sv39x4", 3, 9, 8, 56},
    [PT_SV48X4] = {"Sv48x4", 4, 9, 8, 56},  [PT_SV57X4] = {"Sv57x4", 5, 9, 8, 56},
};

const char *pt_format_name(unsigned format)
{
    if (format <= PT_SV57X4)
        return riscv[format].name;
    return format == PT_A64_S1 ? "VMSAv8-64 stage 1"
           : format == PT_A64_S2 ? "VMSAv8-64 stage 2"
                                 : "?";
}

static const char *geometry_riscv(const struct pt_config *c, struct pt_geometry *g)
{
    bool stage2 = c->format >= PT_SV32X4;
    unsigned levels = riscv[c->format].levels, index = riscv[c->format].index;
    *g = (struct pt_geometry){
        .page = 12,
        .index = index,
        .levels = levels,
        .root_bits = index + (stage2 ? 2 : 0),
        .entry = riscv[c->format].entry,
        .input = 12 + levels * index + (stage2 ? 2 : 0),
        .output = riscv[c->format].output,
        .stage2 = stage2,
        .sign = !stage2 && levels > 2,
    };
    return NULL;
}

static const char *geometry_a64(const struct pt_config *c, struct pt_geometry *g)
{
    if (c->granule != 12 && c->granule != 14 && c->granule != 16)
        return "granule must be 12, 14 or 16 (4, 16 or 64 KiB)";
    if (c->lpa2 && c->granule == 16)
        return "the 64-KiB granule has no LPA2 format";
    unsigned most = c->lpa2 || c->granule == 16 ? 52 : 48;
    if (c->input_bits < 16 || c->input_bits > most || c->input_bits <= c->granule)
        return "input size must be between 16 and 48 bits (52 with LPA2 or 64-KiB pages)";
    unsigned index = c->granule - 3, above = c->input_bits - c->granule;
    unsigned levels = (above + index - 1) / index, root = above - (levels - 1) * index;
    // 16-KiB stage 2 has no two-entry root at level 0 without LPA2; it must be concatenated.
    bool join = c->concatenate || (c->format == PT_A64_S2 && c->granule == 14 && levels == 4 &&
                                   !c->lpa2);
    if (join && c->format != PT_A64_S2)
        return "only stage 2 concatenates root tables";
    if (join && (levels < 2 || root > 4))
        return "more than 16 root tables would have to be concatenated";
    if (join) {
        levels--;
        root += index;
    }
    *g = (struct pt_geometry){
        .page = c->granule,
        .index = index,
        .levels = levels,
        .root_bits = root,
        .entry = 8,
        .input = c->input_bits,
        .output = most,
        .stage2 = c->format == PT_A64_S2,
        .a64 = true,
    };
    return NULL;
}

const char *pt_geometry(const struct pt_config *c, struct pt_geometry *g)
{
    if (c->format >= PT_FORMATS)
        return "unknown format";
    return c->format <= PT_SV57X4 ? geometry_riscv(c, g) : geometry_a64(c, g);
}

// Is a single leaf allowed at this depth? AArch64: pages everywhere, blocks per granule (with 52-bit
// addresses one level more).
static bool leaf_depth(const struct pt_config *c, const struct pt_geometry *g, unsigned depth)
{
    if (!g->a64)
        return true;
    switch (c->granule) {
    case 12:
        return depth <= (c->lpa2 ? 3u : 2u);
    case 14:
        return depth <= (c->lpa2 ? 2u : 1u);
    default:
        return depth <= 2;
    }
}

// log2 of the entries in a contiguous block of this depth; 0: none.
static unsigned block_bits(const struct pt_config *c, const struct pt_geometry *g, unsigned depth)
{
    if (!g->a64)
        return depth == 0 && g->entry == 8 ? 4 : 0;
    if (c->granule == 12)
        return depth <= 2 ? 4 : 0;
    if (c->granule == 14)
        return depth == 0 ? 7 : depth == 1 ? 5 : 0;
    return depth <= 1 ? 5 : 0;
}

unsigned pt_block_entries(const struct pt_config *c, const struct pt_geometry *g, unsigned depth,
                          unsigned shift)
{
    if (depth >= g->levels || !leaf_depth(c, g, depth))
        return 0;
    if (shift == pt_shift(g, depth))
        return 1;
    unsigned b = block_bits(c, g, depth);
    unsigned width = depth + 1 == g->levels ? g->root_bits : g->index;
    return b && b <= width && shift == pt_shift(g, depth) + b ? 1u << b : 0;
}

// --- descriptors --------------------------------------------------------------------------------

enum { A64_AF = 1 << 10, A64_NG = 1 << 11 };
#define A64_CONTIGUOUS (UINT64_C(1) << 52)
#define A64_DBM (UINT64_C(1) << 51)
#define A64_PXN (UINT64_C(1) << 53)
#define A64_UXN (UINT64_C(1) << 54)

// Address bits of an AArch64 descriptor or its table pointer.
static uint64_t a64_address(const struct pt_config *c, uint64_t addr)
{
    if (c->lpa2) // PA[51:50] in bits 9:8
        return (addr & mask64(50) & ~mask64(12)) | bits(addr, 51, 50) << 8;
    if (c->granule == 16) // PA[51:48] in bits 15:12
        return (addr & mask64(48) & ~mask64(16)) | bits(addr, 51, 48) << 12;
    return addr & mask64(48) & ~mask64(12);
}

static uint64_t a64_output(const struct pt_config *c, uint64_t d, unsigned low)
{
    if (c->lpa2)
        return (d & mask64(50) & ~mask64(low)) | bits(d, 9, 8) << 50;
    if (c->granule == 16)
        return (d & mask64(48) & ~mask64(low < 16 ? 16 : low)) | bits(d, 15, 12) << 48;
    return d & mask64(48) & ~mask64(low);
}

uint64_t pt_encode_table(const struct pt_config *c, uint64_t addr)
{
    return c->format >= PT_A64_S1 ? a64_address(c, addr) | 3 : addr >> 12 << 10 | PTE_V;
}

static uint64_t riscv_leaf(const struct pt_geometry *g, uint64_t addr, unsigned flags, bool many)
{
    uint64_t e = (addr >> 12) << 10 | PTE_V;
    e |= (flags & PT_R ? PTE_R : 0) | (flags & PT_W ? PTE_W : 0) | (flags & PT_X ? PTE_X : 0);
    e |= (flags & PT_U) || g->stage2 ? PTE_U : 0;
    e |= (flags & PT_G) && !g->stage2 ? PTE_G : 0;
    e |= (flags & PT_A ? PTE_A : 0) | (flags & PT_D ? PTE_D : 0);
    if (flags & (PT_NC | PT_IO))
        e |= UINT64_C(1) << (flags & PT_NC ? 61 : 62);
    if (many) // 64-KiB NAPOT: ppn[3:0] = 8
        e = (e & ~(UINT64_C(15) << 10)) | UINT64_C(8) << 10 | PTE_N;
    return e;
}

static uint64_t a64_leaf(const struct pt_config *c, unsigned depth, uint64_t addr, unsigned flags,
                         bool many)
{
    unsigned type = flags & PT_IO ? 2 : flags & PT_NC ? 1 : 0;
    uint64_t e = a64_address(c, addr) | (depth ? 1 : 3) | (many ? A64_CONTIGUOUS : 0);
    e |= flags & PT_A ? A64_AF : 0;
    if (!c->lpa2)
        e |= UINT64_C(3) << 8; // inner shareable
    bool writable = (flags & PT_W) && (flags & PT_D);
    if ((flags & PT_W) && !(flags & PT_D))
        e |= A64_DBM;
    if (c->format == PT_A64_S2) {
        static const uint8_t memattr[3] = {15, 5, 1}; // write-back, non-cacheable, nGnRE
        e |= (uint64_t)memattr[type] << 2;
        e |= (flags & PT_R ? 1u << 6 : 0) | (writable ? 1u << 7 : 0);
        return e | (flags & PT_X ? 0 : UINT64_C(2) << 53); // XN[1:0] = 2: nowhere
    }
    e |= (uint64_t)(c->attr_index[type] & 7) << 2;
    e |= (flags & PT_U ? 1u << 6 : 0) | (writable ? 0 : 1u << 7);
    e |= flags & PT_G ? 0 : A64_NG;
    bool el0 = (flags & PT_X) && (flags & PT_U), el1 = (flags & PT_X) && !(flags & PT_U);
    return e | (el1 ? 0 : A64_PXN) | (el0 ? 0 : A64_UXN);
}

uint64_t pt_encode_leaf(const struct pt_config *c, const struct pt_geometry *g, unsigned depth,
                        uint64_t addr, unsigned flags, bool many)
{
    return g->a64 ? a64_leaf(c, depth, addr, flags, many) : riscv_leaf(g, addr, flags, many);
}

bool pt_flags_fit(const struct pt_config *c, unsigned flags)
{
    if (flags >= 2 * PT_IO || ((flags & PT_NC) && (flags & PT_IO)))
        return false;
    if (c->format == PT_A64_S2)
        return true; // stage 2 may be write-only or without any right
    if ((flags & PT_W) && !(flags & PT_R))
        return false;
    if (c->format == PT_A64_S1)
        return flags & PT_R; // stage 1 cannot take reading away from EL1
    if ((c->format == PT_SV32 || c->format == PT_SV32X4) && (flags & (PT_NC | PT_IO)))
        return false;
    return flags & (PT_R | PT_X);
}

static enum pt_kind decode_a64(const struct pt_config *c, const struct pt_geometry *g,
                               unsigned depth, uint64_t e, uint64_t *addr, unsigned *shift)
{
    if (!(e & 1) || (!(e & 2) && (depth == 0 || !leaf_depth(c, g, depth))))
        return PT_EMPTY;
    if (depth && (e & 2)) {
        *addr = a64_output(c, e, c->granule);
        return PT_TABLE;
    }
    unsigned own = pt_shift(g, depth);
    *shift = own + (e & A64_CONTIGUOUS ? block_bits(c, g, depth) : 0);
    *addr = a64_output(c, e, own) & ~mask64(*shift);
    return PT_LEAF;
}

enum pt_kind pt_decode(const struct pt_config *c, const struct pt_geometry *g, unsigned depth,
                       uint64_t e, uint64_t *addr, unsigned *shift)
{
    if (g->a64)
        return decode_a64(c, g, depth, e, addr, shift);
    if (!(e & PTE_V))
        return PT_EMPTY;
    uint64_t ppn = g->entry == 4 ? bits(e, 31, 10) : pte_ppn(e);
    if (!(e & (PTE_R | PTE_W | PTE_X))) {
        *addr = ppn << 12;
        return depth ? PT_TABLE : PT_EMPTY;
    }
    bool napot = g->entry == 8 && pte_n(e);
    *shift = pt_shift(g, depth) + (napot ? 4 : 0);
    *addr = (ppn << 12) & ~mask64(*shift);
    return PT_LEAF;
}

unsigned pt_decode_flags(const struct pt_config *c, uint64_t e)
{
    if (c->format <= PT_SV57X4) {
        bool stage2 = c->format >= PT_SV32X4, wide = c->format != PT_SV32 && c->format != PT_SV32X4;
        unsigned f = (e & PTE_R ? PT_R : 0) | (e & PTE_W ? PT_W : 0) | (e & PTE_X ? PT_X : 0);
        f |= !stage2 && (e & PTE_U) ? PT_U : 0;
        f |= !stage2 && (e & PTE_G) ? PT_G : 0;
        f |= (e & PTE_A ? PT_A : 0) | (e & PTE_D ? PT_D : 0);
        return f | (wide && pte_pbmt(e) == 1 ? PT_NC : wide && pte_pbmt(e) == 2 ? PT_IO : 0);
    }
    unsigned f = e & A64_AF ? PT_A : 0;
    bool clean = e & A64_DBM;
    if (c->format == PT_A64_S2) {
        unsigned attr = (unsigned)bits(e, 5, 2);
        f |= bit(e, 6) ? PT_R : 0;
        f |= bit(e, 7) ? PT_W | PT_D : clean ? PT_W : 0;
        f |= bits(e, 54, 53) == 0 ? PT_X : 0;
        return f | (attr < 4 ? PT_IO : attr == 5 ? PT_NC : 0);
    }
    unsigned index = (unsigned)bits(e, 4, 2);
    f |= PT_R | (!bit(e, 7) ? PT_W | PT_D : clean ? PT_W : 0);
    f |= bit(e, 6) ? PT_U : 0;
    f |= e & A64_NG ? 0 : PT_G;
    f |= (bit(e, 6) ? !(e & A64_UXN) : !(e & A64_PXN)) ? PT_X : 0;
    if (index != c->attr_index[0])
        f |= index == c->attr_index[1] ? PT_NC : index == c->attr_index[2] ? PT_IO : 0;
    return f;
}
