// SPDX-License-Identifier: MulanPSL-2.0
// What nothing outside tells: the whole report of a result in which every counter has a number of its own, and what
// the ports of the L2TLB see in a replay of every kind of record (pinned.h).
#include "report/emit.h"
#include "report/replay_doc.h"
#include "tests/harness.h"
#include "tests/unit/pinned.h"

#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

// --- the report ---------------------------------------------------------------------------------

// Words [from, to) of *s become numbers of their own.
static void number_words(void *s, size_t from, size_t to)
{
    uint64_t *word = s;
    for (size_t i = from / 8; i < to / 8; i++)
        word[i] = 1000 + 7 * i;
}

#define NUMBER(s, first, last) number_words(s, offsetof(struct stats, first), offsetof(struct stats, last))

static void number_stats(struct stats *s)
{
    NUMBER(s, cycles, all);
    NUMBER(s, cause, refs);
    NUMBER(s, refs_max, drained);
    NUMBER(s, prefetch_reads, llptw_occupancy);
    NUMBER(s, missq_in, missq_occupancy);
    NUMBER(s, mem_reads, shield);
    s->drained = true;
    s->missq_occupancy[0] = s->llptw_occupancy[2] = 3;
    s->missq_occupancy[3] = s->llptw_occupancy[1] = s->outstanding[2] = 41;
    s->outstanding[0] = 59;
    for (unsigned k = 0; k < KINDS; k++) {
        s->refs[k][0] = 11 + k;
        s->refs[k][3 + k] = 100 * (k + 1);
        s->refs[k][MAX_REFS - 1] = k == 3;
        for (unsigned i = 0; i < 7; i++) {
            hist_add(&s->by_kind[k], 13 * (k + 1) * (i + 1), i + 1);
            hist_add(&s->all, 13 * (k + 1) * (i + 1), i + 1);
        }
        hist_add(&s->by_path[k][k][k % GSIDES], 70 + k, 2 + k);
        hist_add(&s->by_path[k][k + 2][(k + 1) % GSIDES], 3000 + k, 1);
        hist_add(&s->by_level[k][k][LEVELS - k], 80 + k, 3 + k);
        hist_add(&s->by_level[k][LEVELS - k][k], 5 + k, 4 + k);
    }
    hist_add(&s->by_port[0], 17, 5);
    hist_add(&s->by_port[1], 19, 6);
}

static void number_result(struct replay_result *r)
{
    struct front_stats *f = &r->front;
    number_stats(&r->l2);
    number_words(f, 0, offsetof(struct front_stats, miss_latency));
    number_words(f, offsetof(struct front_stats, l1), sizeof *f);
    for (unsigned k = 0; k < L1_CLASSES; k++)
        hist_add(&f->miss_latency[k], 21 + k, 2 + k);
    number_words(&r->world, 0, offsetof(struct world_stats, spaces));
    r->world.spaces = 12;
    r->world.guests = 3;
    r->records = 101;
    r->checksum = 0xabcdef;
    r->instructions = 123456;
    r->accesses = 103;
    r->fences = 104;
    r->csr_writes = 105;
    r->switches = 106;
    r->redirects = 107;
    r->memory_writes = 108;
    r->unmappable = 109;
    r->kernel_fences = 110;
    r->folded = 111;
    r->l2_hits = 300;
    r->l2_misses = 700;
    r->judged = 400;
    r->stale = 30;
    r->unjudged[ORACLE_PMP] = 20;
    r->unjudged[ORACLE_VERSIONS] = 30;
    r->wrong = 0;
    strcpy(r->header.source, "a test");
    r->end = REPLAY_DONE;
}

// Lines that change with every version or parameter stay out.
static void put_lines(const char *text, FILE *out)
{
    for (size_t n; *text; text += n) {
        n = strcspn(text, "\n") + 1;
        if (strncmp(text, "0,configuration,", 16) != 0 && strncmp(text, "0,run,,,l2tlb version,", 22) != 0 &&
            strncmp(text, "0,settings,,,world.", 19) != 0)
            fwrite(text, 1, n, out);
    }
}

static const char *report_is_pinned(const char *name, const struct replay_cfg *cfg,
                                    const struct replay_result *r)
{
    char *text[2] = {NULL, NULL};
    size_t size[2];
    struct doc *d = replay_document(cfg, r, "some/where/x.gvt");
    const struct doc *docs[1] = {d};
    FILE *whole = open_memstream(&text[0], &size[0]), *part = open_memstream(&text[1], &size[1]);
    bool fine = d && whole && part && emit_all(EMIT_CSV, whole, docs, 1);
    if (whole)
        fclose(whole);
    if (fine)
        put_lines(text[0], part);
    if (part)
        fclose(part);
    doc_free(d);
    const char *why = fine ? pinned(name, text[1], size[1]) : "no report";
    free(text[0]);
    free(text[1]);
    return why;
}

