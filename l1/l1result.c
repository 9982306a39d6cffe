// SPDX-License-Identifier: MulanPSL-2.0
#include "l1/l1result.h"

bool l1_xlate_enabled(bool virt, unsigned mode, const struct tlb_csr *csr)
{
    if (mode >= MODE_M)
        return false;
    return virt ? l1_xlate_mode(csr->vsatp.mode) || l1_xlate_mode(csr->hgatp.mode)
                : l1_xlate_mode(csr->satp.mode);
}

// Spec C 1.2 rule 3.
unsigned l1_privilege(const struct l1tlb *t, const struct l1_req *r, const struct l1_csr *csr)
{
    return r->hyper ? csr->spvp : t->p.fetch ? csr->imode : csr->dmode;
}

static void read_bypass(const struct l1tlb *t, struct l1_result *r)
{
    const struct ptw_resp *a = &t->back.r;
    uint64_t vpn = r->p->vpn;

    r->d = (struct l1_data){
        .ppn = l1_host_ppn(a, vpn),
        .perm = l1_perm_s1(&a->s1),
        .g_perm = l1_perm_s2(&a->s2),
        .pbmt = a->s1.pbmt,
        .g_pbmt = a->s2.pbmt,
        .s2xlate = a->s2xlate,
    };
    r->gvpn = a->s2xlate == ONLY_STAGE2 ? a->s2.tag : l1_gen_gvpn(&a->s1, vpn);
    r->level = a->s1.level;
    r->leaf = l1_s1_is_leaf(&a->s1);
    r->fake = l1_s1_is_fake(&a->s1);
}

static void read_table(const struct l1tlb *t, struct l1_result *r)
{
    l1_table_read(&t->table, r->p->hit, r->p->vpn, &r->d);
    r->gvpn = t->gpa.gvpn;
    r->level = t->gpa.level;
    r->leaf = t->gpa.leaf;
    r->fake = t->gpa.fake;
}

// Guest physical address (spec C 1.8): offset of the access, or of the stage-1 PTE if the walk did
// not get to a leaf.
static uint64_t guest_address(const struct l1_result *r, const struct tlb_csr *csr, bool full)
{
    const struct l1_req *q = &r->p->req;
    uint64_t vaddr = q->vaddr & mask64(full ? 50 : 48);
    uint64_t va = l1_cmd_is_exec(q->cmd) || bit(q->fullva, 12) != bit(vaddr, 12) ? vaddr
                                                                                 : q->fullva;
    if (r->d.s2xlate == ONLY_STAGE2)
        return va;
    if (r->leaf)
        return r->gvpn << 12 | (va & 0xfff);
    unsigned idx = (r->level - 1u) & 3;
    if (r->fake)
        idx = csr->vsatp.mode == MODE_SV39 ? 2 : csr->vsatp.mode == MODE_SV48 ? 3 : 0;
    return r->gvpn << 12 | bits(va >> 12, 9 * idx + 8, 9 * idx) << 3;
}

static unsigned select_pbmt(unsigned s2xlate, unsigned pbmt, unsigned g_pbmt)
{
    if (s2xlate == ONLY_STAGE2)
        return g_pbmt;
    return s2xlate == ALL_STAGE && !pbmt ? g_pbmt : pbmt;
}

// Missing right of one stage; in priority order of kinds a command belongs to at most one.
static bool right_missing(unsigned perm, unsigned cmd, bool hlvx, bool mxr)
{
    if (l1_cmd_is_exec(cmd))
        return !(perm & PERM_X) || !(perm & PERM_A);
    if (l1_cmd_is_write(cmd) || l1_cmd_is_amo(cmd))
        return !(perm & PERM_W) || (perm & (PERM_A | PERM_D)) != (PERM_A | PERM_D);
    bool ok = hlvx ? perm & PERM_X : (perm & PERM_R) || (mxr && (perm & PERM_X));
    return !ok || !(perm & PERM_A);
}

// Spec C 1.4, "mode check".
static bool mode_fails(const struct l1tlb *t, const struct l1_result *r, const struct l1_csr *csr)
{
    bool u = r->d.perm & PERM_U;
    bool sum = r->virt ? csr->vsum : csr->sum;
    return (r->mode == MODE_U && !u) || (r->mode == MODE_S && u && (!sum || t->p.fetch));
}

static unsigned exc_bits(unsigned cmd, bool af, bool pf, bool gpf)
{
    unsigned kind = l1_cmd_is_exec(cmd) ? 1 : l1_cmd_is_write(cmd) ? 2 : 4;
    return (af ? kind : 0) | (pf ? kind << 3 : 0) | (gpf ? kind << 6 : 0);
}

