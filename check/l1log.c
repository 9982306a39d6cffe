// SPDX-License-Identifier: MulanPSL-2.0
#include "check/l1log.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

// --- writing -------------------------------------------------------------------------------------

static void remember(struct l1log_side *s, unsigned k)
{
    memcpy(s->last[s->count++ % L1LOG_LAST], s->line[k], L1LOG_LINE);
}

void l1log_line(struct l1log *g, const char *format, ...)
{
    struct l1log_side *m = &g->model;
    char *at = m->line[m->n];
    va_list ap;

    if (g->only && !strchr(g->only, format[0]))
        return;
    if (m->n == L1LOG_LINES - 1)
        return; // a cycle has at most 90 lines
    va_start(ap, format);
    vsnprintf(at, L1LOG_LINE, format, ap);
    va_end(ap);
    m->n++;
}

void l1log_answer(struct l1log *g, uint64_t c, unsigned port, uint32_t n, uint64_t t,
                  const struct l1_out *out)
{
    const struct l1_resp *r = &out->resp[port];

    if (!bit(out->resp_valid, port)) {
        l1log_line(g, "T %" PRIu64 " %u %" PRIu32 " %" PRIu64 " 2", c, port, n, t);
        return;
    }
    if (r->miss) {
        l1log_line(g, "T %" PRIu64 " %u %" PRIu32 " %" PRIu64 " 1 %u", c, port, n, t,
                   (unsigned)bit(out->replay, port));
        return;
    }
    bool gpa = (r->exc & L1_EXC_GPF) || !r->va_need_ext;
    l1log_line(g, "T %" PRIu64 " %u %" PRIu32 " %" PRIu64 " 0 %" PRIx64 " %x %u %" PRIx64 " %u %u",
               c, port, n, t, r->paddr, r->exc, r->pbmt, gpa ? r->gpaddr : 0, r->nonleaf,
               r->va_need_ext);
}

void l1log_hints(struct l1log *g, uint64_t c, unsigned ports, const struct l1_out *out)
{
    for (unsigned m = out->hint_valid & ports; m; m &= m - 1) {
        unsigned i = lowest(m);
        l1log_line(g, "H %" PRIu64 " %u %u %u %u", c, i, out->hint_id[i],
                   (unsigned)bit(out->hint_full, i), (unsigned)bit(out->hint_ffull, i));
    }
}

void l1log_wake(struct l1log *g, uint64_t c, const struct l1_out *out)
{
    if (out->wake_valid)
        l1log_line(g, "J %" PRIu64 " %u %u", c, out->wake_id, out->wake_all);
}

void l1log_misses(struct l1log *g, uint64_t c, const struct l1_out *out)
{
    for (unsigned m = out->miss_valid; m; m &= m - 1) {
        unsigned i = lowest(m);
        const struct l1_ptw_req *q = &out->miss[i];
        l1log_line(g, "N %" PRIu64 " %u %" PRIx64 " %u %u %u", c, i, q->vpn, q->s2xlate, q->get_gpa,
                   (unsigned)bit(out->miss_pass, i));
    }
}

void l1log_chain(struct l1log *g, uint64_t c, const bool fire[2], char what)
{
    for (unsigned k = 0; k < 2; k++)
        if (fire[k])
            l1log_line(g, "U %" PRIu64 " %u %c", c, k, what);
}

void l1log_presented(struct l1log *g, uint64_t c, const struct l1_out *out)
{
    for (unsigned m = out->answer_valid; m; m &= m - 1) {
        unsigned k = lowest(m);
        const struct ptw_resp *r = &out->answer[k]->r;
        l1log_line(g, "V %" PRIu64 " %u %u %u %" PRIx64 " %" PRIx64, c, k,
                   (unsigned)bit(out->answer_gpa, k), r->s2xlate, r->s1.tag << 3 | r->s1.addr_low,
                   r->s2.tag);
    }
}

static void low_digits(char text[SECTOR + 1], const uint8_t *low)
{
    for (unsigned k = 0; k < SECTOR; k++)
        text[k] = (char)('0' + low[k]);
    text[SECTOR] = 0;
}

static void mask_digits(char text[SECTOR + 1], unsigned mask)
{
    for (unsigned k = 0; k < SECTOR; k++)
        text[k] = bit(mask, k) ? '1' : '0';
    text[SECTOR] = 0;
}

