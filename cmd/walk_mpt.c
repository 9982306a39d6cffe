// SPDX-License-Identifier: MulanPSL-2.0
// l2tlb walk: the Memory Protection Table that checks every access of a walk (arch/smmpt.h).
#include "cmd/walk.h"

#include "arch/bits.h"
#include "cmd/options.h"
#include "mem/mptbuild.h"
#include "traces/source.h"

#include <inttypes.h>
#include <string.h>

// --- checks -------------------------------------------------------------------------------------

unsigned walk_mpt_check(struct walk_scene *s, const struct walk_mem *mem, uint64_t addr, unsigned use)
{
    struct walk_mpt *m = &s->mpt;
    if (!smmpt_checks(&m->regs, use))
        return WALK_LEAF;
    struct walk_mpt_check *c = &m->check[m->count < WALK_CHECKS ? m->count++ : WALK_CHECKS - 1];
    c->use = (uint8_t)use;
    smmpt_lookup(&m->regs, mem, addr, &c->r);
    c->verdict = (uint8_t)smmpt_verdict(&c->r, use, s->rv.mxr);
    return c->verdict;
}

unsigned walk_mpt_references(const struct walk_mpt *m)
{
    unsigned n = 0;
    for (unsigned i = 0; i < m->count; i++)
        n += m->check[i].r.nrefs;
    return n;
}

const struct walk_mpt_check *walk_mpt_denial(const struct walk_mpt *m)
{
    const struct walk_mpt_check *last = m->count ? &m->check[m->count - 1] : NULL;
    return last && last->verdict != WALK_LEAF ? last : NULL;
}

// --- text ---------------------------------------------------------------------------------------

static const char *needs(unsigned use)
{
    static const char *const text[] = {[USE_TABLE_READ] = "r", [USE_TABLE_WRITE] = "w", [USE_LOAD] = "r",
                                       [USE_STORE] = "w",      [USE_FETCH] = "x",       [USE_LOAD_X] = "x",
                                       [USE_SHADOW] = "rw"};
    return text[use];
}

static void entries(const struct smmpt_result *r, FILE *out)
{
    for (unsigned i = 0; i < r->nrefs; i++)
        fprintf(out, " %u:%" PRIx64, r->ref[i].level, r->ref[i].address);
    if (r->nrefs && r->ref[r->nrefs - 1].verdict == WALK_LEAF)
        fprintf(out, "=%" PRIx64, r->ref[r->nrefs - 1].entry);
}

// The walk asks for its tables in the order of its references; a table that PMP refuses ends it.
void walk_mpt_print(const struct walk_mpt *m, FILE *out)
{
    unsigned reference = 0;
    if (m->regs.mode == SMMPT_BARE)
        return;
    fprintf(out, "\n  %s, domain %u, root %" PRIx64 "%s\n  %-14s %-14s %-5s %-6s %s\n",
            smmpt_format(m->regs.mode)->name, m->regs.sdid, m->regs.root,
            m->regs.opt_out ? ", page tables are not checked (optOutInNode)" : "", "checked for", "address",
            "needs", "rights", "MPT entries read (level:address) and the last one");
    for (unsigned i = 0; i < m->count; i++) {
        const struct walk_mpt_check *c = &m->check[i];
        char name[32] = "the access";
        if (c->use == USE_TABLE_READ)
            snprintf(name, sizeof name, "reference %u", ++reference);
        else if (c->use == USE_TABLE_WRITE)
            snprintf(name, sizeof name, "A/D of ref. %u", reference);
        fprintf(out, "  %-14s %-14" PRIx64 " %-5s %-6s", name, c->r.pa, needs(c->use),
                c->r.reason == WALK_LEAF ? smmpt_rights_text(c->r.rights) : "-");
        entries(&c->r, out);
        fprintf(out, "%s%s\n", c->verdict == WALK_LEAF ? "" : "; denied: ",
                c->verdict == WALK_LEAF ? "" : walk_reason_text(c->verdict));
    }
}

