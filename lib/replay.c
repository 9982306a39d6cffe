// SPDX-License-Identifier: MulanPSL-2.0
// Settings and run of replay.h.
#include "lib/replay_impl.h"
#include "replay/aarch64.h"
#include "report/replay_doc.h"
#include "traces/source.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { HOOKS_0 = sizeof(struct l2tlb_replay_hooks) }; // its first version
_Static_assert((int)CAUSE_COUNT <= (int)L2TLB_CAUSE_ROOM && (int)KINDS == (int)L2TLB_KINDS, "room for causes");

int l2tlb_replay_cfg_new(const char *preset, l2tlb_config **c)
{
    int status = l2tlb_cfg_new(preset, c);
    return status ? status : l2tlb_cfg_set(*c, "errata.L3", "fixed");
}

int l2tlb_replay_new(l2tlb_config *c, l2tlb_replay **r)
{
    *r = NULL;
    l2tlb_replay *new = calloc(1, sizeof *new);
    if (!new)
        return L2TLB_NO_MEMORY;
    replay_cfg_default(&new->cfg);
    new->cfg.world.seed = new->cfg.memory.seed = 1;
    new->cfg.roi_to = UINT64_MAX;
    new->cfg.machine = c->cfg;
    c->message[0] = 0;
    if (cfg_finish(&new->cfg.machine, c->message, sizeof c->message)) {
        free(new);
        return L2TLB_BAD_VALUE;
    }
    *r = new;
    return L2TLB_OK;
}

void replay_forget(struct l2tlb_replay *r)
{
    replay_free(r->result);
    doc_free(r->doc);
    free(r->path);
    free(r->text);
    free(r->log);
    r->result = NULL;
    r->doc = NULL;
    r->path = r->text = r->log = NULL;
}

void l2tlb_replay_free(l2tlb_replay *r)
{
    if (r)
        replay_forget(r);
    free(r);
}

const char *l2tlb_replay_message(const l2tlb_replay *r)
{
    return r->message;
}

// --- settings -----------------------------------------------------------------------------------

static int refuse(l2tlb_replay *r, int status, const char *key, const char *value, const char *why)
{
    snprintf(r->message, sizeof r->message, "%s=%s: %s", key, value, why);
    return status;
}

struct number {
    const char *key;
    size_t offset;
    bool wide; // uint64_t, else unsigned
    uint64_t min, max;
};

#define WIDE(key, member, min, max) {key, offsetof(struct replay_cfg, member), true, min, max}
#define NARROW(key, member, min, max) {key, offsetof(struct replay_cfg, member), false, min, max}
// Bounds as in cmd/replay_options.c.
static const struct number numbers[] = {
    WIDE("watchdog", watchdog, 0, UINT64_MAX),
    WIDE("interval", interval, 0, UINT64_MAX),
    WIDE("roi-from", roi_from, 0, UINT64_MAX),
    WIDE("roi-to", roi_to, 1, UINT64_MAX),
    NARROW("window-load", front.window[L1_LOAD], 1, FRONT_WINDOW_MAX),
    NARROW("window-store", front.window[L1_STORE], 1, FRONT_WINDOW_MAX),
    NARROW("window-prefetch", front.window[L1_PREFETCH], 1, FRONT_WINDOW_MAX),
    NARROW("window-fetch", front.window[L1_FETCH], 1, FRONT_WINDOW_MAX),
    NARROW("retry-load", front.retry_load, 1, 1000),
    NARROW("retry-full", front.retry_full, 1, 1000),
    NARROW("retry-store", front.retry_store, 2, 1000),
    NARROW("retry-fetch", front.retry_fetch, 1, 1000),
    NARROW("retry-amo", front.retry_amo, 1, 1000),
};

static int set_number(l2tlb_replay *r, const struct number *n, const char *value)
{
    uint64_t v;
    void *at = (char *)&r->cfg + n->offset;
    if (!parse_dec(value, UINT64_MAX, &v) || v < n->min || v > n->max)
        return refuse(r, L2TLB_BAD_VALUE, n->key, value, "not a number, or out of range");
    if (n->wide)
        *(uint64_t *)at = v;
    else
        *(unsigned *)at = (unsigned)v;
    r->cfg.roi |= strncmp(n->key, "roi-", 4) == 0;
    return L2TLB_OK;
}

