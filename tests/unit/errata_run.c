// SPDX-License-Identifier: MulanPSL-2.0
#include "tests/unit/errata_run.h"

#include "check/driver.h"
#include "model/wires.h"
#include "tests/unit/mpt_judge.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { PATIENCE = 20000, OVERTIME = 2000000 }; // cycles without an answer, after the stimulus' end

struct run {
    struct outcome *o;
    const struct stim *stim;
    struct oracle_track *track;
    struct tlb_csr csr; // as the walkers saw it last
    uint64_t pmp_generation;
    // A request was accepted; PMP or memory changed since, and no mfence came: old rights are right.
    bool asked, pmp_moved, memory_moved;
    size_t room; // of reads
    uint64_t last_answer; // cycle, at least the stimulus' end
    bool failed;
};

// --- the run ------------------------------------------------------------------------------------

static void on_accept(struct driver *d, unsigned port, uint32_t tag, void *ctx)
{
    struct run *r = ctx;
    struct outcome_answer *a = &r->o->request[port][tag / 2];
    a->accepted = driver_cycle(d);
    r->asked = true;
    a->flushed = ((const struct l2tlb *)driver_machine(d))->w.flush;
    oracle_track_request(r->track, driver_inputs(d)->req[port].s2xlate);
}

static uint64_t read_word(void *ctx, uint64_t addr)
{
    return phys_read(ctx, addr);
}

// Memory as the oracle's walk sees it; forbidden: it read a table that the MPT does not allow to be read.
struct noting {
    const struct oracle_env *env;
    bool forbidden;
};

static uint64_t note_and_read(void *ctx, uint64_t addr)
{
    struct noting *n = ctx;
    n->forbidden |= !mpt_table_allowed(n->env, addr >> 12);
    return n->env->read(n->env->ctx, addr);
}

static struct oracle_env env_of(const struct run *r, struct driver *d)
{
    const struct l2tlb *t = driver_machine(d);
    return (struct oracle_env){.cfg = &r->o->cfg,
                               .csr = t->w.csr,
                               .pmp = &t->pmp,
                               .read = read_word,
                               .ctx = driver_memory(d)};
}

static void on_answer(struct driver *d, unsigned port, const struct ptw_resp *resp,
                      uint64_t accepted, void *ctx)
{
    struct run *r = ctx;
    struct outcome_answer *a = &r->o->request[port][resp->tag / 2];
    a->answered = driver_cycle(d);
    if (a->answered > r->last_answer)
        r->last_answer = a->answered;
    a->resp = *resp;
    struct oracle_env env = env_of(r, d), walks = env;
    struct noting noting = {.env = &env};
    if (r->o->cfg.has_mpt) {
        walks.read = note_and_read;
        walks.ctx = &noting;
        a->mpt_wrong = !r->pmp_moved && !r->memory_moved && !mpt_answer_right(&env, resp);
        r->o->mpt_wrong += a->mpt_wrong;
    }
    if (resp->mpt.mpt_only)
        return; // no translation
    uint64_t vpn = resp->s1.tag << 3 | resp->s1.addr_low;
    const struct oracle_span when = {accepted, a->answered};
    struct oracle_report rep;
    enum oracle_reason why;
    enum oracle_verdict v = oracle_judge(&env, r->track, vpn, resp, when, &rep, &why);
    a->judged = v != ORACLE_OPEN;
    a->complaint = !oracle_check(&walks, vpn, resp, &a->oracle);
    if (noting.forbidden && (resp->s1.af || resp->s2.gaf)) { // the oracle knows nothing of the MPT
        a->complaint = false;
        v = ORACLE_OPEN;
    }
    r->o->complaints += v == ORACLE_WRONG;
    leak_check_answer(&env, r->track, vpn, resp, when, &r->o->leak, NULL, NULL);
}

static void on_write(void *ctx, uint64_t addr, uint64_t old, uint64_t word)
{
    struct run *r = ctx;
    r->memory_moved |= r->asked && old != word;
    oracle_track_watch(r->track, addr, old, word);
}

