// SPDX-License-Identifier: MulanPSL-2.0
// The plugin's full-system mode: docs/real-guest.md, "Capture".
#ifndef L2TLB_QEMU_SYSTEM_H
#define L2TLB_QEMU_SYSTEM_H

#include "scripts/qemu_plugin/recorder.h"

// NULL, or why this QEMU cannot show a whole machine.
const char *system_possible(const char *target);
// Begins: at once, or when the file `control` appears and a vCPU goes on.
bool system_start(const struct recorder_options *o);

#endif
