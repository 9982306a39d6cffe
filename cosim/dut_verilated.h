// SPDX-License-Identifier: MulanPSL-2.0
// A Verilated L2TLB, class Vdut, with ports of XiangShan's generator: ours (dut_own.cc) or a user's
// (dut_xs.cc). For one translation unit of a program. Which ports there are, and how they are driven and
// read, is in ports.inc, which cosim/ports.py writes from its table.
#ifndef L2TLB_COSIM_DUT_VERILATED_H
#define L2TLB_COSIM_DUT_VERILATED_H

#include "cosim/dut.h"

#include "Vdut.h"
#include "verilated.h"
#ifdef COSIM_WAVE
#include "verilated_fst_c.h"
#endif

#include <cstring>
#include <deque>
#include <stdexcept>

double sc_time_stamp() { return 0; }

namespace cosim {
namespace {

template <class T, class U> void assign(T &to, U from)
{
    to = static_cast<T>(from);
}

template <class T> void set_bit(T &field, unsigned i, bool v)
{
    field = static_cast<T>((field & ~(1u << i)) | (static_cast<unsigned>(v) << i));
}

template <class T> [[maybe_unused]] void copy_bit(T &field, T from, unsigned i)
{
    set_bit(field, i, (from >> i) & 1);
}

#include "ports.inc"

// What an RTL says of its configuration: keys of cfg_set, and the same as text.
class Settings {
public:
    Settings(l2tlb_cfg &cfg, std::string &text) : cfg_(cfg), text_(text) {}

    void operator()(const std::string &key, const std::string &value)
    {
        char msg[200];
        if (const char *bad = cfg_set(&cfg_, key.c_str(), value.c_str(), msg, sizeof msg))
            throw std::runtime_error(key + " = " + value + ": " + bad);
        text_ += std::string(text_.empty() ? "" : " ") + key + "=" + value;
    }

private:
    l2tlb_cfg &cfg_;
    std::string &text_;
};

class VerilatedRtl : public Dut {
public:
    VerilatedRtl(int argc, char **argv)
    {
        ctx_.commandArgs(argc, argv);
        ctx_.fatalOnError(false); // $error, $fatal and $stop are counted, see errors()
        ctx_.errorLimit(1000000);
#ifdef COSIM_WAVE
        ctx_.traceEverOn(true);
#endif
        top_ = std::make_unique<Vdut>(&ctx_, "rtl");
        ctx_.assertOn(false);
    }

    ~VerilatedRtl() override
    {
        VerilatedRtl::close();
        // Verilator 5.006 takes a model's scopes out of the thread's context, not the model's own.
        Verilated::threadContextp(&ctx_);
        top_.reset();
    }

    const char *name() const override { return "rtl"; }

    void reset(const l2tlb_in &in) override
    {
        drive(*top_, in);
        set_reset(*top_, true);
        for (int i = 0; i < 64; i++) {
            eval();
            edge();
        }
        set_reset(*top_, false);
        ctx_.assertOn(true);
        errors_in_reset_ = ctx_.errorCount();
    }

    void settle(const l2tlb_in &in, l2tlb_out &out) override
    {
        drive(*top_, in);
        eval();
        out = {};
        read_outputs(*top_, out);
    }

    void edge() override
    {
        set_clock(*top_, true);
        eval();
        set_clock(*top_, false);
    }

    unsigned errors() const override
    {
        return static_cast<unsigned>(ctx_.errorCount() - errors_in_reset_) + ctx_.gotFinish();
    }

    // Outputs that this RTL does not have count as equal; a wrapper's counters come later.
    void adopt(l2tlb_out &mine, const l2tlb_out &other) override
    {
        if (!PERF_DELAY) {
            adopt_missing(mine, other);
            return;
        }
        perf_.push_back(other);
        late_ = mine; // before the first counts arrive
        if (perf_.size() > PERF_DELAY) {
            late_ = perf_.front();
            perf_.pop_front();
        }
        l2tlb_out reference = other;
        std::memcpy(reference.perf, late_.perf, sizeof late_.perf);
        adopt_missing(mine, reference);
    }
    const l2tlb_out *perf_reference() const override { return PERF_DELAY ? &late_ : nullptr; }

    void wave([[maybe_unused]] const char *path) override
    {
#ifdef COSIM_WAVE
        if (!fst_) {
            fst_ = std::make_unique<VerilatedFstC>();
            top_->trace(fst_.get(), 99);
            fst_->open(path);
        }
#endif
    }

    void close() override
    {
#ifdef COSIM_WAVE
        if (fst_)
            fst_->close();
        fst_.reset();
#endif
        if (top_)
            top_->final();
    }

protected:
    VerilatedContext ctx_;
    std::unique_ptr<Vdut> top_;

private:
    void eval()
    {
        top_->eval();
        time_ += 5;
#ifdef COSIM_WAVE
        if (fst_)
            fst_->dump(time_);
#endif
    }

    uint64_t time_ = 0;
    int errors_in_reset_ = 0;
    std::deque<l2tlb_out> perf_; // of the last PERF_DELAY cycles
    l2tlb_out late_{};
#ifdef COSIM_WAVE
    std::unique_ptr<VerilatedFstC> fst_;
#endif
};

} // namespace
} // namespace cosim

#endif
