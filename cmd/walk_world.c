// SPDX-License-Identifier: MulanPSL-2.0
// What `l2tlb walk` walks: an image file, or tables built for the address in question.
#include "cmd/walk.h"

#include "arch/bits.h"
#include "cmd/options.h"
#include "traces/source.h"
#include "world/image.h"

#include <string.h>

// --- image --------------------------------------------------------------------------------------

struct named {
    const char *name;
    uint64_t *value; // one of the two
    bool *flag;
};

// menvcfg, henvcfg and senvcfg as they are; the fields that the walk uses.
static bool envcfg(struct rv_regs *g, const char *name, uint64_t v)
{
    uint8_t pmm = (uint8_t)bits(v, 33, 32);
    bool pbmte = bit(v, 62), adue = bit(v, 61), sse = bit(v, 3);
    if (!strcmp(name, "menvcfg")) {
        g->m_pbmte = pbmte;
        g->m_adue = adue;
        g->m_sse = sse;
        g->m_pmm = pmm;
    } else if (!strcmp(name, "henvcfg")) {
        g->h_pbmte = pbmte;
        g->h_adue = adue;
        g->h_sse = sse;
        g->h_pmm = pmm;
    } else if (!strcmp(name, "senvcfg")) {
        g->s_pmm = pmm;
    }
    return !strcmp(name + 1, "envcfg");
}

const char *walk_register(struct walk_scene *s, const char *name, uint64_t v)
{
    struct rv_regs *g = &s->rv;
    struct a64_regs *a = &s->a64;
    const struct named rv[] = {
        {"satp", &g->satp, NULL},      {"vsatp", &g->vsatp, NULL},    {"hgatp", &g->hgatp, NULL},
        {"mxr", NULL, &g->mxr},        {"sum", NULL, &g->sum},        {"vmxr", NULL, &g->vsmxr},
        {"vsum", NULL, &g->vssum},     {"mpbmte", NULL, &g->m_pbmte}, {"hpbmte", NULL, &g->h_pbmte},
        {"madue", NULL, &g->m_adue},   {"hadue", NULL, &g->h_adue},   {"msse", NULL, &g->m_sse},
        {"hsse", NULL, &g->h_sse},     {"svrsw60t59b", NULL, &g->rsw60}, {NULL, NULL, NULL},
    };
    const struct named arm[] = {
        {"tcr_el1", &a->tcr_el1, NULL},     {"ttbr0_el1", &a->ttbr0_el1, NULL},
        {"ttbr1_el1", &a->ttbr1_el1, NULL}, {"mair_el1", &a->mair_el1, NULL},
        {"sctlr_el1", &a->sctlr_el1, NULL}, {"vtcr_el2", &a->vtcr_el2, NULL},
        {"vttbr_el2", &a->vttbr_el2, NULL}, {"hcr_el2", &a->hcr_el2, NULL},
        {"pan", NULL, &a->pan},             {NULL, NULL, NULL},
    };
    const struct named *n = s->arch == WALK_AARCH64 ? arm : rv;
    uint64_t csr;
    if (s->arch != WALK_AARCH64 && parse_hex(name, 0x3ef, &csr) && csr >= 0x3a0) {
        pmp_write(&s->pmp, (unsigned)csr, v);
        s->has_pmp = true;
        return NULL;
    }
    if (s->arch != WALK_AARCH64 && !strcmp(name, "mmpt"))
        return smmpt_decode(s->arch == WALK_RISCV32 ? 32 : 64, v, &s->mpt.regs);
    if (s->arch != WALK_AARCH64 && !strcmp(name, "mbmc")) {
        s->has_bitmap = v & 4; // BME
        s->confidential = v & 1;
        s->bitmap = v & ~mask64(6);
        return NULL;
    }
    if (s->arch == WALK_AARCH64 && !strcmp(name, "parange")) {
        a->parange = v > 6 ? 7 : (uint8_t)v;
        return NULL;
    }
    if (s->arch != WALK_AARCH64 && name[0] && strchr("mhs", name[0]) && envcfg(g, name, v))
        return NULL;
    while (n->name && strcmp(n->name, name) != 0)
        n++;
    if (!n->name)
        return "unknown register";
    if (n->value)
        *n->value = v;
    else if (v > 1)
        return "a flag is 0 or 1";
    else
        *n->flag = v;
    return NULL;
}

