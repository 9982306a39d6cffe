// SPDX-License-Identifier: MulanPSL-2.0
#include "check/track.h"

#include "check/latest.h"

#include <stdlib.h>

const char *const oracle_reason_name[ORACLE_REASONS] = {
    "known", "registers", "pmp", "bitmap", "mpt", "mode", "mixed", "forgotten", "versions"};
const char *const oracle_reason_text[ORACLE_REASONS] = {
    "known",
    "a root changed on the way, or a register as the answer left",
    "PMP or PMA changed, no fence of everything yet",
    "MBMC changed, no BCLEAR and fence of everything yet",
    "mmpt or its table changed, no change of domain and fence of everything yet",
    "another mode under the same id, no fence yet",
    "a guest in one stage and in two, no fence yet",
    "changed so long ago that it is forgotten",
    "too many mixtures of old and new values",
};

enum { ALL_IDS = 1 << 16, ANY_PAGE = -1 };
enum { FENCE_MANY = PAST_MANY, FENCE_ALL = PAST_MANY | PAST_GLOBAL };

struct oracle_track {
    struct tlb_csr csr;
    struct past *past;
    struct latest *fences; // value: the last fence of all of the G stage before this one
    struct latest *roots;  // value: root; time: since when, or until when it was the current one
    struct latest *kinds;  // last request of a guest in one stage and in two
    uint64_t now;          // events so far
    uint64_t pmp, mbmc, bitmap, bclear; // times of the last change
    uint64_t mpt, mpt_flush; // of the last change, and since when its caches hold nothing older
    uint64_t csr_cycle, root_cycle, mmpt_cycle; // of the last change; UINT64_MAX: none
    bool asked; // something may be cached
};

