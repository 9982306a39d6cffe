// SPDX-License-Identifier: MulanPSL-2.0
// The model as an SC_MODULE with the ports of XiangShan's L2TLB, so that it stands where a Verilated one
// (verilator --sc) stands: one bit is bool, up to 32 bits uint32_t, up to 64 uint64_t, the data of channel D
// sc_bv<256>. Left out are the inputs that the machine does not look at (opcode and size of channel D).
// The reset is synchronous. cosim/own.py writes the lists of ports (make systemc: build/systemc/*.def).
//
// Outputs are functions of registers and inputs, as in the RTL: they settle in the delta cycles after
// a clock edge or an input change. Memory: connect the auto_out_ signals, or use l2tlb_tlm (tlm_memory.h),
// which puts a TLM-2.0 initiator socket in their place.
#ifndef L2TLB_COSIM_SYSTEMC_L2TLB_SC_H
#define L2TLB_COSIM_SYSTEMC_L2TLB_SC_H

#include <systemc>

extern "C" {
#include "model/l2tlb.h"
}

class l2tlb_sc : public sc_core::sc_module {
public:
    sc_core::sc_in<bool> clock, reset;
#define IN(type, name) sc_core::sc_in<type> name;
#define OUT(type, name) sc_core::sc_out<type> name;
#include "l2tlb_memory_ports.def"
#include "l2tlb_ports.def"
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
    l2tlb_in inputs() const;
    void sample(l2tlb_in &in) const;
    void show(const l2tlb_out &out);

    l2tlb *machine_;
    sc_core::sc_event ticked_;
    uint32_t tag_ = 0; // names requests; no hardware
};

#endif