static const char *image_csr(void *ctx, const char *name, uint64_t v)
{
    if (!strcmp(name, "spvp")) // of world images; no translation depends on it
        return NULL;
    return walk_register(ctx, name, v);
}

const char *walk_registers(struct walk_scene *s, const struct opt_list *list, char *msg, size_t size)
{
    for (unsigned i = 0; i < list->count; i++) {
        char key[32];
        const char *value, *why = "NAME=VALUE expected";
        uint64_t v;
        if (options_split(list->item[i], key, sizeof key, &value))
            why = parse_hex(value, UINT64_MAX, &v) ? walk_register(s, key, v) : "not a number";
        if (why) {
            snprintf(msg, size, "--reg %s: %s", list->item[i], why);
            return msg;
        }
    }
    return NULL;
}

bool walk_image(struct walk_scene *s, const char *path, char *msg, size_t size)
{
    struct image_user user = {s, image_csr, s->arch == WALK_RISCV32 ? 4 : 8,
                              s->arch == WALK_AARCH64 ? 52 : 48, NULL};
    if (!image_read(s->mem, path, &user, &s->info, msg, size))
        return false;
    s->free_host = s->free_guest = s->info.last + 1;
    return true;
}

// --- built world --------------------------------------------------------------------------------

// Host memory from 0x80000000 on: a third each for stage-2 tables, guest tables, data. Guest pages
// lie at the same distance from 0x80000000 of guest memory, so that nothing is mapped 1:1.
#define HOST_TABLES UINT64_C(0x80000000)
#define GUEST_TABLES UINT64_C(0x80400000) // guest physical
#define GUEST_TO_HOST UINT64_C(0x40000000)

struct builder {
    uint64_t next_host, next_guest;
    bool two; // guest tables are behind stage 2
};

static uint64_t bump(uint64_t *next, uint64_t size)
{
    uint64_t addr = (*next + size - 1) & ~(size - 1);
    *next = addr + size;
    return addr;
}

static uint64_t host_frame(void *ctx, uint64_t size)
{
    return bump(&((struct builder *)ctx)->next_host, size);
}

static uint64_t guest_frame(void *ctx, uint64_t size)
{
    return bump(&((struct builder *)ctx)->next_guest, size);
}

static uint64_t guest_host(void *ctx, uint64_t addr)
{
    return ((struct builder *)ctx)->two ? addr + GUEST_TO_HOST : addr;
}

static uint64_t align_up(uint64_t base, unsigned shift)
{
    return (base + mask64(shift)) & ~mask64(shift);
}

enum { ALL_RIGHTS = PT_R | PT_W | PT_X | PT_A | PT_D };

// Stage 2: every guest table page by itself, then the data page (unless the world is empty).
static enum pt_error map_stage2(struct pt *g, const struct walk_build *b, const struct builder *w,
                                uint64_t gpa, uint64_t hpa)
{
    unsigned small = b->c2.granule ? b->c2.granule : 12;
    for (uint64_t page = GUEST_TABLES; page < w->next_guest; page += UINT64_C(1) << small) {
        enum pt_error e = pt_map(g, page, page + GUEST_TO_HOST, small, ALL_RIGHTS);
        if (e)
            return e;
    }
    if (b->empty)
        return PT_OK;
    return pt_map(g, gpa & ~mask64(b->shift2), hpa & ~mask64(b->shift2), b->shift2, ALL_RIGHTS);
}

