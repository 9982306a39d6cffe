// SPDX-License-Identifier: MulanPSL-2.0
// Registers for waveforms, see registers.h.
#include "model/registers.h"

#include "arch/bits.h"
#include "model/wires.h"

struct list {
    void (*fn)(const struct l2tlb_register *r, void *ctx);
    void *ctx;
    const char *instance;
};

static void put(const struct list *l, const char *name, unsigned index, unsigned width, uint64_t value)
{
    const struct l2tlb_register r = {l->instance, name, index, width, &value};
    l->fn(&r, l->ctx);
}

// Bits of a number from 0 to max.
static unsigned width_of(unsigned max)
{
    return max ? highest(max) + 1 : 1;
}

#define REG(l, s, field, width) put(l, #field, 0, width, (uint64_t)(s)->field)

// The memory path belongs to the top.
static void top(const struct list *l, const struct l2tlb *t)
{
    for (unsigned i = 0; i < t->cfg.mem_ids; i++)
        put(l, "waiting_resp_%u", i, 1, t->mem.waiting_resp >> i & 1);
    for (unsigned i = 0; i < t->cfg.mem_ids; i++)
        put(l, "flush_latch_%u", i, 1, t->mem.flush_latch >> i & 1);
    REG(l, &t->mem, hptw_bypassed, 1);
    for (unsigned i = 0; i < 2; i++) {
        const struct l2tlb_register r = {l->instance, "refill_data_%u", i, 256, t->mem.refill_data + 4 * i};
        l->fn(&r, l->ctx);
    }
}

static void ptw(const struct list *l, const struct ptw *s)
{
    REG(l, s, idle, 1);
    put(l, "vpn", 0, 38, s->req.vpn);
    put(l, "req_s2xlate", 0, 2, s->req.s2xlate);
    put(l, "source", 0, 2, s->req.source);
    REG(l, s, level, 2);
    REG(l, s, af_level, 2);
    REG(l, s, gpf_level, 2);
    REG(l, s, ppn, 44);
    put(l, "l3Hit", 0, 1, s->l3_hit);
    put(l, "l2Hit", 0, 1, s->l2_hit);
    put(l, "stage1Hit", 0, 1, s->stage1_hit);
    REG(l, s, s_pmp_check, 1);
    REG(l, s, s_mem_req, 1);
    REG(l, s, w_mem_resp, 1);
    REG(l, s, s_llptw_req, 1);
    REG(l, s, s_hptw_req, 1);
    REG(l, s, w_hptw_resp, 1);
    REG(l, s, s_last_hptw_req, 1);
    REG(l, s, w_last_hptw_resp, 1);
    REG(l, s, mem_addr_update, 1);
    REG(l, s, need_last_s2xlate, 1);
    REG(l, s, pte_valid, 1);
    put(l, "accessFault", 0, 1, s->access_fault);
    put(l, "hptw_pageFault", 0, 1, s->hptw_page_fault);
    put(l, "hptw_accessFault", 0, 1, s->hptw_access_fault);
    REG(l, s, hptw_resp_stage2, 1);
    REG(l, s, first_gvpn_check_fail, 1);
    REG(l, s, update_full_gvpn_mem_resp, 1);
    REG(l, s, full_gvpn_reg, 44);
    if (s->cfg->has_bitmap) {
        REG(l, s, s_bitmap_check, 1);
        REG(l, s, w_bitmap_resp, 1);
        REG(l, s, whether_need_bitmap_check, 1);
        REG(l, s, bitmap_checkfailed, 1);
    }
}

static void hptw(const struct list *l, const struct hptw *s)
{
    REG(l, s, idle, 1);
    REG(l, s, level, 2);
    REG(l, s, af_level, 2);
    REG(l, s, gpaddr, 50);
    REG(l, s, req_ppn, 36);
    put(l, "l3Hit", 0, 1, s->l3_hit);
    put(l, "l2Hit", 0, 1, s->l2_hit);
    put(l, "l1Hit", 0, 1, s->l1_hit);
    REG(l, s, bypassed, 1);
    REG(l, s, s_pmp_check, 1);
    REG(l, s, s_mem_req, 1);
    REG(l, s, w_mem_resp, 1);
    REG(l, s, mem_addr_update, 1);
    put(l, "accessFault", 0, 1, s->access_fault);
    REG(l, s, id, width_of(s->cfg->llptw_size));
    REG(l, s, source, 2);
    if (s->cfg->has_bitmap) {
        REG(l, s, s_bitmap_check, 1);
        REG(l, s, w_bitmap_resp, 1);
        REG(l, s, whether_need_bitmap_check, 1);
        REG(l, s, bitmap_checkfailed, 1);
    }
}

