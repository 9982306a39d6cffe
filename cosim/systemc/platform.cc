// SPDX-License-Identifier: MulanPSL-2.0
// Example platform: the model and our RTL (verilator --sc) side by side under one SystemC stimulus,
// one memory behind both through TLM-2.0; every output is compared in every cycle.
//   platform [--cycles N] [--seed N] [--fault]     --fault: flips an input of the RTL once
// Exit 0: equal; 1: a difference; 2: bad usage.
#include "Vown_top.h"
#include "cosim/systemc/tlm_memory.h"

#include <cerrno>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>

using namespace sc_core;

namespace {

constexpr uint64_t ROOT = 0x80000, LEAVES = 0x90000, GUEST_ROOT = 0x80100;

// All inputs but the memory's, driven for both machines; outputs of both.
struct wires {
#define IN(type, name) sc_signal<type> name{#name};
#define OUT(type, name) sc_signal<type> name##_model, name##_rtl;
#include "l2tlb_ports.def"
#undef IN
#undef OUT
    sc_signal<uint64_t> io_tlb_1_req_0_bits_vpn_rtl; // equal but for --fault
    // channels A and D of the RTL; those of the model are inside l2tlb_tlm
#define IN(type, name) sc_signal<type> name;
#define OUT(type, name) sc_signal<type> name;
#include "l2tlb_memory_ports.def"
#undef IN
#undef OUT
};

// Tables of three levels: host and VS (satp, vsatp) at ROOT, G stage one gigabyte pages.
void fill(sparse_memory &m)
{
    for (uint64_t i = 0; i < 4; i++) {
        m.write((ROOT << 12) + 8 * i, (ROOT + 1 + i) << 10 | 1);
        for (uint64_t j = 0; j < 8; j++) {
            uint64_t table = ROOT + 16 + 8 * i + j;
            m.write(((ROOT + 1 + i) << 12) + 8 * j,
                    j == 7 ? (LEAVES + (i << 9)) << 10 | 0xcf : table << 10 | 1);
            for (uint64_t k = 0; k < 512; k++)
                m.write((table << 12) + 8 * k, k % 11 == 10 ? 0 : (LEAVES + 64 * j + k) << 10 | 0xcf);
        }
    }
    for (uint64_t i = 0; i < 8; i++)
        m.write((GUEST_ROOT << 12) + 8 * i, (i << 18) << 10 | 0xdf);
}

SC_MODULE(stimulus)
{
    sc_in<bool> clk;
    wires &w;
    std::mt19937_64 rng;
    uint64_t cycle = 0;
    bool fault;

    SC_HAS_PROCESS(stimulus);
    stimulus(sc_module_name name, wires & wires_, uint64_t seed, bool fault_)
        : sc_module(name), w(wires_), rng(seed), fault(fault_)
    {
        SC_METHOD(drive);
        sensitive << clk.neg(); // inputs change in the middle of a cycle
        w.io_csr_tlb_satp_mode = w.io_csr_tlb_vsatp_mode = w.io_csr_tlb_hgatp_mode = 8;
        w.io_csr_tlb_satp_ppn = w.io_csr_tlb_vsatp_ppn = ROOT;
        w.io_csr_tlb_hgatp_ppn = GUEST_ROOT;
        w.io_tlb_0_resp_ready = w.io_tlb_1_resp_ready = true;
    }

    // Returns the page asked for, or the one still asked for.
    uint64_t request(sc_signal<bool> & valid, sc_signal<uint64_t> & vpn,
                     sc_signal<uint32_t> & kind, bool taken)
    {
        if (valid.read() && !taken)
            return vpn.read(); // held until accepted
        uint64_t page = (rng() % 4) << 18 | (rng() % 8) << 9 | (rng() % 64);
        valid = cycle > 40 && rng() % 4 == 0;
        vpn = page;
        kind = static_cast<uint32_t>(rng() % 4);
        return page;
    }

    bool was_ready[2] = {false, false};
    void drive()
    {
        cycle++;
        request(w.io_tlb_0_req_0_valid, w.io_tlb_0_req_0_bits_vpn, w.io_tlb_0_req_0_bits_s2xlate, was_ready[0]);
        uint64_t page = request(w.io_tlb_1_req_0_valid, w.io_tlb_1_req_0_bits_vpn,
                                w.io_tlb_1_req_0_bits_s2xlate, was_ready[1]);
        w.io_tlb_1_req_0_bits_vpn_rtl = page ^ (fault && cycle > 2000);
        w.io_tlb_0_resp_ready = rng() % 8 != 0;
        w.io_csr_distribute_csr_w_valid = cycle == 30 || cycle == 32;
        w.io_csr_distribute_csr_w_bits_addr = cycle == 30 ? 0x3b0 : 0x3a0;
        w.io_csr_distribute_csr_w_bits_data = cycle == 30 ? ~UINT64_C(0) : 0x1f;
        bool fence = cycle > 100 && rng() % 500 == 0;
        w.io_sfence_valid = fence;
        w.io_sfence_bits_rs1 = rng() % 2;
        w.io_sfence_bits_rs2 = rng() % 2;
        w.io_sfence_bits_hg = rng() % 4 == 0;
        w.io_sfence_bits_hv = rng() % 4 == 0;
        w.io_sfence_bits_addr = (rng() % 4) << 30 | (rng() % 8) << 21 | (rng() % 64) << 12;
    }
};

struct comparer : sc_module {
    sc_in<bool> clk, reset;
    wires &w;
    stimulus &s;
    const l2tlb_tlm &model;
    uint64_t differences = 0, answers = 0;

