// SPDX-License-Identifier: MulanPSL-2.0
// Configuration: presets and revisions (spec A 0.2, spec D 0.2, 0.3), keys, bounds, INI files.
#include "arch/cfg.h"
#include "tests/harness.h"

static char msg[256];

static struct l2tlb_cfg preset(const char *name)
{
    struct l2tlb_cfg c;
    memset(&c, 0, sizeof c);
    cfg_preset(&c, name);
    return c;
}

TEST presets(void)
{
    struct l2tlb_cfg c = preset("minimal");
    ASSERT_EQ(NULL, cfg_finish(&c, msg, sizeof msg));
    ASSERT_EQ(4, c.l3_size);
    ASSERT_EQ(4, c.l2_size);
    ASSERT_EQ(4, c.sp_size);
    ASSERT_EQ(4, c.l1_sets);
    ASSERT_EQ(4, c.l1_ways);
    ASSERT_EQ(4, c.l0_sets);
    ASSERT_EQ(8, c.l0_ways);
    ASSERT_EQ(6, c.llptw_size);
    ASSERT_EQ(40, c.missq_size);
    ASSERT_EQ(16, c.pmp_entries);
    ASSERT_FALSE(c.has_bitmap);
    ASSERT_EQ(6, c.ptw_id);
    ASSERT_EQ(7, c.hptw_id);
    ASSERT_EQ(8, c.mem_ids);
    c = preset("default");
    ASSERT_EQ(16, c.l3_size);
    ASSERT_EQ(8, c.l1_sets);
    ASSERT_EQ(2, c.l1_ways);
    ASSERT_EQ(32, c.l0_sets);
    ASSERT_EQ(4, c.l0_ways);
    c = preset("minimal-bitmap");
    ASSERT_EQ(NULL, cfg_finish(&c, msg, sizeof msg));
    ASSERT(c.has_bitmap);
    ASSERT_EQ(4, c.l0_sets);
    ASSERT_EQ(16, c.mem_ids);
    ASSERT_EQ(8, c.bitmap_id0);
    ASSERT_EQ(16, c.bcache_ways);
    c = preset("cvm");
    ASSERT_EQ(5, c.keyid_bits);
    ASSERT_EQ(32, c.l0_sets);
    ASSERT(cfg_preset(&c, "bitmap") && c.has_bitmap && !c.keyid_bits);
    ASSERT_FALSE(cfg_preset(&c, "huge"));
    PASS();
}

// A revision is a set of sizes and rules; minimal sizes stay.
TEST revisions(void)
{
    struct l2tlb_cfg c = preset("default");
    ASSERT_EQ(NULL, cfg_set(&c, "revision", "2026-03", msg, sizeof msg));
    ASSERT_EQ(NULL, cfg_finish(&c, msg, sizeof msg));
    ASSERT_EQ(4, c.l1_sets);
    ASSERT_EQ(64, c.l0_sets);
    ASSERT_EQ(32, c.pmp_entries);
    ASSERT_EQ(32, c.bcache_sets);
    ASSERT(c.rule.virt_changed_flush && c.rule.wfi_gate && c.rule.global_ignores_asid);
    ASSERT_EQ(NULL, cfg_set(&c, "revision", "2025-05", msg, sizeof msg));
    ASSERT_EQ(NULL, cfg_finish(&c, msg, sizeof msg));
    ASSERT_EQ(32, c.l0_sets);
    ASSERT_FALSE(c.rule.virt_changed_flush || c.rule.wfi_gate || c.rule.bitmap_rework);
    ASSERT_EQ(NULL, cfg_set(&c, "revision", "2026-07", msg, sizeof msg));
    ASSERT_EQ(NULL, cfg_finish(&c, msg, sizeof msg));
    ASSERT_EQ(64, c.l0_sets);
    ASSERT(c.rule.hptw_root_or && c.rule.cf_index_ppn_low && c.rule.debug_range_unmatched);
    ASSERT_FALSE(c.rule.gstage_ignores_mxr || c.rule.l0_excludes_napot || c.rule.perf_per_access);
    ASSERT_EQ(NULL, cfg_set(&c, "revision", "2026-07-v2", msg, sizeof msg));
    ASSERT_EQ(NULL, cfg_finish(&c, msg, sizeof msg));
    ASSERT(c.rule.bitmap_rework && c.rule.cf_index_ppn_low && c.rule.debug_range_unmatched);
    ASSERT(c.rule.gstage_ignores_mxr && c.rule.hfence_gvma_all_flushes_vs);
    ASSERT(c.rule.l0_excludes_napot && c.rule.perf_per_access && c.rule.fence_vmid_masked);
    ASSERT_FALSE(c.rule.hptw_root_or || c.rule.l1_prefetch_slots_16);
    c = preset("minimal");
    ASSERT_EQ(NULL, cfg_set(&c, "revision", "2026-03", msg, sizeof msg));
    ASSERT_EQ(4, c.l0_sets);
    ASSERT_STR_EQ("2026-03", revision_name(c.revision));
    ASSERT_NEQ(NULL, cfg_set(&c, "revision", "2027", msg, sizeof msg));
    PASS();
}

