// SPDX-License-Identifier: MulanPSL-2.0
// l2tlb walk --map, --unmap: edits of the tables that a scene's registers name. All of them are worked
// out first and taken back; the words that each one changed are kept, so that nothing is printed
// before it is known that everything is possible.
#include "cmd/walk.h"

#include "arch/bits.h"
#include "traces/source.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

// --- what the options say -----------------------------------------------------------------------

static const char *parse_rights(const char *text, unsigned *flags)
{
    static const char letter[] = "rwxug";
    static const unsigned flag[] = {PT_R, PT_W, PT_X, PT_U, PT_G};
    *flags = PT_A | PT_D;
    for (const char *p = text; *p; p++) {
        const char *at = strchr(letter, *p);
        if (!at)
            return "rights are letters of rwxug";
        *flags |= flag[at - letter];
    }
    return *text ? NULL : "rights are letters of rwxug";
}

const char *walk_edit_parse(const char *text, bool unmap, struct walk_edit *e)
{
    char copy[128], *part[4] = {copy};
    *e = (struct walk_edit){.text = text, .unmap = unmap};
    if (!strncmp(text, "s1:", 3) || !strncmp(text, "s2:", 3)) {
        e->stage = (unsigned)(text[1] - '0');
        text += 3;
    }
    if (strlen(text) >= sizeof copy)
        return "too long";
    strcpy(copy, text);
    if (unmap)
        return parse_hex(copy, UINT64_MAX, &e->from) ? NULL : "not [s1:|s2:]ADDRESS, hexadecimal";
    for (unsigned i = 1; i < 4; i++) {
        part[i] = strchr(part[i - 1], i == 1 ? '=' : ',');
        if (!part[i])
            return "not [s1:|s2:]ADDRESS=ADDRESS,SIZE,RIGHTS";
        *part[i]++ = 0;
    }
    if (!parse_hex(part[0], UINT64_MAX, &e->from) || !parse_hex(part[1], UINT64_MAX, &e->to))
        return "addresses are hexadecimal";
    const char *why = walk_page_size(part[2], &e->shift);
    return why ? why : parse_rights(part[3], &e->flags);
}

// --- the tables of a stage ----------------------------------------------------------------------

struct tables {
    struct pt_config c;
    uint64_t root;
    unsigned output; // bits of addresses that its entries can name
};

static bool riscv_tables(const struct rv_regs *g, unsigned stage, bool virt, struct tables *t)
{
    uint64_t atp = stage == 2 ? g->hgatp : virt ? g->vsatp : g->satp;
    int levels = rv_mode_levels(g->xlen, rv_mode(g, atp));
    if (levels <= 0 || (stage == 2 && !virt))
        return false;
    *t = (struct tables){.output = g->xlen == 32 ? 34 : 48};
    t->c.format = (stage == 2 ? PT_SV32X4 : PT_SV32) + (unsigned)levels - 2;
    t->root = bits(atp, g->xlen == 32 ? 21 : 43, 0) << 12;
    t->root &= stage == 2 ? ~mask64(14) : UINT64_MAX;
    return true;
}

// An index of MAIR_EL1 with Normal memory, Write-Back if there is one.
static uint8_t normal_index(uint64_t mair)
{
    uint8_t best = 0;
    for (uint8_t i = 8; i-- > 0;)
        if (bits(mair, 8 * i + 7, 8 * i) == 0xff)
            return i;
        else if (bits(mair, 8 * i + 7, 8 * i) >> 6)
            best = i;
    return best;
}

static bool a64_tables(const struct a64_regs *g, unsigned stage, uint64_t input, struct tables *t)
{
    struct a64_stage st;
    if (!a64_stage(g, stage, input, &st))
        return false;
    *t = (struct tables){.root = st.base, .output = st.output};
    t->c = (struct pt_config){
        .format = stage == 2 ? PT_A64_S2 : PT_A64_S1,
        .granule = st.granule,
        .input_bits = st.input,
        .lpa2 = st.ds,
        .high = stage == 1 && bit(input, 55),
        .concatenate = stage == 2 && st.start > a64_start_level(st.granule, st.input),
        .attr_index = {normal_index(g->mair_el1)},
    };
    return true;
}

static bool tables_of(const struct walk_scene *s, unsigned stage, bool virt, uint64_t input,
                      struct tables *t)
{
    return s->arch == WALK_AARCH64 ? a64_tables(&s->a64, stage, input, t)
                                   : riscv_tables(&s->rv, stage, virt, t);
}

