// SPDX-License-Identifier: MulanPSL-2.0
// One recorded AArch64 probe against our walk.
#include "cmd/funcgold.h"

#include "arch/walk_a64.h"

#include <string.h>

static uint64_t value(const struct fg_set *s, const char *name)
{
    uint64_t v;
    return fg_reg(s, name, &v) ? v : 0;
}

static const char *registers(const struct fg_set *s, struct a64_regs *g)
{
    *g = (struct a64_regs){
        .tcr_el1 = value(s, "tcr_el1"),
        .ttbr0_el1 = value(s, "ttbr0_el1"),
        .ttbr1_el1 = value(s, "ttbr1_el1"),
        .mair_el1 = value(s, "mair_el1"),
        .sctlr_el1 = value(s, "sctlr_el1"),
        .vtcr_el2 = value(s, "vtcr_el2"),
        .vttbr_el2 = value(s, "vttbr_el2"),
        .hcr_el2 = value(s, "hcr_el2"),
        .parange = 6, // QEMU -cpu max
    };
    return a64_regs_check(g);
}

// s1e1r .. s12e0w: AT instructions; el1r .. el0x: accesses.
static const char *request(const struct fg_probe *p, struct a64_request *q, bool *at)
{
    const char *op = p->op;
    *q = (struct a64_request){.va = p->va};
    *at = op[0] == 's';
    if (!strncmp(op, "s12e", 4)) {
        op += 4;
    } else if (!strncmp(op, "s1e", 3)) {
        q->only_s1 = true;
        op += 3;
    } else if (!strncmp(op, "el", 2)) {
        op += 2;
    } else {
        return "unknown operation";
    }
    if ((op[0] != '0' && op[0] != '1') || !op[1] || op[2] || !strchr("rwx", op[1]))
        return "unknown operation";
    q->el = (uint8_t)(op[0] - '0');
    q->access = op[1] == 'r' ? A64_READ : op[1] == 'w' ? A64_WRITE : A64_FETCH;
    return NULL;
}

static bool same(const struct fg_probe *p, const char *key, uint64_t got, char *msg, size_t size)
{
    uint64_t want;
    const char *text = fg_field(p, key);
    if (!text || (fg_number(text, &want) && want == got))
        return true;
    snprintf(msg, size, "%s=0x%jx", key, (uintmax_t)got);
    return false;
}

static bool same_level(const struct fg_probe *p, const char *key, const struct walk_leaf *l,
                       char *msg, size_t size)
{
    char got[8];
    const char *text = fg_field(p, key);
    if (l->level == WALK_OFF)
        strcpy(got, "None");
    else
        snprintf(got, sizeof got, "%d", l->level);
    if (!text || !strcmp(text, got))
        return true;
    snprintf(msg, size, "%s=%s", key, got);
    return false;
}

static bool same_ok(const struct fg_probe *p, const struct walk_result *r, char *msg, size_t size)
{
    return same(p, "pa", r->pa, msg, size) && same(p, "ipa", r->ipa, msg, size) &&
           same_level(p, "l1", &r->s1, msg, size) && same_level(p, "l2", &r->s2, msg, size) &&
           same(p, "attr", r->attr, msg, size);
}

static bool same_fault(const struct fg_probe *p, const struct walk_result *r, uint64_t far,
                       char *msg, size_t size)
{
    return same(p, "s2", r->stage == 2, msg, size) && same(p, "fst", r->fst, msg, size) &&
           same(p, "s1ptw", r->s1ptw, msg, size) && same(p, "ipa", r->ipa, msg, size) &&
           same(p, "far", far, msg, size);
}

bool fg_check_a64(const struct fg_set *set, const struct fg_probe *p, char *msg, size_t size,
                  bool *bad)
{
    struct a64_regs g;
    struct a64_request q;
    bool at;
    const char *why = registers(set, &g);
    if (!why)
        why = request(p, &q, &at);
    if (why) {
        snprintf(msg, size, "%s", why);
        *bad = true;
        return false;
    }
    struct walk_mem mem = {(void *)set, fg_read, NULL};
    struct walk_result r;
    a64_walk(&g, &q, &mem, &r);
    if (p->ok != (r.fault == FAULT_NONE)) {
        if (r.fault)
            snprintf(msg, size, "fault fst=0x%02x s2=%d (%s, level %d)", r.fst, r.stage == 2,
                     walk_reason_text(r.reason), r.level);
        else
            snprintf(msg, size, "ok");
        return false;
    }
    if (!(p->ok ? same_ok(p, &r, msg, size) : same_fault(p, &r, a64_far(&g, &q), msg, size)))
        return false;
    return fg_check_effects(p, &r, msg, size);
}
