// SPDX-License-Identifier: MulanPSL-2.0
// Stimuli of the model's own random tests (tests/random/stimgen.h), which draw along six axes.
#include "cosim/random_stim.h"

#include <new>

extern "C" {
#include "tests/random/stimgen.h"
}

namespace cosim {
namespace {

Event plain(const stim_event &e)
{
    Event x{};
    x.cycle = e.cycle;
    auto args = [&x](Event::Kind kind, std::initializer_list<uint64_t> list) {
        size_t i = 0;
        x.kind = kind;
        for (uint64_t v : list)
            x.arg[i++] = v;
    };
    auto atp_args = [&](Event::Kind kind) {
        args(kind, {e.u.atp.mode, e.u.atp.id, e.u.atp.ppn, e.u.atp.changed});
    };
    switch (e.kind) {
    case STIM_REQ: args(Event::REQ, {e.u.req.port, e.u.req.vpn, e.u.req.s2xlate}); break;
    case STIM_SFENCE: {
        const struct sfence &f = e.u.sfence;
        args(Event::SFENCE, {f.rs1, f.rs2, f.addr, f.id, f.hv, f.hg});
        break;
    }
    case STIM_SATP: atp_args(Event::SATP); break;
    case STIM_VSATP: atp_args(Event::VSATP); break;
    case STIM_HGATP: atp_args(Event::HGATP); break;
    case STIM_PRIV: args(Event::PRIV, {e.u.flag.a, e.u.flag.b}); break;
    case STIM_PBMTE: args(Event::PBMTE, {e.u.flag.a, e.u.flag.b}); break;
    case STIM_MBMC: args(Event::MBMC, {e.u.w.data}); break;
    case STIM_DEBUG: args(Event::DEBUG, {e.u.flag.a}); break;
    case STIM_WFI: args(Event::WFI, {e.u.flag.a}); break;
    case STIM_PMP: args(Event::PMP, {e.u.w.addr, e.u.w.data}); break;
    case STIM_RREADY: args(Event::RREADY, {e.u.flag.a}); break;
    case STIM_MEMW: args(Event::MEMW, {e.u.w.addr, e.u.w.data}); break;
    }
    return x;
}

void add_word(uint64_t addr, uint64_t word, void *ctx)
{
    static_cast<Stimulus *>(ctx)->mem.emplace_back(addr, word);
}

} // namespace

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
    Stimulus out;
    out.name = "tests_" + std::to_string(opt.seed);
    out.timing = s.timing;
    out.init = s.init;
    out.end = s.end;
    phys_each(s.mem, add_word, &out);
    for (size_t i = 0; i < s.events; i++)
        out.events.push_back(plain(s.event[i]));
    stim_free(&s);
    return out;
}

} // namespace cosim