// --- memory for new tables ----------------------------------------------------------------------

struct editor {
    struct walk_scene *s;
    struct walk_edits *e;
    bool virt;
    uint64_t next; // host memory
    unsigned output;
    struct pt *t2; // NULL: stage 2 is off
    unsigned page2, input2;
    char *msg; // of what a callback found
    size_t size;
};

static uint64_t host_frame(void *ctx, uint64_t size)
{
    struct editor *d = ctx;
    uint64_t addr = (d->next + size - 1) & ~(size - 1), end = addr + size;
    if (addr < d->next || end < addr || (end - 1) >> d->output) {
        snprintf(d->msg, d->size, "no memory for tables behind %" PRIx64 " (--frames)", d->next);
        return PT_NO_FRAME;
    }
    for (uint64_t a = addr; a < end; a += 8)
        if (phys_read(d->s->mem, a)) {
            snprintf(d->msg, d->size, "memory for a table is in use: %" PRIx64 " (--frames)", a);
            return PT_NO_FRAME;
        }
    d->next = end;
    return addr;
}

// The first guest address from `from` on with nothing mapped for size bytes.
static uint64_t free_guest(const struct editor *d, uint64_t from, uint64_t size)
{
    uint64_t gpa = (from + size - 1) & ~(size - 1), at = 0;
    struct pt_mapping m;
    while (at < size && (gpa + size - 1) >> d->input2 == 0) {
        if (pt_translate(d->t2, gpa + at, &m) != PT_OK) {
            at += UINT64_C(1) << d->page2;
            continue;
        }
        gpa = (m.va + (UINT64_C(1) << m.shift) + size - 1) & ~(size - 1);
        at = 0;
    }
    return at < size ? PT_NO_FRAME : gpa;
}

// A guest's table: host memory, and a place in guest memory that stage 2 maps to it.
static uint64_t guest_frame(void *ctx, uint64_t size)
{
    struct editor *d = ctx;
    uint64_t page = UINT64_C(1) << d->page2, bytes = size > page ? size : page;
    uint64_t hpa = host_frame(d, d->t2 ? bytes : size);
    if (!d->t2 || hpa == PT_NO_FRAME)
        return hpa;
    uint64_t gpa = free_guest(d, d->s->free_guest >> d->input2 ? 0 : d->s->free_guest, bytes);
    enum pt_error e = PT_MEMORY;
    if (gpa != PT_NO_FRAME)
        e = pt_map_range(d->t2, gpa, hpa, bytes, PT_R | PT_W | PT_X | PT_A | PT_D, d->page2);
    if (!e)
        return gpa;
    if (!d->msg[0])
        snprintf(d->msg, d->size, "stage 2 has no place for a table of stage 1");
    return PT_NO_FRAME;
}

static uint64_t guest_host(void *ctx, uint64_t addr)
{
    struct editor *d = ctx;
    struct pt_mapping m;
    if (!d->t2)
        return addr;
    if (pt_translate(d->t2, addr, &m) == PT_OK)
        return m.pa + (addr & mask64(m.shift));
    if (!d->msg[0])
        snprintf(d->msg, d->size, "stage 2 does not map the table at guest address %" PRIx64, addr);
    return PT_NO_FRAME;
}

// --- edits --------------------------------------------------------------------------------------

static void note(struct editor *d, unsigned stage, uint64_t addr, uint64_t old, uint64_t value)
{
    struct walk_edits *e = d->e;
    if (e->words == e->room) {
        size_t room = e->room ? 2 * e->room : 64;
        struct walk_word *more = realloc(e->word, room * sizeof *more);
        if (!more) {
            snprintf(d->msg, d->size, "out of memory");
            return;
        }
        e->word = more;
        e->room = room;
    }
    e->word[e->words++] = (struct walk_word){addr, old, value, stage};
}

static void note1(void *ctx, uint64_t addr, uint64_t old, uint64_t value)
{
    note(ctx, 1, addr, old, value);
}

static void note2(void *ctx, uint64_t addr, uint64_t old, uint64_t value)
{
    note(ctx, 2, addr, old, value);
}

