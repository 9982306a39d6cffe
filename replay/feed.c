// SPDX-License-Identifier: MulanPSL-2.0
// Records of an access trace: when each takes effect (spec C 3.2, E1 to E8).
//
// Control events and changes of privilege are serializing: they wait until all older accesses are
// done and hold back younger ones until they act (E8: t+3).
#include "arch/bits.h"
#include "arch/pte.h"
#include "replay/aarch64.h"
#include "replay/sim.h"

#include <stdarg.h>
#include <string.h>

enum { ACT = 3 };

void feed_fail(struct sim *s, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    vsnprintf(s->r->message, sizeof s->r->message, format, ap);
    va_end(ap);
    s->r->end = REPLAY_BAD_INPUT;
    s->bad = true;
    s->have = false;
}

bool feed_arch(struct sim *s)
{
    if (s->cfg->arch != GVT_AARCH64)
        return true;
    const char *why = aarch64_record(&s->cfg->world, &s->rec, &s->r->folded);
    if (why)
        feed_fail(s, "%s: record %llu: %s", s->path, (unsigned long long)trace_count(s->trace),
                  why);
    return !why;
}

bool feed_mode(struct sim *s, unsigned csr, uint64_t *value, const char *where)
{
    unsigned mode = (unsigned)bits(*value, 63, 60);
    if ((csr != GVT_SATP && csr != GVT_VSATP && csr != GVT_HGATP) || mode == MODE_BARE ||
        mode == MODE_SV39 || mode == MODE_SV48)
        return true;
    s->r->foreign_mode = mode;
    s->r->foreign_modes++;
    if (s->r->header.tables == GVT_BUILT)
        return true;
    if (s->cfg->untranslated) {
        *value &= mask64(60);
        return true;
    }
    feed_fail(s, "%s: %s has mode %u%s, which the machine lacks (--untranslated: that stage is off)",
              where, csr == GVT_SATP ? "satp" : csr == GVT_VSATP ? "vsatp" : "hgatp", mode,
              mode == MODE_SV57 ? " (Sv57)" : "");
    return false;
}

static bool suits_machine(struct sim *s)
{
    char where[600];
    if (s->rec.kind != TRACE_CSR)
        return true;
    snprintf(where, sizeof where, "%.500s: record %llu", s->path,
             (unsigned long long)trace_count(s->trace));
    return feed_mode(s, s->rec.csr, &s->rec.value, where);
}

static bool next_record(struct sim *s)
{
    int n = trace_next(s->trace, &s->rec);
    if (n < 0) {
        if (sim_go_on(s)) // reading a pipe ends with an error when the run is to end
            feed_fail(s, "%s", trace_error(s->trace));
        return false;
    }
    if (n == 0) {
        s->eof = true;
        return false;
    }
    if (!feed_arch(s) || !suits_machine(s))
        return false;
    world_adjust(s->world, &s->rec);
    s->rec.cycle += BOOT_CYCLES; // used with has_cycle only
    if (s->rec.kind != TRACE_PORT) // those are read ahead, and count when a port takes them
        s->r->instructions += s->rec.insns;
    s->have = true;
    s->last_progress = s->cycle;
    return true;
}

// A mark without a time takes none and waits for nobody: it acts when the access before it has gone. (Port traces are read
// ahead, there it waits for the requests before it as other records do.)
bool feed_record(struct sim *s)
{
    if (s->have)
        return true;
    while (!s->eof && !s->bad && next_record(s)) {
        if (s->rec.kind != TRACE_ROI || s->rec.has_cycle || !s->front)
            return true;
        feed_apply(s, &s->rec);
        s->have = false;
    }
    return false;
}

bool feed_touch(struct sim *s, const struct trace_record *r)
{
    s->placing = true;
    enum world_result what = world_touch(s->world, r);
    s->placing = false;
    switch (what) {
    case WORLD_FULL:
        feed_fail(s,
                  "record %llu: no memory left for its pages (see the world's host_size and "
                  "guest_size)",
                  (unsigned long long)trace_count(s->trace));
        return false;
    case WORLD_FAULT:
        s->r->unmappable++;
        s->r->unmappable_fetches += r->kind == TRACE_ACCESS && r->op == GVT_FETCH;
        return false;
    case WORLD_NEW:
    case WORLD_SAME:
        break;
    }
    return true;
}

