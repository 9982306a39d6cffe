// SPDX-License-Identifier: MulanPSL-2.0
// Waveform (VCD) of the model's ports and registers with the names of the RTL. One time unit is one cycle;
// values are those just before the clock edge that ends the cycle; only changes are written. The
// delayed counter outputs move in idle cycles too, so a waveform needs every cycle (no skipping).
#ifndef L2TLB_REPLAY_VCD_H
#define L2TLB_REPLAY_VCD_H

#include "model/l2tlb.h"

struct vcd;

// NULL: out of memory. The stream stays the caller's.
struct vcd *vcd_new(FILE *out);
// Values of one settled cycle; the first one writes the header. machine: its registers are shown as well
// (model/registers.h); NULL: the ports alone. It is the same in every cycle.
void vcd_cycle(struct vcd *v, uint64_t cycle, const struct l2tlb *machine, const struct l2tlb_in *in,
               const struct l2tlb_out *out);
// A comment between two times; it may be any text.
void vcd_comment(struct vcd *v, const char *text);
// Ends the waveform at `cycle` and frees v. False: writing failed.
bool vcd_finish(struct vcd *v, uint64_t cycle);

#endif
