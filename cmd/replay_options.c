// SPDX-License-Identifier: MulanPSL-2.0
#include "cmd/replay_options.h"

#include "replay/aarch64.h"
#include "traces/source.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

void replay_options(struct replay_own *own, struct opt table[REPLAY_OPTIONS + 1])
{
    struct replay_cfg cfg;
    replay_cfg_default(&cfg);
    for (unsigned k = 0; k < L1_CLASSES; k++)
        own->window[k] = cfg.front.window[k];
    own->retry_fetch = cfg.front.retry_fetch;
    own->retry_amo = cfg.front.retry_amo;
    own->retry_load = cfg.front.retry_load;
    own->retry_full = cfg.front.retry_full;
    own->retry_store = cfg.front.retry_store;
    own->watchdog = cfg.watchdog;
    const struct opt rows[] = {
        {"world", 0, "KEY=VALUE", "how page tables are built; repeatable; `help` lists the keys",
         OPT_LIST, &own->world, 0, 0},
        {"arch", 0, "riscv64|aarch64",
         "replay as this; aarch64: the world stands for its tables (docs/aarch64.md). Needed where "
         "the trace says another isa than riscv64",
         OPT_CHOICE, &own->arch, 0, 0},
        {"mem", 0, "KEY=VALUE", "timing of memory; repeatable; `help` lists the keys", OPT_LIST, &own->mem, 0, 0},
        {"oracle", 0, NULL, "check every answer against a functional walk", OPT_FLAG, &own->oracle,
         0, 0},
        {"first-touch", 0, NULL, "map pages when they are used, not before the run", OPT_FLAG,
         &own->first_touch, 0, 0},
        {"untranslated", 0, NULL,
         "image: a stage of a mode that the machine lacks (Sv57) is off; else an error", OPT_FLAG,
         &own->untranslated, 0, 0},
        {"window-load", 0, "N", "loads that may wait at a time (72)", OPT_NUMBER,
         &own->window[L1_LOAD], 1, FRONT_WINDOW_MAX},
        {"window-store", 0, "N", "stores that may wait at a time (56)", OPT_NUMBER,
         &own->window[L1_STORE], 1, FRONT_WINDOW_MAX},
        {"window-prefetch", 0, "N", "prefetches that may wait at a time (8)", OPT_NUMBER,
         &own->window[L1_PREFETCH], 1, FRONT_WINDOW_MAX},
        {"window-fetch", 0, "N", "fetch blocks that may wait at a time (1)", OPT_NUMBER,
         &own->window[L1_FETCH], 1, FRONT_WINDOW_MAX},
        {"retry-load", 0, "N", "cycles from a load's wake-up to its next lookup (4)", OPT_NUMBER,
         &own->retry_load, 1, 1000},
        {"retry-full", 0, "N", "cycles from a FULL verdict to the next lookup (4)", OPT_NUMBER,
         &own->retry_full, 1, 1000},
        {"retry-store", 0, "N", "cycles between lookups of a store (8)", OPT_NUMBER,
         &own->retry_store, 2, 1000},
        {"retry-fetch", 0, "N", "cycles between lookups of a fetch (1)", OPT_NUMBER,
         &own->retry_fetch, 1, 1000},
        {"retry-amo", 0, "N", "cycles between lookups of an AMO (1)", OPT_NUMBER, &own->retry_amo, 1,
         1000},
        {"interval", 0, "N[cycles|accesses|instructions]",
         "figures for every N of these (default: cycles, following the run)", OPT_TEXT,
         &own->interval, 0, 0},
        {"warmup", 0, "N", "records that run before the figures begin", OPT_NUMBER, &own->warmup, 1, UINT64_MAX},
        {"roi", 0, "FROM:TO|marks", "figures of the records behind FROM up to TO, or between the marks of the trace, only",
         OPT_TEXT, &own->roi, 0, 0},
        {"reuse", 0, NULL, "report the footprint and the reuse distances of pages", OPT_FLAG, &own->reuse, 0, 0},
        {"watchdog", 0, "N", "cycles without progress that end the run (200000; 0: never)",
         OPT_NUMBER, &own->watchdog, 0, UINT64_MAX},
        {.type = OPT_END},
    };
    _Static_assert(sizeof rows / sizeof rows[0] == REPLAY_OPTIONS + 1, "count the rows");
    memcpy(table, rows, sizeof rows);
}

// --- options to configuration -------------------------------------------------------------------

static bool take_lists(const struct options *o, const struct replay_own *own, struct replay_cfg *cfg)
{
    char key[64], msg[512];
    const char *value, *why = NULL;
    for (unsigned i = 0; i < own->mem.count && !why; i++) {
        if (!options_split(own->mem.item[i], key, sizeof key, &value))
            return options_error(o, "--mem %s: not KEY=VALUE", own->mem.item[i]), false;
        why = replay_memory_set(&cfg->memory, key, value, msg, sizeof msg);
    }
    why = why ? why : replay_memory_check(&cfg->memory, msg, sizeof msg);
    if (why)
        return options_error(o, "--mem: %s", why), false;
    for (unsigned i = 0; i < own->world.count && !why; i++) {
        if (!options_split(own->world.item[i], key, sizeof key, &value))
            return options_error(o, "--world %s: not KEY=VALUE", own->world.item[i]), false;
        why = world_cfg_set(&cfg->world, key, value, msg, sizeof msg);
        cfg->world_given |= world_cfg_builds(key);
    }
    why = why ? why : world_cfg_check(&cfg->world, msg, sizeof msg);
    if (why)
        return options_error(o, "--world: %s", why), false;
    return true;
}