TEST values(void)
{
    struct l2tlb_cfg c = preset("minimal");
    ASSERT_EQ(NULL, cfg_set(&c, "pagecache.l0_sets", "0x10", msg, sizeof msg));
    ASSERT_EQ(16, c.l0_sets);
    ASSERT_EQ(NULL, cfg_set(&c, "prefetch.enable", "off", msg, sizeof msg));
    ASSERT_FALSE(c.prefetch);
    ASSERT_EQ(NULL, cfg_set(&c, "prefetch.enable", "TRUE", msg, sizeof msg));
    ASSERT(c.prefetch);
    ASSERT_EQ(NULL, cfg_set(&c, "prefetch.enable", "0", msg, sizeof msg));
    ASSERT_EQ(NULL, cfg_set(&c, "prefetch.enable", "on", msg, sizeof msg));
    ASSERT_EQ(NULL, cfg_set(&c, "prefetch.enable", "False", msg, sizeof msg));
    ASSERT_FALSE(c.prefetch);
    ASSERT_EQ(NULL, cfg_set(&c, "llptw.size", "14", msg, sizeof msg));
    PASS();
}

TEST bad_values(void)
{
    static const struct {
        const char *key, *value, *why;
    } rows[] = {
        {"pagecache.l0_set", "4", "unknown parameter"},
        {"", "4", "unknown parameter"},
        {"pagecache.l0_sets", "-4", "not a non-negative number"},
        {"pagecache.l0_sets", "", "not a non-negative number"},
        {"pagecache.l0_sets", "4k", "not a non-negative number"},
        {"pagecache.l0_sets", " 4", "not a non-negative number"},
        {"pagecache.l0_sets", "99999999999999999999", "not a non-negative number"},
        {"pagecache.l0_sets", "12", "power of two"},
        {"pagecache.l0_sets", "0", "not in 2..4096"},
        {"pagecache.l0_sets", "8192", "not in 2..4096"},
        {"pagecache.sp_size", "128", "not in 1..64"},
        {"llptw.size", "15", "not in 1..14"},
        {"prefetch.enable", "2", "not in 0..1"},
        {"prefetch.enable", "maybe", "not a non-negative number"},
        {"errata.D99", "fixed", "unknown erratum"},
        {"errata.D1", "yes", "as-rtl or fixed"},
        {"errata", "none", "as-rtl or fixed"},
        {"rule.wfi", "yes", "unknown rule"},
        {"rule.wfi_gate", "1", "yes or no"},
        {"revision", "", "2026-07 or 2026-07-v2"},
        {"revision", "2026-07-v3", "2026-07 or 2026-07-v2"},
    };
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct l2tlb_cfg c = preset("minimal"), before = c;
        const char *err = cfg_set(&c, rows[i].key, rows[i].value, msg, sizeof msg);
        ASSERT_NEQ(NULL, err);
        ASSERT(strstr(err, rows[i].why) != NULL);
        ASSERT(strstr(err, rows[i].key) == err);
        ASSERT_MEM_EQ(&before, &c, sizeof c);
    }
    PASS();
}

// One rule against the revision, whatever is set first.
TEST single_rules(void)
{
    struct l2tlb_cfg c = preset("bitmap");
    ASSERT_EQ(NULL, cfg_set(&c, "rule.perf_per_access", "no", msg, sizeof msg));
    ASSERT_EQ(NULL, cfg_set(&c, "rule.wfi_gate", "yes", msg, sizeof msg));
    ASSERT_EQ(NULL, cfg_finish(&c, msg, sizeof msg));
    ASSERT(c.rule.wfi_gate && !c.rule.virt_changed_flush);
    ASSERT_EQ(NULL, cfg_set(&c, "revision", "2026-07-v2", msg, sizeof msg));
    ASSERT_EQ(NULL, cfg_finish(&c, msg, sizeof msg));
    ASSERT(c.rule.l0_excludes_napot && !c.rule.perf_per_access);
    ASSERT(cfg_rule_given(&c, "perf_per_access") && !cfg_rule_given(&c, "l0_excludes_napot"));
    PASS();
}

