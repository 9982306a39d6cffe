// SPDX-License-Identifier: MulanPSL-2.0
// Shield-Bitmap checker and BitmapCache alone (spec B 4.2 to 4.5; spec D 4B; checklist BCK, BCA).
#include "bitmap/bitmap.h"
#include "bitmap/bitmapcache.h"
#include "tests/harness.h"

#define PAGE UINT64_C(0x900000)
#define BMA UINT64_C(0x100000000)

static struct l2tlb_cfg cfg;
static struct bitmap s;
static struct bitmapcache bc;
static struct bitmap_out o;
static struct bitmap_in in;
static struct bcache_resp answer;
static struct tlb_csr csr;
static uint64_t line[8];
static uint32_t busy;
static bool deny;

static void start(const char *revision, const char *fixed)
{
    char msg[128];
    cfg_preset(&cfg, "minimal-bitmap");
    cfg_set(&cfg, "revision", revision, msg, sizeof msg);
    if (fixed)
        cfg_set(&cfg, fixed, "fixed", msg, sizeof msg);
    cfg_finish(&cfg, msg, sizeof msg);
    bitmap_reset(&s, &cfg);
    bitmapcache_reset(&bc, &cfg);
    csr = (struct tlb_csr){.mbmc = {.bma = BMA >> 6, .bme = true}};
    in = (struct bitmap_in){.wakeup_ready = true};
    memset(line, 0, sizeof line);
    busy = 0;
    deny = false;
}

// One cycle of checker and cache; `in` carries requests, reads and answers chosen by the test.
static void step(void)
{
    struct bitmapcache_in c = {.flush = in.flush, .bclear = csr.mbmc.bclear};
    bitmap_publish(&s, busy, &csr, &o);
    bitmapcache_publish(&bc, &answer);
    bool taken = o.cache_resp_ready && !in.flush, refill = o.resp_valid && o.refill;
    answer.valid = answer.valid && taken;
    c.resp_taken = taken;
    c.req_fire = o.cache_req_valid && !in.flush && bitmapcache_req_ready(&bc, refill, taken);
    c.order = o.cache_ptr;
    c.ppn = s.entry[o.cache_ptr].ppn;
    c.refill = refill;
    c.refill_ppn = s.entry[o.resp_ptr].ppn;
    c.refill_data = s.entry[o.resp_ptr].data;
    in.csr = &csr;
    in.cache = answer;
    in.cache_req_fire = c.req_fire;
    in.pmp.ld = deny;
    in.line = line;
    if (in.mem_fire)
        busy |= 1u << o.mem_ptr;
    if (in.mem_resp)
        busy &= ~(1u << in.mem_resp_ptr);
    bitmap_tick(&s, &o, &in);
    bitmapcache_tick(&bc, &c);
    in = (struct bitmap_in){.wakeup_ready = true};
    bitmap_publish(&s, busy, &csr, &o);
}

static void request(uint64_t page, unsigned id)
{
    in.req_fire = true;
    in.req = (struct bitmap_req){.bmppn = page, .vpn = 0x12345002, .id = (uint8_t)id, .way = 3};
}

static void read_now(void)
{
    in.mem_fire = o.mem_valid;
}

static void arrive(unsigned slot)
{
    in.mem_resp = true;
    in.mem_resp_ptr = (uint8_t)slot;
}

// Runs one check to its answer with a read of `latency`; returns the cycles from acceptance.
static unsigned check(uint64_t page, unsigned id, unsigned latency, bool *denied)
{
    unsigned due = 0;
    request(page, id);
    step();
    for (unsigned c = 1; c < 200; c++) {
        if (o.resp_valid) {
            *denied = s.entry[o.resp_ptr].cf;
            step();
            return c;
        }
        if (o.mem_valid) {
            read_now();
            due = c + latency;
        }
        if (due && c == due)
            arrive(0);
        step();
    }
    return 0;
}

static uint64_t word_of(void *ctx, uint64_t addr)
{
    return addr == *(uint64_t *)ctx ? UINT64_C(1) << 37 : 0;
}

