// SPDX-License-Identifier: MulanPSL-2.0
#include "check/stim.h"

#include "arch/bits.h"
#include "arch/pte.h"
#include "traces/output.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_WORDS = 12 };

struct reader {
    struct stim *s;
    struct source *in;
    char *word[MAX_WORDS];
    unsigned words;
    size_t room; // allocated events
    unsigned memory; // words
    bool begun, timing, end, run;
    char *msg;
    size_t msg_size;
};

static const char *bad(struct reader *r, const char *why)
{
    snprintf(r->msg, r->msg_size, "%s:%" PRIu64 ": %s", source_path(r->in), source_lines(r->in), why);
    return r->msg;
}

static unsigned split(char *line, char *word[MAX_WORDS])
{
    unsigned n = 0;
    char *save = NULL;
    for (char *w = strtok_r(line, " \t\r\n", &save); w; w = strtok_r(NULL, " \t\r\n", &save)) {
        if (n == MAX_WORDS)
            return MAX_WORDS + 1;
        word[n++] = w;
    }
    return n;
}

// A whole word as a number up to max; base 10 or 16, no sign, no trailing characters.
static bool number(const char *w, int base, uint64_t max, uint64_t *v)
{
    char *end;
    if (!((*w >= '0' && *w <= '9') || (base == 16 && strchr("abcdefABCDEF", *w))) ||
        (w[0] == '0' && (w[1] == 'x' || w[1] == 'X')))
        return false;
    errno = 0;
    *v = strtoull(w, &end, base);
    return !*end && !errno && *v <= max;
}

// n hexadecimal words from word[first], each at most 2^width[i] - 1.
static bool hex(const struct reader *r, unsigned first, unsigned n, const uint8_t *width,
                uint64_t *v)
{
    if (r->words != first + n)
        return false;
    for (unsigned i = 0; i < n; i++)
        if (!number(r->word[first + i], 16, mask64(width[i]), &v[i]))
            return false;
    return true;
}

struct mbmc mbmc_decode(uint64_t value)
{
    return (struct mbmc){.bma = value >> 6,
                         .keyiden = bit(value, 3),
                         .bme = bit(value, 2),
                         .bclear = bit(value, 1),
                         .cmode = bit(value, 0)};
}

// --- header ------------------------------------------------------------------------------------

static bool field(const char *word, const char *name, uint64_t *v)
{
    size_t n = strlen(name);
    return strncmp(word, name, n) == 0 && word[n] == '=' &&
           number(word + n + 1, 10, UINT64_MAX, v);
}

static const char *read_timing(struct reader *r)
{
    struct tl_timing *t = &r->s->timing;
    if (r->words != 5 || !field(r->word[1], "lat", &t->lat) ||
        !field(r->word[2], "span", &t->span) || !field(r->word[3], "seed", &t->seed) ||
        !field(r->word[4], "gap", &t->gap))
        return bad(r, "expected `timing lat=N span=N seed=N gap=N`");
    if (t->lat < 1 || t->gap < 1 || t->lat > 1000000 || t->gap > 1000000 || t->span > 1000000)
        return bad(r, "lat and gap must be in 1..1000000, span in 0..1000000");
    r->timing = true;
    return NULL;
}

static const char *read_aready(struct reader *r)
{
    struct tl_timing *t = &r->s->timing;
    uint64_t v, m;
    if (r->words == 2 && strcmp(r->word[1], "always") == 0) {
        t->aready = AREADY_ALWAYS;
    } else if (r->words == 4 && strcmp(r->word[1], "pattern") == 0 &&
               number(r->word[2], 10, 64, &v) && v && number(r->word[3], 16, UINT64_MAX, &m)) {
        t->aready = AREADY_PATTERN;
        t->period = (unsigned)v;
        t->mask = m;
    } else if (r->words == 3 && strcmp(r->word[1], "hash") == 0 &&
               number(r->word[2], 10, 256, &v)) {
        t->aready = AREADY_HASH;
        t->threshold = (unsigned)v;
    } else {
        return bad(r, "expected `aready always`, `aready pattern PERIOD MASK` or `aready hash N`");
    }
    return NULL;
}