void l1log_resp(struct l1log *g, uint64_t c, unsigned port, const struct ptw_resp *r)
{
    const struct sector_resp *a = &r->s1;
    const struct hptw_resp *b = &r->s2;
    char low[SECTOR + 1], valid[SECTOR + 1], idx[SECTOR + 1];

    low_digits(low, a->ppn_low);
    mask_digits(valid, a->valididx);
    mask_digits(idx, a->pteidx);
    l1log_line(g,
               "R %" PRIu64 " %u %x %" PRIx64 " %x %x %x %x %x %x %x %" PRIx64 " %x %s %s %s %x %x "
               "%" PRIx64 " %x %x %x %" PRIx64 " %x %x %x %x",
               c, port, r->s2xlate, a->tag, a->asid, a->vmid, a->n, a->pbmt, a->perm, a->level,
               a->v, a->ppn, a->addr_low, low, valid, idx, a->pf, a->af, b->tag, b->vmid, b->n,
               b->pbmt, b->ppn, b->perm, b->level, b->gpf, b->gaf);
}

// --- the gold file -------------------------------------------------------------------------------

bool l1log_open(struct l1log *g, const char *gold, const char *only, char *msg)
{
    memset(g, 0, sizeof *g);
    g->only = only;
    if (!gold) {
        g->ended = true;
        return true;
    }
    return l1text_open(&g->text, gold, msg);
}

void l1log_close(struct l1log *g)
{
    l1text_close(&g->text);
    free(g->context);
    g->context = NULL;
}

bool l1log_plain(const char *line)
{
    for (; *line; line++)
        if (*line < ' ' || *line > '~')
            return false;
    return true;
}

// Reads ahead one line; -1 damaged, 0 no more, 1 there is one.
static int read_ahead(struct l1log *g)
{
    while (!g->have && !g->ended) {
        int got = l1text_line(&g->text);
        if (got < 0)
            return -1;
        if (!got) {
            g->ended = true;
            break;
        }
        const char *s = g->text.text;
        if (g->only && !strchr(g->only, s[0]))
            continue;
        if (!l1log_plain(s)) {
            l1text_fail(&g->text, "\"%.40s\" is no line of a recording", s);
            return -1;
        }
        if (s[0] == 'E') { // its cycle is the one after the last
            g->have = true;
            g->ahead = UINT64_MAX;
            break;
        }
        char *end = NULL;
        g->ahead = s[0] && s[1] == ' ' ? strtoull(s + 2, &end, 10) : 0;
        if (!end || end == s + 2 || strlen(s) >= L1LOG_LINE) {
            l1text_fail(&g->text, "\"%.40s\" is no line of a recording", s);
            return -1;
        }
        g->have = true;
    }
    return g->have;
}

// --- comparing -----------------------------------------------------------------------------------

struct tokens {
    char copy[L1LOG_LINE];
    char *t[40];
    unsigned n;
};

static void split(struct tokens *k, const char *line)
{
    snprintf(k->copy, sizeof k->copy, "%s", line);
    k->n = 0;
    for (char *p = strtok(k->copy, " "); p && k->n < 40; p = strtok(NULL, " "))
        k->t[k->n++] = p;
}

// Lines of a kind that are about the same thing: equal up to this field.
static unsigned key_fields(char kind)
{
    return strchr("TNHVCRWBQU", kind) ? 3 : 2;
}

static bool same_key(const struct tokens *a, const struct tokens *b)
{
    unsigned n = key_fields(a->t[0][0]);
    for (unsigned k = 0; k < n; k++)
        if (k >= a->n || k >= b->n || strcmp(a->t[k], b->t[k]) != 0)
            return false;
    return true;
}

static const char *field_name(char kind, unsigned k)
{
    static const struct {
        char kind;
        const char *names;
    } table[] = {
        {'T', "T cycle port access lookup miss paddr|replay exc pbmt gpaddr nonleaf ext"},
        {'N', "N cycle port vpn s2xlate getGpa pass"},
        {'H', "H cycle port id full filter-full"},
        {'J', "J cycle id all"},
        {'U', "U cycle stage direction"},
        {'Q', "Q cycle port index vpn s2xlate"},
        {'V', "V cycle tlb getGpa s2xlate vpn tag2"},
        {'C', "C cycle port access first lookups"},
        {'A', "A cycle source address"},
        {'D', "D cycle source beat"},
        {'R', "R cycle port s2xlate s1.tag s1.asid s1.vmid s1.n s1.pbmt s1.perm s1.level s1.v "
              "s1.ppn s1.addr_low s1.ppn_low s1.valididx s1.pteidx s1.pf s1.af s2.tag s2.vmid s2.n "
              "s2.pbmt s2.ppn s2.perm s2.level s2.gpf s2.gaf"},
        {'E', "E cycles q0 r0 q1 r1 reads accesses lookups misses"},
    };
    for (unsigned i = 0; i < sizeof table / sizeof table[0]; i++) {
        if (table[i].kind != kind)
            continue;
        const char *s = table[i].names;
        while (k-- && s)
            if ((s = strchr(s, ' ')))
                s++;
        return s ? s : "field";
    }
    return "field";
}

