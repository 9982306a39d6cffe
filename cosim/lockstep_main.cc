// SPDX-License-Identifier: MulanPSL-2.0
// RTL and C model in lock step: the same inputs in every cycle, every output compared before each
// clock edge. Stimuli: recorded ones, traces, or random ones from a seed.
// Exit 0: no difference; 1: a difference or a failed assertion; 2: bad usage or input.
#include "cosim/lines.h"
#include "cosim/random_stim.h"
#include "cosim/trace_run.h"

#include <algorithm>
#include <chrono>
#include <cinttypes>
#include <cstring>
#include <exception>
#include <stdexcept>

using namespace cosim;

namespace {

const char usage[] =
    "usage: lockstep [options] [STIMULUS|TRACE...]\n"
    "  --seed N        first random seed (1)\n"
    "  --seeds N       how many random stimuli (0 with files, else 20)\n"
    "  --cycles N      cycles of each (20000); of each trace at most so many (all)\n"
    "  --total N       stop after so many random cycles in total\n"
    "  --generator G   cosim, tests (tests/random) or both in turn (both)\n"
    "  --out DIR       where reproducer, dumps and waveforms go (.)\n"
    "  --no-shrink     keep the stimulus as it is\n"
    "  --wave          write RTL (FST) and model (VCD) waveforms of the last 400 cycles\n"
    "  --preset NAME   sizes of the model (minimal); our own RTL reports its sizes itself\n"
    "  --set KEY=VALUE one parameter of the model\n"
    "  --mask          leave out fields that depend on power-up contents\n"
    "  --world KEY=VALUE, --mem KEY=VALUE, --arch ISA, --first-touch\n"
    "                  how traces are replayed: see `l2tlb replay --help`\n"
    "  --input-fault K corrupt the RTL's inputs in way K (to see that it is noticed)\n"
    "  -v              one line per stimulus\n";

struct Options {
    uint64_t seed = 1, seeds = 0, cycles = 20000, total = 0;
    unsigned input_fault = 0;
    bool seeds_given = false, shrink = true, verbose = false, wave = false, mask = false;
    std::string preset = "minimal", generator = "both";
    std::string out = ".";
    std::vector<std::string> files, sets;
    TraceSettings trace;
};

// --- one run ---------------------------------------------------------------------------------

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
        Waves waves;
        rtl.dut->reset(player.inputs());
        model.dut->reset(player.inputs());
        for (uint64_t c = 0; c < s.end && !d.found; c++) {
            player.begin(c);
            l2tlb_in in = player.inputs();
            if (opt.input_fault)
                corrupt(opt.input_fault, c, in);
            if (!wave.empty() && c == wave_from) {
                rtl.dut->wave((wave + ".fst").c_str());
                waves.open(wave + ".vcd");
            }
            rtl.dut->settle(in, rtl.out);
            model.dut->settle(player.inputs(), model.out);
            waves.cycle(c, player.inputs(), model.out);
            compare(rtl, model, strict, c, d);
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
            edge(*rtl.dut, c, d);
            model.dut->edge();
            clocks++;
        }
        if (details && d.found)
            describe(details, d, rtl, model);
        rtl.dut->close();
        return d;
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
    if (!opt.shrink)
        s.end = first.cycle + 1; // waveforms are those of the last cycles
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

// --- traces ----------------------------------------------------------------------------------

// The last cycles of the inputs when they alone show a difference: shrinking takes many runs.
Stimulus shorten(Run &run, const Stimulus &s, Difference &d)
{
    for (uint64_t n = 1000; n < s.end / 2; n *= 4) {
        Stimulus t = last_part(s, s.end - n);
        Difference e = run.go(t, nullptr, "");
        if (!e.found)
            continue;
        d = e;
        t.end = e.cycle + 1;
        return t;
    }
    return s;
}

// What to call to run the trace again.
std::string again(const Run &run, const std::string &path)
{
    const Options &opt = run.opt;
    std::string s = std::string(run.argv[0]) + " --preset " + opt.preset;
    for (const std::string &set : opt.sets)
        s += " --set " + set;
    if (opt.mask)
        s += " --mask";
    if (opt.input_fault)
        s += " --input-fault " + std::to_string(opt.input_fault);
    for (int i = 1; i < run.argc; i++)
        if (run.argv[i][0] == '+')
            s += " " + std::string(run.argv[i]);
    return s + " " + opt.trace.text() + " " + path;
}

// Reports a difference in a trace: as it was there, then through the inputs recorded from it.
void report(Run &run, const std::string &path, TraceJob job, const TraceResult &t)
{
    std::string base = run.opt.out + "/difference";
    std::printf("%s: cycle %" PRIu64 ": %s: rtl %" PRIx64 " model %" PRIx64 "\n", path.c_str(),
                t.d.cycle, t.d.signal.c_str(), t.d.rtl, t.d.model);
    std::printf("  again: %s\n  details %s\n", again(run, path).c_str(), job.details.c_str());
    Difference d = run.go(t.inputs, nullptr, "");
    if (d.found) {
        std::printf("  inputs played as a stimulus: cycle %" PRIu64 ": %s\n", d.cycle,
                    d.signal.c_str());
        Stimulus s = run.opt.shrink ? shorten(run, t.inputs, d) : t.inputs;
        report(run, std::move(s), d, run.opt);
        return;
    }
    std::remove((base + ".stim").c_str());
    std::printf("  inputs played as a stimulus show no difference (%" PRIu64
                " requests were withdrawn, which a stimulus cannot do): the trace is the reproducer\n",
                t.withdrawn);
    if (!run.opt.wave)
        return;
    job.wave = base;
    job.wave_from = t.d.cycle > WAVE_CYCLES ? t.d.cycle - WAVE_CYCLES : 0;
    run_trace(path, job);
    std::printf("  waves %s.fst and .vcd\n", base.c_str());
}

// True: no difference.
bool follow_trace(Run &run, const std::string &path)
{
    const Options &opt = run.opt;
    TraceJob job{opt.trace,       run.cfg, run.argc, run.argv, !opt.mask, opt.input_fault,
                 opt.out + "/difference-trace.txt", "", 0};
    TraceResult t = run_trace(path, job);
    run.clocks += t.inputs.end;
    run.answers += t.answers;
    if (opt.verbose)
        std::printf("%s: %" PRIu64 " cycles, %" PRIu64 " accesses%s, %" PRIu64 " answers, %" PRIu64
                    " requests withdrawn%s\n",
                    path.c_str(), t.inputs.end, t.accesses, t.whole ? " (all)" : "", t.answers,
                    t.withdrawn, t.d.found ? ", DIFFERS" : "");
    if (t.d.found)
        report(run, path, job, t);
    return !t.d.found;
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
            o.seed = o.trace.seed = number(a, value());
        } else if (a == "--seeds") {
            o.seeds = number(a, value());
            o.seeds_given = true;
        } else if (a == "--cycles") {
            o.cycles = o.trace.cycles = number(a, value());
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
        } else if (o.trace.take(a, value)) {
            continue;
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
    // Traces go through the L1 side that cannot hang, as in a replay; the L2TLB does not know L3.
    cfg_set(&cfg, "errata.L3", "fixed", msg, sizeof msg);
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
        ok = is_trace(opt.files[i]) ? ++done, follow_trace(run, opt.files[i]) :
                                      one(read_stimulus(opt.files[i]));
    RandomOptions r;
    r.cycles = opt.cycles;
    r.wfi = cfg.rule.wfi_gate || cfg.revision > REV_2025_05; // also when the rule is off on one side
    r.bitmap = cfg.has_bitmap;
    r.keyid_bits = cfg.keyid_bits;
    r.debug = cfg.revision >= REV_2026_07;
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
