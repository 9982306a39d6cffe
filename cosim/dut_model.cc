// SPDX-License-Identifier: MulanPSL-2.0
// The C model as one of the two sides.
#include "cosim/dut.h"

#include <new>

namespace cosim {
namespace {

class Model final : public Dut {
public:
    explicit Model(const l2tlb_cfg &cfg) : t_(l2tlb_new(&cfg))
    {
        if (!t_)
            throw std::bad_alloc();
    }
    ~Model() override { l2tlb_free(t_); }
    Model(const Model &) = delete;
    Model &operator=(const Model &) = delete;

    const char *name() const override { return "model"; }
    void reset(const l2tlb_in &in) override { l2tlb_reset(t_, &in.csr); }
    void settle(const l2tlb_in &in, l2tlb_out &out) override { l2tlb_settle(t_, &in, &out); }
    void edge() override { l2tlb_tick(t_); }
    void dump(FILE *f) override { l2tlb_dump(t_, f); }

private:
    struct l2tlb *t_;
};

} // namespace

std::unique_ptr<Dut> make_model(const l2tlb_cfg &cfg)
{
    return std::make_unique<Model>(cfg);
}

} // namespace cosim