// BCS-07, 08: word and bit of a page.
TEST addresses(void)
{
    uint64_t at = BMA + ((PAGE + 64 * 5) >> 6) * 8;
    ASSERT_EQ(BMA, bitmap_word_addr(BMA >> 6, 63));
    ASSERT_EQ(BMA + 8, bitmap_word_addr(BMA >> 6, 64));
    ASSERT_EQ(BMA + 7 * 8, bitmap_word_addr(BMA >> 6, 511));
    ASSERT_EQ(BMA + 64, bitmap_word_addr(BMA >> 6, 512));
    ASSERT_EQ(at, bitmap_word_addr(BMA >> 6, PAGE + 64 * 5));
    ASSERT(bitmap_is_secure(BMA >> 6, PAGE + 64 * 5 + 37, word_of, &at));
    ASSERT_FALSE(bitmap_is_secure(BMA >> 6, PAGE + 64 * 5 + 36, word_of, &at));
    PASS();
}

// BCK-01, 02: miss b+6+L (2026-03 one more), hit b+4 (b+5); the word is kept.
TEST latencies(void)
{
    static const char *const revision[] = {"2025-05", "2026-03"};
    for (unsigned r = 0; r < 2; r++)
        for (unsigned l = 1; l < 40; l += 13) {
            bool denied;
            start(revision[r], NULL);
            line[bits(PAGE, 8, 6)] = 1 << 5;
            unsigned miss = check(PAGE, 0, l, &denied);
            ASSERT_FALSE(denied);
            ASSERT_EQ(miss, check(PAGE + 64 * 8 * 3, 0, l, &denied)); // another line
            ASSERT_EQ(4 + r, check(PAGE + 5, 0, l, &denied));
            ASSERT(denied);
            ASSERT_EQ(5 + r + l, miss);
        }
    PASS();
}

// Every bit of a line: the right word, byte and bit, and the verdicts of the eight neighbours.
TEST every_bit(void)
{
    for (unsigned p = 0; p < 512; p++) {
        bool denied;
        start("2026-03", NULL);
        line[p >> 6] = UINT64_C(1) << (p & 63);
        check(PAGE + p, 0, 2, &denied);
        ASSERT(denied);
        ASSERT_EQ(1 << (p & 7), s.entry[0].cfs);
        start("2026-03", NULL);
        for (unsigned w = 0; w < 8; w++)
            line[w] = UINT64_MAX;
        line[p >> 6] = ~(UINT64_C(1) << (p & 63));
        check(PAGE + p, 0, 2, &denied);
        ASSERT_FALSE(denied);
        ASSERT_EQ(0xff & ~(1u << (p & 7)), s.entry[0].cfs);
    }
    PASS();
}

// BCK-03: eight entries, none refused.
TEST eight_checks(void)
{
    start("2026-03", NULL);
    for (unsigned k = 0; k < 8; k++) {
        bitmap_publish(&s, busy, &csr, &o);
        ASSERT(o.req_ready);
        ASSERT_EQ(k, o.enq_ptr);
        request(PAGE + 512 * k, k);
        step();
    }
    ASSERT_FALSE(o.req_ready);
    unsigned seen = 0;
    for (unsigned c = 0; c < 60; c++) {
        if (o.mem_valid) {
            seen |= 1u << o.mem_ptr;
            read_now();
        }
        step();
    }
    ASSERT_EQ(0xff, seen);
    for (unsigned k = 8; k-- > 0;) { // BCK-12: answers by slot, whatever the order of the lines
        arrive(k);
        step();
        ASSERT(o.resp_valid);
        ASSERT_EQ(k, s.entry[o.resp_ptr].id);
    }
    PASS();
}

// BCK-09, PMP on the word: denied without a read, all eight neighbours failed.
TEST denied_word(void)
{
    bool denied;
    start("2026-03", NULL);
    deny = true;
    ASSERT_EQ(2, check(PAGE, 0, 2, &denied));
    ASSERT(denied);
    ASSERT_EQ(0xff, s.entry[0].cfs);
    PASS();
}

// BCK-10, D9 = B9: the answer of a denied check refills the cache with old data; fixed: not.
TEST denied_word_is_not_kept(void)
{
    for (unsigned f = 0; f < 2; f++) {
        bool denied;
        start("2025-05", f ? "errata.B9" : NULL);
        deny = true;
        check(PAGE, 0, 2, &denied);
        deny = false;
        line[bits(PAGE, 8, 6)] = 1;
        ASSERT_EQ(f ? 7 : 4, check(PAGE, 0, 2, &denied));
        ASSERT_EQ(f, denied);
    }
    PASS();
}

