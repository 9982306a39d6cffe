// SPDX-License-Identifier: MulanPSL-2.0
// The lines of the recordings (docs/recordings.md 4).
#ifndef L2TLB_COSIM_LINES_H
#define L2TLB_COSIM_LINES_H

#include "cosim/stimulus.h"

#include <functional>

namespace cosim {

std::string format(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
// An R line.
std::string response_line(uint64_t cycle, unsigned port, const ptw_resp &r);
// Q, D, A, R, W lines of one settled cycle. index: number of each port's request, beat: which one D
// carries. count: requests of port 0, 1, answers of 0, 1, reads.
void cycle_lines(uint64_t cycle, const l2tlb_in &in, const uint64_t index[2], unsigned beat,
                 const l2tlb_out &out, uint64_t count[5],
                 const std::function<void(const std::string &)> &line);
void cycle_lines(uint64_t cycle, const Player &p, const l2tlb_out &out, uint64_t count[5],
                 const std::function<void(const std::string &)> &line);

} // namespace cosim

#endif
