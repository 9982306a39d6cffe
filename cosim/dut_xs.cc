// SPDX-License-Identifier: MulanPSL-2.0
// A user's RTL with the ports of XiangShan's generator, Verilated as class Vdut. Which ports exist is
// decided by cosim/ports.py, which writes ports.inc.
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

template <class T> void copy_bit(T &field, T from, unsigned i)
{
    set_bit(field, i, (from >> i) & 1);
}

#include "ports.inc"

class UserRtl final : public Dut {
public:
    UserRtl(int argc, char **argv)
    {
        ctx_.commandArgs(argc, argv);
        ctx_.fatalOnError(false); // $error, $fatal and $stop are counted, see errors()
        ctx_.errorLimit(1000000);
#ifdef COSIM_WAVE
        ctx_.traceEverOn(true);
#endif
        top_ = std::make_unique<Vdut>(&ctx_, "rtl");
    }

    ~UserRtl() override
    {
        close();
        Verilated::threadContextp(&ctx_);
        top_.reset();
    }

    const char *name() const override { return "rtl"; }

    void reset(const l2tlb_in &in) override
    {
        drive(*top_, in);
        set_reset(*top_, true);
        for (int i = 0; i < 64; i++) {
            settle_only();
            edge();
        }
        set_reset(*top_, false);
        errors_in_reset_ = ctx_.errorCount();
    }

    void settle(const l2tlb_in &in, l2tlb_out &out) override
    {
        drive(*top_, in);
        settle_only();
        out = {};
        read_outputs(*top_, out);
    }

    void edge() override
    {
        set_clock(*top_, true);
        settle_only();
        set_clock(*top_, false);
    }

    // The ports show which machine it is; sizes are the user's to say (--preset, --set).
    bool config(l2tlb_cfg &cfg, std::string &text) const override
    {
        char msg[200];
        auto set = [&](const char *key, const char *value) {
            const char *bad = cfg_set(&cfg, key, value, msg, sizeof msg);
            if (bad)
                throw std::runtime_error(std::string(key) + ": " + bad);
            text += std::string(text.empty() ? "" : " ") + key + "=" + value;
        };
        if (HAS_DEBUG)
            set("revision", HAS_MXR ? "2026-07" : "2026-07-v2");
        else if (HAS_WFI)
            set("revision", "2026-03");
        set("bitmap.enable", HAS_BITMAP ? "1" : "0");
        return true;
    }

    unsigned errors() const override
    {
        return static_cast<unsigned>(ctx_.errorCount() - errors_in_reset_) + ctx_.gotFinish();
    }

    void dump(FILE *f) override { std::fprintf(f, "  (in the waveform)\n"); }

    // Outputs that this RTL does not have count as equal; the wrapper's counters come later.
    void adopt(l2tlb_out &mine, const l2tlb_out &other) override
    {
        late_ = other;
        if (PERF_DELAY) {
            perf_.push_back(other);
            if (perf_.size() > PERF_DELAY) {
                late_ = perf_.front();
                perf_.pop_front();
            } else {
                late_ = mine; // before the first counts arrive
            }
        }
        l2tlb_out reference = other;
        std::memcpy(reference.perf, late_.perf, sizeof late_.perf);
        adopt_missing(mine, reference);
    }
    const l2tlb_out *perf_reference() const override { return PERF_DELAY ? &late_ : nullptr; }

    void wave(const char *path) override
    {
#ifdef COSIM_WAVE
        if (!fst_) {
            fst_ = std::make_unique<VerilatedFstC>();
            top_->trace(fst_.get(), 99);
            fst_->open(path);
        }
#else
        (void)path;
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

private:
    void settle_only()
    {
        top_->eval();
        time_ += 5;
#ifdef COSIM_WAVE
        if (fst_)
            fst_->dump(time_);
#endif
    }

    VerilatedContext ctx_;
    std::unique_ptr<Vdut> top_;
    uint64_t time_ = 0;
    int errors_in_reset_ = 0;
    std::deque<l2tlb_out> perf_;
    l2tlb_out late_{};
#ifdef COSIM_WAVE
    std::unique_ptr<VerilatedFstC> fst_;
#endif
};

} // namespace

std::unique_ptr<Dut> make_rtl(int argc, char **argv)
{
    return std::make_unique<UserRtl>(argc, argv);
}

} // namespace cosim
