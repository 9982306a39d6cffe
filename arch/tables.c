// SPDX-License-Identifier: MulanPSL-2.0
#include "arch/tables.h"

#include "arch/bits.h"

enum { TABLE_CHUNK = 4096 }; // what one stage-2 translation surely covers

struct visit {
    const struct tables_source *s;
    const struct tables_user *u;
    struct tables_shape shape;
    unsigned tree;
};

static bool shape_riscv(const struct tables_source *s, unsigned tree, struct tables_shape *o)
{
    struct rv_stage st;
    bool on = rv_stage(s->rv, tree == TREE_STAGE2 ? 2 : 1, tree != TREE_HOST, &st);
    *o = (struct tables_shape){st.levels, 12, st.index, st.index + (tree == TREE_STAGE2 ? 2 : 0), st.size,
                               st.size == 8 ? 16 : 0, (int)st.levels - 1, st.base};
    return on;
}

static bool shape_a64(const struct tables_source *s, unsigned tree, unsigned half, struct tables_shape *o)
{
    struct a64_stage st;
    bool two = a64_stage(s->a64, 2, 0, &st);
    if (tree != TREE_STAGE2 && two != (tree == TREE_GUEST))
        return false;
    if (!a64_stage(s->a64, tree == TREE_STAGE2 ? 2 : 1, half ? UINT64_MAX : 0, &st))
        return false;
    unsigned index = st.granule - 3, depths = (unsigned)(4 - st.start);
    *o = (struct tables_shape){depths, st.granule, index, st.input - st.granule - (depths - 1) * index, 8,
                               st.granule + a64_contiguous_bits(st.granule, 3), st.start, st.base};
    return true;
}

bool tables_shape(const struct tables_source *s, unsigned tree, unsigned half,
                  struct tables_shape *shape)
{
    if (s->rv)
        return !half && shape_riscv(s, tree, shape);
    return !(half && tree == TREE_STAGE2) && shape_a64(s, tree, half, shape);
}

static void decode(const struct visit *v, struct tables_entry *e, unsigned limits)
{
    unsigned stage = v->tree == TREE_STAGE2 ? 2 : 1;
    if (v->s->rv)
        rv_entry(v->s->rv, stage, v->tree != TREE_HOST, (unsigned)e->level, e->word, e->input, &e->entry);
    else
        a64_entry(v->s->a64, stage, e->input, e->level, limits, e->word, &e->entry);
}

// The host address of a word of a table. False: *reason.
static bool place(const struct visit *v, uint64_t guest, uint64_t *host, uint8_t *reason)
{
    struct walk_result r;
    *host = guest;
    if (v->tree != TREE_GUEST)
        return true;
    bool fine = v->s->rv ? rv_guest_table(v->s->rv, &v->s->mem, guest, host, &r)
                         : a64_guest_table(v->s->a64, &v->s->mem, guest, host, &r);
    if (!fine)
        *reason = r.reason;
    return fine;
}

static enum tables_next table(const struct visit *v, struct tables_table *t, unsigned depth);

// An entry that is not invalid, and what is below it.
static enum tables_next entry(const struct visit *v, const struct tables_entry *e, unsigned depth)
{
    enum tables_next next = v->u->entry(v->u->ctx, e);
    if (next != TABLES_GO || e->entry.reason != WALK_TABLE)
        return next;
    struct tables_table below = {
        .guest = e->entry.address,
        .input = e->input,
        .bytes = (uint64_t)v->shape.entry << v->shape.index,
        .level = v->s->rv ? e->level - 1 : e->level + 1,
        .limits = e->entry.limits,
    };
    return table(v, &below, depth + 1);
}

// RISC-V sign-extends addresses of stage 1 (RV64), AArch64's upper half is all ones.
static uint64_t input_of(const struct visit *v, uint64_t offset)
{
    const struct tables_shape *s = &v->shape;
    unsigned width = s->page + (s->depths - 1) * s->index + s->root;
    bool sign = v->s->rv && v->tree != TREE_STAGE2 && s->entry == 8 && bit(offset, width - 1);
    return sign ? offset | ~mask64(width) : offset;
}

static enum tables_next entries(const struct visit *v, const struct tables_table *t, unsigned depth)
{
    const struct tables_shape *s = &v->shape;
    unsigned shift = s->page + (s->depths - 1 - depth) * s->index;
    uint64_t size = s->entry, count = t->bytes / size;
    struct tables_table chunk = *t;
    for (uint64_t i = 0; i < count; i++) {
        struct tables_entry e = {.guest = t->guest + i * size, .level = t->level, .shift = shift};
        e.input = depth ? t->input + (i << shift) : input_of(v, t->input + (i << shift));
        if (i && !(e.guest & (TABLE_CHUNK - 1))) {
            chunk.guest = e.guest;
            chunk.input = e.input;
            if (!place(v, e.guest, &chunk.host, &chunk.reason)) {
                if (v->u->lost(v->u->ctx, &chunk) == TABLES_STOP)
                    return TABLES_STOP;
                i += TABLE_CHUNK / size - 1;
                continue;
            }
        }
        e.host = chunk.host + (e.guest - chunk.guest);
        e.word = v->s->mem.read(v->s->mem.ctx, e.host, s->entry);
        if (!e.word)
            continue;
        decode(v, &e, t->limits);
        bool invalid = e.entry.reason == WALK_INVALID || (v->s->a64 && !(e.word & 1));
        if (!invalid && entry(v, &e, depth) == TABLES_STOP)
            return TABLES_STOP;
    }
    return TABLES_GO;
}

static enum tables_next table(const struct visit *v, struct tables_table *t, unsigned depth)
{
    if (!place(v, t->guest, &t->host, &t->reason))
        return v->u->lost(v->u->ctx, t);
    enum tables_next next = v->u->table(v->u->ctx, t);
    return next == TABLES_GO ? entries(v, t, depth) : next;
}

bool tables_each(const struct tables_source *s, unsigned tree, const struct tables_user *u)
{
    for (unsigned half = 0; half < 2; half++) {
        struct visit v = {.s = s, .u = u, .tree = tree};
        if (!tables_shape(s, tree, half, &v.shape))
            continue;
        unsigned width = v.shape.page + (v.shape.depths - 1) * v.shape.index + v.shape.root;
        struct tables_table root = {
            .guest = v.shape.base,
            .input = half ? ~mask64(width) : 0,
            .bytes = (uint64_t)v.shape.entry << v.shape.root,
            .level = v.shape.level,
        };
        if (table(&v, &root, 0) == TABLES_STOP)
            return false;
    }
    return true;
}
