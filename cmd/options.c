// SPDX-License-Identifier: MulanPSL-2.0
// Command-line options, see options.h.
#include "cmd/options.h"

#include "arch/bits.h"
#include "cmd/help.h"
#include "traces/source.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { COMMON_OPTIONS = 17, OPTIONS_MESSAGE = 8192 };

int options_error(const struct options *o, const char *format, ...)
{
    char text[OPTIONS_MESSAGE];
    va_list ap;
    va_start(ap, format);
    vsnprintf(text, sizeof text, format, ap);
    va_end(ap);
    fprintf(stderr, "l2tlb%s%s: ", *o->command ? " " : "", o->command);
    printable_put(text, stderr);
    fputc('\n', stderr);
    return 2;
}

void options_say(const char *format, ...)
{
    char text[OPTIONS_MESSAGE];
    va_list ap;
    va_start(ap, format);
    vsnprintf(text, sizeof text, format, ap);
    va_end(ap);
    printable_put(text, stdout);
    putchar('\n');
}

bool options_number(const char *text, uint64_t *value)
{
    unsigned base = 10;
    if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
        base = 16;
        text += 2;
    }
    if (!*text)
        return false;
    uint64_t v = 0;
    for (; *text; text++) {
        unsigned digit = (unsigned char)*text;
        if (digit >= '0' && digit <= '9')
            digit -= '0';
        else if ((digit | 32) >= 'a' && (digit | 32) <= 'f')
            digit = (digit | 32) - 'a' + 10;
        else
            return false;
        if (digit >= base || v > (UINT64_MAX - digit) / base)
            return false;
        v = v * base + digit;
    }
    *value = v;
    return true;
}

bool options_split(const char *item, char *key, size_t key_size, const char **value)
{
    const char *eq = strchr(item, '=');
    if (!eq || eq == item || (size_t)(eq - item) >= key_size)
        return false;
    memcpy(key, item, (size_t)(eq - item));
    key[eq - item] = 0;
    *value = eq + 1;
    return true;
}

// The common table, as far as the command takes it; returns the number of rows.
static unsigned common_table(struct options *o, unsigned groups, struct opt *table)
{
    const struct {
        unsigned group;
        struct opt row;
    } all[] = {
        {OPTIONS_MACHINE,
         {"preset", 0, "minimal|default|minimal-bitmap|bitmap|cvm|mpt",
          "sizes (default: default); mpt: not for replays", OPT_CHOICE, &o->preset, 0, 0}},
        {OPTIONS_MACHINE,
         {"revision", 0, "2025-05|2026-03|2026-07|2026-07-v2",
          "of the hardware, docs/diff-revisions.md (default 2025-05)", OPT_CHOICE, &o->revision, 0,
          0}},
        {OPTIONS_MACHINE,
         {"config", 0, "FILE", "read parameters from an INI file", OPT_TEXT, &o->config_file, 0,
          0}},
        {OPTIONS_MACHINE,
         {"set", 0, "KEY=VALUE", "set one parameter (see `l2tlb config`); repeatable", OPT_LIST,
          &o->sets, 0, 0}},
        {OPTIONS_REPORT,
         {"report", 0, "text|json|csv|html|summary[=FILE]",
          "form of the report; summary: its first screen (default text); repeatable, each with a FILE of its own",
          OPT_FORMS, &o->reports, 0, 0}},
        {OPTIONS_REPORT,
         {"full", 0, NULL, "list every sum that is checked, not only those that fail", OPT_FLAG,
          &o->full, 0, 0}},
        {OPTIONS_REPORT,
         {"output", 'o', "FILE", "write the report to FILE instead of standard output", OPT_TEXT,
          &o->output, 0, 0}},
        {OPTIONS_SEED,
         {"seed", 0, "N", "seed of everything that is chosen at random (default 1)", OPT_NUMBER,
          &o->seed, 0, UINT64_MAX}},
        {OPTIONS_THREADS,
         {"threads", 0, "N", "traces that are replayed at a time (default 1)", OPT_NUMBER,
          &o->threads, 1, 256}},
        {OPTIONS_SKIP,
         {"no-skip", 0, NULL, "clock every cycle instead of skipping idle ones (same results)",
          OPT_FLAG, &o->no_skip, 0, 0}},
        {OPTIONS_WATCH,
         {"events", 0, "FILE", "write one line per event of the machine", OPT_TEXT, &o->events, 0,
          0}},
        {OPTIONS_WATCH,
         {"vcd", 0, "FILE", "write ports and registers as a waveform, in every cycle", OPT_TEXT, &o->vcd, 0, 0}},
        {OPTIONS_WATCH,
         {"fst", 0, "FILE", "the same as FST, which is smaller (needs vcd2fst of GTKWave)", OPT_TEXT, &o->fst, 0, 0}},
        {OPTIONS_QUIET,
         {"quiet", 'q', NULL, "no progress and no remarks", OPT_FLAG, &o->quiet, 0, 0}},
    };
    unsigned n = 0;
    for (unsigned i = 0; i < sizeof all / sizeof *all; i++)
        if (groups & all[i].group)
            table[n++] = all[i].row;
    table[n++] = (struct opt){
        "help", 'h', NULL, "this text; --help=man: as a manual page", OPT_FLAG, &o->help, 0, 0};
    table[n] = (struct opt){.type = OPT_END};
    return n;
}

