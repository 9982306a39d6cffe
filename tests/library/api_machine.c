// SPDX-License-Identifier: MulanPSL-2.0
// Configuration, ports, sizes of structures, the order of calls.
#include "api.h"

// --- configuration ------------------------------------------------------------------------------

static int count_keys(const char *key, const char *value, const char *help, void *ctx)
{
    unsigned *n = ctx;
    YES(key[0] && value && help[0]);
    return ++*n == 5 ? 77 : 0;
}

void api_test_config(void)
{
    l2tlb_config *c, *copy;
    char value[32], tiny[2];
    unsigned n = 0;
    IS(L2TLB_BAD_KEY, l2tlb_cfg_new("huge", &c));
    YES(c == NULL);
    IS(L2TLB_OK, l2tlb_cfg_new(NULL, &c));
    IS(L2TLB_OK, l2tlb_cfg_set(c, "pagecache.l0_sets", "64"));
    IS(L2TLB_OK, l2tlb_cfg_get(c, "pagecache.l0_sets", value, sizeof value));
    YES(!strcmp(value, "64"));
    IS(L2TLB_BAD_VALUE, l2tlb_cfg_set(c, "pagecache.l0_sets", "63"));
    SAYS("pagecache.l0_sets: must be a power of two", l2tlb_cfg_message(c));
    IS(L2TLB_BAD_VALUE, l2tlb_cfg_set(c, "pagecache.l0_sets", "many"));
    IS(L2TLB_BAD_VALUE, l2tlb_cfg_set(c, "preset", "huge"));
    IS(L2TLB_BAD_VALUE, l2tlb_cfg_set(c, "errata", "perhaps"));
    IS(L2TLB_BAD_KEY, l2tlb_cfg_set(c, "pagecache.l9_sets", "64"));
    IS(L2TLB_BAD_KEY, l2tlb_cfg_set(c, "errata.Z99", "fixed"));
    IS(L2TLB_BAD_KEY, l2tlb_cfg_get(c, "no.such", value, sizeof value));
    IS(L2TLB_BAD_SIZE, l2tlb_cfg_get(c, "pagecache.l0_sets", tiny, sizeof tiny));
    IS(L2TLB_OK, l2tlb_cfg_set(c, "errata", "fixed"));
    IS(L2TLB_OK, l2tlb_cfg_ini(c, "revision = 2026-03 ; new\n[pagecache]\nl0_sets = 32\n", NULL));
    IS(L2TLB_OK, l2tlb_cfg_copy(c, &copy));
    IS(L2TLB_OK, l2tlb_cfg_get(copy, "pagecache.l0_sets", value, sizeof value));
    YES(!strcmp(value, "32"));
    IS(L2TLB_BAD_INPUT, l2tlb_cfg_ini(c, "[pagecache]\nl0_sets = 64\nl1_sets = no\n", "mine.ini"));
    SAYS("mine.ini:3:", l2tlb_cfg_message(c));
    IS(L2TLB_OK, l2tlb_cfg_get(c, "pagecache.l0_sets", value, sizeof value));
    YES(!strcmp(value, "32")); // nothing was set
    IS(L2TLB_OK, l2tlb_cfg_ini(c, "", NULL));
    IS(L2TLB_BAD_INPUT, l2tlb_cfg_load(c, "/no/such/file"));
    IS(77, l2tlb_cfg_each(c, count_keys, &n));
    IS(5, n);
    IS(L2TLB_OK, l2tlb_cfg_check(c));
    IS(L2TLB_OK, l2tlb_cfg_set(c, "keyid.bits", "5"));
    IS(L2TLB_BAD_VALUE, l2tlb_cfg_check(c));
    l2tlb_machine *m;
    IS(L2TLB_BAD_VALUE, l2tlb_machine_new(c, &m));
    YES(m == NULL);
    l2tlb_cfg_free(copy);
    l2tlb_cfg_free(c);
    l2tlb_cfg_free(NULL);
    for (int s = L2TLB_OK; s <= L2TLB_EXISTS + 1; s++)
        YES(l2tlb_status_text(s)[0]);
    YES(!strcmp(l2tlb_status_text(-1), "unknown status"));
    snprintf(value, sizeof value, "%d.%d.%d", L2TLB_VERSION_MAJOR, L2TLB_VERSION_MINOR, L2TLB_VERSION_PATCH);
    YES(!strncmp(l2tlb_version_text(), value, strlen(value)));
    IS(L2TLB_VERSION_MAJOR << 16 | L2TLB_VERSION_MINOR << 8 | L2TLB_VERSION_PATCH, l2tlb_version_number());
}

