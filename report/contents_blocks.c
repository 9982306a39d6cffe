// SPDX-License-Identifier: MulanPSL-2.0
// Report sections of the blocks: PageCache, walkers, prefetcher, answers, fences, counters.
#include "ptw/llptw.h"
#include "report/contents.h"

#include <stdio.h>
#include <string.h>

const char *const stats_table_name[TABLES] = {"L3", "L2", "L1", "L0", "SP"};
const char *const stats_fault_name[ANSWER_FAULTS] = {
    "no fault", "page fault", "access fault", "guest page fault", "G access fault",
};

static double mean_of(const uint64_t *time, unsigned n)
{
    uint64_t cycles = 0, sum = 0;
    for (unsigned i = 0; i < n; i++) {
        cycles += time[i];
        sum += i * time[i];
    }
    return cycles ? (double)sum / (double)cycles : 0;
}

static void lookup_row(struct doc_table *t, const char *what, const char *pass, const char *who,
                       const struct lookup_stats *l)
{
    if (!l->lookups)
        return;
    doc_row(t, what);
    doc_cell_text(t, pass);
    doc_cell_text(t, who);
    doc_cell_count(t, l->lookups);
    doc_cell_count(t, l->hits);
    doc_cell_real(t, percent(l->hits, l->lookups), 2);
    doc_cell_count(t, l->misses);
    doc_cell_count(t, l->stage1_hits);
    doc_cell_count(t, l->bypassed);
    for (unsigned i = 0; i < TABLES; i++)
        doc_cell_count(t, l->table[TABLES - 1 - i]);
}

void contents_pagecache(struct doc *d, const struct stats *s)
{
    struct doc_section *o = doc_section(
        d, "pagecache", "PageCache",
        "A look-up hits when L0 or SP holds the translation; L1, L2 and L3 give a later start of "
        "the walk. A request may look up several times (again: from the miss queue, or before the "
        "last level). Bypassed: a refill in the same cycles makes the result unusable, the look-up "
        "is repeated.");
    struct doc_table *t = doc_table(
        o, "lookups", "Look-ups and hits per table",
        "stage:Look-up of|pass:Pass|who:For|lookups:Look-ups|hits:Hits|hit_rate:Hit %"
        "|misses:Misses|stage1:Stage 1 only|bypassed:Bypassed|sp:SP|l0:L0|l1:L1|l2:L2|l3:L3",
        "Stage 1 only: misses of two-stage requests whose VS half was found, the G stage goes on "
        "from there. The five table columns count look-ups in which that table had an entry; "
        "several may.");
    struct lookup_stats sum = {0};
    for (unsigned g = 0; g < STAGES; g++)
        for (unsigned pf = 0; pf < 2; pf++)
            for (unsigned first = 2; first-- > 0;) {
                const struct lookup_stats *l = &s->lookup[g][first][pf];
                lookup_row(t, g == STAGE_G ? "G stage" : "requests", first ? "first" : "again",
                           pf ? "prefetch" : "demand", l);
                sum.lookups += l->lookups;
                sum.hits += l->hits;
                sum.misses += l->misses;
                sum.stage1_hits += l->stage1_hits;
                sum.bypassed += l->bypassed;
                for (unsigned i = 0; i < TABLES; i++)
                    sum.table[i] += l->table[i];
            }
    lookup_row(t, "all", "", "", &sum);
    t = doc_table(o, "hit_rates", "Look-ups in which a table had an entry, %",
                  "table:Table|requests:Of requests|g:Of the G stage", NULL);
    for (unsigned i = 0; i < TABLES; i++) {
        doc_row(t, stats_table_name[i]);
        for (unsigned g = 0; g < STAGES; g++) {
            uint64_t had = 0, all = 0;
            for (unsigned k = 0; k < 4; k++) {
                had += s->lookup[g][k >> 1][k & 1].table[i];
                all += s->lookup[g][k >> 1][k & 1].lookups;
            }
            if (all)
                doc_cell_real(t, percent(had, all), 2);
            else
                doc_cell_none(t);
        }
    }
    doc_chart(t, DOC_CHART_BARS);
    t = doc_table(o, "refills", "Refills by table level", "level:Level|count:Lines", NULL);
    for (unsigned l = LEVELS; l-- > 0;) {
        char name[32];
        snprintf(name, sizeof name, "level %u", l);
        doc_row(t, name);
        doc_cell_count(t, s->refills[l]);
    }
}

