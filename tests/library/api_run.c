// SPDX-License-Identifier: MulanPSL-2.0
// Whole stimuli, memory, saved states.
#include "api.h"

static void count_events(const struct l2tlb_machine_event *e, void *ctx)
{
    unsigned *n = ctx;
    n[e->kind]++;
}

// The same stimulus in one call, in pieces, and with the machine and its memory copied in the middle.
void api_test_run(void)
{
    struct stimulus *s = malloc(sizeof *s), *t = malloc(sizeof *t);
    l2tlb_memory *memory = api_world(), *other;
    l2tlb_machine *m = api_machine("default"), *copy;
    unsigned events[L2TLB_EVENT_KINDS] = {0}, n = 0;
    api_draw(s, 7);
    api_draw(t, 7);
    IS(L2TLB_OK, l2tlb_memory_copy(memory, &other));
    l2tlb_machine_observe(m, count_events, events);
    struct l2tlb_run r = api_run_of(s, memory);
    IS(L2TLB_OK, l2tlb_machine_run(m, &r));
    IS(r.read_count, events[L2TLB_EV_MEM_REQ]);
    IS(r.answer_count, events[L2TLB_EV_RESP]);
    IS(REQUESTS, events[L2TLB_EV_REQ]);
    IS(1, events[L2TLB_EV_FLUSH]);
    YES(r.dropped > 0);
    uint64_t whole = api_digest(s, &r);
    IS((long long)whole, (long long)api_whole_run(7));
    YES(whole != api_whole_run(8));

    // In pieces of 777 cycles; requests of both ports go on where they were.
    l2tlb_machine *p = api_machine("default");
    size_t answers = 0, reads = 0, controls = 0;
    uint64_t cycles = 0;
    struct l2tlb_run piece = api_run_of(t, other);
    size_t taken = 0;
    while (cycles < r.cycles_done) {
        // Requests not yet taken, in order: those of both ports may lie among each other.
        struct l2tlb_timed_request *left = malloc(REQUESTS * sizeof *left);
        size_t k = 0;
        for (size_t i = 0; i < REQUESTS; i++)
            if (t->request[i].tag != L2TLB_NO_TAG)
                left[k++] = t->request[i];
        piece = api_run_of(t, other);
        piece.requests = left;
        piece.request_count = k;
        piece.controls += controls;
        piece.control_count -= controls;
        piece.answers += answers;
        piece.answer_room -= answers;
        piece.reads += reads;
        piece.read_room -= reads;
        piece.cycles = r.cycles_done - cycles < 777 ? r.cycles_done - cycles : 777;
        IS(L2TLB_OK, l2tlb_machine_run(p, &piece));
        for (size_t i = 0; i < k; i++)
            if (t->accepted[i] != UINT64_MAX) {
                t->request[left[i].tag].tag = L2TLB_NO_TAG;
                taken++;
            }
        for (size_t i = 0; i < piece.answer_count; i++)
            t->answer[answers + i].index = t->answer[answers + i].resp.tag;
        answers += piece.answer_count;
        reads += piece.read_count;
        controls += piece.controls_taken;
        cycles += piece.cycles_done;
        free(left);
        if (n++ % 3 == 1) { // goes on with copies
            IS(L2TLB_OK, l2tlb_machine_copy(p, &copy));
            l2tlb_machine_free(p);
            p = copy;
            l2tlb_memory *next;
            IS(L2TLB_OK, l2tlb_memory_copy(other, &next));
            l2tlb_memory_free(other);
            other = next;
        }
    }
    IS(REQUESTS, taken);
    piece.answer_count = answers;
    piece.read_count = reads;
    piece.cycles_done = cycles;
    YES(n > 5);
    IS((long long)whole, (long long)api_digest(t, &piece));
    IS(l2tlb_machine_cycle(m), l2tlb_machine_cycle(p));
    l2tlb_machine_free(m);
    l2tlb_machine_free(p);
    l2tlb_memory_free(memory);
    l2tlb_memory_free(other);
    free(s);
    free(t);
}

static void bad_run(l2tlb_machine *m, struct stimulus *s, l2tlb_memory *memory, const char *text)
{
    struct l2tlb_run r = api_run_of(s, memory);
    IS(L2TLB_BAD_VALUE, l2tlb_machine_run(m, &r));
    SAYS(text, l2tlb_machine_message(m));
    IS(0, l2tlb_machine_cycle(m));
    api_draw(s, 7);
}

