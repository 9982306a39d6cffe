// SPDX-License-Identifier: MulanPSL-2.0
#include "tests/qemu/qemu_set.h"

#include "arch/bits.h"

#include <stdlib.h>

static const char *const mask_text[MASKS] = {
#define MASK(name, text) text,
#include "tests/qemu/masks.def"
#undef MASK
};

const char *qc_mask_text(unsigned mask)
{
    return mask < MASKS ? mask_text[mask] : "?";
}

uint64_t qc_random(struct qc_set *s)
{
    s->random += UINT64_C(0x9e3779b97f4a7c15);
    return mix64(s->random);
}

uint64_t qc_below(struct qc_set *s, uint64_t n)
{
    return (qc_random(s) >> 20) % n;
}

bool qc_chance(struct qc_set *s, unsigned of)
{
    return !qc_below(s, of);
}

static struct qc_set *attempt(unsigned machine, uint64_t random)
{
    struct qc_set *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->machine = machine;
    s->random = random;
    bool a64 = qc_is_a64(machine);
    s->mem.a64 = a64;
    s->mem.arena = a64 ? A64_ARENA : RV_ARENA;
    s->mem.tables = s->mem.next = a64 ? A64_TABLES : RV_TABLES;
    s->mem.words = phys_new();
    if (!s->mem.words || !(a64 ? qc_make_a64(s) : qc_make_riscv(s))) {
        qc_free(s);
        return NULL;
    }
    return s;
}

struct qc_set *qc_new(unsigned machine, uint64_t seed, unsigned number)
{
    struct qc_set *s = NULL;
    // Some combinations of sizes have no room for what a set needs.
    for (uint64_t k = 0; !s && k < 50; k++)
        s = attempt(machine, mix64(seed ^ mix64(k << 40 | (uint64_t)machine << 32 | number)));
    return s;
}

void qc_free(struct qc_set *s)
{
    if (!s)
        return;
    pt_free(s->t1[0]);
    pt_free(s->t1[1]);
    pt_free(s->t2);
    phys_free(s->mem.words);
    free(s);
}

uint64_t qc_frame(void *ctx, uint64_t size)
{
    struct qc_set *s = ctx;
    uint64_t a = (s->mem.next + size - 1) & ~(size - 1);
    if (a + size > s->mem.arena)
        return PT_NO_FRAME;
    s->mem.next = a + size;
    return a;
}

uint64_t qc_host_of(void *ctx, uint64_t gpa)
{
    struct qc_set *s = ctx;
    struct pt_mapping m;
    if (!s->t2)
        return gpa;
    if (pt_translate(s->t2, gpa, &m) != PT_OK)
        return PT_NO_FRAME;
    return m.pa | (gpa & mask64(m.shift));
}

// Most pages are of the smallest size; any other now and then.
static unsigned pick_size(struct qc_set *s, const struct pt *t)
{
    unsigned shift = 12;
    if (qc_chance(s, 4))
        shift += (unsigned)qc_below(s, 37);
    // The first machine has no Svnapot.
    while (shift < 64 && (!pt_has_size(t, shift) || (shift == 16 && s->machine == QC_RV64)))
        shift++;
    return shift;
}

uint64_t qc_map(struct qc_set *s, struct pt *t, uint64_t to, unsigned limit, uint64_t high,
                unsigned flags)
{
    for (unsigned attempt = 0; attempt < 24; attempt++) {
        unsigned shift = pick_size(s, t);
        uint64_t low = mask64(shift);
        if (shift >= limit)
            continue;
        uint64_t in = (qc_random(s) & mask64(limit) & ~low) | (to & low) | high;
        if (pt_map(t, in & ~low, to & ~low, shift, flags) == PT_OK)
            return in;
    }
    return PT_NO_FRAME;
}