static uint64_t max64(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static uint64_t min64(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static unsigned vmid_of(const struct tlb_csr *csr)
{
    return csr->hgatp.id & 0x3fff; // 14 bits (spec A 2.10)
}

// Whose fences end the life of this stage's entries: host, VS or G; the G stage has no address
// spaces of its own, its id is the VMID.
static unsigned class_of(unsigned stage)
{
    return stage == USE_G_FOR_VS ? USE_G : stage;
}

static const struct atp *atp_of(const struct tlb_csr *csr, unsigned class)
{
    return class == USE_HOST ? &csr->satp : class == USE_VS ? &csr->vsatp : &csr->hgatp;
}

static unsigned id_of(const struct tlb_csr *csr, unsigned class)
{
    return class == USE_G ? vmid_of(csr) : atp_of(csr, class)->id;
}

// --- fences -------------------------------------------------------------------------------------

// level ANY_PAGE: all addresses.
static struct latest_key fence_key(unsigned class, unsigned vmid, unsigned id, int level,
                                   uint64_t page)
{
    bool all = level == ANY_PAGE;
    return (struct latest_key){.a = class | (uint64_t)(all ? 4u : (unsigned)level) << 2 |
                                    (uint64_t)id << 8 | (uint64_t)vmid << 32,
                               .b = all ? 0 : page >> 9 * level};
}

static uint64_t time_of(const struct latest *t, struct latest_key key)
{
    const struct latest_entry *e = latest_get(t, key);
    return e ? e->time : 0;
}

static unsigned vmid_key(const struct tlb_csr *csr, unsigned class)
{
    return class == USE_VS ? vmid_of(csr) : 0;
}

// Time of the last fence that covers what was replaced in this way (enum PAST_*).
static uint64_t fenced(const struct oracle_track *t, unsigned class, const struct oracle_use *u,
                       unsigned how)
{
    unsigned vmid = vmid_key(&t->csr, class), id = id_of(&t->csr, class);
    bool global = class != USE_G && (u->global || (how & PAST_GLOBAL));
    uint64_t last = time_of(t->fences, fence_key(class, vmid, ALL_IDS, ANY_PAGE, 0));
    if (!global)
        last = max64(last, time_of(t->fences, fence_key(class, vmid, id, ANY_PAGE, 0)));
    if (how & PAST_MANY)
        return last;
    last = max64(last, time_of(t->fences, fence_key(class, vmid, ALL_IDS, u->level, u->page)));
    return global ? last
                  : max64(last, time_of(t->fences, fence_key(class, vmid, id, u->level, u->page)));
}

static uint64_t fenced_all(const struct oracle_track *t, unsigned class, bool global)
{
    const struct oracle_use u = {.global = global};
    return fenced(t, class, &u, FENCE_MANY);
}

// The second stage of the guest's tables: as before the last fence of the whole guest.
static uint64_t fenced_g_of_vs(const struct oracle_track *t)
{
    const struct latest_entry *e =
        latest_get(t->fences, fence_key(USE_VS, vmid_of(&t->csr), ALL_IDS, ANY_PAGE, 0));
    return e ? e->value : 0;
}

static uint64_t since(const struct oracle_track *t, const struct oracle_use *u, unsigned how)
{
    return u->stage == USE_G_FOR_VS ? fenced_g_of_vs(t) : fenced(t, u->stage, u, how);
}

void oracle_track_fence(struct oracle_track *t, const struct sfence *f)
{
    // sfence.vma with V=1 and hfence.vvma reach the VS stage of the current VMID (spec A 2.10).
    unsigned class = f->hg ? USE_G : f->hv || t->csr.virt ? USE_VS : USE_HOST;
    unsigned vmid = vmid_key(&t->csr, class);
    unsigned id = f->rs2 ? ALL_IDS : f->id & (f->hg ? 0x3fffu : 0xffffu);
    uint64_t page = f->hg ? bits(f->addr, 47, 10) : bits(f->addr, 49, 12);
    uint64_t g = class == USE_VS ? fenced_all(t, USE_G, false) : 0;
    t->now++;
    if (f->mfence) { // of page tables it says nothing; of the MPT only a fence of everything counts here
        if (f->rs1 && f->rs2)
            t->mpt_flush = t->now;
        return;
    }
    if (f->rs1)
        latest_set(t->fences, fence_key(class, vmid, id, ANY_PAGE, 0), g, t->now);
    for (int level = 0; level < 4 && !f->rs1; level++)
        latest_set(t->fences, fence_key(class, vmid, id, level, page), 0, t->now);
}

// --- changes ------------------------------------------------------------------------------------

static void change(struct oracle_track *t, uint64_t key, uint64_t old, unsigned how)
{
    if (t->asked)
        past_note(t->past, key, old, how, ++t->now);
}

void oracle_track_write(struct oracle_track *t, uint64_t addr, uint64_t old, uint64_t word)
{
    bool leaf = pte_is_leaf(old) || !(pte_is_next(old) || pte_is_next(word));
    bool global = (pte_v(old) && (old & PTE_G)) || (pte_v(word) && (word & PTE_G));
    if (old != word)
        change(t, addr & ~UINT64_C(7), old, (leaf ? 0 : PAST_MANY) | (global ? PAST_GLOBAL : 0));
}

void oracle_track_watch(void *ctx, uint64_t addr, uint64_t old, uint64_t word)
{
    oracle_track_write(ctx, addr, old, word);
}

void oracle_track_pmp(struct oracle_track *t)
{
    if (t->asked)
        t->pmp = ++t->now;
}

static uint64_t root_key(const struct tlb_csr *csr, unsigned class)
{
    return UINT64_C(1) << 63 | (uint64_t)REGISTER_ROOT << 60 | (uint64_t)class << 58 |
           (uint64_t)vmid_key(csr, class) << 16 | id_of(csr, class);
}

uint64_t oracle_register_key(const struct oracle_track *t, enum oracle_register r, unsigned stage)
{
    return r == REGISTER_ROOT ? root_key(&t->csr, class_of(stage))
                              : UINT64_C(1) << 63 | (uint64_t)r << 60;
}

// An id that was never the current one has nothing cached: that is as good as a fence.
static void new_id(struct oracle_track *t, const struct tlb_csr *csr, unsigned class)
{
    unsigned id = id_of(csr, class);
    t->now++;
    latest_set(t->fences, fence_key(class, vmid_key(csr, class), id, ANY_PAGE, 0), 0, t->now);
    if (class == USE_G) // nor has any ASID of a new guest
        latest_set(t->fences, fence_key(USE_VS, id, ALL_IDS, ANY_PAGE, 0), t->now, t->now);
}

// A root under this id, which may have had another one.
static void set_root(struct oracle_track *t, const struct tlb_csr *csr, unsigned class, uint64_t cycle)
{
    const struct latest_key key = {root_key(csr, class), 0},
                            before = {root_key(&t->csr, class), 0};
    uint64_t root = oracle_root(atp_of(csr, class));
    if (key.a == before.a && root == oracle_root(atp_of(&t->csr, class)))
        return;
    t->root_cycle = cycle;
    latest_set(t->roots, before, oracle_root(atp_of(&t->csr, class)), ++t->now);
    const struct latest_entry *e = latest_get(t->roots, key);
    if (e && e->value != root)
        change(t, key.a, e->value, PAST_MANY);
    if (!e && !latest_lost(t->roots))
        new_id(t, csr, class);
    latest_set(t->roots, key, root, ++t->now);
}

static void set_mbmc(struct oracle_track *t, const struct mbmc *m)
{
    const struct mbmc *o = &t->csr.mbmc;
    if (t->asked && mbmc_differs(m, o))
        t->mbmc = ++t->now;
    if (t->asked && (m->bma != o->bma || m->bme != o->bme || m->keyiden != o->keyiden))
        t->bitmap = ++t->now;
    if (m->bclear)
        t->bclear = ++t->now;
}

void oracle_track_mpt(struct oracle_track *t)
{
    if (t->asked)
        t->mpt = ++t->now;
}

// A new domain empties the MPT's caches (spec E 1.11).
static void set_mmpt(struct oracle_track *t, const struct mmpt *m, uint64_t cycle)
{
    if (mmpt_value(m) != mmpt_value(&t->csr.mmpt)) {
        oracle_track_mpt(t);
        t->mmpt_cycle = cycle;
    }
    if (m->changed)
        t->mpt_flush = ++t->now;
}

void oracle_track_csr(struct oracle_track *t, const struct tlb_csr *csr, uint64_t cycle)
{
    const struct {
        enum oracle_register name;
        bool old, now;
    } bit[] = {
        {REGISTER_M_PBMTE, t->csr.m_pbmte, csr->m_pbmte},
        {REGISTER_H_PBMTE, t->csr.h_pbmte, csr->h_pbmte},
        {REGISTER_MXR, t->csr.mxr, csr->mxr},
    };
    t->csr_cycle = cycle;
    for (unsigned i = 0; i < sizeof bit / sizeof *bit; i++)
        if (bit[i].old != bit[i].now)
            change(t, oracle_register_key(t, bit[i].name, 0), bit[i].old, FENCE_ALL);
    set_mbmc(t, &csr->mbmc);
    set_mmpt(t, &csr->mmpt, cycle);
    for (unsigned class = USE_HOST; class <= USE_G; class++)
        set_root(t, csr, class, cycle);
    t->csr = *csr;
}

static struct latest_key kind_key(const struct oracle_track *t, unsigned s2xlate)
{
    return (struct latest_key){vmid_of(&t->csr), s2xlate};
}

void oracle_track_request(struct oracle_track *t, unsigned s2xlate)
{
    t->asked = true;
    if (s2xlate == ONLY_STAGE1 || s2xlate == ALL_STAGE)
        latest_set(t->kinds, kind_key(t, s2xlate), 0, ++t->now);
}

// --- what may be cached -------------------------------------------------------------------------

unsigned oracle_track_values(const struct oracle_track *t, uint64_t key, const struct oracle_use *u,
                             uint64_t current, uint64_t value[ORACLE_VALUES], bool *all)
{
    struct past_value old[PAST_DEPTH];
    uint64_t lost;
    unsigned n = past_values(t->past, key, old, &lost), count = 1;
    value[0] = current;
    for (unsigned i = 0; i < n; i++)
        if (old[i].value != current && old[i].time > since(t, u, old[i].how))
            value[count++] = old[i].value;
    if (lost && lost > since(t, u, FENCE_ALL))
        *all = false;
    return count;
}

unsigned oracle_track_bitmap(const struct oracle_track *t, uint64_t addr, unsigned stage,
                             uint64_t current, uint64_t value[ORACLE_VALUES], bool *all)
{
    const struct oracle_use u = {.stage = (uint8_t)stage};
    struct past_value old[PAST_DEPTH];
    uint64_t lost, both = min64(t->bclear, since(t, &u, FENCE_ALL));
    unsigned n = past_values(t->past, addr, old, &lost), count = 1;
    value[0] = current;
    for (unsigned i = 0; i < n; i++)
        if (old[i].value != current && old[i].time > both)
            value[count++] = old[i].value;
    if (lost > both)
        *all = false;
    return count;
}

void oracle_track_roots(const struct oracle_track *t, unsigned stage, bool others,
                        bool (*fn)(void *ctx, uint64_t root), void *ctx)
{
    const struct oracle_use u = {.stage = (uint8_t)stage, .global = true};
    uint64_t own = root_key(&t->csr, stage), value[ORACLE_VALUES], last = fenced_all(t, stage, true);
    const struct latest_entry *e;
    bool all = true;
    for (size_t at = 0; (e = latest_next(t->roots, &at));) {
        if ((e->key.a ^ own) >> 16 || (e->key.a != own && !others))
            continue;
        unsigned n = oracle_track_values(t, e->key.a, &u, e->value, value, &all);
        for (unsigned i = e->key.a == own || e->time <= last; i < n; i++)
            if (!fn(ctx, value[i]))
                return;
    }
}

// --- reasons ------------------------------------------------------------------------------------

// Has the current id of this stage had a root of another mode? Bare ones leave nothing behind.
static bool mode_changed(const struct oracle_track *t, unsigned stage)
{
    const struct oracle_use u = {.stage = (uint8_t)stage};
    uint64_t value[ORACLE_VALUES], now = oracle_root(atp_of(&t->csr, class_of(stage)));
    bool all = true;
    unsigned n = oracle_track_values(t, root_key(&t->csr, class_of(stage)), &u, now, value, &all);
    for (unsigned i = 1; i < n; i++)
        if (value[i] >> 60 != MODE_BARE && value[i] >> 60 != now >> 60)
            return true;
    return false;
}

static bool mixed(const struct oracle_track *t, unsigned s2xlate)
{
    if (s2xlate != ONLY_STAGE1 && s2xlate != ALL_STAGE)
        return false;
    uint64_t other = time_of(t->kinds, kind_key(t, s2xlate ^ ONLY_STAGE1 ^ ALL_STAGE));
    return other > fenced_all(t, USE_VS, true);
}

bool oracle_track_mpt_settled(const struct oracle_track *t)
{
    return t->mpt <= t->mpt_flush && t->pmp <= t->mpt_flush;
}

static bool mmpt_on_the_way(const struct oracle_track *t, struct oracle_span when)
{
    return t->mmpt_cycle != UINT64_MAX && when.accepted <= t->mmpt_cycle;
}

enum oracle_reason oracle_track_mpt_reason(const struct oracle_track *t, struct oracle_span when)
{
    if (when.answered == t->csr_cycle || mmpt_on_the_way(t, when))
        return ORACLE_REGISTERS;
    return t->pmp > t->mpt_flush ? ORACLE_PMP : t->mpt > t->mpt_flush ? ORACLE_MPT : ORACLE_KNOWN;
}

enum oracle_reason oracle_track_reason(const struct oracle_track *t, const struct ptw_resp *resp,
                                       struct oracle_span when)
{
    bool global = resp->s1.v && (resp->s1.perm & PERM_G), vs = resp->s2xlate & ONLY_STAGE1;
    bool g = resp->s2xlate & ONLY_STAGE2, modes = false;
    uint64_t last = UINT64_MAX, oldest;
    if (when.answered == t->csr_cycle ||
        (t->root_cycle != UINT64_MAX && when.accepted <= t->root_cycle) || mmpt_on_the_way(t, when))
        return ORACLE_REGISTERS;
    if (vs || !g)
        last = fenced_all(t, vs ? USE_VS : USE_HOST, global);
    if (vs || !g)
        modes = mode_changed(t, vs ? USE_VS : USE_HOST);
    if (g)
        last = min64(last, fenced_all(t, USE_G, false));
    if (g)
        modes |= mode_changed(t, USE_G) || (vs && mode_changed(t, USE_G_FOR_VS));
    oldest = vs && g ? min64(last, fenced_g_of_vs(t)) : last;
    if (t->pmp > last)
        return ORACLE_PMP;
    if (t->mbmc > last || (t->csr.mbmc.bme && t->bitmap > t->bclear))
        return ORACLE_BITMAP;
    if (t->mpt > min64(last, t->mpt_flush))
        return ORACLE_MPT;
    if (mixed(t, resp->s2xlate))
        return ORACLE_MIXED;
    if (modes)
        return ORACLE_MODE;
    uint64_t lost = max64(past_lost(t->past), latest_lost(t->roots));
    return max64(lost, latest_lost(t->kinds)) > oldest ? ORACLE_FORGOTTEN : ORACLE_KNOWN;
}

// --- the tracker --------------------------------------------------------------------------------

struct oracle_track *oracle_track_new(const struct tlb_csr *csr)
{
    struct oracle_track *t = calloc(1, sizeof *t);
    if (!t)
        return NULL;
    *t = (struct oracle_track){.csr = *csr, .csr_cycle = UINT64_MAX, .root_cycle = UINT64_MAX,
                                .mmpt_cycle = UINT64_MAX, .now = 1};
    t->past = past_new();
    t->fences = latest_new();
    t->roots = latest_new();
    t->kinds = latest_new();
    if (!t->past || !t->fences || !t->roots || !t->kinds) {
        oracle_track_free(t);
        return NULL;
    }
    return t;
}

void oracle_track_free(struct oracle_track *t)
{
    if (t) {
        past_free(t->past);
        latest_free(t->fences);
        latest_free(t->roots);
        latest_free(t->kinds);
    }
    free(t);
}
