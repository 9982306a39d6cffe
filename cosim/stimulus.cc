// SPDX-License-Identifier: MulanPSL-2.0
#include "cosim/stimulus.h"

#include <sstream>
#include <stdexcept>

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
    case STIM_MMPT: break; // read_stimulus() refuses a stimulus with it
    }
    return x;
}

void add_word(uint64_t addr, uint64_t word, void *ctx)
{
    static_cast<Stimulus *>(ctx)->mem.emplace_back(addr, word);
}

} // namespace

uint64_t encode_mbmc(const struct mbmc &m)
{
    return m.bma << 6 | static_cast<uint64_t>(m.keyiden) << 3 | static_cast<uint64_t>(m.bme) << 2 |
           static_cast<uint64_t>(m.bclear) << 1 | static_cast<uint64_t>(m.cmode);
}

std::vector<std::string> read_lines(const std::string &path)
{
    char msg[512];
    struct source *file = source_open(path.c_str(), msg, sizeof msg);
    if (!file)
        throw std::runtime_error(msg);
    std::string text;
    const unsigned char *p;
    for (size_t n; (n = source_peek(file, 4096, &p)) > 0; source_skip(file, n))
        text.append(reinterpret_cast<const char *>(p), n);
    const std::string why = source_error(file) ? path + ": " + source_error(file) : "";
    source_close(file);
    if (!why.empty())
        throw std::runtime_error(why);
    if (!text.empty() && text.back() != '\n')
        throw std::runtime_error(path + ": cut off in the last line");
    std::vector<std::string> lines;
    std::istringstream in(text);
    for (std::string l; std::getline(in, l);)
        lines.push_back(l);
    return lines;
}

Stimulus stimulus_of(const struct stim &in)
{
    Stimulus s;
    s.name = in.name;
    s.timing = in.timing;
    s.init = in.init;
    s.end = in.end;
    phys_each(in.mem, add_word, &s);
    for (size_t i = 0; i < in.events; i++)
        s.events.push_back(plain(in.event[i]));
    return s;
}

Stimulus read_stimulus(const std::string &path)
{
    char msg[512];
    struct stim in;
    if (const char *why = stim_load(&in, path.c_str(), msg, sizeof msg))
        throw std::runtime_error(why);
    bool mpt = in.mpt;
    Stimulus s = stimulus_of(in);
    stim_free(&in);
    if (mpt)
        throw std::runtime_error(path + ": a stimulus for a build with MPT, which the co-simulation does not have");
    if (!s.end)
        throw std::runtime_error(path + ": end 0");
    return s;
}

static const struct {
    const char *name;
    size_t args;
} written[] = {{"req", 3}, {"sf", 6}, {"satp", 4}, {"vsatp", 4}, {"hgatp", 4}, {"priv", 2},
               {"pbmte", 2}, {"wfi", 1}, {"pmp", 2}, {"rready", 1}, {"memw", 2}, {"mbmc", 1},
               {"debug", 1}}; // by Event::Kind

void write_stimulus(const Stimulus &s, const std::string &path)
{
    FILE *f = std::fopen(path.c_str(), "w");
    if (!f)
        throw std::runtime_error(path + ": cannot write");
    const tl_timing &t = s.timing;
    auto hex = [](uint64_t v) { return static_cast<unsigned long long>(v); };
    std::fprintf(f, "L2TLBSTIM 1\nname %s\ntiming lat=%llu span=%llu seed=%llu gap=%llu\n",
                 s.name.empty() ? "unnamed" : s.name.c_str(), hex(t.lat), hex(t.span), hex(t.seed), hex(t.gap));
    if (t.aready == AREADY_PATTERN)
        std::fprintf(f, "aready pattern %u %llx\n", t.period, hex(t.mask));
    else if (t.aready == AREADY_HASH)
        std::fprintf(f, "aready hash %u\n", t.threshold);
    else
        std::fprintf(f, "aready always\n");
    if (t.l2_sets)
        std::fprintf(f, "l2 sets=%u ways=%u hit_lat=%llu\n", t.l2_sets, t.l2_ways, hex(t.hit_lat));
    const struct {
        const char *name;
        const atp &a;
    } atps[] = {{"satp", s.init.satp}, {"vsatp", s.init.vsatp}, {"hgatp", s.init.hgatp}};
    for (const auto &x : atps)
        std::fprintf(f, "init %s %x %x %llx\n", x.name, x.a.mode, x.a.id, hex(x.a.ppn));
    std::fprintf(f, "init priv %d %d\ninit pbmte %d %d\nend %llu\n", s.init.mxr, s.init.virt,
                 s.init.m_pbmte, s.init.h_pbmte, hex(s.end));
    if (encode_mbmc(s.init.mbmc))
        std::fprintf(f, "init mbmc %llx\n", hex(encode_mbmc(s.init.mbmc)));
    if (s.init.debug)
        std::fprintf(f, "init debug 1\n");
    for (const auto &w : s.mem)
        std::fprintf(f, "mem %llx %llx\n", hex(w.first), hex(w.second));
    std::fprintf(f, "run\n");
    for (const Event &e : s.events) {
        std::fprintf(f, "@%llu %s", hex(e.cycle), written[e.kind].name);
        for (size_t i = 0; i < written[e.kind].args; i++)
            std::fprintf(f, " %llx", hex(e.arg[i]));
        std::fprintf(f, "\n");
    }
    if (std::fclose(f))
        throw std::runtime_error(path + ": cannot write");
}