static struct pt *open_stage2(struct editor *d, char *msg, size_t size)
{
    struct pt_frames f = {.alloc = host_frame, .ctx = d};
    struct tables t;
    if (!tables_of(d->s, 2, d->virt, 0, &t))
        return NULL;
    struct pt *p = pt_open(&t.c, t.root, d->s->mem, &f, msg, size);
    if (!p)
        return NULL;
    pt_watch(p, note2, d);
    d->page2 = pt_page_bits(p);
    d->input2 = pt_input_bits(p);
    d->output = t.output;
    return p;
}

static struct pt *open_stage1(struct editor *d, uint64_t va, char *msg, size_t size)
{
    struct pt_frames f = {.alloc = guest_frame, .host = guest_host, .ctx = d};
    struct tables t;
    if (!tables_of(d->s, 1, d->virt, va, &t))
        return NULL;
    if (!d->t2)
        d->output = t.output;
    struct pt *p = pt_open(&t.c, t.root, d->s->mem, &f, msg, size);
    if (p)
        pt_watch(p, note1, d);
    return p;
}

static enum pt_error change(struct pt *t, const struct walk_edit *e)
{
    return e->unmap ? pt_unmap(t, e->from) : pt_map(t, e->from, e->to, e->shift, e->flags);
}

// One edit. d->msg: why it is impossible, or empty.
static void run(struct editor *d, struct walk_edit *e)
{
    d->msg[0] = 0;
    d->t2 = open_stage2(d, d->msg, d->size);
    struct pt *t1 = d->msg[0] ? NULL : open_stage1(d, e->from, d->msg, d->size);
    if (!e->stage)
        e->stage = t1 ? 1 : 2;
    struct pt *t = e->stage == 1 ? t1 : d->t2;
    if (!d->msg[0] && !t)
        snprintf(d->msg, d->size, "stage %u does not translate %" PRIx64, e->stage, e->from);
    else if (!d->msg[0] && e->stage == 2 && e->flags & (PT_U | PT_G))
        snprintf(d->msg, d->size, "u and g are rights of stage 1");
    enum pt_error error = d->msg[0] ? PT_OK : change(t, e);
    if (error && !d->msg[0])
        snprintf(d->msg, d->size, "%s", pt_error_text(error));
    pt_free(t1);
    pt_free(d->t2);
}

static void put(struct walk_scene *s, uint64_t addr, uint64_t value)
{
    if (s->arch == WALK_RISCV32) {
        unsigned shift = addr & 4 ? 32 : 0;
        value = (phys_read(s->mem, addr) & ~(mask64(32) << shift)) | value << shift;
    }
    phys_write(s->mem, addr, value); // the line is there: it was written before
}

const char *walk_edits_plan(struct walk_scene *s, struct walk_edits *e, bool virt, char *msg,
                            size_t size)
{
    char why[160] = "";
    struct editor d = {.s = s, .e = e, .virt = virt, .next = s->free_host, .msg = why, .size = sizeof why};
    unsigned i = 0;
    for (; i < e->count && !why[0]; i++) {
        e->edit[i].first = e->words;
        run(&d, &e->edit[i]);
        e->edit[i].count = e->words - e->edit[i].first;
    }
    for (size_t w = e->words; w-- > 0;)
        put(s, e->word[w].address, e->word[w].old);
    if (!why[0])
        return NULL;
    const struct walk_edit *bad = &e->edit[i - 1];
    snprintf(msg, size, "--%s %s: %s", bad->unmap ? "unmap" : "map", bad->text, why);
    return msg;
}

void walk_edit_apply(struct walk_scene *s, const struct walk_edits *e, unsigned i)
{
    for (size_t w = 0; w < e->edit[i].count; w++)
        put(s, e->word[e->edit[i].first + w].address, e->word[e->edit[i].first + w].value);
}

void walk_step_print(const struct walk_edits *e, unsigned i, FILE *out)
{
    if (!i) {
        fputs("--- before\n\n", out);
        return;
    }
    const struct walk_edit *d = &e->edit[i - 1];
    fprintf(out, "--- %s %s, stage %u\n\n  stage address        old                new\n",
            d->unmap ? "unmap" : "map", d->text, d->stage);
    for (size_t w = d->first; w < d->first + d->count; w++)
        fprintf(out, "  %-5u %-14" PRIx64 " %-18" PRIx64 " %" PRIx64 "\n", e->word[w].stage,
                e->word[w].address, e->word[w].old, e->word[w].value);
    fputc('\n', out);
}