TEST every_counter_has_its_place(void)
{
    struct replay_cfg cfg;
    char msg[200];
    struct replay_result *r = calloc(1, sizeof *r);
    ASSERT(r);
    number_result(r);
    replay_cfg_default(&cfg);
    ASSERT(cfg_preset(&cfg.machine, "default"));
    ASSERT_EQ(NULL, cfg_finish(&cfg.machine, msg, sizeof msg));
    cfg.oracle = true;
    cfg.memory.l2_sets = 64;
    cfg.front.retry_fetch = 11;
    cfg.front.retry_amo = 12;
    cfg.front.retry_load = 13;
    cfg.front.retry_full = 14;
    cfg.front.retry_store = 15;
    const char *why = report_is_pinned("report.csv", &cfg, r);
    ASSERTm(why, !why);
    replay_free(r);
    PASS();
}

// The report of a port replay with the sizes of a preset.
static const char *ports_report_is_pinned(const char *file, const char *preset, struct replay_result *r)
{
    struct replay_cfg cfg;
    char msg[200];
    r->header.klass = GVT_PORTS;
    replay_cfg_default(&cfg);
    cfg_preset(&cfg.machine, preset);
    const char *why = cfg_finish(&cfg.machine, msg, sizeof msg);
    return why ? why : report_is_pinned(file, &cfg, r);
}

// Words before `first` are the counters of the checker; the rest tells of single findings.
TEST every_counter_of_the_bitmap_has_its_place(void)
{
    struct replay_result *r = calloc(1, sizeof *r);
    ASSERT(r);
    struct shield_stats *s = &r->l2.shield;
    number_words(s, offsetof(struct shield_stats, taken), offsetof(struct shield_stats, first));
    s->on = true;
    r->l2.bitmap_reads = 71;
    r->l2.bitmap_all_reads = 72;
    r->l2.bitmap_checks = 73;
    r->l2.bitmap_shared = 74;
    r->l2.bitmap_refused = 75;
    const char *why = ports_report_is_pinned("report_bitmap.csv", "bitmap", r);
    ASSERTm(why, !why);
    replay_free(r);
    PASS();
}

TEST every_counter_of_the_mpt_has_its_place(void)
{
    struct replay_result *r = calloc(1, sizeof *r);
    ASSERT(r);
    struct ward_stats *w = &r->l2.ward;
    number_words(w, offsetof(struct ward_stats, asked), offsetof(struct ward_stats, first));
    w->on = true;
    w->kept = 1;
    w->first[0] = (struct ward_finding){{MPT_GIVES, 0x1234, 0x80001, 7, 1}, 99};
    r->l2.bitmap_reads = 71;
    r->l2.mpt_all_reads = 72;
    r->l2.by_kind[0].count = 10;
    r->l2.cause[0][CAUSE_MPT] = 35;
    r->l2.latency_sum[0] = 350;
    const char *why = ports_report_is_pinned("report_mpt.csv", "mpt", r);
    ASSERTm(why, !why);
    replay_free(r);
    PASS();
}

// --- the ports ----------------------------------------------------------------------------------

struct watch {
    FILE *out;
    struct tlb_csr csr;
    bool any;
};

static void put_atp(FILE *out, const char *name, const struct atp *a)
{
    fprintf(out, " %s=%x/%x/%" PRIx64 "%s", name, a->mode, a->id, a->ppn, a->changed ? "!" : "");
}

// A line per request taken, fence, write of a protection register and change of the control registers.
static bool show(uint64_t cycle, const struct l2tlb *machine, const struct l2tlb_in *in,
                 const struct l2tlb_out *out, void *ctx)
{
    struct watch *w = ctx;
    const struct sfence *f = &in->sfence;
    const struct tlb_csr *c = &in->csr;
    (void)machine;
    for (unsigned p = 0; p < 2; p++)
        if (in->req[p].valid && out->req_ready[p])
            fprintf(w->out, "%" PRIu64 " request %u %" PRIx64 " %u\n", cycle, p, in->req[p].vpn,
                    in->req[p].s2xlate);
    if (f->valid)
        fprintf(w->out, "%" PRIu64 " fence %c rs1=%d rs2=%d addr=%" PRIx64 " id=%x pipe=%d\n", cycle,
                f->hv ? 'v' : f->hg ? 'g' : 's', f->rs1, f->rs2, f->addr, f->id, f->flush_pipe);
    if (in->csr_w.valid)
        fprintf(w->out, "%" PRIu64 " csr %x %" PRIx64 "\n", cycle, in->csr_w.addr, in->csr_w.data);
    if (!w->any || memcmp(&w->csr, c, sizeof *c) != 0) {
        fprintf(w->out, "%" PRIu64 " state", cycle);
        put_atp(w->out, "satp", &c->satp);
        put_atp(w->out, "vsatp", &c->vsatp);
        put_atp(w->out, "hgatp", &c->hgatp);
        fprintf(w->out, " mxr=%d virt=%d%s pbmte=%d%d mbmc=%" PRIx64 "/%d%d%d\n", c->mxr, c->virt,
                c->virt_changed ? "!" : "", c->m_pbmte, c->h_pbmte, c->mbmc.bma, c->mbmc.bme,
                c->mbmc.bclear, c->mbmc.cmode);
    }
    w->csr = *c;
    w->any = true;
    return true;
}

