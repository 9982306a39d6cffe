// SPDX-License-Identifier: MulanPSL-2.0
// Stimuli of the model's own random tests (tests/random/stimgen.h), which draw along six axes.
#include "cosim/random_stim.h"

#include <new>

extern "C" {
#include "tests/random/stimgen.h"
}

namespace cosim {

Stimulus model_test_stimulus(const RandomOptions &opt)
{
    struct stimgen_options o;
    ::stimgen_options(&o, opt.seed);
    o.virt = true;
    o.bitmap = opt.bitmap;
    o.wfi = opt.wfi;
    o.debug = opt.debug;
    o.keyid_bits = opt.keyid_bits;
    struct stim s;
    if (!stimgen_draw(&s, &o))
        throw std::bad_alloc();
    Stimulus out = stimulus_of(s);
    out.name = "tests_" + std::to_string(opt.seed);
    stim_free(&s);
    return out;
}

} // namespace cosim