void sim_isolation(const struct sim *s, struct tlb_csr *csr)
{
    if (!s->cfg->machine.has_bitmap)
        csr->mbmc = (struct mbmc){0};
    if (!s->cfg->machine.rule.keyiden_csr)
        csr->mbmc.keyiden = false;
    if (!s->cfg->machine.has_mpt)
        csr->mmpt = (struct mmpt){0};
}

// The world knows the registers; V belongs to the accesses.
static void apply_world(struct sim *s, const struct trace_record *r)
{
    struct tlb_csr csr = s->csr.tlb;
    s->placing = r->kind != TRACE_MEM;
    if (world_apply(s->world, r, &csr) == WORLD_FULL)
        feed_fail(s, "record %llu: no memory left for page tables",
                  (unsigned long long)trace_count(s->trace));
    s->placing = false;
    csr.virt = s->csr.tlb.virt;
    csr.virt_changed = false;
    sim_isolation(s, &csr);
    s->csr.tlb = csr;
}

static void apply_fence(struct sim *s, const struct trace_record *r)
{
    bool hv = r->op == GVT_HFENCE_VVMA || r->op == GVT_HINVAL_VVMA;
    bool hg = r->op == GVT_HFENCE_GVMA || r->op == GVT_HINVAL_GVMA;
    struct sfence f = {
        .valid = true,
        .addr = hg ? r->addr >> 2 : r->addr & mask64(50),
        // July 2026 v2: the core masks the VMID before it gives the fence away (spec E 0.2 rule 8).
        .id = hg && s->cfg->machine.rule.fence_vmid_masked ? r->id & 0x3fff : r->id,
        .rs1 = r->all_addr,
        .rs2 = r->all_id,
        .hv = hv,
        .hg = hg,
        .flush_pipe = r->op < GVT_SINVAL_VMA,
    };
    s->in.sfence = f;
    s->r->fences++;
}

static void apply_csr(struct sim *s, const struct trace_record *r)
{
    s->r->csr_writes++;
    switch (r->csr) {
    case GVT_SUM:
        s->csr.sum = r->value & 1;
        return;
    case GVT_VSUM:
        s->csr.vsum = r->value & 1;
        return;
    case GVT_VMXR:
        s->csr.vmxr = r->value & 1;
        return;
    case GVT_SPVP:
        s->csr.spvp = r->value & 1;
        return;
    default:
        break;
    }
    if ((r->csr >= GVT_PMPCFG0 && r->csr < GVT_PMPADDR0 + 64) ||
        (r->csr >= GVT_PMACFG0 && r->csr < GVT_PMACFG0 + 64)) {
        s->in.csr_w = (struct csr_write){.valid = true, .addr = r->csr, .data = r->value};
        if (s->track)
            oracle_track_pmp(s->track);
        return;
    }
    apply_world(s, r);
}

void feed_apply(struct sim *s, const struct trace_record *r)
{
    switch (r->kind) {
    case TRACE_FENCE:
        apply_fence(s, r);
        break;
    case TRACE_CSR:
        apply_csr(s, r);
        break;
    case TRACE_SWITCH:
        s->r->switches++;
        apply_world(s, r);
        break;
    case TRACE_ROI:
        s->r->roi_marks++;
        if (s->r->region)
            region_mark(s->r->region, r->op == GVT_ROI_BEGIN);
        break;
    case TRACE_MEM:
        s->r->memory_writes++;
        apply_world(s, r);
        break;
    default:
        break;
    }
}

// Privilege and V of the hart for an access.
static bool mode_is(const struct sim *s, const struct trace_record *r)
{
    const struct l1_csr *c = &s->csr;
    if (r->hyp)
        return !c->tlb.virt && c->spvp == (r->priv == GVT_S);
    return c->tlb.virt == r->virt && c->dmode == r->priv;
}

