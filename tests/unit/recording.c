// SPDX-License-Identifier: MulanPSL-2.0
#include "tests/unit/recording.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

const char *shared_dir(void)
{
    const char *d = getenv("L2TLB_SHARED");
    return d ? d : "../shared";
}

struct event {
    uint64_t cycle; // in which the machine sees it
    unsigned order;
    char text[80];
};

struct events {
    struct event *e;
    size_t n, room;
};

static bool add_event(struct events *ev, uint64_t cycle, const char *text)
{
    if (ev->n == ev->room) {
        size_t room = ev->room ? 2 * ev->room : 256;
        struct event *e = realloc(ev->e, room * sizeof *e);
        if (!e)
            return false;
        ev->e = e;
        ev->room = room;
    }
    struct event *e = &ev->e[ev->n];
    *e = (struct event){.cycle = cycle, .order = (unsigned)ev->n++};
    snprintf(e->text, sizeof e->text, "%s", text);
    return true;
}

static int by_cycle(const void *a, const void *b)
{
    const struct event *x = a, *y = b;
    if (x->cycle != y->cycle)
        return x->cycle < y->cycle ? -1 : 1;
    return x->order < y->order ? -1 : x->order > y->order;
}

// CSRs and fences act two cycles after the port, PMP writes too (spec A 0.8); memory at once.
static bool event_line(struct events *ev, char *line)
{
    char *end;
    uint64_t cycle = strtoull(line + 1, &end, 10);
    if (*end != ' ')
        return false;
    const char *text = end + 1;
    if (!strncmp(text, "req ", 4) || !strncmp(text, "rready ", 7) || !strncmp(text, "wfi ", 4))
        return true;
    return add_event(ev, cycle + (strncmp(text, "memw ", 5) ? 2 : 0), text);
}

static bool set_csr(struct tlb_csr *c, const char *text)
{
    unsigned long a, b;
    unsigned long long v[5] = {0};
    char name[16];
    int n = sscanf(text, "%15s %llx %llx %llx %llx %llx", name, &v[0], &v[1], &v[2], &v[3], &v[4]);
    struct atp *atp = n < 2                       ? NULL
                      : !strcmp(name, "satp")  ? &c->satp
                      : !strcmp(name, "vsatp") ? &c->vsatp
                      : !strcmp(name, "hgatp") ? &c->hgatp
                                               : NULL;
    if (atp) {
        *atp = (struct atp){.mode = (uint8_t)v[0], .id = (uint16_t)v[1], .ppn = v[2]};
        return n >= 4;
    }
    a = (unsigned long)v[0];
    b = (unsigned long)v[1];
    if (n == 3 && !strcmp(name, "priv")) {
        c->mxr = a;
        c->virt = b;
        return true;
    }
    if (n == 3 && !strcmp(name, "pbmte")) {
        c->m_pbmte = a;
        c->h_pbmte = b;
        return true;
    }
    if (n >= 5 && !strcmp(name, "mmpt")) { // mode, sdid, ppn, optOutInNode; in an event then `changed`
        c->mmpt = (struct mmpt){.mode = (uint8_t)v[0], .sdid = (uint8_t)v[1], .ppn = v[2],
                                .opt_out_in_node = v[3], .changed = n == 6 && v[4]};
        return true;
    }
    if (n == 2 && !strcmp(name, "mbmc")) {
        c->mbmc = (struct mbmc){.bma = v[0] >> 6, .bme = v[0] >> 2 & 1, .cmode = v[0] & 1,
                                .bclear = v[0] >> 1 & 1, .keyiden = v[0] >> 3 & 1};
        return true;
    }
    return false;
}

static bool header_line(struct recording *r, const char *line)
{
    unsigned long long a, w;
    if (sscanf(line, "mem %llx %llx", &a, &w) == 2)
        return phys_write(r->mem, a, w);
    if (!strncmp(line, "init ", 5))
        return set_csr(&r->csr, line + 5);
    return true;
}

static bool read_stim(struct recording *r, struct events *ev, const char *path)
{
    gzFile f = gzopen(path, "rb");
    char line[256];
    bool good = f != NULL;
    while (good && gzgets(f, line, sizeof line)) {
        line[strcspn(line, "\n")] = 0;
        good = line[0] == '@' ? event_line(ev, line) : header_line(r, line);
    }
    if (f)
        gzclose(f);
    if (good && ev->n)
        qsort(ev->e, ev->n, sizeof *ev->e, by_cycle);
    return good;
}

