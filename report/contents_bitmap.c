// SPDX-License-Identifier: MulanPSL-2.0
// Report section of the Shield-Bitmap: what it did, what it cost, what it let through.
#include "report/contents.h"

#include <inttypes.h>
#include <stdio.h>

static void checks_by_walker(struct doc_section *o, const struct shield_stats *b)
{
    static const char *const name[SHIELD_WHO] = {"PTW", "LLPTW", "HPTW"};
    struct doc_table *t = doc_table(
        o, "checks", "Checks by requester",
        "who:Requester|checks:Checks|denied:Denied|denied_rate:Denied %",
        "PTW: leaves above 4 KiB; LLPTW: 4-KiB leaves of stage 1; HPTW: host pages of the "
        "G stage, those of guest tables included. Denied: secure, or the word unreadable.");
    uint64_t checks = 0, denied = 0;
    for (unsigned i = 0; i < SHIELD_WHO; i++) {
        doc_row(t, name[i]);
        doc_cell_count(t, b->taken[i]);
        doc_cell_count(t, b->denied[i]);
        doc_cell_real(t, percent(b->denied[i], b->taken[i]), 2);
        checks += b->taken[i];
        denied += b->denied[i];
    }
    doc_row(t, "all");
    doc_cell_count(t, checks);
    doc_cell_count(t, denied);
    doc_cell_real(t, percent(denied, checks), 2);
}

static void sources(struct doc_section *o, const struct shield_stats *b)
{
    const struct {
        const char *name;
        uint64_t n;
    } row[] = {
        {"word in the BitmapCache", b->cached},
        {"read of its own", b->read},
        {"read of another check", b->merged},
        {"refused: PMP or PMA deny the word", b->refused},
        {"dropped by a flush or open at the end", b->dropped},
    };
    struct doc_table *t = doc_table(o, "sources", "Where the checks got their bits",
                                    "source:Source|checks:Checks|share:Share %", NULL);
    for (unsigned i = 0; i < sizeof row / sizeof row[0]; i++) {
        doc_row(t, row[i].name);
        doc_cell_count(t, row[i].n);
        doc_cell_real(t, percent(row[i].n, b->answered + b->dropped), 2);
    }
}

static void cost(struct doc_section *o, const struct stats *s)
{
    struct doc_table *t = doc_table(
        o, "cost", "Cycles of requests spent in checks",
        "kind:Kind|requests:Answered|cycles:Cycles in checks|mean:Per request|share:Of latency %",
        "A check that overlaps another wait of the same request is not counted twice.");
    for (unsigned k = 0; k < KINDS; k++) {
        uint64_t n = s->by_kind[k].count, c = s->cause[k][CAUSE_BITMAP];
        if (!n)
            continue;
        doc_row(t, stats_kind_name[k]);
        doc_cell_count(t, n);
        doc_cell_count(t, c);
        doc_cell_real(t, (double)c / (double)n, 3);
        doc_cell_real(t, percent(c, s->latency_sum[k]), 2);
    }
}

static void findings(struct doc_section *o, const struct shield_stats *b)
{
    char cell[32];
    struct doc_table *t = doc_table(
        o, "rules", "Leaks and needless denials by rule", "rule:Rule|count:Found|what:What",
        "Judged by a functional look into the bitmap in memory, without the checker.");
    for (unsigned i = 0; i < LEAK_RULES; i++) {
        doc_row(t, leak_rule_name[i]);
        doc_cell_count(t, b->leak.found[i]);
        doc_cell_text(t, leak_rule_text[i]);
    }
    if (!b->kept)
        return;
    t = doc_table(o, "first", "The first of them",
                  "rule:Rule|cycle:Cycle|vpn:Requested page|page:Page",
                  "Page: host page of a leak; of a denial what the answer still holds of it.");
    for (unsigned i = 0; i < b->kept; i++) {
        const struct shield_finding *f = &b->first[i];
        doc_row(t, leak_rule_name[f->what.rule]);
        doc_cell_count(t, f->cycle);
        snprintf(cell, sizeof cell, "%" PRIx64, f->what.vpn);
        doc_cell_text(t, cell);
        snprintf(cell, sizeof cell, "%" PRIx64, f->what.page);
        doc_cell_text(t, cell);
    }
}