static void add_word(uint64_t addr, uint64_t word, void *ctx)
{
    struct qc_words *w = ctx;
    (void)word;
    if (w->n == w->room) {
        size_t room = w->room ? 2 * w->room : 256;
        uint64_t *a = realloc(w->addr, room * sizeof *a);
        if (!a)
            return;
        w->addr = a;
        w->room = room;
    }
    w->addr[w->n++] = addr;
}

bool qc_words(const struct qc_set *s, struct qc_words *w)
{
    *w = (struct qc_words){0};
    phys_each(s->mem.words, add_word, w);
    return w->n > 0;
}

// --- memory -------------------------------------------------------------------------------------

void qc_start(struct qc_set *s)
{
    s->mem.changes = 0;
}

static uint64_t whole_word(const struct qc_memory *m, uint64_t addr)
{
    for (unsigned i = 0; i < m->changes; i++)
        if (m->change[i].address == (addr & ~UINT64_C(7)))
            return m->change[i].value;
    uint64_t word = addr >> 48 ? 0 : phys_read(m->words, addr);
    uint64_t offset = addr - m->arena;
    if (offset < ARENA_BYTES) { // no table is there
        uint64_t i = offset / 8;
        return i << 32 | (m->a64 ? UINT64_C(0xd4200000) | i >> 5 << 5 : i << 7 | 0x0b);
    }
    return word;
}

uint64_t qc_read(void *memory, uint64_t addr, unsigned size)
{
    uint64_t word = whole_word(memory, addr);
    return size == 4 ? bits(word >> (addr & 4 ? 32 : 0), 31, 0) : word;
}

bool qc_in_arena(const struct qc_set *s, uint64_t addr)
{
    return addr - s->mem.arena < ARENA_BYTES;
}

bool qc_apply(struct qc_set *s, const struct walk_result *r)
{
    struct qc_memory *m = &s->mem;
    for (unsigned i = 0; i < r->nupdates; i++) {
        const struct walk_update *u = &r->update[i];
        uint64_t addr = u->address & ~UINT64_C(7), value = u->value;
        if (addr < m->tables || addr >= m->next)
            return false;
        if (u->size == 4) {
            unsigned shift = u->address & 4 ? 32 : 0;
            value = (whole_word(m, addr) & ~(mask64(32) << shift)) | value << shift;
        }
        unsigned k = 0;
        while (k < m->changes && m->change[k].address != addr)
            k++;
        if (k == CHANGES)
            return false;
        m->changes += k == m->changes;
        m->change[k] = (struct walk_update){.address = addr, .value = value, .size = 8};
    }
    return true;
}

bool qc_same_changes(const struct qc_set *s, const struct qc_result *got, char *msg, size_t size)
{
    for (unsigned i = 0; i < got->changes; i++) {
        const struct walk_update *g = &got->change[i];
        if (whole_word(&s->mem, g->address) != g->value) {
            snprintf(msg, size, "QEMU changed the word at 0x%jx to 0x%jx, expected 0x%jx",
                     (uintmax_t)g->address, (uintmax_t)g->value,
                     (uintmax_t)whole_word(&s->mem, g->address));
            return false;
        }
    }
    if (got->changes != s->mem.changes) {
        snprintf(msg, size, "QEMU changed %u table words, expected %u", got->changes,
                 s->mem.changes);
        return false;
    }
    return true;
}

// Did the walk read only memory whose contents the test knows? Tables, arena, and RAM that nobody
// writes (0), but not the guest, its list, or devices.
bool qc_reads_own(const struct qc_set *s, const struct walk_result *r)
{
    uint64_t list = s->mem.a64 ? A64_LIST : RV_LIST;
    uint64_t ram = s->mem.a64 ? UINT64_C(0x40000000) : UINT64_C(0x80000000);
    for (unsigned i = 0; i < r->nrefs; i++) {
        uint64_t a = r->ref[i].address;
        if (r->ref[i].verdict != WALK_LEAF)
            continue;
        if (a - ram >= UINT64_C(0x20000000) || a < ram + (UINT64_C(16) << 20) ||
            (a >= list && a < s->mem.tables))
            return false;
    }
    return true;
}