static const struct opt *find_option(const struct opt *table, const char *name, size_t n)
{
    for (; table && table->type != OPT_END; table++)
        if (strlen(table->name) == n && memcmp(table->name, name, n) == 0)
            return table;
    return NULL;
}

static const struct opt *find_letter(const struct opt *table, char letter)
{
    for (; table && table->type != OPT_END; table++)
        if (table->letter == letter)
            return table;
    return NULL;
}

// The first n bytes of value are one of "a|b|c", behind which "[...]" may stand.
static bool is_word(const char *choices, const char *value, size_t n)
{
    for (const char *c = choices; c; c = strchr(c, '|') ? strchr(c, '|') + 1 : NULL)
        if (strcspn(c, "|[") == n && memcmp(c, value, n) == 0)
            return true;
    return false;
}

static bool is_choice(const char *choices, const char *value)
{
    return is_word(choices, value, strlen(value));
}

static int store_item(struct options *o, const struct opt *p, const char *value)
{
    struct opt_list *l = p->to;
    if (l->count == OPTIONS_LIST)
        return options_error(o, "--%s: given more than %d times", p->name, OPTIONS_LIST);
    l->option[l->count] = p->name;
    l->item[l->count++] = value;
    return OPTIONS_GO;
}

static int store(struct options *o, const struct opt *p, const char *value)
{
    switch (p->type) {
    case OPT_FLAG:
        *(bool *)p->to = true;
        break;
    case OPT_NUMBER: {
        uint64_t v;
        if (!options_number(value, &v))
            return options_error(o, "--%s: \"%s\" is not a number", p->name, value);
        if (v < p->min || v > p->max)
            return options_error(o, "--%s: %s is not in %" PRIu64 "..%" PRIu64, p->name, value,
                                 p->min, p->max);
        *(uint64_t *)p->to = v;
        break;
    }
    case OPT_CHOICE:
        if (!is_choice(p->arg, value))
            return options_error(o, "--%s %s: not one of %s", p->name, value, p->arg);
        *(const char **)p->to = value;
        break;
    case OPT_TEXT:
        *(const char **)p->to = value;
        break;
    case OPT_FORMS: {
        size_t n = strcspn(value, "=");
        if (!is_word(p->arg, value, n))
            return options_error(o, "--%s %s: not one of %s", p->name, value, p->arg);
        if (value[n] && !value[n + 1])
            return options_error(o, "--%s %s: no FILE behind the equals sign", p->name, value);
        return store_item(o, p, value);
    }
    case OPT_LIST:
        return store_item(o, p, value);
    case OPT_END:
        break;
    }
    return OPTIONS_GO;
}

// One argument that starts with '-'. *i moves on when the value is the next argument.
static int parse_one(struct options *o, const struct opt *own, const struct opt *common, int *i,
                     int argc, char **argv)
{
    const char *a = argv[*i], *value = NULL;
    const struct opt *p;
    if (a[1] == '-') {
        const char *name = a + 2;
        size_t n = strcspn(name, "=");
        value = name[n] ? name + n + 1 : NULL;
        p = find_option(own, name, n);
        p = p ? p : find_option(common, name, n);
    } else {
        p = find_letter(own, a[1]);
        p = p ? p : find_letter(common, a[1]);
        if (p && a[2])
            value = a + 2;
    }
    if (!p)
        return options_error(o, "unknown option %s (see l2tlb%s%s --help)", a,
                             *o->command ? " " : "", o->command);
    if (p->type == OPT_FLAG && value)
        return options_error(o, "--%s takes no value", p->name);
    if (p->type != OPT_FLAG && !value) {
        if (*i + 1 >= argc)
            return options_error(o, "--%s needs a value (%s)", p->name, p->arg);
        value = argv[++*i];
    }
    if (o->given.count < OPTIONS_LIST)
        o->given.item[o->given.count++] = p->name;
    return store(o, p, value);
}

bool options_given(const struct options *o, const char *name)
{
    for (unsigned i = 0; i < o->given.count; i++)
        if (strcmp(o->given.item[i], name) == 0)
            return true;
    return false;
}

bool options_of_use(const struct options *o, const struct opt_use *table, const char *use)
{
    for (; table->name; table++)
        if (options_given(o, table->name) && !is_choice(table->uses, use)) {
            options_error(o, "--%s does nothing with %s (only with %s)", table->name, use,
                          table->uses);
            return false;
        }
    return true;
}