// The faults of a translation (spec C 1.4), for code s2xlate.
static void check_perm(const struct l1tlb *t, const struct l1_result *r, const struct l1_csr *csr,
                       unsigned s2xlate, struct l1_resp *o)
{
    const struct l1_req *q = &r->p->req;
    unsigned p = r->d.perm, g = r->d.g_perm;
    bool only2 = s2xlate == ONLY_STAGE2, stage2 = only2 || s2xlate == ALL_STAGE;
    bool af = (!only2 && (p & L1_PERM_AF)) || (stage2 && (g & L1_PERM_AF));
    bool bad = p & (L1_PERM_PF | L1_PERM_AF);
    bool fake = !(p & L1_PERM_V) && !bad && !only2;
    bool nonleaf = !(p & (PERM_R | PERM_W | PERM_X)) && (p & L1_PERM_V) && !bad;
    bool mxr = r->virt ? csr->vmxr || csr->tlb.mxr : csr->tlb.mxr;
    bool pf = (p & L1_PERM_PF) || mode_fails(t, r, csr) || right_missing(p, q->cmd, q->hlvx, mxr);
    bool gpf = (g & L1_PERM_PF) || right_missing(g, q->cmd, q->hlvx, csr->tlb.mxr);

    pf = pf && r->enabled && !only2 && !af && !fake && !nonleaf;
    gpf = gpf && r->enabled && stage2 && !af && !pf;
    o->nonleaf = fake || nonleaf;
    o->exc = (uint16_t)exc_bits(q->cmd, af && r->enabled, pf, gpf);
    o->va_need_ext = true;
}

void l1_result_prefault(const struct l1_result *r, struct l1_resp *o)
{
    const struct l1tlb_port *p = r->p;
    if (!r->prefault)
        return;
    o->exc = (uint16_t)exc_bits(p->req.cmd, p->preaf, p->prepf, p->pregpf);
    o->nonleaf = o->va_need_ext = o->miss = false;
    o->gpaddr = p->req.fullva;
}

void l1_result_of(const struct l1tlb *t, const struct l1tlb_in *in, unsigned i, struct l1_result *r,
                  struct l1_resp *o)
{
    const struct l1tlb_port *p = &t->port[i];
    const struct l1_csr *csr = in->csr;

    r->p = p;
    r->virt = p->virt || p->req.hyper;
    r->s2xlate = l1_s2xlate(r->virt, &csr->tlb);
    r->mode = l1_privilege(t, &p->req, csr);
    r->enabled = l1_xlate_enabled(r->virt, r->mode, &csr->tlb) && p->translate;
    r->hit = p->hit || p->p_hit;
    r->prefault = p->prepf || p->pregpf || p->preaf;
    if (p->p_hit)
        read_bypass(t, r);
    else
        read_table(t, r);
    o->tag = p->req.tag;
    o->bypass = p->p_hit;
    o->enabled = r->enabled;
    o->paddr = r->enabled ? r->d.ppn << 12 | (p->req.vaddr & 0xfff) : p->req.vaddr & mask64(48);
    if (!p->translate && t->p.rule.l1_no_translate_paddr)
        o->paddr = p->req.paddr;
    o->gpaddr = guest_address(r, &csr->tlb, t->p.rule.l1_gpa_50_bits);
    o->pbmt = r->enabled ? (uint8_t)select_pbmt(r->s2xlate, r->d.pbmt, r->d.g_pbmt) : 0;
    check_perm(t, r, csr, r->s2xlate, o);
}

// Spec C 1.7. The page offset is vpn[11:0] (L10).
void l1_result_answered(const struct l1tlb *t, const struct l1tlb_in *in,
                        const struct l1_result *r, struct l1_resp *o)
{
    const struct ptw_resp *a = &in->answer->r;
    uint64_t vpn = r->p->vpn;
    bool right = t->p.rule.l1_blocking_offset;
    uint64_t off = (right ? r->p->req.vaddr : vpn) & 0xfff;
    struct l1_result b = *r;

    b.d.perm = l1_perm_s1(&a->s1);
    b.d.g_perm = l1_perm_s2(&a->s2);
    o->paddr = l1_host_ppn(a, vpn) << 12 | off;
    o->gpaddr = (l1_gen_ppn(&a->s1, vpn) & mask64(36)) << 12 | off;
    o->bypass = true;
    o->pbmt = r->enabled ? (uint8_t)select_pbmt(a->s2xlate, a->s1.pbmt, a->s2.pbmt) : 0;
    check_perm(t, &b, in->csr, a->s2xlate, o);
    if (right) { // the guest address as a by-pass gives it
        b.d.s2xlate = a->s2xlate;
        b.gvpn = a->s2xlate == ONLY_STAGE2 ? a->s2.tag : l1_gen_gvpn(&a->s1, vpn);
        b.level = a->s1.level;
        b.leaf = l1_s1_is_leaf(&a->s1);
        b.fake = l1_s1_is_fake(&a->s1);
        o->gpaddr = guest_address(&b, &in->csr->tlb, t->p.rule.l1_gpa_50_bits);
    }
}