static void second_check(uint64_t page, unsigned cycles_later)
{
    request(PAGE, 0);
    step();
    for (unsigned c = 1; c < cycles_later; c++) {
        read_now();
        step();
    }
    request(page, 1);
    read_now();
    step();
    for (unsigned c = 0; c < 20; c++) {
        read_now();
        step();
    }
}

// BCK-04, 06, 08, B1: checks that share a read, by distance of the pages.
TEST shared_reads(void)
{
    static const struct {
        const char *revision, *fixed;
        uint64_t page;
        unsigned reads;
    } rows[] = {
        {"2025-05", NULL, PAGE + 5, 1},
        {"2025-05", NULL, PAGE + 512, 1}, // B1: another line, same 2^30 pages
        {"2025-05", NULL, PAGE + (UINT64_C(1) << 30), 2},
        {"2025-05", "errata.B1", PAGE + 512, 2},
        {"2025-05", "errata.B1", PAGE + 64, 1}, // the line that is read anyway
        {"2026-03", NULL, PAGE + 5, 1},
        {"2026-03", NULL, PAGE + 32, 2}, // D11: half a word
        {"2026-03", "errata.D11", PAGE + 32, 1},
        {"2026-03", NULL, PAGE + 512, 2},
    };
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        start(rows[i].revision, rows[i].fixed);
        second_check(rows[i].page, 12);
        ASSERT_EQ(rows[i].reads, popcount(busy));
        for (unsigned w = 0; w < 8; w++)
            line[w] = 1; // the first page of each group is secure
        arrive(0);
        step();
        ASSERT(s.entry[0].cf);
        if (rows[i].reads == 1) {
            step();
            ASSERT(o.resp_valid && o.resp_ptr == 1);
            ASSERT_EQ((rows[i].page & 63) == 0, s.entry[1].cf);
        }
    }
    PASS();
}

// BCK-05, B3: a check accepted in the return cycle passes untested in 2025-05.
TEST return_cycle(void)
{
    static const struct {
        const char *revision, *fixed;
        bool denied;
    } rows[] = {{"2025-05", NULL, 0}, {"2025-05", "errata.B3", 1}, {"2026-03", NULL, 1}};
    for (unsigned i = 0; i < 3; i++) {
        start(rows[i].revision, rows[i].fixed);
        line[bits(PAGE, 8, 6)] = 1 << 5;
        request(PAGE, 0);
        step();
        for (unsigned c = 0; c < 12; c++) {
            read_now();
            step();
        }
        request(PAGE + 5, 1);
        arrive(0);
        step();
        ASSERT_EQ(BM_MEM_OUT, s.state[1]);
        ASSERT_EQ(rows[i].denied, s.entry[1].cf);
    }
    PASS();
}

// BCK-11: a flush in every cycle of a check; the slot then waits for its old read.
TEST flushes(void)
{
    for (unsigned at = 0; at < 14; at++) {
        start("2026-03", NULL);
        request(PAGE, 0);
        for (unsigned c = 0; c <= at; c++) {
            if (c)
                read_now();
            in.flush = c == at;
            if (in.flush)
                in.mem_fire = false;
            step();
        }
        ASSERT_EQ(0xff, s.in[BM_IDLE]);
        ASSERT_FALSE(o.resp_valid || o.mem_valid || o.cache_req_valid || o.pmp_valid);
        request(PAGE, 2);
        step();
        for (unsigned c = 0; c < 10; c++)
            step();
        ASSERT_EQ(busy == 0, o.mem_valid);
        if (busy) {
            arrive(0); // the stale line is nobody's
            in.mem_resp_flush_latch = true;
            step();
            ASSERT_FALSE(o.resp_valid);
            ASSERT(o.mem_valid);
        }
    }
    PASS();
}

// BWK-18: no wake-up for a bypassed G walk; 2026-03: none for superpages and NAPOT either.
TEST wakeups(void)
{
    static const struct {
        const char *revision;
        unsigned level;
        bool n, bypassed, wakes;
    } rows[] = {{"2025-05", 0, 0, 0, 1}, {"2025-05", 1, 0, 0, 1}, {"2025-05", 0, 0, 1, 0},
                {"2026-03", 0, 0, 0, 1}, {"2026-03", 1, 0, 0, 0}, {"2026-03", 0, 1, 0, 0},
                {"2026-03", 0, 0, 1, 0}};
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        start(rows[i].revision, NULL);
        request(PAGE, 7);
        in.req.level = (uint8_t)rows[i].level;
        in.req.n = rows[i].n;
        in.req.hptw_bypassed = rows[i].bypassed;
        step();
        for (unsigned c = 0; c < 12; c++) {
            read_now();
            step();
        }
        arrive(0);
        step();
        ASSERT(o.resp_valid);
        ASSERT_EQ(rows[i].wakes, o.wakeup_valid);
        ASSERT_EQ(3, o.wakeup.way);
    }
    PASS();
}

