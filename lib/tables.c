// SPDX-License-Identifier: MulanPSL-2.0
#include "l2tlb/tables.h"

#include "arch/bits.h"
#include "lib/impl.h"
#include "mem/ptbuild.h"

#include <stdlib.h>

_Static_assert((int)PT_SV32 == (int)L2TLB_SV32 && (int)PT_SV57X4 == (int)L2TLB_SV57X4 &&
                   (int)PT_A64_S2 == (int)L2TLB_A64_S2 && (int)PT_FORMATS == L2TLB_A64_S2 + 1, "formats");
_Static_assert((int)PT_R == (int)L2TLB_MAP_R && (int)PT_U == (int)L2TLB_MAP_U && (int)PT_D == (int)L2TLB_MAP_D &&
                   (int)PT_IO == (int)L2TLB_MAP_IO, "flags");
_Static_assert(PT_NO_FRAME == L2TLB_NO_FRAME, "no frame");

enum { CONFIG_0 = sizeof(struct l2tlb_tables_config), FLAGS = 2 * PT_IO - 1 };

#define ADDRESSES (UINT64_C(1) << 56)

struct l2tlb_tables {
    struct pt *pt;
    struct l2tlb_tables_config c;
    uint64_t next; // frame of frames_from..frames_to
    char message[MESSAGE];
};

void l2tlb_tables_config_init(struct l2tlb_tables_config *c)
{
    *c = (struct l2tlb_tables_config){.size = sizeof *c, .granule = 12, .input_bits = 48};
}

static uint64_t alloc(void *ctx, uint64_t bytes)
{
    l2tlb_tables *t = ctx;
    if (t->c.alloc) {
        uint64_t frame = t->c.alloc(t->c.ctx, bytes);
        return frame & (bytes - 1) || frame > ADDRESSES - bytes ? PT_NO_FRAME : frame;
    }
    uint64_t at = (t->next + bytes - 1) & ~(bytes - 1);
    if (at < t->next || at > t->c.frames_to || t->c.frames_to - at < bytes || at > ADDRESSES - bytes)
        return PT_NO_FRAME;
    t->next = at + bytes;
    return at;
}

static void release(void *ctx, uint64_t addr, uint64_t bytes)
{
    l2tlb_tables *t = ctx;
    if (t->c.release)
        t->c.release(t->c.ctx, addr, bytes);
}

static uint64_t host(void *ctx, uint64_t addr)
{
    l2tlb_tables *t = ctx;
    return t->c.host(t->c.ctx, addr);
}

static void wrote(void *ctx, uint64_t addr, uint64_t old, uint64_t entry)
{
    l2tlb_tables *t = ctx;
    t->c.wrote(t->c.ctx, addr, old, entry);
}

// With the root at `root`, or a new one.
static int start(struct l2tlb_tables_config *c, const uint64_t *root, l2tlb_tables **to)
{
    *to = NULL;
    l2tlb_tables *t = calloc(1, sizeof *t);
    if (!t)
        return L2TLB_NO_MEMORY;
    uint32_t size = c->size;
    if (!struct_in(&t->c, sizeof t->c, c, size, CONFIG_0)) {
        free(t);
        return L2TLB_BAD_SIZE;
    }
    bool riscv = t->c.format < PT_A64_S1;
    const struct pt_config own = {
        .format = t->c.format,
        .granule = riscv ? 0 : t->c.granule,
        .input_bits = riscv ? 0 : t->c.input_bits,
        .lpa2 = t->c.lpa2, .high = t->c.high, .concatenate = t->c.concatenate,
        .attr_index = {t->c.attr_index[0], t->c.attr_index[1], t->c.attr_index[2]}};
    const struct pt_frames frames = {
        .alloc = alloc, .release = release, .host = t->c.host ? host : NULL, .ctx = t};
    t->next = t->c.frames_from;
    c->message[0] = 0;
    if (!t->c.memory)
        snprintf(c->message, sizeof c->message, "no memory is given");
    else if (t->c.format >= PT_FORMATS)
        snprintf(c->message, sizeof c->message, "no format %u", t->c.format);
    else if (!ZERO(t->c))
        snprintf(c->message, sizeof c->message, "zero is not 0");
    else if (root)
        t->pt = pt_open(&own, *root, t->c.memory->words, &frames, c->message, sizeof c->message);
    else
        t->pt = pt_new(&own, t->c.memory->words, &frames, c->message, sizeof c->message);
    if (t->pt && root && (*root & (pt_root_size(t->pt) - 1) || *root >= ADDRESSES)) {
        snprintf(c->message, sizeof c->message, "the root table is not aligned to its size");
        pt_free(t->pt);
        t->pt = NULL;
    }
    if (!t->pt) {
        free(t);
        return L2TLB_BAD_VALUE;
    }
    if (t->c.wrote)
        pt_watch(t->pt, wrote, t);
    *to = t;
    return L2TLB_OK;
}