// The place of value among words; the number of words: nowhere.
static unsigned choice(const char *value, const char *const *word, unsigned words)
{
    unsigned i = 0;
    while (i < words && strcmp(value, word[i]) != 0)
        i++;
    return i;
}

static int set_flag(l2tlb_replay *r, const char *key, const char *value, bool *flag)
{
    static const char *const word[] = {"no", "yes"};
    unsigned i = choice(value, word, 2);
    if (i == 2)
        return refuse(r, L2TLB_BAD_VALUE, key, value, "not yes or no");
    *flag = i;
    return L2TLB_OK;
}

static int set_arch(l2tlb_replay *r, const char *value)
{
    static const char *const word[] = {"riscv64", "aarch64"};
    unsigned i = choice(value, word, 2);
    if (i == 2)
        return refuse(r, L2TLB_BAD_VALUE, "arch", value, "not riscv64 or aarch64");
    r->cfg.arch_given = true;
    r->cfg.arch = i ? GVT_AARCH64 : 0;
    if (i)
        aarch64_world_default(&r->cfg.world);
    return L2TLB_OK;
}

static int set_unit(l2tlb_replay *r, const char *value)
{
    static const char *const word[] = {"cycles", "accesses", "instructions"};
    unsigned i = choice(value, word, 3);
    if (i == 3)
        return refuse(r, L2TLB_BAD_VALUE, "interval-unit", value, "not cycles, accesses or instructions");
    r->cfg.interval_unit = (enum phase_unit)i;
    return L2TLB_OK;
}

static int status_of(const char *why)
{
    return !why ? L2TLB_OK : strstr(why, "unknown") ? L2TLB_BAD_KEY : L2TLB_BAD_VALUE;
}

int l2tlb_replay_set(l2tlb_replay *r, const char *key, const char *value)
{
    struct replay_cfg *c = &r->cfg;
    r->message[0] = 0;
    if (strncmp(key, "mem.", 4) == 0)
        return status_of(replay_memory_set(&c->memory, key + 4, value, r->message, sizeof r->message));
    if (strncmp(key, "world.", 6) == 0) {
        const char *why = world_cfg_set(&c->world, key + 6, value, r->message, sizeof r->message);
        c->world_given |= !why && world_cfg_builds(key + 6);
        return status_of(why);
    }
    if (strcmp(key, "arch") == 0)
        return set_arch(r, value);
    if (strcmp(key, "interval-unit") == 0)
        return set_unit(r, value);
    if (strcmp(key, "oracle") == 0)
        return set_flag(r, key, value, &c->oracle);
    if (strcmp(key, "first-touch") == 0)
        return set_flag(r, key, value, &c->first_touch);
    if (strcmp(key, "untranslated") == 0)
        return set_flag(r, key, value, &c->untranslated);
    if (strcmp(key, "no-skip") == 0)
        return set_flag(r, key, value, &c->no_skip);
    if (strcmp(key, "seed") == 0) {
        uint64_t seed;
        if (!parse_dec(value, UINT64_MAX, &seed))
            return refuse(r, L2TLB_BAD_VALUE, key, value, "not a number");
        c->world.seed = c->memory.seed = seed;
        return L2TLB_OK;
    }
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (strcmp(key, numbers[i].key) == 0)
            return set_number(r, &numbers[i], value);
    return refuse(r, L2TLB_BAD_KEY, key, value, "no such setting");
}

// --- run ----------------------------------------------------------------------------------------

static bool progress(void *ctx, uint64_t records, uint64_t cycles, uint64_t done, uint64_t size,
                     const struct hist *latency)
{
    l2tlb_replay *r = ctx;
    const struct l2tlb_replay_progress p = {
        .records = records, .cycles = cycles, .bytes = done, .bytes_all = size};
    (void)latency;
    if (!r->cancelled && r->hooks.progress)
        r->cancelled = r->hooks.progress(r->hooks.ctx, &p);
    return !r->cancelled;
}