// BCK-13: while a wake-up waits for the PageCache the next answer waits as well (2026-03).
TEST stalled_wakeup(void)
{
    start("2026-03", NULL);
    request(PAGE, 0);
    step();
    request(PAGE + 5, 1);
    step();
    for (unsigned c = 0; c < 12; c++) {
        read_now();
        step();
    }
    arrive(0);
    step();
    ASSERT(o.resp_valid && o.wakeup_valid);
    in.wakeup_ready = false;
    step();
    ASSERT(!o.resp_valid && o.wakeup_valid);
    step();
    ASSERT(o.resp_valid);
    ASSERT_EQ(1, o.resp_ptr);
    PASS();
}

// B2, BWK-06, 08: which page of a superpage or NAPOT block is tested.
TEST tested_pages(void)
{
    for (unsigned f = 0; f < 3; f++) {
        start(f == 2 ? "2026-03" : "2025-05", f == 1 ? "errata.B2" : NULL);
        request(PAGE, 0);
        in.req.level = 1;
        step();
        ASSERT_EQ(f ? PAGE + 2 : PAGE, s.entry[0].ppn); // vpn ...002
        request(PAGE + 8, 1);
        in.req.n = true;
        step();
        ASSERT_EQ(f ? PAGE + 2 : PAGE + 8, s.entry[1].ppn);
    }
    PASS();
}

// Key ids: 2025-05 drops them in the word address, 2026-03 with KEYIDEN for the whole check (BCS-09, 10).
TEST key_ids(void)
{
    char msg[128];
    uint64_t tagged = PAGE | UINT64_C(3) << 31;
    for (unsigned r = 0; r < 3; r++) {
        cfg_preset(&cfg, "cvm");
        cfg_set(&cfg, "revision", r ? "2026-03" : "2025-05", msg, sizeof msg);
        cfg_finish(&cfg, msg, sizeof msg);
        bitmap_reset(&s, &cfg);
        csr.mbmc.keyiden = r == 2;
        in = (struct bitmap_in){.wakeup_ready = true};
        busy = 0;
        request(tagged, 0);
        step();
        ASSERT_EQ(r == 2 ? PAGE : tagged, s.entry[0].ppn);
        ASSERT_EQ(bitmap_word_addr(BMA >> 6, r == 1 ? tagged : PAGE), o.pmp_addr);
    }
    PASS();
}

// --- BitmapCache -----------------------------------------------------------------------------------

static void cache_clock(struct bitmapcache_in c)
{
    bitmapcache_tick(&bc, &c);
    bitmapcache_publish(&bc, &answer);
}

static void put(uint64_t page, uint64_t word)
{
    cache_clock((struct bitmapcache_in){.refill = true, .refill_ppn = page, .refill_data = word});
}

static bool find(uint64_t page)
{
    cache_clock((struct bitmapcache_in){.req_fire = true, .ppn = page, .order = 5});
    for (unsigned c = 0; c < 3 && !answer.valid; c++)
        cache_clock((struct bitmapcache_in){0});
    bool hit = answer.valid && answer.hit && answer.order == 5;
    cache_clock((struct bitmapcache_in){.resp_taken = true});
    cache_clock((struct bitmapcache_in){0});
    return hit;
}

// BCA-01: 2025-05 one set of sixteen, always PLRU; 2026-03 sets of four, free ways first.
TEST victims(void)
{
    static const unsigned order[16] = {0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15};
    start("2025-05", NULL);
    for (unsigned k = 0; k < 16; k++) {
        put(PAGE + 64 * k, k);
        ASSERT_EQ((PAGE >> 6) + k, bc.line[order[k]].tag);
    }
    ASSERT(find(PAGE)); // touched: way 0 is not the next victim
    put(PAGE + 64 * 16, 0);
    ASSERT(find(PAGE));
    ASSERT_FALSE(find(PAGE + 64));
    start("2026-03", NULL);
    for (unsigned k = 0; k < 4; k++)
        put(PAGE + 64 * 32 * k, k); // one set
    for (unsigned k = 0; k < 4; k++)
        ASSERT(find(PAGE + 64 * 32 * k));
    put(PAGE + 64, 0); // the set beside it
    ASSERT(find(PAGE));
    put(PAGE + 64 * 32 * 4, 4);
    unsigned left = 0;
    for (unsigned k = 0; k < 4; k++)
        left += find(PAGE + 64 * 32 * k);
    ASSERT_EQ(3, left);
    PASS();
}

