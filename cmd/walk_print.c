// SPDX-License-Identifier: MulanPSL-2.0
// The picture of a walk: one row per stage-1 word that is looked for, one column per stage-2 level.
#include "cmd/walk.h"

#include "arch/bits.h"
#include "arch/pte.h"

#include <inttypes.h>
#include <string.h>

static const char *verdict_text(unsigned verdict)
{
    switch (verdict) {
    case WALK_LEAF:
        return "allowed";
    case WALK_NOT_CACHEABLE:
        return "device";
    case WALK_NO_MEMORY:
        return "no memory";
    default:
        return "denied";
    }
}

// Host page that a leaf of the last stage gives for its input address.
static bool leaf_page(const struct walk_scene *s, const struct walk_result *r,
                      const struct walk_ref *ref, uint64_t *page)
{
    bool last = ref->stage == 2 || (r->s2.level == WALK_OFF && !s->rv.hgatp);
    if (s->arch == WALK_AARCH64 || !last || ref->reason != WALK_LEAF)
        return false;
    unsigned index = s->arch == WALK_RISCV32 ? 10 : 9;
    uint64_t ppn = s->arch == WALK_RISCV32 ? bits(ref->pte, 31, 10) : pte_ppn(ref->pte);
    unsigned low = ref->level ? (unsigned)ref->level * index
                   : s->arch == WALK_RISCV64 && pte_n(ref->pte) ? 4 : 0;
    *page = (ppn & ~mask64(low)) | ((ref->input >> 12) & mask64(low));
    return true;
}

// Shield-Bitmap: may this page be handed out (spec B 4.2)? "-": nothing is tested here.
static const char *bitmap_text(const struct walk_scene *s, const struct walk_result *r,
                               const struct walk_ref *ref)
{
    uint64_t page;
    if (!s->has_bitmap || !leaf_page(s, r, ref, &page))
        return "-";
    uint64_t word = phys_read(s->mem, (s->bitmap + (page >> 6 << 3)) & mask64(48));
    return bit(word, (unsigned)(page & 63)) ? "secure" : "normal";
}

static bool bitmap_denies(const struct walk_scene *s, const struct walk_result *r)
{
    for (unsigned i = 0; i < r->nrefs; i++)
        if (bitmap_text(s, r, &r->ref[i])[0] == 's')
            return true;
    return false;
}

// --- picture ------------------------------------------------------------------------------------

enum { CELL = 17, COLUMNS = 6 };

struct picture {
    int level[COLUMNS]; // stage-2 levels from left to right
    unsigned columns;
    bool stage1;
};

static struct picture layout(const struct walk_result *r)
{
    struct picture p = {.columns = 0};
    for (unsigned i = 0; i < r->nrefs; i++) {
        const struct walk_ref *ref = &r->ref[i];
        unsigned c = 0;
        if (ref->stage == 1) {
            p.stage1 = true;
            continue;
        }
        while (c < p.columns && p.level[c] != ref->level)
            c++;
        if (c == p.columns && c < COLUMNS)
            p.level[p.columns++] = ref->level;
    }
    return p;
}

static void cell(FILE *out, unsigned number, const struct walk_ref *ref)
{
    char text[32];
    snprintf(text, sizeof text, "%u:%" PRIx64 "%s", number, ref->address,
             ref->reason > WALK_LEAF ? "!" : "");
    fprintf(out, "%-*s", CELL, text);
}

// One row: references i.. that look for the same word. Returns how many.
static unsigned row(const struct picture *p, const struct walk_result *r, unsigned i, FILE *out)
{
    const struct walk_ref *first = &r->ref[i];
    char name[32];
    unsigned n = 0, c = 0;
    if (first->for_write)
        snprintf(name, sizeof name, "S1 %d, A/D write", first->column);
    else if (first->column == WALK_DATA)
        snprintf(name, sizeof name, "data");
    else
        snprintf(name, sizeof name, "S1 level %d", first->column);
    fprintf(out, "  %-16s", name);
    while (i + n < r->nrefs) {
        const struct walk_ref *ref = &r->ref[i + n];
        if (ref->column != first->column || ref->for_write != first->for_write)
            break;
        unsigned at = 0;
        while (ref->stage == 2 && at < p->columns && p->level[at] != ref->level)
            at++;
        if (ref->stage == 1)
            at = p->columns;
        for (; c < at; c++)
            fprintf(out, "%-*s", CELL, ".");
        cell(out, i + n + 1, ref);
        c++;
        n++;
    }
    fputc('\n', out);
    return n;
}

