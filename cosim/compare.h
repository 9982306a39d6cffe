// SPDX-License-Identifier: MulanPSL-2.0
// What the runs in lock step share: the comparison of a cycle, what is remembered of each side, the
// description of a difference, and faults put into the RTL's inputs.
#ifndef L2TLB_COSIM_COMPARE_H
#define L2TLB_COSIM_COMPARE_H

#include "cosim/dut.h"

#include <deque>

extern "C" {
#include "replay/vcd.h"
}

namespace cosim {

struct Difference {
    bool found = false;
    uint64_t cycle = 0;
    std::string signal;
    uint64_t rtl = 0, model = 0;
    unsigned assertions = 0;
};

constexpr size_t HISTORY = 32;
constexpr uint64_t WAVE_CYCLES = 400;

struct Side {
    std::unique_ptr<Dut> dut;
    l2tlb_out out{};
    std::deque<std::string> history;

    void remember(const std::string &l)
    {
        history.push_back(l);
        if (history.size() > HISTORY)
            history.pop_front();
    }
};

// Waveform of the model's ports from open() on; nothing before it.
class Waves {
public:
    void open(const std::string &path)
    {
        file_ = std::fopen(path.c_str(), "w");
        vcd_ = file_ ? vcd_new(file_) : nullptr;
    }
    void cycle(uint64_t c, const l2tlb_in &in, const l2tlb_out &out)
    {
        if (vcd_)
            vcd_cycle(vcd_, c, nullptr, &in, &out);
        last_ = c;
    }
    Waves() = default;
    Waves(const Waves &) = delete;
    Waves &operator=(const Waves &) = delete;
    ~Waves()
    {
        if (vcd_)
            vcd_finish(vcd_, last_ + 1);
        if (file_)
            std::fclose(file_);
    }

private:
    FILE *file_ = nullptr;
    struct vcd *vcd_ = nullptr;
    uint64_t last_ = 0;
};

// Compares the settled outputs of both sides. strict: also fields that depend on power-up contents.
void compare(Side &rtl, const Side &model, bool strict, uint64_t cycle, Difference &d);
// The RTL's clock edge; an assertion that fails is a difference.
void edge(Dut &rtl, uint64_t cycle, Difference &d);
// Signal and values, the last events and the state of each side.
void describe(FILE *f, const Difference &d, Side &rtl, Side &model);

// Faults in the harness's inputs (proof that they would be noticed): 1 .. INPUT_FAULTS, 0: none.
constexpr unsigned INPUT_FAULTS = 12;
void corrupt(unsigned fault, uint64_t cycle, l2tlb_in &in);

} // namespace cosim

#endif