void walk_mpt_denial_text(const struct walk_mpt *m, char text[96])
{
    const struct walk_mpt_check *c = walk_mpt_denial(m);
    text[0] = 0;
    if (!c)
        return;
    const struct smmpt_result *r = &c->r;
    if (!r->nrefs)
        snprintf(text, 96, "MPT of domain %u covers no address %" PRIx64, m->regs.sdid, r->pa);
    else if (c->verdict == WALK_MPT_RIGHT || c->verdict == WALK_MPT_WRITE_ONLY)
        snprintf(text, 96, "MPT of domain %u, level-%u entry at %" PRIx64 ": %s", m->regs.sdid, r->level,
                 r->ref[r->nrefs - 1].address, smmpt_rights_text(r->rights));
    else
        snprintf(text, 96, "MPT of domain %u, level-%u entry at %" PRIx64, m->regs.sdid, r->level,
                 r->ref[r->nrefs - 1].address);
}

// --- built tables -------------------------------------------------------------------------------

static const char *parse_rights(const char *text, unsigned *rights)
{
    static const char letter[] = "rwx";
    *rights = 0;
    if (!strcmp(text, "-"))
        return NULL;
    for (; *text; text++) {
        const char *at = strchr(letter, *text);
        if (!at || *rights & 1u << (at - letter))
            return "rights are letters of rwx, or -";
        *rights |= 1u << (at - letter);
    }
    return *rights ? NULL : "rights are letters of rwx, or -";
}

// `all`, or ADDRESS,SIZE.
static const char *parse_range(char *text, unsigned width, uint64_t *pa, uint64_t *size)
{
    char *comma = strchr(text, ',');
    unsigned shift = width;
    *pa = 0;
    *size = UINT64_C(1) << width;
    if (!strcmp(text, "all"))
        return NULL;
    if (!comma)
        return "`all` or ADDRESS,SIZE expected";
    *comma = 0;
    const char *why = walk_page_size(comma + 1, &shift);
    if (why || !parse_hex(text, mask64(56), pa))
        return why ? why : "the address is not a hexadecimal number";
    *size = UINT64_C(1) << shift;
    return NULL;
}

static const char *set_one(struct mpt_tree *t, unsigned mode, const char *item)
{
    char range[64];
    const char *rights_text;
    uint64_t pa, size;
    unsigned rights;
    const struct smmpt_format *f = smmpt_format(mode);
    if (!options_split(item, range, sizeof range, &rights_text))
        return "RANGE=RIGHTS expected";
    const char *why = parse_rights(rights_text, &rights);
    if (!why)
        why = parse_range(range, smmpt_shift(f, f->levels - 1u) + f->root_index, &pa, &size);
    enum pt_error e = why ? PT_OK : mpt_tree_set(t, pa, size, rights, 63);
    return why ? why : e ? pt_error_text(e) : NULL;
}

static uint64_t next_frame(void *ctx, uint64_t size)
{
    uint64_t *next = ctx;
    return (*next += size) - size;
}

const char *walk_mpt_build(struct walk_scene *s, const struct opt_list *list, bool smmpt43, char *msg, size_t size)
{
    const uint64_t least = UINT64_C(1) << 31; // below, tables are not cacheable
    unsigned mode = s->arch == WALK_RISCV32 ? SMMPT_34 : smmpt43 ? SMMPT_43 : SMMPT_52;
    uint64_t next = ((s->free_host > least ? s->free_host : least) + mask64(12)) & ~mask64(12);
    const struct pt_frames f = {next_frame, NULL, NULL, &next};
    if (!list->count)
        return NULL;
    struct mpt_tree *t = mpt_tree_new(mode, true, s->mem, &f, msg, size);
    const char *why = t ? NULL : msg;
    for (unsigned i = 0; !why && i < list->count; i++)
        if ((why = set_one(t, mode, list->item[i])) != NULL) {
            snprintf(msg, size, "--mpt %s: %s", list->item[i], why);
            why = msg;
        }
    if (!why)
        s->mpt.regs = (struct smmpt){.mode = (uint8_t)mode, .root = mpt_tree_root(t)};
    mpt_tree_free(t);
    s->free_host = next;
    return why;
}
