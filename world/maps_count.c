// SPDX-License-Identifier: MulanPSL-2.0
// What the leaves of a tree have in common: sizes, lines of 64 bytes, neighbours that one entry could hold.
#include "world/maps_impl.h"

#include "arch/bits.h"

static void line(uint64_t *last, uint64_t *count, uint64_t at)
{
    *count += *last != (at >> 6) + 1;
    *last = (at >> 6) + 1;
}

void map_count_entry(struct map_counter *c, const struct tables_entry *e)
{
    unsigned i = (unsigned)(e->level + 1);
    if (e->entry.reason == WALK_TABLE) {
        c->out->pointers[i]++;
        line(&c->last_pointer[i], &c->out->pointer_lines[i], e->host);
    } else if (!e->entry.leaf.napot) {
        line(&c->last_leaf[i], &c->out->leaf_lines[i], e->host);
    }
}

// Aligned groups of 1 << log2 bytes that lie whole in the run and could be one page.
static uint64_t groups(const struct map_run *run, unsigned log2)
{
    uint64_t low = mask64(log2), first = (run->va + low) & ~low;
    if (!run->last || ((run->va ^ run->pa) & low) || first < run->va || first > run->last)
        return 0;
    return (run->last - first + 1) >> log2;
}

// The run ends. Every page counts for the largest size that it could become.
static void end_small(struct map_counter *c)
{
    const struct tables_shape *s = &c->shape;
    unsigned up = s->page + s->index;
    if (s->depths > 1)
        c->out->to_huge += groups(&c->small, up) << (up - s->page);
    if (s->block)
        c->out->to_block += groups(&c->small, s->block) << (s->block - s->page);
    c->small = (struct map_run){0};
}

static void end_huge(struct map_counter *c)
{
    const struct tables_shape *s = &c->shape;
    if (s->depths > 2)
        c->out->to_giga += groups(&c->huge, s->page + 2 * s->index) << s->index;
    c->huge = (struct map_run){0};
}

// A and D differ for a while only: whoever maps could set them.
static bool extends(struct map_run *run, const struct map_range *r)
{
    unsigned key = r->rights | (unsigned)r->attr << 8 | (unsigned)r->global << 16;
    if (run->last && run->last + 1 == r->va && run->pa + (r->va - run->va) == r->pa && run->key == key) {
        run->last = r->last;
        return true;
    }
    return false;
}

static struct map_run begin(const struct map_range *r)
{
    return (struct map_run){r->va, r->pa, r->last, r->rights | (unsigned)r->attr << 8 | (unsigned)r->global << 16};
}

// Entries for eight neighbours, as spec A 1.8 rule 3 lets them share one: the same page number but for its
// low three bits, the same permissions and type.
static void sector(struct map_counter *c, const struct map_range *r)
{
    uint64_t group = (r->va >> (c->shape.page + 3)) + 1;
    uint64_t flags = r->rights | (uint64_t)r->accessed << 6 | (uint64_t)r->dirty << 7;
    uint64_t key = (r->pa >> (c->shape.page + 3)) << 17 | flags | (uint64_t)r->attr << 8 |
                   (uint64_t)r->global << 16;
    if (group != c->group)
        c->sectors = 0;
    c->group = group;
    for (unsigned i = 0; i < c->sectors; i++)
        if (c->sector[i] == key)
            return;
    c->sector[c->sectors++ & 7] = key;
    c->out->sectors++;
}

void map_count_leaf(struct map_counter *c, const struct map_range *r)
{
    const struct tables_shape *s = &c->shape;
    c->out->bytes[r->shift & 63] += r->last - r->va + 1;
    if (r->shift == s->page) {
        c->out->small++;
        sector(c, r);
        if (!extends(&c->small, r)) {
            end_small(c);
            c->small = begin(r);
        }
    } else if (r->shift == s->page + s->index) {
        c->out->huge++;
        if (!extends(&c->huge, r)) {
            end_huge(c);
            c->huge = begin(r);
        }
    }
}

void map_count_end(struct map_counter *c)
{
    end_small(c);
    end_huge(c);
}
