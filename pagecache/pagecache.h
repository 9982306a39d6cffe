// SPDX-License-Identifier: MulanPSL-2.0
// PageCache (Chisel PtwCache; spec A 2): one look-up port, four pipeline stages, five
// tables searched in parallel, one refill port.
//
//   stage   what happens
//   Req     request accepted; L3, L2, SP compared; L1, L0 SRAM read (blocked by a refill)
//   Delay   L1, L0 compared; L3, L2, SP data selected; replacers of L3, L2, SP touched
//   Check   hits final; replacers of L1, L0 touched
//   Resp    answer offered until taken
//
// The block is used as every other one: publish (outputs that depend on registers only), helpers
// for the Mealy paths (bypass match against the refill of this cycle), tick.
#ifndef L2TLB_PAGECACHE_PAGECACHE_H
#define L2TLB_PAGECACHE_PAGECACHE_H

#include "arch/bundle.h"
#include "arch/cfg.h"

// A look-up as pushed into the pipeline (spec A 1.3).
struct pc_req {
    struct req_info info;
    uint8_t hptw_id; // walker that asked, when is_hptw
    bool is_hptw, is_first;
    uint8_t port; // arb2 input it came from, for reports: 0 HPTW, 1 PTW, 2 miss queue, 3 L1, 4 prefetch
};

// One line for the tables, valid for exactly one cycle (spec A 2.5, 4.3). Owned by the memory path.
struct pc_refill {
    const uint64_t *ptes; // 8 PTEs
    uint64_t sel_pte;     // the addressed one
    struct req_info info;
    uint8_t level;
    bool valid;
};

// Entry of a fully associative table; L3 and L2 use level 3 and 2, SP the level of its leaf.
struct pc_entry {
    uint64_t vpn, ppn; // full vpn (the tag is its upper part), PTE ppn[37:0]
    uint16_t asid, vmid;
    uint8_t h, level, pbmt, perm;
    bool n, v, prefetch;
    bool two_stage; // filled by an allStage walk
};

// Way of L1 or L0: a line of eight PTEs.
struct pc_line {
    uint64_t tag; // vpn[37:12] (L1), vpn[37:3] (L0)
    uint64_t ppn[SECTOR];
    uint16_t asid, vmid;
    uint8_t h;
    uint16_t asid_hash, vmid_hash, vpn_hash;
    uint8_t vs;     // sector usable
    uint8_t onlypf; // L0: cached page fault
    uint8_t n;      // with erratum N1 fixed: NAPOT PTEs
    bool two_stage; // filled by an allStage walk
    uint8_t pbmt[SECTOR], perm[SECTOR];
    bool prefetch;
};

struct pc_fa_table {
    struct pc_entry entry[MAX_FA];
    uint64_t valid, global; // masks
    uint64_t plru;
    unsigned size;
};

struct pc_set_table {
    struct pc_line *line;                    // sets * ways
    uint32_t *valid, *global;                // per set
    uint64_t *plru;                          // per set
    uint8_t *bits;                           // L0: l0BitmapReg, per line
    unsigned sets, ways, set_shift;          // set = vpn >> set_shift mod sets
};

// What the tables say about one look-up; moves from Delay to Check to Resp.
struct pc_result {
    bool l3, l2, l1, l0, sp; // hits
    bool jump_l0, jump_sp;   // bitmap: a match that needs a check first
    uint64_t l3_ppn, l2_ppn, l1_ppn;
    uint8_t l2_pbmt, l1_pbmt;
    uint32_t l1_vec, l0_vec; // hitting ways
    uint8_t l0_way;
    uint8_t l0_row; // check bits of the selected way
    struct pc_entry sp_entry;
    struct pc_line l0_line;
};

struct pc_stage {
    bool valid;
    struct pc_req req;
    uint8_t bypassed; // bit k: a refill of level k passed by
};

