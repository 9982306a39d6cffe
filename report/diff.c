// SPDX-License-Identifier: MulanPSL-2.0
#include "report/diff.h"

#include "report/compare.h"
#include "report/contents.h"
#include "report/emit.h"
#include "report/replay_doc.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct diff_entry {
    uint64_t key;      // vpn and kind; UNANSWERED: dropped
    uint64_t accepted; // cycle
    uint32_t latency;
    uint8_t fault;
};
#define UNANSWERED UINT64_MAX

struct diff_log {
    struct diff_entry *entry[2];
    size_t count[2], room[2];
    uint64_t beyond; // answers past the limit
    bool no_memory;
};

struct diff_log *diff_log_new(void)
{
    return calloc(1, sizeof(struct diff_log));
}

void diff_log_free(struct diff_log *l)
{
    if (l) {
        free(l->entry[0]);
        free(l->entry[1]);
    }
    free(l);
}

static bool make_room(struct diff_log *l, unsigned port, size_t index)
{
    size_t room = l->room[port] ? l->room[port] : 4096;
    while (room <= index)
        room *= 2;
    if (room == l->room[port])
        return true;
    struct diff_entry *e = realloc(l->entry[port], room * sizeof *e);
    if (!e)
        return false;
    for (size_t i = l->room[port]; i < room; i++)
        e[i].key = UNANSWERED;
    l->entry[port] = e;
    l->room[port] = room;
    return true;
}

// A replay numbers the requests of a port by tag / 2, in the order of acceptance.
void diff_log_answer(const struct tracked_answer *a, void *ctx)
{
    struct diff_log *l = ctx;
    size_t index = a->tag >> 1;
    if (index >= DIFF_LIMIT || !make_room(l, a->port, index)) {
        l->no_memory |= index < DIFF_LIMIT;
        l->beyond++;
        return;
    }
    l->entry[a->port][index] = (struct diff_entry){.key = a->vpn << 2 | a->s2xlate,
                                                   .accepted = a->accepted,
                                                   .latency = a->latency,
                                                   .fault = a->fault};
    if (index >= l->count[a->port])
        l->count[a->port] = index + 1;
}

// --- comparing ---------------------------------------------------------------------------------

struct pair {
    unsigned port;
    size_t index[2];
    struct diff_entry entry[2];
};

struct diff_result {
    uint64_t pairs, equal, faster, slower, other_fault;
    uint64_t left_out[2];
    int64_t sum;
    struct hist gain, loss; // sizes of the differences
    bool differs;
    struct pair first;
};

static void compare_pair(struct diff_result *r, const struct pair *p)
{
    int64_t d = (int64_t)p->entry[1].latency - (int64_t)p->entry[0].latency;
    bool fault = p->entry[0].fault != p->entry[1].fault;
    r->pairs++;
    r->sum += d;
    r->other_fault += fault;
    r->equal += d == 0;
    if (d < 0) {
        r->faster++;
        hist_add(&r->gain, (uint64_t)-d, 1);
    } else if (d > 0) {
        r->slower++;
        hist_add(&r->loss, (uint64_t)d, 1);
    }
    bool earlier = !r->differs || p->entry[0].accepted < r->first.entry[0].accepted;
    if ((d || fault) && earlier) {
        r->differs = true;
        r->first = *p;
    }
}

// Answered requests of a port by page and kind, then by order.
struct place {
    uint64_t key;
    size_t index;
};

static int by_key(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return (x->index > y->index) - (x->index < y->index);
}

static struct place *sorted(const struct diff_log *l, unsigned port, size_t *n)
{
    struct place *p = malloc((l->count[port] + 1) * sizeof *p);
    *n = 0;
    for (size_t i = 0; p && i < l->count[port]; i++)
        if (l->entry[port][i].key != UNANSWERED)
            p[(*n)++] = (struct place){l->entry[port][i].key, i};
    if (p)
        qsort(p, *n, sizeof *p, by_key);
    return p;
}

// The k-th request for a page on the left is the partner of the k-th on the right.
static bool compare_port(struct diff_result *r, const struct diff_log *a, const struct diff_log *b,
                         unsigned port)
{
    size_t n, m, i = 0, j = 0;
    struct place *x = sorted(a, port, &n), *y = sorted(b, port, &m);
    bool ok = x && y;
    while (ok && (i < n || j < m)) {
        // A page that both asked for: pair off its requests in order, whoever asked more often.
        if (i < n && j < m && x[i].key == y[j].key) {
            compare_pair(r,
                         &(struct pair){port,
                                        {x[i].index, y[j].index},
                                        {a->entry[port][x[i].index], b->entry[port][y[j].index]}});
            i++;
            j++;
        } else if (j == m || (i < n && x[i].key < y[j].key)) {
            r->left_out[0]++;
            i++;
        } else {
            r->left_out[1]++;
            j++;
        }
    }
    free(x);
    free(y);
    return ok;
}

// --- report ------------------------------------------------------------------------------------