// --- the machine --------------------------------------------------------------------------------

// What is wrong in one member, and what the message says.
static void refuses(l2tlb_machine *m, const struct l2tlb_inputs *in, int status, const char *text)
{
    struct l2tlb_outputs out = {.size = sizeof out};
    IS(status, l2tlb_machine_settle(m, in, &out));
    SAYS(text, l2tlb_machine_message(m));
    IS(L2TLB_BAD_ORDER, l2tlb_machine_tick(m));
}

void api_test_bad_inputs(void)
{
    l2tlb_machine *m = api_machine("default");
    struct l2tlb_inputs in, good;
    l2tlb_inputs_init(&good);
    for (unsigned p = 0; p < 2; p++)
        good.req[p] = (struct l2tlb_request){.valid = 1, .vpn = 1, .tag = 1};
#define BAD(member, value, text) \
    do { \
        in = good; \
        in.member = value; \
        refuses(m, &in, L2TLB_BAD_VALUE, text); \
    } while (0)
    BAD(req[0].vpn, UINT64_C(1) << 38, "req.vpn");
    BAD(req[1].s2xlate, 4, "req.s2xlate");
    BAD(req[1].tag, L2TLB_NO_TAG, "req.tag");
    BAD(req[0].zero[1], 1, "req.zero");
    BAD(csr.satp.ppn, UINT64_C(1) << 44, "satp.ppn");
    BAD(csr.vsatp.mode, 16, "vsatp.mode");
    BAD(csr.hgatp.zero[3], 1, "hgatp.zero");
    BAD(csr.mbmc.bma, UINT64_C(1) << 58, "mbmc.bma");
    BAD(csr.mbmc.zero[0], 1, "csr.zero");
    BAD(csr.zero[9], 1, "csr.zero");
    BAD(resp_ready[1], 0, "resp_ready[1]");
    good.fence.valid = 1;
    BAD(fence.addr, UINT64_C(1) << 50, "fence.addr");
    BAD(fence.zero, 1, "fence.zero");
    good.fence.valid = 0;
    good.csr_write.valid = 1;
    BAD(csr_write.addr, 0x1000, "csr_write.addr");
    BAD(csr_write.zero[0], 1, "csr_write.zero");
    good.csr_write.valid = 0;
    in = good;
    in.d.valid = 1;
    refuses(m, &in, L2TLB_BAD_BEAT, "d.source is 0");
    in.d.source = 255;
    refuses(m, &in, L2TLB_BAD_BEAT, "d.source is 255");
    in = good;
    in.size = sizeof in - 1;
    refuses(m, &in, L2TLB_BAD_SIZE, "size of the inputs");
    struct l2tlb_outputs out = {.size = 8};
    IS(L2TLB_BAD_SIZE, l2tlb_machine_settle(m, &good, &out));
    IS(0, l2tlb_machine_cycle(m));
    IS(L2TLB_BAD_VALUE, l2tlb_machine_reset(m, &(struct l2tlb_csr){.satp.mode = 99}));
    l2tlb_machine_free(m);
    l2tlb_machine_free(NULL);
}