static const char every_kind[] =
    "l 10000 8 u +3\nl 22000 8 s\nl 33000 8 u\nl 44000 8 u\ns 12000 8 u\ns 56000 8 s\ns 58ffc 8 u\nf 14000 4 u\n"
    "f 1403e 4 u\nf 14ffe 4 u\na 16000 8 u\nr 17000 8 u\np 18000 64 u\nl 66ffd 8 u\n"
    "s 12000 8 vu\nf 14000 4 vs\nl 12000 8 hu\nl 24000 8 hs\nl 26000 8 xs\ncsr spvp 0\nl 2a000 8 hu\np 1a000 64 vu\nl 20000 8 m\n"
    "switch 3 5\nl 10000 8 vu @1900\nhfence.vvma 10000 3\nhfence.gvma 12344000 7fff\nhfence.gvma * 5\n"
    "sfence.vma 12345000 8001\nsinval.vma * *\nhinval.vvma 11000 *\nhinval.gvma * *\nsfence.vma 10000 *\nl 10000 8 vu\n"
    "csr sum 0\ncsr mxr 1\ncsr mpbmte 1\ncsr hpbmte 1\ncsr spvp 1\nswitch 4 0\nl 10000 8 u\nswitch 4 5\nl 10000 8 vu\n"
    "csr vsatp 8004000000012345\nl 10000 8 vu\ncsr vsatp 0\nl 10000 8 vu\ncsr hgatp 0\nl 10000 8 vu\n"
    "csr 3b1 3fffffffffff\ncsr 3a0 1f1f\ncsr 7c8 0\nmem 7fff0000 1\nredirect\nl 30000 8 u @9000\ns 31000 8 u @9003\n";

static const char *ports_are_pinned(const char *name, const char *preset, const char *revision,
                                    const char *kind, const char *lines)
{
    char trace[] = "/tmp/l2tlb-pin-XXXXXX", msg[200], *text = NULL;
    size_t size;
    struct replay_cfg cfg;
    int fd = mkstemp(trace);
    FILE *f = fd < 0 ? NULL : fdopen(fd, "w");
    struct watch w = {.out = open_memstream(&text, &size)};
    if (!f || !w.out)
        return "no file";
    fprintf(f, "GVT 1\nisa riscv64\nkind %s\naddress virtual\ntables built\nrun\n%s", kind, lines);
    fclose(f);
    replay_cfg_default(&cfg);
    bool fine = cfg_preset(&cfg.machine, preset) &&
                !cfg_set(&cfg.machine, "revision", revision, msg, sizeof msg) &&
                !cfg_set(&cfg.machine, "errata.L3", "fixed", msg, sizeof msg) &&
                !cfg_finish(&cfg.machine, msg, sizeof msg);
    cfg.memory.lat = 30;
    cfg.world.s1.huge = cfg.world.g.huge = 0.3;
    cfg.cycle = show;
    cfg.cycle_ctx = &w;
    struct replay_result *r = fine ? replay_run(&cfg, trace) : NULL;
    unlink(trace);
    fclose(w.out);
    const char *why = !r ? "no replay" : r->end != REPLAY_DONE ? "it does not end" : pinned(name, text, size);
    replay_free(r);
    free(text);
    return why;
}

TEST what_the_ports_see(void)
{
    const char *why = ports_are_pinned("ports.txt", "default", "2025-05", "access", every_kind);
    ASSERTm(why, !why);
    PASS();
}

TEST what_the_ports_of_a_later_revision_see(void)
{
    const char *why = ports_are_pinned("ports_v2.txt", "minimal-bitmap", "2026-07-v2", "access", every_kind);
    ASSERTm(why, !why);
    PASS();
}

// Requests wait at the port while the machine waits for memory.
TEST what_a_port_trace_gives(void)
{
    char lines[6000];
    size_t n = 0;
    for (unsigned i = 0; i < 60; i++)
        n += (size_t)snprintf(lines + n, sizeof lines - n, "q %u %x %u @%u\n", i & 1, 0x4000u * i + 7, i % 5 ? 0 : 3, i / 8);
    snprintf(lines + n, sizeof lines - n,
             "sfence.vma 4000 2 @900\nswitch 7 9 @1500\nq 1 3fffffffff 3 @1600\nmem 80000000 5\nq 1 6 0 @1601\n");
    const char *why = ports_are_pinned("ports_trace.txt", "minimal", "2026-03", "port", lines);
    ASSERTm(why, !why);
    PASS();
}

SUITE(pinned_suite)
{
    RUN_TEST(every_counter_has_its_place);
    RUN_TEST(every_counter_of_the_bitmap_has_its_place);
    RUN_TEST(every_counter_of_the_mpt_has_its_place);
    RUN_TEST(what_the_ports_see);
    RUN_TEST(what_the_ports_of_a_later_revision_see);
    RUN_TEST(what_a_port_trace_gives);
}