// Fields without meaning (docs/recordings.md 6): the stage-2 half of a one-stage answer; with an
// access fault of the last level, what comes from the line; a lookup without answer has no fields.
static bool meaningless(const struct tokens *a, unsigned k)
{
    char kind = a->t[0][0];
    bool one_stage;

    if (kind == 'R' && a->n == 28) {
        one_stage = strcmp(a->t[3], "0") == 0 || strcmp(a->t[3], "1") == 0;
        if (k >= 19)
            return one_stage;
        bool af = strcmp(a->t[18], "1") == 0 && strcmp(a->t[10], "0") == 0;
        return af && ((k >= 7 && k <= 9) || k == 11 || k == 12 || k == 14 || k == 15);
    }
    if (kind == 'V' && a->n == 7)
        return k == 6 && a->t[4][0] <= '1';
    return kind == 'T' && a->n > 5 && a->t[5][0] == '2' && k > 5;
}

static void note(struct l1log *g, uint64_t cycle, const char *signal, const char *got,
                 const char *expected)
{
    if (g->mismatches++)
        return;
    g->first_cycle = cycle;
    g->at_end = g->ending;
    snprintf(g->first, sizeof g->first, "%.64s got %.160s expected %.160s", signal, got, expected);
}

// Compares two lines about the same thing.
static void compare(struct l1log *g, uint64_t cycle, const char *model, const char *gold)
{
    struct tokens a, b;
    char signal[96];
    bool excused = false;

    split(&a, model);
    split(&b, gold);
    for (unsigned k = 0; k < a.n || k < b.n; k++) {
        const char *x = k < a.n ? a.t[k] : "nothing", *y = k < b.n ? b.t[k] : "nothing";
        if (strcmp(x, y) == 0)
            continue;
        if (!g->strict && meaningless(&b, k)) {
            excused = true;
            continue;
        }
        const char *f = field_name(a.t[0][0], k);
        snprintf(signal, sizeof signal, "%c%s%s.%.*s", a.t[0][0],
                 key_fields(a.t[0][0]) == 3 ? " " : "", key_fields(a.t[0][0]) == 3 ? a.t[2] : "",
                 (int)strcspn(f, " "), f);
        note(g, cycle, signal, x, y);
    }
    g->excused += excused;
}

static void missing(struct l1log *g, uint64_t cycle, const char *model, const char *gold)
{
    char signal[8] = {model ? model[0] : gold[0], 0};
    note(g, cycle, signal, model ? model : "nothing", gold ? gold : "nothing");
}

static bool key_later(const struct l1log_side *s, unsigned from, const char *line)
{
    struct tokens a, b;
    split(&a, line);
    for (unsigned k = from; k < s->n; k++) {
        split(&b, s->line[k]);
        if (same_key(&a, &b))
            return true;
    }
    return false;
}

static void compare_cycle(struct l1log *g, uint64_t cycle)
{
    struct l1log_side *m = &g->model, *e = &g->gold;
    unsigned i = 0, j = 0;

    while (i < m->n || j < e->n) {
        struct tokens a, b;
        if (i < m->n && j < e->n && strcmp(m->line[i], e->line[j]) == 0) {
            i++, j++;
            continue;
        }
        if (i == m->n || (j < e->n && !key_later(m, i, e->line[j]))) {
            missing(g, cycle, NULL, e->line[j++]);
            continue;
        }
        split(&a, m->line[i]);
        if (j < e->n)
            split(&b, e->line[j]);
        if (j < e->n && same_key(&a, &b))
            compare(g, cycle, m->line[i++], e->line[j++]);
        else
            missing(g, cycle, m->line[i++], NULL);
    }
}

static void print_side(FILE *f, const char *title, const struct l1log_side *s)
{
    fprintf(f, "%s\n", title);
    uint64_t first = s->count > L1LOG_LAST ? s->count - L1LOG_LAST : 0;
    for (uint64_t k = first; k < s->count; k++)
        fprintf(f, "    %s\n", s->last[k % L1LOG_LAST]);
    for (unsigned k = 0; k < s->n; k++)
        fprintf(f, "  > %s\n", s->line[k]);
}

