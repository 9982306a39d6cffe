// SPDX-License-Identifier: MulanPSL-2.0
// l2tlb compare A.json B.json ...: runs side by side.
#include "cmd/cmd.h"
#include "cmd/reports.h"
#include "report/compare.h"
#include "traces/source.h"

#include <stdlib.h>
#include <string.h>

enum { REPORT_MAX = 256 << 20 }; // bytes of one file

static const struct command_help help = {
    "compare",
    "[options] REPORT...",
    "Compares JSON reports of l2tlb replay (plain, .gz, .xz, .zst; a file may hold several): which settings\n"
    "differ, by how much the figures do, and, where runs differ in their seeds only, whether that is more than\n"
    "chance. The first run is what the others are compared with.",
    "FILE",
};

struct files {
    struct compared run[COMPARE_MAX];
    char name[COMPARE_MAX][128];
    unsigned runs;
    cJSON **root;
    unsigned roots;
};

static char *whole_file(const char *path, char *msg, size_t size)
{
    struct source *in = source_open(path, msg, size);
    const unsigned char *p;
    char *text = NULL;
    size_t used = 0, room = 0, n;
    if (!in)
        return NULL;
    while ((n = source_peek(in, 4096, &p)) > 0) {
        if (used + n + 1 > room) {
            room = room ? 2 * room : 1 << 16;
            char *more = room <= REPORT_MAX ? realloc(text, room) : NULL;
            if (!more) {
                snprintf(msg, size, "%s: too large for a report", path);
                goto bad;
            }
            text = more;
        }
        memcpy(text + used, p, n);
        used += n;
        source_skip(in, n);
    }
    if (source_error(in)) {
        snprintf(msg, size, "%s: %s", path, source_error(in));
        goto bad;
    }
    source_close(in);
    if (text)
        text[used] = 0;
    else
        snprintf(msg, size, "%s: empty", path);
    return text;
bad:
    source_close(in);
    free(text);
    return NULL;
}

// "two" for dir/two.json.gz, as long as no other run has that name.
static void name_run(struct files *f, const char *path, unsigned index, unsigned of)
{
    char *to = f->name[f->runs];
    const char *base = strrchr(path, '/');
    snprintf(to, sizeof f->name[0], "%.80s", base ? base + 1 : path);
    char *end = strstr(to, ".json");
    if (end && end != to)
        *end = 0;
    size_t n = strlen(to);
    if (of > 1)
        snprintf(to + n, sizeof f->name[0] - n, " #%u", index + 1);
    for (unsigned i = 0; i < f->runs; i++)
        if (strcmp(f->name[i], to) == 0)
            snprintf(to, sizeof f->name[0], "%.100s (%u)", path, f->runs + 1);
}

static int take(const struct options *o, struct files *f, const char *path)
{
    char msg[512];
    char *text = whole_file(path, msg, sizeof msg);
    if (!text)
        return options_error(o, "%s", msg);
    const char *end = NULL;
    cJSON *root = cJSON_ParseWithOpts(text, &end, 1);
    if (!root) {
        size_t line = 1;
        for (const char *p = text; end && p < end; p++)
            line += *p == '\n';
        free(text);
        return options_error(o, "%s:%zu: not JSON", path, line);
    }
    free(text);
    f->root[f->roots++] = root;
    unsigned n = cJSON_IsArray(root) ? (unsigned)cJSON_GetArraySize(root) : 1;
    for (unsigned i = 0; i < n; i++) {
        const cJSON *report = cJSON_IsArray(root) ? cJSON_GetArrayItem(root, (int)i) : root;
        const char *why = compare_check(report);
        if (why)
            return options_error(o, "%s: %s", path, why);
        if (f->runs == COMPARE_MAX)
            return options_error(o, "%s: more than %d runs", path, COMPARE_MAX);
        name_run(f, path, i, n);
        f->run[f->runs] = (struct compared){f->name[f->runs], report};
        f->runs++;
    }
    return 0;
}

static int compare(const struct options *o, struct reports *to, const struct files *f)
{
    struct doc *d = compare_document("l2tlb: runs compared", f->run, f->runs);
    int status = reports_all(o, to, d);
    doc_free(d);
    return status;
}

int cmd_compare(int argc, char **argv)
{
    struct options o;
    struct reports to;
    int status = options_parse(&o, &help, OPTIONS_REPORT, NULL, argc, argv);
    if (status != OPTIONS_GO)
        return status;
    if (!o.args)
        return options_error(&o, "no report given (see l2tlb compare --help)");
    if (!reports_of(&o, false, &to))
        return 2;
    struct files *f = calloc(1, sizeof *f);
    cJSON **root = calloc((size_t)o.args, sizeof(cJSON *));
    status = f && root ? 0 : options_error(&o, "out of memory");
    if (!status && !options_apart(&o, (const char *const *)o.arg, (unsigned)o.args, to.path, to.count))
        status = 2;
    if (f)
        f->root = root;
    for (int i = 0; i < o.args && !status; i++)
        status = take(&o, f, o.arg[i]);
    if (!status && f->runs < 2)
        status = options_error(&o, "one run alone cannot be compared");
    if (!status)
        status = compare(&o, &to, f);
    for (unsigned i = 0; f && i < f->roots; i++)
        cJSON_Delete(root[i]);
    free(root);
    free(f);
    return status;
}