static void first_difference(struct doc_section *opening, struct doc_section *o, const struct diff_result *r)
{
    char text[160];
    const struct pair *p = &r->first;
    if (!r->differs) {
        doc_text(opening, "first_request", "First to differ", "no request: equal latencies and faults");
        doc_text(o, "first", "First request that differs", "none");
        return;
    }
    snprintf(text, sizeof text, "port %u, request %zu, page %" PRIx64 ": %" PRIu32 " and %" PRIu32 " cycles%s", p->port,
             p->index[0], p->entry[0].key >> 2, p->entry[0].latency, p->entry[1].latency,
             p->entry[0].fault == p->entry[1].fault ? "" : ", another fault");
    doc_text(opening, "first_request", "First to differ", text);
    snprintf(text, sizeof text, "port %u, request %zu (right: %zu), page %" PRIx64 ", %s", p->port,
             p->index[0], p->index[1], p->entry[0].key >> 2, stats_kind_name[p->entry[0].key & 3]);
    doc_text(o, "first", "First request that differs", text);
    snprintf(text, sizeof text, "%" PRIu32 " and %" PRIu32 " cycles, faults %s",
             p->entry[0].latency, p->entry[1].latency,
             p->entry[0].fault == p->entry[1].fault ? "equal" : "different");
    doc_text(o, "first_values", "Its latency, left and right", text);
}

static void differences(struct doc_section *o, const char *id, const char *title,
                        const struct hist *h)
{
    struct doc_table *t = doc_table(o, id, title, "what:Difference|" CONTENTS_HIST_COLUMNS, NULL);
    doc_row(t, "cycles");
    contents_hist_cells(t, h);
}

static void requests(struct doc *d, const struct diff_side side[2], struct diff_result *r)
{
    for (unsigned p = 0; p < 2; p++)
        d->no_memory |= !compare_port(r, side[0].log, side[1].log, p);
    struct doc_section *o =
        doc_section(d, "requests", "Request by request",
                    "Pairs: the k-th request for a page (same port, same kind) on both machines.");
    first_difference(d->sections, o, r);
    doc_count(o, "pairs", "Pairs compared", r->pairs, NULL);
    doc_count(o, "equal", "  with equal latency", r->equal, NULL);
    doc_count(o, "faster", "  faster on the right", r->faster, NULL);
    doc_count(o, "slower", "  slower on the right", r->slower, NULL);
    doc_count(o, "other_fault", "  with another fault", r->other_fault, NULL);
    doc_real(o, "mean", "Mean difference, right minus left",
             r->pairs ? (double)r->sum / (double)r->pairs : 0, 3, "cycles");
    doc_count(o, "only_left", "Requests of the left machine without a partner", r->left_out[0],
              NULL);
    doc_count(o, "only_right", "Requests of the right machine without a partner", r->left_out[1],
              NULL);
    if (side[0].log->beyond + side[1].log->beyond)
        doc_count(o, "beyond", "Answers beyond the limit of the comparison",
                  side[0].log->beyond + side[1].log->beyond, NULL);
    differences(o, "slower_by", "Slower on the right, by", &r->loss);
    differences(o, "faster_by", "Faster on the right, by", &r->gain);
    doc_check(d, "pairs = equal + faster + slower", r->pairs, r->equal + r->faster + r->slower);
}

// A report as `compare` reads it. The caller frees it; NULL: out of memory.
static cJSON *as_json(const struct doc *d)
{
    char *text = doc_ok(d) ? emit_json_text(d) : NULL;
    cJSON *report = text ? cJSON_Parse(text) : NULL;
    free(text);
    return report;
}

// The sums of a side are checked here as well.
static void take_checks(struct doc *d, const char *side, const struct doc *from)
{
    char text[256];
    for (const struct doc_check *c = from->checks; c; c = c->next) {
        snprintf(text, sizeof text, "%s: %s", side, c->text);
        doc_check(d, text, c->left, c->right);
    }
}

static struct doc *side_by_side(const struct diff_side side[2], const char *path)
{
    static const char *const name[2] = {"Left", "Right"};
    struct doc *of[2], *d = NULL;
    struct compared run[2];
    cJSON *report[2];
    char title[256];
    snprintf(title, sizeof title, "One trace, two machines: %s against %s", side[0].name, side[1].name);
    for (unsigned i = 0; i < 2; i++) {
        of[i] = replay_document(side[i].cfg, side[i].result, path);
        report[i] = as_json(of[i]);
        run[i] = (struct compared){name[i], report[i]};
    }
    if (report[0] && report[1])
        d = compare_document(title, run, 2);
    for (unsigned i = 0; i < 2; i++) {
        if (d)
            take_checks(d, i ? "right" : "left", of[i]);
        cJSON_Delete(report[i]);
        doc_free(of[i]);
    }
    return d;
}

struct doc *diff_document(const struct diff_side side[2], const char *path)
{
    struct diff_result *r = calloc(1, sizeof *r);
    bool logged = !side[0].log->no_memory && !side[1].log->no_memory;
    struct doc *d = r && logged ? side_by_side(side, path) : NULL;
    if (!d) {
        free(r);
        return NULL;
    }
    doc_text(d->sections, "left", "Left", side[0].name);
    doc_text(d->sections, "right", "Right", side[1].name);
    requests(d, side, r);
    free(r);
    return d;
}
