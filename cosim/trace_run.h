// SPDX-License-Identifier: MulanPSL-2.0
// A trace in lock step: it goes through the L1 side and the model as in `l2tlb replay`, and what the
// L2TLB sees there drives the RTL in the same cycles.
#ifndef L2TLB_COSIM_TRACE_RUN_H
#define L2TLB_COSIM_TRACE_RUN_H

#include "cosim/compare.h"
#include "cosim/record.h"

#include <functional>
#include <vector>

namespace cosim {

// How traces are replayed, from options that are called as those of `l2tlb replay`.
struct TraceSettings {
    std::vector<std::string> world, mem;
    std::string arch;
    bool first_touch = false;
    uint64_t seed = 1, cycles = UINT64_MAX;

    // Takes one of its options; false: it is another one. value() gives the option's value.
    bool take(const std::string &option, const std::function<const char *()> &value);
    // The options again.
    std::string text() const;
};

struct TraceJob {
    const TraceSettings &settings;
    const l2tlb_cfg &machine;
    int argc;
    char **argv;
    bool strict;
    unsigned input_fault;
    std::string details; // file for a difference as it was in the trace; empty: none
    std::string wave;    // waveforms from cycle wave_from on; empty: none
    uint64_t wave_from = 0;
};

struct TraceResult {
    Difference d;
    Stimulus inputs; // those of the L2TLB
    uint64_t withdrawn = 0, answers = 0; // withdrawn: requests that `inputs` cannot show
    uint64_t accesses = 0;               // of the trace, issued
    bool whole = false;                  // the trace came to its end
};

// A trace by its contents, or by its name (so that the trace reader says what is wrong with it).
bool is_trace(const std::string &path);
// Throws std::runtime_error when the trace cannot be used or the machine is stuck.
TraceResult run_trace(const std::string &path, const TraceJob &job);

} // namespace cosim

#endif
