// SPDX-License-Identifier: MulanPSL-2.0
// The memory side in TLM-2.0.
//
// tl_initiator  channel A/D signals of an L2TLB (model or RTL) to an initiator socket: one 64-byte
//               read per Get; the target's delay is the time to the first beat; answers may
//               overtake each other; two beats of 256 bits, never interleaved.
// l2tlb_tlm     model and tl_initiator together: an SC_MODULE whose memory is a socket.
// sparse_memory a target with a hashed latency, for examples.
#ifndef L2TLB_COSIM_SYSTEMC_TLM_MEMORY_H
#define L2TLB_COSIM_SYSTEMC_TLM_MEMORY_H

#include "cosim/systemc/l2tlb_sc.h"

#include <tlm>
#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <array>
#include <cstdint>
#include <list>
#include <map>

class tl_initiator : public sc_core::sc_module {
public:
    sc_core::sc_in<bool> clock, reset;
#define IN(type, name) sc_core::sc_out<type> name; // the other end of the L2TLB's ports
#define OUT(type, name) sc_core::sc_in<type> name;
#include "l2tlb_memory_ports.def"
#undef IN
#undef OUT
    tlm_utils::simple_initiator_socket<tl_initiator> socket;

    SC_HAS_PROCESS(tl_initiator);
    // period: of clock; a target's delay is rounded up to whole cycles, at least one.
    tl_initiator(const sc_core::sc_module_name &name, const sc_core::sc_time &period);
    uint64_t reads() const { return reads_; }

private:
    struct answer {
        uint64_t ready; // cycle of the first beat, at the earliest
        uint32_t source;
        std::array<uint64_t, 8> line;
    };
    void edge();
    void read();
    void beat();

    sc_core::sc_time period_;
    std::list<answer> waiting_; // in order of acceptance
    std::list<answer> sending_; // none or one: its second beat is due
    uint64_t cycle_ = 0, reads_ = 0;
};

class l2tlb_tlm : public sc_core::sc_module {
public:
    l2tlb_sc core;
    tl_initiator memory;
    // channels A and D, to look at
#define IN(type, name) sc_core::sc_signal<type> name;
#define OUT(type, name) sc_core::sc_signal<type> name;
#include "l2tlb_memory_ports.def"
#undef IN
#undef OUT

    l2tlb_tlm(const sc_core::sc_module_name &name, const l2tlb_cfg &cfg,
              const sc_core::sc_time &period);
};

class sparse_memory : public sc_core::sc_module {
public:
    tlm_utils::simple_target_socket_tagged<sparse_memory> socket0, socket1;

    sparse_memory(const sc_core::sc_module_name &name, const sc_core::sc_time &period);
    void write(uint64_t addr, uint64_t word) { words_[addr & ~UINT64_C(7)] = word; }

private:
    void transport_tagged(int id, tlm::tlm_generic_payload &trans, sc_core::sc_time &delay);

    sc_core::sc_time period_;
    std::map<uint64_t, uint64_t> words_;
};

#endif
