// SPDX-License-Identifier: MulanPSL-2.0
// What became of every prefetch, line by line (part A 3.2). Remembers the last PF_LINES lines.
#include "arch/bits.h"
#include "replay/tracker_impl.h"

static uint64_t pf_key(const struct l2tlb_event *e)
{
    return (e->vpn >> 3) << 2 | s2xlate_class(e->s2xlate);
}

static struct pf_line *pf_at(struct tracker *tr, uint64_t key)
{
    return &tr->pf[mix64(key + 1) & (PF_LINES - 1)];
}

// What became of a prefetch when nothing more is going to be known about it.
static void pf_settle(struct tracker *tr, const struct pf_line *p)
{
    switch (p->state) {
    case PF_SENT:
    case PF_TRIED:
        tr->st.pf_given_up++;
        break;
    case PF_WALKING:
        tr->st.pf_open += !p->late;
        break;
    case PF_FILLED:
        tr->st.pf_useless++;
        break;
    default:
        break;
    }
}

void pf_issue(struct tracker *tr, const struct l2tlb_event *e)
{
    struct pf_line *p = pf_at(tr, pf_key(e));
    tr->st.pf_issued++;
    pf_settle(tr, p);
    *p = (struct pf_line){.key = pf_key(e), .state = PF_SENT};
}

// A look-up of a prefetch that hits needs no walk.
void pf_lookup(struct tracker *tr, const struct l2tlb_event *e)
{
    struct pf_line *p = pf_at(tr, pf_key(e));
    if (p->key != pf_key(e) || p->state != PF_SENT)
        return;
    p->state = e->flags & LOOKUP_HIT ? PF_DONE : PF_TRIED;
    tr->st.pf_redundant += p->state == PF_DONE;
}

void pf_walk(struct tracker *tr, const struct l2tlb_event *e)
{
    struct pf_line *p = pf_at(tr, pf_key(e));
    if (p->key == pf_key(e) && (p->state == PF_TRIED || p->state == PF_SENT))
        p->state = PF_WALKING;
}

void pf_demand(struct tracker *tr, const struct l2tlb_event *e)
{
    struct pf_line *p = pf_at(tr, pf_key(e));
    if (p->key != pf_key(e))
        return;
    if (p->state == PF_FILLED && (e->flags & (LOOKUP_HIT | LOOKUP_STAGE1_HIT))) {
        tr->st.pf_used++;
        p->state = PF_DONE;
    } else if (p->state == PF_WALKING && !(e->flags & LOOKUP_HIT) && !p->late) {
        tr->st.pf_late++;
        p->late = true;
    }
}

void pf_refill(struct tracker *tr, const struct l2tlb_event *e)
{
    struct pf_line *p = pf_at(tr, pf_key(e));
    if (p->key == pf_key(e) && p->state == PF_WALKING)
        p->state = p->late ? PF_DONE : PF_FILLED;
}

void pf_flush(struct tracker *tr)
{
    for (unsigned i = 0; i < PF_LINES; i++)
        if (tr->pf[i].state == PF_WALKING) {
            tr->st.pf_flushed += !tr->pf[i].late;
            tr->pf[i].state = PF_DONE;
        }
}

void pf_finish(struct tracker *tr)
{
    for (unsigned i = 0; i < PF_LINES; i++)
        pf_settle(tr, &tr->pf[i]);
}
