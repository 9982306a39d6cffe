// SPDX-License-Identifier: MulanPSL-2.0
// Checks that count, the world, the stimulus.
#define _POSIX_C_SOURCE 200809L // fdopen, mkstemp
#include "api.h"

unsigned api_passed, api_failed;

void api_is(long long expected, long long got, const char *what, const char *file, int line)
{
    if (expected == got) {
        api_passed++;
        return;
    }
    api_failed++;
    printf("FAIL %s:%d: %s is %lld, not %lld\n", file, line, what, got, expected);
}

void api_says(const char *text, const char *got, const char *file, int line)
{
    if (strstr(got, text)) {
        api_passed++;
        return;
    }
    api_failed++;
    printf("FAIL %s:%d: \"%s\" does not say \"%s\"\n", file, line, got, text);
}

l2tlb_machine *api_machine(const char *preset)
{
    l2tlb_config *c;
    l2tlb_machine *m;
    IS(L2TLB_OK, l2tlb_cfg_new(preset, &c));
    IS(L2TLB_OK, l2tlb_machine_new(c, &m));
    l2tlb_cfg_free(c);
    return m;
}

void api_file(char name[32], const char *text)
{
    strcpy(name, "/tmp/l2tlb-api-XXXXXX");
    FILE *f = fdopen(mkstemp(name), "w");
    fputs(text, f);
    fclose(f);
}

// --- a world and a stimulus ---------------------------------------------------------------------

// Pages 0x40000.. of Sv39 to 0x90000..; the root page number is 0x80000.
l2tlb_memory *api_world(void)
{
    l2tlb_memory *m;
    l2tlb_tables *t;
    struct l2tlb_tables_config c;
    IS(L2TLB_OK, l2tlb_memory_new(&m));
    l2tlb_tables_config_init(&c);
    c.format = L2TLB_SV39;
    c.memory = m;
    c.frames_from = 0x80000000;
    c.frames_to = 0x80100000;
    IS(L2TLB_OK, l2tlb_tables_new(&c, &t));
    IS(L2TLB_OK, l2tlb_tables_map_range(t, 0x40000000, 0x90000000, PAGES * 4096, L2TLB_MAP_R | L2TLB_MAP_A, 12));
    IS(0x80000, l2tlb_tables_root_field(t));
    l2tlb_tables_free(t);
    return m;
}

void api_draw(struct stimulus *s, uint64_t seed)
{
    uint64_t cycle = 20;
    memset(s, 0, sizeof *s);
    for (int i = 0; i < 4; i++) {
        s->control[i].cycle = i < 3 ? (uint64_t)i : 300;
        s->control[i].csr.satp = (struct l2tlb_atp){.ppn = 0x80000, .mode = 8, .id = 1};
    }
    s->control[0].csr_write = (struct l2tlb_csr_write){.valid = 1, .addr = 0x3b0, .data = 0xffffffffffff};
    s->control[1].csr_write = (struct l2tlb_csr_write){.valid = 1, .addr = 0x3a0, .data = 0x1f};
    s->control[3].fence = (struct l2tlb_fence){.valid = 1, .rs1 = 1, .rs2 = 1};
    for (uint32_t i = 0; i < REQUESTS; i++) {
        seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
        cycle += seed >> 60;
        s->request[i] = (struct l2tlb_timed_request){
            .cycle = cycle, .vpn = 0x40000 + (seed >> 33) % PAGES, .tag = i, .port = seed >> 32 & 1};
    }
}

struct l2tlb_run api_run_of(struct stimulus *s, l2tlb_memory *m)
{
    return (struct l2tlb_run){.size = sizeof(struct l2tlb_run), .memory = m, .requests = s->request,
                              .request_count = REQUESTS, .controls = s->control, .control_count = 4,
                              .answers = s->answer, .answer_room = REQUESTS, .accepted = s->accepted,
                              .reads = s->reads, .read_room = 4 * REQUESTS};
}

// A number that every answer and read changes.
uint64_t api_digest(const struct stimulus *s, const struct l2tlb_run *r)
{
    uint64_t h = 0;
    const unsigned char *b = (const unsigned char *)s->answer;
    for (size_t i = 0; i < r->answer_count * sizeof s->answer[0]; i++)
        h = (h ^ b[i]) * UINT64_C(0x100000001b3);
    for (size_t i = 0; i < r->read_count; i++)
        h = (h ^ s->reads[i]) * UINT64_C(0x100000001b3);
    return h ^ r->cycles_done;
}

uint64_t api_whole_run(uint64_t seed)
{
    struct stimulus *s = malloc(sizeof *s);
    l2tlb_memory *memory = api_world();
    l2tlb_machine *m = api_machine("default");
    api_draw(s, seed);
    struct l2tlb_run r = api_run_of(s, memory);
    IS(L2TLB_OK, l2tlb_machine_run(m, &r));
    IS(REQUESTS, r.answer_count + r.dropped);
    IS(REQUESTS, r.requests_taken[0] + r.requests_taken[1]);
    IS(4, r.controls_taken);
    unsigned wrong = 0;
    for (size_t i = 0; i < r.answer_count; i++) {
        const struct l2tlb_answer *a = &s->answer[i];
        const struct l2tlb_timed_request *q = &s->request[a->index];
        uint64_t ppn;
        wrong += l2tlb_response_page(&a->resp, q->vpn, &ppn) || ppn != q->vpn - 0x40000 + 0x90000 ||
                 a->resp.tag != q->tag || a->port != q->port || a->accepted != s->accepted[a->index] ||
                 a->cycle <= a->accepted || a->accepted < q->cycle;
    }
    IS(0, wrong);
    uint64_t h = api_digest(s, &r);
    l2tlb_machine_free(m);
    l2tlb_memory_free(memory);
    free(s);
    return h;
}