static uint64_t riscv_atp(const struct walk_scene *s, const struct pt *t)
{
    if (!t)
        return 0;
    if (s->arch == WALK_RISCV32)
        return UINT64_C(1) << 31 | pt_root_field(t);
    return (uint64_t)(pt_start_level(t) + 6) << 60 | pt_root_field(t);
}

static void riscv_registers(struct walk_scene *s, const struct pt *t1, const struct pt *t2)
{
    s->rv.satp = t2 ? 0 : riscv_atp(s, t1);
    s->rv.vsatp = t2 ? riscv_atp(s, t1) : 0;
    s->rv.hgatp = riscv_atp(s, t2);
}

static uint64_t a64_granule(unsigned bits_of)
{
    return bits_of == 12 ? 0 : bits_of == 16 ? 1 : 2;
}

// TCR_EL1 and VTCR_EL2 with the largest output size; TTBR1 is not used.
static void a64_registers(struct walk_scene *s, const struct walk_build *b, const struct pt *t1,
                          const struct pt *t2)
{
    struct a64_regs *a = &s->a64;
    uint64_t epd1 = UINT64_C(1) << 23, tg1 = UINT64_C(2) << 30, size = 6;
    a->parange = 6;
    a->mair_el1 = 0x0044ff;
    a->sctlr_el1 = t1 != NULL;
    a->hcr_el2 = UINT64_C(1) << 31 | (t2 != NULL);
    if (t1) {
        a->tcr_el1 = (64 - b->c1.input_bits) | a64_granule(b->c1.granule) << 14 | epd1 | tg1 |
                     size << 32 | (uint64_t)b->c1.lpa2 << 59;
        a->ttbr0_el1 = pt_root_field(t1);
    }
    if (!t2)
        return;
    int start = pt_start_level(t2);
    // SL0: counted from the last level with 16 and 64 KiB pages, 4 KiB: 0 is level 2.
    uint64_t sl0 = b->c2.granule == 12 ? start == 3 ? 3u : (unsigned)(2 - start) : 3u - (unsigned)start;
    uint64_t sl2 = start < 0;
    a->vtcr_el2 = (64 - b->c2.input_bits) | (sl2 ? 0 : sl0) << 6 |
                  a64_granule(b->c2.granule) << 14 | size << 16 | (uint64_t)b->c2.lpa2 << 32 |
                  sl2 << 33;
    a->vttbr_el2 = pt_root_field(t2);
}

static const char *build_tables(struct walk_scene *s, const struct walk_build *b, struct pt **t1,
                                struct pt **t2, char *msg, size_t size)
{
    bool one = b->c1.format != PT_FORMATS, two = b->c2.format != PT_FORMATS;
    struct builder w = {HOST_TABLES, two ? GUEST_TABLES : HOST_TABLES, two};
    struct pt_frames host = {host_frame, NULL, NULL, &w};
    struct pt_frames guest = {guest_frame, NULL, guest_host, &w};
    // Data pages above the tables, at different places in guest and host memory.
    unsigned shift = two && b->shift2 > b->shift1 ? b->shift2 : b->shift1;
    uint64_t gpa = one ? align_up(0x88000000, shift) + (b->va & mask64(b->shift1)) : b->va;
    uint64_t hpa = align_up(two ? 0xd0000000 : 0x88000000, two && b->shift2 > 30 ? b->shift2 : 30);
    hpa += gpa & mask64(b->shift2);
    enum pt_error e = PT_OK;
    if (one && !(*t1 = pt_new(&b->c1, s->mem, &guest, msg, size)))
        return msg;
    if (one && !b->empty)
        e = pt_map(*t1, b->va & ~mask64(b->shift1), gpa & ~mask64(b->shift1), b->shift1,
                   ALL_RIGHTS | (b->user ? PT_U : 0u));
    if (!e && two && !(*t2 = pt_new(&b->c2, s->mem, &host, msg, size)))
        return msg;
    if (!e && two)
        e = map_stage2(*t2, b, &w, gpa, hpa);
    s->free_host = two ? w.next_host : w.next_guest;
    s->free_guest = w.next_guest;
    if (!e)
        return NULL;
    snprintf(msg, size, "%jx: %s", (uintmax_t)b->va, pt_error_text(e));
    return msg;
}

