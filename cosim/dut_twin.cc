// SPDX-License-Identifier: MulanPSL-2.0
// The C model in the place of the RTL: where both are equal, a difference is found twenty times as
// fast. Plusargs say which machine it is: +KEY=VALUE, the words that our RTL reports itself by.
#include "cosim/dut.h"

#include <stdexcept>
#include <vector>

namespace cosim {
namespace {

using Settings = std::vector<std::pair<std::string, std::string>>;

class Twin final : public Dut {
public:
    explicit Twin(Settings settings) : settings_(std::move(settings))
    {
        l2tlb_cfg cfg;
        std::string text;
        char msg[256];
        cfg_preset(&cfg, "minimal");
        config(cfg, text);
        if (const char *bad = cfg_finish(&cfg, msg, sizeof msg))
            throw std::runtime_error(bad);
        model_ = make_model(cfg);
    }

    const char *name() const override { return "rtl"; }
    void reset(const l2tlb_in &in) override { model_->reset(in); }
    void settle(const l2tlb_in &in, l2tlb_out &out) override { model_->settle(in, out); }
    void edge() override { model_->edge(); }
    void dump(FILE *f) override { model_->dump(f); }

    bool config(l2tlb_cfg &cfg, std::string &text) const override
    {
        char msg[256];
        for (const auto &[key, value] : settings_) {
            if (const char *bad = cfg_set(&cfg, key.c_str(), value.c_str(), msg, sizeof msg))
                throw std::runtime_error("+" + key + "=" + value + ": " + bad);
            text += " " + key + "=" + value;
        }
        return true;
    }

private:
    Settings settings_;
    std::unique_ptr<Dut> model_;
};

} // namespace

std::unique_ptr<Dut> make_rtl(int argc, char **argv)
{
    Settings s;
    for (int i = 1; i < argc; i++) {
        std::string a = argv[i];
        size_t eq = a.find('=');
        if (a[0] == '+' && eq != std::string::npos)
            s.emplace_back(a.substr(1, eq - 1), a.substr(eq + 1));
    }
    return std::make_unique<Twin>(std::move(s));
}

} // namespace cosim