static void bitmap_section(struct doc *d, const struct stats *s)
{
    const struct shield_stats *b = &s->shield;
    uint64_t jumps = 0;
    for (unsigned g = 0; g < STAGES; g++)
        for (unsigned i = 0; i < 4; i++)
            jumps += s->lookup[g][i >> 1][i & 1].jumps;
    struct doc_section *o = doc_section(
        d, "bitmap", "Shield-Bitmap",
        "Before a page is answered to the normal world its bit in the table at MBMC.BMA is tested: "
        "the BitmapCache is asked first, then a line of the table is read.");
    doc_count(o, "reads", "Bitmap words read for answered requests", s->bitmap_reads, NULL);
    doc_count(o, "all_reads", "Bitmap words read", s->bitmap_all_reads, NULL);
    doc_count(o, "jumps", "PageCache hits that needed a check", jumps, NULL);
    doc_count(o, "cache_hits", "BitmapCache: hits", b->cache_hits, NULL);
    doc_count(o, "cache_misses", "BitmapCache: misses", b->cache_misses, NULL);
    doc_real(o, "cache_rate", "BitmapCache: hit rate",
             percent(b->cache_hits, b->cache_hits + b->cache_misses), 2, "%");
    checks_by_walker(o, b);
    sources(o, b);
    cost(o, s);
}

static void leak_section(struct doc *d, const struct shield_stats *b)
{
    const struct leak_counts *k = &b->leak;
    struct doc_section *o = doc_section(
        d, "leaks", "Isolation by the Shield-Bitmap",
        "Every page that an answer hands out while the bitmap is on, against the table in memory. "
        "A leak is an answer that shows a secure page to the normal world; a needless denial "
        "refuses an allowed page. With the errata of the hardware active there are leaks; with "
        "`--set errata=fixed` one fails the run, as does a broken order of check and use.");
    doc_count(o, "answers", "Answers judged", k->answers, NULL);
    doc_count(o, "unsettled", "Not judged", leak_unsettled(k), NULL);
    contents_reasons(o, k->unsettled);
    doc_count(o, "pages", "Pages looked at", k->pages, NULL);
    doc_count(o, "refused", "Answers that refuse a secure page, rightly", k->refused, NULL);
    doc_count(o, "leaks", "Leaks", leak_total(k), NULL);
    doc_count(o, "needless", "Needless denials", leak_needless(k), NULL);
    doc_count(o, "lines", "Lines of page tables read", k->lines, NULL);
    doc_count(o, "secure_lines",
              "  of these in secure pages (tables of satp and hgatp are not tested)",
              k->secure_lines, NULL);
    doc_count(o, "reads_judged", "PMP before every read: reads judged", b->reads_judged, NULL);
    doc_count(o, "reads_unjudged", "  not judged: PMP written, no fence yet", b->reads_unjudged,
              NULL);
    doc_count(o, "reads_unchecked", "  to an address that PMP denies", b->reads_unchecked, NULL);
    doc_count(o, "uses_judged", "Bitmap before every answer: answers judged", b->answers_judged,
              NULL);
    doc_count(o, "uses_unjudged", "  not judged: asked before the last change of MBMC",
              b->answers_unjudged, NULL);
    doc_count(o, "uses_untested", "  of a page that no check allowed", b->answers_untested, NULL);
    findings(o, b);
}

void contents_reasons(struct doc_section *o, const uint64_t count[ORACLE_REASONS])
{
    char id[32], label[96];
    for (unsigned i = ORACLE_KNOWN + 1; i < ORACLE_REASONS; i++) {
        snprintf(id, sizeof id, "unjudged_%s", oracle_reason_name[i]);
        snprintf(label, sizeof label, "  %s", oracle_reason_text[i]);
        if (count[i])
            doc_count(o, id, label, count[i], NULL);
    }
}

void contents_bitmap(struct doc *d, const struct stats *s)
{
    bitmap_section(d, s);
    if (s->shield.on)
        leak_section(d, &s->shield);
}

void contents_bitmap_checks(struct doc *d, const struct stats *s, bool must_hold)
{
    const struct shield_stats *b = &s->shield;
    if (!b->on)
        return;
    uint64_t taken = b->taken[SHIELD_PTW] + b->taken[SHIELD_LLPTW] + b->taken[SHIELD_HPTW];
    doc_check(d, "bitmap: checks = answered + dropped", taken, b->answered + b->dropped);
    doc_check(d, "bitmap: cached + read + merged + refused = answered",
              b->cached + b->read + b->merged + b->refused, b->answered);
    doc_check(d, "bitmap: reads seen = reads counted", b->reads, s->bitmap_all_reads);
    doc_check(d, "bitmap: answers judged + unsettled <= answers",
              b->leak.answers + leak_unsettled(&b->leak) > s->answered[0] + s->answered[1], 0);
    if (!must_hold)
        return;
    doc_check(d, "bitmap: leaks, all errata fixed", leak_total(&b->leak), 0);
    doc_check(d, "bitmap: needless denials, all errata fixed", leak_needless(&b->leak), 0);
    doc_check(d, "order: PMP before every read", b->reads_unchecked, 0);
    doc_check(d, "order: bitmap before every answer", b->answers_untested, 0);
}
