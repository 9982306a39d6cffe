#!/usr/bin/env python3
# SPDX-License-Identifier: MulanPSL-2.0
"""Random parameters of cosim/own_top.sv from a number, as options of Verilator.

    sizes.py N
"""
import random
import sys


def draw(n):
    r = random.Random(n)

    def power(low, high):  # exponents of two
        return 1 << r.randint(low, high)

    llptw = r.randint(2, 14)
    p = {"L3Size": power(1, 4), "L2Size": power(1, 5), "SpSize": power(1, 5), "L1Sets": power(1, 4),
         "L1Ways": power(1, 3), "L0Sets": power(1, 6), "L0Ways": power(1, 4), "LlptwSize": llptw,
         "MissqSize": r.randint(max(4, llptw), 64), "Prefetch": r.randint(0, 3) and 1,
         "PmpEntries": power(4, 5), "Revision": r.randint(0, 3)}
    if r.randint(0, 1):
        # One checker entry for each walker, as the machine has it.
        p |= {"Bitmap": 1, "BitmapEntries": 1 << (llptw + 1).bit_length(), "BcSets": power(0, 5),
              "BcWays": power(1, 4), "KeyIdBits": r.choice((0, 0, 5))}
    if r.randint(0, 1):
        p |= {"ErrataLow": r.getrandbits(32) & r.getrandbits(32), "ErrataHigh": r.getrandbits(19) & r.getrandbits(19)}
    return p


if len(sys.argv) != 2 or not sys.argv[1].isdigit():
    sys.exit(__doc__)
print(" ".join(f"-G{k}={v}" for k, v in draw(int(sys.argv[1])).items()))
