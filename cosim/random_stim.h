// SPDX-License-Identifier: MulanPSL-2.0
// Random stimuli: page tables with every kind of entry, all four kinds of requests mixed in flight,
// fences, CSR and PMP/PMA writes at any cycle, rewrites of tables, back-pressure on both sides.
#ifndef L2TLB_COSIM_RANDOM_STIM_H
#define L2TLB_COSIM_RANDOM_STIM_H

#include "cosim/stimulus.h"

namespace cosim {

struct RandomOptions {
    uint64_t seed = 1;
    uint64_t cycles = 20000;
    bool wfi = false; // revision 2026-03 has the port
    bool debug = false; // July 2026: changes of debug mode, tables in the debug module's page
    bool bitmap = false; // secure pages, MBMC and BCLEAR at any cycle
    unsigned keyid_bits = 0; // tables of other keys
};

Stimulus random_stimulus(const RandomOptions &opt);
// The same from the generator of the model's tests; it draws its own number of cycles.
Stimulus model_test_stimulus(const RandomOptions &opt);

} // namespace cosim

#endif
