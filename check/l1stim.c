// SPDX-License-Identifier: MulanPSL-2.0
#include "check/l1stim.h"

#include "check/l1text.h"

#include <stdlib.h>
#include <string.h>

struct reader {
    struct l1text t;
    struct l1stim *s;
    size_t access_cap, event_cap;
    size_t words;
    uint64_t last_cycle;
    unsigned seen; // header keys
};

enum { SEEN_TIMING = 1, SEEN_AREADY = 2, SEEN_RETRY = 4, SEEN_WINDOW = 8, SEEN_END = 16 };

static bool number(struct reader *r, unsigned field, unsigned base, uint64_t max, uint64_t *v)
{
    if (field >= r->t.nfields)
        return l1text_fail(&r->t, "field %u is missing", field + 1);
    if (l1text_number(r->t.field[field], base, max, v))
        return true;
    return l1text_fail(&r->t, "field %u, \"%.40s\": a %s number of at most 0x%llx is needed",
                       field + 1, r->t.field[field], base == 16 ? "hexadecimal" : "decimal",
                       (unsigned long long)max);
}

// Numbers from `field` on, one per element of max.
static bool numbers(struct reader *r, unsigned field, unsigned base, const uint64_t *max,
                    unsigned n, uint64_t *v)
{
    for (unsigned k = 0; k < n; k++)
        if (!number(r, field + k, base, max[k], &v[k]))
            return false;
    return true;
}

static bool fields(struct reader *r, unsigned least, unsigned most)
{
    if (r->t.nfields < least)
        return l1text_fail(&r->t, "%u fields, at least %u are needed", r->t.nfields, least);
    if (r->t.nfields > most)
        return l1text_fail(&r->t, "rubbish after field %u: \"%.40s\"", most, r->t.field[most]);
    return true;
}

// "key=value" with a decimal value.
static bool keyed(struct reader *r, unsigned field, const char *key, uint64_t least, uint64_t max,
                  uint64_t *v)
{
    const char *s = field < r->t.nfields ? r->t.field[field] : "";
    size_t n = strlen(key);
    if (strncmp(s, key, n) != 0 || s[n] != '=')
        return l1text_fail(&r->t, "field %u must be %s=NUMBER", field + 1, key);
    if (!l1text_number(s + n + 1, 10, max, v) || *v < least)
        return l1text_fail(&r->t, "%s must be %llu to %llu", key, (unsigned long long)least,
                           (unsigned long long)max);
    return true;
}

static bool once(struct reader *r, unsigned flag)
{
    if (r->seen & flag)
        return l1text_fail(&r->t, "second %s line", r->t.field[0]);
    r->seen |= flag;
    return true;
}

static void *grow(void *array, size_t *cap, size_t used, size_t size)
{
    if (used < *cap)
        return array;
    size_t n = *cap ? 2 * *cap : 256;
    void *a = realloc(array, n * size);
    if (a)
        *cap = n;
    return a;
}

// --- header --------------------------------------------------------------------------------------

static bool read_timing(struct reader *r)
{
    struct tl_timing *t = &r->s->timing;
    return once(r, SEEN_TIMING) && fields(r, 5, 5) && keyed(r, 1, "lat", 1, 1000000, &t->lat) &&
           keyed(r, 2, "span", 0, 1000000, &t->span) &&
           keyed(r, 3, "seed", 0, UINT64_MAX, &t->seed) &&
           keyed(r, 4, "gap", 1, 1000000, &t->gap);
}

