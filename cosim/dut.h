// SPDX-License-Identifier: MulanPSL-2.0
// A device under test seen through the ports of the C model: our RTL, a user's RTL, the model.
#ifndef L2TLB_COSIM_DUT_H
#define L2TLB_COSIM_DUT_H

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>

extern "C" {
#include "mem/tilelink.h"
#include "model/l2tlb.h"
}

namespace cosim {

class Dut {
public:
    virtual ~Dut() = default;
    virtual const char *name() const = 0;
    // 64 edges under reset with these inputs; afterwards the next settle is cycle 0.
    virtual void reset(const l2tlb_in &in) = 0;
    // All outputs of this cycle for these inputs.
    virtual void settle(const l2tlb_in &in, l2tlb_out &out) = 0;
    virtual void edge() = 0;
    // Assertions that failed so far.
    virtual unsigned errors() const { return 0; }
    // Configuration the RTL was built with, into a model configuration (before cfg_finish). False:
    // the RTL does not say.
    virtual bool config(l2tlb_cfg &, std::string &) const { return false; }
    virtual void dump(FILE *) {}
    // Called once per cycle before the comparison: outputs that this side has no port for are taken
    // from the other side.
    virtual void adopt(l2tlb_out &mine, const l2tlb_out &other) { (void)mine, (void)other; }
    // What this side's counters are compared with, when not the other side's of this cycle.
    virtual const l2tlb_out *perf_reference() const { return nullptr; }
    virtual void wave(const char *path) { (void)path; }
    virtual void close() {}
};

// The Verilated RTL this program was linked with; argv are its plusargs.
std::unique_ptr<Dut> make_rtl(int argc, char **argv);
// The C model.
std::unique_ptr<Dut> make_model(const l2tlb_cfg &cfg);

} // namespace cosim

#endif
