// SPDX-License-Identifier: MulanPSL-2.0
// The ports between public and internal structures. What comes in is checked against the widths of the RTL's
// ports, member by member; an impossible value never reaches the machine.
#include "lib/impl.h"

#include "l1/l1entry.h"

#include <inttypes.h>
#include <stddef.h>
#include <string.h>

// The same members at the same places: answers are copied as they are.
#define SAME(type, public, member) \
    _Static_assert(offsetof(struct type, member) == offsetof(struct public, member), #public "." #member)
SAME(sector_resp, l2tlb_stage1, tag);
SAME(sector_resp, l2tlb_stage1, ppn);
SAME(sector_resp, l2tlb_stage1, asid);
SAME(sector_resp, l2tlb_stage1, vmid);
SAME(sector_resp, l2tlb_stage1, n);
SAME(sector_resp, l2tlb_stage1, pbmt);
SAME(sector_resp, l2tlb_stage1, perm);
SAME(sector_resp, l2tlb_stage1, level);
SAME(sector_resp, l2tlb_stage1, v);
SAME(sector_resp, l2tlb_stage1, addr_low);
SAME(sector_resp, l2tlb_stage1, ppn_low);
SAME(sector_resp, l2tlb_stage1, valididx);
SAME(sector_resp, l2tlb_stage1, pteidx);
SAME(sector_resp, l2tlb_stage1, pf);
SAME(sector_resp, l2tlb_stage1, af);
SAME(hptw_resp, l2tlb_stage2, tag);
SAME(hptw_resp, l2tlb_stage2, ppn);
SAME(hptw_resp, l2tlb_stage2, vmid);
SAME(hptw_resp, l2tlb_stage2, n);
SAME(hptw_resp, l2tlb_stage2, pbmt);
SAME(hptw_resp, l2tlb_stage2, perm);
SAME(hptw_resp, l2tlb_stage2, level);
SAME(hptw_resp, l2tlb_stage2, gpf);
SAME(hptw_resp, l2tlb_stage2, gaf);
_Static_assert(sizeof(struct sector_resp) == sizeof(struct l2tlb_stage1), "stage 1");
_Static_assert(sizeof(struct hptw_resp) == sizeof(struct l2tlb_stage2), "stage 2");
_Static_assert(PERF_COUNT == (int)L2TLB_COUNTERS, "counters");

enum { VPN_BITS = 38, PPN_BITS = 44, FENCE_BITS = 50, CSR_BITS = 12, BMA_BITS = 58, MODE_BITS = 4, SDID_BITS = 6 };

static int bad(struct l2tlb_machine *m, const char *member, uint64_t value, const char *expected)
{
    return say(m->message, L2TLB_BAD_VALUE, "%s is 0x%" PRIx64 ", not %s", member, value, expected);
}

static int not_zero(struct l2tlb_machine *m, const char *member)
{
    return say(m->message, L2TLB_BAD_VALUE, "%s.zero is not 0", member);
}

static int check_atp(struct l2tlb_machine *m, const char *name, const struct l2tlb_atp *a)
{
    if (a->ppn > mask64(PPN_BITS))
        return say(m->message, L2TLB_BAD_VALUE, "%s.ppn is 0x%" PRIx64 ", not of 44 bits", name, a->ppn);
    if (a->mode > mask64(MODE_BITS))
        return say(m->message, L2TLB_BAD_VALUE, "%s.mode is %u, not 0..15", name, a->mode);
    return ZERO(*a) ? L2TLB_OK : not_zero(m, name);
}

static int check_mmpt(struct l2tlb_machine *m, const struct l2tlb_mmpt *r)
{
    if (r->ppn > mask64(PPN_BITS))
        return bad(m, "mmpt.ppn", r->ppn, "of 44 bits");
    if (r->mode > 2 || r->sdid > mask64(SDID_BITS))
        return say(m->message, L2TLB_BAD_VALUE, "mmpt.mode is %u, mmpt.sdid %u, not 0..2 and 0..63", r->mode, r->sdid);
    if (!m->core->cfg.has_mpt && (r->ppn || r->mode || r->sdid || r->opt_out_in_node || r->changed))
        return say(m->message, L2TLB_BAD_VALUE, "mmpt is not 0 in a build without MPT");
    return ZERO(*r) ? L2TLB_OK : not_zero(m, "mmpt");
}

static void take_atp(struct atp *to, const struct l2tlb_atp *a)
{
    to->ppn = a->ppn;
    to->id = a->id;
    to->mode = a->mode;
    to->changed = a->changed;
}

int ports_csr(struct l2tlb_machine *m, const struct l2tlb_csr *csr)
{
    struct tlb_csr *to = &m->in.csr;
    int status;
    if (memcmp(csr, &m->csr, sizeof *csr) == 0)
        return L2TLB_OK; // most cycles
    if ((status = check_atp(m, "satp", &csr->satp)) || (status = check_atp(m, "vsatp", &csr->vsatp)) ||
        (status = check_atp(m, "hgatp", &csr->hgatp)) || (status = check_mmpt(m, &csr->mmpt)))
        return status;
    if (csr->mbmc.bma > mask64(BMA_BITS))
        return bad(m, "mbmc.bma", csr->mbmc.bma, "of 58 bits");
    if (!ZERO(csr->mbmc) || !ZERO(*csr))
        return not_zero(m, "csr");
    take_atp(&to->satp, &csr->satp);
    take_atp(&to->vsatp, &csr->vsatp);
    take_atp(&to->hgatp, &csr->hgatp);
    to->mbmc.bma = csr->mbmc.bma;
    to->mbmc.bme = csr->mbmc.bme;
    to->mbmc.bclear = csr->mbmc.bclear;
    to->mbmc.cmode = csr->mbmc.cmode;
    to->mbmc.keyiden = csr->mbmc.keyiden;
    to->mmpt.ppn = csr->mmpt.ppn;
    to->mmpt.mode = csr->mmpt.mode;
    to->mmpt.sdid = csr->mmpt.sdid;
    to->mmpt.opt_out_in_node = csr->mmpt.opt_out_in_node;
    to->mmpt.changed = csr->mmpt.changed;
    to->mxr = csr->mxr;
    to->virt = csr->virt;
    to->debug = csr->debug;
    to->virt_changed = csr->virt_changed;
    to->m_pbmte = csr->m_pbmte;
    to->h_pbmte = csr->h_pbmte;
    m->csr = *csr;
    return L2TLB_OK;
}

void ports_end_pulses(struct l2tlb_machine *m)
{
    struct l2tlb_csr *c = &m->csr;
    struct tlb_csr *to = &m->in.csr;
    c->satp.changed = c->vsatp.changed = c->hgatp.changed = c->mmpt.changed = c->mbmc.bclear = c->virt_changed = 0;
    to->satp.changed = to->vsatp.changed = to->hgatp.changed = to->mmpt.changed = to->mbmc.bclear = to->virt_changed = false;
    m->in.sfence.valid = m->in.csr_w.valid = false;
}

int ports_fence(struct l2tlb_machine *m, const struct l2tlb_fence *f)
{
    struct sfence *to = &m->in.sfence;
    if (f->addr > mask64(FENCE_BITS))
        return bad(m, "fence.addr", f->addr, "of 50 bits");
    if (f->mfence && !m->core->cfg.has_mpt)
        return bad(m, "fence.mfence", f->mfence, "0 in a build without MPT");
    to->addr = f->addr;
    to->id = f->id;
    to->valid = f->valid;
    to->rs1 = f->rs1;
    to->rs2 = f->rs2;
    to->hv = f->hv;
    to->hg = f->hg;
    to->mfence = f->mfence;
    to->flush_pipe = true;
    return L2TLB_OK;
}

int ports_csr_write(struct l2tlb_machine *m, const struct l2tlb_csr_write *w)
{
    struct csr_write *to = &m->in.csr_w;
    if (w->addr > mask64(CSR_BITS))
        return bad(m, "csr_write.addr", w->addr, "of 12 bits");
    if (!ZERO(*w))
        return not_zero(m, "csr_write");
    to->data = w->data;
    to->addr = w->addr;
    to->valid = w->valid;
    return L2TLB_OK;
}

int ports_request(struct l2tlb_machine *m, unsigned port, const struct l2tlb_request *q)
{
    if (q->vpn > mask64(VPN_BITS))
        return bad(m, "req.vpn", q->vpn, "of 38 bits");
    if (q->s2xlate > L2TLB_ALL_STAGE)
        return bad(m, "req.s2xlate", q->s2xlate, "0..3");
    if (q->tag == L2TLB_NO_TAG)
        return bad(m, "req.tag", q->tag, "a tag");
    if (q->mpt_only && !m->core->cfg.has_mpt)
        return bad(m, "req.mpt_only", q->mpt_only, "0 in a build without MPT");
    if (!ZERO(*q))
        return not_zero(m, "req");
    m->in.req[port] = (struct l2tlb_req){
        .vpn = q->vpn, .s2xlate = q->s2xlate, .valid = true, .tag = q->tag, .mpt_only = q->mpt_only};
    return L2TLB_OK;
}

int ports_beat(struct l2tlb_machine *m, unsigned source)
{
    const struct mempath *path = &m->core->mem;
    if (source >= MAX_IDS || !m->reading[source])
        return say(m->message, L2TLB_BAD_BEAT, "d.source is %u: no read of it is under way", source);
    if (path->second_beat && source != m->line_source)
        return say(m->message, L2TLB_BAD_BEAT, "d.source is %u inside of the line of %u", source, m->line_source);
    return L2TLB_OK;
}

static int take_beat(struct l2tlb_machine *m, const struct l2tlb_beat *d)
{
    if (!ZERO(*d))
        return not_zero(m, "d");
    int status = ports_beat(m, d->source);
    if (status)
        return status;
    memcpy(m->in.d.data, d->data, sizeof m->in.d.data);
    m->in.d.source = d->source;
    m->in.d.valid = true;
    return L2TLB_OK;
}

int ports_inputs(struct l2tlb_machine *m, const struct l2tlb_inputs *in)
{
    struct l2tlb_in *to = &m->in;
    int status = ports_csr(m, &in->csr);
    if (!in->resp_ready[1])
        return say(m->message, L2TLB_BAD_VALUE, "resp_ready[1] is 0: port 1 always takes its answers");
    to->sfence.valid = to->csr_w.valid = to->d.valid = false;
    to->req[0].valid = to->req[1].valid = false;
    if (!status && in->fence.valid)
        status = ports_fence(m, &in->fence);
    if (!status && in->csr_write.valid)
        status = ports_csr_write(m, &in->csr_write);
    for (unsigned p = 0; p < 2 && !status; p++)
        if (in->req[p].valid)
            status = ports_request(m, p, &in->req[p]);
    if (!status && in->d.valid)
        status = take_beat(m, &in->d);
    to->resp_ready[0] = in->resp_ready[0];
    to->resp_ready[1] = true;
    to->a_ready = in->a_ready;
    to->wfi_req = in->wfi_req;
    return status;
}

void ports_response(const struct ptw_resp *from, struct l2tlb_response *to)
{
    to->s2xlate = from->s2xlate;
    memset(to->zero, 0, sizeof to->zero);
    to->tag = from->tag;
    memcpy(&to->s1, &from->s1, sizeof to->s1);
    memcpy(&to->s2, &from->s2, sizeof to->s2);
    to->mpt = (struct l2tlb_mpt){
        .mpt_only = from->mpt.mpt_only, .access_fault = from->mpt.access_fault, .right = from->mpt.right,
        .level = from->mpt.level, .contiguous = from->mpt.contiguous, .napot = from->mpt.napot};
}

void ports_outputs(const struct l2tlb_machine *m, struct l2tlb_outputs *out)
{
    const struct l2tlb_out *from = &m->out;
    memset(out, 0, sizeof *out);
    out->size = sizeof *out;
    for (unsigned p = 0; p < 2; p++) {
        out->req_ready[p] = from->req_ready[p];
        out->resp_valid[p] = from->resp_valid[p];
        if (from->resp_valid[p])
            ports_response(&from->resp[p], &out->resp[p]);
    }
    out->a_valid = from->a_valid;
    if (from->a_valid) {
        out->a_address = from->a_address;
        out->a_source = from->a_source;
    }
    out->wfi_safe = from->wfi_safe;
    memcpy(out->counter, from->perf, sizeof out->counter);
}

int l2tlb_response_page(const struct l2tlb_response *r, uint64_t vpn, uint64_t *ppn)
{
    struct ptw_resp answer = {.s2xlate = r->s2xlate};
    memcpy(&answer.s1, &r->s1, sizeof answer.s1);
    memcpy(&answer.s2, &r->s2, sizeof answer.s2);
    *ppn = l1_host_ppn(&answer, vpn);
    bool s1 = r->s2xlate != L2TLB_ONLY_STAGE2, g = r->s2xlate & L2TLB_ONLY_STAGE2;
    if (s1 && r->s1.af)
        return L2TLB_ACCESS_FAULT;
    if (s1 && r->s1.pf)
        return L2TLB_PAGE_FAULT;
    if (g && r->s2.gaf)
        return L2TLB_GUEST_ACCESS_FAULT;
    return g && r->s2.gpf ? L2TLB_GUEST_FAULT : L2TLB_NO_FAULT;
}

void l2tlb_inputs_init(struct l2tlb_inputs *in)
{
    *in = (struct l2tlb_inputs){.size = sizeof *in, .resp_ready = {1, 1}, .a_ready = 1};
}

void l2tlb_mbmc_write(struct l2tlb_mbmc *m, uint64_t value)
{
    struct mbmc to = {.bma = m->bma, .bme = m->bme};
    mbmc_write(&to, value);
    *m = (struct l2tlb_mbmc){
        .bma = to.bma, .bme = to.bme, .bclear = to.bclear, .cmode = to.cmode, .keyiden = to.keyiden};
}
