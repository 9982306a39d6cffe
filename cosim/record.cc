// SPDX-License-Identifier: MulanPSL-2.0
#include "cosim/record.h"

#include <algorithm>
#include <map>

namespace cosim {
namespace {

void clear_pulses(tlb_csr &c)
{
    c.satp.changed = c.vsatp.changed = c.hgatp.changed = false;
    c.virt_changed = c.mbmc.bclear = false;
}

bool moved(const atp &now, const atp &before)
{
    return now.changed || now.mode != before.mode || now.id != before.id || now.ppn != before.ppn;
}

} // namespace

Recorder::Recorder(const std::string &name, const tl_timing &timing)
{
    s_.name = name;
    s_.timing = timing;
    last_.resp_ready[0] = true;
}

void Recorder::cycle(uint64_t c, const l2tlb_in &in, const l2tlb_out &out)
{
    if (!c) {
        last_.csr = in.csr;
        clear_pulses(last_.csr);
        s_.init = last_.csr;
    }
    requests(c, in, out);
    controls(c, in);
    reads(c, in, out);
    last_ = in;
    s_.end = c + 1;
}

// A request counts from the cycle in which it was raised; it is known to stay when it is accepted.
void Recorder::requests(uint64_t c, const l2tlb_in &in, const l2tlb_out &out)
{
    for (unsigned p = 0; p < 2; p++) {
        const l2tlb_req &q = in.req[p];
        std::optional<Event> &e = pending_[p];
        if (e && !(q.valid && e->arg[1] == q.vpn && e->arg[2] == q.s2xlate)) {
            e.reset();
            withdrawn_++;
        }
        if (!q.valid)
            continue;
        if (!e)
            e = Event{Event::REQ, c, {p, q.vpn, q.s2xlate}};
        if (out.req_ready[p]) {
            s_.events.push_back(*e);
            e.reset();
            accepted_[p]++;
        }
    }
}

void Recorder::controls(uint64_t c, const l2tlb_in &in)
{
    auto add = [&](Event::Kind kind, std::initializer_list<uint64_t> arg) {
        Event e{};
        e.kind = kind;
        e.cycle = c;
        std::copy(arg.begin(), arg.end(), e.arg);
        s_.events.push_back(e);
    };
    const tlb_csr &n = in.csr, &b = last_.csr;
    auto level = [&](Event::Kind kind, const atp &now, const atp &before) {
        if (moved(now, before))
            add(kind, {now.mode, now.id, now.ppn, now.changed});
    };
    level(Event::SATP, n.satp, b.satp);
    level(Event::VSATP, n.vsatp, b.vsatp);
    level(Event::HGATP, n.hgatp, b.hgatp);
    if (n.mxr != b.mxr || n.virt != b.virt)
        add(Event::PRIV, {n.mxr, n.virt});
    if (n.debug != b.debug)
        add(Event::DEBUG, {n.debug});
    if (n.m_pbmte != b.m_pbmte || n.h_pbmte != b.h_pbmte)
        add(Event::PBMTE, {n.m_pbmte, n.h_pbmte});
    struct mbmc before = b.mbmc; // the pulse falls by itself
    before.bclear = false;
    if (encode_mbmc(n.mbmc) != encode_mbmc(before))
        add(Event::MBMC, {encode_mbmc(n.mbmc)});
    const struct sfence &f = in.sfence;
    if (f.valid)
        add(Event::SFENCE, {f.rs1, f.rs2, f.addr, f.id, f.hv, f.hg});
    if (in.csr_w.valid)
        add(Event::PMP, {in.csr_w.addr, in.csr_w.data});
    if (in.wfi_req != last_.wfi_req)
        add(Event::WFI, {in.wfi_req});
    if (in.resp_ready[0] != last_.resp_ready[0])
        add(Event::RREADY, {in.resp_ready[0]});
}

// What memory held shows in the beats. Answers may overtake each other, so a line's contents are
// only entered when those of all earlier reads are.
void Recorder::reads(uint64_t c, const l2tlb_in &in, const l2tlb_out &out)
{
    if (in.d.valid) {
        for (Read &r : reads_) {
            if (r.source != in.d.source || r.words == 8)
                continue;
            std::copy(in.d.data, in.d.data + 4, r.data.begin() + r.words);
            beat_ = r.words / 4;
            r.words += 4;
            break;
        }
    }
    for (; !reads_.empty() && reads_.front().words == 8; reads_.pop_front())
        learn(s_, known_, reads_.front());
    if (out.a_valid && in.a_ready)
        reads_.push_back({c, out.a_address, out.a_source, 0, {}});
}

void Recorder::learn(Stimulus &s, Lines &known, const Read &r)
{
    auto [line, fresh] = known.try_emplace(r.address, r.data);
    for (unsigned i = 0; i < r.words; i++) {
        uint64_t &word = line->second[i];
        if (fresh && r.data[i])
            s.mem.emplace_back(r.address + 8 * i, r.data[i]);
        else if (!fresh && word != r.data[i])
            s.events.push_back({Event::MEMW, r.cycle, {r.address + 8 * i, r.data[i]}});
        word = r.data[i];
    }
}

Stimulus Recorder::stimulus() const
{
    Stimulus s = s_;
    Lines known = known_;
    for (const Read &r : reads_)
        if (r.words)
            learn(s, known, r);
    for (const std::optional<Event> &e : pending_)
        if (e)
            s.events.push_back(*e);
    std::stable_sort(s.events.begin(), s.events.end(),
                     [](const Event &a, const Event &b) { return a.cycle < b.cycle; });
    std::sort(s.mem.begin(), s.mem.end());
    return s;
}

Stimulus last_part(const Stimulus &s, uint64_t from)
{
    Stimulus t;
    Player levels(s);
    levels.begin(from - 1);
    const l2tlb_in &in = levels.inputs();
    t.name = s.name;
    t.timing = s.timing;
    t.init = in.csr;
    clear_pulses(t.init);
    if (!in.resp_ready[0])
        t.events.push_back({Event::RREADY, 0, {0}});
    if (in.wfi_req)
        t.events.push_back({Event::WFI, 0, {1}});
    std::map<uint64_t, uint64_t> mem(s.mem.begin(), s.mem.end());
    uint64_t lead = 0; // PMP writes come one by one
    for (Event e : s.events) {
        if (e.cycle >= from) {
            e.cycle += lead - from;
            t.events.push_back(e);
        } else if (e.kind == Event::MEMW) {
            mem[e.arg[0]] = e.arg[1];
        } else if (e.kind == Event::PMP) {
            e.cycle = lead++;
            t.events.push_back(e);
        }
    }
    t.mem.assign(mem.begin(), mem.end());
    t.end = s.end - from + lead;
    return t;
}

} // namespace cosim
