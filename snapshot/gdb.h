// SPDX-License-Identifier: MulanPSL-2.0
// The client of a gdb stub (gdb_open() of machine.h): what of it has tests of its own.
#ifndef L2TLB_SNAPSHOT_GDB_H
#define L2TLB_SNAPSHOT_GDB_H

#include "snapshot/machine.h"

// V in the output of QEMU's `info registers` (" V      =   1", since QEMU 11 " V             1"): 0 or 1; -1: it does
// not stand there.
int gdb_guest_of(const char *text);

#endif
