// SPDX-License-Identifier: MulanPSL-2.0
// Whole replays. Bytes 0 to 5: machine (machines.h), world, memory; the rest is a trace and, behind a
// line `%%`, the file i.gvw beside it. The report is the same with and without skipping, its
// sums hold, its JSON is JSON; a machine with all errata fixed gives right answers and does not hang.
#define _GNU_SOURCE // memmem
#include "replay/replay.h"
#include "report/emit.h"
#include "report/replay_doc.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/machines.h"

#include <stdlib.h>
#include <string.h>

enum { RECORDS = 1500, CYCLES = 300000 };

static void write_file(const char *name, const void *data, size_t size)
{
    FILE *f = fopen(name, "wb");
    fuzz_want(f && fwrite(data, 1, size, f) == size && fclose(f) == 0, "no file");
}

// Short enough? Notes whether a record has a time, that is, whether waiting is part of the trace.
static bool suits(const char *path, bool *times)
{
    char msg[TRACE_MSG];
    struct trace_record r;
    struct trace *t = trace_open(path, msg, sizeof msg);
    if (!t)
        return true; // the replay says so, too
    *times = false;
    while (trace_count(t) <= RECORDS && trace_next(t, &r) == 1)
        *times |= r.has_cycle;
    bool small = trace_count(t) <= RECORDS;
    trace_close(t);
    return small;
}

static void world(struct replay_cfg *cfg, unsigned a, unsigned b)
{
    static const unsigned modes[] = {MODE_SV39, MODE_SV48};
    struct world_cfg *w = &cfg->world;
    w->stages = (a & 3) % 3;
    w->s_mode = w->vs_mode = modes[a >> 2 & 1];
    w->g_mode = modes[a >> 3 & 1];
    w->s1.huge = a & 16 ? 0.5 : 0;
    w->g.huge = a & 32 ? 0.5 : 0;
    w->s1.napot = w->g.napot = a & 64 ? 0.4 : 0;
    w->global = a >> 7;
    cfg->first_touch = b & 1;
    w->secure.pattern = b & 2 ? SECURE_RANDOM : SECURE_NONE;
    w->secure.share = 0.2;
    w->secure.used = b >> 2 & 1;
    w->seed = b >> 3;
    cfg->machine.prefetch = b >> 7;
}

static void memory(struct tl_timing *t, struct fuzz_bytes *b)
{
    unsigned how = fuzz_byte(b);
    t->lat = 1 + fuzz_byte(b);
    t->span = how & 1 ? 37 : 0;
    t->gap = 1 + (how >> 1 & 3);
    t->aready = (how >> 3 & 3) % 3;
    t->period = 5;
    t->mask = 0x13;
    t->threshold = 100;
    t->l2_sets = how & 32 ? 4 : 0;
    t->l2_ways = 2;
    t->hit_lat = 3;
}

// The oracle may be right about a machine with its errata; every other check must hold.
static void report(const struct replay_cfg *cfg, const struct replay_result *r, bool fixed, struct fuzz_text *t)
{
    struct doc *d = replay_document(cfg, r, "trace");
    fuzz_want(d != NULL, "no document");
    for (const struct doc_check *c = d->checks; c; c = c->next) {
        if (!fixed && strcmp(c->text, "answers that disagree with the page tables") == 0)
            continue;
        if (!c->ok && r->end == REPLAY_DONE)
            fprintf(stderr, "%s: %ju != %ju\n", c->text, (uintmax_t)c->left, (uintmax_t)c->right);
        fuzz_want(c->ok || r->end != REPLAY_DONE, "a sum of the report does not hold");
    }
    fuzz_open(t);
    fuzz_want(emit_all(EMIT_JSON, t->stream, (const struct doc *const *)&d, 1), "no JSON");
    fuzz_close(t);
    fuzz_json(t->text, t->size);
    doc_free(d);
}

static void run(struct replay_cfg *cfg, const char *path, bool fixed, bool times)
{
    struct fuzz_text text[2];
    struct replay_result *r = replay_run(cfg, path);
    fuzz_want(r != NULL, "no result");
    if (r->end == REPLAY_BAD_INPUT || r->end == REPLAY_NO_MEMORY) {
        if (r->end == REPLAY_BAD_INPUT)
            fuzz_message(r->message);
        replay_free(r);
        return;
    }
    if (fixed && r->wrong)
        fprintf(stderr, "%s\n", r->complaint);
    fuzz_want(!fixed || !r->wrong, "a wrong answer of a machine without errata");
    if (r->end == REPLAY_STUCK)
        fprintf(stderr, "%s\n", r->message);
    fuzz_want(r->end == REPLAY_DONE || !fixed || times, "a machine without errata is stuck");
    report(cfg, r, fixed, &text[0]);
    if (r->end == REPLAY_DONE && r->l2.cycles < CYCLES) {
        cfg->no_skip = true;
        struct replay_result *n = replay_run(cfg, path);
        fuzz_want(n != NULL, "no result");
        cfg->no_skip = false; // a setting of the report
        report(cfg, n, fixed, &text[1]);
        fuzz_same(&text[0], &text[1], "with and without skipping");
        fuzz_free(&text[1]);
        replay_free(n);
    }
    fuzz_free(&text[0]);
    replay_free(r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_bytes b = {data, size};
    struct replay_cfg cfg;
    char path[100], image[100], msg[200];
    bool times = false;
    replay_cfg_default(&cfg);
    unsigned machine = fuzz_byte(&b);
    fuzz_machine(&cfg.machine, machine);
    unsigned how = fuzz_byte(&b);
    world(&cfg, how, fuzz_byte(&b));
    memory(&cfg.memory, &b);
    fuzz_want(!cfg_set(&cfg.machine, "errata.L3", "fixed", msg, sizeof msg) &&
                  !cfg_finish(&cfg.machine, msg, sizeof msg) &&
                  !world_cfg_check(&cfg.world, msg, sizeof msg),
              "no such replay");
    cfg.watchdog = 20000;
    cfg.oracle = true;
    snprintf(path, sizeof path, "%s/t.gvt", fuzz_folder());
    snprintf(image, sizeof image, "%s/i.gvw", fuzz_folder());
    const uint8_t *mark = b.n > 4 ? memmem(b.p, b.n, "\n%%\n", 4) : NULL;
    size_t n = mark ? (size_t)(mark - b.p) + 1 : b.n;
    write_file(path, b.p, n);
    if (mark)
        write_file(image, mark + 4, b.n - n - 3);
    if (suits(path, &times))
        run(&cfg, path, machine & 16, times);
    return 0;
}
