// SPDX-License-Identifier: MulanPSL-2.0
// Traces, and the worlds behind them.
#include "api.h"

#include <l2tlb/trace.h>
#include <l2tlb/world.h>
#include <unistd.h>

enum { RECORDS = 300 };

static struct l2tlb_trace_header plain(unsigned binary)
{
    return (struct l2tlb_trace_header){.size = sizeof(struct l2tlb_trace_header), .binary = (uint8_t)binary,
                                       .source = "the tests of the interface"};
}

// Accesses and one record of each other kind.
static void draw(struct l2tlb_trace_record r[RECORDS])
{
    memset(r, 0, RECORDS * sizeof *r);
    r[0] = (struct l2tlb_trace_record){.kind = L2TLB_RECORD_SWITCH, .id = 3, .vmid = 2};
    r[1] = (struct l2tlb_trace_record){.kind = L2TLB_RECORD_CSR, .csr = L2TLB_CSR_MXR, .value = 1};
    r[2] = (struct l2tlb_trace_record){.kind = L2TLB_RECORD_FENCE, .op = L2TLB_HFENCE_GVMA, .all_addr = 1, .id = 5};
    r[3] = (struct l2tlb_trace_record){.kind = L2TLB_RECORD_REDIRECT};
    r[4] = (struct l2tlb_trace_record){.kind = L2TLB_RECORD_ROI, .op = L2TLB_ROI_BEGIN};
    r[5] = (struct l2tlb_trace_record){.kind = L2TLB_RECORD_MEM, .addr = 0x1000, .value = 77};
    for (uint64_t i = 6; i < RECORDS; i++)
        r[i] = (struct l2tlb_trace_record){.kind = L2TLB_RECORD_ACCESS, .op = (uint8_t)(i % 6), .addr = 0x10000000 + i * 0x3008, .size = 8,
                                           .priv = i & 1, .virt = i >> 1 & 1, .insns = i, .has_cycle = 1, .cycle = 10 * i};
}

static l2tlb_trace *trace(void)
{
    l2tlb_trace *t;
    IS(L2TLB_OK, l2tlb_trace_new(&t));
    return t;
}

static void there_and_back(unsigned binary, const char *path)
{
    struct l2tlb_trace_record out[RECORDS], in[RECORDS];
    struct l2tlb_trace_header h = plain(binary);
    l2tlb_trace *t = trace();
    size_t n, all = 0;
    draw(out);
    IS(L2TLB_OK, l2tlb_trace_create(t, path, &h));
    IS(L2TLB_BAD_ORDER, l2tlb_trace_open(t, path));
    IS(L2TLB_BAD_ORDER, l2tlb_trace_read(t, in, 1, &n));
    IS(L2TLB_BAD_ORDER, l2tlb_trace_header(t, &h));
    IS(L2TLB_OK, l2tlb_trace_write(t, out, 100, &n));
    IS(100, n);
    IS(L2TLB_OK, l2tlb_trace_write(t, out + 100, RECORDS - 100, NULL));
    IS(L2TLB_OK, l2tlb_trace_close(t));
    IS(L2TLB_OK, l2tlb_trace_open(t, path));
    h = (struct l2tlb_trace_header){.size = sizeof h};
    IS(L2TLB_OK, l2tlb_trace_header(t, &h));
    IS(binary, h.binary);
    SAYS("the tests of the interface", h.source);
    IS(L2TLB_ISA_RISCV64, h.isa);
    h.size = 5;
    IS(L2TLB_BAD_SIZE, l2tlb_trace_header(t, &h));
    do {
        IS(L2TLB_OK, l2tlb_trace_read(t, in + all, all + 64 > RECORDS ? RECORDS - all + 1 : 64, &n));
        all += n;
    } while (n && all < RECORDS);
    IS(RECORDS, all);
    IS(L2TLB_OK, l2tlb_trace_read(t, in, 0, &n));
    IS(0, memcmp(in, out, sizeof in));
    IS(L2TLB_OK, l2tlb_trace_close(t));
    IS(L2TLB_BAD_ORDER, l2tlb_trace_write(t, out, 1, NULL));
    l2tlb_trace_free(t);
}