static void hand_over(l2tlb_replay *r)
{
    size_t n = r->row_count;
    r->row_count = 0;
    if (n && !r->cancelled)
        r->cancelled = r->hooks.requests(r->hooks.ctx, r->rows, n);
}

static void answered(const struct tracked_answer *a, void *ctx)
{
    l2tlb_replay *r = ctx;
    struct l2tlb_replay_request *row = &r->rows[r->row_count++];
    *row = (struct l2tlb_replay_request){
        .vpn = a->vpn, .accepted = a->accepted, .tag = a->tag, .latency = a->latency, .reads = a->reads,
        .port = a->port, .s2xlate = a->s2xlate, .fault = a->fault, .path = a->path, .g_side = a->gside,
        .s1_level = a->s1_level, .g_level = a->g_level};
    memcpy(row->cause, a->cause, CAUSE_COUNT * sizeof row->cause[0]);
    if (r->row_count == ROWS)
        hand_over(r);
}

// Settings that each were right, together.
static int check(l2tlb_replay *r)
{
    if (replay_memory_check(&r->cfg.memory, r->message, sizeof r->message) ||
        world_cfg_check(&r->cfg.world, r->message, sizeof r->message))
        return L2TLB_BAD_VALUE;
    if (r->cfg.roi && r->cfg.roi_to <= r->cfg.roi_from) {
        snprintf(r->message, sizeof r->message, "roi-to is not above roi-from");
        return L2TLB_BAD_VALUE;
    }
    return L2TLB_OK;
}

static int end_of(l2tlb_replay *r)
{
    if (!r->result)
        return L2TLB_NO_MEMORY;
    snprintf(r->message, sizeof r->message, "%s", r->result->message);
    switch (r->result->end) {
    case REPLAY_DONE: return L2TLB_OK;
    case REPLAY_STUCK: return L2TLB_STUCK;
    case REPLAY_BAD_INPUT: return L2TLB_BAD_INPUT;
    case REPLAY_NO_MEMORY: return L2TLB_NO_MEMORY;
    default: return L2TLB_CANCELLED;
    }
}

static int run(l2tlb_replay *r, const char *path)
{
    struct replay_cfg cfg = r->cfg;
    size_t log_size;
    cfg.log = open_memstream(&r->log, &log_size);
    cfg.progress = progress;
    cfg.progress_ctx = r;
    if (r->hooks.requests) {
        cfg.answered = answered;
        cfg.answered_ctx = r;
        r->rows = malloc(ROWS * sizeof *r->rows);
    }
    r->path = strdup(path);
    int status = L2TLB_NO_MEMORY;
    if (cfg.log && r->path && (r->rows || !r->hooks.requests)) {
        r->result = replay_run(&cfg, path);
        if (r->rows)
            hand_over(r);
        status = end_of(r);
    }
    if (cfg.log)
        fclose(cfg.log);
    free(r->rows);
    r->rows = NULL;
    return status;
}

int l2tlb_replay_run(l2tlb_replay *r, const char *path, const struct l2tlb_replay_hooks *hooks)
{
    r->message[0] = 0;
    replay_forget(r);
    r->hooks = (struct l2tlb_replay_hooks){.size = sizeof r->hooks};
    r->cancelled = false;
    r->row_count = 0;
    if (hooks && !struct_in(&r->hooks, sizeof r->hooks, hooks, hooks->size, HOOKS_0)) {
        snprintf(r->message, sizeof r->message, "size of the hooks is %" PRIu32, hooks->size);
        return L2TLB_BAD_SIZE;
    }
    int status = check(r);
    if (!status)
        status = run(r, path);
    if (!status || status == L2TLB_STUCK || status == L2TLB_CANCELLED) {
        r->doc = replay_document(&r->cfg, r->result, path);
        if (!r->doc)
            status = L2TLB_NO_MEMORY;
    }
    if (!r->doc) {
        replay_free(r->result);
        r->result = NULL;
    }
    if (status == L2TLB_NO_MEMORY)
        snprintf(r->message, sizeof r->message, "%s", l2tlb_status_text(status));
    return status;
}