static bool apply(struct recording *r, const struct event *ev)
{
    const char *text = ev->text;
    unsigned long long v[7] = {0};
    if (sscanf(text, "memw %llx %llx", &v[0], &v[1]) == 2)
        return phys_write(r->mem, v[0], v[1]);
    if (sscanf(text, "pmp %llx %llx", &v[0], &v[1]) == 2) {
        uint64_t before = r->pmp.generation;
        pmp_write(&r->pmp, (unsigned)v[0], v[1]);
        if (before != r->pmp.generation)
            oracle_track_pmp(r->track);
        return true;
    }
    if (sscanf(text, "sf %llx %llx %llx %llx %llx %llx %llx", &v[0], &v[1], &v[2], &v[3], &v[4], &v[5],
               &v[6]) >= 6) {
        struct sfence s = {.rs1 = v[0], .rs2 = v[1], .addr = v[2], .id = (uint16_t)v[3],
                           .hv = v[4], .hg = v[5], .mfence = v[6], .valid = true};
        oracle_track_fence(r->track, &s);
        return true;
    }
    bool good = set_csr(&r->csr, text);
    oracle_track_csr(r->track, &r->csr, ev->cycle);
    r->csr.mbmc.bclear = r->csr.mmpt.changed = false; // pulses
    return good;
}

static unsigned mask_of(const char *digits)
{
    unsigned m = 0;
    for (unsigned i = 0; i < 8 && digits[i]; i++)
        m |= (unsigned)(digits[i] == '1') << i;
    return m;
}

static bool answer_line(const char *line, struct recorded_answer *a)
{
    char low[16], valid[16], idx[16];
    unsigned long long c, u[22];
    int n = sscanf(line, "R %llu %llu %llx %llx %llx %llx %llx %llx %llx %llx %llx %llx %llx %15s "
                         "%15s %15s %llx %llx %llx %llx %llx %llx %llx %llx %llx %llx %llx",
                   &c, &u[0], &u[1], &u[2], &u[3], &u[4], &u[5], &u[6], &u[7], &u[8], &u[9], &u[10],
                   &u[11], low, valid, idx, &u[12], &u[13], &u[14], &u[15], &u[16], &u[17], &u[18],
                   &u[19], &u[20], &u[21], (unsigned long long[1]){0});
    if (n != 26 && n != 27)
        return false;
    *a = (struct recorded_answer){.cycle = c, .port = (unsigned)u[0]};
    a->resp.s2xlate = (uint8_t)u[1];
    a->resp.s1 = (struct sector_resp){
        .tag = u[2], .asid = (uint16_t)u[3], .vmid = (uint16_t)u[4], .n = (uint8_t)u[5],
        .pbmt = (uint8_t)u[6], .perm = (uint8_t)u[7], .level = (uint8_t)u[8], .v = (uint8_t)u[9],
        .ppn = u[10], .addr_low = (uint8_t)u[11], .valididx = (uint8_t)mask_of(valid),
        .pteidx = (uint8_t)mask_of(idx), .pf = (uint8_t)u[12], .af = (uint8_t)u[13],
    };
    for (unsigned i = 0; i < 8 && low[i]; i++)
        a->resp.s1.ppn_low[i] = (uint8_t)(low[i] - '0');
    // tag vmid n pbmt ppn perm level gpf gaf
    unsigned long long s2[9] = {0};
    const char *p = line;
    for (unsigned i = 0; i < 19 && p; i++)
        p = strchr(p + 1, ' ');
    if (!p || sscanf(p, "%llx %llx %llx %llx %llx %llx %llx %llx %llx", &s2[0], &s2[1], &s2[2],
                     &s2[3], &s2[4], &s2[5], &s2[6], &s2[7], &s2[8]) != 9)
        return false;
    a->resp.s2 = (struct hptw_resp){
        .tag = s2[0], .vmid = (uint16_t)s2[1], .n = (uint8_t)s2[2], .pbmt = (uint8_t)s2[3],
        .ppn = s2[4], .perm = (uint8_t)s2[5], .level = (uint8_t)s2[6], .gpf = (uint8_t)s2[7],
        .gaf = (uint8_t)s2[8],
    };
    a->vpn = a->resp.s1.tag << 3 | a->resp.s1.addr_low;
    // Of a build with MPT, at the end: mptOnly accessFault mptPerm mptLevel contiguous napot
    unsigned long long m[6];
    for (unsigned i = 0; i < 9 && p; i++)
        p = strchr(p + 1, ' ');
    if (p && sscanf(p, "%llx %llx %llx %llx %llx %llx", &m[0], &m[1], &m[2], &m[3], &m[4], &m[5]) == 6)
        a->resp.mpt = (struct mpt_perm){.mpt_only = m[0], .access_fault = m[1], .right = (uint8_t)m[2],
                                        .level = (uint8_t)m[3], .contiguous = m[4], .napot = m[5]};
    return true;
}

