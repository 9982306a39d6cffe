// SPDX-License-Identifier: MulanPSL-2.0
// Replays a recording (docs/recordings.md) with the public interface and a memory of its own, as a user would:
//
//   recording PRESET REVISION < STIM > LINES
//
// prints what the recording prints, line by line, so that `cmp` compares every handshake and the counters. With a
// third argument, the machine is thrown away and restored from its saved state every so many cycles.
#include <l2tlb/l2tlb.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PRI PRIx64
enum { EVENTS = 200000, IDS = 32 };

struct event {
    uint64_t cycle, v[6];
    char kind[12];
};

struct read {
    uint64_t ready, order, line[8];
    int waits;
};

static struct event event[EVENTS];
static size_t events;
static l2tlb_memory *words;
static uint64_t lat, span, seed, gap, end;
static char aready[12];
static uint64_t aready_a, aready_b;
static struct l2tlb_inputs in;
static struct l2tlb_outputs out;
static struct read wait_for[IDS];
static uint64_t orders, second_at;
static int second = -1;

static void die(const char *what)
{
    fprintf(stderr, "recording: %s\n", what);
    exit(2);
}

static void ok(int status)
{
    if (status)
        die(l2tlb_status_text(status));
}

static uint64_t mix(uint64_t x)
{
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}
#define K UINT64_C(0x9e3779b97f4a7c15)

// --- the file -----------------------------------------------------------------------------------

static struct l2tlb_atp *atp_of(const char *name)
{
    return !strcmp(name, "satp") ? &in.csr.satp : !strcmp(name, "vsatp") ? &in.csr.vsatp : &in.csr.hgatp;
}

static void set_atp(const char *name, const uint64_t v[4])
{
    struct l2tlb_atp *a = atp_of(name);
    a->mode = (uint8_t)v[0];
    a->id = (uint16_t)v[1];
    a->ppn = v[2];
    a->changed = (uint8_t)v[3];
}

static void set_mbmc(uint64_t v)
{
    in.csr.mbmc.bma = v >> 6;
    in.csr.mbmc.keyiden = v >> 3 & 1;
    in.csr.mbmc.bme = v >> 2 & 1;
    in.csr.mbmc.bclear = v >> 1 & 1;
    in.csr.mbmc.cmode = v & 1;
}

// Registers, the same in the header and as events.
static int set_level(const char *kind, const uint64_t v[4])
{
    if (strstr(kind, "atp"))
        set_atp(kind, v);
    else if (!strcmp(kind, "priv"))
        in.csr.mxr = (uint8_t)v[0], in.csr.virt = (uint8_t)v[1];
    else if (!strcmp(kind, "pbmte"))
        in.csr.m_pbmte = (uint8_t)v[0], in.csr.h_pbmte = (uint8_t)v[1];
    else if (!strcmp(kind, "mbmc"))
        set_mbmc(v[0]);
    else if (!strcmp(kind, "debug"))
        in.csr.debug = (uint8_t)v[0];
    else
        return 0;
    return 1;
}

static void header(const char *line)
{
    char kind[16];
    uint64_t v[4] = {0};
    if (sscanf(line, "timing lat=%" SCNu64 " span=%" SCNu64 " seed=%" SCNu64 " gap=%" SCNu64, &lat, &span, &seed, &gap) ==
        4)
        return;
    if (sscanf(line, "end %" SCNu64, &end) == 1)
        return;
    if (sscanf(line, "mem %" SCNx64 " %" SCNx64, &v[0], &v[1]) == 2)
        ok(l2tlb_memory_write(words, v[0], &v[1], 1));
    else if (sscanf(line, "init %15s %" SCNx64 " %" SCNx64 " %" SCNx64, kind, &v[0], &v[1], &v[2]) > 1)
        set_level(kind, v);
    else if (sscanf(line, "aready pattern %" SCNu64 " %" SCNx64, &aready_a, &aready_b) == 2)
        strcpy(aready, "pattern");
    else if (sscanf(line, "aready hash %" SCNu64, &aready_a) == 1)
        strcpy(aready, "hash");
}

static void read_stimulus(void)
{
    char line[1024];
    int running = 0;
    while (fgets(line, sizeof line, stdin)) {
        struct event *e = &event[events];
        if (line[0] == '#' || line[0] == '\n')
            continue;
        if (!running) {
            header(line);
            running = !strcmp(line, "run\n");
            continue;
        }
        if (sscanf(line, "@%" SCNu64 " %11s %" SCNx64 " %" SCNx64 " %" SCNx64 " %" SCNx64 " %" SCNx64 " %" SCNx64, &e->cycle,
                   e->kind, &e->v[0], &e->v[1], &e->v[2], &e->v[3], &e->v[4], &e->v[5]) < 3 ||
            ++events == EVENTS)
            die(line);
    }
}

