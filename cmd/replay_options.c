// SPDX-License-Identifier: MulanPSL-2.0
#include "cmd/replay_options.h"

#include "replay/settings.h"
#include "traces/source.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

void replay_options(struct replay_own *own, struct opt table[REPLAY_OPTIONS + 1])
{
    const struct opt rows[] = {
        {"world", 0, "KEY=VALUE", "how page tables are built; repeatable; `help` lists the keys",
         OPT_LIST, &own->world, 0, 0},
        {"arch", 0, "riscv64|aarch64",
         "replay as this; aarch64: the world stands for its tables (docs/aarch64.md). Needed where "
         "the trace says another isa than riscv64",
         OPT_CHOICE, &own->arch, 0, 0},
        {"mem", 0, "KEY=VALUE", "timing of memory; repeatable; `help` lists the keys", OPT_LIST, &own->mem, 0, 0},
        {"interval", 0, "N[cycles|accesses|instructions]",
         "figures for every N of these (default: cycles, following the run)", OPT_TEXT,
         &own->interval, 0, 0},
        {"warmup", 0, "N", "records that run before the figures begin", OPT_NUMBER, &own->warmup, 1, UINT64_MAX},
        {"roi", 0, "FROM:TO|marks", "figures of the records behind FROM up to TO, or between the marks of the trace, only",
         OPT_TEXT, &own->roi, 0, 0},
        {"reuse", 0, NULL, "report the footprint and the reuse distances of pages", OPT_FLAG, &own->reuse, 0, 0},
        {.type = OPT_END},
    };
    enum { ROWS = sizeof rows / sizeof rows[0] - 1, LISTS = 3 }; // lists: in front of replay_settings
    _Static_assert(ROWS + (int)REPLAY_SETTINGS == (int)REPLAY_OPTIONS, "count the rows");
    struct replay_cfg cfg;
    replay_cfg_default(&cfg);
    memcpy(table, rows, LISTS * sizeof *rows);
    for (unsigned i = 0; i < REPLAY_SETTINGS; i++) {
        const struct replay_setting *s = &replay_settings[i];
        own->number[i] = replay_setting_get(&cfg, s);
        table[LISTS + i] =
            s->type == SETTING_FLAG
                ? (struct opt){s->option, 0, NULL, s->help, OPT_FLAG, &own->flag[i], 0, 0}
                : (struct opt){s->option, 0, "N", s->help, OPT_NUMBER, &own->number[i], s->min, s->max};
    }
    memcpy(table + LISTS + REPLAY_SETTINGS, rows + LISTS, (ROWS - LISTS + 1) * sizeof *rows);
}

// --- options to configuration -------------------------------------------------------------------

static bool take_lists(const struct options *o, const struct replay_own *own, struct replay_cfg *cfg)
{
    char key[64], msg[512];
    const char *value, *why = NULL;
    for (unsigned i = 0; i < own->mem.count && !why; i++) {
        if (!options_split(own->mem.item[i], key, sizeof key, &value))
            return options_error(o, "--mem %s: not KEY=VALUE", own->mem.item[i]), false;
        why = replay_memory_set(&cfg->memory, key, value, msg, sizeof msg) == SET_FINE ? NULL : msg;
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
    char msg[128];
    replay_cfg_default(cfg);
    cfg->world.seed = cfg->memory.seed = o->seed;
    if (own->arch)
        replay_set(cfg, "arch", own->arch, msg, sizeof msg); // one of those of the table
    if (!replay_machine(o, &cfg->machine) || !take_lists(o, own, cfg))
        return false;
    for (unsigned i = 0; i < REPLAY_SETTINGS; i++)
        replay_setting_put(cfg, &replay_settings[i],
                           replay_settings[i].type == SETTING_FLAG ? own->flag[i] : own->number[i]);
    if (!take_roi(o, own, cfg))
        return false;
    if (own->interval && !take_interval(o, own->interval, cfg))
        return false;
    cfg->reuse = own->reuse;
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