TEST combinations(void)
{
    struct l2tlb_cfg c = preset("minimal");
    ASSERT_EQ(NULL, cfg_set(&c, "keyid.bits", "5", msg, sizeof msg));
    ASSERT_NEQ(NULL, cfg_finish(&c, msg, sizeof msg));
    c = preset("bitmap");
    ASSERT_EQ(NULL, cfg_set(&c, "bitmap.cache_sets", "1024", msg, sizeof msg));
    ASSERT_NEQ(NULL, cfg_finish(&c, msg, sizeof msg));
    c = preset("bitmap");
    ASSERT_EQ(NULL, cfg_set(&c, "bitmap.entries", "16", msg, sizeof msg));
    ASSERT_NEQ(NULL, cfg_finish(&c, msg, sizeof msg));
    PASS();
}

TEST errata(void)
{
    struct l2tlb_cfg c = preset("minimal");
    ASSERT_EQ(NULL, cfg_set(&c, "errata.D2", "fixed", msg, sizeof msg));
    ASSERT(c.errata_fixed[ERR_D2] && !c.errata_fixed[ERR_D1]);
    ASSERT_EQ(NULL, cfg_finish(&c, msg, sizeof msg));
    ASSERT(c.rule.llptw_hyper1_first && !c.rule.llptw_two_pmp_ports);
    ASSERT_EQ(NULL, cfg_set(&c, "errata", "fixed", msg, sizeof msg));
    for (unsigned e = 0; e < ERRATA_COUNT; e++)
        ASSERT(c.errata_fixed[e]);
    ASSERT_EQ(NULL, cfg_finish(&c, msg, sizeof msg));
    ASSERT(c.rule.llptw_two_pmp_ports && c.rule.gperm_sets_first_fault && c.rule.napot_strict);
    ASSERT_EQ(NULL, cfg_set(&c, "errata", "as-rtl", msg, sizeof msg));
    ASSERT_EQ(NULL, cfg_finish(&c, msg, sizeof msg));
    for (unsigned e = 0; e < ERRATA_COUNT; e++)
        ASSERT_FALSE(c.errata_fixed[e]);
    ASSERT_FALSE(c.rule.llptw_two_pmp_ports || c.rule.napot_strict);
    PASS();
}

static const char *load(const char *text)
{
    static char path[] = "/tmp/l2tlb_cfg_XXXXXX";
    static char said[256];
    struct l2tlb_cfg c = preset("minimal");
    strcpy(path, "/tmp/l2tlb_cfg_XXXXXX");
    int fd = mkstemp(path);
    FILE *f = fd < 0 ? NULL : fdopen(fd, "w");
    if (!f)
        return "no temporary file";
    fputs(text, f);
    fclose(f);
    const char *err = cfg_load(&c, path, msg, sizeof msg);
    remove(path);
    if (!err)
        return c.l0_sets == 8 && !c.prefetch && c.errata_fixed[ERR_N3] ? "" : "not applied";
    snprintf(said, sizeof said, "%s", err + strlen(path));
    return said;
}

TEST ini_files(void)
{
    ASSERT_STR_EQ("", load("; comment\n[pagecache]\nl0_sets = 8\n[prefetch]\nenable = 0\n"
                           "[errata]\nN3 = fixed\n"));
    ASSERT_STR_EQ(":2: pagecache.l0_set: unknown parameter", load("[pagecache]\nl0_set = 8\n"));
    ASSERT_STR_EQ(":3: llptw.size: not a non-negative number", load("[llptw]\n\nsize = -1\n"));
    ASSERT_STR_EQ(":1: not a `key = value` line", load("rubbish\n"));
    ASSERT_STR_EQ(":2: pagecache.sp_size: must be a power of two",
                  load("[pagecache]\nsp_size = 5\nl0_set = 1\n"));
    struct l2tlb_cfg c = preset("minimal");
    ASSERT_NEQ(NULL, cfg_load(&c, "/no/such/file.ini", msg, sizeof msg));
    ASSERT(strstr(msg, "/no/such/file.ini: cannot be read") != NULL);
    PASS();
}