const char *walk_build(struct walk_scene *s, const struct walk_build *b, char *msg, size_t size)
{
    struct pt *t1 = NULL, *t2 = NULL;
    phys_clear(s->mem);
    const char *why = build_tables(s, b, &t1, &t2, msg, size);
    if (!why && s->arch == WALK_AARCH64)
        a64_registers(s, b, t1, t2);
    else if (!why)
        riscv_registers(s, t1, t2);
    pt_free(t1);
    pt_free(t2);
    return why;
}

// --- memory and protection as the walk sees them ------------------------------------------------

uint64_t walk_scene_read(void *ctx, uint64_t addr, unsigned size)
{
    const struct walk_scene *s = ctx;
    if (addr >> 52) // AArch64; RISC-V's are checked before
        return 0;
    uint64_t word = phys_read(s->mem, addr);
    return size == 8 ? word : bits(word >> (addr & 4 ? 32 : 0), 31, 0);
}

// PMP and PMA are asked for the right that is used, as for S mode. Tables must be cacheable, as the
// machine's walkers want it; the access itself may reach devices. Remembers who refused.
static unsigned protection(struct walk_scene *s, uint64_t addr, unsigned use)
{
    static const uint8_t rights[] = {
        [USE_TABLE_READ] = PMP_R, [USE_TABLE_WRITE] = PMP_W, [USE_LOAD] = PMP_R,
        [USE_STORE] = PMP_W,      [USE_FETCH] = PMP_X,       [USE_LOAD_X] = PMP_R | PMP_X,
        [USE_SHADOW] = PMP_R | PMP_W, [USE_MPT_READ] = PMP_R,
    };
    if (addr >> 48)
        return WALK_NO_MEMORY;
    struct pmp_answer a = pmp_ask(&s->pmp, &s->cfg, addr, rights[use], (struct pmp_env){0});
    if (s->no_pma && !a.key && a.pma)
        return WALK_LEAF;
    s->denial = a;
    if (a.missing)
        return WALK_DENIED;
    bool memory = use <= USE_TABLE_WRITE || use >= USE_SHADOW; // no device will do
    return a.mmio && memory && !s->no_pma ? WALK_NOT_CACHEABLE : WALK_LEAF;
}

// First PMP and PMA, then the MPT (spec E 2.1).
static unsigned scene_check(void *ctx, uint64_t addr, unsigned use)
{
    const struct walk_mem mem = {ctx, walk_scene_read, scene_check};
    unsigned verdict = protection(ctx, addr, use);
    return verdict == WALK_LEAF ? walk_mpt_check(ctx, &mem, addr, use) : verdict;
}

const char *walk_scene_check(const struct walk_scene *s)
{
    return s->arch == WALK_AARCH64 ? a64_regs_check(&s->a64) : rv_regs_check(&s->rv);
}

void walk_scene_run(struct walk_scene *s, const struct walk_request *q, struct walk_result *r)
{
    struct walk_mem mem = {s, walk_scene_read, s->arch == WALK_AARCH64 ? NULL : scene_check};
    if (s->arch == WALK_AARCH64) {
        struct a64_request a = {.va = q->va, .el = q->user ? 0 : 1};
        a.access = q->access == RV_FETCH ? A64_FETCH : q->access == RV_WRITE ? A64_WRITE : A64_READ;
        a64_walk(&s->a64, &a, &mem, r);
        return;
    }
    struct rv_request v = {q->va, (uint8_t)q->access, q->user ? RV_U : RV_S, q->virt};
    s->denial = (struct pmp_answer){.entry = -1};
    s->mpt.count = 0;
    rv_walk(&s->rv, &v, &mem, r);
}