void contents_walkers(struct doc *d, const struct stats *s, const struct l2tlb_cfg *cfg)
{
    struct doc_section *o = doc_section(
        d, "walkers", "Walkers, miss queue, memory",
        "PTW: the one walker of the upper levels. LLPTW: the last-level walker with several "
        "entries. HPTW: the G-stage walker, shared by both.");
    doc_count(o, "ptw_walks", "PTW: walks", s->ptw_walks, NULL);
    doc_real(o, "ptw_busy", "PTW: busy", percent(s->ptw_busy, s->cycles), 2, "% of all cycles");
    doc_real(o, "ptw_busy_mean", "PTW: cycles per walk",
             s->ptw_walks ? (double)s->ptw_busy / (double)s->ptw_walks : 0, 2, NULL);
    doc_count(o, "ptw_reads", "PTW: reads", s->ptw_reads, NULL);
    doc_count(o, "hptw_walks", "HPTW: walks", s->hptw_walks, NULL);
    doc_real(o, "hptw_busy", "HPTW: busy", percent(s->hptw_busy, s->cycles), 2, "% of all cycles");
    doc_real(o, "hptw_busy_mean", "HPTW: cycles per walk",
             s->hptw_walks ? (double)s->hptw_busy / (double)s->hptw_walks : 0, 2, NULL);
    doc_count(o, "hptw_reads", "HPTW: reads", s->hptw_reads, NULL);
    doc_count(o, "llptw_in", "LLPTW: entries taken", s->llptw_in, NULL);
    doc_count(o, "llptw_merged", "LLPTW: of these merged with the read of another entry",
              s->llptw_state[LL_MEM_WAITING] + s->llptw_state[LL_MEM_OUT] +
                  s->llptw_state[LL_LAST_HPTW_REQ] + s->llptw_state[LL_BITMAP_CHECK],
              NULL);
    doc_count(o, "llptw_own", "LLPTW: of these with a read of their own",
              s->llptw_state[LL_HPTW_REQ] + s->llptw_state[LL_ADDR_CHECK], NULL);
    doc_count(o, "llptw_cache", "LLPTW: of these sent back, their line had just been read",
              s->llptw_state[LL_CACHE], NULL);
    doc_count(o, "llptw_dropped", "LLPTW: prefetches dropped instead of merged",
              s->llptw_state[LL_IDLE], NULL);
    doc_count(o, "llptw_reads", "LLPTW: reads", s->llptw_reads, NULL);
    doc_real(o, "llptw_mean", "LLPTW: entries in use, mean",
             mean_of(s->llptw_occupancy, MAX_LLPTW + 1), 3, NULL);
    doc_count(o, "missq_in", "Miss queue: entries taken", s->missq_in, NULL);
    doc_count(o, "missq_llptw", "Miss queue: of these bound for the LLPTW", s->missq_for_llptw,
              NULL);
    doc_real(o, "missq_mean", "Miss queue: requests waiting, mean",
             mean_of(s->missq_occupancy, MAX_QUEUE + 1), 3, NULL);
    doc_real(o, "outstanding_mean", "Memory: reads outstanding, mean over all cycles",
             mean_of(s->outstanding, MAX_OUTSTANDING + 1), 3, NULL);
    uint64_t active = 0;
    for (unsigned i = 1; i <= MAX_OUTSTANDING; i++)
        active += s->outstanding[i];
    doc_real(o, "mlp", "Memory: reads outstanding, mean while there is one",
             active
                 ? mean_of(s->outstanding, MAX_OUTSTANDING + 1) * (double)s->cycles / (double)active
                 : 0,
             3, NULL);
    contents_distribution(o, "llptw_occupancy", "Cycles by LLPTW entries in use", "Entries",
                          s->llptw_occupancy, cfg->llptw_size + 1, NULL);
    contents_distribution(o, "outstanding", "Cycles by reads outstanding", "Reads", s->outstanding,
                          MAX_OUTSTANDING + 1, NULL);
    contents_distribution(o, "missq_occupancy", "Cycles by requests in the miss queue", "Requests",
                          s->missq_occupancy, MAX_QUEUE + 1, NULL);
}