static void picture(const struct walk_result *r, FILE *out)
{
    struct picture p = layout(r);
    if (!r->nrefs)
        return;
    fprintf(out, "\n  %-16s", "looked for");
    for (unsigned c = 0; c < p.columns; c++)
        fprintf(out, "S2 level %-*d", CELL - 9, p.level[c]);
    fprintf(out, "%s\n", p.stage1 ? "the stage-1 word" : "");
    for (unsigned i = 0; i < r->nrefs;)
        i += row(&p, r, i, out);
    fprintf(out, "  (number:address; . = not needed, ! = the walk ends with a fault)\n");
}

// --- lines --------------------------------------------------------------------------------------

static void list(const struct walk_scene *s, const struct walk_result *r, FILE *out)
{
    if (!r->nrefs)
        return;
    fprintf(out, "\n  %3s  %-5s %-5s %-14s %-18s %-9s %-7s %s\n", "no.", "stage", "level",
            "address", "descriptor", "PMP", "bitmap", "meaning");
    for (unsigned i = 0; i < r->nrefs; i++) {
        const struct walk_ref *ref = &r->ref[i];
        fprintf(out, "  %3u  %-5u %-5d %-14" PRIx64 " %-18" PRIx64 " %-9s %-7s %s", i + 1, ref->stage,
                ref->level, ref->address, ref->pte,
                s->arch == WALK_AARCH64 ? "-" : verdict_text(ref->verdict),
                bitmap_text(s, r, ref), walk_reason_text(ref->reason));
        if (ref->stage == 1 && ref->ipa != ref->address)
            fprintf(out, " (guest address %" PRIx64 ")", ref->ipa);
        else if (ref->stage == 2)
            fprintf(out, " (for guest address %" PRIx64 "%s)", ref->input,
                    ref->for_write ? ", to write A/D" : "");
        fputc('\n', out);
    }
    for (unsigned i = 0; i < r->nupdates; i++)
        fprintf(out, "  write  stage %u, %" PRIx64 " := %" PRIx64 "\n", r->update[i].stage,
                r->update[i].address, r->update[i].value);
}

static void size_text(char text[16], unsigned shift)
{
    static const char unit[] = " KMGTP";
    unsigned u = shift / 10;
    if (shift >= 60)
        snprintf(text, 16, "-");
    else
        snprintf(text, 16, "%u %ciB", 1u << (shift % 10), unit[u]);
}

static void leaf_line(const struct walk_scene *s, const char *name, const struct walk_leaf *l,
                      FILE *out)
{
    char size[16];
    if (l->level == WALK_OFF)
        return;
    size_text(size, l->shift);
    fprintf(out, "  %s: page of %s%s, level %d", name, size, l->napot ? " (contiguous)" : "",
            l->level);
    if (s->arch != WALK_AARCH64)
        fprintf(out, ", %c%c%c%c%c%c%c, PBMT %u", l->pte & PTE_R ? 'r' : '-',
                l->pte & PTE_W ? 'w' : '-', l->pte & PTE_X ? 'x' : '-', l->pte & PTE_U ? 'u' : '-',
                l->pte & PTE_G ? 'g' : '-', l->pte & PTE_A ? 'a' : '-', l->pte & PTE_D ? 'd' : '-',
                l->attr);
    else
        fprintf(out, ", attributes %02x", l->attr);
    fputc('\n', out);
}

static const char *cause_text(unsigned cause)
{
    switch (cause) {
    case 1: return "instruction access fault";
    case 5: return "load access fault";
    case 7: return "store access fault";
    case 12: return "instruction page fault";
    case 13: return "load page fault";
    case 15: return "store page fault";
    case 20: return "instruction guest page fault";
    case 21: return "load guest page fault";
    case 23: return "store guest page fault";
    default: return "?";
    }
}