static bool read_aready(struct reader *r)
{
    struct tl_timing *t = &r->s->timing;
    const char *kind = r->t.nfields > 1 ? r->t.field[1] : "";
    uint64_t v;

    if (!once(r, SEEN_AREADY))
        return false;
    if (strcmp(kind, "always") == 0) {
        t->aready = AREADY_ALWAYS;
        return fields(r, 2, 2);
    }
    if (strcmp(kind, "pattern") == 0) {
        t->aready = AREADY_PATTERN;
        if (!fields(r, 4, 4) || !number(r, 2, 10, 64, &v) ||
            !number(r, 3, 16, UINT64_MAX, &t->mask))
            return false;
        t->period = (unsigned)v;
        return v ? true : l1text_fail(&r->t, "the period must not be 0");
    }
    if (strcmp(kind, "hash") == 0) {
        t->aready = AREADY_HASH;
        if (!fields(r, 3, 3) || !number(r, 2, 10, 256, &v))
            return false;
        t->threshold = (unsigned)v;
        return true;
    }
    return l1text_fail(&r->t, "aready must be always, pattern or hash");
}

static bool read_retry(struct reader *r)
{
    struct l1stim_retry *y = &r->s->retry;
    const uint64_t max = 1000000;
    uint64_t lhint;
    bool ok = once(r, SEEN_RETRY) && fields(r, 10, 10) && keyed(r, 1, "lhint", 0, 1, &lhint) &&
              keyed(r, 2, "RH", 0, max, &y->rh) && keyed(r, 3, "RF", 0, max, &y->rf) &&
              keyed(r, 4, "RT", 0, max, &y->rt) && keyed(r, 5, "RL", 1, max, &y->rl) &&
              keyed(r, 6, "RS", 1, max, &y->rs) && keyed(r, 7, "RP", 1, max, &y->rp) &&
              keyed(r, 8, "RI", 1, max, &y->ri) && keyed(r, 9, "RA", 1, max, &y->ra);
    y->lhint = ok && lhint;
    return ok;
}

static bool read_window(struct reader *r)
{
    if (!once(r, SEEN_WINDOW) || !fields(r, 1 + L1_PORTS, 1 + L1_PORTS))
        return false;
    for (unsigned p = 0; p < L1_PORTS; p++) {
        uint64_t v;
        if (!number(r, 1 + p, 10, L1STIM_MAX_WINDOW, &v))
            return false;
        if (!v)
            return l1text_fail(&r->t, "the window of port %u must not be 0", p);
        r->s->window[p] = (unsigned)v;
    }
    return true;
}

static bool good_mode(struct reader *r, uint64_t mode)
{
    if (mode == MODE_BARE || mode == MODE_SV39 || mode == MODE_SV48)
        return true;
    return l1text_fail(&r->t, "mode %llx: 0, 8 or 9 is needed", (unsigned long long)mode);
}

// MODE ID PPN [CHANGED] from `field` on.
static bool read_atp(struct reader *r, unsigned field, unsigned n, uint64_t v[4])
{
    static const uint64_t max[4] = {15, 0xffff, UINT64_C(0xfffffffffff), 1};
    return fields(r, field + n, field + n) && numbers(r, field, 16, max, n, v) &&
           good_mode(r, v[0]);
}

// MXR SUM VMXR VSUM V SPVP IMODE DMODE
static bool read_priv(struct reader *r, unsigned field, uint64_t v[8])
{
    static const uint64_t max[8] = {1, 1, 1, 1, 1, 1, 3, 3};
    if (!fields(r, field + 8, field + 8) || !numbers(r, field, 16, max, 8, v))
        return false;
    if (v[6] == 2 || v[7] == 2)
        return l1text_fail(&r->t, "privilege mode 2 does not exist");
    return true;
}

// MSECCFG MENVCFG HENVCFG HSTATUS SENVCFG
static bool read_pmm(struct reader *r, unsigned field, uint64_t v[5])
{
    static const uint64_t max[5] = {3, 3, 3, 3, 3};
    return fields(r, field + 5, field + 5) && numbers(r, field, 16, max, 5, v);
}