// Tells the tracker what the walkers see from this cycle on (two cycles after the ports).
static void follow(struct run *r, struct driver *d)
{
    const struct l2tlb *t = driver_machine(d);
    if (t->pmp.generation != r->pmp_generation) {
        oracle_track_pmp(r->track);
        r->pmp_moved = r->asked;
    }
    // mfence x0, x0 is one, whatever the machine makes of it (T10).
    const struct sfence *f = t->w.sfence;
    bool everything = t->w.mpt.fence.flush_all || (f->valid && f->mfence && f->rs1 && f->rs2);
    r->pmp_moved &= !everything;
    r->memory_moved &= !everything && !t->w.mpt.fence.fence_pa;
    r->pmp_generation = t->pmp.generation;
    if (memcmp(&r->csr, t->w.csr, sizeof r->csr) != 0) {
        oracle_track_csr(r->track, t->w.csr, driver_cycle(d));
        r->csr = *t->w.csr;
    }
    if (t->w.sfence->valid)
        oracle_track_fence(r->track, t->w.sfence);
}

// A flush drops every request that is under way (docs/recordings.md 7).
static void drop_all(struct outcome *o)
{
    for (unsigned p = 0; p < 2; p++)
        for (size_t i = 0; i < o->requests[p]; i++) {
            struct outcome_answer *a = &o->request[p][i];
            a->flushed |= a->accepted != UINT64_MAX && a->answered == UINT64_MAX;
        }
}

static void count_lost(struct outcome *o)
{
    for (unsigned p = 0; p < 2; p++)
        for (size_t i = 0; i < o->requests[p]; i++) {
            const struct outcome_answer *a = &o->request[p][i];
            o->lost += a->accepted != UINT64_MAX && a->answered == UINT64_MAX && !a->flushed;
        }
}

static void on_cycle(struct driver *d, void *ctx)
{
    struct run *r = ctx;
    struct outcome *o = r->o;
    const struct l2tlb_out *out = driver_outputs(d);
    follow(r, d);
    if (driver_machine(d)->w.flush)
        drop_all(o);
    if (!out->a_valid || !driver_inputs(d)->a_ready)
        return;
    struct oracle_env env = env_of(r, d);
    if (o->cfg.has_mpt && out->a_source != o->cfg.mpt_id)
        o->mpt_reads += !r->pmp_moved && !r->memory_moved && !mpt_table_allowed(&env, out->a_address >> 12);
    if (o->reads == r->room) {
        size_t room = r->room ? 2 * r->room : 256;
        struct outcome_read *more = realloc(o->read, room * sizeof *more);
        if (!more) {
            r->failed = true;
            return;
        }
        o->read = more;
        r->room = room;
    }
    o->read[o->reads++] =
        (struct outcome_read){driver_cycle(d), out->a_address, out->a_source};
}

static bool configure(struct outcome *o, const char *preset, const char *revision,
                      const char *fixed)
{
    char ids[512], key[64], *save = NULL;
    if (!cfg_preset(&o->cfg, preset)) {
        snprintf(o->error, sizeof o->error, "unknown preset %s", preset);
        return false;
    }
    if (revision && cfg_set(&o->cfg, "revision", revision, o->error, sizeof o->error))
        return false;
    snprintf(ids, sizeof ids, "%s", fixed);
    for (char *id = strtok_r(ids, " ", &save); id; id = strtok_r(NULL, " ", &save)) {
        bool all = strcmp(id, "all") == 0, not = id[0] == '-';
        snprintf(key, sizeof key, "errata%s%s", all ? "" : ".", all ? "" : id + not);
        if (cfg_set(&o->cfg, key, not ? "as-rtl" : "fixed", o->error, sizeof o->error))
            return false;
    }
    return cfg_finish(&o->cfg, o->error, sizeof o->error) == NULL;
}

static bool make_room(struct outcome *o, const struct stim *s)
{
    for (size_t i = 0; i < s->events; i++)
        if (s->event[i].kind == STIM_REQ)
            o->requests[s->event[i].u.req.port]++;
    for (unsigned p = 0; p < 2; p++) {
        o->request[p] = calloc(o->requests[p] + 1, sizeof *o->request[p]);
        if (!o->request[p])
            return false;
        for (size_t i = 0; i < o->requests[p]; i++)
            o->request[p][i].accepted = o->request[p][i].answered = UINT64_MAX;
    }
    return true;
}

