// SPDX-License-Identifier: MulanPSL-2.0
#include "report/remarks.h"

#include "arch/pte.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

static void add(struct remarks *m, const char *id, const char *label, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static void add(struct remarks *m, const char *id, const char *label, const char *format, ...)
{
    va_list ap;
    m->item[m->count].id = id;
    m->item[m->count].label = label;
    va_start(ap, format);
    vsnprintf(m->item[m->count++].text, REMARK_TEXT, format, ap);
    va_end(ap);
}

// 1234567 as "1,234,567".
static const char *grouped(uint64_t n, char text[32])
{
    char digits[24];
    int length = snprintf(digits, sizeof digits, "%" PRIu64, n);
    char *to = text;
    for (int i = 0; i < length; i++) {
        if (i && (length - i) % 3 == 0)
            *to++ = ',';
        *to++ = digits[i];
    }
    *to = 0;
    return text;
}

static uint64_t faulty_answers(const struct stats *s)
{
    uint64_t n = 0;
    for (unsigned k = 0; k < KINDS; k++)
        for (unsigned f = ANSWER_PF; f < ANSWER_FAULTS; f++)
            for (unsigned l = 0; l < LEVELS; l++)
                n += s->faults[k][f][l];
    return n;
}

// Of the L2TLB, or else of the L1 side: most of them are faults.
static void mostly_faults(struct remarks *m, const struct replay_result *r)
{
    const struct front_stats *f = &r->front;
    uint64_t all = r->l2.all.count, bad = faulty_answers(&r->l2);
    const char *what = "answers";
    char a[32], b[32];
    if (bad <= all / 2) {
        what = "accesses";
        all = bad = 0;
        for (unsigned k = 0; k < L1_CLASSES; k++) {
            all += f->done[k];
            bad += f->page_faults[k] + f->guest_faults[k] + f->access_faults[k];
        }
    }
    if (bad > all / 2)
        add(m, "faults", "Mostly faults", "%s %s, %s faults: %s?", grouped(all, a), what,
            grouped(bad, b),
            r->header.tables == GVT_BUILT   ? "does the world belong to this trace"
            : r->header.tables == GVT_IMAGE ? "does the image belong to this trace"
                                            : "are all tables in the memory records of the trace");
}

static const char *mode_name(unsigned mode)
{
    return mode == MODE_SV48 ? "sv48" : mode == MODE_SV39 ? "sv39" : "bare";
}

static void wide_addresses(struct remarks *m, const struct replay_cfg *cfg,
                           const struct replay_result *r)
{
    const struct world_cfg *w = &cfg->world;
    char a[32], b[32], modes[32], alias[96] = "";
    bool ports = r->header.klass == GVT_PORTS;
    bool narrow = w->s_mode == MODE_SV39 || w->vs_mode == MODE_SV39;
    if (!r->unmappable)
        return;
    snprintf(modes, sizeof modes, w->s_mode == w->vs_mode ? "%s" : "%s, of guests %s",
             mode_name(w->s_mode), mode_name(w->vs_mode));
    if (r->unmappable_fetches && !cfg->machine.errata_fixed[ERR_L16])
        snprintf(alias, sizeof alias, "; %s of them are fetches, translated by their low bits (errata.L16)",
                 grouped(r->unmappable_fetches, a));
    add(m, "addresses", "Wide addresses",
        "%s of %s %s have addresses wider than the world's mode (%s) and fault: %s`l2tlb convert "
        "--canonical %u` folds them%s",
        grouped(r->unmappable, a), grouped(r->accesses, b), ports ? "requests" : "accesses", modes,
        narrow ? "--world mode=sv48 translates 48 bits, " : "", narrow ? 39 : 48, alias);
}

static void foreign_modes(struct remarks *m, const struct replay_cfg *cfg,
                          const struct replay_result *r)
{
    char name[16] = "Sv57";
    if (!r->foreign_modes)
        return;
    if (r->foreign_mode != MODE_SV57)
        snprintf(name, sizeof name, "mode %u", r->foreign_mode);
    if (r->header.tables != GVT_BUILT)
        add(m, "modes", "Untranslated",
            "registers select %s, which the machine lacks: that stage is not translated "
            "(--untranslated)",
            name);
    else
        add(m, "modes", "Modes",
            "registers select %s, which the machine lacks: the world's tables (%s) stand for them",
            name, mode_name(cfg->world.s_mode));
}

void remarks_of(struct remarks *m, const struct replay_cfg *cfg, const struct replay_result *r)
{
    m->count = 0;
    mostly_faults(m, r);
    wide_addresses(m, cfg, r);
    foreign_modes(m, cfg, r);
    if (r->header.tables != GVT_BUILT && (cfg->world_given || cfg->first_touch))
        add(m, "world", "World",
            "the tables are those of the %s: --world (but for stages and mpt.*) and --first-touch do nothing",
            r->header.tables == GVT_IMAGE ? "image" : "trace");
    if (cfg->roi_marks && r->region && !r->region->parts)
        add(m, "marks", "No marks", "the trace has no mark `roi begin`: the region is empty");
    if (r->header.isa == GVT_OTHER && !cfg->arch_given)
        add(m, "isa", "ISA",
            "the trace does not say its isa: its addresses are taken for those of RISC-V (--arch, "
            "or --isa of `l2tlb convert`, says what it is)");
}
