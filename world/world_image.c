// SPDX-License-Identifier: MulanPSL-2.0
// Worlds as files: read by image.h; written as `ADDRESS VALUE` lines, sparse, with the control
// registers that belong to them.
#include "traces/source.h"
#include "traces/trace_code.h"
#include "world/image.h"
#include "world/world_impl.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Registers of the functional walk, which the machine does not have: checked, then left alone. What it has
// of the envcfg registers (PBMTE) has names of its own. PMP is open when a replay begins, and the trace's then.
static bool for_the_walk(const char *name)
{
    static const char *const names[] = {"vmxr",    "madue",   "hadue",   "msse",       "hsse",
                                        "menvcfg", "henvcfg", "senvcfg", "svrsw60t59b"};
    uint64_t csr;
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return parse_hex(name, 0x3ef, &csr) && csr >= GVT_PMPCFG0;
}

bool image_register_skipped(const char *name, uint64_t value, const char **why)
{
    bool number = strstr(name, "envcfg") || name[0] == '3';
    if (!for_the_walk(name))
        return false;
    *why = !number && value > 1 ? "a flag is 0 or 1" : NULL;
    return true;
}

static const char *image_csr(void *ctx, const char *name, uint64_t value)
{
    struct trace_record r = {.kind = TRACE_CSR, .value = value};
    struct world *w = ctx;
    struct tlb_csr csr;

    const char *why;

    if (image_register_skipped(name, value, &why))
        return why;
    struct smmpt unused;
    if (strcmp(name, "mmpt") == 0 && (why = smmpt_decode(64, value, &unused)) != NULL)
        return why;
    if (!trace_csr_find(name, &r.csr))
        return "unknown control register";
    if (trace_record_check(&r, GVT_ACCESSES))
        return trace_record_check(&r, GVT_ACCESSES);
    if (!trace_csr_name(r.csr))
        return "PMA registers belong into the trace";
    return world_apply(w, &r, &csr) == WORLD_FULL ? "out of memory" : NULL;
}

// An image that programs no mmpt runs in a domain that may do everything: memory up to its end (4 GiB at
// least, 64 GiB at most) in pieces of the wanted size, the rest in the largest.
static bool own_domain(struct world *w, const struct image_info *info, char *msg, size_t msg_size)
{
    const uint64_t giga = UINT64_C(1) << 30, least = 4 * giga, most = 64 * giga;
    const struct domain_cfg *c = &w->cfg.domain;
    uint64_t end = info->first <= info->last ? (info->last + giga) & ~(giga - 1) : 0;

    if (!domain_wanted(c) || w->csr.mmpt.mode)
        return true;
    if (end > c->base) {
        snprintf(msg, msg_size, "the image has memory behind mpt.base");
        return false;
    }
    end = end < least ? least : end > most ? most : end;
    w->domain = domain_new(c, NULL, 0, w->mem, end);
    bool fine = w->domain && domain_open(w->domain, end, UINT64_C(1) << (c->mode == SMMPT_43 ? 43 : 48));
    for (uint64_t p = 0; fine && domain_by_chunk(c) && p < end >> 12; p += CHUNK_PAGES)
        fine = domain_mark(w->domain, NULL, 0, p);
    if (fine)
        domain_mmpt(w->domain, &w->csr.mmpt);
    else
        snprintf(msg, msg_size, "out of memory");
    return fine;
}

struct world *world_load(const char *path, const struct world_cfg *cfg, char *msg, size_t msg_size)
{
    struct world *w = calloc(1, sizeof *w);
    struct image_user user = {w, image_csr, 8, 48, NULL};
    struct image_info info = {.first = 1, .last = 0};
    bool fine = false;

    if (w) {
        world_cfg_default(&w->cfg);
        w->cfg.stages = cfg ? cfg->stages : STAGES_TRACE;
        if (cfg)
            w->cfg.domain = cfg->domain;
        w->image = true;
    }
    if (w && world_setup(w))
        fine = (!path || image_read(w->mem, path, &user, &info, msg, msg_size)) &&
               own_domain(w, &info, msg, msg_size);
    else
        snprintf(msg, msg_size, "%s: out of memory", path ? path : "world");
    if (!fine) {
        world_free(w);
        return NULL;
    }
    return w;
}

// --- writing -------------------------------------------------------------------------------------
static void put_word(uint64_t addr, uint64_t word, void *ctx)
{
    char line[48];
    int n = snprintf(line, sizeof line, "%" PRIx64 " %" PRIx64 "\n", addr, word);

    sink_write(ctx, line, (size_t)n);
}

static void put_csr(struct sink *out, const char *name, uint64_t value)
{
    char line[48];
    int n = snprintf(line, sizeof line, "csr %s %" PRIx64 "\n", name, value);

    sink_write(out, line, (size_t)n);
}

static void put_atp(struct sink *out, const char *name, const struct atp *a)
{
    put_csr(out, name, (uint64_t)a->mode << 60 | (uint64_t)a->id << 44 | a->ppn);
}

// Roots of all address spaces, as comments: the registers name the current one only.
static void put_spaces(const struct world *w, struct sink *out)
{
    char line[96];

    for (size_t i = 0; i < w->guest_count; i++) {
        const struct guest *g = w->guests[i];
        int n;
        if (!g->pt)
            continue;
        n = snprintf(line, sizeof line, "# guest vmid %x: hgatp root page %" PRIx64 "\n",
                     (unsigned)g->vmid, pt_root_field(g->pt));
        sink_write(out, line, (size_t)n);
    }
    for (size_t i = 0; w->spaces && i <= w->space_mask; i++) {
        const struct space *s = &w->spaces[i];
        int n;
        if (!s->used || s->asid == KERNEL_ASID)
            continue;
        if (s->guest == &w->host)
            n = snprintf(line, sizeof line, "# asid %x: satp root page %" PRIx64 "\n",
                         (unsigned)s->asid, pt_root_field(s->pt));
        else
            n = snprintf(line, sizeof line,
                         "# vmid %x asid %x: vsatp root page %" PRIx64 "\n",
                         (unsigned)s->guest->vmid, (unsigned)s->asid, pt_root_field(s->pt));
        sink_write(out, line, (size_t)n);
    }
}

bool world_save(struct world *w, const char *path, char *msg, size_t msg_size)
{
    struct sink *out = sink_open(path, msg, msg_size);
    static const char title[] = "# l2tlb world image: csr NAME VALUE, then ADDRESS VALUE\n";

    if (!out)
        return false;
    sink_write(out, title, sizeof title - 1);
    put_spaces(w, out);
    put_atp(out, "satp", &w->csr.satp);
    put_atp(out, "vsatp", &w->csr.vsatp);
    put_atp(out, "hgatp", &w->csr.hgatp);
    if (w->csr.mbmc.bma || w->csr.mbmc.bme)
        put_csr(out, "mbmc",
                w->csr.mbmc.bma << 6 | (uint64_t)w->csr.mbmc.keyiden << 3 |
                    (uint64_t)w->csr.mbmc.bme << 2 | w->csr.mbmc.cmode);
    if (w->csr.mmpt.mode)
        put_csr(out, "mmpt", mmpt_value(&w->csr.mmpt));
    if (w->csr.mxr)
        put_csr(out, "mxr", 1);
    if (w->csr.m_pbmte)
        put_csr(out, "mpbmte", 1);
    if (w->csr.h_pbmte)
        put_csr(out, "hpbmte", 1);
    phys_each(w->mem, put_word, out);
    return sink_close(out, msg, msg_size);
}
