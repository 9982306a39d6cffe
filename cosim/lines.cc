// SPDX-License-Identifier: MulanPSL-2.0
#include "cosim/lines.h"

#include <cinttypes>
#include <cstdarg>

namespace cosim {
namespace {

std::string bits_first_low(unsigned mask)
{
    std::string s;
    for (unsigned i = 0; i < SECTOR; i++)
        s += (mask >> i) & 1 ? '1' : '0';
    return s;
}

} // namespace

std::string format(const char *fmt, ...)
{
    char buf[512];
    va_list ap;
    va_start(ap, fmt);
    std::vsnprintf(buf, sizeof buf, fmt, ap);
    va_end(ap);
    return buf;
}

std::string response_line(uint64_t cycle, unsigned port, const ptw_resp &r)
{
    const sector_resp &a = r.s1;
    const hptw_resp &b = r.s2;
    std::string low;
    for (unsigned i = 0; i < SECTOR; i++)
        low += static_cast<char>('0' + a.ppn_low[i]);
    return format("R %" PRIu64 " %u %x %" PRIx64 " %x %x %x %x %x %x %x %" PRIx64 " %x %s %s %s %x %x"
                  " %" PRIx64 " %x %x %x %" PRIx64 " %x %x %x %x",
                  cycle, port, r.s2xlate, a.tag, a.asid, a.vmid, a.n, a.pbmt, a.perm, a.level, a.v,
                  a.ppn, a.addr_low, low.c_str(), bits_first_low(a.valididx).c_str(),
                  bits_first_low(a.pteidx).c_str(), a.pf, a.af, b.tag, b.vmid, b.n, b.pbmt, b.ppn,
                  b.perm, b.level, b.gpf, b.gaf);
}

void cycle_lines(uint64_t c, const Player &p, const l2tlb_out &out, uint64_t count[5],
                 const std::function<void(const std::string &)> &line)
{
    const uint64_t index[2] = {p.index(0), p.index(1)};
    cycle_lines(c, p.inputs(), index, p.beat(), out, count, line);
}

void cycle_lines(uint64_t c, const l2tlb_in &in, const uint64_t index[2], unsigned beat,
                 const l2tlb_out &out, uint64_t count[5],
                 const std::function<void(const std::string &)> &line)
{
    for (unsigned i = 0; i < 2; i++) {
        if (in.req[i].valid && out.req_ready[i]) {
            line(format("Q %" PRIu64 " %u %" PRIu64 " %" PRIx64 " %x", c, i, index[i],
                        in.req[i].vpn, in.req[i].s2xlate));
            count[i]++;
        }
    }
    if (in.d.valid)
        line(format("D %" PRIu64 " %u %u", c, in.d.source, beat));
    if (out.a_valid && in.a_ready) {
        line(format("A %" PRIu64 " %u %" PRIx64, c, out.a_source, out.a_address));
        count[4]++;
    }
    for (unsigned i = 0; i < 2; i++) {
        if (!out.resp_valid[i])
            continue;
        if (in.resp_ready[i]) {
            line(response_line(c, i, out.resp[i]));
            count[2 + i]++;
        } else {
            line(format("W %" PRIu64 " %u", c, i));
        }
    }
}

} // namespace cosim