int l2tlb_tables_new(struct l2tlb_tables_config *c, l2tlb_tables **t)
{
    return start(c, NULL, t);
}

int l2tlb_tables_open(struct l2tlb_tables_config *c, uint64_t root, l2tlb_tables **t)
{
    return start(c, &root, t);
}

void l2tlb_tables_free(l2tlb_tables *t)
{
    if (t)
        pt_free(t->pt);
    free(t);
}

const char *l2tlb_tables_message(const l2tlb_tables *t)
{
    return t->message;
}

static int status_of(enum pt_error e)
{
    switch (e) {
    case PT_OK: return L2TLB_OK;
    case PT_EXISTS: return L2TLB_EXISTS;
    case PT_ABSENT: return L2TLB_ABSENT;
    case PT_MEMORY: return L2TLB_NO_MEMORY;
    default: return L2TLB_BAD_VALUE;
    }
}

static int answer(l2tlb_tables *t, enum pt_error e)
{
    t->message[0] = 0;
    return e == PT_OK ? L2TLB_OK : say(t->message, status_of(e), "%s", pt_error_text(e));
}

int l2tlb_tables_map(l2tlb_tables *t, uint64_t va, uint64_t pa, unsigned shift, unsigned flags)
{
    return answer(t, flags > FLAGS ? PT_FLAGS : shift > 63 ? PT_SIZE : pt_map(t->pt, va, pa, shift, flags));
}

int l2tlb_tables_map_range(l2tlb_tables *t, uint64_t va, uint64_t pa, uint64_t bytes, unsigned flags,
                           unsigned max_shift)
{
    return answer(t, flags > FLAGS ? PT_FLAGS : pt_map_range(t->pt, va, pa, bytes, flags, max_shift));
}

int l2tlb_tables_unmap(l2tlb_tables *t, uint64_t va)
{
    return answer(t, pt_unmap(t->pt, va));
}

static struct l2tlb_mapping public_mapping(const struct pt_mapping *m)
{
    return (struct l2tlb_mapping){.va = m->va, .pa = m->pa, .shift = m->shift, .flags = m->flags, .level = m->level};
}

int l2tlb_tables_translate(const l2tlb_tables *t, uint64_t va, struct l2tlb_mapping *m)
{
    struct pt_mapping own;
    enum pt_error e = pt_translate(t->pt, va, &own);
    if (e == PT_OK && m)
        *m = public_mapping(&own);
    return status_of(e);
}

struct each {
    int (*fn)(const struct l2tlb_mapping *m, void *ctx);
    void *ctx;
    int status;
};

static bool one(const struct pt_mapping *m, void *ctx)
{
    struct each *e = ctx;
    const struct l2tlb_mapping own = public_mapping(m);
    e->status = e->fn(&own, e->ctx);
    return !e->status;
}

int l2tlb_tables_each(const l2tlb_tables *t, int (*fn)(const struct l2tlb_mapping *m, void *ctx), void *ctx)
{
    struct each e = {.fn = fn, .ctx = ctx};
    pt_each(t->pt, one, &e);
    return e.status;
}

uint64_t l2tlb_tables_root(const l2tlb_tables *t)
{
    return pt_root(t->pt);
}

uint64_t l2tlb_tables_root_field(const l2tlb_tables *t)
{
    return pt_root_field(t->pt);
}

int l2tlb_tables_start_level(const l2tlb_tables *t)
{
    return pt_start_level(t->pt);
}

unsigned l2tlb_tables_page_bits(const l2tlb_tables *t)
{
    return pt_page_bits(t->pt);
}

unsigned l2tlb_tables_input_bits(const l2tlb_tables *t)
{
    return pt_input_bits(t->pt);
}

int l2tlb_tables_has_size(const l2tlb_tables *t, unsigned shift)
{
    return shift < 64 && pt_has_size(t->pt, shift);
}

const char *l2tlb_format_name(unsigned format)
{
    return format < PT_FORMATS ? pt_format_name(format) : NULL;
}