static void drive(struct outcome *o, const struct stim *s, uint64_t end)
{
    struct run r = {.o = o, .stim = s, .csr = s->init};
    struct driver_hooks hooks = {
        .accept = on_accept, .answer = on_answer, .cycle = on_cycle, .ctx = &r};
    struct driver_options options = {.skip = true};
    struct driver *d = make_room(o, s) ? driver_new(&o->cfg, s, &options, &hooks) : NULL;
    r.track = oracle_track_new(&s->init);
    if (d) {
        r.pmp_generation = driver_machine(d)->pmp.generation;
        phys_watch(driver_memory(d), on_write, &r);
    }
    r.last_answer = end;
    while (d && r.track && driver_step(d) && driver_cycle(d) < r.last_answer + PATIENCE)
        ;
    if (!d || !r.track || r.failed)
        snprintf(o->error, sizeof o->error, "out of memory");
    count_lost(o);
    oracle_track_free(r.track);
    driver_free(d);
}

// A stimulus cut out of random traffic may end with port 0 closed or in WFI: what waits there is not
// lost. Both end with it.
static bool open_at_end(struct stim *s)
{
    struct stim_event *more = realloc(s->event, (s->events + 2) * sizeof *more);
    if (!more)
        return false;
    s->event = more;
    more[s->events++] = (struct stim_event){.cycle = s->end, .kind = STIM_RREADY, .u.flag.a = true};
    more[s->events++] = (struct stim_event){.cycle = s->end, .kind = STIM_WFI};
    return true;
}

bool outcome_run(struct outcome *o, const char *preset, const char *revision, const char *fixed,
                 const char *stim_path)
{
    struct stim s;
    memset(o, 0, sizeof *o);
    if (!configure(o, preset, revision, fixed) ||
        stim_load(&s, stim_path, o->error, sizeof o->error))
        return false;
    uint64_t end = s.end;
    if (!open_at_end(&s))
        snprintf(o->error, sizeof o->error, "out of memory");
    s.end += OVERTIME;
    drive(o, &s, end);
    stim_free(&s);
    return !o->error[0];
}

void outcome_free(struct outcome *o)
{
    free(o->request[0]);
    free(o->request[1]);
    free(o->read);
    memset(o, 0, sizeof *o);
}

// --- comparison ---------------------------------------------------------------------------------

static void binary(char text[SECTOR + 1], unsigned mask)
{
    for (unsigned i = 0; i < SECTOR; i++)
        text[i] = (char)('0' + (mask >> i & 1));
    text[SECTOR] = 0;
}

void outcome_describe(const struct outcome *o, unsigned port, size_t index, char *text, size_t n)
{
    if (port > 1 || index >= o->requests[port]) {
        snprintf(text, n, "no such request");
        return;
    }
    const struct outcome_answer *a = &o->request[port][index];
    const struct sector_resp *s = &a->resp.s1;
    const struct hptw_resp *g = &a->resp.s2;
    char valid[SECTOR + 1];
    if (a->answered == UINT64_MAX) {
        snprintf(text, n, "%u.%zu none (accepted in %" PRId64 ")", port, index,
                 (int64_t)a->accepted);
        return;
    }
    binary(valid, s->valididx);
    snprintf(text, n,
             "%u.%zu acc=%" PRIu64 " at=%" PRIu64 " kind=%x page=%" PRIx64 " vi=%s n=%x pbmt=%x "
             "perm=%x level=%x v=%x pf=%x af=%x asid=%x gtag=%" PRIx64 " gn=%x gppn=%" PRIx64
             " gperm=%x glevel=%x gpf=%x gaf=%x right=%x mlevel=%x maf=%x",
             port, index, a->accepted, a->answered, a->resp.s2xlate,
             s->ppn << 3 | s->ppn_low[s->addr_low], valid, s->n, s->pbmt, s->perm, s->level, s->v,
             s->pf, s->af, s->asid, g->tag, g->n, g->ppn, g->perm, g->level, g->gpf, g->gaf,
             a->resp.mpt.right, a->resp.mpt.level, a->resp.mpt.access_fault);
}

