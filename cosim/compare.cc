// SPDX-License-Identifier: MulanPSL-2.0
#include "cosim/compare.h"

#include <cinttypes>
#include <cstring>

namespace cosim {
namespace {

// One row per output. What is not compared, and why: payloads while their valid is low; with RTL
// whose registers power up unknown also the s2 half of one-stage answers (left-overs) and the
// counters 5 to 9 (hit registers before the first look-up), see docs/recordings.md 6.
class Compare {
public:
    Compare(Difference &d, bool dont_cares) : d_(d), dont_cares_(dont_cares) {}

    void outputs(const l2tlb_out &r, const l2tlb_out &m, const l2tlb_out &perf)
    {
        for (unsigned p = 0; p < 2; p++) {
            std::string at = "resp[" + std::to_string(p) + "].";
            check("req_ready[" + std::to_string(p) + "]", r.req_ready[p], m.req_ready[p]);
            check("resp_valid[" + std::to_string(p) + "]", r.resp_valid[p], m.resp_valid[p]);
            if (r.resp_valid[p] && m.resp_valid[p])
                response(at, r.resp[p], m.resp[p]);
        }
        check("a_valid", r.a_valid, m.a_valid);
        if (r.a_valid && m.a_valid) {
            check("a_source", r.a_source, m.a_source);
            check("a_address", r.a_address, m.a_address);
        }
        check("wfi_safe", r.wfi_safe, m.wfi_safe);
        for (unsigned i = 0; i < PERF_COUNT; i++)
            if (dont_cares_ || i < 5 || i > 9)
                check("perf[" + std::to_string(i) + "]", r.perf[i], perf.perf[i]);
    }

    // Cheap test first: the names above are only built when something differs.
    static bool equal(const l2tlb_out &r, const l2tlb_out &m, bool dont_cares)
    {
        if (!dont_cares)
            return false;
        bool same = !std::memcmp(r.req_ready, m.req_ready, sizeof r.req_ready) &&
                    !std::memcmp(r.resp_valid, m.resp_valid, sizeof r.resp_valid) &&
                    r.a_valid == m.a_valid && r.wfi_safe == m.wfi_safe &&
                    !std::memcmp(r.perf, m.perf, sizeof r.perf);
        if (r.a_valid)
            same = same && r.a_source == m.a_source && r.a_address == m.a_address;
        return same && !r.resp_valid[0] && !r.resp_valid[1];
    }

private:
    void check(const std::string &name, uint64_t rtl, uint64_t model)
    {
        if (rtl == model || d_.found)
            return;
        d_.found = true;
        d_.signal = name;
        d_.rtl = rtl;
        d_.model = model;
    }

    void response(const std::string &at, const ptw_resp &r, const ptw_resp &m)
    {
        check(at + "s2xlate", r.s2xlate, m.s2xlate);
#define S1(field) check(at + "s1." #field, r.s1.field, m.s1.field)
        S1(tag); S1(asid); S1(vmid); S1(n); S1(pbmt); S1(perm); S1(level); S1(v); S1(ppn);
        S1(addr_low); S1(valididx); S1(pteidx); S1(pf); S1(af);
#undef S1
        for (unsigned i = 0; i < SECTOR; i++)
            check(at + "s1.ppn_low[" + std::to_string(i) + "]", r.s1.ppn_low[i], m.s1.ppn_low[i]);
        if (!dont_cares_ && m.s2xlate <= ONLY_STAGE1)
            return;
#define S2(field) check(at + "s2." #field, r.s2.field, m.s2.field)
        S2(tag); S2(vmid); S2(n); S2(pbmt); S2(ppn); S2(perm); S2(level); S2(gpf); S2(gaf);
#undef S2
    }

    Difference &d_;
    bool dont_cares_;
};

} // namespace

void compare(Side &rtl, const Side &model, bool strict, uint64_t cycle, Difference &d)
{
    rtl.dut->adopt(rtl.out, model.out);
    const l2tlb_out *late = rtl.dut->perf_reference();
    if (!late && Compare::equal(rtl.out, model.out, strict))
        return;
    Compare(d, strict).outputs(rtl.out, model.out, late ? *late : model.out);
    if (d.found)
        d.cycle = cycle;
}

void edge(Dut &rtl, uint64_t cycle, Difference &d)
{
    rtl.edge();
    if (!rtl.errors())
        return;
    d.found = true;
    d.cycle = cycle;
    d.signal = "assertion of the RTL";
    d.assertions = rtl.errors();
}

void describe(FILE *f, const Difference &d, Side &rtl, Side &model)
{
    std::fprintf(f, "cycle %" PRIu64 ": %s: rtl %" PRIx64 " model %" PRIx64 "\n", d.cycle,
                 d.signal.c_str(), d.rtl, d.model);
    for (Side *side : {&rtl, &model}) {
        std::fprintf(f, "\nlast events of the %s:\n", side->dut->name());
        for (const std::string &l : side->history)
            std::fprintf(f, "  %s\n", l.c_str());
    }
    for (Side *side : {&rtl, &model}) {
        std::fprintf(f, "\nstate of the %s:\n", side->dut->name());
        std::fflush(f);
        side->dut->dump(f);
    }
}

void corrupt(unsigned fault, uint64_t cycle, l2tlb_in &in)
{
    switch (fault) {
    case 1: in.req[1].vpn ^= UINT64_C(1) << 3; break;
    case 2: in.req[0].s2xlate = static_cast<uint8_t>(in.req[0].s2xlate ^ 1); break;
    case 3: in.resp_ready[0] = true; break;
    case 4: in.sfence.valid = in.sfence.valid && !(in.sfence.rs1 && in.sfence.rs2); break;
    case 5: in.sfence.hg = false; break;
    case 6: in.csr.vsatp.changed = false; break;
    case 7: in.csr.mxr = false; break;
    case 8: in.csr_w.valid = in.csr_w.valid && in.csr_w.addr >= 0x3b0; break;
    case 9: in.a_ready = in.a_ready && cycle % 64 != 0; break;
    case 10: in.d.data[3] ^= in.d.valid ? UINT64_C(1) << 12 : 0; break;
    case 11: in.csr.h_pbmte = !in.csr.h_pbmte; break;
    case 12: in.csr.hgatp.id = static_cast<uint16_t>(in.csr.hgatp.id & 0xff); break;
    default: break;
    }
}

} // namespace cosim
