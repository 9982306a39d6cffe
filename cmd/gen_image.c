// SPDX-License-Identifier: MulanPSL-2.0
// Which addresses does an image map? Asked of the functional walk, from the lowest to the highest: what
// it answers for one address holds up to the end of its page, or of the entry that ended the walk.
#define _XOPEN_SOURCE 700 // realpath
#include "cmd/gen_image.h"

#include "arch/bits.h"
#include "cmd/walk.h"
#include "traces/source.h"
#include "world/image.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

// Walks of one image: what a kernel maps in small pages, 16 GiB of them.
enum { MAX_WALKS = 1 << 22 };
static const char *const atp_name[3] = {"satp", "vsatp", "hgatp"};

struct search {
    struct walk_scene *s;
    struct walk_request q;
    struct walk_result r;
    uint64_t walks;
};

static bool ask(struct search *f, uint64_t va, unsigned access)
{
    f->q.va = va;
    f->q.access = access;
    f->walks++;
    walk_scene_run(f->s, &f->q, &f->r);
    return f->r.fault == FAULT_NONE;
}

static uint64_t end_of(uint64_t va, unsigned log2)
{
    return log2 < 64 ? va | mask64(log2) : UINT64_MAX;
}

// Last address of the guest page (or of the range that stage 2 refuses) that holds the walk's IPA, as an
// address of stage 1.
static uint64_t guest_end(const struct walk_result *r, uint64_t va, unsigned log2)
{
    uint64_t last = va + (end_of(r->ipa, log2) - r->ipa), page = end_of(va, r->s1.shift);
    return last < page && last >= va ? last : page;
}

// The same of the attributes at the walk's result: the ranges of PMA after reset do not overlap.
static uint64_t memory_end(const struct search *f, uint64_t va)
{
    // Beyond 48 bits no entry is asked and `last` is 0: the difference is huge, no limit.
    uint64_t left = f->s->denial.last - f->r.pa;
    return left > ~va ? UINT64_MAX : va + left;
}

// Last address for which the walk's answer holds.
static uint64_t answer_end(const struct search *f, uint64_t va)
{
    const struct walk_result *r = &f->r;
    unsigned table = 64; // log2 of what the table covers that stage 1 would read next
    for (unsigned i = 0; i < r->nrefs; i++)
        if (r->ref[i].stage == 1)
            table = 12 + 9 * (unsigned)r->ref[i].level;
    if (r->fault == FAULT_NONE || (r->fault == FAULT_ACCESS && !r->stage)) {
        uint64_t page = r->s2.level == WALK_OFF ? end_of(va, r->s1.shift) : guest_end(r, va, r->s2.shift);
        uint64_t last = memory_end(f, va);
        return last < page ? last : page;
    }
    if (r->fault == FAULT_ACCESS) // of a table
        return va | mask64(12);
    if (r->reason == WALK_NOT_CANONICAL) // the hole between the halves
        return ~mask64(12 + 9 * (unsigned)(r->level + 1) - 1) - 1;
    if (r->fault == FAULT_PAGE)
        return end_of(va, 12 + 9 * (unsigned)r->level);
    if (r->implicit)
        return end_of(va, table);
    return r->reason == WALK_GUEST_WIDTH ? end_of(va, r->s1.shift)
                                         : guest_end(r, va, 12 + 9 * (unsigned)r->level);
}

static const char *add(struct gen_runs *l, size_t *room, uint64_t *bytes, struct gen_run n)
{
    struct gen_run *last = l->count ? &l->run[l->count - 1] : NULL;
    n.offset = *bytes;
    *bytes += n.bytes;
    if (last && last->va + last->bytes == n.va && last->writable == n.writable) {
        last->bytes += n.bytes;
        return NULL;
    }
    if (l->count == *room) {
        size_t want = *room ? 2 * *room : 64;
        struct gen_run *more = realloc(l->run, want * sizeof *more);
        if (!more)
            return "out of memory";
        l->run = more;
        *room = want;
    }
    l->run[l->count++] = n;
    return NULL;
}

// Pages from `from` on where `access` succeeds, at most *bytes of them; *bytes: how many there are.
static const char *collect(struct search *f, unsigned access, uint64_t from, uint64_t *bytes,
                           struct gen_runs *l)
{
    uint64_t most = *bytes, va = from & ~mask64(12), last;
    size_t room = 0;
    const char *why = NULL;
    for (*bytes = 0; !why && *bytes < most; va = last + 1) {
        bool fine = ask(f, va, access);
        last = answer_end(f, va);
        if (fine && last - va >= most - *bytes)
            last = va + (most - *bytes) - 1;
        bool writable = fine && access == RV_READ && ask(f, va, RV_WRITE);
        if (fine)
            why = add(l, &room, bytes, (struct gen_run){0, va, last - va + 1, writable});
        if (f->walks > MAX_WALKS)
            why = "more than 4194304 pages and holes: take a part with --base and --footprint";
        if (last == UINT64_MAX)
            break;
    }
    return why;
}