static void llptw(const struct list *l, const struct llptw *s)
{
    unsigned slot = width_of(s->size - 1);
    for (unsigned i = 0; i < s->size; i++) {
        const struct llptw_entry *e = &s->entry[i];
        put(l, "state_%u", i, 4, s->state[i]);
        put(l, "entries_%u_req_info_vpn", i, 38, e->req.vpn);
        put(l, "entries_%u_req_info_s2xlate", i, 2, e->req.s2xlate);
        put(l, "entries_%u_req_info_source", i, 2, e->req.source);
        put(l, "entries_%u_ppn", i, 44, e->ppn);
        put(l, "entries_%u_wait_id", i, width_of(s->size + 1), e->wait_id);
        put(l, "entries_%u_af", i, 1, e->af);
        put(l, "entries_%u_first_s2xlate_fault", i, 1, e->first_s2xlate_fault);
        put(l, "mem_resp_hit_%u", i, 1, s->mem_resp_hit >> i & 1);
    }
    REG(l, s, enq_ptr_reg, slot);
    REG(l, s, hptw_resp_ptr_reg, width_of(s->size));
    REG(l, s, need_addr_check, 1);
    REG(l, s, hptw_need_addr_check, 1);
    REG(l, s, addr, 48);
}

static void stage(const struct list *l, const char *const name[5], const struct pc_stage *s)
{
    put(l, name[0], 0, 1, s->valid);
    put(l, name[1], 0, 38, s->req.info.vpn);
    put(l, name[2], 0, 2, s->req.info.s2xlate);
    put(l, name[3], 0, 2, s->req.info.source);
    put(l, name[4], 0, 1, s->req.is_hptw);
}

static void cache(const struct list *l, const struct pagecache *p)
{
    static const char *const delay[] = {"stageDelay_valid", "stageDelay_req_info_vpn", "stageDelay_req_info_s2xlate",
                                        "stageDelay_req_info_source", "stageDelay_isHptwReq"},
                             *const check[] = {"stageCheck_valid", "stageCheck_req_info_vpn", "stageCheck_req_info_s2xlate",
                                               "stageCheck_req_info_source", "stageCheck_isHptwReq"},
                             *const resp[] = {"stageResp_valid", "stageResp_req_info_vpn", "stageResp_req_info_s2xlate",
                                              "stageResp_req_info_source", "stageResp_isHptwReq"};
    stage(l, delay, &p->delay);
    stage(l, check, &p->check);
    stage(l, resp, &p->resp);
    put(l, "stageDelay_valid_1cycle", 0, 1, p->delay_first);
    put(l, "stageCheck_valid_1cycle", 0, 1, p->check_first);
}

static void prefetch(const struct list *l, const struct prefetch *p)
{
    REG(l, p, v, 1);
    REG(l, p, next_req, 38);
    for (unsigned i = 0; i < 4; i++)
        put(l, "old_reqs_%u", i, 38, p->old_reqs[i]);
    for (unsigned i = 0; i < 4; i++)
        put(l, "old_v_%u", i, 1, p->old_v >> i & 1);
    REG(l, p, old_index, 2);
}

static void bitmap(const struct list *l, const struct bitmap *s)
{
    for (unsigned i = 0; i < s->size; i++) {
        put(l, "state_%u", i, 3, s->state[i]);
        put(l, "entries_%u_ppn", i, 36, s->entry[i].ppn);
        put(l, "entries_%u_vpn", i, 38, s->entry[i].vpn);
        put(l, "entries_%u_id", i, width_of(s->cfg->llptw_size + 1), s->entry[i].id);
        put(l, "entries_%u_wait_id", i, width_of(s->size - 1), s->entry[i].wait_id);
        put(l, "entries_%u_cf", i, 1, s->entry[i].cf);
        put(l, "entries_%u_hit", i, 1, s->entry[i].hit);
    }
    REG(l, s, enq_ptr_reg, width_of(s->size - 1));
    REG(l, s, need_addr_check, 1);
}

void l2tlb_registers(const struct l2tlb *t, void (*fn)(const struct l2tlb_register *r, void *ctx), void *ctx)
{
    struct list l = {fn, ctx, ""};
    top(&l, t);
    l.instance = "ptw";
    ptw(&l, &t->ptw);
    l.instance = "hptw";
    hptw(&l, &t->hptw);
    l.instance = "llptw";
    llptw(&l, &t->llptw);
    l.instance = "missQueue";
    put(&l, "enq_ptr", 0, width_of(t->mq.size - 1), (t->mq.head + t->mq.count) % t->mq.size);
    put(&l, "deq_ptr", 0, width_of(t->mq.size - 1), t->mq.head);
    l.instance = "cache";
    cache(&l, &t->pc);
    l.instance = "prefetch";
    prefetch(&l, &t->pf);
    if (t->cfg.has_bitmap) {
        l.instance = "bitmap";
        bitmap(&l, &t->bitmap);
    }
}