static void set_mode(struct sim *s, const struct trace_record *r)
{
    struct l1_csr *c = &s->csr;
    bool virt = r->hyp ? false : r->virt;
    if (r->hyp) {
        c->spvp = r->priv == GVT_S;
        if (c->tlb.virt)
            c->imode = c->dmode = MODE_S;
    } else {
        c->imode = c->dmode = r->priv;
    }
    c->tlb.virt_changed = virt != c->tlb.virt;
    c->tlb.virt = c->virt_plain = virt;
}

// First-touch worlds: what a kernel does about the fault of a page that it has just mapped. One
// fence per access and cycle.
static void fence_parked(struct sim *s)
{
    bool guest;
    uint64_t va = front_parked_va(s->front, s->fenced, &guest);
    s->in.sfence = (struct sfence){
        .valid = true,
        .addr = guest ? 0 : va & mask64(50),
        .rs1 = guest,
        .rs2 = true,
        .hg = guest,
        .flush_pipe = true,
    };
    s->r->kernel_fences++;
    s->block_until = s->cycle + ACT;
    s->last_progress = s->cycle;
    if (++s->fenced == front_parked(s->front)) {
        front_unpark(s->front, s->block_until);
        s->fenced = 0;
    }
}

void feed_control(struct sim *s)
{
    if (!front_drained(s->front))
        return;
    if (front_parked(s->front)) {
        fence_parked(s);
        return;
    }
    while (feed_record(s)) {
        const struct trace_record *r = &s->rec;
        if (r->has_cycle && s->cycle < r->cycle)
            return;
        if (r->kind == TRACE_ACCESS) {
            if (mode_is(s, r))
                return;
            set_mode(s, r);
            s->block_until = s->cycle + ACT;
            return;
        }
        s->have = false;
        if (r->kind == TRACE_REDIRECT) {
            front_redirect(s->front, NULL);
            s->r->redirects++;
            s->block_until = s->cycle + 1;
            return;
        }
        feed_apply(s, r);
        if (r->kind != TRACE_MEM && r->kind != TRACE_ROI) {
            s->block_until = s->cycle + ACT;
            front_wake_all(s->front, s->block_until);
            return;
        }
    }
}

void feed_accesses(struct sim *s)
{
    if (s->cycle < s->block_until || front_parked(s->front))
        return;
    while (feed_record(s)) {
        const struct trace_record *r = &s->rec;
        if (r->kind != TRACE_ACCESS || !mode_is(s, r) || (r->has_cycle && s->cycle < r->cycle) ||
            !front_room(s->front, r))
            return;
        bool mapped = feed_touch(s, r);
        if (s->bad)
            return;
        // Only a page that has just been built can have been seen missing.
        bool stale = mapped && !s->r->premapped && s->r->header.tables == GVT_BUILT;
        front_issue(s->front, r, s->cycle, stale);
        if (s->footprint && !footprint_access(s->footprint, r, &s->csr))
            sim_no_memory(s);
        s->r->accesses++;
        s->have = false;
    }
}

const struct trace_record *feed_waiting(const struct sim *s)
{
    const struct trace_record *r = &s->rec;
    bool may = s->have && r->kind == TRACE_ACCESS && mode_is(s, r) && s->cycle >= s->block_until &&
               (!r->has_cycle || s->cycle >= r->cycle) && !front_parked(s->front);
    return may ? r : NULL;
}

uint64_t feed_next(const struct sim *s)
{
    if (!s->have) // the next record may be taken at once, if there is one
        return s->eof || s->bad ? UINT64_MAX : s->cycle;
    const struct trace_record *r = &s->rec;
    uint64_t next = r->has_cycle && r->cycle > s->cycle ? r->cycle : s->cycle;
    if (front_parked(s->front))
        return front_drained(s->front) ? s->cycle : UINT64_MAX;
    if (r->kind != TRACE_ACCESS || !mode_is(s, r))
        return front_drained(s->front) ? next : UINT64_MAX;
    if (s->block_until > next)
        next = s->block_until;
    return next > s->cycle || front_room(s->front, r) ? next : UINT64_MAX;
}
