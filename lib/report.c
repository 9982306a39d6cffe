// SPDX-License-Identifier: MulanPSL-2.0
// report.h: recordings over the room check/, reports side by side over report/compare.h.
#include "l2tlb/report.h"

#include "check/l1check.h"
#include "lib/impl.h"
#include "report/compare.h"
#include "report/emit.h"

#include <stdlib.h>
#include <string.h>

// --- a recording --------------------------------------------------------------------------------

enum { CHECK_0 = sizeof(struct l2tlb_check) }; // its first version
_Static_assert((int)L2TLB_CHECK_CANCELLED == (int)CHECK_INTERRUPTED, "ends of a check");

static bool go_on(void *ctx)
{
    struct l2tlb_check *k = ctx;
    return !k->progress || !k->progress(k->ctx);
}

static int run(const struct l2tlb_cfg *cfg, const char *stim, const char *gold, struct l2tlb_check *k, FILE *details)
{
    struct check_options how = {.skip = !k->no_skip, .strict = k->strict, .first = !k->all, .watchdog = k->watchdog,
                                .go_on = go_on, .ctx = k};
    struct check_result r;
    how.stim = source_open(stim, k->message, sizeof k->message);
    if (!how.stim)
        return L2TLB_BAD_INPUT;
    const char *why = check_begins(how.stim, "L1STIM")
                          ? l1check_run(cfg, stim, gold, &how, details, NULL, &r, k->message, sizeof k->message)
                          : check_run(cfg, stim, gold, &how, details, &r, k->message, sizeof k->message);
    if (why)
        return L2TLB_BAD_INPUT;
    k->message[0] = 0;
    k->cycles = r.cycles;
    k->cycles_all = r.total;
    k->events = r.events;
    k->mismatches = r.mismatches;
    k->dont_care = r.dont_care;
    k->first_cycle = r.mismatches ? r.first_cycle : 0;
    k->end = (uint8_t)r.end;
    k->at_end = r.mismatches && r.at_end;
    if (r.mismatches)
        memcpy(k->first, r.first, sizeof k->first);
    return r.end == CHECK_STUCK ? L2TLB_STUCK : r.end == CHECK_INTERRUPTED ? L2TLB_CANCELLED : L2TLB_OK;
}

int l2tlb_check_run(l2tlb_config *c, const char *stim, const char *gold, struct l2tlb_check *k)
{
    struct l2tlb_check own;
    struct l2tlb_cfg cfg = c->cfg;
    uint32_t size = k->size;
    char *text = NULL;
    size_t length = 0;
    _Static_assert(sizeof own.first == sizeof((struct check_result *)0)->first, "room for the first difference");
    if (!struct_in(&own, sizeof own, k, size, CHECK_0))
        return L2TLB_BAD_SIZE;
    own.cycles = own.cycles_all = own.events = own.mismatches = own.dont_care = own.first_cycle = 0;
    own.first[0] = own.message[0] = 0;
    own.end = own.at_end = 0;
    int status = cfg_finish(&cfg, own.message, sizeof own.message) ? L2TLB_BAD_VALUE : L2TLB_OK;
    FILE *details = own.details && !status ? open_memstream(&text, &length) : NULL;
    if (!status && own.details && !details)
        status = L2TLB_NO_MEMORY;
    if (!status)
        status = run(&cfg, stim, gold, &own, details);
    if (details && !fclose(details) && length)
        own.details(own.ctx, text, length);
    free(text);
    struct_out(k, size, &own, sizeof own, CHECK_0);
    return status;
}

// --- reports side by side -----------------------------------------------------------------------

struct l2tlb_comparison {
    struct compared run[COMPARE_MAX];
    char name[COMPARE_MAX][128];
    unsigned runs;
    cJSON *root[COMPARE_MAX]; // what the reports stand in
    unsigned roots;
    char *text;
    char message[512];
};

int l2tlb_comparison_new(l2tlb_comparison **c)
{
    *c = calloc(1, sizeof **c);
    return *c ? L2TLB_OK : L2TLB_NO_MEMORY;
}

void l2tlb_comparison_free(l2tlb_comparison *c)
{
    if (!c)
        return;
    for (unsigned i = 0; i < c->roots; i++)
        cJSON_Delete(c->root[i]);
    free(c->text);
    free(c);
}

const char *l2tlb_comparison_message(const l2tlb_comparison *c)
{
    return c->message;
}

static int refuse(l2tlb_comparison *c, int status, const char *name, const char *why)
{
    snprintf(c->message, sizeof c->message, "%.200s: %s", name, why);
    return status;
}

int l2tlb_comparison_add(l2tlb_comparison *c, const char *name, const char *json)
{
    cJSON *root = cJSON_ParseWithOpts(json, NULL, 1);
    c->message[0] = 0;
    if (!root)
        return refuse(c, L2TLB_BAD_INPUT, name, "not JSON");
    unsigned n = cJSON_IsArray(root) ? (unsigned)cJSON_GetArraySize(root) : 1;
    const char *why = n ? NULL : "no report";
    for (unsigned i = 0; i < n && !why; i++)
        why = compare_check(cJSON_IsArray(root) ? cJSON_GetArrayItem(root, (int)i) : root);
    if (why || n > COMPARE_MAX - c->runs) {
        int status = why ? refuse(c, L2TLB_BAD_INPUT, name, why) : refuse(c, L2TLB_FULL, name, "too many runs");
        cJSON_Delete(root);
        return status;
    }
    c->root[c->roots++] = root;
    for (unsigned i = 0; i < n; i++, c->runs++) {
        char *to = c->name[c->runs];
        snprintf(to, sizeof c->name[0], n > 1 ? "%.100s #%u" : "%.100s", name, i + 1);
        c->run[c->runs] = (struct compared){to, cJSON_IsArray(root) ? cJSON_GetArrayItem(root, (int)i) : root};
    }
    return L2TLB_OK;
}

int l2tlb_comparison_report(l2tlb_comparison *c, const char *format, const char **text, size_t *length)
{
    enum emit_format f = emit_format_of(format);
    size_t n = 0;
    *text = NULL;
    free(c->text);
    c->text = NULL;
    c->message[0] = 0;
    if (c->runs < 2)
        return refuse(c, L2TLB_BAD_ORDER, "comparison", "one run alone cannot be compared");
    if (f == EMIT_FORMATS)
        return refuse(c, L2TLB_BAD_KEY, format, "no such format");
    struct doc *d = compare_document("l2tlb: runs compared", c->run, c->runs);
    FILE *out = d ? open_memstream(&c->text, &n) : NULL;
    const struct doc *docs = d;
    bool whole = out && emit_all(f, out, &docs, 1) && !ferror(out);
    if (out)
        whole &= !fclose(out);
    doc_free(d);
    if (!whole)
        return L2TLB_NO_MEMORY;
    *text = c->text;
    if (length)
        *length = n;
    return L2TLB_OK;
}