Player::Player(const Stimulus &s) : stim_(s), mem_(phys_new()), tl_(nullptr)
{
    if (mem_)
        tl_ = tl_new(&s.timing, mem_);
    if (!tl_)
        throw std::bad_alloc();
    for (const auto &w : s.mem)
        if (!phys_write(mem_, w.first, w.second))
            throw std::bad_alloc();
    in_.csr = s.init;
    in_.resp_ready[0] = in_.resp_ready[1] = true;
}

Player::~Player()
{
    tl_free(tl_);
    phys_free(mem_);
}

void Player::apply(const Event &e)
{
    atp *a = nullptr;
    switch (e.kind) {
    case Event::REQ:
        waiting_[e.arg[0] & 1].push_back(e);
        break;
    case Event::SFENCE:
        in_.sfence.valid = true;
        in_.sfence.rs1 = e.arg[0];
        in_.sfence.rs2 = e.arg[1];
        in_.sfence.addr = e.arg[2];
        in_.sfence.id = static_cast<uint16_t>(e.arg[3]);
        in_.sfence.hv = e.arg[4];
        in_.sfence.hg = e.arg[5];
        break;
    case Event::SATP:
    case Event::VSATP:
    case Event::HGATP:
        a = e.kind == Event::SATP ? &in_.csr.satp :
            e.kind == Event::VSATP ? &in_.csr.vsatp : &in_.csr.hgatp;
        a->mode = static_cast<uint8_t>(e.arg[0]);
        a->id = static_cast<uint16_t>(e.arg[1]);
        a->ppn = e.arg[2];
        a->changed = e.arg[3];
        break;
    case Event::PRIV:
        in_.csr.mxr = e.arg[0];
        in_.csr.virt = e.arg[1];
        break;
    case Event::PBMTE:
        in_.csr.m_pbmte = e.arg[0];
        in_.csr.h_pbmte = e.arg[1];
        break;
    case Event::DEBUG:
        in_.csr.debug = e.arg[0];
        break;
    case Event::WFI:
        in_.wfi_req = e.arg[0];
        break;
    case Event::PMP:
        in_.csr_w.valid = true;
        in_.csr_w.addr = static_cast<uint16_t>(e.arg[0]);
        in_.csr_w.data = e.arg[1];
        break;
    case Event::RREADY:
        in_.resp_ready[0] = e.arg[0];
        break;
    case Event::MBMC:
        in_.csr.mbmc = mbmc_decode(e.arg[0]);
        break;
    case Event::MEMW:
        if (!phys_write(mem_, e.arg[0], e.arg[1]))
            throw std::bad_alloc();
        break;
    }
}

void Player::begin(uint64_t cycle)
{
    in_.sfence = {};
    in_.csr_w = {};
    in_.csr.mbmc.bclear = false;
    in_.csr.satp.changed = in_.csr.vsatp.changed = in_.csr.hgatp.changed = false;
    bool virt = in_.csr.virt;
    while (next_ < stim_.events.size() && stim_.events[next_].cycle <= cycle)
        apply(stim_.events[next_++]);
    in_.csr.virt_changed = in_.csr.virt != virt; // V as the cycle shows it
    for (unsigned p = 0; p < 2; p++) {
        if (in_.req[p].valid || waiting_[p].empty())
            continue;
        in_.req[p].vpn = waiting_[p].front().arg[1];
        in_.req[p].s2xlate = static_cast<uint8_t>(waiting_[p].front().arg[2]);
        in_.req[p].valid = true;
        waiting_[p].pop_front();
    }
    in_.a_ready = tl_a_ready(tl_, cycle);
    struct tl_beat b{};
    ::tl_beat(tl_, cycle, &b);
    in_.d = {};
    in_.d.valid = b.valid;
    if (b.valid) {
        in_.d.source = b.source;
        for (unsigned i = 0; i < 4; i++)
            in_.d.data[i] = b.data[i];
        beat_ = b.beat;
    }
}

void Player::finish(uint64_t cycle, const l2tlb_out &out)
{
    if (out.a_valid && in_.a_ready)
        tl_accept(tl_, cycle, out.a_source, out.a_address);
    for (unsigned p = 0; p < 2; p++) {
        if (in_.req[p].valid && out.req_ready[p]) {
            accepted_[p]++;
            in_.req[p] = {};
        }
    }
}

} // namespace cosim