// The data cache in front of memory (mem/tilelink.h), which replays can have.
static const char *read_l2(struct reader *r)
{
    struct tl_timing *t = &r->s->timing;
    uint64_t sets, ways;
    if (r->words != 4 || !field(r->word[1], "sets", &sets) || !field(r->word[2], "ways", &ways) ||
        !field(r->word[3], "hit_lat", &t->hit_lat))
        return bad(r, "expected `l2 sets=N ways=N hit_lat=N`");
    if (sets < 1 || sets > 1 << 20 || !is_pow2((unsigned)sets) || ways < 1 || ways > 64 ||
        t->hit_lat < 1 || t->hit_lat > 1000000)
        return bad(r, "sets is a power of two up to 1048576, ways in 1..64, hit_lat in 1..1000000");
    t->l2_sets = (unsigned)sets;
    t->l2_ways = (unsigned)ways;
    return NULL;
}

static struct atp *atp_of(struct tlb_csr *csr, const char *name)
{
    return strcmp(name, "satp") == 0    ? &csr->satp
           : strcmp(name, "vsatp") == 0 ? &csr->vsatp
           : strcmp(name, "hgatp") == 0 ? &csr->hgatp
                                        : NULL;
}

// MODE SDID PPN OPTOUT (docs/recordings.md 3).
static const uint8_t mmpt_width[] = {4, 6, 44, 1, 1};

static struct mmpt mmpt_of(const uint64_t v[4])
{
    return (struct mmpt){
        .mode = (uint8_t)v[0], .sdid = (uint8_t)v[1], .ppn = v[2], .opt_out_in_node = v[3]};
}

static const char *read_init(struct reader *r)
{
    struct tlb_csr *csr = &r->s->init;
    uint64_t v[3], w[4];
    const char *what = r->words > 1 ? r->word[1] : "";
    struct atp *atp = atp_of(csr, what);
    if (atp && hex(r, 2, 3, (const uint8_t[]){4, 16, 44}, v)) {
        *atp = (struct atp){.mode = (uint8_t)v[0], .id = (uint16_t)v[1], .ppn = v[2]};
    } else if (strcmp(what, "priv") == 0 && hex(r, 2, 2, (const uint8_t[]){1, 1}, v)) {
        csr->mxr = v[0];
        csr->virt = v[1];
    } else if (strcmp(what, "pbmte") == 0 && hex(r, 2, 2, (const uint8_t[]){1, 1}, v)) {
        csr->m_pbmte = v[0];
        csr->h_pbmte = v[1];
    } else if (strcmp(what, "debug") == 0 && hex(r, 2, 1, (const uint8_t[]){1}, v)) {
        csr->debug = v[0];
    } else if (strcmp(what, "mmpt") == 0 && hex(r, 2, 4, mmpt_width, w)) {
        csr->mmpt = mmpt_of(w);
        r->s->mpt = true;
    } else if (strcmp(what, "mbmc") == 0 && hex(r, 2, 1, (const uint8_t[]){64}, v)) {
        csr->mbmc = mbmc_decode(v[0]);
    } else {
        return bad(r, "unknown or malformed init line");
    }
    return NULL;
}

static const char *read_mem(struct reader *r)
{
    uint64_t v[2];
    if (!hex(r, 1, 2, (const uint8_t[]){48, 64}, v))
        return bad(r, "expected `mem ADDRESS WORD` in hex");
    if (v[0] & 7)
        return bad(r, "address is not a multiple of 8");
    if (++r->memory > STIM_MAX_ITEMS)
        return bad(r, "more than 8000000 memory words");
    return phys_write(r->s->mem, v[0], v[1]) ? NULL : bad(r, "out of memory");
}

static const char *read_header(struct reader *r)
{
    const char *key = r->word[0];
    if (strcmp(key, "name") == 0) {
        if (r->words != 2 || strlen(r->word[1]) >= sizeof r->s->name)
            return bad(r, "expected `name NAME`");
        strcpy(r->s->name, r->word[1]);
        return NULL;
    }
    if (strcmp(key, "timing") == 0)
        return read_timing(r);
    if (strcmp(key, "aready") == 0)
        return read_aready(r);
    if (strcmp(key, "l2") == 0)
        return read_l2(r);
    if (strcmp(key, "init") == 0)
        return read_init(r);
    if (strcmp(key, "mem") == 0)
        return read_mem(r);
    if (strcmp(key, "end") == 0) {
        if (r->words != 2 || !number(r->word[1], 10, UINT64_C(1) << 40, &r->s->end) ||
            !r->s->end)
            return bad(r, "expected `end CYCLES`, at least 1");
        r->end = true;
        return NULL;
    }
    if (strcmp(key, "run") == 0 && r->words == 1) {
        if (!r->timing || !r->end)
            return bad(r, "`run` before `timing` and `end`");
        r->run = true;
        return NULL;
    }
    return bad(r, "unknown header line");
}