int options_parse(struct options *o, const struct command_help *help, unsigned groups,
                  const struct opt *own, int argc, char **argv)
{
    struct opt common[COMMON_OPTIONS];
    *o = (struct options){.command = help->name, .seed = 1, .threads = 1};
    common_table(o, groups, common);
    o->arg = argv + 1;
    bool only_args = false;
    for (int i = 1; i < argc; i++) {
        if (only_args || argv[i][0] != '-' || !argv[i][1]) {
            o->arg[o->args++] = argv[i];
            continue;
        }
        if (strcmp(argv[i], "--") == 0) {
            only_args = true;
            continue;
        }
        bool formed = strncmp(argv[i], "--help=", 7) == 0;
        enum help_form form = help_form_of(formed ? argv[i] + 7 : "");
        if (formed && form != HELP_FORMS)
            return help_print(form, help, own, common);
        int r = parse_one(o, own, common, &i, argc, argv);
        if (r != OPTIONS_GO)
            return r;
        if (o->help)
            return help_print(HELP_TEXT, help, own, common);
    }
    return OPTIONS_GO;
}

bool options_apart(const struct options *o, const char *const *in, unsigned ins,
                   const char *const *out, unsigned outs)
{
    char msg[OPTIONS_MESSAGE];
    const char *const config = o->config_file;
    bool fine = output_apart(in, ins, out, outs, msg, sizeof msg) &&
                output_apart(&config, 1, out, outs, msg, sizeof msg);
    if (!fine)
        options_error(o, "%s", msg);
    return fine;
}

bool options_open(const struct options *o, const char *path, struct output **to)
{
    char msg[OPTIONS_MESSAGE];
    *to = path ? output_open(path, msg, sizeof msg) : NULL;
    if (path && !*to)
        options_error(o, "%s", msg);
    return !path || *to;
}

static bool lost(const struct output *out)
{
    return out && (fflush(output_stream(out)) != 0 || ferror(output_stream(out)));
}

bool options_close(const struct options *o, struct output *const *out, unsigned n, bool whole)
{
    char msg[OPTIONS_MESSAGE];
    bool fine = true;
    for (unsigned i = 0; i < n; i++)
        whole &= !lost(out[i]);
    for (unsigned i = 0; i < n; i++) {
        if (out[i] && !whole && !lost(out[i]))
            output_abandon(out[i]);
        else if (out[i] && !output_close(out[i], msg, sizeof msg))
            fine = options_error(o, "%s", msg) == 0;
    }
    return fine;
}

// A directory can be opened, but reads as an empty file; a device may never end.
static const char *file_trouble(const char *path)
{
    struct stat st;
    if (stat(path, &st) != 0)
        return NULL; // said when it is opened
    return S_ISDIR(st.st_mode) ? "is a directory"
           : S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode) ? "is no regular file" : NULL;
}

// One KEY=VALUE. Returns NULL or a message.
static const char *set_item(struct l2tlb_cfg *cfg, const char *item, char *msg, size_t size)
{
    char key[64];
    const char *value;
    if (options_split(item, key, sizeof key, &value))
        return cfg_set(cfg, key, value, msg, size);
    snprintf(msg, size, "--set %s: not KEY=VALUE", item);
    return msg;
}

// A preset or revision that was asked for, but which the file or --set has replaced.
static const char *contradiction(const struct options *o, const struct l2tlb_cfg *cfg, char *msg,
                                 size_t size)
{
    const char *revision = revision_name(cfg->revision);
    const char *by = o->config_file ? o->config_file : "--set";
    if (o->preset && strcmp(o->preset, cfg->preset) != 0)
        snprintf(msg, size, "--preset %s, but %s says %s", o->preset, by, cfg->preset);
    else if (o->revision && strcmp(o->revision, revision) != 0)
        snprintf(msg, size, "revision %s is asked for, but %s says %s", o->revision, by, revision);
    else
        return NULL;
    return msg;
}

bool options_config(const struct options *o, struct l2tlb_cfg *cfg)
{
    char msg[512];
    const char *preset = o->preset ? o->preset : "default";
    if (!cfg_preset(cfg, preset)) {
        options_error(o,
                      "--preset: unknown preset \"%s\" (minimal, default, minimal-bitmap, "
                      "bitmap, cvm)",
                      preset);
        return false;
    }
    if (o->config_file && file_trouble(o->config_file)) {
        options_error(o, "%s: %s", o->config_file, file_trouble(o->config_file));
        return false;
    }
    const char *why = o->revision ? cfg_set(cfg, "revision", o->revision, msg, sizeof msg) : NULL;
    if (!why && o->first_set)
        why = set_item(cfg, o->first_set, msg, sizeof msg);
    if (!why && o->config_file)
        why = cfg_load(cfg, o->config_file, msg, sizeof msg);
    for (unsigned i = 0; !why && i < o->sets.count; i++)
        why = set_item(cfg, o->sets.item[i], msg, sizeof msg);
    if (!why)
        why = contradiction(o, cfg, msg, sizeof msg);
    if (!why)
        why = cfg_finish(cfg, msg, sizeof msg);
    if (why)
        options_error(o, "%s", why);
    return !why;
}