void contents_prefetch(struct doc *d, const struct stats *s)
{
    struct doc_section *o = doc_section(
        d, "prefetch", "Next-line prefetcher",
        "One prefetch asks for the next line of eight PTEs. Useful: a first look-up of a request "
        "hit the line it brought. Late: a request missed on the line while the prefetch was under "
        "way. Useless so far: brought and not used until the end (or forgotten among 4096 lines).");
    doc_count(o, "issued", "Issued", s->pf_issued, NULL);
    doc_count(o, "redundant", "  already cached", s->pf_redundant, NULL);
    doc_count(o, "useful", "  useful", s->pf_used, NULL);
    doc_count(o, "late", "  late", s->pf_late, NULL);
    doc_count(o, "flushed", "  dropped by a flush", s->pf_flushed, NULL);
    doc_count(o, "given_up", "  given up: last table unknown, or no room in the LLPTW",
              s->pf_given_up, NULL);
    doc_count(o, "open", "  still under way", s->pf_open, NULL);
    doc_count(o, "useless", "  useless so far", s->pf_useless, NULL);
    doc_count(o, "reads", "Memory reads of prefetches", s->prefetch_reads, NULL);
    doc_count(o, "refills", "Lines refilled by prefetches", s->prefetch_refills, NULL);
}

void contents_answers(struct doc *d, const struct stats *s)
{
    struct doc_section *o = doc_section(
        d, "answers", "Answers: compression and faults",
        "An answer with a 4-KiB page can carry up to eight neighbouring pages (one 64-byte line of "
        "PTEs) if they agree in permissions and upper page-number bits.");
    uint64_t n = 0, ptes = 0;
    for (unsigned i = 0; i <= SECTOR; i++) {
        n += s->compress[i];
        ptes += i * s->compress[i];
    }
    doc_count(o, "compressible", "Answers with a 4-KiB page and no fault", n, NULL);
    doc_real(o, "ptes_mean", "Pages per such answer", n ? (double)ptes / (double)n : 0, 3, NULL);
    doc_count(o, "superpage", "Answers with a larger page", s->single_super, NULL);
    doc_count(o, "only_g", "Answers of the G stage alone (never compressed)", s->single_only2,
              NULL);
    doc_count(o, "faulting", "Answers with a fault", s->single_fault, NULL);
    contents_distribution(o, "compression", "4-KiB answers by number of pages they carry", "Pages",
                          s->compress, SECTOR + 1, NULL);
    struct doc_table *t = doc_table(
        o, "faults", "Faults by kind, type and level",
        "kind:Kind|fault:Fault|l3:Level 3|l2:Level 2|l1:Level 1|l0:Level 0",
        "Faults of the walk itself; missing rights of a leaf are found by the L1 TLB. Guest faults "
        "are of the G stage, the others of stage 1.");
    for (unsigned k = 0; k < KINDS; k++)
        for (unsigned f = ANSWER_PF; f < ANSWER_FAULTS; f++) {
            const uint64_t *l = s->faults[k][f];
            if (!(l[0] + l[1] + l[2] + l[3]))
                continue;
            doc_row(t, stats_kind_name[k]);
            doc_cell_text(t, stats_fault_name[f]);
            for (unsigned i = LEVELS; i-- > 0;)
                doc_cell_count(t, l[i]);
        }
}