static void fault_riscv(const struct walk_result *r, FILE *out)
{
    fprintf(out, "  fault: %s (cause %u), tval %" PRIx64, cause_text(r->cause), r->cause, r->tval);
    if (r->fault == FAULT_GUEST)
        fprintf(out, ", guest address %" PRIx64, r->gpaddr);
    if (r->implicit)
        fprintf(out, ", %s of a VS-stage table (tinst %x)", r->implicit == 'w' ? "A/D write" : "read",
                r->tinst);
    fputc('\n', out);
}

static void fault_a64(const struct walk_result *r, FILE *out)
{
    static const char *const kind[] = {"address size", "translation", "access flag", "permission"};
    fprintf(out, "  fault: %s fault, status code %02x, stage %u%s",
            r->fst >> 2 < 4 ? kind[r->fst >> 2] : r->fst >> 2 == 10 ? "address size" : "translation",
            r->fst, r->stage, r->s1ptw ? ", on a stage-1 table read" : "");
    if (r->stage == 2)
        fprintf(out, ", IPA %" PRIx64, r->ipa);
    fputc('\n', out);
}

void walk_denial_text(const struct walk_scene *s, const struct walk_result *r, char text[96])
{
    const struct pmp_answer *a = &s->denial;
    char rights[4] = "", *p = rights, entry[32] = "no entry";
    text[0] = 0;
    if (walk_reason_is_mpt(r->reason)) {
        walk_mpt_denial_text(&s->mpt, text);
        return;
    }
    if (s->arch == WALK_AARCH64 || (r->reason != WALK_DENIED && r->reason != WALK_NOT_CACHEABLE))
        return;
    if (a->missing & PMP_R)
        *p++ = 'R';
    if (a->missing & PMP_W)
        *p++ = 'W';
    if (a->missing & PMP_X)
        *p++ = 'X';
    *p = 0;
    if (a->entry >= 0)
        snprintf(entry, sizeof entry, "entry %d", a->entry);
    const struct walk_mpt_check *c = walk_mpt_denial(&s->mpt);
    char where[32] = "";
    if (c) // an entry of the MPT
        snprintf(where, sizeof where, "MPT at %" PRIx64 ", ", c->r.ref[c->r.nrefs - 1].address);
    if (a->key)
        snprintf(text, 96, "key id without MBMC.CMODE");
    else
        snprintf(text, 96, "%s%s of %" PRIx64 "-%" PRIx64 " (%s), %s%s", where, a->pma ? "PMA" : "PMP",
                 a->first, a->last, entry, a->missing ? "no " : "not cacheable", rights);
}

static void references(const struct walk_scene *s, const struct walk_result *r, FILE *out)
{
    fprintf(out, ", %u references", r->nrefs);
    if (s->mpt.regs.mode != SMMPT_BARE)
        fprintf(out, " and %u of the MPT", walk_mpt_references(&s->mpt));
    fputc('\n', out);
}

void walk_print(const struct walk_scene *s, const struct walk_result *r, FILE *out)
{
    picture(r, out);
    list(s, r, out);
    walk_mpt_print(&s->mpt, out);
    fputc('\n', out);
    leaf_line(s, "stage 1", &r->s1, out);
    leaf_line(s, "stage 2", &r->s2, out);
    if (bitmap_denies(s, r))
        fprintf(out, "  Shield-Bitmap: a page above is secure; the machine answers with an access "
                     "fault\n");
    if (r->fault == FAULT_NONE) {
        fprintf(out, "  result: %" PRIx64, r->va);
        if (r->s1.level != WALK_OFF && r->s2.level != WALK_OFF)
            fprintf(out, " -> guest %" PRIx64, r->ipa);
        fprintf(out, " -> %" PRIx64, r->pa);
        references(s, r, out);
        return;
    }
    if (s->arch == WALK_AARCH64)
        fault_a64(r, out);
    else
        fault_riscv(r, out);
    char who[96];
    walk_denial_text(s, r, who);
    fprintf(out, "  reason: %s", walk_reason_text(r->reason));
    if (who[0])
        fprintf(out, ": %s", who);
    if (r->level != WALK_OFF)
        fprintf(out, ", stage %u level %d", r->stage, r->level);
    references(s, r, out);
}