// --- events ------------------------------------------------------------------------------------

static bool read_atp(struct reader *r, struct stim_event *e)
{
    static const char *const names[] = {"satp", "vsatp", "hgatp"};
    uint64_t v[4];
    for (unsigned k = 0; k < 3; k++) {
        if (strcmp(r->word[1], names[k]) != 0)
            continue;
        if (!hex(r, 2, 4, (const uint8_t[]){4, 16, 44, 1}, v))
            return false;
        e->kind = STIM_SATP + k;
        e->u.atp = (struct atp){
            .mode = (uint8_t)v[0], .id = (uint16_t)v[1], .ppn = v[2], .changed = v[3]};
        return true;
    }
    return false;
}

// Kinds whose arguments are two words or flags.
static bool read_simple(struct reader *r, struct stim_event *e)
{
    static const struct {
        const char *name;
        enum stim_kind kind;
        uint8_t n, width[2];
    } rows[] = {
        {"priv", STIM_PRIV, 2, {1, 1}},   {"pbmte", STIM_PBMTE, 2, {1, 1}},
        {"wfi", STIM_WFI, 1, {1}},        {"rready", STIM_RREADY, 1, {1}},
        {"pmp", STIM_PMP, 2, {12, 64}},   {"memw", STIM_MEMW, 2, {48, 64}},
        {"mbmc", STIM_MBMC, 1, {64}},     {"debug", STIM_DEBUG, 1, {1}},
    };
    for (size_t k = 0; k < sizeof rows / sizeof rows[0]; k++) {
        uint64_t v[2] = {0};
        if (strcmp(r->word[1], rows[k].name) != 0)
            continue;
        if (!hex(r, 2, rows[k].n, rows[k].width, v))
            return false;
        e->kind = rows[k].kind;
        if (rows[k].kind == STIM_MBMC) {
            e->u.w.data = v[0];
        } else if (rows[k].width[1] > 1) {
            e->u.w.addr = v[0];
            e->u.w.data = v[1];
            return rows[k].kind != STIM_MEMW || !(v[0] & 7);
        } else {
            e->u.flag.a = v[0];
            e->u.flag.b = v[1];
        }
        return true;
    }
    return false;
}

static bool read_req(struct reader *r, struct stim_event *e)
{
    uint64_t v[4] = {0};
    unsigned n = r->words == 6 ? 4 : 3; // the fourth may be absent
    if (strcmp(r->word[1], "req") != 0 || !hex(r, 2, n, (const uint8_t[]){1, 38, 2, 1}, v))
        return false;
    e->kind = STIM_REQ;
    e->u.req.port = (uint8_t)v[0];
    e->u.req.vpn = v[1];
    e->u.req.s2xlate = (uint8_t)v[2];
    e->u.req.mpt_only = v[3];
    r->s->mpt |= e->u.req.mpt_only;
    return true;
}

static bool read_mmpt(struct reader *r, struct stim_event *e)
{
    uint64_t v[5];
    if (strcmp(r->word[1], "mmpt") != 0 || !hex(r, 2, 5, mmpt_width, v))
        return false;
    e->kind = STIM_MMPT;
    e->u.mmpt = mmpt_of(v);
    e->u.mmpt.changed = v[4];
    r->s->mpt = true;
    return true;
}

static bool read_sfence(struct reader *r, struct stim_event *e)
{
    uint64_t v[7] = {0};
    unsigned n = r->words == 9 ? 7 : 6; // the seventh may be absent
    if (strcmp(r->word[1], "sf") != 0 || !hex(r, 2, n, (const uint8_t[]){1, 1, 50, 16, 1, 1, 1}, v))
        return false;
    e->kind = STIM_SFENCE;
    e->u.sfence = (struct sfence){.valid = true,
                                  .rs1 = v[0],
                                  .rs2 = v[1],
                                  .addr = v[2],
                                  .id = (uint16_t)v[3],
                                  .hv = v[4],
                                  .hg = v[5],
                                  .mfence = v[6],
                                  .flush_pipe = true};
    r->s->mpt |= e->u.sfence.mfence;
    return true;
}