void contents_fences(struct doc *d, const struct stats *s)
{
    struct doc_section *o =
        doc_section(d, "fences", "Fences and flushes",
                    "Removed entries count what the fence took out of the PageCache, including "
                    "entries that match only because tags are hashed.");
    doc_count(o, "fences", "Fences", s->fences, NULL);
    doc_count(o, "flushes", "Flushes of everything in flight", s->flushes, NULL);
    doc_count(o, "dropped", "Requests dropped by them", s->flushed[0] + s->flushed[1], NULL);
    struct doc_table *t =
        doc_table(o, "removed", "PageCache entries removed", "table:Table|count:Entries", NULL);
    for (unsigned i = 0; i < TABLES; i++) {
        doc_row(t, stats_table_name[i]);
        doc_cell_count(t, s->fence_removed[i]);
    }
}

const char *const stats_perf_name[PERF_COUNT] = {
    "llptw_incount", "llptw_inblock", "llptw_memcount", "llptw_memcycle", "access",
    "l2_hit",        "l1_hit",        "l0_hit",         "sp_hit",         "pte_hit",
    "rwHazard",      "out_blocked",   "fsm_count",      "fsm_busy",       "fsm_idle",
    "resp_blocked",  "mem_count",     "mem_cycle",      "mem_blocked",
};

void contents_counters(struct doc *d, const struct stats *s)
{
    uint64_t lookups = 0, hits = 0, table[TABLES] = {0};
    for (unsigned g = 0; g < STAGES; g++)
        for (unsigned i = 0; i < 4; i++) {
            const struct lookup_stats *l = &s->lookup[g][i >> 1][i & 1];
            lookups += l->lookups;
            hits += l->hits;
            for (unsigned k = 0; k < TABLES; k++)
                table[k] += l->table[k];
        }
    // 0 = no twin: the hardware's count is right, or nothing else can be said about it.
    const struct {
        bool has;
        uint64_t value;
        const char *why;
    } twin[PERF_COUNT] = {
        [0] = {true, s->llptw_in, "entries taken"},
        [2] = {true, s->llptw_reads, "reads of the LLPTW"},
        [4] = {true, lookups, "the RTL leaves out look-ups of prefetches"},
        [5] = {true, table[1], "the RTL counts cycles after the last hit, not look-ups"},
        [6] = {true, table[2], "as above"},
        [7] = {true, table[3], "as above"},
        [8] = {true, table[4], "as above"},
        [9] = {true, hits, "as above"},
        [10] = {false, 0, "constant 0 in the RTL"},
        [12] = {true, s->ptw_walks, "walks started"},
        [13] = {true, s->ptw_busy, "cycles between start and end of a walk"},
        [16] = {true, s->ptw_reads, "reads of the PTW"},
        [17] = {true, s->ptw_read_cycles, "cycles with a read of the PTW outstanding"},
    };
    struct doc_section *o = doc_section(
        d, "counters", "Performance counters",
        "Sums of the 19 event outputs as the hardware has them (io_perf_N), and beside them what "
        "the name says, where the hardware counts something else.");
    struct doc_table *t =
        doc_table(o, "perf", "io_perf_N",
                  "name:Name|n:N|rtl:As in the RTL|corrected:Corrected|why:Remark", NULL);
    for (unsigned i = 0; i < PERF_COUNT; i++) {
        doc_row(t, stats_perf_name[i]);
        doc_cell_count(t, i);
        doc_cell_count(t, s->perf[i]);
        if (twin[i].has)
            doc_cell_count(t, twin[i].value);
        else
            doc_cell_none(t);
        doc_cell_text(t, twin[i].why ? twin[i].why : "");
    }
}
