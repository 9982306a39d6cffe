// SPDX-License-Identifier: MulanPSL-2.0
// Rules of VMSAv8-64 that are functions of fields alone: levels, sizes of leaves, memory attributes.
#include "arch/walk_a64.h"

#include "arch/bits.h"

int a64_start_level(unsigned granule, unsigned input)
{
    int stride = (int)granule - 3;
    return 4 - ((int)input - (int)granule + stride - 1) / stride;
}

int a64_s2_start_level(uint64_t vtcr)
{
    static const int8_t level[3][4] = {{2, 1, 0, 3}, {3, 2, 1, 4}, {3, 2, 1, 0}};
    unsigned tg = (unsigned)bits(vtcr, 15, 14), sl0 = (unsigned)bits(vtcr, 7, 6);
    bool ds = bit(vtcr, 32) && tg != 1;
    if (tg > 2)
        return 4;
    if (ds && tg == 0 && bit(vtcr, 33)) // SL2
        return sl0 == 0 ? -1 : 4;
    if (tg == 2 && sl0 == 3 && !ds)
        return 4;
    return level[tg][sl0];
}

bool a64_block_level(unsigned granule, bool ds, int level)
{
    if (level == 3)
        return true;
    if (granule == 12)
        return level == 2 || level == 1 || (level == 0 && ds);
    if (granule == 14)
        return level == 2 || (level == 1 && ds);
    return level == 2 || level == 1;
}

unsigned a64_contiguous_bits(unsigned granule, int level)
{
    if (granule == 12)
        return 4;
    return granule == 14 && level == 3 ? 7 : 5;
}

// One nibble of MAIR (inner or outer) limited by stage 2's two bits (1 NC, 2 WT, 3 WB).
static unsigned combine_nibble(unsigned s1, unsigned s2)
{
    if (s1 == 4 || s2 <= 1)
        return 4;
    return s2 == 2 ? s1 & ~4u & ~(s1 >= 12 ? 4u : 0) : s1;
}

unsigned a64_attributes(unsigned s1, unsigned s2)
{
    bool device1 = s1 >> 4 == 0, device2 = s2 >> 2 == 0;
    unsigned kind1 = s1 & 0xc, kind2 = (s2 & 3) << 2;
    if (device1 && device2)
        return kind1 < kind2 ? kind1 : kind2;
    if (device1 || device2)
        return device1 ? kind1 : kind2;
    return combine_nibble(s1 >> 4, s2 >> 2) << 4 | combine_nibble(s1 & 15, s2 & 3);
}
