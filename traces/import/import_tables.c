// SPDX-License-Identifier: MulanPSL-2.0
// The log's own page tables (--own-tables). Memory is followed through all stores; every access that
// is translated is walked there. A page in which a walk reads is a table: its words become `mem`
// records, and so does every later change of it, also those of A and D that hardware makes. What a
// table points to is a table as well, so that the machine's prefetches find what was there.
#include "arch/bits.h"
#include "arch/pte.h"
#include "arch/walk_riscv.h"
#include "traces/import/import.h"

#include <stdlib.h>

enum { TABLE_S, TABLE_VS, TABLE_G, LEVELS = 5, PAGE = 4096 };
// 4 GiB of page tables are no program's.
enum { MAX_PAGES = 1 << 20 };

// A page whose words are still to be handed out (fresh) and followed.
struct page {
    uint64_t addr;
    uint8_t kind, level;
    bool fresh;
};

struct import_tables {
    struct phys *mem;
    struct phys *marks; // at the address of a table page: bits kind * LEVELS + level
    struct rv_regs regs;
    // Three steps: pages, then changes, then the access; its stores lead to more of the former.
    struct page *page;
    size_t pages, page_room, page_at;
    unsigned word; // of page[page_at]
    uint64_t *change;
    size_t changes, change_room, change_at;
    struct trace_record access;
    bool waiting;
    unsigned at; // its place in the queue
    const char *trouble;
};

struct import_tables *tables_new(void)
{
    struct import_tables *t = calloc(1, sizeof *t);

    if (!t)
        return NULL;
    t->mem = phys_new();
    t->marks = phys_new();
    // The access was made: rights were granted, and what A and D lacked was set by hardware.
    t->regs = (struct rv_regs){.xlen = 64, .mxr = true, .sum = true, .vsmxr = true, .vssum = true,
                               .m_pbmte = true, .h_pbmte = true, .m_adue = true, .h_adue = true};
    if (t->mem && t->marks)
        return t;
    tables_free(t);
    return NULL;
}

void tables_free(struct import_tables *t)
{
    if (t) {
        phys_free(t->mem);
        phys_free(t->marks);
        free(t->page);
        free(t->change);
    }
    free(t);
}

struct phys *tables_memory(struct import_tables *t) { return t->mem; }

static bool more(void **list, size_t *room, size_t count, size_t size)
{
    size_t want = *room ? 2 * *room : 64;
    void *bigger = count < *room ? *list : realloc(*list, want * size);

    if (!bigger)
        return false;
    *list = bigger;
    *room = count < *room ? *room : want;
    return true;
}

// --- which pages are tables ----------------------------------------------------------------------
static uint64_t marks_of(const struct import_tables *t, uint64_t addr)
{
    return phys_read(t->marks, addr & ~(uint64_t)(PAGE - 1));
}

static void note(struct import *m, uint64_t addr, unsigned kind, unsigned level)
{
    struct import_tables *t = m->tables;
    uint64_t page = addr & ~(uint64_t)(PAGE - 1), old = marks_of(t, addr);
    uint64_t mark = UINT64_C(1) << (kind * LEVELS + level);

    if (old & mark || page >> 48)
        return;
    if (!old && ++m->tally.tables > MAX_PAGES)
        t->trouble = "more than 1048576 pages of page tables";
    else if (!phys_write(t->marks, page, old | mark) ||
             !more((void **)&t->page, &t->page_room, t->pages, sizeof *t->page))
        t->trouble = "out of memory";
    else
        t->page[t->pages++] = (struct page){page, (uint8_t)kind, (uint8_t)level, !old};
}

// A word of a table has changed: it is to be handed out (once, however many bytes changed it).
static void changed(struct import_tables *t, uint64_t addr)
{
    if (t->changes > t->change_at && t->change[t->changes - 1] == addr)
        return;
    if (more((void **)&t->change, &t->change_room, t->changes, sizeof *t->change))
        t->change[t->changes++] = addr;
    else
        t->trouble = "out of memory";
}

static uint64_t read_word(void *ctx, uint64_t addr, unsigned size)
{
    (void)size; // 8: the log is of RV64
    return phys_read(((struct import_tables *)ctx)->mem, addr);
}

// Physical address of an access; false: the tables have none. Their pages are noted.
static bool translate(struct import *m, const struct rv_regs *g, const struct rv_request *q,
                      uint64_t *pa)
{
    struct import_tables *t = m->tables;
    struct walk_mem mem = {t, read_word, NULL};
    struct walk_result r;

    if (rv_regs_check(g))
        return false;
    rv_walk(g, q, &mem, &r);
    for (unsigned i = 0; i < r.nupdates && r.fault == FAULT_NONE; i++) {
        if (!phys_write(t->mem, r.update[i].address, r.update[i].value))
            t->trouble = "out of memory";
        if (marks_of(t, r.update[i].address))
            changed(t, r.update[i].address);
    }
    for (unsigned i = 0; i < r.nrefs; i++)
        note(m, r.ref[i].address,
             r.ref[i].stage == 2 ? TABLE_G : q->virt ? TABLE_VS : TABLE_S, (unsigned)r.ref[i].level);
    *pa = r.pa;
    return r.fault == FAULT_NONE && !(r.pa >> 48);
}