// n times `c` between two texts.
static const char *with_run(const char *before, char c, size_t n, const char *behind)
{
    static char text[70000];
    size_t at = strlen(before);
    memcpy(text, before, at);
    memset(text + at, c, n);
    strcpy(text + at + n, behind);
    return text;
}

static struct l2tlb_cfg loaded(const char *text)
{
    struct l2tlb_cfg c = preset("minimal");
    char path[] = "/tmp/l2tlb-cfg-XXXXXX";
    int fd = mkstemp(path);
    FILE *f = fd < 0 ? NULL : fdopen(fd, "w");
    if (f)
        fputs(text, f);
    if (!f || fclose(f) != 0 || cfg_load(&c, path, msg, sizeof msg) || cfg_finish(&c, msg, sizeof msg))
        memset(&c, 0, sizeof c);
    remove(path);
    return c;
}

// Lines of any length, with the right numbers; comments behind values; no octal; no line goes on in the next.
TEST ini_lines(void)
{
    static const size_t lengths[] = {150, 198, 199, 200, 201, 400, 65000};
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        size_t n = lengths[i];
        ASSERT_EQ(6, loaded(with_run("; ", 'a', n, "llptw.size = 2\n")).llptw_size);
        ASSERT_EQ(6, loaded(with_run("missqueue.size = 9 ; ", 'a', n, " llptw.size = 2\n")).llptw_size);
        ASSERT_EQ(3, loaded(with_run("llptw.size", ' ', n, "= 3")).llptw_size);
        ASSERT_EQ(3, loaded(with_run("llptw.size = 3", '\t', n, "\r\n")).llptw_size);
        ASSERT_EQ(3, loaded(with_run("#", '#', n, "\nllptw.size = 3\n")).llptw_size);
        ASSERT_STR_EQ(":3: llptw.sise: unknown parameter",
                      load(with_run(";", 'x', n, "\n\nllptw.sise = 2\n")));
        const char *long_value = load(with_run("llptw.size = 3", '0', n, "\n"));
        ASSERT(strncmp(long_value, ":1: ", 4) == 0);
    }
    ASSERT_STR_EQ(":2: too long for a `key = value` line",
                  load(with_run("\nllptw.size = ", '1', 300, "\nllptw.sise = 4\n")));
    // A line of 199 bytes is more than libinih takes with its end and a blank that may come.
    ASSERT_STR_EQ(":1: too long for a `key = value` line", load(with_run("llptw.size = ", '1', 186, "\n")));
    ASSERT_STR_EQ(":1: llptw.size: not a non-negative number",
                  load(with_run("llptw.size = ", '1', 185, "\n")));
    ASSERT_STR_EQ(":2: not a `key = value` line", load("llptw.size = 3\n  4\nllptw.sise = 2\n"));
    ASSERT_STR_EQ(":1: not a `key = value` line", load("[llptw\nsize = 3\n"));
    ASSERT_EQ(10, loaded("llptw.size = 010\n").llptw_size);
    ASSERT_EQ(8, loaded("llptw.size = 08 # no octal\n").llptw_size);
    ASSERT_STR_EQ(":1: llptw.size: not a non-negative number", load("  llptw.size=0xA;no comment"));
    ASSERT_EQ(10, loaded("\t[llptw] ; walkers\n\tsize  =  0xA  # ten; x\n").llptw_size);
    ASSERT_STR_EQ(":1: llptw.size: not a non-negative number", load("llptw.size = 0x\n"));
    ASSERT_STR_EQ(":1: llptw.size: not a non-negative number", load("llptw.size = 0x0x3\n"));
    ASSERT_STR_EQ(":1: llptw.size: not a non-negative number", load("llptw.size = +3\n"));
    PASS();
}

TEST ini_zero_byte(void)
{
    char path[] = "/tmp/l2tlb-cfg-XXXXXX";
    struct l2tlb_cfg c = preset("minimal");
    int fd = mkstemp(path);
    FILE *f = fd < 0 ? NULL : fdopen(fd, "w");
    ASSERT(f);
    fwrite("\nllptw.size = 3\0 4\n", 1, 19, f);
    fclose(f);
    const char *err = cfg_load(&c, path, msg, sizeof msg);
    remove(path);
    ASSERT(err && strstr(err, ":2: a zero byte"));
    PASS();
}

