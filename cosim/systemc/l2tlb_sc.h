// SPDX-License-Identifier: MulanPSL-2.0
// The model as an SC_MODULE with signal-level ports (l2tlb_ports.def), clock and synchronous reset.
//
// Outputs are functions of registers and inputs, as in the RTL: they settle in the delta cycles after
// a clock edge or an input change. Memory: connect the a_/d_ signals, or use l2tlb_tlm (tlm_memory.h),
// which puts a TLM-2.0 initiator socket in their place.
#ifndef L2TLB_COSIM_SYSTEMC_L2TLB_SC_H
#define L2TLB_COSIM_SYSTEMC_L2TLB_SC_H

#include <systemc>

extern "C" {
#include "model/l2tlb.h"
}

class l2tlb_sc : public sc_core::sc_module {
public:
    sc_core::sc_in<bool> clk_i, rst_ni;
#define IN(type, name) sc_core::sc_in<type> name;
#define OUT(type, name) sc_core::sc_out<type> name;
#include "cosim/systemc/l2tlb_memory_ports.def"
#include "cosim/systemc/l2tlb_ports.def"
#undef IN
#undef OUT

    SC_HAS_PROCESS(l2tlb_sc);
    // cfg must have passed cfg_finish().
    l2tlb_sc(const sc_core::sc_module_name &name, const l2tlb_cfg &cfg);
    ~l2tlb_sc() override;
    l2tlb *machine() { return machine_; }

private:
    void settle(); // after an edge or a change of an input
    void edge();
    l2tlb_in sample() const;

    l2tlb *machine_;
    sc_core::sc_event ticked_;
    uint32_t tag_ = 0; // names requests; no hardware
};

#endif