// A check has ended: mark the tested PTE (spec B 4.6; revision 2026-03: spec D 4B.6).
struct pc_wakeup {
    bool valid;
    uint64_t vpn;
    uint8_t level, s2xlate;
    uint8_t way;  // L0 way
    bool n;       // the tested PTE is NAPOT
    uint64_t ppn; // tested page, 36 bits
    bool success; // allowed
};

// Revision 2026-03: a wake-up whose line has been read.
struct pc_wake_read {
    struct pc_wakeup wakeup;
    bool candidate; // the named way holds the PTE but for ASID and VMID
    uint16_t asid, vmid;
    bool g;
};

struct pagecache {
    const struct l2tlb_cfg *cfg;
    struct pc_fa_table l3, l2, sp;
    struct pc_set_table l1, l0;
    uint64_t sp_bits; // spBitmapReg, revision 2025-05
    struct pc_wake_read wake_read; // revision 2026-03: being compared
    struct pc_wakeup wake_write;   // ... to be written

    struct pc_stage delay, check, resp;
    bool delay_first, check_first; // stageDelay_valid_1cycle, stageCheck_valid_1cycle
    uint64_t l3_vec, l2_vec, sp_vec; // hit vectors registered in Req
    uint32_t l1_cand, l0_cand;       // ways that match but for ASID and VMID
    struct {                         // what the SRAM read of Req returned, per matching way
        uint64_t ppn;
        uint16_t asid, vmid;
        uint8_t pbmt;
        bool g;
    } l1_read[MAX_WAYS];
    struct pc_line l0_read[MAX_WAYS];
    uint8_t l0_row_live[MAX_WAYS];  // register r of spec B 4.6 rule 4, loaded every cycle
    uint8_t l0_row_check[MAX_WAYS]; // row held by the Check stage
    struct pc_entry sp_held;        // with erratum N3 fixed
    uint8_t delay_match;            // register of the bypass detection in Delay
    uint8_t check_match;
    uint8_t hptw_match; // q of spec A 2.7 rule 4
    struct pc_result delay_result; // L3 and L2 part, fixed when accepted
    struct pc_result check_result, resp_result;
};

// Answer of the Resp stage (spec A 2.9), without the eight-entry views, see pc_stage1().
struct pc_out {
    bool valid;
    const struct pc_req *req;
    const struct pc_result *result;
    bool hit, stage1_hit, prefetched;
    bool fsm_l3, fsm_l2, fsm_l1; // toFsm
    uint64_t fsm_ppn;            // 38 bits
    bool hptw_l3, hptw_l2, hptw_l1;
    bool bypassed, hptw_bypassed;
    bool jump, to_llptw;
};

struct pc_in {
    bool flush;
    const struct tlb_csr *csr;
    const struct sfence *sfence;
    const struct pc_refill *refill;
    bool req_fire;
    const struct pc_req *req;
    bool resp_ready;
    const struct pc_wakeup *wakeup;
    uint64_t offered_vpn; // vpn on the input port, valid or not (spec B 4.6 rule 4)
};

// cfg must outlive the block (as for every block). False: out of memory.
bool pagecache_init(struct pagecache *p, const struct l2tlb_cfg *cfg);
void pagecache_free(struct pagecache *p);
void pagecache_reset(struct pagecache *p);

// Outputs of the Resp stage; needs the refill of this cycle for the bypass match.
void pagecache_publish(const struct pagecache *p, const struct pc_refill *refill,
                       struct pc_out *out);
// Input ready, given the readiness of the answer's consumer.
bool pagecache_req_ready(const struct pagecache *p, const struct pc_refill *refill,
                         bool resp_ready);
// Hits of the Check stage for perf events 7 to 9.
void pagecache_check_hits(const struct pagecache *p, const struct tlb_csr *csr, bool *l0, bool *sp);
// The stage-1 view of eight PTEs and the G-stage answer of the Resp stage.
void pagecache_stage1(const struct pagecache *p, const struct tlb_csr *csr, struct merge_resp *m);
void pagecache_hptw_resp(const struct pagecache *p, const struct tlb_csr *csr,
                         struct hptw_resp *r);