// Both set sizes, keep errata and rules, and cannot come behind what they would undo.
TEST preset_and_revision_in_files(void)
{
    struct l2tlb_cfg c = loaded("preset = bitmap\nrevision = 2026-03\n[pagecache]\nl0_sets = 8\n");
    ASSERT_STR_EQ("bitmap", c.preset);
    ASSERT(c.has_bitmap);
    ASSERT_EQ(REV_2026_03, c.revision);
    ASSERT_EQ(8, c.l0_sets);
    ASSERT_EQ(4, c.l1_sets);
    ASSERT_EQ(32, c.pmp_entries);
    c = loaded("revision = 2026-03\nerrata.D1 = fixed\nrule.wfi_gate = no\npreset = default\n");
    ASSERT_EQ(REV_2026_03, c.revision);
    ASSERT_EQ(64, c.l0_sets);
    ASSERT(c.errata_fixed[ERR_D1] && cfg_rule_given(&c, "wfi_gate") && !c.rule.wfi_gate);
    c = loaded("rule.wfi_gate = yes\npreset = default\n");
    ASSERT(cfg_rule_given(&c, "wfi_gate") && c.rule.wfi_gate);
    ASSERT_STR_EQ(":2: preset: stands behind parameters that it would set again",
                  load("llptw.size = 3\npreset = default\n"));
    ASSERT_STR_EQ(":2: revision: stands behind parameters that it would set again",
                  load("llptw.size = 3\nrevision = 2026-03\n"));
    ASSERT(strstr(load("preset = huge\n"), ":1: preset: value must be minimal, default,"));
    PASS();
}

// Rules that a fixed erratum of the L1 side sets are shown with it.
TEST errata_of_the_l1_side(void)
{
    static const struct {
        const char *id;
        size_t rule;
    } rows[] = {
        {"errata.L4", offsetof(struct l2tlb_rules, l1_vs_fence_no_address)},
        {"errata.L5", offsetof(struct l2tlb_rules, l1_vs_fence_no_address)},
        {"errata.L7", offsetof(struct l2tlb_rules, l1_gpa_clear)},
        {"errata.L10", offsetof(struct l2tlb_rules, l1_blocking_offset)},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (unsigned fixed = 0; fixed < 2; fixed++) {
            struct l2tlb_cfg c = preset("default");
            cfg_set(&c, rows[i].id, fixed ? "fixed" : "as-rtl", msg, sizeof msg);
            ASSERT_EQ(NULL, cfg_finish(&c, msg, sizeof msg));
            ASSERT_EQ(fixed, *(const bool *)(const void *)((const char *)&c.rule + rows[i].rule));
        }
    PASS();
}

struct seen {
    unsigned count, errata, rules;
    bool l0;
};

static void note(const char *key, const char *value, const char *help, void *ctx)
{
    struct seen *s = ctx;
    s->count++;
    s->errata += strncmp(key, "errata.", 7) == 0;
    s->rules += strncmp(key, "rule.", 5) == 0;
    s->l0 = s->l0 || (strcmp(key, "pagecache.l0_sets") == 0 && strcmp(value, "4") == 0);
    if (!*help)
        s->count = 100000;
}

// Every parameter is shown with a line of explanation, errata and rules included.
TEST listing(void)
{
    struct seen s = {0};
    struct l2tlb_cfg c = preset("minimal");
    cfg_finish(&c, msg, sizeof msg);
    cfg_each(&c, note, &s);
    ASSERT_EQ(ERRATA_COUNT, s.errata);
    ASSERT_GT(s.rules, 10);
    ASSERT(s.l0);
    ASSERT_LT(s.count, 1000);
    FILE *f = tmpfile();
    ASSERT(f != NULL);
    cfg_print(&c, f);
    rewind(f);
    unsigned lines = 0;
    for (int ch; (ch = getc(f)) != EOF;)
        lines += ch == '\n';
    fclose(f);
    ASSERT_EQ(s.count, lines);
    PASS();
}

SUITE(cfg_suite)
{
    RUN_TEST(presets);
    RUN_TEST(revisions);
    RUN_TEST(values);
    RUN_TEST(bad_values);
    RUN_TEST(single_rules);
    RUN_TEST(combinations);
    RUN_TEST(errata);
    RUN_TEST(ini_files);
    RUN_TEST(ini_lines);
    RUN_TEST(ini_zero_byte);
    RUN_TEST(preset_and_revision_in_files);
    RUN_TEST(errata_of_the_l1_side);
    RUN_TEST(listing);
}
