// SPDX-License-Identifier: MulanPSL-2.0
// RTL and C model in lock step: the same inputs in every cycle, every output compared before each
// clock edge. Stimuli: recorded ones, or random ones from a seed.
// Exit 0: no difference; 1: a difference or a failed assertion; 2: bad usage or input.
#include "cosim/lines.h"
#include "cosim/random_stim.h"

#include <algorithm>
#include <chrono>
#include <cinttypes>
#include <cstring>
#include <deque>
#include <exception>
#include <stdexcept>

extern "C" {
#include "report/vcd.h"
}

using namespace cosim;

namespace {

const char usage[] =
    "usage: lockstep [options] [STIMULUS...]\n"
    "  --seed N        first random seed (1)\n"
    "  --seeds N       how many random stimuli (0 with stimulus files, else 20)\n"
    "  --cycles N      cycles of each (20000)\n"
    "  --total N       stop after so many random cycles in total\n"
    "  --generator G   cosim, tests (tests/random) or both in turn (both)\n"
    "  --out DIR       where reproducer, dumps and waveforms go (.)\n"
    "  --no-shrink     keep the stimulus as it is\n"
    "  --wave          write RTL (FST) and model (VCD) waveforms of the last 400 cycles\n"
    "  --preset NAME   sizes of the model (minimal); our own RTL reports its sizes itself\n"
    "  --set KEY=VALUE one parameter of the model\n"
    "  --mask          leave out fields that depend on power-up contents\n"
    "  --input-fault K corrupt the RTL's inputs in way K (to see that it is noticed)\n"
    "  -v              one line per stimulus\n";

struct Options {
    uint64_t seed = 1, seeds = 0, cycles = 20000, total = 0;
    unsigned input_fault = 0;
    bool seeds_given = false, shrink = true, verbose = false, wave = false, mask = false;
    std::string preset = "minimal", generator = "both";
    std::string out = ".";
    std::vector<std::string> files, sets;
};

struct Difference {
    bool found = false;
    uint64_t cycle = 0;
    std::string signal;
    uint64_t rtl = 0, model = 0;
    unsigned assertions = 0;
};

constexpr size_t HISTORY = 32;
constexpr uint64_t WAVE_CYCLES = 400;

// --- comparison ------------------------------------------------------------------------------

// One row per output. What is not compared, and why: payloads while their valid is low; with RTL
// whose registers power up unknown also the s2 half of one-stage answers (left-overs) and the
// counters 5 to 9 (hit registers before the first look-up), see golden/README section 6.
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

// --- faults in the harness's inputs (proof that they would be noticed) -------------------------

constexpr unsigned INPUT_FAULTS = 12;

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

// --- one run ---------------------------------------------------------------------------------

struct Side {
    std::unique_ptr<Dut> dut;
    l2tlb_out out{};
    std::deque<std::string> history;

    void remember(const std::string &l)
    {
        history.push_back(l);
        if (history.size() > HISTORY)
            history.pop_front();
    }
};

struct Run {
    const l2tlb_cfg &cfg;
    const Options &opt;
    int argc;
    char **argv;
    Side rtl, model;
    uint64_t answers = 0, clocks = 0;

    Difference go(const Stimulus &s, FILE *details, const std::string &wave)
    {
        Difference d;
        rtl.dut.reset();
        rtl.dut = make_rtl(argc, argv);
        model.dut = make_model(cfg);
        rtl.history.clear();
        model.history.clear();
        Player player(s);
        bool strict = !opt.mask;
        uint64_t wave_from = s.end > WAVE_CYCLES ? s.end - WAVE_CYCLES : 0;
        FILE *vcd_file = nullptr;
        struct vcd *vcd = nullptr;
        rtl.dut->reset(player.inputs());
        model.dut->reset(player.inputs());
        for (uint64_t c = 0; c < s.end && !d.found; c++) {
            player.begin(c);
            l2tlb_in in = player.inputs();
            if (opt.input_fault)
                corrupt(opt.input_fault, c, in);
            if (!wave.empty() && c == wave_from) {
                rtl.dut->wave((wave + ".fst").c_str());
                vcd_file = std::fopen((wave + ".vcd").c_str(), "w");
                vcd = vcd_file ? vcd_new(vcd_file) : nullptr;
            }
            rtl.dut->settle(in, rtl.out);
            model.dut->settle(player.inputs(), model.out);
            if (vcd)
                vcd_cycle(vcd, c, &player.inputs(), &model.out);
            rtl.dut->adopt(rtl.out, model.out);
            const l2tlb_out *late = rtl.dut->perf_reference();
            if (late || !Compare::equal(rtl.out, model.out, strict)) {
                Compare(d, strict).outputs(rtl.out, model.out, late ? *late : model.out);
                if (d.found)
                    d.cycle = c;
            }
            if (details) {
                uint64_t unused[5] = {};
                cycle_lines(c, player, rtl.out, unused, [&](const std::string &l) { rtl.remember(l); });
                cycle_lines(c, player, model.out, unused,
                            [&](const std::string &l) { model.remember(l); });
            }
            for (unsigned p = 0; p < 2; p++)
                answers += model.out.resp_valid[p] && player.inputs().resp_ready[p];
            player.finish(c, model.out);
            if (d.found)
                break;
            rtl.dut->edge();
            model.dut->edge();
            clocks++;
            if (rtl.dut->errors()) {
                d.found = true;
                d.cycle = c;
                d.signal = "assertion of the RTL";
                d.assertions = rtl.dut->errors();
            }
        }
        if (details && d.found)
            describe(details, d);
        if (vcd)
            vcd_finish(vcd, d.found ? d.cycle + 1 : s.end);
        if (vcd_file)
            std::fclose(vcd_file);
        rtl.dut->close();
        return d;
    }