// Bitmap: a cached leaf as the PTE that a jump hands to a walker (spec B 4.6, spec D 4B).
// to_llptw: what the LLPTW gets; else what PTW and HPTW get. Where L0 and SP jump at once (a NAPOT
// entry of SP beside the line of L0) SP's goes first, but 2025-05 hands the line of L0 to the LLPTW.
bool pagecache_jump_is_sp(const struct pagecache *p, bool to_llptw);
uint64_t pagecache_jump_pte(const struct pagecache *p, unsigned j, bool to_llptw);
// Way of L0 that a refill of vpn's line would replace.
unsigned pagecache_l0_victim(const struct pagecache *p, uint64_t vpn);
void pagecache_tick(struct pagecache *p, const struct pc_in *in);
// True if a cycle without request, refill, fence and wake-up changes nothing: no stage moves.
bool pagecache_idle(const struct pagecache *p, bool resp_ready);
// Bitmap: loading the row register again with this address would not change it.
bool pagecache_row_stable(const struct pagecache *p, uint64_t offered_vpn);
void pagecache_dump(const struct pagecache *p, FILE *out);

// --- parts of the block in files of their own ---------------------------------------------------

// Set masks of matching entries (pc_lookup.c).
uint64_t pc_fa_match(const struct pagecache *p, const struct pc_fa_table *t,
                     const struct req_info *q, const struct tlb_csr *csr);
void pc_sram_read(struct pagecache *p, const struct req_info *q);
void pc_sram_compare(const struct pagecache *p, const struct tlb_csr *csr, struct pc_result *r);
// Tables and replacers at the end of a refill cycle (pc_refill.c).
struct pc_written {
    unsigned touched; // replacers that moved
    int l0_way;       // L0 way that was written, or -1
    uint64_t vpn;
};
struct pc_written pc_refill_write(struct pagecache *p, const struct pc_refill *f,
                                  const struct tlb_csr *csr);
enum { TOUCHED_L2 = 1, TOUCHED_L1 = 2, TOUCHED_L0 = 4, TOUCHED_SP = 8, TOUCHED_L3 = 16 };
// Check bits (pc_wakeup.c): look before anything of this cycle is written, wake up after it.
struct pc_wake_read pc_wake_look(const struct pagecache *p, const struct pc_in *in);
void pc_wake_up(struct pagecache *p, const struct pc_in *in, const struct pc_written *refill,
                const struct pc_wake_read *read);
// Errata B16 and B19 fixed: BCLEAR, or another MBMC, makes every cached PTE untested.
void pc_forget_checks(struct pagecache *p);
// Erratum P1 fixed: no G bit of a fault entry. P15 fixed: entries of the other kind do not match.
bool pc_global(const struct pagecache *p, uint8_t perm, bool fault);
bool pc_other_kind(const struct pagecache *p, unsigned s2xlate, bool two_stage);
bool pc_wake_compare(const struct pagecache *p, const struct pc_wake_read *r,
                     const struct tlb_csr *csr);
// Valid bits at the end of a fence cycle (pc_fence.c).
void pc_fence(struct pagecache *p, const struct sfence *f, const struct tlb_csr *csr);
// How many entries of L3, L2, L1, L0, SP such a fence would remove now (for reports).
void pc_fence_count(const struct pagecache *p, const struct sfence *f, const struct tlb_csr *csr,
                    uint64_t removed[5]);

static inline unsigned pc_set_index(const struct pc_set_table *t, uint64_t vpn)
{
    return (unsigned)(vpn >> t->set_shift) & (t->sets - 1);
}

// Tag of an L0 line without its set index, the input of the 6-bit hash (spec A 2.1).
static inline unsigned pc_vpn_hash(const struct pagecache *p, uint64_t vpn)
{
    return fold(vpn >> (3 + log2_ceil(p->l0.sets)), p->cfg->hash_vpn_width);
}

static inline uint16_t class_asid(const struct tlb_csr *csr, unsigned s2xlate)
{
    return s2xlate == NO_S2XLATE ? csr->satp.id : csr->vsatp.id;
}

#endif