// --- memory -------------------------------------------------------------------------------------

static int a_ready(uint64_t cycle)
{
    if (!strcmp(aready, "pattern"))
        return aready_b >> cycle % aready_a & 1;
    return strcmp(aready, "hash") || (mix(cycle * K + seed) & 255) < aready_a;
}

static void accept_read(uint64_t cycle)
{
    struct read *r = &wait_for[out.a_source];
    r->waits = 1;
    r->order = orders++;
    r->ready = cycle + lat + (span ? mix((out.a_address >> 6) * K + seed) % span : 0);
    ok(l2tlb_memory_read(words, out.a_address, r->line, 8));
}

// The beat of this cycle. Prints nothing; the first beat of a line remembers when the second one comes.
static int drive_beat(uint64_t cycle)
{
    int id = second, beat = second >= 0;
    in.d.valid = 0;
    if (second >= 0 && cycle < second_at)
        return -1;
    for (int i = 0; !beat && i < IDS; i++)
        if (wait_for[i].waits && wait_for[i].ready <= cycle &&
            (id < 0 || wait_for[i].ready < wait_for[id].ready ||
             (wait_for[i].ready == wait_for[id].ready && wait_for[i].order < wait_for[id].order)))
            id = i;
    if (id < 0)
        return -1;
    in.d.valid = 1;
    in.d.source = (uint8_t)id;
    memcpy(in.d.data, wait_for[id].line + 4 * beat, sizeof in.d.data);
    wait_for[id].waits = 0;
    second = beat ? -1 : id;
    second_at = cycle + gap;
    return beat;
}

// --- a cycle ------------------------------------------------------------------------------------

static void apply(const struct event *e)
{
    const uint64_t *v = e->v;
    if (set_level(e->kind, v))
        return;
    if (!strcmp(e->kind, "sf"))
        in.fence = (struct l2tlb_fence){.valid = 1, .rs1 = (uint8_t)v[0], .rs2 = (uint8_t)v[1], .addr = v[2],
                                        .id = (uint16_t)v[3], .hv = (uint8_t)v[4], .hg = (uint8_t)v[5]};
    else if (!strcmp(e->kind, "pmp"))
        in.csr_write = (struct l2tlb_csr_write){.valid = 1, .addr = (uint16_t)v[0], .data = v[1]};
    else if (!strcmp(e->kind, "memw"))
        ok(l2tlb_memory_write(words, v[0], &v[1], 1));
    else if (!strcmp(e->kind, "wfi"))
        in.wfi_req = (uint8_t)v[0];
    else if (!strcmp(e->kind, "rready"))
        in.resp_ready[0] = (uint8_t)v[0];
    else if (strcmp(e->kind, "req") != 0)
        die(e->kind);
}

static void drive_control(uint64_t cycle, size_t *next)
{
    uint8_t virt = in.csr.virt;
    in.fence.valid = in.csr_write.valid = 0;
    in.csr.satp.changed = in.csr.vsatp.changed = in.csr.hgatp.changed = in.csr.mbmc.bclear = 0;
    for (; *next < events && event[*next].cycle <= cycle; ++*next)
        apply(&event[*next]);
    in.csr.virt_changed = in.csr.virt != virt;
}

static size_t next_request(unsigned port, size_t from)
{
    while (from < events && (strcmp(event[from].kind, "req") != 0 || event[from].v[0] != port))
        from++;
    return from;
}

static void print_answer(uint64_t cycle, unsigned p)
{
    const struct l2tlb_stage1 *a = &out.resp[p].s1;
    const struct l2tlb_stage2 *b = &out.resp[p].s2;
    if (!in.resp_ready[p]) {
        printf("W %" PRIu64 " %u\n", cycle, p);
        return;
    }
    printf("R %" PRIu64 " %u %x %" PRI " %x %x %x %x %x %x %x %" PRI " %x ", cycle, p, out.resp[p].s2xlate, a->tag, a->asid,
           a->vmid, a->n, a->pbmt, a->perm, a->level, a->v, a->ppn, a->addr_low);
    for (int i = 0; i < 8; i++)
        putchar('0' + a->ppn_low[i]);
    for (int m = 0; m < 2; m++) {
        putchar(' ');
        for (int i = 0; i < 8; i++)
            putchar('0' + ((m ? a->pteidx : a->valididx) >> i & 1));
    }
    printf(" %x %x %" PRI " %x %x %x %" PRI " %x %x %x %x\n", a->pf, a->af, b->tag, b->vmid, b->n, b->pbmt, b->ppn, b->perm,
           b->level, b->gpf, b->gaf);
}

