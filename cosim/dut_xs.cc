// SPDX-License-Identifier: MulanPSL-2.0
// A user's RTL with the ports of XiangShan's generator. Which ports exist is decided by cosim/ports.py.
#include "cosim/dut_verilated.h"

namespace cosim {
namespace {

class UserRtl final : public VerilatedRtl {
public:
    using VerilatedRtl::VerilatedRtl;

    // The ports show which machine it is; sizes are the user's to say (--preset, --set).
    bool config(l2tlb_cfg &cfg, std::string &text) const override
    {
        Settings set(cfg, text);
        if (HAS_DEBUG)
            set("revision", HAS_MXR ? "2026-07" : "2026-07-v2");
        else if (HAS_WFI)
            set("revision", "2026-03");
        set("bitmap.enable", HAS_BITMAP ? "1" : "0");
        return true;
    }

    void dump(FILE *f) override { std::fprintf(f, "  (in the waveform)\n"); }
};

} // namespace

std::unique_ptr<Dut> make_rtl(int argc, char **argv)
{
    return std::make_unique<UserRtl>(argc, argv);
}

} // namespace cosim