// The text of the first difference, while both sides still have its cycle.
static void keep_context(struct l1log *g)
{
    size_t size = 0;
    FILE *f = open_memstream(&g->context, &size);
    if (!f)
        return;
    if (g->at_end)
        fprintf(f, "first difference at the end: %s\n", g->first);
    else
        fprintf(f, "first difference in cycle %" PRIu64 ": %s\n", g->first_cycle, g->first);
    print_side(f, "model (> this cycle):", &g->model);
    print_side(f, "recorded:", &g->gold);
    fclose(f);
}

// Compares the model's lines with the gold lines up to cycle `upto`; `c` names the cycle.
static bool end_cycle(struct l1log *g, uint64_t c, uint64_t upto)
{
    struct l1log_side *m = &g->model, *e = &g->gold;
    int got;

    e->n = 0;
    while ((got = read_ahead(g)) > 0 && g->ahead <= upto && e->n < L1LOG_LINES) {
        strcpy(e->line[e->n++], g->text.text); // read_ahead checked the length
        g->have = false;
    }
    if (got < 0)
        return false;
    bool before = g->mismatches;
    if (g->text.in)
        compare_cycle(g, c);
    if (!before && g->mismatches)
        keep_context(g);
    for (unsigned k = 0; k < m->n; k++) {
        if (g->out)
            fprintf(g->out, "%s\n", m->line[k]);
        remember(m, k);
    }
    for (unsigned k = 0; k < e->n; k++)
        remember(e, k);
    m->n = 0;
    return true;
}

bool l1log_cycle(struct l1log *g, uint64_t c)
{
    return end_cycle(g, c, c);
}

bool l1log_end(struct l1log *g, uint64_t cycles)
{
    g->ending = true;
    return end_cycle(g, cycles, UINT64_MAX);
}

// --- answers -------------------------------------------------------------------------------------

static bool hex(const char *s, uint64_t max, uint64_t *v)
{
    return l1text_number(s, 16, max, v);
}

static bool digits(const char *s, char most, uint8_t out[SECTOR])
{
    if (strlen(s) != SECTOR)
        return false;
    for (unsigned k = 0; k < SECTOR; k++) {
        if (s[k] < '0' || s[k] > most)
            return false;
        out[k] = (uint8_t)(s[k] - '0');
    }
    return true;
}

static uint8_t mask_of(const uint8_t d[SECTOR])
{
    unsigned m = 0;
    for (unsigned k = 0; k < SECTOR; k++)
        m |= (unsigned)d[k] << k;
    return (uint8_t)m;
}

bool l1log_parse_resp(char *const field[], unsigned nfields, struct ptw_resp *r)
{
    // largest value of each numeric field from s2xlate on; 0: digits
    static const uint64_t max[25] = {
        3, UINT64_C(0x7ffffffff), 0xffff, 0x3fff, 1, 3, 127, 3, 1, UINT64_C(0x1ffffffffff), 7,
        0, 0, 0, 1, 1,
        UINT64_C(0x3fffffffff), 0x3fff, 1, 3, UINT64_C(0xfffffffffff), 127, 3, 1, 1,
    };
    uint64_t v[25];
    uint8_t valid[SECTOR], idx[SECTOR];

    if (nfields != 28 || strcmp(field[0], "R") != 0)
        return false;
    *r = (struct ptw_resp){.tag = TAG_NONE};
    for (unsigned k = 0; k < 25; k++)
        if (max[k] && !hex(field[3 + k], max[k], &v[k]))
            return false;
    if (!digits(field[14], '7', r->s1.ppn_low) || !digits(field[15], '1', valid) ||
        !digits(field[16], '1', idx))
        return false;
    r->s2xlate = (uint8_t)v[0];
    r->s1.tag = v[1];
    r->s1.asid = (uint16_t)v[2];
    r->s1.vmid = (uint16_t)v[3];
    r->s1.n = (uint8_t)v[4];
    r->s1.pbmt = (uint8_t)v[5];
    r->s1.perm = (uint8_t)v[6];
    r->s1.level = (uint8_t)v[7];
    r->s1.v = (uint8_t)v[8];
    r->s1.ppn = v[9];
    r->s1.addr_low = (uint8_t)v[10];
    r->s1.valididx = mask_of(valid);
    r->s1.pteidx = mask_of(idx);
    r->s1.pf = (uint8_t)v[14];
    r->s1.af = (uint8_t)v[15];
    r->s2 = (struct hptw_resp){
        .tag = v[16], .vmid = (uint16_t)v[17], .n = (uint8_t)v[18], .pbmt = (uint8_t)v[19],
        .ppn = v[20], .perm = (uint8_t)v[21], .level = (uint8_t)v[22], .gpf = (uint8_t)v[23],
        .gaf = (uint8_t)v[24],
    };
    return true;
}