    void describe(FILE *f, const Difference &d)
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
};

// --- shrinking -------------------------------------------------------------------------------

// Removes events, then memory words, as long as some difference remains. Bounded by time.
constexpr double SHRINK_SECONDS = 60;

double seconds_since(std::chrono::steady_clock::time_point t)
{
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - t).count();
}

template <class T>
void drop_parts(Run &run, Stimulus &s, std::vector<T> Stimulus::*list, double budget)
{
    auto start = std::chrono::steady_clock::now();
    auto time_left = [&]() { return seconds_since(start) < budget; };
    size_t chunk = (s.*list).size() / 2;
    while (chunk >= 1 && time_left()) {
        bool dropped = false;
        for (size_t at = 0; at < (s.*list).size() && time_left();) {
            Stimulus t = s;
            auto &v = t.*list;
            auto from = v.begin() + static_cast<long>(at);
            v.erase(from, from + static_cast<long>(std::min(chunk, v.size() - at)));
            Difference d = run.go(t, nullptr, "");
            if (d.found) {
                t.end = d.cycle + 1;
                s = std::move(t);
                dropped = true;
            } else {
                at += chunk;
            }
        }
        if (!dropped || chunk > 1)
            chunk /= 2;
    }
}

void shrink(Run &run, Stimulus &s, uint64_t end)
{
    s.end = end;
    s.events.erase(std::remove_if(s.events.begin(), s.events.end(),
                                  [&](const Event &e) { return e.cycle >= end; }),
                   s.events.end());
    drop_parts(run, s, &Stimulus::events, 0.7 * SHRINK_SECONDS);
    drop_parts(run, s, &Stimulus::mem, 0.3 * SHRINK_SECONDS);
}

// Reports a difference: reproducer, details, waveforms.
void report(Run &run, Stimulus s, const Difference &first, const Options &opt)
{
    std::printf("%s: cycle %" PRIu64 ": %s: rtl %" PRIx64 " model %" PRIx64 "\n", s.name.c_str(),
                first.cycle, first.signal.c_str(), first.rtl, first.model);
    size_t before = s.events.size();
    if (opt.shrink)
        shrink(run, s, first.cycle + 1);
    std::string base = opt.out + "/difference";
    write_stimulus(s, base + ".stim");
    FILE *f = std::fopen((base + ".txt").c_str(), "w");
    if (!f)
        throw std::runtime_error(base + ".txt: cannot write");
    Difference d = run.go(s, f, opt.wave ? base : "");
    std::fclose(f);
    std::printf("  reproducer %s.stim (%zu of %zu events), details %s.txt%s\n", base.c_str(),
                    s.events.size(), before, base.c_str(), opt.wave ? ", waves .fst and .vcd" : "");
    f = std::fopen((base + ".txt").c_str(), "r");
    char buf[512];
    for (unsigned n = 0; f && n < 72 && std::fgets(buf, sizeof buf, f); n++)
        std::fputs(buf, stdout);
    if (f)
        std::fclose(f);
    if (d.found && d.signal != first.signal)
        std::printf("  (the shrunken stimulus shows it first at %s)\n", d.signal.c_str());
}

// --- options ---------------------------------------------------------------------------------

uint64_t number(const std::string &option, const char *text)
{
    char *end = nullptr;
    errno = 0;
    unsigned long long v = std::strtoull(text, &end, 10);
    if (!*text || *end || errno || *text == '-')
        throw std::runtime_error(option + ": not a number: " + text);
    return v;
}

