// SPDX-License-Identifier: MulanPSL-2.0
// Event lines, see events.h.
#include "replay/events.h"

#include <inttypes.h>

const char *const events_name[EV_KINDS] = {
    [EV_REQ] = "request",           [EV_LOOKUP] = "lookup",       [EV_MQ_ENQ] = "missqueue",
    [EV_PTW_REQ] = "ptw-start",     [EV_PTW_RESP] = "ptw-answer", [EV_PTW_LLPTW] = "ptw-handover",
    [EV_LLPTW_IN] = "llptw-in",     [EV_LLPTW_OUT] = "llptw-out", [EV_HPTW_REQ] = "hptw-start",
    [EV_HPTW_RESP] = "hptw-answer", [EV_MEM_REQ] = "read",        [EV_MEM_RESP] = "data",
    [EV_REFILL] = "refill",         [EV_PREFETCH] = "prefetch",   [EV_RESP] = "answer",
    [EV_FLUSH] = "flush",           [EV_FENCE] = "fence",         [EV_BITMAP] = "bitmap",
    [EV_BM_CHECK] = "bitmap-check", [EV_BM_PMP] = "bitmap-pmp",   [EV_BM_CACHE] = "bitmap-cache",
    [EV_MPT_CHECK] = "mpt-check",   [EV_MPT] = "mpt",
};

static void write_flags(FILE *out, uint32_t flags)
{
    static const struct {
        uint32_t bit;
        const char *name;
    } names[] = {
        {LOOKUP_HIT, "hit"},
        {LOOKUP_L3, "l3"},
        {LOOKUP_L2, "l2"},
        {LOOKUP_L1, "l1"},
        {LOOKUP_L0, "l0"},
        {LOOKUP_SP, "sp"},
        {LOOKUP_FIRST, "first"},
        {LOOKUP_HPTW, "g-stage"},
        {LOOKUP_PREFETCHED, "prefetched"},
        {LOOKUP_BYPASSED, "bypassed"},
        {LOOKUP_STAGE1_HIT, "stage1-hit"},
        {LOOKUP_JUMP, "jump"},
    };
    fputs(" flags=", out);
    bool some = false;
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
        if (flags & names[i].bit) {
            fprintf(out, "%s%s", some ? "," : "", names[i].name);
            some = true;
        }
    if (!some)
        fputc('-', out);
}

static void write_who(FILE *out, const struct l2tlb_event *e)
{
    if (e->tag == TAG_NONE)
        fputs(" tag=-", out);
    else
        fprintf(out, " tag=%" PRIu32, e->tag);
    fprintf(out, " vpn=%" PRIx64 " s2xlate=%u source=%u", e->vpn, e->s2xlate, e->source);
}

void events_write(FILE *out, const struct l2tlb_event *e)
{
    static const char *const table[] = {"L3", "L2", "L1", "L0", "SP"};
    static const char *const stage[] = {"stage1", "g-stage", "bitmap", "mpt"};
    fprintf(out, "%" PRIu64 " %s", e->cycle, e->kind < EV_KINDS ? events_name[e->kind] : "?");
    switch (e->kind) {
    case EV_REQ:
    case EV_RESP:
        fprintf(out, " port=%u", e->a);
        break;
    case EV_MQ_ENQ:
        fprintf(out, " to=%s", e->a ? "llptw" : "ptw");
        break;
    case EV_LLPTW_IN:
        fprintf(out, " entry=%u state=%u", e->a, e->b);
        break;
    case EV_LLPTW_OUT:
        fprintf(out, " entry=%u", e->a);
        break;
    case EV_HPTW_REQ:
    case EV_HPTW_RESP:
        fprintf(out, " for=%u", e->a);
        break;
    case EV_MEM_REQ:
        fprintf(out, " id=%u addr=%" PRIx64 " level=%u table=%s", e->a, e->addr, e->b,
                stage[e->c < 4 ? e->c : 0]);
        break;
    case EV_MEM_RESP:
        fprintf(out, " id=%u\n", e->a);
        return;
    case EV_REFILL:
        fprintf(out, " level=%u", e->b);
        break;
    case EV_BITMAP:
        fprintf(out, " slot=%u page=%" PRIx64 " shared=%u refused=%u", e->a, e->addr, e->b, e->c);
        break;
    case EV_FLUSH:
        fputc('\n', out);
        return;
    case EV_FENCE:
        fprintf(out, " table=%s removed=%u\n", table[e->a < 5 ? e->a : 0], e->b);
        return;
    case EV_BM_CHECK:
        fprintf(out, " for=%u slot=%u", e->a, e->b);
        break;
    case EV_MPT_CHECK:
        fprintf(out, " for=%u page=%" PRIx64 "\n", e->a, e->addr);
        return;
    case EV_MPT:
        fprintf(out, " for=%u page=%" PRIx64 " walked=%u refused=%u\n", e->a, e->addr, e->b, e->c);
        return;
    case EV_BM_PMP:
        fprintf(out, " slot=%u addr=%" PRIx64 " denied=%u\n", e->b, e->addr, e->c);
        return;
    case EV_BM_CACHE:
        fprintf(out, " slot=%u hit=%u\n", e->b, e->c);
        return;
    default:
        break;
    }
    write_who(out, e);
    if (e->kind == EV_LOOKUP)
        write_flags(out, e->flags);
    fputc('\n', out);
}

void events_partial(FILE *out, uint64_t cycle, uint64_t record, uint64_t records)
{
    fprintf(out, "%" PRIu64 " partial record=%" PRIu64 " of=", cycle, record);
    if (records)
        fprintf(out, "%" PRIu64 "\n", records);
    else
        fputs("-\n", out);
}