void api_test_bad_runs(void)
{
    struct stimulus *s = malloc(sizeof *s);
    l2tlb_memory *memory = api_world();
    l2tlb_machine *m = api_machine("default");
    api_draw(s, 7);
    bad_run(m, s, NULL, "without memory");
    s->request[9].cycle = 0;
    bad_run(m, s, memory, "request 9 comes after one of a later cycle");
    s->request[9].port = 2;
    bad_run(m, s, memory, "request 9 has no port");
    s->request[9].vpn |= UINT64_C(1) << 38;
    bad_run(m, s, memory, "request 9 has a vpn");
    s->request[9].s2xlate = 4;
    bad_run(m, s, memory, "request 9 has an s2xlate");
    s->request[9].tag = L2TLB_NO_TAG;
    bad_run(m, s, memory, "request 9 has the tag");
    s->request[9].zero = 1;
    bad_run(m, s, memory, "request 9 has a member");
    s->request[9].mpt_only = 1;
    bad_run(m, s, memory, "request 9 asks for the MPT");
    s->control[2].cycle = 1;
    bad_run(m, s, memory, "control 2 is not later");
    s->control[3].csr.satp.mode = 77;
    bad_run(m, s, memory, "control 3: satp.mode");
    s->control[3].fence.addr = UINT64_MAX;
    bad_run(m, s, memory, "control 3: fence.addr");
    struct l2tlb_run r = api_run_of(s, memory);
    r.size = 16;
    IS(L2TLB_BAD_SIZE, l2tlb_machine_run(m, &r));
    // Answers find no room: the cycle does not pass, and the call goes on when there is.
    r = api_run_of(s, memory);
    r.answer_room = 10;
    IS(L2TLB_FULL, l2tlb_machine_run(m, &r));
    YES(r.answer_count == 10 || r.answer_count == 9);
    // A watchdog: memory answers later than it waits.
    l2tlb_machine_reset(m, NULL);
    l2tlb_memory_forget(memory);
    IS(L2TLB_OK, l2tlb_memory_set(memory, "lat", "100000"));
    IS(L2TLB_OK, l2tlb_memory_set(memory, "l2_sets", "0"));
    r = api_run_of(s, memory);
    r.watchdog = 1000;
    IS(L2TLB_OK, l2tlb_machine_run(m, &r)); // a machine that waits for memory is at rest
    // Reads that another machine made.
    l2tlb_machine_reset(m, NULL);
    r = api_run_of(s, memory);
    r.cycles = 2000;
    IS(L2TLB_OK, l2tlb_machine_run(m, &r));
    YES(l2tlb_machine_reading(m) != 0);
    IS(L2TLB_BAD_ORDER, l2tlb_memory_set(memory, "lat", "1"));
    l2tlb_machine_reset(m, NULL);
    r.cycles = 300000;
    r.request_count = 0;
    IS(L2TLB_BAD_BEAT, l2tlb_machine_run(m, &r));
    l2tlb_machine_free(m);
    l2tlb_memory_free(memory);
    free(s);
}

// Two reads under way: the beats of one line are not broken by the other's.
void api_test_beats(void)
{
    struct stimulus *s = malloc(sizeof *s);
    l2tlb_memory *memory = api_world();
    l2tlb_machine *m = api_machine("default");
    struct l2tlb_inputs in;
    struct l2tlb_outputs out = {.size = sizeof out};
    uint8_t source[2];
    unsigned reads = 0, sent = 0;
    api_draw(s, 7);
    struct l2tlb_run r = api_run_of(s, memory);
    s->request[0].vpn = 0x40000;
    r.request_count = 1;
    r.control_count = 3;
    IS(L2TLB_OK, l2tlb_machine_run(m, &r)); // the level-1 table is known now
    l2tlb_inputs_init(&in);
    in.csr = s->control[2].csr;
    for (unsigned i = 0; i < 200 && reads < 2; i++) {
        in.req[1] = (struct l2tlb_request){.valid = sent < 2, .vpn = 0x40040 + 64 * sent, .tag = sent};
        IS(L2TLB_OK, l2tlb_machine_settle(m, &in, &out));
        sent += in.req[1].valid && out.req_ready[1];
        if (out.a_valid)
            source[reads++] = out.a_source;
        IS(L2TLB_OK, l2tlb_machine_tick(m));
    }
    in.req[1].valid = 0;
    IS(2, reads);
    YES(l2tlb_machine_reading(m) == (1u << source[0] | 1u << source[1]));
    in.d.valid = 1;
    for (unsigned beat = 0; beat < 2; beat++) {
        in.d.source = source[1];
        if (beat) {
            in.d.source = source[0];
            IS(L2TLB_BAD_BEAT, l2tlb_machine_settle(m, &in, &out));
            SAYS("inside of the line", l2tlb_machine_message(m));
            in.d.source = source[1];
        }
        IS(L2TLB_OK, l2tlb_machine_settle(m, &in, &out));
        IS(L2TLB_OK, l2tlb_machine_tick(m));
    }
    IS(L2TLB_BAD_BEAT, l2tlb_machine_settle(m, &in, &out)); // answered already
    YES(l2tlb_machine_reading(m) == 1u << source[0]);
    l2tlb_machine_free(m);
    l2tlb_memory_free(memory);
    free(s);
}