Options parse(int argc, char **argv)
{
    Options o;
    for (int i = 1; i < argc; i++) {
        std::string a = argv[i];
        auto value = [&]() -> const char * {
            if (i + 1 >= argc)
                throw std::runtime_error(a + " needs a value");
            return argv[++i];
        };
        if (a == "--help") {
            std::fputs(usage, stdout);
            std::exit(0);
        } else if (a == "--seed") {
            o.seed = number(a, value());
        } else if (a == "--seeds") {
            o.seeds = number(a, value());
            o.seeds_given = true;
        } else if (a == "--cycles") {
            o.cycles = number(a, value());
        } else if (a == "--total") {
            o.total = number(a, value());
        } else if (a == "--input-fault") {
            o.input_fault = static_cast<unsigned>(number(a, value()));
            if (o.input_fault > INPUT_FAULTS)
                throw std::runtime_error("--input-fault: 1.." + std::to_string(INPUT_FAULTS));
        } else if (a == "--out") {
            o.out = value();
        } else if (a == "--set") {
            o.sets.push_back(value());
        } else if (a == "--preset") {
            o.preset = value();
        } else if (a == "--generator") {
            o.generator = value();
            if (o.generator != "cosim" && o.generator != "tests" && o.generator != "both")
                throw std::runtime_error("--generator: cosim, tests or both");
        } else if (a == "--mask") {
            o.mask = true;
        } else if (a == "--no-shrink") {
            o.shrink = false;
        } else if (a == "--wave") {
            o.wave = true;
        } else if (a == "-v") {
            o.verbose = true;
        } else if (a[0] == '-') {
            throw std::runtime_error("unknown option " + a + " (--help lists them)");
        } else if (a[0] != '+') {
            o.files.push_back(a);
        }
    }
    if (!o.seeds_given)
        o.seeds = o.total ? UINT64_MAX : o.files.empty() ? 20 : 0;
    if (!o.cycles)
        throw std::runtime_error("--cycles: must be at least 1");
    return o;
}

l2tlb_cfg configure(const Options &opt, int argc, char **argv, std::string &text)
{
    l2tlb_cfg cfg;
    if (!cfg_preset(&cfg, opt.preset.c_str()))
        throw std::runtime_error("--preset: unknown preset " + opt.preset);
    make_rtl(argc, argv)->config(cfg, text);
    text = "preset " + opt.preset + " " + text;
    char msg[256];
    for (const std::string &s : opt.sets) {
        size_t eq = s.find('=');
        if (eq == std::string::npos)
            throw std::runtime_error("--set: expected KEY=VALUE");
        const char *bad = cfg_set(&cfg, s.substr(0, eq).c_str(), s.substr(eq + 1).c_str(), msg,
                                  sizeof msg);
        if (bad)
            throw std::runtime_error("--set " + s + ": " + bad);
        text += " " + s;
    }
    const char *bad = cfg_finish(&cfg, msg, sizeof msg);
    if (bad)
        throw std::runtime_error(bad);
    return cfg;
}

// Cycles per second of one side alone on a stimulus (the harness's memory included).
double speed(Dut &dut, const Stimulus &s)
{
    auto t = std::chrono::steady_clock::now();
    Player p(s);
    l2tlb_out out;
    dut.reset(p.inputs());
    for (uint64_t c = 0; c < s.end; c++) {
        p.begin(c);
        dut.settle(p.inputs(), out);
        p.finish(c, out);
        dut.edge();
    }
    return static_cast<double>(s.end) / seconds_since(t);
}

} // namespace

int main(int argc, char **argv)
try {
    Options opt = parse(argc, argv);
    std::string text;
    l2tlb_cfg cfg = configure(opt, argc, argv, text);
    std::printf("lock step: %s, seed %" PRIu64 "\n", text.c_str(), opt.seed);
    auto start = std::chrono::steady_clock::now();
    Run run{cfg, opt, argc, argv, {}, {}};
    uint64_t done = 0;
    auto one = [&](Stimulus s) {
        Difference d = run.go(s, nullptr, "");
        done++;
        if (opt.verbose)
            std::printf("%s: %" PRIu64 " cycles%s\n", s.name.c_str(), s.end,
                        d.found ? ", DIFFERS" : "");
        if (d.found)
            report(run, std::move(s), d, opt);
        return !d.found;
    };
    bool ok = true;
    for (size_t i = 0; ok && i < opt.files.size(); i++)
        ok = one(read_stimulus(opt.files[i]));
    RandomOptions r;
    r.cycles = opt.cycles;
    r.wfi = cfg.revision == REV_2026_03;
    r.bitmap = cfg.has_bitmap;
    uint64_t random_from = run.clocks;
    for (uint64_t k = 0; ok && k < opt.seeds; k++) {
        if (opt.total && run.clocks - random_from >= opt.total)
            break;
        r.seed = opt.seed + k;
        bool own = opt.generator == "cosim" || (opt.generator == "both" && r.seed % 2);
        ok = one(own ? random_stimulus(r) : model_test_stimulus(r));
    }
    if (!ok)
        return 1;
    double s = seconds_since(start);
    std::printf("no difference: %" PRIu64 " stimuli, %" PRIu64 " cycles, %" PRIu64
                " answers, %.1f s, %.0f cycles/s\n",
                done, run.clocks, run.answers, s, static_cast<double>(run.clocks) / s);
    r.seed = opt.seed;
    r.cycles = 60000;
    Stimulus sample = random_stimulus(r);
    double rtl = speed(*make_rtl(argc, argv), sample), model = speed(*make_model(cfg), sample);
    std::printf("alone: rtl %.0f cycles/s, model %.0f cycles/s\n", rtl, model);
    return 0;
} catch (const std::exception &e) {
    std::fprintf(stderr, "lockstep: %s\n", e.what());
    return 2;
}
