// SPDX-License-Identifier: MulanPSL-2.0
// Sparse physical memory of 64-bit words, 48-bit addresses; what was never written reads 0.
#ifndef L2TLB_MEM_PHYS_H
#define L2TLB_MEM_PHYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct phys;

struct phys *phys_new(void); // NULL when memory is exhausted
struct phys *phys_clone(const struct phys *m); // NULL when memory is exhausted
void phys_free(struct phys *m);
void phys_clear(struct phys *m);

// addr is a byte address below 2^48; its low three bits are ignored.
uint64_t phys_read(const struct phys *m, uint64_t addr);
// Returns false when memory is exhausted (nothing is written).
bool phys_write(struct phys *m, uint64_t addr, uint64_t word);
// The eight words of the 64-byte line that holds addr.
void phys_line(const struct phys *m, uint64_t addr, uint64_t line[8]);
// Calls fn for every non-zero word in ascending address order.
void phys_each(const struct phys *m, void (*fn)(uint64_t addr, uint64_t word, void *ctx), void *ctx);
size_t phys_lines(const struct phys *m); // 64-byte lines that were ever written

#endif