bool replay_machine(const struct options *o, struct l2tlb_cfg *cfg)
{
    struct options with = *o;
    with.first_set = "errata.L3=fixed";
    return options_config(&with, cfg);
}

// "5000", "5000accesses", "1000000instructions".
static bool take_interval(const struct options *o, const char *text, struct replay_cfg *cfg)
{
    static const char *const unit[] = {"cycles", "accesses", "instructions"};
    char digits[24];
    size_t n = strspn(text, "0123456789");
    if (n > 0 && n < sizeof digits) {
        memcpy(digits, text, n);
        digits[n] = 0;
        for (unsigned u = 0; u < 3; u++)
            if ((text[n] == 0 || strcmp(text + n, unit[u]) == 0) &&
                options_number(digits, &cfg->interval) && cfg->interval) {
                cfg->interval_unit = (enum phase_unit)u;
                return true;
            }
    }
    options_error(o, "--interval %s: not a number of cycles, accesses or instructions", text);
    return false;
}

// "1000:5000"; "1000:" until the end.
static bool take_roi(const struct options *o, const struct replay_own *own, struct replay_cfg *cfg)
{
    char from[32];
    const char *to;
    cfg->roi = own->roi || own->warmup;
    cfg->roi_from = own->warmup;
    cfg->roi_to = UINT64_MAX;
    if (!own->roi)
        return true;
    if (own->warmup)
        return options_error(o, "--warmup and --roi say the same twice"), false;
    cfg->roi_marks = strcmp(own->roi, "marks") == 0;
    if (cfg->roi_marks)
        return true;
    const char *colon = strchr(own->roi, ':');
    size_t n = colon ? (size_t)(colon - own->roi) : 0;
    to = colon ? colon + 1 : "";
    if (!colon || n >= sizeof from)
        return options_error(o, "--roi %s: not FROM:TO or marks", own->roi), false;
    memcpy(from, own->roi, n);
    from[n] = 0;
    if (!options_number(from, &cfg->roi_from) || (*to && !options_number(to, &cfg->roi_to)) ||
        cfg->roi_to <= cfg->roi_from)
        return options_error(o, "--roi %s: not two numbers of records, the smaller one first", own->roi), false;
    return true;
}

bool replay_configure(const struct options *o, const struct replay_own *own,
                      struct replay_cfg *cfg)
{
    replay_cfg_default(cfg);
    cfg->world.seed = cfg->memory.seed = o->seed;
    cfg->arch_given = own->arch != NULL;
    if (own->arch && strcmp(own->arch, "aarch64") == 0) {
        cfg->arch = GVT_AARCH64;
        aarch64_world_default(&cfg->world);
    }
    if (!replay_machine(o, &cfg->machine) || !take_lists(o, own, cfg))
        return false;
    for (unsigned k = 0; k < L1_CLASSES; k++)
        cfg->front.window[k] = (unsigned)own->window[k];
    cfg->front.retry_fetch = (unsigned)own->retry_fetch;
    cfg->front.retry_amo = (unsigned)own->retry_amo;
    cfg->front.retry_load = (unsigned)own->retry_load;
    cfg->front.retry_full = (unsigned)own->retry_full;
    cfg->front.retry_store = (unsigned)own->retry_store;
    cfg->watchdog = own->watchdog;
    if (!take_roi(o, own, cfg))
        return false;
    if (own->interval && !take_interval(o, own->interval, cfg))
        return false;
    cfg->oracle = own->oracle;
    cfg->reuse = own->reuse;
    cfg->first_touch = own->first_touch;
    cfg->untranslated = own->untranslated;
    cfg->no_skip = o->no_skip;
    cfg->log = stderr;
    return true;
}

void replay_remarks(const struct options *o, const struct remarks *m, const char *path)
{
    char name[256];
    for (unsigned i = 0; i < m->count && !o->quiet; i++)
        fprintf(stderr, "l2tlb %s: %s: remark: %s\n", o->command, printable_text(path, name, sizeof name),
                m->item[i].text);
}

// --- files --------------------------------------------------------------------------------------

// The image of a trace that is a file: its name, or NULL.
static const char *image_of(const char *path, char *name, size_t size)
{
    char msg[TRACE_MSG];
    struct stat st;
    struct trace *t = NULL;
    if (stat(path, &st) == 0 && S_ISREG(st.st_mode))
        t = trace_open(path, msg, sizeof msg);
    bool image = t && trace_image_path(t, name, size);
    trace_close(t);
    return image ? name : NULL;
}

bool replay_apart(const struct options *o, const char *const *out, unsigned outs)
{
    bool file = false, fine = true;
    for (unsigned i = 0; i < outs; i++)
        file |= out[i] && strcmp(out[i], "-") != 0;
    for (int i = 0; i < o->args && fine; i++) {
        char image[1024];
        const char *const in[] = {o->arg[i],
                                  file ? image_of(o->arg[i], image, sizeof image) : NULL};
        fine = options_apart(o, in, 2, out, outs);
    }
    return fine;
}