// Value of one key of an answered request.
static bool value_of(const struct outcome_answer *a, const char *key, uint64_t *v)
{
    const struct sector_resp *s = &a->resp.s1;
    const struct hptw_resp *g = &a->resp.s2;
    const struct {
        const char *key;
        uint64_t v;
    } row[] = {
        {"acc", a->accepted},
        {"at", a->answered},
        {"kind", a->resp.s2xlate},
        {"page", s->ppn << 3 | s->ppn_low[s->addr_low]},
        {"tag", s->tag},
        {"asid", s->asid},
        {"vmid", s->vmid},
        {"n", s->n},
        {"pbmt", s->pbmt},
        {"perm", s->perm},
        {"level", s->level},
        {"v", s->v},
        {"pf", s->pf},
        {"af", s->af},
        {"gtag", g->tag},
        {"gvmid", g->vmid},
        {"gn", g->n},
        {"gpbmt", g->pbmt},
        {"gppn", g->ppn},
        {"gperm", g->perm},
        {"glevel", g->level},
        {"gpf", g->gpf},
        {"gaf", g->gaf},
        {"wrong", a->complaint},
        {"right", a->resp.mpt.right},
        {"mlevel", a->resp.mpt.level},
        {"maf", a->resp.mpt.access_fault},
        {"mwrong", a->mpt_wrong},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
        if (strcmp(key, row[i].key) == 0) {
            *v = row[i].v;
            return true;
        }
    return false;
}

static bool decimal_key(const char *key)
{
    return !strcmp(key, "acc") || !strcmp(key, "at");
}

// Does word "KEY=VALUE" (or "none") hold for this request?
static bool holds(const struct outcome_answer *a, char *word)
{
    bool none = a->answered == UINT64_MAX;
    if (strcmp(word, "none") == 0)
        return none;
    char *value = strchr(word, '=');
    if (!value)
        return false;
    *value++ = 0;
    uint64_t v;
    if (strcmp(word, "acc") == 0)
        return a->accepted == strtoull(value, NULL, 10);
    if (none)
        return false;
    if (strcmp(word, "vi") == 0) {
        char valid[SECTOR + 1];
        binary(valid, a->resp.s1.valididx);
        return strcmp(valid, value) == 0;
    }
    return value_of(a, word, &v) && v == strtoull(value, NULL, decimal_key(word) ? 10 : 16);
}

static size_t count_reads(const struct outcome *o, uint64_t cycle, unsigned source, uint64_t addr)
{
    size_t n = 0;
    for (size_t i = 0; i < o->reads; i++) {
        const struct outcome_read *r = &o->read[i];
        n += r->address == addr && r->cycle == cycle && r->source == source;
    }
    return n;
}

static size_t total_of(const struct outcome *o, const char *what)
{
    return !strcmp(what, "reads")      ? o->reads
           : !strcmp(what, "lost")     ? o->lost
           : !strcmp(what, "leaks")    ? leak_total(&o->leak)
           : !strcmp(what, "needless") ? leak_needless(&o->leak)
           : !strcmp(what, "rights")   ? o->mpt_wrong
           : !strcmp(what, "tables")   ? o->mpt_reads
                                       : SIZE_MAX;
}

// One part of a description; `seen` gets what the run did instead.
static bool part_holds(const struct outcome *o, char *part, char *seen, size_t n)
{
    uint64_t cycle, addr;
    size_t index, count;
    unsigned port, source;
    char total[9];
    int used = 0;
    if (sscanf(part, " A %" SCNu64 " %u %" SCNx64, &cycle, &source, &addr) == 3) {
        snprintf(seen, n, "no such read");
        return count_reads(o, cycle, source, addr) == 1;
    }
    if (sscanf(part, " !A %" SCNu64 " %u %" SCNx64, &cycle, &source, &addr) == 3) {
        snprintf(seen, n, "read made");
        return count_reads(o, cycle, source, addr) == 0;
    }
    if (sscanf(part, " %8[a-z]=%zu", total, &count) == 2) {
        size_t made = total_of(o, total);
        snprintf(seen, n, "%zu", made);
        return made == count;
    }
    if (sscanf(part, " %u.%zu%n", &port, &index, &used) != 2 || port > 1 ||
        index >= o->requests[port]) {
        snprintf(seen, n, "description not understood");
        return false;
    }
    outcome_describe(o, port, index, seen, n);
    char *save = NULL;
    for (char *w = strtok_r(part + used, " ", &save); w; w = strtok_r(NULL, " ", &save))
        if (!holds(&o->request[port][index], w))
            return false;
    return true;
}

const char *outcome_differs(const struct outcome *o, const char *description, char *text,
                            size_t text_size)
{
    char copy[1024], part[512], seen[512], *save = NULL;
    snprintf(copy, sizeof copy, "%s", description);
    for (char *p = strtok_r(copy, ";", &save); p; p = strtok_r(NULL, ";", &save)) {
        snprintf(part, sizeof part, "%s", p);
        if (!part_holds(o, part, seen, sizeof seen)) {
            snprintf(text, text_size, "expected%s%.400s; seen: %.500s", *p == ' ' ? "" : " ", p,
                     seen);
            return text;
        }
    }
    return NULL;
}
