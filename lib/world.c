// SPDX-License-Identifier: MulanPSL-2.0
// World of world.h over the room world/.
#include "l2tlb/world.h"

#include "lib/trace_impl.h"
#include "lib/impl.h"
#include "replay/replay.h"
#include "world/world.h"

#include <stdlib.h>
#include <string.h>

enum { COUNTS_0 = sizeof(struct l2tlb_world_counts) }; // its first version

struct l2tlb_world {
    struct world_cfg cfg;
    struct world *world;
    bool image;
    struct l2tlb_memory memory; // its words are the world's
    uint64_t unmappable;
    char message[1024];
};

int l2tlb_world_new(l2tlb_world **w)
{
    struct replay_cfg usual;
    *w = calloc(1, sizeof **w);
    if (!*w)
        return L2TLB_NO_MEMORY;
    replay_cfg_default(&usual);
    (*w)->cfg = usual.world;
    (*w)->cfg.seed = 1;
    (*w)->memory.timing = usual.memory;
    return L2TLB_OK;
}

void l2tlb_world_free(l2tlb_world *w)
{
    if (!w)
        return;
    tl_free(w->memory.tl);
    world_free(w->world);
    free(w);
}

const char *l2tlb_world_message(const l2tlb_world *w)
{
    return w->message;
}

static int refuse(l2tlb_world *w, int status, const char *why)
{
    snprintf(w->message, sizeof w->message, "%s", why);
    return status;
}

static int not_built(l2tlb_world *w)
{
    w->message[0] = 0;
    return w->world ? refuse(w, L2TLB_BAD_ORDER, "the world is built") : L2TLB_OK;
}

int l2tlb_world_set(l2tlb_world *w, const char *key, const char *value)
{
    struct world_cfg tried = w->cfg;
    int status = not_built(w);
    if (status)
        return status;
    if (world_cfg_set(&tried, key, value, w->message, sizeof w->message))
        return strstr(w->message, "unknown") ? L2TLB_BAD_KEY : L2TLB_BAD_VALUE;
    w->cfg = tried;
    return L2TLB_OK;
}

// The memory of a world that came into being.
static int begin(l2tlb_world *w, int failed)
{
    if (!w->world)
        return failed;
    w->memory.words = world_phys(w->world);
    w->memory.tl = tl_new(&w->memory.timing, w->memory.words);
    if (w->memory.tl)
        return L2TLB_OK;
    world_free(w->world);
    w->world = NULL;
    return refuse(w, L2TLB_NO_MEMORY, l2tlb_status_text(L2TLB_NO_MEMORY));
}

int l2tlb_world_build(l2tlb_world *w)
{
    int status = not_built(w);
    if (status)
        return status;
    w->world = world_new(&w->cfg, w->message, sizeof w->message);
    return begin(w, L2TLB_BAD_VALUE);
}

int l2tlb_world_load(l2tlb_world *w, const char *path)
{
    int status = not_built(w);
    if (status)
        return status;
    w->world = world_load(path, &w->cfg, w->message, sizeof w->message);
    w->image = true;
    return begin(w, L2TLB_BAD_INPUT);
}

static enum world_result take(l2tlb_world *w, struct trace_record *r)
{
    struct tlb_csr csr;
    world_adjust(w->world, r);
    if (r->kind == TRACE_ACCESS || r->kind == TRACE_PORT)
        return world_touch(w->world, r);
    if (r->kind != TRACE_SWITCH && r->kind != TRACE_CSR && r->kind != TRACE_MEM)
        return WORLD_SAME;
    world_csr(w->world, &csr);
    return world_apply(w->world, r, &csr);
}

int l2tlb_world_take(l2tlb_world *w, const struct l2tlb_trace_record *records, size_t n, size_t *done)
{
    struct trace_record r;
    int status = w->world ? L2TLB_OK : refuse(w, L2TLB_BAD_ORDER, "the world is not built");
    size_t i = 0;
    while (i < n && !status) {
        const char *why = record_in(&r, &records[i], records[i].kind == L2TLB_RECORD_PORT ? GVT_PORTS : GVT_ACCESSES);
        enum world_result what = why ? WORLD_SAME : take(w, &r);
        if (why || what == WORLD_FULL) {
            snprintf(w->message, sizeof w->message, "record %zu: %.900s", i,
                     why ? why : "no memory left for its pages (host_size, guest_size)");
            status = why ? L2TLB_BAD_VALUE : L2TLB_NO_MEMORY;
            break;
        }
        w->unmappable += what == WORLD_FAULT;
        i++;
    }
    if (done)
        *done = i;
    return status;
}

int l2tlb_world_restart(l2tlb_world *w)
{
    if (!w->world || w->image)
        return refuse(w, L2TLB_BAD_ORDER, w->image ? "an image has no beginning" : "the world is not built");
    world_restart(w->world);
    return L2TLB_OK;
}

static struct l2tlb_atp atp_out(const struct atp *a)
{
    return (struct l2tlb_atp){.ppn = a->ppn, .id = a->id, .mode = a->mode};
}

int l2tlb_world_csr(const l2tlb_world *w, struct l2tlb_csr *csr)
{
    struct tlb_csr c;
    if (!w->world)
        return L2TLB_BAD_ORDER;
    world_csr(w->world, &c);
    *csr = (struct l2tlb_csr){
        .satp = atp_out(&c.satp), .vsatp = atp_out(&c.vsatp), .hgatp = atp_out(&c.hgatp), .mxr = c.mxr,
        .virt = c.virt, .m_pbmte = c.m_pbmte, .h_pbmte = c.h_pbmte, .debug = c.debug,
        .mbmc = {.bma = c.mbmc.bma, .bme = c.mbmc.bme, .cmode = c.mbmc.cmode, .keyiden = c.mbmc.keyiden}};
    return L2TLB_OK;
}

l2tlb_memory *l2tlb_world_memory(l2tlb_world *w)
{
    return w->world ? &w->memory : NULL;
}

int l2tlb_world_save(l2tlb_world *w, const char *path)
{
    w->message[0] = 0;
    if (!w->world)
        return refuse(w, L2TLB_BAD_ORDER, "the world is not built");
    return world_save(w->world, path, w->message, sizeof w->message) ? L2TLB_OK : L2TLB_BAD_INPUT;
}

int l2tlb_world_count(const l2tlb_world *w, struct l2tlb_world_counts *c)
{
    struct world_stats s;
    uint32_t size = c->size;
    if (!w->world)
        return L2TLB_BAD_ORDER;
    world_stats(w->world, &s);
    struct l2tlb_world_counts own = {.size = size, .spaces = s.spaces, .guests = s.guests, .frames = s.frames,
                                     .secure_pages = s.secure_pages, .unmappable = w->unmappable};
    memcpy(own.pages, s.pages, sizeof own.pages);
    memcpy(own.tables, s.tables, sizeof own.tables);
    return struct_out(c, size, &own, sizeof own, COUNTS_0) ? L2TLB_OK : L2TLB_BAD_SIZE;
}