    SC_HAS_PROCESS(comparer);
    comparer(sc_module_name name, wires &wires_, stimulus &s_, const l2tlb_tlm &model_)
        : sc_module(name), w(wires_), s(s_), model(model_)
    {
        SC_METHOD(compare);
        dont_initialize();
        sensitive << clk.pos(); // the settled values of the cycle that ends
    }

    void differ(const char *name, uint64_t model, uint64_t rtl)
    {
        if (differences++ < 10)
            std::printf("cycle %" PRIu64 ": %s model %" PRIx64 " rtl %" PRIx64 "\n", s.cycle, name,
                        model, rtl);
    }

    // Payloads count only while their valid is high.
    bool meaningful(const char *name) const
    {
        auto is = [name](const char *prefix) { return !std::strncmp(name, prefix, std::strlen(prefix)); };
        return is("io_tlb_0_resp_bits_") ? w.io_tlb_0_resp_valid_model.read() :
               is("io_tlb_1_resp_bits_") ? w.io_tlb_1_resp_valid_model.read() :
               is("auto_out_a_bits_") ? model.auto_out_a_valid.read() : true;
    }

    void compare()
    {
        if (reset)
            return;
#define IN(type, name)
#define OUT(type, name)                                                                            \
    if (meaningful(#name) && w.name##_model.read() != w.name##_rtl.read())                         \
        differ(#name, w.name##_model.read(), w.name##_rtl.read());
#include "l2tlb_ports.def"
#undef OUT
#define OUT(type, name)                                                                            \
    if (meaningful(#name) && model.name.read() != w.name.read())                                   \
        differ(#name, model.name.read(), w.name.read());
#include "l2tlb_memory_ports.def"
#undef IN
#undef OUT
        answers += (w.io_tlb_0_resp_valid_model && w.io_tlb_0_resp_ready) +
                   (w.io_tlb_1_resp_valid_model && w.io_tlb_1_resp_ready);
        s.was_ready[0] = w.io_tlb_0_req_0_ready_model;
        s.was_ready[1] = w.io_tlb_1_req_0_ready_model;
    }
};

template <typename T>
void bind_unless_faulty(const char *name, sc_in<T> &port, sc_signal<T> &signal)
{
    if (std::strcmp(name, "io_tlb_1_req_0_bits_vpn") != 0)
        port(signal);
}

// Inputs of the RTL are those of the model, but for the page of port 1 with --fault.
void bind_rtl_inputs(Vown_top &rtl, wires &w)
{
    rtl.io_tlb_1_req_0_bits_vpn(w.io_tlb_1_req_0_bits_vpn_rtl);
#define IN(type, name) bind_unless_faulty(#name, rtl.name, w.name);
#define OUT(type, name)
#include "l2tlb_ports.def"
#undef IN
#undef OUT
}

bool number(const char *text, uint64_t &v)
{
    char *end;
    bool hex = text[0] == '0' && (text[1] | 32) == 'x'; // else decimal, never octal
    errno = 0;
    v = std::strtoull(text, &end, hex ? 16 : 10);
    return *text >= '0' && *text <= '9' && !*end && !errno;
}

} // namespace

int sc_main(int argc, char **argv)
{
    uint64_t cycles = 100000, seed = 1;
    bool fault = false;
    for (int i = 1; i < argc; i++) {
        bool two = i + 1 < argc;
        if (!std::strcmp(argv[i], "--fault"))
            fault = true;
        else if (two && !std::strcmp(argv[i], "--cycles") && number(argv[i + 1], cycles))
            i++;
        else if (two && !std::strcmp(argv[i], "--seed") && number(argv[i + 1], seed))
            i++;
        else {
            std::fprintf(stderr, "usage: platform [--cycles N] [--seed N] [--fault]\n");
            return 2;
        }
    }
    l2tlb_cfg cfg;
    char msg[128];
    cfg_preset(&cfg, "minimal");
    cfg_finish(&cfg, msg, sizeof msg);

    const sc_time period(1, SC_NS);
    sc_clock clk("clk", period);
    sc_signal<bool> reset("reset");
    wires w;
    stimulus stim("stimulus", w, seed, fault);
    sparse_memory memory("memory", period);
    l2tlb_tlm model("model", cfg, period);
    comparer comp("comparer", w, stim, model);
    Vown_top rtl("rtl");
    tl_initiator rtl_memory("rtl_memory", period);
    fill(memory);

    stim.clk(clk);
    comp.clk(clk);
    comp.reset(reset);
    model.core.clock(clk);
    model.core.reset(reset);
    model.memory.clock(clk);
    model.memory.reset(reset);
    model.memory.socket.bind(memory.socket0);
    rtl.clock(clk);
    rtl.reset(reset);
    rtl_memory.clock(clk);
    rtl_memory.reset(reset);
    rtl_memory.socket.bind(memory.socket1);
#define IN(type, name) model.core.name(w.name);
#define OUT(type, name)                                                                            \
    model.core.name(w.name##_model);                                                               \
    rtl.name(w.name##_rtl);
#include "l2tlb_ports.def"
#undef IN
#undef OUT
    bind_rtl_inputs(rtl, w);
#define IN(type, name)                                                                             \
    rtl.name(w.name);                                                                              \
    rtl_memory.name(w.name);
#define OUT(type, name) IN(type, name)
#include "l2tlb_memory_ports.def"
#undef IN
#undef OUT
    sc_signal<sc_dt::sc_bv<768>> rtl_cfg;
    rtl.cfg(rtl_cfg);

    reset = true;
    sc_start(20 * period);
    reset = false;
    sc_start(static_cast<double>(cycles) * period);
    std::printf("systemc: %" PRIu64 " cycles, %" PRIu64 " answers, %" PRIu64 " + %" PRIu64
                " reads, %" PRIu64 " differences\n",
                cycles, comp.answers, model.memory.reads(), rtl_memory.reads(), comp.differences);
    return comp.differences || !comp.answers || !rtl_memory.reads() ? 1 : 0;
}