void api_test_traces(void)
{
    char name[32];
    api_file(name, "");
    there_and_back(0, name);
    there_and_back(1, name);
    unlink(name);
    l2tlb_trace_free(NULL);
}

void api_test_bad_traces(void)
{
    struct l2tlb_trace_record r[RECORDS];
    struct l2tlb_trace_header h = plain(0);
    l2tlb_trace *t = trace();
    char name[32];
    size_t n;
    IS(L2TLB_BAD_INPUT, l2tlb_trace_open(t, "/no/such/trace"));
    SAYS("/no/such/trace", l2tlb_trace_message(t));
    IS(L2TLB_BAD_INPUT, l2tlb_trace_create(t, "/no/such/folder/trace", &h));
    const struct l2tlb_trace_header bad[] = {
        {.size = 4}, {.size = sizeof h, .isa = 9}, {.size = sizeof h, .ports = 2}, {.size = sizeof h, .tables = 3},
        {.size = sizeof h, .tables = L2TLB_TABLES_IMAGE}, {.size = sizeof h, .image = "x"},
        {.size = sizeof h, .source = "two\nlines"}, {.size = sizeof h, .binary = 2}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        IS(i ? L2TLB_BAD_VALUE : L2TLB_BAD_SIZE, l2tlb_trace_create(t, "/tmp/never", &bad[i]));
        YES(l2tlb_trace_message(t)[0]);
    }
    memset(h.source, 'x', sizeof h.source);
    IS(L2TLB_BAD_VALUE, l2tlb_trace_create(t, "/tmp/never", &h));
    api_file(name, "");
    h = plain(0);
    IS(L2TLB_OK, l2tlb_trace_create(t, name, &h));
    draw(r);
    r[8].size = 5000;
    IS(L2TLB_BAD_VALUE, l2tlb_trace_write(t, r, 20, &n));
    IS(8, n);
    SAYS("record 8", l2tlb_trace_message(t));
    r[8].size = 8;
    r[8].zero[1] = 1;
    IS(L2TLB_BAD_VALUE, l2tlb_trace_write(t, r + 8, 1, &n));
    r[8].zero[1] = 0;
    r[8].hyp = 2;
    YES(l2tlb_trace_why(&r[8], 0) != NULL);
    r[8].hyp = 0;
    YES(l2tlb_trace_why(&r[8], 0) == NULL);
    YES(l2tlb_trace_why(&r[8], 1) != NULL);
    l2tlb_trace_free(t); // and the file is as it was
    t = trace();
    IS(L2TLB_BAD_INPUT, l2tlb_trace_open(t, name));
    l2tlb_trace_free(t);
    unlink(name);
    api_file(name, "GVT 1\nisa riscv64\nkind access\naddress virtual\ntables built\nrun\nl 10 8 u\nl zz 8 u\n");
    t = trace();
    IS(L2TLB_OK, l2tlb_trace_open(t, name));
    IS(L2TLB_BAD_INPUT, l2tlb_trace_read(t, r, RECORDS, &n));
    IS(1, n);
    SAYS(":8: ", l2tlb_trace_message(t));
    l2tlb_trace_free(t);
    unlink(name);
}

// --- worlds -------------------------------------------------------------------------------------

static l2tlb_world *world(const char *stages)
{
    l2tlb_world *w;
    IS(L2TLB_OK, l2tlb_world_new(&w));
    IS(L2TLB_OK, l2tlb_world_set(w, "stages", stages));
    return w;
}

