// SPDX-License-Identifier: MulanPSL-2.0
#include "mem/regions.h"

#include "arch/bits.h"

#include <stdarg.h>
#include <stdio.h>

const char *region_kind_name(unsigned kind)
{
    static const char *const name[REGION_KINDS] = {
        [REGION_OWN] = "the hypervisor's own memory",
        [REGION_GUEST] = "guest memory",
        [REGION_PCI] = "PCI configuration space",
        [REGION_DEVICE] = "devices",
    };
    return kind < REGION_KINDS ? name[kind] : "?";
}

static bool wrong(char *msg, size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static bool wrong(char *msg, size_t size, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(msg, size, format, args);
    va_end(args);
    return false;
}

static bool one_check(const struct region *r, uint64_t page, char *msg, size_t size)
{
    if (r->kind >= REGION_KINDS)
        return wrong(msg, size, "%s: unknown kind of region", r->name);
    if (!r->size)
        return wrong(msg, size, "%s: empty", r->name);
    if ((r->va | r->pa | r->size) & (page - 1))
        return wrong(msg, size, "%s: not a multiple of the page size (%ju)", r->name,
                     (uintmax_t)page);
    if (r->va + r->size - 1 < r->va || r->pa + r->size - 1 < r->pa)
        return wrong(msg, size, "%s: runs over the end of the address space", r->name);
    bool device = r->kind == REGION_PCI || r->kind == REGION_DEVICE;
    if (device && !(r->flags & PT_IO))
        return wrong(msg, size, "%s: must be device memory", r->name);
    if (device && (r->flags & PT_X))
        return wrong(msg, size, "%s: device memory must not be executable", r->name);
    return true;
}

static bool overlap(uint64_t a, uint64_t a_size, uint64_t b, uint64_t b_size)
{
    return a <= b + (b_size - 1) && b <= a + (a_size - 1);
}

bool regions_check(const struct region *list, size_t n, unsigned needed, uint64_t page, char *msg,
                   size_t size)
{
    unsigned have = 0;
    for (size_t i = 0; i < n; i++) {
        if (!one_check(&list[i], page, msg, size))
            return false;
        have |= 1u << list[i].kind;
        for (size_t k = 0; k < i; k++)
            if (overlap(list[i].va, list[i].size, list[k].va, list[k].size))
                return wrong(msg, size, "%s overlaps %s", list[i].name, list[k].name);
    }
    if (needed & ~have)
        return wrong(msg, size, "no region for %s", region_kind_name(lowest(needed & ~have)));
    return true;
}

enum pt_error regions_map(struct pt *t, const struct region *list, size_t n, unsigned max_shift,
                          size_t *which)
{
    for (*which = 0; *which < n; ++*which) {
        const struct region *r = &list[*which];
        enum pt_error e = pt_map_range(t, r->va, r->pa, r->size, r->flags, max_shift);
        if (e)
            return e;
    }
    return PT_OK;
}

// Rights that a stage-2 table cannot hold are not compared.
static unsigned comparable(const struct pt *t, unsigned flags)
{
    return pt_is_stage2(t) ? flags & ~(unsigned)(PT_U | PT_G) : flags;
}

static bool mapping_fits(const struct pt *t, const struct region *r, uint64_t at,
                         const struct pt_mapping *m, char *msg, size_t size)
{
    uint64_t want = r->pa + (at - r->va), got = m->pa + (at - m->va);
    unsigned rights = comparable(t, r->flags), type = PT_NC | PT_IO, bad;
    if (got != want)
        return wrong(msg, size, "%s: %jx is mapped to %jx instead of %jx", r->name, (uintmax_t)at,
                     (uintmax_t)got, (uintmax_t)want);
    if ((m->flags & type) != (rights & type))
        return wrong(msg, size, "%s: %jx has the wrong memory type", r->name, (uintmax_t)at);
    bad = (m->flags ^ rights) & (PT_R | PT_W | PT_X | PT_U);
    if (bad) {
        static const char *const name[] = {"readable", "writable", "executable", "for users"};
        unsigned i = lowest(bad);
        return wrong(msg, size, "%s: %jx is %s%s", r->name, (uintmax_t)at,
                     m->flags & bad & (1u << i) ? "" : "not ", name[i]);
    }
    return true;
}

bool regions_complete(const struct pt *t, const struct region *list, size_t n, char *msg,
                      size_t size)
{
    for (size_t i = 0; i < n; i++) {
        const struct region *r = &list[i];
        uint64_t end = r->va + (r->size - 1);
        for (uint64_t at = r->va;;) {
            struct pt_mapping m;
            if (pt_translate(t, at, &m))
                return wrong(msg, size, "%s: %jx is not mapped", r->name, (uintmax_t)at);
            if (!mapping_fits(t, r, at, &m, msg, size))
                return false;
            uint64_t last = m.va | mask64(m.shift);
            if (last >= end)
                break;
            at = last + 1;
        }
    }
    return true;
}

struct search {
    const struct region *list;
    size_t n;
    char *msg;
    size_t size;
    bool found;
};

static bool leaks(const struct pt_mapping *m, void *ctx)
{
    struct search *s = ctx;
    for (size_t i = 0; i < s->n && !s->found; i++) {
        const struct region *r = &s->list[i];
        if (!overlap(m->pa, UINT64_C(1) << m->shift, r->pa, r->size))
            continue;
        s->found = true;
        wrong(s->msg, s->size, "%jx reaches %s (page at %jx)", (uintmax_t)m->va, r->name,
              (uintmax_t)m->pa);
    }
    return !s->found;
}

bool regions_isolated(const struct pt *t, const struct region *forbidden, size_t n, char *msg,
                      size_t size)
{
    struct search s = {forbidden, n, msg, size, false};
    pt_each(t, leaks, &s);
    return !s.found;
}