static bool read_init(struct reader *r)
{
    struct l1_csr *c = &r->s->csr;
    const char *what = r->t.nfields > 1 ? r->t.field[1] : "";
    bool satp = strcmp(what, "satp") == 0, vsatp = strcmp(what, "vsatp") == 0;
    uint64_t v[8] = {0};

    if (satp || vsatp || strcmp(what, "hgatp") == 0) {
        if (!read_atp(r, 2, 3, v))
            return false;
        l1stim_set_csr(c, satp ? L1STIM_SATP : vsatp ? L1STIM_VSATP : L1STIM_HGATP, v);
        return true;
    }
    if (strcmp(what, "priv") == 0) {
        if (!read_priv(r, 2, v))
            return false;
        l1stim_set_csr(c, L1STIM_PRIV, v);
        return true;
    }
    if (strcmp(what, "pmm") == 0) {
        if (!read_pmm(r, 2, v))
            return false;
        l1stim_set_csr(c, L1STIM_PMM, v);
        return true;
    }
    if (strcmp(what, "pbmte") == 0) {
        static const uint64_t max[2] = {1, 1};
        if (!fields(r, 4, 4) || !numbers(r, 2, 16, max, 2, v))
            return false;
        c->tlb.m_pbmte = v[0];
        c->tlb.h_pbmte = v[1];
        return true;
    }
    return l1text_fail(&r->t, "unknown init \"%.40s\"", what);
}

static bool read_mem(struct reader *r)
{
    static const uint64_t max[2] = {UINT64_C(0xffffffffffff), UINT64_MAX};
    uint64_t v[2];
    if (!fields(r, 3, 3) || !numbers(r, 1, 16, max, 2, v))
        return false;
    if (v[0] & 7)
        return l1text_fail(&r->t, "address %llx is not a multiple of 8", (unsigned long long)v[0]);
    if (++r->words > L1STIM_MAX_ITEMS)
        return l1text_fail(&r->t, "more than %u memory words", L1STIM_MAX_ITEMS);
    if (!phys_write(r->s->mem, v[0], v[1]))
        return l1text_fail(&r->t, "out of memory");
    return true;
}

static bool read_header_line(struct reader *r)
{
    const char *key = r->t.field[0];

    if (strcmp(key, "name") == 0) {
        if (!fields(r, 2, 2))
            return false;
        if (strlen(r->t.field[1]) >= L1STIM_NAME)
            return l1text_fail(&r->t, "name is longer than %u characters", L1STIM_NAME - 1);
        strcpy(r->s->name, r->t.field[1]);
        return true;
    }
    if (strcmp(key, "timing") == 0)
        return read_timing(r);
    if (strcmp(key, "aready") == 0)
        return read_aready(r);
    if (strcmp(key, "retry") == 0)
        return read_retry(r);
    if (strcmp(key, "window") == 0)
        return read_window(r);
    if (strcmp(key, "init") == 0)
        return read_init(r);
    if (strcmp(key, "mem") == 0)
        return read_mem(r);
    if (strcmp(key, "end") == 0)
        return once(r, SEEN_END) && fields(r, 2, 2) &&
               number(r, 1, 10, L1STIM_MAX_CYCLES, &r->s->cycles);
    return l1text_fail(&r->t, "unknown key \"%.40s\"", key);
}

static bool read_header(struct reader *r)
{
    int got = l1text_fields(&r->t);
    if (got < 0)
        return false;
    if (!got || r->t.nfields != 2 || strcmp(r->t.field[0], "L1STIM") || strcmp(r->t.field[1], "1"))
        return l1text_fail(&r->t, "the first line must be \"L1STIM 1\"");
    for (;;) {
        got = l1text_fields(&r->t);
        if (got < 0)
            return false;
        if (!got)
            return l1text_fail(&r->t, "the file ends before \"run\"");
        if (strcmp(r->t.field[0], "run") == 0)
            break;
        if (!read_header_line(r))
            return false;
    }
    if (!fields(r, 1, 1))
        return false;
    unsigned need = SEEN_TIMING | SEEN_AREADY | SEEN_RETRY | SEEN_WINDOW | SEEN_END;
    if ((r->seen & need) != need)
        return l1text_fail(&r->t, "timing, aready, retry, window and end must come before run");
    return true;
}