// What a word of a table at this level points to is a table, too.
static void follow(struct import *m, unsigned kind, unsigned level, uint64_t e)
{
    struct rv_regs g = m->tables->regs;
    struct rv_request q = {.va = pte_ppn(e) << 12, .priv = RV_S, .access = RV_READ, .virt = true};
    uint64_t next = q.va;

    if (!level || !pte_v(e) || e & (PTE_R | PTE_W | PTE_X))
        return;
    g.vsatp = 0;
    if (kind != TABLE_VS || translate(m, &g, &q, &next))
        note(m, next, kind, level - 1);
}

// --- stores --------------------------------------------------------------------------------------
static void request(const struct trace_record *r, struct rv_request *q)
{
    bool write = r->op == GVT_STORE || r->op == GVT_AMO;

    *q = (struct rv_request){.va = r->addr, .priv = r->priv, .virt = r->virt || r->hyp};
    q->access = r->op == GVT_FETCH ? RV_FETCH : write ? RV_WRITE : r->hlvx ? RV_READ_X : RV_READ;
}

// n bytes to pa on, inside of one word.
static void write_word(struct import *m, uint64_t pa, uint64_t value, unsigned n)
{
    struct import_tables *t = m->tables;
    unsigned shift = 8 * (pa & 7);
    uint64_t at = pa & ~UINT64_C(7), old = phys_read(t->mem, at), marks = marks_of(t, at);
    uint64_t new = (old & ~(mask64(8 * n) << shift)) | (value & mask64(8 * n)) << shift;

    if (new == old)
        return;
    if (!phys_write(t->mem, at, new))
        t->trouble = "out of memory";
    if (marks)
        changed(t, at);
    for (unsigned i = 0; i < 3 * LEVELS; i++)
        if (bit(marks, i))
            follow(m, i / LEVELS, i % LEVELS, new);
}

static void store(struct import *m, const struct import_store *s)
{
    uint64_t value = s->value, pa = 0, va = s->addr;
    struct rv_request q;

    request(&m->tables->access, &q);
    for (unsigned left = s->size, n; left; left -= n, va += n) {
        n = 8 - (va & 7) < left ? 8 - (unsigned)(va & 7) : left;
        q.va = va;
        if (q.priv == RV_M)
            pa = va;
        else if (!translate(m, &m->tables->regs, &q, &pa))
            return; // counted with its access
        if (!(pa >> 48))
            write_word(m, pa, value, n);
        value = n < 8 ? value >> 8 * n : 0;
    }
}

// --- records -------------------------------------------------------------------------------------
static void put_mem(struct import *m, uint64_t addr, struct trace_record *r)
{
    *r = (struct trace_record){.kind = TRACE_MEM, .addr = addr};
    r->value = phys_read(m->tables->mem, addr);
    m->tally.mem++;
}

// The next word of a fresh page, in passing those that lead on.
static bool next_word_of_page(struct import *m, struct trace_record *r)
{
    struct import_tables *t = m->tables;

    for (; t->page_at < t->pages; t->page_at++, t->word = 0)
        while (t->word < PAGE / 8) {
            struct page p = t->page[t->page_at]; // follow() moves them
            uint64_t addr = p.addr + 8 * (uint64_t)t->word++, e = phys_read(t->mem, addr);
            if (!e)
                continue;
            follow(m, p.kind, p.level, e);
            if (!p.fresh)
                continue;
            put_mem(m, addr, r);
            return true;
        }
    t->pages = t->page_at = 0;
    return false;
}

int tables_next(struct import *m, struct trace_record *r)
{
    struct import_tables *t = m->tables;

    if (t->trouble)
        return import_fail(m, "%s", t->trouble);
    if (next_word_of_page(m, r))
        return 1;
    if (t->change_at < t->changes) {
        put_mem(m, t->change[t->change_at++], r);
        return 1;
    }
    t->changes = t->change_at = 0;
    if (!t->waiting)
        return 0;
    *r = t->access;
    t->waiting = false;
    for (; m->store_head < m->stores && m->store[m->store_head].at <= t->at; m->store_head++)
        store(m, &m->store[m->store_head]);
    return 1;
}

int tables_take(struct import *m, struct trace_record *r)
{
    struct import_tables *t = m->tables;
    struct rv_request q;
    uint64_t pa;

    if (r->kind == TRACE_CSR && r->csr == GVT_SATP)
        t->regs.satp = r->value;
    if (r->kind == TRACE_CSR && r->csr == GVT_VSATP)
        t->regs.vsatp = r->value;
    if (r->kind == TRACE_CSR && r->csr == GVT_HGATP)
        t->regs.hgatp = r->value;
    if (r->kind != TRACE_ACCESS)
        return 1;
    t->access = *r;
    t->waiting = true;
    t->at = m->head - 1;
    request(r, &q);
    if (r->priv != GVT_M) {
        uint64_t last = r->addr + r->size - 1;
        bool fine = translate(m, &t->regs, &q, &pa);
        q.va = last;
        if (last / PAGE != r->addr / PAGE)
            fine = translate(m, &t->regs, &q, &pa) && fine;
        m->tally.untranslated += !fine;
    }
    return tables_next(m, r);
}
