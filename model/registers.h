// SPDX-License-Identifier: MulanPSL-2.0
// Registers of the machine under the names of the RTL, for waveforms: the instances of XiangShan's L2TLB (ptw, hptw,
// llptw, missQueue, cache, prefetch, bitmap; docs/spec lists the registers of
// each block), vectors as NAME_i. Values are those during a settled cycle. Large
// tables (PageCache, BitmapCache, queue contents) are left out.
#ifndef L2TLB_MODEL_REGISTERS_H
#define L2TLB_MODEL_REGISTERS_H

#include "model/l2tlb.h"

// One register. instance: "" for the top; name: a plain name, or a format with one %u for `index`; width in bits, at most
// 256; word: the value, low words first, valid during the call. Instances come one after the other, and the order never
// changes for one machine.
struct l2tlb_register {
    const char *instance, *name;
    unsigned index, width;
    const uint64_t *word;
};

void l2tlb_registers(const struct l2tlb *t, void (*fn)(const struct l2tlb_register *r, void *ctx), void *ctx);

#endif
