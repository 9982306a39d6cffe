// SPDX-License-Identifier: MulanPSL-2.0
// Report sections of the Memory Protection Table: what it did, what it cost, what it let through.
#include "report/contents.h"

#include <inttypes.h>
#include <stdio.h>

static void checks_by_requester(struct doc_section *o, const struct ward_stats *w)
{
    static const char *const name[WARD_WHO] = {"PTW", "LLPTW", "HPTW", "answered page"};
    struct doc_table *t = doc_table(
        o, "checks", "Checks by requester", "who:Requester|checks:Checks|refused:Refused|refused_rate:Refused %",
        "Walkers ask before each read of a page table, an answer without a fault for the page that it gives. Refused: "
        "the domain may not read the page.");
    uint64_t checks = 0, refused = 0;
    for (unsigned i = 0; i < WARD_WHO; i++) {
        doc_row(t, name[i]);
        doc_cell_count(t, w->asked[i]);
        doc_cell_count(t, w->refused[i]);
        doc_cell_real(t, percent(w->refused[i], w->asked[i]), 2);
        checks += w->asked[i];
        refused += w->refused[i];
    }
    doc_row(t, "all");
    doc_cell_count(t, checks);
    doc_cell_count(t, refused);
    doc_cell_real(t, percent(refused, checks), 2);
}

static void reads_by_level(struct doc_section *o, const struct ward_stats *w)
{
    static const char *const covers[SMMPT_LEVELS] = {"64 KiB", "32 MiB", "16 GiB", "8 TiB"};
    struct doc_table *t = doc_table(o, "levels", "Entries read, by level of the table",
                                    "level:Level|covers:An entry covers|reads:Reads", NULL);
    for (unsigned i = SMMPT_LEVELS; i-- > 0;) {
        char level[16];
        snprintf(level, sizeof level, "%u", i);
        doc_row(t, level);
        doc_cell_text(t, covers[i]);
        doc_cell_count(t, w->reads[i]);
    }
}

static void cost(struct doc_section *o, const struct stats *s)
{
    struct doc_table *t = doc_table(
        o, "cost", "Cycles of requests spent in checks",
        "kind:Kind|requests:Answered|cycles:Cycles in checks|mean:Per request|share:Of latency %",
        "A finished answer that waits for its check, or behind the check of another at the same port, counts.");
    for (unsigned k = 0; k < KINDS; k++) {
        uint64_t n = s->by_kind[k].count, c = s->cause[k][CAUSE_MPT];
        if (!n)
            continue;
        doc_row(t, stats_kind_name[k]);
        doc_cell_count(t, n);
        doc_cell_count(t, c);
        doc_cell_real(t, ratio(c, n), 3);
        doc_cell_real(t, percent(c, s->latency_sum[k]), 2);
    }
}

static void findings(struct doc_section *o, const struct ward_stats *w)
{
    char cell[32];
    struct doc_table *t = doc_table(o, "rules", "Leaks and needless denials by rule", "rule:Rule|count:Found|what:What",
                                    "Judged by a functional lookup of the table in memory, without the checker.");
    for (unsigned i = 0; i < MPT_RULES; i++) {
        doc_row(t, mpt_rule_name[i]);
        doc_cell_count(t, w->leak.found[i]);
        doc_cell_text(t, mpt_rule_text[i]);
    }
    if (!w->kept)
        return;
    t = doc_table(o, "first", "The first of them",
                  "rule:Rule|cycle:Cycle|vpn:Requested page|page:Page|given:Answered|due:In the table",
                  "Requested page: 0 for a read of a page table.");
    for (unsigned i = 0; i < w->kept; i++) {
        const struct ward_finding *f = &w->first[i];
        doc_row(t, mpt_rule_name[f->what.rule]);
        doc_cell_count(t, f->cycle);
        snprintf(cell, sizeof cell, "%" PRIx64, f->what.vpn);
        doc_cell_text(t, cell);
        snprintf(cell, sizeof cell, "%" PRIx64, f->what.page);
        doc_cell_text(t, cell);
        doc_cell_text(t, smmpt_rights_text(f->what.given));
        doc_cell_text(t, smmpt_rights_text(f->what.due));
    }
}

static void leaks(struct doc *d, const struct ward_stats *w)
{
    const struct mpt_leak_counts *k = &w->leak;
    struct doc_section *o = doc_section(
        d, "leaks", "Isolation by the Memory Protection Table",
        "Every answer without a fault while mmpt.MODE is not 0, and every line of a page table that is read, against "
        "the table of the domain in memory. A leak gives a right that the table does not give; a needless denial "
        "withholds one. With the errata of the hardware active there are leaks; with `--set errata=fixed` one "
        "fails the run.");
    uint64_t unsettled = 0;
    for (unsigned i = 0; i < ORACLE_REASONS; i++)
        unsettled += k->unsettled[i];
    doc_count(o, "answers", "Answers judged", k->answers, NULL);
    doc_count(o, "unsettled", "Not judged", unsettled, NULL);
    contents_reasons(o, k->unsettled);
    doc_count(o, "refused", "Answers without any right, rightly", k->refused, NULL);
    doc_count(o, "lines", "Lines of page tables judged", k->lines, NULL);
    doc_count(o, "unsettled_lines", "  not judged", k->unsettled_lines, NULL);
    doc_count(o, "leaks", "Leaks", leak_mpt_total(k), NULL);
    doc_count(o, "needless", "Needless denials", leak_mpt_needless(k), NULL);
    findings(o, w);
}

void contents_mpt(struct doc *d, const struct stats *s)
{
    const struct ward_stats *w = &s->ward;
    struct doc_section *o = doc_section(
        d, "mpt", "Memory Protection Table",
        "Which rights the domain of mmpt has to a page: the checker looks into its own caches, then walks the table in "
        "memory, one entry per read.");
    doc_count(o, "all_reads", "Entries read", s->mpt_all_reads, NULL);
    doc_count(o, "reads", "  of these for requests that were answered", s->bitmap_reads, NULL);
    doc_count(o, "answers", "Checks answered", w->answered, NULL);
    doc_count(o, "walked", "  of these behind a walk", w->walked, NULL);
    doc_real(o, "hit_rate", "  from the caches", percent(w->answered - w->walked, w->answered), 2, "%");
    checks_by_requester(o, w);
    reads_by_level(o, w);
    cost(o, s);
    leaks(d, w);
}

void contents_mpt_checks(struct doc *d, const struct stats *s, bool must_hold)
{
    const struct ward_stats *w = &s->ward;
    uint64_t reads = 0, asked = 0;
    for (unsigned i = 0; i < SMMPT_LEVELS; i++)
        reads += w->reads[i];
    for (unsigned i = 0; i < WARD_WHO; i++)
        asked += w->asked[i];
    doc_check(d, "MPT: entries read, by level = entries read", reads, s->mpt_all_reads);
    doc_check(d, "MPT: checks answered <= checks asked", w->answered > asked, 0);
    if (!must_hold)
        return;
    doc_check(d, "MPT: leaks, all errata fixed", leak_mpt_total(&w->leak), 0);
    doc_check(d, "MPT: needless denials, all errata fixed", leak_mpt_needless(&w->leak), 0);
}
