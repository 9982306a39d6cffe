// SPDX-License-Identifier: MulanPSL-2.0
// Page-table builder: create, map, unmap, translate, root, iterate; one interface for all formats.
//
//   struct pt_config c = {.format = PT_SV39X4};
//   struct pt_frames f = {alloc, release, NULL, ctx};
//   struct pt *t = pt_new(&c, memory, &f, msg, sizeof msg);
//   pt_map(t, gpa, hpa, 21, PT_R | PT_W | PT_X | PT_A | PT_D);   // one 2-MiB page
//   hgatp = mode << 60 | vmid << 44 | pt_root_field(t);
//
// Tables are written to a struct phys. A table frame has the address under which entries name it;
// where that is not a host physical address (tables of a guest), pt_frames.host translates it.
#ifndef L2TLB_MEM_PTBUILD_H
#define L2TLB_MEM_PTBUILD_H

#include "mem/phys.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum pt_format {
    PT_SV32, PT_SV39, PT_SV48, PT_SV57,         // satp, vsatp
    PT_SV32X4, PT_SV39X4, PT_SV48X4, PT_SV57X4, // hgatp
    PT_A64_S1, PT_A64_S2,                       // VMSAv8-64
    PT_FORMATS
};

struct pt_config {
    unsigned format; // enum pt_format
    // AArch64 only; RISC-V formats leave them 0.
    unsigned granule;    // log2 of the page size: 12, 14 or 16
    unsigned input_bits; // 64 - TxSZ: 16..52
    bool lpa2;           // DS=1: 52-bit addresses with 4-KiB and 16-KiB pages
    bool high;           // stage 1: the region of TTBR1 (upper address bits all 1)
    // Stage 2: start one level lower with 2..16 concatenated tables at the root, where the input
    // size allows it (VTCR_EL2.SL0 then names that level).
    bool concatenate;
    uint8_t attr_index[3]; // stage 1: AttrIndx of normal, non-cacheable, device memory
};

// Rights and attributes. At stage 2 PT_U and PT_G mean nothing: G-stage leaves of RISC-V always get
// U, AArch64 has neither there.
enum {
    PT_R = 1, PT_W = 2, PT_X = 4,
    PT_U = 8,    // user: AArch64 EL0; X then means EL0 (UXN=0), else EL1 (PXN=0)
    PT_G = 16,   // global: AArch64 nG=0
    PT_A = 32,   // accessed: A, AF
    PT_D = 64,   // dirty: D; AArch64: a writable page without PT_D is writable-clean (DBM=1)
    PT_NC = 128, // non-cacheable: PBMT 1, Normal-NC
    PT_IO = 256, // device: PBMT 2, Device
};

// Where table frames come from. size: bytes, a power of two, also the alignment. alloc returns the
// frame's address, or PT_NO_FRAME. release may be NULL; host NULL: addresses are host physical. host
// may answer PT_NO_FRAME for what it cannot reach: that reads 0 and cannot be written (PT_MEMORY).
#define PT_NO_FRAME UINT64_MAX
struct pt_frames {
    uint64_t (*alloc)(void *ctx, uint64_t size);
    void (*release)(void *ctx, uint64_t addr, uint64_t size);
    uint64_t (*host)(void *ctx, uint64_t addr);
    void *ctx;
};

enum pt_error {
    PT_OK,
    PT_SIZE,     // no leaf of this size in this format
    PT_ALIGN,    // address not a multiple of the page size
    PT_RANGE,    // input or output address too wide (or not canonical)
    PT_FLAGS,    // rights that the format cannot express (W without R, ...)
    PT_EXISTS,   // something is mapped there already
    PT_ABSENT,   // nothing is mapped there
    PT_MEMORY,   // no frame, or the host's memory is exhausted
};
const char *pt_error_text(unsigned error);

struct pt_mapping {
    uint64_t va, pa; // of the first byte of the page
    unsigned shift;  // log2 of its size (NAPOT / contiguous blocks as one)
    unsigned flags;
    int level;       // RISC-V 0 = 4 KiB; AArch64 3 = page
};

struct pt;

// Builds an empty root. NULL and a message for a bad configuration or without memory.
struct pt *pt_new(const struct pt_config *c, struct phys *mem, const struct pt_frames *f, char *msg,
                  size_t size);
// Takes over tables that are there: root is the address of the root table.
struct pt *pt_open(const struct pt_config *c, uint64_t root, struct phys *mem,
                   const struct pt_frames *f, char *msg, size_t size);
void pt_free(struct pt *t); // the tables in memory stay
// Has every entry reported that is written from now on: host address, what it held, what it gets.
void pt_watch(struct pt *t, void (*wrote)(void *ctx, uint64_t addr, uint64_t old, uint64_t entry),
              void *ctx);

// Maps one page of 1 << shift bytes: a leaf size of the format, 64 KiB NAPOT (RISC-V, not Sv32), or
// a contiguous block (AArch64). Nothing changes unless PT_OK is returned, except that tables may
// have been added.
enum pt_error pt_map(struct pt *t, uint64_t va, uint64_t pa, unsigned shift, unsigned flags);
// Maps size bytes (a multiple of the smallest page) with the largest leaves that fit and are not
// above max_shift. Stops at the first error; what was mapped stays.
enum pt_error pt_map_range(struct pt *t, uint64_t va, uint64_t pa, uint64_t size, unsigned flags,
                           unsigned max_shift);
// Removes the page that holds va, whatever its size, and tables that became empty (not the root).
enum pt_error pt_unmap(struct pt *t, uint64_t va);
// Finds the page that holds va. m may be NULL.
enum pt_error pt_translate(const struct pt *t, uint64_t va, struct pt_mapping *m);
// Calls fn for each page in ascending address order until it returns false.
void pt_each(const struct pt *t, bool (*fn)(const struct pt_mapping *m, void *ctx), void *ctx);

uint64_t pt_root(const struct pt *t); // address of the root table
// The root as its register wants it: page number for satp/vsatp/hgatp (shift 0), BADDR bits of
// TTBRn_EL1/VTTBR_EL2 in place (PA[51:48] in bits 5:2 where the output address has 52 bits).
uint64_t pt_root_field(const struct pt *t);
// AArch64: first level walked (-1..3); RISC-V: levels - 1.
int pt_start_level(const struct pt *t);
uint64_t pt_root_size(const struct pt *t); // bytes
bool pt_is_stage2(const struct pt *t);
unsigned pt_page_bits(const struct pt *t);  // log2 of the smallest page
unsigned pt_input_bits(const struct pt *t); // of addresses that are translated
// Is 1 << shift a page size of this table?
bool pt_has_size(const struct pt *t, unsigned shift);
const char *pt_format_name(unsigned format);

#endif
