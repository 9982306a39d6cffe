// SPDX-License-Identifier: MulanPSL-2.0
// One recorded RISC-V probe against our walk.
#include "cmd/funcgold.h"

#include "arch/walk_riscv.h"

#include <stdlib.h>
#include <string.h>

// RAM is 0x80000000-0x9fffffff; everything else is an access fault, PMP allows everything.
static unsigned in_ram(void *ctx, uint64_t addr, unsigned use)
{
    (void)ctx;
    (void)use;
    return addr >> 29 == 4 ? WALK_LEAF : WALK_NO_MEMORY;
}

static bool flag(const struct fg_set *s, const char *name)
{
    uint64_t v;
    return fg_reg(s, name, &v) && v;
}

static uint64_t value(const struct fg_set *s, const char *name)
{
    uint64_t v;
    return fg_reg(s, name, &v) ? v : 0;
}

static const char *registers(const struct fg_set *s, struct rv_regs *g)
{
    uint64_t xlen = value(s, "xlen");
    *g = (struct rv_regs){
        .satp = value(s, "satp"),
        .vsatp = value(s, "vsatp"),
        .hgatp = value(s, "hgatp"),
        .xlen = (uint8_t)(xlen > 64 ? 0 : xlen),
        .mxr = flag(s, "mxr"),
        .sum = flag(s, "sum"),
        .vsmxr = flag(s, "vsmxr"),
        .vssum = flag(s, "vssum"),
        .m_pbmte = flag(s, "m_pbmte"),
        .h_pbmte = flag(s, "h_pbmte"),
        .m_adue = flag(s, "m_adue"),
        .h_adue = flag(s, "h_adue"),
    };
    return rv_regs_check(g);
}

static const char *request(const struct fg_set *s, const struct fg_probe *p, struct rv_request *q)
{
    static const char *const name[] = {[RV_READ] = "r", [RV_WRITE] = "w", [RV_FETCH] = "x",
                                       [RV_READ_X] = "hx"};
    *q = (struct rv_request){.va = p->va, .virt = flag(s, "virt")};
    while (q->access <= RV_READ_X && strcmp(p->op, name[q->access]))
        q->access++;
    if (q->access > RV_READ_X)
        return "access must be r, w, x or hx";
    if (!p->priv || (strcmp(p->priv, "s") && strcmp(p->priv, "u")))
        return "privilege must be s or u";
    q->priv = *p->priv == 's' ? RV_S : RV_U;
    return NULL;
}

static void level_text(char text[8], const struct walk_leaf *l)
{
    if (l->level == WALK_OFF)
        strcpy(text, "-");
    else
        snprintf(text, 8, "%d%s", l->level, l->napot ? "n" : "");
}

static bool same_number(const struct fg_probe *p, const char *key, uint64_t got, char *msg,
                        size_t size)
{
    uint64_t want;
    const char *text = fg_field(p, key);
    if (!text || (fg_number(text, &want) && want == got))
        return true;
    snprintf(msg, size, "%s=0x%jx", key, (uintmax_t)got);
    return false;
}

static bool same_text(const struct fg_probe *p, const char *key, const char *got, char *msg,
                      size_t size)
{
    const char *text = fg_field(p, key);
    if ((text ? !strcmp(text, got) : !*got))
        return true;
    snprintf(msg, size, "%s=%s", key, got);
    return false;
}

static bool same_ok(const struct fg_probe *p, const struct walk_result *r, char *msg, size_t size)
{
    char s[8], g[8];
    level_text(s, &r->s1);
    level_text(g, &r->s2);
    return same_number(p, "hpa", r->pa, msg, size) && same_number(p, "gpa", r->ipa, msg, size) &&
           same_text(p, "s", s, msg, size) && same_text(p, "g", g, msg, size);
}

static bool same_fault(const struct fg_probe *p, const struct walk_result *r, char *msg,
                       size_t size)
{
    char implicit[2] = {r->implicit, 0};
    if (!same_number(p, "cause", r->cause, msg, size) ||
        !same_number(p, "tval", r->tval, msg, size) ||
        !same_text(p, "implicit", implicit, msg, size))
        return false;
    if ((r->fault == FAULT_GUEST) != (fg_field(p, "gpaddr") != NULL)) {
        snprintf(msg, size, "gpaddr present on one side only");
        return false;
    }
    return same_number(p, "gpaddr", r->gpaddr, msg, size) &&
           (!r->implicit || same_number(p, "tinst", r->tinst, msg, size));
}

bool fg_check_riscv(const struct fg_set *set, const struct fg_probe *p, char *msg, size_t size,
                    bool *bad)
{
    struct rv_regs g;
    struct rv_request q;
    const char *why = registers(set, &g);
    if (!why)
        why = request(set, p, &q);
    if (why) {
        snprintf(msg, size, "%s", why);
        *bad = true;
        return false;
    }
    struct walk_mem mem = {(void *)set, fg_read, in_ram};
    struct walk_result r;
    rv_walk(&g, &q, &mem, &r);
    if (p->ok != (r.fault == FAULT_NONE)) {
        snprintf(msg, size, r.fault ? "fault cause=%d (%s)" : "ok", r.cause,
                 walk_reason_text(r.reason));
        return false;
    }
    if (!(p->ok ? same_ok(p, &r, msg, size) : same_fault(p, &r, msg, size)))
        return false;
    return fg_check_effects(p, &r, msg, size);
}