// Throws the machine away and goes on with another one in its saved state.
static void change(l2tlb_machine **m, l2tlb_config *c)
{
    size_t n = l2tlb_machine_state_size(*m);
    char *state = malloc(n + 1);
    if (!state)
        die("out of memory");
    ok(l2tlb_machine_save(*m, state + 1, n)); // anywhere, aligned or not
    l2tlb_machine_free(*m);
    ok(l2tlb_machine_new(c, m));
    ok(l2tlb_machine_restore(*m, state + 1, n));
    free(state);
}

int main(int argc, char **argv)
{
    l2tlb_config *c;
    l2tlb_machine *m;
    size_t next = 0, at[2], taken[2] = {0, 0};
    uint64_t answers[2] = {0, 0}, reads = 0, sums[L2TLB_COUNTERS], every = argc > 3 ? strtoull(argv[3], NULL, 10) : 0;
    int safe = -1, wfi = argc > 2 && strcmp(argv[2], "2025-05") != 0; // the port is of later revisions
    if (argc < 3)
        die("usage: recording PRESET REVISION [CYCLES]");
    ok(l2tlb_memory_new(&words));
    l2tlb_inputs_init(&in);
    out.size = sizeof out;
    read_stimulus();
    ok(l2tlb_cfg_new(argv[1], &c));
    ok(l2tlb_cfg_set(c, "revision", argv[2]));
    ok(l2tlb_machine_new(c, &m));
    ok(l2tlb_machine_reset(m, &in.csr));
    at[0] = next_request(0, 0);
    at[1] = next_request(1, 0);
    for (uint64_t cycle = 0; cycle < end; cycle++) {
        if (every && cycle % every == every - 1)
            change(&m, c);
        drive_control(cycle, &next);
        for (unsigned p = 0; p < 2; p++) {
            const struct event *e = &event[at[p]];
            in.req[p].valid = at[p] < events && e->cycle <= cycle;
            if (in.req[p].valid)
                in.req[p] = (struct l2tlb_request){
                    .valid = 1, .vpn = e->v[1], .s2xlate = (uint8_t)e->v[2], .tag = (uint32_t)at[p]};
        }
        in.a_ready = (uint8_t)a_ready(cycle);
        int beat = drive_beat(cycle);
        if (l2tlb_machine_settle(m, &in, &out))
            die(l2tlb_machine_message(m));
        for (unsigned p = 0; p < 2; p++) {
            if (!in.req[p].valid || !out.req_ready[p])
                continue;
            printf("Q %" PRIu64 " %u %zu %" PRI " %x\n", cycle, p, taken[p]++, in.req[p].vpn, in.req[p].s2xlate);
            at[p] = next_request(p, at[p] + 1);
        }
        if (beat >= 0)
            printf("D %" PRIu64 " %u %d\n", cycle, in.d.source, beat);
        if (out.a_valid && in.a_ready) {
            printf("A %" PRIu64 " %u %" PRI "\n", cycle, out.a_source, out.a_address);
            accept_read(cycle);
            reads++;
        }
        for (unsigned p = 0; p < 2; p++) {
            if (out.resp_valid[p])
                print_answer(cycle, p);
            answers[p] += out.resp_valid[p] && in.resp_ready[p];
        }
        if (wfi && out.wfi_safe != safe)
            printf("S %" PRIu64 " %d\n", cycle, safe = out.wfi_safe);
        ok(l2tlb_machine_tick(m));
    }
    ok(l2tlb_machine_counters(m, sums, L2TLB_COUNTERS));
    printf("P");
    for (int i = 0; i < L2TLB_COUNTERS; i++)
        printf(" %" PRIu64, sums[i]);
    printf("\nE %" PRIu64 " %zu %" PRIu64 " %zu %" PRIu64 " %" PRIu64 "\n", end, taken[0], answers[0], taken[1], answers[1],
           reads);
    l2tlb_machine_free(m);
    l2tlb_cfg_free(c);
    l2tlb_memory_free(words);
    return 0;
}
