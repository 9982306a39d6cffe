// SPDX-License-Identifier: MulanPSL-2.0
#include "cosim/stimulus.h"

#include <cctype>
#include <cstdlib>
#include <sstream>
#include <stdexcept>
#include <zlib.h>

namespace cosim {
namespace {

struct Reader {
    std::string path;
    unsigned line = 0;
    std::vector<std::string> word;

    [[noreturn]] void fail(const std::string &why) const
    {
        throw std::runtime_error(path + ":" + std::to_string(line) + ": " + why);
    }

    void want(size_t n) const
    {
        if (word.size() != n)
            fail("expected " + std::to_string(n - 1) + " arguments for " + word[0]);
    }

    uint64_t number(const std::string &text, int base) const
    {
        char *end = nullptr;
        errno = 0;
        uint64_t v = std::strtoull(text.c_str(), &end, base);
        if (text.empty() || *end || errno || !std::isxdigit(static_cast<unsigned char>(text[0])))
            fail("not a number: " + text);
        return v;
    }

    uint64_t hex(size_t i) const { return number(word[i], 16); }

    uint64_t option(size_t i, const char *key) const
    {
        std::string prefix = std::string(key) + "=";
        if (word[i].compare(0, prefix.size(), prefix) != 0)
            fail("expected " + prefix);
        return number(word[i].substr(prefix.size()), 10);
    }
};

struct mbmc decode_mbmc(uint64_t value)
{
    struct mbmc m {};
    m.bma = value >> 6;
    m.keyiden = (value >> 3) & 1;
    m.bme = (value >> 2) & 1;
    m.bclear = (value >> 1) & 1;
    m.cmode = value & 1;
    return m;
}

void header(Reader &r, Stimulus &s)
{
    const std::string &key = r.word[0];
    if (key == "name") {
        r.want(2);
        s.name = r.word[1];
    } else if (key == "timing") {
        r.want(5);
        s.timing.lat = r.option(1, "lat");
        s.timing.span = r.option(2, "span");
        s.timing.seed = r.option(3, "seed");
        s.timing.gap = r.option(4, "gap");
        if (!s.timing.lat || !s.timing.gap)
            r.fail("lat and gap must be at least 1");
    } else if (key == "aready") {
        if (r.word.size() == 2 && r.word[1] == "always") {
            s.timing.aready = AREADY_ALWAYS;
        } else if (r.word.size() == 4 && r.word[1] == "pattern") {
            s.timing.aready = AREADY_PATTERN;
            s.timing.period = static_cast<unsigned>(r.number(r.word[2], 10));
            s.timing.mask = r.hex(3);
            if (s.timing.period < 1 || s.timing.period > 64)
                r.fail("pattern period must be 1..64");
        } else if (r.word.size() == 3 && r.word[1] == "hash") {
            s.timing.aready = AREADY_HASH;
            s.timing.threshold = static_cast<unsigned>(r.number(r.word[2], 10));
        } else {
            r.fail("unknown aready");
        }
    } else if (key == "l2") {
        r.want(4);
        s.timing.l2_sets = static_cast<unsigned>(r.option(1, "sets"));
        s.timing.l2_ways = static_cast<unsigned>(r.option(2, "ways"));
        s.timing.hit_lat = r.option(3, "hit_lat");
        if (!s.timing.l2_sets || !s.timing.l2_ways || !s.timing.hit_lat)
            r.fail("sets, ways and hit_lat must be at least 1");
    } else if (key == "init" && r.word.size() >= 4) {
        const std::string &what = r.word[1];
        atp *a = what == "satp" ? &s.init.satp : what == "vsatp" ? &s.init.vsatp :
                 what == "hgatp" ? &s.init.hgatp : nullptr;
        if (a && r.word.size() == 5) {
            a->mode = static_cast<uint8_t>(r.hex(2));
            a->id = static_cast<uint16_t>(r.hex(3));
            a->ppn = r.hex(4);
        } else if (what == "priv") {
            s.init.mxr = r.hex(2);
            s.init.virt = r.hex(3);
        } else if (what == "pbmte") {
            s.init.m_pbmte = r.hex(2);
            s.init.h_pbmte = r.hex(3);
        } else {
            r.fail("unknown init");
        }
    } else if (key == "init" && r.word.size() == 3 && r.word[1] == "debug") {
        s.init.debug = r.hex(2);
    } else if (key == "init" && r.word.size() == 3 && r.word[1] == "mbmc") {
        s.init.mbmc = decode_mbmc(r.hex(2));
    } else if (key == "end") {
        r.want(2);
        s.end = r.number(r.word[1], 10);
    } else if (key == "mem") {
        r.want(3);
        s.mem.emplace_back(r.hex(1), r.hex(2));
    } else {
        r.fail("unknown line: " + key);
    }
}

void event(Reader &r, Stimulus &s)
{
    static const struct {
        const char *name;
        Event::Kind kind;
        size_t args;
    } kinds[] = {{"req", Event::REQ, 3},     {"sf", Event::SFENCE, 6},  {"satp", Event::SATP, 4},
                 {"vsatp", Event::VSATP, 4}, {"hgatp", Event::HGATP, 4}, {"priv", Event::PRIV, 2},
                 {"pbmte", Event::PBMTE, 2}, {"wfi", Event::WFI, 1},    {"pmp", Event::PMP, 2},
                 {"rready", Event::RREADY, 1}, {"memw", Event::MEMW, 2}, {"mbmc", Event::MBMC, 1},
                 {"debug", Event::DEBUG, 1}};
    if (r.word[0][0] != '@' || r.word.size() < 2)
        r.fail("expected @cycle kind");
    for (const auto &k : kinds) {
        if (r.word[1] != k.name)
            continue;
        r.want(k.args + 2);
        Event e{};
        e.kind = k.kind;
        e.cycle = r.number(r.word[0].substr(1), 10);
        for (size_t i = 0; i < k.args; i++)
            e.arg[i] = r.hex(i + 2);
        if (!s.events.empty() && s.events.back().cycle > e.cycle)
            r.fail("events are not in order");
        s.events.push_back(e);
        return;
    }
    r.fail("unknown event " + r.word[1]);
}

} // namespace

uint64_t encode_mbmc(const struct mbmc &m)
{
    return m.bma << 6 | static_cast<uint64_t>(m.keyiden) << 3 | static_cast<uint64_t>(m.bme) << 2 |
           static_cast<uint64_t>(m.bclear) << 1 | static_cast<uint64_t>(m.cmode);
}

std::vector<std::string> read_lines(const std::string &path)
{
    gzFile f = gzopen(path.c_str(), "rb");
    if (!f)
        throw std::runtime_error(path + ": cannot open");
    std::string text;
    char buf[1 << 16];
    int n;
    while ((n = gzread(f, buf, sizeof buf)) > 0)
        text.append(buf, static_cast<size_t>(n));
    if (gzclose(f) != Z_OK || n < 0) // a gzip file that is cut off is only told by gzclose
        throw std::runtime_error(path + ": cannot read, or cut off");
    if (!text.empty() && text.back() != '\n')
        throw std::runtime_error(path + ": cut off in the last line");
    std::vector<std::string> lines;
    std::istringstream in(text);
    for (std::string l; std::getline(in, l);)
        lines.push_back(l);
    return lines;
}

Stimulus read_stimulus(const std::string &path)
{
    Stimulus s;
    Reader r;
    r.path = path;
    bool run = false, magic = false;
    for (const std::string &l : read_lines(path)) {
        r.line++;
        if (l.empty() || l[0] == '#')
            continue;
        std::istringstream in(l);
        r.word.clear();
        for (std::string w; in >> w;)
            r.word.push_back(w);
        if (r.word.empty())
            continue;
        if (!magic) {
            if (r.word.size() != 2 || r.word[0] != "L2TLBSTIM" || r.word[1] != "1")
                r.fail("not a stimulus (L2TLBSTIM 1)");
            magic = true;
        } else if (run) {
            event(r, s);
        } else if (r.word[0] == "run" && r.word.size() == 1) {
            run = true;
        } else {
            header(r, s);
        }
    }
    if (!run)
        r.fail("no run line");
    if (!s.end)
        r.fail("no end line, or end 0");
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
                 s.name.c_str(), hex(t.lat), hex(t.span), hex(t.seed), hex(t.gap));
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
        in_.csr.mbmc = decode_mbmc(e.arg[0]);
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