static int stop_at_third(uint64_t addr, uint64_t word, void *ctx)
{
    YES(addr >= 0x80000000 && word);
    return ++*(unsigned *)ctx == 3 ? 5 : 0;
}

void api_test_memory(void)
{
    l2tlb_memory *m = api_world();
    uint64_t w[2] = {1, 2}, addr[2] = {0x1000, 0x1001};
    unsigned n = 0;
    IS(L2TLB_BAD_VALUE, l2tlb_memory_write(m, 4, w, 1));
    SAYS("not a multiple of 8", l2tlb_memory_message(m));
    IS(L2TLB_BAD_VALUE, l2tlb_memory_write(m, (UINT64_C(1) << 56) - 8, w, 2));
    IS(L2TLB_OK, l2tlb_memory_write(m, (UINT64_C(1) << 56) - 8, w, 1));
    IS(L2TLB_BAD_VALUE, l2tlb_memory_read(m, UINT64_MAX - 7, w, 1));
    IS(L2TLB_BAD_VALUE, l2tlb_memory_scatter(m, addr, w, 2));
    IS(L2TLB_OK, l2tlb_memory_read(m, 0x1000, w, 1));
    IS(0, w[0]); // nothing was written
    IS(5, l2tlb_memory_each(m, stop_at_third, &n));
    IS(3, n);
    IS(L2TLB_BAD_KEY, l2tlb_memory_set(m, "speed", "1"));
    IS(L2TLB_BAD_VALUE, l2tlb_memory_set(m, "lat", "0"));
    IS(L2TLB_BAD_VALUE, l2tlb_memory_set(m, "lat", "unknown key"));
    IS(L2TLB_BAD_VALUE, l2tlb_memory_set(m, "aready", "never"));
    IS(L2TLB_BAD_VALUE, l2tlb_memory_set(m, "l2_sets", "3"));
    SAYS("power of two", l2tlb_memory_message(m));
    l2tlb_memory_free(m);
    l2tlb_memory_free(NULL);
}

// --- saved states -------------------------------------------------------------------------------

void api_test_states(void)
{
    struct stimulus *s = malloc(sizeof *s);
    l2tlb_memory *memory = api_world();
    l2tlb_machine *m = api_machine("default"), *other = api_machine("minimal"), *same = api_machine("default");
    size_t size = l2tlb_machine_state_size(m);
    unsigned char *state = malloc(size);
    struct l2tlb_inputs in;
    api_draw(s, 7);
    struct l2tlb_run r = api_run_of(s, memory);
    r.cycles = 3000;
    IS(L2TLB_OK, l2tlb_machine_run(m, &r));
    IS(L2TLB_BAD_SIZE, l2tlb_machine_save(m, state, size - 1));
    IS(L2TLB_OK, l2tlb_machine_save(m, state, size));
    IS(L2TLB_BAD_STATE, l2tlb_machine_restore(other, state, size));
    IS(L2TLB_BAD_STATE, l2tlb_machine_restore(same, state, size - 1));
    IS(L2TLB_BAD_STATE, l2tlb_machine_restore(same, state, 5));
    for (size_t i = 0; i < 32; i++) { // any byte of the head
        state[i] ^= 1;
        IS(L2TLB_BAD_STATE, l2tlb_machine_restore(same, state, size));
        state[i] ^= 1;
    }
    IS(0, l2tlb_machine_cycle(same));
    IS(L2TLB_OK, l2tlb_machine_restore(same, state, size));
    IS(l2tlb_machine_cycle(m), l2tlb_machine_cycle(same));
    l2tlb_inputs_init(&in);
    in.csr.satp = (struct l2tlb_atp){.ppn = 0x80000, .mode = 8, .id = 1};
    IS(L2TLB_OK, l2tlb_machine_settle(m, &in, NULL));
    IS(L2TLB_BAD_ORDER, l2tlb_machine_save(m, state, size));
    l2tlb_machine *none;
    IS(L2TLB_BAD_ORDER, l2tlb_machine_copy(m, &none));
    YES(none == NULL);
    l2tlb_machine_free(m);
    l2tlb_machine_free(same);
    l2tlb_machine_free(other);
    l2tlb_memory_free(memory);
    free(state);
    free(s);
}
