// SPDX-License-Identifier: MulanPSL-2.0
// Sparse physical memory of 64-bit words, 56-bit addresses; what was never written reads 0. Parts of
// files may be mapped below: they cost what is touched, and writes don't reach the file.
#ifndef L2TLB_MEM_PHYS_H
#define L2TLB_MEM_PHYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct phys;

struct phys *phys_new(void); // NULL when memory is exhausted
struct phys *phys_clone(const struct phys *m); // NULL when memory is exhausted
void phys_free(struct phys *m);
void phys_clear(struct phys *m); // mapped parts go, too

// Maps `size` bytes of the open file fd, from `offset` on, to addr on; bytes past the end of the file
// must not be asked for. Parts must not overlap each other. A clone shares them; it must not outlive
// or be used beside the original in another thread. False: impossible (errno). fd may be closed.
bool phys_map_file(struct phys *m, int fd, uint64_t offset, uint64_t addr, uint64_t size);

// addr is a byte address below 2^56; its low three bits are ignored.
uint64_t phys_read(const struct phys *m, uint64_t addr);
// Returns false when memory is exhausted (nothing is written).
bool phys_write(struct phys *m, uint64_t addr, uint64_t word);
// fn is called for every write that changes a word, when it has; NULL: nobody watches. Not cloned.
void phys_watch(struct phys *m, void (*fn)(void *ctx, uint64_t addr, uint64_t old, uint64_t word),
                void *ctx);
// The eight words of the 64-byte line that holds addr.
void phys_line(const struct phys *m, uint64_t addr, uint64_t line[8]);
// Calls fn for every non-zero word in ascending address order.
void phys_each(const struct phys *m, void (*fn)(uint64_t addr, uint64_t word, void *ctx), void *ctx);
size_t phys_lines(const struct phys *m); // 64-byte lines that were ever written; no mapped ones

#endif
