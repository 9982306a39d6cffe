// SPDX-License-Identifier: MulanPSL-2.0
// Lists in ascending order.
#ifndef L2TLB_ARCH_SORTED_H
#define L2TLB_ARCH_SORTED_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

// Of n elements of `size` bytes, in ascending order of the uint64_t at offset `key`: the first one whose key is not
// below `value`; n: none.
static inline size_t sorted_find(const void *list, size_t size, size_t key, size_t n, uint64_t value)
{
    size_t low = 0, high = n;
    while (low < high) {
        size_t mid = (low + high) / 2;
        uint64_t at;
        memcpy(&at, (const char *)list + mid * size + key, sizeof at);
        if (at < value)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

#endif
