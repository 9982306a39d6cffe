// SPDX-License-Identifier: MulanPSL-2.0
// Settings and run of replay.h.
#include "lib/replay_impl.h"
#include "replay/settings.h"
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

static int set_number(l2tlb_replay *r, const char *key, const char *value, uint64_t min, uint64_t *number)
{
    uint64_t v;
    if (!parse_dec(value, UINT64_MAX, &v) || v < min)
        return refuse(r, L2TLB_BAD_VALUE, key, value, "not a number, or out of range");
    *number = v;
    r->cfg.roi |= strncmp(key, "roi-", 4) == 0;
    return L2TLB_OK;
}

static int set_unit(l2tlb_replay *r, const char *value)
{
    static const char *const word[] = {"cycles", "accesses", "instructions"};
    for (unsigned i = 0; i < 3; i++)
        if (strcmp(value, word[i]) == 0) {
            r->cfg.interval_unit = (enum phase_unit)i;
            return L2TLB_OK;
        }
    return refuse(r, L2TLB_BAD_VALUE, "interval-unit", value, "not cycles, accesses or instructions");
}

static int set_seed(l2tlb_replay *r, const char *value)
{
    int status = set_number(r, "seed", value, 0, &r->cfg.world.seed);
    r->cfg.memory.seed = status ? r->cfg.memory.seed : r->cfg.world.seed;
    return status;
}

static int set_skip(l2tlb_replay *r, const char *value)
{
    bool yes = strcmp(value, "yes") == 0;
    if (!yes && strcmp(value, "no") != 0)
        return refuse(r, L2TLB_BAD_VALUE, "no-skip", value, "not yes or no");
    r->cfg.no_skip = yes;
    return L2TLB_OK;
}

int l2tlb_replay_set(l2tlb_replay *r, const char *key, const char *value)
{
    static const int status[] = {[SET_FINE] = L2TLB_OK, [SET_NO_KEY] = L2TLB_BAD_KEY, [SET_BAD_VALUE] = L2TLB_BAD_VALUE};
    struct replay_cfg *c = &r->cfg;
    const struct replay_setting *s = replay_setting(key);
    r->message[0] = 0;
    if (s)
        return status[replay_setting_set(c, s, key, value, r->message, sizeof r->message)];
    if (strcmp(key, "arch") == 0 || strncmp(key, "mem.", 4) == 0 || strncmp(key, "world.", 6) == 0)
        return status[replay_set(c, key, value, r->message, sizeof r->message)];
    if (strcmp(key, "seed") == 0)
        return set_seed(r, value);
    if (strcmp(key, "no-skip") == 0)
        return set_skip(r, value);
    if (strcmp(key, "interval") == 0)
        return set_number(r, key, value, 0, &c->interval);
    if (strcmp(key, "interval-unit") == 0)
        return set_unit(r, value);
    if (strcmp(key, "roi-from") == 0)
        return set_number(r, key, value, 0, &c->roi_from);
    if (strcmp(key, "roi-to") == 0)
        return set_number(r, key, value, 1, &c->roi_to);
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
    if (!ZERO(r->hooks)) {
        snprintf(r->message, sizeof r->message, "hooks.zero is not 0");
        return L2TLB_BAD_VALUE;
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