static const char *set_registers(struct walk_scene *s, const char *const atp[3])
{
    uint64_t v;
    for (unsigned i = 0; i < 3; i++)
        if (atp[i] && (!parse_hex(atp[i], UINT64_MAX, &v) || walk_register(s, atp_name[i], v)))
            return "--satp, --vsatp and --hgatp take a hexadecimal CSR value";
    return walk_scene_check(s);
}

static const char *search(struct walk_scene *s, struct gen_cfg *c, uint64_t from, uint64_t most,
                          struct gen_image *image)
{
    struct search f = {.s = s, .q = {.user = c->priv == GVT_U, .virt = c->virt}};
    const struct rv_regs *g = &s->rv;
    if (!(c->virt ? g->vsatp >> 60 | g->hgatp >> 60 : g->satp >> 60))
        return c->virt ? "vsatp and hgatp are bare: nothing is translated (--vsatp, --hgatp)"
                       : "satp is bare: nothing is translated (--satp; --mode vu or vs for a guest)";
    c->base = c->code_base = 0;
    c->footprint = most;
    const char *why = collect(&f, RV_READ, from, &c->footprint, &image->data);
    if (!why && !image->data.count)
        why = "no page of the image can be read in this --mode";
    f.walks = 0;
    c->code = most;
    if (!why && c->fetches > 0.0)
        why = collect(&f, RV_FETCH, from, &c->code, &image->text);
    if (!why && c->fetches > 0.0 && !image->text.count)
        why = "no page of the image can be executed in this --mode (--fetches 0)";
    if (c->fetches == 0.0)
        c->code = 4096; // none is made
    c->data = image->data;
    c->text = image->text;
    return why;
}

bool gen_image(const struct options *o, const char *path, const char *const atp[3], const char *base,
               const char *footprint, struct gen_cfg *c, struct gen_image *image)
{
    // As a replay begins: SUM is set, PMP allows everything, PMA is the machine's.
    struct walk_scene s = {.rv = {.xlen = 64, .sum = true, .vssum = true}, .mem = phys_new()};
    char msg[512], file[TRACE_TEXT];
    const char *why = s.mem ? NULL : "out of memory";
    if (!why && strlen(path) >= sizeof file)
        why = "the name of the image is too long";
    cfg_preset(&s.cfg, "default");
    cfg_finish(&s.cfg, msg, sizeof msg);
    pmp_reset(&s.pmp, &s.cfg);
    if (!why && !walk_image(&s, path, msg, sizeof msg))
        why = msg;
    pmp_reset(&s.pmp, &s.cfg); // in place of the image's
    pmp_write(&s.pmp, 0x3b0, mask64(46));
    pmp_write(&s.pmp, 0x3a0, 0x1f);
    if (!why)
        why = set_registers(&s, atp);
    uint64_t most = footprint ? c->footprint & ~mask64(12) : UINT64_C(1) << 46;
    if (!why && !most)
        why = "--footprint of an image must be a page at least";
    if (!why)
        why = search(&s, c, base ? c->base : 0, most, image);
    phys_free(s.mem);
    // The trace may lie in another folder; FILE@ADDRESS is a file and an address.
    const char *plain = why ? path : image_file(path, file, sizeof file);
    const char *at = plain == path ? "" : strrchr(path, '@');
    char *real = why ? NULL : realpath(plain, NULL);
    if (!why && (!real || strlen(real) + strlen(at) >= sizeof image->name))
        why = "the image must be a file with a name of less than 512 bytes";
    if (!why) {
        memcpy(image->name, real, strlen(real));
        memcpy(image->name + strlen(real), at, strlen(at) + 1);
    }
    free(real);
    c->image = image->name;
    if (why)
        options_error(o, "%s", why);
    return !why;
}

void gen_image_free(struct gen_image *image)
{
    free(image->data.run);
    free(image->text.run);
}

void gen_image_registers(const char *const atp[3], struct trace_writer *w)
{
    static const uint16_t csr[3] = {GVT_SATP, GVT_VSATP, GVT_HGATP};
    for (unsigned i = 0; i < 3; i++) {
        struct trace_record r = {.kind = TRACE_CSR, .csr = csr[i]};
        if (atp[i] && parse_hex(atp[i], UINT64_MAX, &r.value))
            trace_put(w, &r);
    }
}