static const char *read_event(struct reader *r)
{
    struct stim *s = r->s;
    struct stim_event e;
    memset(&e, 0, sizeof e);
    if (r->word[0][0] != '@' || !number(r->word[0] + 1, 10, UINT64_C(1) << 40, &e.cycle) ||
        r->words < 3)
        return bad(r, "expected `@CYCLE KIND ARGUMENTS`");
    if (!read_req(r, &e) && !read_mmpt(r, &e) && !read_sfence(r, &e) && !read_atp(r, &e) && !read_simple(r, &e))
        return bad(r, "unknown event or malformed arguments");
    if (s->events && s->event[s->events - 1].cycle > e.cycle)
        return bad(r, "events are not sorted by cycle");
    if (s->events >= STIM_MAX_ITEMS)
        return bad(r, "more than 8000000 events");
    if (s->events == r->room) {
        size_t room = r->room ? 2 * r->room : 1024;
        struct stim_event *more = realloc(s->event, room * sizeof *more);
        if (!more)
            return bad(r, "out of memory");
        s->event = more;
        r->room = room;
    }
    s->event[s->events++] = e;
    return NULL;
}

static const char *read_line(struct reader *r, char *line)
{
    r->words = line[0] == '#' ? 0 : split(line, r->word);
    if (r->words == 0)
        return NULL;
    if (r->words > MAX_WORDS)
        return bad(r, "too many words");
    if (!r->begun) {
        r->begun = true;
        bool ok = r->words == 2 && strcmp(r->word[0], "L2TLBSTIM") == 0 &&
                  strcmp(r->word[1], "1") == 0;
        return ok ? NULL : bad(r, "not an L2TLBSTIM 1 file");
    }
    return r->run ? read_event(r) : read_header(r);
}

static const char *read_all(struct reader *r)
{
    const char *err = NULL;
    char *line;
    size_t n;
    while (!err && (line = source_line(r->in, &n)))
        err = read_line(r, line);
    if (!err && source_error(r->in))
        err = bad(r, source_error(r->in));
    return err || r->run ? err : bad(r, "no `run` line");
}

const char *stim_load(struct stim *s, const char *path, char *msg, size_t msg_size)
{
    struct source *in = source_open(path, msg, msg_size);
    return in ? stim_read(s, in, msg, msg_size) : msg;
}

const char *stim_read(struct stim *s, struct source *in, char *msg, size_t msg_size)
{
    *s = (struct stim){.mem = phys_new()};
    struct reader r = {.s = s, .in = in, .msg = msg, .msg_size = msg_size};
    const char *err = s->mem ? read_all(&r) : bad(&r, "out of memory");
    source_close(in);
    if (err)
        stim_free(s);
    return err;
}

void stim_free(struct stim *s)
{
    phys_free(s->mem);
    free(s->event);
    memset(s, 0, sizeof *s);
}

// --- writing -----------------------------------------------------------------------------------

static void save_word(uint64_t addr, uint64_t word, void *ctx)
{
    fprintf(ctx, "mem %" PRIx64 " %" PRIx64 "\n", addr, word);
}

static void save_atp(FILE *f, const char *name, const struct atp *a)
{
    fprintf(f, "init %s %x %x %" PRIx64 "\n", name, a->mode, a->id, a->ppn);
}

static uint64_t mbmc_encode(const struct mbmc *m)
{
    return m->bma << 6 | (uint64_t)m->keyiden << 3 | (uint64_t)m->bme << 2 |
           (uint64_t)m->bclear << 1 | m->cmode;
}

static void save_mmpt(FILE *f, const struct mmpt *m)
{
    fprintf(f, "mmpt %x %x %" PRIx64 " %d", m->mode, m->sdid, m->ppn, m->opt_out_in_node);
}