// --- accesses and events -------------------------------------------------------------------------

static bool read_flags(struct reader *r, const char *s, struct l1stim_access *a)
{
    if (strcmp(s, "-") == 0)
        return true;
    for (; *s; s++) {
        bool *flag = *s == 'h'   ? &a->hyper
                     : *s == 'x' ? &a->hlvx
                     : *s == 'p' ? &a->prefetch
                     : *s == 'n' ? &a->no_translate
                     : *s == 'c' ? &a->check
                     : *s == 'k' ? &a->kill
                     : *s == 'o' ? &a->one_shot
                                 : NULL;
        if (!flag || *flag)
            return l1text_fail(&r->t, "flag '%c' is unknown or given twice", *s);
        *flag = true;
    }
    return true;
}

// acc N PORT VA CMD SIZE FLAGS
static bool read_access(struct reader *r, uint64_t cycle)
{
    struct l1stim *s = r->s;
    struct l1stim_access a = {.cycle = cycle};
    uint64_t n, port, cmd, size;

    if (!fields(r, 8, 8) || !number(r, 2, 10, L1STIM_MAX_ITEMS - 1, &n) ||
        !number(r, 3, 10, L1_PORTS - 1, &port) || !number(r, 4, 16, UINT64_MAX, &a.va) ||
        !number(r, 5, 16, 5, &cmd) || !number(r, 6, 16, 7, &size) ||
        !read_flags(r, r->t.field[7], &a))
        return false;
    if (cmd == 3 || (cmd == L1_CMD_FETCH) != (port >= l1_first_port[L1_FETCH]))
        return l1text_fail(&r->t, "command %u does not exist on port %u", (unsigned)cmd,
                           (unsigned)port);
    if (s->accesses >= L1STIM_MAX_ITEMS)
        return l1text_fail(&r->t, "more than %u accesses", L1STIM_MAX_ITEMS);
    a.number = (uint32_t)n;
    a.port = (uint8_t)port;
    a.cmd = (uint8_t)cmd;
    a.size = (uint8_t)size;
    void *more = grow(s->access, &r->access_cap, s->accesses, sizeof a);
    if (!more)
        return l1text_fail(&r->t, "out of memory");
    s->access = more;
    s->access[s->accesses++] = a;
    if (n >= s->numbers)
        s->numbers = (uint32_t)n + 1;
    return true;
}

// sf RS1 RS2 ADDR ID HV HG [FP]
static bool read_sfence(struct reader *r, uint64_t v[8])
{
    static const uint64_t max[7] = {1, 1, UINT64_MAX, 0xffff, 1, 1, 1};
    unsigned n = r->t.nfields == 9 ? 7 : 6;
    v[6] = 1;
    return fields(r, 8, 9) && numbers(r, 2, 16, max, n, v);
}

static bool read_pair(struct reader *r, unsigned base, uint64_t max0, uint64_t max1, uint64_t v[8])
{
    return fields(r, 4, 4) && number(r, 2, base, max0, &v[0]) && number(r, 3, base, max1, &v[1]);
}

