// SPDX-License-Identifier: MulanPSL-2.0
// Memory path (spec A 4.2 to 4.4).
#include "model/mempath.h"

#include <string.h>

void mempath_reset(struct mempath *m, const struct l2tlb_cfg *cfg)
{
    memset(m, 0, sizeof *m);
    m->cfg = cfg;
}

// Spec A 4.3 rules 1 to 3 and 6. Two beats per line; the second one completes it.
void mempath_publish(const struct mempath *m, bool flush, bool d_valid, unsigned d_source,
                     const uint64_t d_data[4], struct mempath_out *o)
{
    o->done = d_valid && m->second_beat;
    o->id = (uint8_t)d_source;
    o->refill_valid = false;
    if (!o->done)
        return;
    memcpy(o->line, m->refill_data, 4 * sizeof o->line[0]);
    memcpy(o->line + 4, d_data, 4 * sizeof o->line[0]);
    bool walker = d_source <= m->cfg->hptw_id;
    bool no_refill = d_source == m->cfg->hptw_id && m->hptw_bypassed;
    o->refill_valid = walker && !flush && !bit(m->flush_latch, d_source) && !no_refill;
}

const uint64_t *mempath_sector(const struct mempath *m, unsigned i, uint32_t buffer_it)
{
    return bit(buffer_it, i) ? m->refill_data : m->resp_pte_sector[i];
}

// What a complete line leaves behind (spec A 4.3 rules 3 and 7).
static void line_done(struct mempath *m, const struct mempath_out *o, const struct mempath_in *in,
                      uint64_t pte)
{
    unsigned id = o->id;
    uint8_t level = 0;
    if (id == m->cfg->ptw_id) {
        m->resp_pte_ptw = pte;
        level = m->refill_level_ptw;
    } else if (id == m->cfg->hptw_id) {
        m->resp_pte_hptw = pte;
        level = m->refill_level_hptw;
    } else if (m->cfg->has_mpt && id == m->cfg->mpt_id) {
        m->resp_pte_mpt = pte;
    }
    if (!o->refill_valid)
        return; // the refill register keeps its payload
    m->refill.level = level;
    m->refill.info = in->refill_info;
    m->refill.sel_pte = pte;
    m->refill.ptes = m->refill_data;
    m->refill_id = (uint8_t)id;
}

// Spec A 4.2 rules 4, 5 and 7.
static void request(struct mempath *m, const struct mempath_in *in)
{
    if (in->llptw_in_fire)
        m->req_addr_low[in->llptw_enq_ptr] = in->llptw_in_vpn & 7;
    if (!in->a_fire)
        return;
    m->req_addr_low[in->a_id] = (uint8_t)bits(in->a_addr, 5, 3);
    m->waiting_resp |= 1u << in->a_id;
    // D5: one register for all, overwritten by every read (spec B 3.5 rule 3); T16: those of the MPT walker set it
    // (spec E 2.6 rule 3).
    bool hptw = in->a_id == m->cfg->hptw_id, mpt = m->cfg->has_mpt && in->a_id == m->cfg->mpt_id;
    bool kept = m->cfg->errata_fixed[ERR_D5] || (mpt && m->cfg->errata_fixed[ERR_T16]);
    if (hptw || !kept)
        m->hptw_bypassed = (hptw && in->a_hptw_bypassed) || mpt;
    if (in->ptw_mem_fire)
        m->refill_level_ptw = in->ptw_level;
    if (in->hptw_mem_fire)
        m->refill_level_hptw = in->hptw_level;
}

// Flush: spec A 4.4, 4.3 rule 5. End of a read: spec A 4.3 rule 4.
void mempath_tick(struct mempath *m, const struct mempath_out *o, const struct mempath_in *in)
{
    for (uint32_t b = in->buffer_it; b; b &= b - 1)
        memcpy(m->resp_pte_sector[lowest(b)], m->refill_data, sizeof m->refill_data);
    // The offset of the latest read of this id, before this cycle's (spec A 4.3; E 2.6 rule 2).
    uint64_t pte = o->done ? o->line[m->req_addr_low[o->id]] : 0;
    m->mpt_resp = o->done && m->cfg->has_mpt && o->id == m->cfg->mpt_id; // whatever was flushed
    if (in->flush)
        m->flush_latch |= m->waiting_resp; // ids outstanding before this cycle
    request(m, in);
    m->refill.valid = o->refill_valid;
    if (in->d_valid) {
        memcpy(m->refill_data + (m->second_beat ? 4 : 0), in->d_data, 4 * sizeof m->refill_data[0]);
        m->second_beat = !m->second_beat;
    }
    if (o->done) {
        line_done(m, o, in, pte);
        m->waiting_resp &= ~(1u << o->id);
        m->flush_latch &= ~(1u << o->id);
    }
}