// Requests under way; those of a flush stay until their place is taken.
enum { ASKED = 256 };
struct asked {
    uint64_t cycle, vpn;
    unsigned port, s2xlate;
    bool open;
};

static void ask(struct recording *r, struct asked *ring, const char *line)
{
    struct asked q = {.open = true};
    if (sscanf(line, "Q %" SCNu64 " %u %*u %" SCNx64 " %x", &q.cycle, &q.port, &q.vpn, &q.s2xlate) != 4)
        return;
    ring[r->requests++ % ASKED] = q;
    oracle_track_request(r->track, q.s2xlate);
}

// When was this answer's request accepted? The oldest that fits; 0: none is known.
static uint64_t accepted(const struct recording *r, struct asked *ring, const struct recorded_answer *a)
{
    for (unsigned i = 0; i < ASKED; i++) {
        struct asked *q = &ring[(r->requests + i) % ASKED];
        if (q->open && q->port == a->port && q->vpn == a->vpn && q->s2xlate == a->resp.s2xlate) {
            q->open = false;
            return q->cycle;
        }
    }
    return 0;
}

static const char *run_gold(struct recording *r, const struct events *ev, const char *path,
                            void (*fn)(struct recording *, const struct recorded_answer *, void *),
                            void *ctx)
{
    gzFile f = gzopen(path, "rb");
    char line[512];
    size_t next = 0;
    struct asked ring[ASKED] = {{0}};
    const char *why = f ? NULL : "gold file cannot be read";
    while (!why && gzgets(f, line, sizeof line)) {
        if (line[0] != 'R' && line[0] != 'Q')
            continue;
        uint64_t cycle = strtoull(line + 2, NULL, 10);
        for (; next < ev->n && ev->e[next].cycle <= cycle; next++)
            if (!apply(r, &ev->e[next]))
                why = "unknown event in the stimulus";
        if (line[0] == 'Q')
            ask(r, ring, line);
        struct recorded_answer a;
        if (line[0] == 'R' && !answer_line(line, &a))
            why = "malformed R line";
        if (!why && line[0] == 'R') {
            r->answers++;
            a.accepted = accepted(r, ring, &a);
            fn(r, &a, ctx);
        }
    }
    if (f)
        gzclose(f);
    return why;
}

const char *recording_run(const char *stim, const char *gold, const char *preset,
                          const char *revision,
                          void (*fn)(struct recording *, const struct recorded_answer *, void *),
                          void *ctx)
{
    static char msg[256];
    struct recording r = {.mem = phys_new()};
    struct events ev = {0};
    const char *why = r.mem ? NULL : "out of memory";
    if (!why && !cfg_preset(&r.cfg, preset))
        why = "unknown preset";
    if (!why && revision)
        why = cfg_set(&r.cfg, "revision", revision, msg, sizeof msg);
    if (!why)
        why = cfg_finish(&r.cfg, msg, sizeof msg);
    if (!why) {
        pmp_reset(&r.pmp, &r.cfg);
        why = read_stim(&r, &ev, stim) ? NULL : "stimulus cannot be read";
    }
    if (!why) {
        r.track = oracle_track_new(&r.csr);
        phys_watch(r.mem, oracle_track_watch, r.track);
        why = r.track ? run_gold(&r, &ev, gold, fn, ctx) : "out of memory";
    }
    oracle_track_free(r.track);
    free(ev.e);
    phys_free(r.mem);
    return why;
}
