// SPDX-License-Identifier: MulanPSL-2.0
#include "replay/aarch64.h"

#include "arch/bits.h"
#include "arch/pte.h"

#include <stdio.h>

void aarch64_world_default(struct world_cfg *world)
{
    world->s_mode = world->vs_mode = MODE_SV48;
    world->g_mode = MODE_SV39;
    world->guest_size = (UINT64_C(1) << 40) - world->guest_base;
}

void aarch64_world_undo(struct world_cfg *world)
{
    struct world_cfg usual;
    world_cfg_default(&usual);
    world->s_mode = usual.s_mode;
    world->vs_mode = usual.vs_mode;
    world->g_mode = usual.g_mode;
    world->guest_size = usual.guest_size;
}

const char *aarch64_header_check(const struct trace_header *h)
{
    if (h->isa != GVT_AARCH64 && h->isa != GVT_OTHER)
        return "--arch aarch64 wants a trace whose header says isa aarch64";
    if (h->klass == GVT_PORTS)
        return "a port trace holds page numbers of the machine; --arch aarch64 takes accesses";
    if (h->tables != GVT_BUILT)
        return "AArch64 tables cannot be read by the machine; --arch aarch64 builds "
               "its own (tables built)";
    return NULL;
}

const char *aarch64_record(const struct world_cfg *world, struct trace_record *r, uint64_t *folded)
{
    if (r->kind == TRACE_CSR)
        return "a RISC-V register is written in an AArch64 trace";
    if (r->kind == TRACE_MEM)
        return "a word of memory changes, but the tables are not those of the trace";
    if (r->kind == TRACE_ACCESS && r->hyp)
        return "a RISC-V HLV or HSV in an AArch64 trace";
    bool fence = r->kind == TRACE_FENCE && !r->all_addr && r->op != GVT_HFENCE_GVMA &&
                 r->op != GVT_HINVAL_GVMA;
    if (r->kind != TRACE_ACCESS && !fence)
        return NULL;
    unsigned mode = r->virt || world->stages == STAGES_TWO ? world->vs_mode : world->s_mode;
    unsigned width = mode == MODE_SV48 ? 48 : mode == MODE_SV39 ? 39 : 0;
    if (!width) // stage 1 off: the address is an IPA
        return NULL;
    bool high = bit(r->addr, 55);
    // Not within the region of its TTBR: left as it is, it faults.
    if (bits(r->addr, 55, width) != (high ? mask64(56 - width) : 0))
        return NULL;
    *folded += r->kind == TRACE_ACCESS && bit(r->addr, width - 1) != high;
    r->addr = high ? r->addr | ~mask64(width - 1) : r->addr & mask64(width - 1);
    return NULL;
}
