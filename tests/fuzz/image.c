// SPDX-License-Identifier: MulanPSL-2.0
// Images of memory in every form, walks over them, and all that their tables map. Bytes 0 and 1: architecture,
// access, raw dumps; 2 to 9: the address; the rest is the file. An image that a world takes is written and read
// again. The same file is also tried as symbols and as a list of regions.
#include "cmd/walk.h"
#include "report/tables_report.h"
#include "tests/fuzz/fuzz.h"
#include "world/image.h"
#include "world/world.h"

#include <string.h>

// The walk finds what the maps say, at both ends of some ranges.
static void compare(const struct maps *m)
{
    struct walk_result r;
    for (unsigned k = 0; k < MAPS; k++) {
        const struct map *a = &m->map[k];
        uint64_t bytes = 0;
        for (size_t i = 0; i < a->ranges; i++) {
            const struct map_range *x = &a->range[i];
            fuzz_want(x->last >= x->va && (!i || x->va > a->range[i - 1].last), "ranges are not in order");
            bytes += x->last - x->va + 1;
            if (i >= 50 || !x->rights || !x->accessed || k == MAP_GUEST)
                continue;
            for (unsigned end = 0; end < 2; end++) {
                uint64_t va = end ? x->last : x->va;
                maps_walk(m, k, va, x->rights, &r);
                // A right that only writes is not tried; stage 2 alone is asked as user mode.
                bool tried = (x->rights | x->rights >> RIGHT_USER) & (RIGHT_R | RIGHT_X);
                fuzz_want(!tried || r.fault != FAULT_NONE || r.pa == x->pa + (va - x->va), "another address");
                fuzz_want(!tried || r.fault == FAULT_NONE, "mapped, but the walk faults");
            }
        }
        fuzz_want(bytes == a->mapped, "ranges overlap");
    }
}

static void tables(struct walk_scene *s)
{
    struct maps m = {.limit = 5000, .source.mem = {s, walk_scene_read, NULL}};
    struct tables_image im = {"name", "text", &m, 1, 0, {{"a", 1}, {"b", 2}, {"c", 3}}};
    struct audit audit;
    struct fuzz_text out;
    char msg[512];
    if (s->arch == WALK_AARCH64)
        m.source.a64 = &s->a64;
    else
        m.source.rv = &s->rv;
    if (maps_read(&m, msg, sizeof msg)) {
        fuzz_message(msg);
    } else {
        compare(&m);
        struct audit_image ai = {&m, s->mem, s->has_bitmap, s->bitmap & ~UINT64_C(63), 0};
        fuzz_want(audit_run(&audit, &ai, 1, NULL), "audit");
        struct tables_report t = {.image = &im, .images = 1, .cfg = &s->cfg, .riscv = s->arch != WALK_AARCH64,
                                  .audit = &audit, .full = true};
        fuzz_open(&out);
        fuzz_want(tables_json(&t, out.stream), "json");
        fuzz_close(&out);
        fuzz_json(out.text, out.size);
        fuzz_free(&out);
        fuzz_open(&out);
        fuzz_want(tables_text(&t, out.stream) && tables_csv(&t, out.stream), "text");
        fuzz_close(&out);
        fuzz_clean(out.text, out.size);
        fuzz_free(&out);
        audit_free(&audit);
    }
    maps_free(&m);
}

static void lists(const char *path)
{
    char msg[512], name[SYMBOL_TEXT];
    struct regionfile f;
    struct symbols *y = symbols_open(path, msg, sizeof msg);
    if (!y)
        fuzz_message(msg);
    else if (symbols_name(y, 0x1000, name))
        fuzz_clean(name, strlen(name));
    symbols_free(y);
    if (!regionfile_read(&f, path, msg, sizeof msg))
        fuzz_message(msg);
    regionfile_free(&f);
}

