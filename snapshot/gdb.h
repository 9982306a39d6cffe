// SPDX-License-Identifier: MulanPSL-2.0
// What the monitor of QEMU shares with the client of its gdb stub.
#ifndef L2TLB_SNAPSHOT_GDB_H
#define L2TLB_SNAPSHOT_GDB_H

#include "snapshot/machine.h"

// V in the output of QEMU's `info registers`: 0 or 1; -1: it does not stand there.
int gdb_guest_of(const char *text);

#endif
