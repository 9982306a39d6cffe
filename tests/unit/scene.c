// SPDX-License-Identifier: MulanPSL-2.0
#include "tests/unit/scene.h"

#include "mem/ptbuild.h"

uint64_t scene_read(void *ctx, uint64_t addr)
{
    return phys_read(ctx, addr);
}

static uint64_t frame(void *ctx, uint64_t size)
{
    uint64_t *next = ctx, addr = (*next + size - 1) & ~(size - 1);
    *next = addr + size;
    return addr;
}

bool scene_open(struct scene *s)
{
    char msg[128];
    *s = (struct scene){.next = 0x80200000, .mem = phys_new()};
    if (!s->mem || !cfg_preset(&s->cfg, "minimal") || cfg_finish(&s->cfg, msg, sizeof msg))
        return false;
    pmp_reset(&s->pmp, &s->cfg);
    pmp_write(&s->pmp, 0x3b0, UINT64_C(0x3fffffffffff));
    pmp_write(&s->pmp, 0x3a0, 0x1f);
    struct pt_frames f = {frame, NULL, NULL, &s->next};
    struct pt_config c1 = {.format = PT_SV39}, c2 = {.format = PT_SV39X4};
    struct pt *vs = pt_new(&c1, s->mem, &f, msg, sizeof msg);
    struct pt *g = pt_new(&c2, s->mem, &f, msg, sizeof msg);
    unsigned rw = PT_R | PT_W | PT_A | PT_D;
    bool good = vs && g && !pt_map_range(g, 0x80000000, 0x80000000, 0x40000000, rw, 30) &&
                !pt_map(g, 0x800000, 0x90800000, 12, rw | PT_X);
    for (unsigned i = 0; good && i < 4; i++)
        good = !pt_map(vs, 0x12345000 + (i << 12), 0x800000 + (i << 12), 12, rw | PT_U);
    s->csr.vsatp = (struct atp){.mode = MODE_SV39, .id = 7, .ppn = good ? pt_root_field(vs) : 0};
    s->csr.hgatp = (struct atp){.mode = MODE_SV39, .id = 3, .ppn = good ? pt_root_field(g) : 0};
    s->env = (struct oracle_env){&s->cfg, &s->csr, &s->pmp, scene_read, s->mem};
    pt_free(vs);
    pt_free(g);
    return good;
}

struct ptw_resp scene_answer(void)
{
    struct ptw_resp r = {.s2xlate = ALL_STAGE};
    r.s1 = (struct sector_resp){
        .tag = 0x12345 >> 3, .ppn = 0x800 >> 3, .asid = 7, .vmid = 3, .v = 1, .addr_low = 5,
        .perm = PERM_R | PERM_W | PERM_U | PERM_A | PERM_D, .valididx = 0x20, .pteidx = 0x20,
    };
    r.s2 = (struct hptw_resp){
        .tag = 0x800, .ppn = 0x90800, .vmid = 3,
        .perm = PERM_R | PERM_W | PERM_X | PERM_U | PERM_A | PERM_D,
    };
    return r;
}