static void walk(const char *path, unsigned how, uint64_t va)
{
    struct walk_scene s = {.rv = {.m_pbmte = true, .h_pbmte = true}, .a64 = {.parange = 6}};
    struct walk_request q = {.va = va, .user = how & 1, .virt = how >> 1 & 1};
    struct walk_result r;
    struct fuzz_text out;
    char msg[512];
    s.arch = (how >> 2 & 3) % 3;
    s.rv.xlen = s.arch == WALK_RISCV32 ? 32 : 64;
    if (s.arch == WALK_RISCV32)
        q.va &= UINT32_MAX;
    q.access = (const unsigned[]){RV_READ, RV_WRITE, RV_FETCH, RV_READ_X, RV_SHADOW_READ, RV_SHADOW_WRITE,
                                  RV_READ, RV_WRITE}[(how >> 4 & 3) | (how >> 5 & 4)];
    if (s.arch == WALK_AARCH64) {
        q.virt = false;
        q.access = q.access > RV_FETCH ? RV_READ : q.access;
    }
    if (q.access == RV_READ_X)
        q.virt = true;
    s.no_pma = how >> 6 & 1;
    fuzz_want(cfg_preset(&s.cfg, "default") && !cfg_finish(&s.cfg, msg, sizeof msg), "preset");
    pmp_reset(&s.pmp, &s.cfg);
    pmp_write(&s.pmp, 0x3b0, (UINT64_C(1) << 46) - 1);
    pmp_write(&s.pmp, 0x3a0, 0x1f);
    s.mem = phys_new();
    if (!walk_image(&s, path, msg, sizeof msg)) {
        fuzz_message(msg);
    } else if (!walk_scene_check(&s)) {
        walk_scene_run(&s, &q, &r);
        fuzz_open(&out);
        walk_print(&s, &r, out.stream);
        fuzz_close(&out);
        fuzz_free(&out);
        fuzz_open(&out);
        walk_report(&s, &q, &r, true, 0, NULL, 0, out.stream);
        fputs("\n]\n", out.stream);
        fuzz_close(&out);
        fuzz_json(out.text, out.size);
        fuzz_free(&out);
        fuzz_want(r.nrefs <= WALK_REFS && r.nupdates <= WALK_UPDATES, "more than the result holds");
        tables(&s);
    }
    phys_free(s.mem);
}

static void put(uint64_t addr, uint64_t word, void *ctx)
{
    fprintf(ctx, "%jx %jx\n", (uintmax_t)addr, (uintmax_t)word);
}

static void world(const char *path)
{
    char msg[512], out[200];
    struct fuzz_text text[2];
    struct tlb_csr csr[2];
    struct world *w = world_load(path, NULL, msg, sizeof msg);
    if (!w) {
        fuzz_message(msg);
        return;
    }
    snprintf(out, sizeof out, "%s/w.gvw", fuzz_folder());
    fuzz_want(world_save(w, out, msg, sizeof msg), "an image cannot be written");
    struct world *v = world_load(out, NULL, msg, sizeof msg);
    for (unsigned i = 0; i < 2; i++) {
        fuzz_open(&text[i]);
        if (i == 0 || v)
            phys_each(world_phys(i ? v : w), put, text[i].stream);
        fuzz_close(&text[i]);
    }
    if (!v) {
        fuzz_want(text[0].size == 0, "an image that was written cannot be read");
    } else {
        fuzz_same(&text[0], &text[1], "an image that was written holds something else");
        world_csr(w, &csr[0]);
        world_csr(v, &csr[1]);
        fuzz_want(memcmp(&csr[0], &csr[1], sizeof csr[0]) == 0, "the registers changed");
    }
    fuzz_free(&text[0]);
    fuzz_free(&text[1]);
    world_free(v);
    world_free(w);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_bytes b = {data, size};
    unsigned how = fuzz_byte(&b), raw = fuzz_byte(&b);
    uint64_t va = 0;
    char path[100];
    for (unsigned i = 0; i < 8; i++)
        va = va << 8 | fuzz_byte(&b);
    snprintf(path, sizeof path, "%s", fuzz_file(0, b.p, b.n));
    if (raw & 1)
        snprintf(path + strlen(path), 40, "@%jx", (uintmax_t)(raw >> 1) << 24 | (va & 0xff));
    walk(path, how, va);
    lists(path);
    world(path);
    return 0;
}
