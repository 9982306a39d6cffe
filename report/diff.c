// SPDX-License-Identifier: MulanPSL-2.0
#include "report/diff.h"

#include "report/contents.h"

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

struct settings {
    char (*row)[3][96];
    unsigned count, at;
    bool second;
};

static void collect(const char *key, const char *value, const char *help, void *ctx)
{
    struct settings *s = ctx;
    (void)help;
    if (s->at == s->count)
        return;
    snprintf(s->row[s->at][0], sizeof s->row[0][0], "%s", key);
    snprintf(s->row[s->at++][s->second ? 2 : 1], sizeof s->row[0][0], "%s", value);
}

static void machines(struct doc *d, const struct diff_side side[2])
{
    enum { ROWS = 256 };
    struct settings s = {.row = calloc(ROWS, sizeof *s.row), .count = ROWS};
    struct doc_section *o =
        doc_section(d, "machines", "The two machines", "Only what differs is listed.");
    struct doc_table *t = doc_table(o, "parameters", "Parameters, rules, errata",
                                    "key:Parameter|left:Left|right:Right", NULL);
    if (!s.row)
        return;
    cfg_each(&side[0].cfg->machine, collect, &s);
    s.at = 0;
    s.second = true;
    cfg_each(&side[1].cfg->machine, collect, &s);
    for (unsigned i = 0; i < s.at; i++)
        if (strcmp(s.row[i][1], s.row[i][2]) != 0) {
            doc_row(t, s.row[i][0]);
            doc_cell_text(t, s.row[i][1]);
            doc_cell_text(t, s.row[i][2]);
        }
    free(s.row);
}

static void count_row(struct doc_table *t, const char *label, uint64_t left, uint64_t right)
{
    doc_row(t, label);
    doc_cell_count(t, left);
    doc_cell_count(t, right);
    if (left)
        doc_cell_real(t, 100.0 * ((double)right - (double)left) / (double)left, 2);
    else
        doc_cell_none(t);
}

static void totals(struct doc *d, const struct diff_side side[2])
{
    const struct stats *a = &side[0].result->l2, *b = &side[1].result->l2;
    struct doc_section *o = doc_section(d, "totals", "Totals", NULL);
    struct doc_table *t = doc_table(o, "totals", "Sums of the two runs",
                                    "what:What|left:Left|right:Right|change:Change %", NULL);
    count_row(t, "cycles", a->cycles, b->cycles);
    count_row(t, "requests accepted", a->accepted[0] + a->accepted[1],
              b->accepted[0] + b->accepted[1]);
    count_row(t, "requests answered", a->answered[0] + a->answered[1],
              b->answered[0] + b->answered[1]);
    count_row(t, "requests dropped by a flush", a->flushed[0] + a->flushed[1],
              b->flushed[0] + b->flushed[1]);
    count_row(t, "cycles from acceptance to answer, all requests",
              a->latency_sum[0] + a->latency_sum[1] + a->latency_sum[2] + a->latency_sum[3],
              b->latency_sum[0] + b->latency_sum[1] + b->latency_sum[2] + b->latency_sum[3]);
    count_row(t, "reads on channel A", a->mem_reads, b->mem_reads);
    count_row(t, "flushes", a->flushes, b->flushes);
}

static void first_difference(struct doc_section *o, const struct diff_result *r)
{
    char text[160];
    const struct pair *p = &r->first;
    if (!r->differs) {
        doc_text(o, "first", "First request that differs", "none");
        return;
    }
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
    first_difference(o, r);
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

static void causes(struct doc *d, const struct diff_side side[2])
{
    const struct stats *a = &side[0].result->l2, *b = &side[1].result->l2;
    struct doc_section *o =
        doc_section(d, "causes", "Where the cycles went", "Cycles per answered request, by cause.");
    double na = (double)(a->answered[0] + a->answered[1]);
    double nb = (double)(b->answered[0] + b->answered[1]);
    struct doc_table *t =
        doc_table(o, "causes", "Cycles by cause",
                  "cause:Cause|left:Left|right:Right|change:Right minus left", NULL);
    for (unsigned c = 0; c < CAUSE_COUNT; c++) {
        double x = 0, y = 0;
        for (unsigned k = 0; k < KINDS; k++) {
            x += (double)a->cause[k][c];
            y += (double)b->cause[k][c];
        }
        if (x == 0 && y == 0)
            continue;
        x = na > 0 ? x / na : 0;
        y = nb > 0 ? y / nb : 0;
        doc_row(t, l2tlb_cause_text[c]);
        doc_cell_real(t, x, 3);
        doc_cell_real(t, y, 3);
        doc_cell_real(t, y - x, 3);
    }
}

struct doc *diff_document(const struct diff_side side[2], const char *path)
{
    char title[256];
    snprintf(title, sizeof title, "One trace, two machines: %s against %s", side[0].name,
             side[1].name);
    struct doc *d = doc_new(title);
    struct diff_result *r = calloc(1, sizeof *r);
    if (!d || !r || side[0].log->no_memory || side[1].log->no_memory) {
        doc_free(d);
        free(r);
        return NULL;
    }
    struct doc_section *o = doc_section(d, "run", "Run", NULL);
    doc_text(o, "trace", "Trace", path);
    doc_count(o, "records", "Records", side[0].result->records, NULL);
    doc_text(o, "left", "Left", side[0].name);
    doc_text(o, "right", "Right", side[1].name);
    machines(d, side);
    totals(d, side);
    requests(d, side, r);
    causes(d, side);
    for (unsigned i = 0; i < 2; i++)
        if (side[i].cfg->oracle)
            doc_check(d, i ? "right: answers that disagree with the page tables"
                           : "left: answers that disagree with the page tables",
                      side[i].result->wrong, 0);
    free(r);
    return d;
}
