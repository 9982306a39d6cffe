// SPDX-License-Identifier: MulanPSL-2.0
// What a stimulus of the L1 side asks for, cycle by cycle.
#include "check/l1stim.h"

static void set_atp(struct atp *a, const uint64_t v[4])
{
    a->mode = (uint8_t)v[0];
    a->id = (uint16_t)v[1];
    a->ppn = v[2];
    a->changed = v[3];
}

static void set_priv(struct l1_csr *c, const uint64_t v[8])
{
    c->tlb.mxr = v[0];
    c->sum = v[1];
    c->vmxr = v[2];
    c->vsum = v[3];
    c->tlb.virt = c->virt_plain = v[4];
    c->spvp = (uint8_t)v[5];
    c->imode = (uint8_t)v[6];
    c->dmode = (uint8_t)v[7];
}

static void set_pmm(struct l1_csr *c, const uint64_t v[5])
{
    c->mseccfg = (uint8_t)v[0];
    c->menvcfg = (uint8_t)v[1];
    c->henvcfg = (uint8_t)v[2];
    c->hstatus = (uint8_t)v[3];
    c->senvcfg = (uint8_t)v[4];
}

void l1stim_set_csr(struct l1_csr *c, enum l1stim_kind kind, const uint64_t v[8])
{
    switch (kind) {
    case L1STIM_SATP:
        set_atp(&c->tlb.satp, v);
        break;
    case L1STIM_VSATP:
        set_atp(&c->tlb.vsatp, v);
        break;
    case L1STIM_HGATP:
        set_atp(&c->tlb.hgatp, v);
        break;
    case L1STIM_PRIV:
        set_priv(c, v);
        break;
    case L1STIM_PMM:
        set_pmm(c, v);
        break;
    default: // sets no CSR
        break;
    }
}

void l1stim_control_init(struct l1stim_control *c, const struct l1stim *s)
{
    *c = (struct l1stim_control){.csr = s->csr};
}

static bool apply(struct l1stim_control *c, const struct l1stim_event *e, struct phys *mem)
{
    const uint64_t *v = e->v;

    switch (e->kind) {
    case L1STIM_SFENCE:
        c->sfence = (struct sfence){.valid = true, .rs1 = v[0], .rs2 = v[1], .addr = v[2],
                                    .id = (uint16_t)v[3], .hv = v[4], .hg = v[5],
                                    .flush_pipe = v[6]};
        break;
    case L1STIM_PMP:
        c->csr_w = (struct csr_write){.valid = true, .addr = (uint16_t)v[0], .data = v[1]};
        break;
    case L1STIM_MEMW:
        return !mem || phys_write(mem, v[0], v[1]);
    case L1STIM_REDIRECT:
        c->redirect = (struct l1_redirect){.valid = true, .rob = l1_rob_of(v[0]),
                                           .flush_itself = v[1]};
        break;
    case L1STIM_IFLUSH:
        c->iflush = (unsigned)v[0];
        break;
    default:
        if (e->kind == L1STIM_PRIV)
            c->csr.tlb.virt_changed = c->csr.tlb.virt != v[4];
        l1stim_set_csr(&c->csr, e->kind, v);
        break;
    }
    return true;
}

bool l1stim_apply(struct l1stim_control *c, const struct l1stim *s, uint64_t cycle,
                  struct phys *mem)
{
    c->csr.tlb.satp.changed = c->csr.tlb.vsatp.changed = c->csr.tlb.hgatp.changed = false;
    c->csr.tlb.virt_changed = false;
    c->sfence.valid = c->csr_w.valid = c->redirect.valid = false;
    c->iflush = 0;
    while (c->next < s->events && s->event[c->next].cycle <= cycle)
        if (!apply(c, &s->event[c->next++], mem))
            return false;
    return true;
}

bool l1stim_is_atomic(const struct l1stim_access *a)
{
    return a->cmd == L1_CMD_LR || a->cmd == L1_CMD_AMO;
}

bool l1stim_has_hint_line(const struct l1stim *s, const struct l1stim_access *a)
{
    bool finished = a->kill || a->one_shot; // docs/recordings.md 11
    return a->port < L1_LOAD_HINTS && (s->retry.lhint || l1stim_is_atomic(a) || finished);
}

void l1stim_request(const struct l1stim_access *a, struct l1_req *q)
{
    bool fetch = a->port >= l1_first_port[L1_FETCH];
    *q = (struct l1_req){
        .valid = true,
        .vaddr = a->va & mask64(50),
        .fullva = a->va,
        .tag = a->number,
        .rob = l1_rob_of(a->number),
        .cmd = a->cmd,
        .hyper = a->hyper,
        .hlvx = a->hlvx,
        .prefetch = a->prefetch,
        .no_translate = a->no_translate,
        .check_fullva = a->check || fetch, // of a fetch: L16 fixed
    };
}
