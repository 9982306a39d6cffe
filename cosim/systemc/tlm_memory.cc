// SPDX-License-Identifier: MulanPSL-2.0
#include "cosim/systemc/tlm_memory.h"

#include <cmath>
#include <cstring>

extern "C" {
#include "arch/bits.h"
}

using sc_core::sc_time;

tl_initiator::tl_initiator(const sc_core::sc_module_name &name, const sc_time &period)
    : sc_core::sc_module(name), socket("socket"), period_(period)
{
    SC_METHOD(edge);
    dont_initialize();
    sensitive << clock.pos();
}

void tl_initiator::edge()
{
    if (reset) {
        waiting_.clear();
        sending_.clear();
        cycle_ = 0;
        auto_out_a_ready = true;
        auto_out_d_valid = false;
        return;
    }
    if (auto_out_a_valid && auto_out_a_ready.read())
        read();
    cycle_++; // what is driven now belongs to the cycle that begins
    beat();
    auto_out_a_ready = true;
}

void tl_initiator::read()
{
    answer x{};
    x.source = auto_out_a_bits_source;
    tlm::tlm_generic_payload trans;
    trans.set_read();
    trans.set_address(auto_out_a_bits_address.read());
    trans.set_data_ptr(reinterpret_cast<unsigned char *>(x.line.data()));
    trans.set_data_length(64);
    trans.set_streaming_width(64);
    trans.set_byte_enable_ptr(nullptr);
    trans.set_dmi_allowed(false);
    trans.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    sc_time delay = sc_core::SC_ZERO_TIME;
    socket->b_transport(trans, delay);
    if (trans.is_response_error())
        SC_REPORT_ERROR("tl_initiator", trans.get_response_string().c_str());
    double cycles = std::ceil(delay / period_);
    x.ready = cycle_ + (cycles < 1 ? 1 : static_cast<uint64_t>(cycles));
    waiting_.push_back(x);
    reads_++;
}

static sc_dt::sc_bv<256> half(const std::array<uint64_t, 8> &line, unsigned first)
{
    sc_dt::sc_bv<256> v;
    for (int i = 0; i < 8; i++) // 32 bits at a time
        v.set_word(i, static_cast<sc_dt::sc_digit>(line[first + static_cast<unsigned>(i) / 2] >> (32 * (i % 2))));
    return v;
}

void tl_initiator::beat()
{
    if (!sending_.empty()) { // the second beat follows at once
        auto_out_d_valid = true;
        auto_out_d_bits_source = sending_.front().source;
        auto_out_d_bits_data = half(sending_.front().line, 4);
        sending_.clear();
        return;
    }
    auto best = waiting_.end();
    for (auto i = waiting_.begin(); i != waiting_.end(); ++i)
        if (i->ready <= cycle_ && (best == waiting_.end() || i->ready < best->ready))
            best = i;
    auto_out_d_valid = best != waiting_.end();
    if (best == waiting_.end())
        return;
    auto_out_d_bits_source = best->source;
    auto_out_d_bits_data = half(best->line, 0);
    sending_.splice(sending_.begin(), waiting_, best);
}

l2tlb_tlm::l2tlb_tlm(const sc_core::sc_module_name &name, const l2tlb_cfg &cfg,
                     const sc_time &period)
    : sc_core::sc_module(name), core("core", cfg), memory("memory", period)
{
#define IN(type, name)                                                                             \
    core.name(name);                                                                               \
    memory.name(name);
#define OUT(type, name) IN(type, name)
#include "l2tlb_memory_ports.def"
#undef IN
#undef OUT
}

sparse_memory::sparse_memory(const sc_core::sc_module_name &name, const sc_time &period)
    : sc_core::sc_module(name), socket0("socket0"), socket1("socket1"), period_(period)
{
    socket0.register_b_transport(this, &sparse_memory::transport_tagged, 0);
    socket1.register_b_transport(this, &sparse_memory::transport_tagged, 1);
}

void sparse_memory::transport_tagged(int, tlm::tlm_generic_payload &trans, sc_time &delay)
{
    uint64_t addr = trans.get_address();
    if (!trans.is_read() || trans.get_data_length() != 64 || addr % 64) {
        trans.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
        return;
    }
    for (unsigned i = 0; i < 8; i++) {
        auto w = words_.find(addr + 8 * i);
        uint64_t word = w == words_.end() ? 0 : w->second;
        std::memcpy(trans.get_data_ptr() + 8 * i, &word, 8);
    }
    delay += period_ * static_cast<double>(5 + mix64((addr >> 6) * MIX64_K) % 40);
    trans.set_response_status(tlm::TLM_OK_RESPONSE);
}