static void saved_and_loaded(l2tlb_world *w, const struct l2tlb_csr *csr)
{
    char name[32];
    struct l2tlb_csr again;
    uint64_t word[2];
    api_file(name, "");
    IS(L2TLB_OK, l2tlb_world_save(w, name));
    l2tlb_world *image = world("two");
    IS(L2TLB_OK, l2tlb_world_load(image, name));
    IS(L2TLB_OK, l2tlb_world_csr(image, &again));
    IS((long long)csr->hgatp.ppn, (long long)again.hgatp.ppn);
    IS((long long)csr->vsatp.ppn, (long long)again.vsatp.ppn);
    IS(L2TLB_OK, l2tlb_memory_read(l2tlb_world_memory(w), csr->hgatp.ppn << 12, &word[0], 1));
    IS(L2TLB_OK, l2tlb_memory_read(l2tlb_world_memory(image), csr->hgatp.ppn << 12, &word[1], 1));
    IS((long long)word[0], (long long)word[1]);
    IS(L2TLB_BAD_ORDER, l2tlb_world_restart(image));
    l2tlb_world_free(image);
    unlink(name);
    image = world("two");
    IS(L2TLB_BAD_INPUT, l2tlb_world_load(image, name));
    YES(l2tlb_world_message(image)[0]);
    l2tlb_world_free(image);
}

void api_test_worlds(void)
{
    struct l2tlb_trace_record r[RECORDS];
    struct l2tlb_world_counts c = {.size = sizeof c};
    struct l2tlb_csr csr;
    size_t n;
    draw(r);
    l2tlb_world *w = world("two");
    IS(L2TLB_BAD_KEY, l2tlb_world_set(w, "speed", "1"));
    IS(L2TLB_BAD_VALUE, l2tlb_world_set(w, "stages", "five"));
    YES(l2tlb_world_memory(w) == NULL);
    IS(L2TLB_BAD_ORDER, l2tlb_world_csr(w, &csr));
    IS(L2TLB_BAD_ORDER, l2tlb_world_count(w, &c));
    IS(L2TLB_BAD_ORDER, l2tlb_world_take(w, r, 1, NULL));
    IS(L2TLB_BAD_ORDER, l2tlb_world_save(w, "/tmp/never"));
    IS(L2TLB_BAD_ORDER, l2tlb_world_restart(w));
    IS(L2TLB_OK, l2tlb_world_build(w));
    IS(L2TLB_BAD_ORDER, l2tlb_world_build(w));
    IS(L2TLB_BAD_ORDER, l2tlb_world_set(w, "seed", "2"));
    r[7].addr = UINT64_C(1) << 62; // not canonical
    IS(L2TLB_OK, l2tlb_world_take(w, r, RECORDS, &n));
    IS(RECORDS, n);
    IS(L2TLB_OK, l2tlb_world_count(w, &c));
    YES(c.spaces >= 1 && c.guests >= 1 && c.pages[0][0] >= RECORDS - 8 && c.tables[1] > 1);
    IS(1, c.unmappable);
    IS(L2TLB_OK, l2tlb_world_csr(w, &csr));
    IS(3, csr.vsatp.id);
    IS(2, csr.hgatp.id);
    IS(1, csr.mxr);
    saved_and_loaded(w, &csr);
    IS(L2TLB_OK, l2tlb_world_restart(w));
    IS(L2TLB_OK, l2tlb_world_csr(w, &csr));
    IS(0, csr.vsatp.id);
    r[1].kind = 99;
    IS(L2TLB_BAD_VALUE, l2tlb_world_take(w, r, RECORDS, &n));
    IS(1, n);
    SAYS("record 1", l2tlb_world_message(w));
    c.size = 3;
    IS(L2TLB_BAD_SIZE, l2tlb_world_count(w, &c));
    l2tlb_world_free(w);
    l2tlb_world_free(NULL);
    // Half of the accesses have V = 1, but nothing is translated twice here.
    w = world("one");
    draw(r);
    IS(L2TLB_OK, l2tlb_world_build(w));
    IS(L2TLB_OK, l2tlb_world_take(w, r + 6, RECORDS - 6, NULL));
    c.size = sizeof c;
    IS(L2TLB_OK, l2tlb_world_count(w, &c));
    YES(c.pages[1][0] < 5); // that of a root
    IS(RECORDS - 6, c.pages[0][0]);
    l2tlb_world_free(w);
    w = world("one");
    IS(L2TLB_OK, l2tlb_world_set(w, "host_size", "1")); // no gigabyte
    IS(L2TLB_BAD_VALUE, l2tlb_world_build(w));
    YES(l2tlb_world_message(w)[0]);
    l2tlb_world_free(w);
}