// Structures of a later version: what is new may be there as long as it is 0.
void api_test_sizes(void)
{
    l2tlb_machine *m = api_machine("default");
    struct {
        struct l2tlb_inputs in;
        uint64_t news;
    } in[2];
    struct {
        struct l2tlb_outputs out;
        uint64_t news;
    } out[2];
    memset(in, 0, sizeof in);
    memset(out, 0xff, sizeof out);
    for (int i = 0; i < 2; i++) {
        l2tlb_inputs_init(&in[i].in);
        in[i].in.size = sizeof in[i];
        out[i].out.size = sizeof out[i];
    }
    IS(L2TLB_OK, l2tlb_machine_settle(m, &in[0].in, &out[0].out));
    IS(0, out[0].news);
    IS(sizeof out[0], out[0].out.size);
    IS(L2TLB_OK, l2tlb_machine_tick(m));
    in[0].news = 1;
    IS(L2TLB_BAD_SIZE, l2tlb_machine_settle(m, &in[0].in, &out[0].out));
    in[0].news = 0;
    size_t done = 99;
    IS(L2TLB_OK, l2tlb_machine_cycles(m, 2, &in[0].in, &out[0].out, &done));
    IS(2, done);
    in[1].in.req[0] = (struct l2tlb_request){.valid = 1, .s2xlate = 9};
    IS(L2TLB_BAD_VALUE, l2tlb_machine_cycles(m, 2, &in[0].in, &out[0].out, &done));
    IS(1, done);
    in[1].in.size = sizeof in[1].in;
    IS(L2TLB_BAD_SIZE, l2tlb_machine_cycles(m, 2, &in[0].in, NULL, &done));
    in[0].in.size = 4;
    IS(L2TLB_BAD_SIZE, l2tlb_machine_cycles(m, 2, &in[0].in, NULL, &done));
    IS(L2TLB_OK, l2tlb_machine_cycles(m, 0, NULL, NULL, &done));
    l2tlb_machine_free(m);
}

static void nobody(uint32_t tag, unsigned cause, void *ctx)
{
    (void)tag;
    (void)cause;
    (void)ctx;
}

void api_test_order(void)
{
    l2tlb_machine *m = api_machine("default");
    struct l2tlb_inputs in;
    uint64_t sums[L2TLB_COUNTERS + 1];
    char text[64];
    size_t n = 0;
    l2tlb_inputs_init(&in);
    IS(L2TLB_BAD_ORDER, l2tlb_machine_tick(m));
    IS(L2TLB_BAD_ORDER, l2tlb_machine_skip(m, 1));
    IS(L2TLB_BAD_ORDER, l2tlb_machine_locate(m, nobody, NULL));
    IS(0, l2tlb_machine_idle(m));
    for (int i = 0; i < 20; i++) {
        IS(L2TLB_OK, l2tlb_machine_settle(m, &in, NULL));
        IS(L2TLB_OK, l2tlb_machine_tick(m));
    }
    IS(L2TLB_OK, l2tlb_machine_settle(m, &in, NULL));
    YES(l2tlb_machine_idle(m) == UINT64_MAX);
    IS(L2TLB_OK, l2tlb_machine_locate(m, nobody, NULL));
    IS(L2TLB_OK, l2tlb_machine_skip(m, 1000));
    IS(1020, l2tlb_machine_cycle(m));
    in.fence.valid = 1; // a cycle that changes something
    IS(L2TLB_OK, l2tlb_machine_settle(m, &in, NULL));
    IS(L2TLB_BAD_ORDER, l2tlb_machine_skip(m, 1));
    IS(L2TLB_OK, l2tlb_machine_counters(m, sums, L2TLB_COUNTERS));
    IS(L2TLB_BAD_SIZE, l2tlb_machine_counters(m, sums, L2TLB_COUNTERS + 1));
    YES(l2tlb_counter_name(0) && !l2tlb_counter_name(L2TLB_COUNTERS));
    YES(l2tlb_event_name(L2TLB_EV_REQ) && !l2tlb_event_name(L2TLB_EVENT_KINDS));
    YES(l2tlb_cause_id(0) && l2tlb_cause_explanation(0) && !l2tlb_cause_id(l2tlb_causes()) &&
        !l2tlb_cause_explanation(l2tlb_causes()));
    IS(L2TLB_OK, l2tlb_machine_dump(m, text, sizeof text, &n));
    YES(n > sizeof text && strlen(text) == sizeof text - 1);
    IS(L2TLB_OK, l2tlb_machine_dump(m, NULL, 0, &n));
    l2tlb_machine_free(m);
}