// BCA-02, 03, 04, 06: a refill blocks a look-up (2026-03); a fence keeps the words; BCLEAR wins over a
// refill; a flush drops a look-up.
TEST clear_and_flush(void)
{
    static const char *const revision[] = {"2025-05", "2026-03"};
    for (unsigned r = 0; r < 2; r++) {
        start(revision[r], NULL);
        ASSERT_EQ(r == 0, bitmapcache_req_ready(&bc, true, true));
        ASSERT(bitmapcache_req_ready(&bc, false, true));
        put(PAGE, 1);
        cache_clock((struct bitmapcache_in){.req_fire = true, .ppn = PAGE});
        cache_clock((struct bitmapcache_in){.flush = true});
        ASSERT_FALSE(answer.valid);
        ASSERT(bitmapcache_idle(&bc));
        ASSERT(find(PAGE));
        cache_clock((struct bitmapcache_in){.bclear = true, .refill = true, .refill_ppn = PAGE + 64});
        ASSERT_FALSE(find(PAGE));
        ASSERT_FALSE(find(PAGE + 64));
    }
    PASS();
}

// P3: a refill in a flush cycle revives what the way held before BCLEAR (2026-03).
TEST revived_word(void)
{
    for (unsigned f = 0; f < 2; f++) {
        start("2026-03", f ? "errata.P3" : NULL);
        put(PAGE, 1);
        cache_clock((struct bitmapcache_in){.bclear = true});
        ASSERT_FALSE(find(PAGE));
        cache_clock((struct bitmapcache_in){
            .flush = true, .refill = true, .refill_ppn = PAGE + 64 * 32, .refill_data = 7});
        ASSERT_EQ(!f, find(PAGE));
        ASSERT_FALSE(find(PAGE + 64 * 32));
    }
    PASS();
}

// B16: a wake-up that is held behind a refill must not mark a PTE after BCLEAR.
TEST held_wakeup_and_bclear(void)
{
    for (unsigned f = 0; f < 2; f++) {
        start("2026-03", f ? "errata.B16" : NULL);
        request(PAGE, 0);
        step();
        for (unsigned c = 0; c < 200 && !o.resp_valid; c++) {
            if (busy)
                arrive(0);
            else
                read_now();
            step();
        }
        ASSERT(o.resp_valid && o.wakeup_valid);
        in.wakeup_ready = false;
        step();
        ASSERT(o.wakeup_valid);
        csr.mbmc.bclear = true;
        in.wakeup_ready = false;
        step();
        csr.mbmc.bclear = false;
        ASSERT_EQ(!f, o.wakeup_valid);
        step();
        ASSERT_FALSE(o.wakeup_valid);
    }
    PASS();
}

TEST dump(void)
{
    char text[512];
    start("2026-03", NULL);
    request(PAGE, 4);
    step();
    FILE *f = tmpfile();
    ASSERT(f != NULL);
    bitmap_dump(&s, f);
    rewind(f);
    text[fread(text, 1, sizeof text - 1, f)] = 0;
    fclose(f);
    ASSERT(strstr(text, "addr_check") && strstr(text, "900000"));
    ASSERT_FALSE(bitmap_waiting(&s, &o));
    PASS();
}

SUITE(bitmap_suite)
{
    RUN_TEST(addresses);
    RUN_TEST(latencies);
    RUN_TEST(every_bit);
    RUN_TEST(eight_checks);
    RUN_TEST(denied_word);
    RUN_TEST(denied_word_is_not_kept);
    RUN_TEST(shared_reads);
    RUN_TEST(return_cycle);
    RUN_TEST(flushes);
    RUN_TEST(held_wakeup_and_bclear);
    RUN_TEST(wakeups);
    RUN_TEST(stalled_wakeup);
    RUN_TEST(tested_pages);
    RUN_TEST(key_ids);
    RUN_TEST(victims);
    RUN_TEST(clear_and_flush);
    RUN_TEST(revived_word);
    RUN_TEST(dump);
}