static void save_header(const struct stim *s, FILE *f)
{
    const struct tl_timing *t = &s->timing;
    const struct tlb_csr *c = &s->init;
    fprintf(f, "L2TLBSTIM 1\nname %s\n", s->name[0] ? s->name : "unnamed");
    fprintf(f, "timing lat=%" PRIu64 " span=%" PRIu64 " seed=%" PRIu64 " gap=%" PRIu64 "\n",
            t->lat, t->span, t->seed, t->gap);
    if (t->aready == AREADY_PATTERN)
        fprintf(f, "aready pattern %u %" PRIx64 "\n", t->period, t->mask);
    else if (t->aready == AREADY_HASH)
        fprintf(f, "aready hash %u\n", t->threshold);
    else
        fprintf(f, "aready always\n");
    if (t->l2_sets)
        fprintf(f, "l2 sets=%u ways=%u hit_lat=%" PRIu64 "\n", t->l2_sets, t->l2_ways, t->hit_lat);
    save_atp(f, "satp", &c->satp);
    save_atp(f, "vsatp", &c->vsatp);
    save_atp(f, "hgatp", &c->hgatp);
    fprintf(f, "init priv %d %d\ninit pbmte %d %d\n", c->mxr, c->virt, c->m_pbmte, c->h_pbmte);
    if (mbmc_encode(&c->mbmc))
        fprintf(f, "init mbmc %" PRIx64 "\n", mbmc_encode(&c->mbmc));
    if (c->mmpt.mode || c->mmpt.sdid || c->mmpt.ppn || c->mmpt.opt_out_in_node) {
        fprintf(f, "init ");
        save_mmpt(f, &c->mmpt);
        fprintf(f, "\n");
    }
    if (c->debug)
        fprintf(f, "init debug 1\n");
    fprintf(f, "end %" PRIu64 "\n", s->end);
    phys_each(s->mem, save_word, f);
    fprintf(f, "run\n");
}

static void save_event(const struct stim_event *e, FILE *f)
{
    static const char *const atp[] = {"satp", "vsatp", "hgatp"};
    const struct sfence *sf = &e->u.sfence;
    fprintf(f, "@%" PRIu64 " ", e->cycle);
    switch (e->kind) {
    case STIM_REQ:
        fprintf(f, "req %u %" PRIx64 " %u%s\n", e->u.req.port, e->u.req.vpn, e->u.req.s2xlate,
                e->u.req.mpt_only ? " 1" : "");
        break;
    case STIM_SFENCE:
        fprintf(f, "sf %d %d %" PRIx64 " %x %d %d%s\n", sf->rs1, sf->rs2, sf->addr, sf->id, sf->hv,
                sf->hg, sf->mfence ? " 1" : "");
        break;
    case STIM_SATP:
    case STIM_VSATP:
    case STIM_HGATP:
        fprintf(f, "%s %x %x %" PRIx64 " %d\n", atp[e->kind - STIM_SATP], e->u.atp.mode,
                e->u.atp.id, e->u.atp.ppn, e->u.atp.changed);
        break;
    case STIM_PRIV:
    case STIM_PBMTE:
        fprintf(f, "%s %d %d\n", e->kind == STIM_PRIV ? "priv" : "pbmte", e->u.flag.a,
                e->u.flag.b);
        break;
    case STIM_WFI:
    case STIM_RREADY:
    case STIM_DEBUG:
        fprintf(f, "%s %d\n",
                e->kind == STIM_WFI      ? "wfi"
                : e->kind == STIM_RREADY ? "rready"
                                         : "debug",
                e->u.flag.a);
        break;
    case STIM_MMPT:
        save_mmpt(f, &e->u.mmpt);
        fprintf(f, " %d\n", e->u.mmpt.changed);
        break;
    case STIM_MBMC:
        fprintf(f, "mbmc %" PRIx64 "\n", e->u.w.data);
        break;
    case STIM_PMP:
    case STIM_MEMW:
        fprintf(f, "%s %" PRIx64 " %" PRIx64 "\n", e->kind == STIM_PMP ? "pmp" : "memw",
                e->u.w.addr, e->u.w.data);
        break;
    }
}

bool stim_save(const struct stim *s, const char *path)
{
    char msg[512];
    struct output *o = output_open(path, msg, sizeof msg);
    if (!o)
        return false;
    save_header(s, output_stream(o));
    for (size_t i = 0; i < s->events; i++)
        save_event(&s->event[i], output_stream(o));
    return output_close(o, msg, sizeof msg);
}