static bool read_event_args(struct reader *r, struct l1stim_event *e)
{
    const char *what = r->t.field[1];

    if (strcmp(what, "sf") == 0) {
        e->kind = L1STIM_SFENCE;
        return read_sfence(r, e->v);
    }
    if (strcmp(what, "satp") == 0 || strcmp(what, "vsatp") == 0 || strcmp(what, "hgatp") == 0) {
        e->kind = what[0] == 's' ? L1STIM_SATP : what[0] == 'v' ? L1STIM_VSATP : L1STIM_HGATP;
        return read_atp(r, 2, 4, e->v);
    }
    if (strcmp(what, "priv") == 0) {
        e->kind = L1STIM_PRIV;
        return read_priv(r, 2, e->v);
    }
    if (strcmp(what, "pmm") == 0) {
        e->kind = L1STIM_PMM;
        return read_pmm(r, 2, e->v);
    }
    if (strcmp(what, "pmp") == 0) {
        e->kind = L1STIM_PMP;
        return read_pair(r, 16, 0xfff, UINT64_MAX, e->v);
    }
    if (strcmp(what, "memw") == 0) {
        e->kind = L1STIM_MEMW;
        if (!read_pair(r, 16, UINT64_C(0xffffffffffff), UINT64_MAX, e->v))
            return false;
        return e->v[0] & 7 ? l1text_fail(&r->t, "the address is not a multiple of 8") : true;
    }
    if (strcmp(what, "redir") == 0) {
        e->kind = L1STIM_REDIRECT;
        return read_pair(r, 16, L1STIM_MAX_ITEMS - 1, 1, e->v);
    }
    if (strcmp(what, "iflush") == 0) {
        e->kind = L1STIM_IFLUSH;
        return fields(r, 3, 3) && number(r, 2, 16, 7, &e->v[0]);
    }
    return l1text_fail(&r->t, "unknown event \"%.40s\"", what);
}

static bool read_event(struct reader *r)
{
    struct l1stim *s = r->s;
    struct l1stim_event e = {0};

    const char *at = r->t.field[0];
    if (at[0] != '@' || !l1text_number(at + 1, 10, L1STIM_MAX_CYCLES, &e.cycle))
        return l1text_fail(&r->t, "\"%.40s\": @CYCLE is needed", at);
    if (e.cycle < r->last_cycle)
        return l1text_fail(&r->t, "cycle %llu after cycle %llu", (unsigned long long)e.cycle,
                           (unsigned long long)r->last_cycle);
    r->last_cycle = e.cycle;
    if (!fields(r, 2, L1TEXT_FIELDS - 1))
        return false;
    if (strcmp(r->t.field[1], "acc") == 0)
        return read_access(r, e.cycle);
    if (!read_event_args(r, &e))
        return false;
    if (s->events >= L1STIM_MAX_ITEMS)
        return l1text_fail(&r->t, "more than %u events", L1STIM_MAX_ITEMS);
    void *more = grow(s->event, &r->event_cap, s->events, sizeof e);
    if (!more)
        return l1text_fail(&r->t, "out of memory");
    s->event = more;
    s->event[s->events++] = e;
    return true;
}

static bool index_accesses(struct reader *r)
{
    struct l1stim *s = r->s;

    s->by_number = malloc((s->numbers ? s->numbers : 1) * sizeof *s->by_number);
    if (!s->by_number)
        return l1text_fail(&r->t, "out of memory");
    memset(s->by_number, 0xff, s->numbers * sizeof *s->by_number);
    for (size_t k = 0; k < s->accesses; k++) {
        uint32_t n = s->access[k].number;
        if (s->by_number[n] != UINT32_MAX)
            return l1text_fail(&r->t, "access %u is given twice", n);
        s->by_number[n] = (uint32_t)k;
    }
    return true;
}

bool l1stim_read(struct l1stim *s, const char *path, char *msg)
{
    return l1stim_take(s, source_open(path, msg, L1TEXT_MSG), msg);
}

bool l1stim_take(struct l1stim *s, struct source *in, char *msg)
{
    struct reader r = {.s = s};
    int got = -1;

    *s = (struct l1stim){0};
    if (!l1text_take(&r.t, in, msg))
        return false;
    s->mem = phys_new();
    if (!s->mem)
        l1text_fail(&r.t, "out of memory");
    bool ok = s->mem && read_header(&r);
    while (ok && (got = l1text_fields(&r.t)) > 0)
        ok = read_event(&r);
    ok = ok && got == 0 && index_accesses(&r);
    l1text_close(&r.t);
    if (!ok)
        l1stim_free(s);
    return ok;
}

void l1stim_free(struct l1stim *s)
{
    if (s->mem)
        phys_free(s->mem);
    free(s->access);
    free(s->event);
    free(s->by_number);
    *s = (struct l1stim){0};
}
