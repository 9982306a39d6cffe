// SPDX-License-Identifier: MulanPSL-2.0
// What the random stimuli of the lock step reach in the model: `make random-coverage`. Both generators
// in turn, as lockstep_main.cc draws them, over the sizes and revisions below.
#include "cosim/random_stim.h"

#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

extern "C" {
#include "tests/random/reach.h"
}

using namespace cosim;

namespace {

const char usage[] =
    "usage: reach [OPTIONS]\n"
    "  --seed N         first seed (1)\n"
    "  --seeds N        stimuli per configuration (200)\n"
    "  --cycles N       cycles of each of the lock step's own generator (4000)\n"
    "  --least N        how often each side must have been seen (1)\n"
    "  --generator G    cosim, tests or both (both)\n"
    "  --plant NAME     take the true side of a point away (to see that this is noticed)\n"
    "Exit status: 0 every side is reached or stated as a hole, 1 not so, 2 wrong usage.\n";

struct Build {
    const char *preset, *revision;
};
const Build builds[] = {{"minimal", "2025-05"},        {"minimal-bitmap", "2025-05"},
                        {"cvm", "2025-05"},            {"minimal", "2026-03"},
                        {"minimal-bitmap", "2026-03"}, {"cvm", "2026-03"},
                        {"default", "2026-07"},        {"minimal-bitmap", "2026-07"},
                        {"default", "2026-07-v2"},     {"minimal-bitmap", "2026-07-v2"}};

struct Options {
    uint64_t seed = 1, seeds = 200, cycles = 4000, least = 1;
    std::string generator = "both", plant;
};

uint64_t number(const std::string &text)
{
    char *end = nullptr;
    errno = 0;
    uint64_t v = std::strtoull(text.c_str(), &end, 10);
    if (text.empty() || text[0] < '0' || text[0] > '9' || *end || errno)
        throw std::runtime_error("not a number: " + text);
    return v;
}

Options parse(int argc, char **argv)
{
    Options o;
    for (int i = 1; i < argc; i += 2) {
        std::string a = argv[i];
        if (i + 1 == argc)
            throw std::runtime_error(a + ": unknown option, or value missing\n" + usage);
        std::string v = argv[i + 1];
        if (a == "--seed")
            o.seed = number(v);
        else if (a == "--seeds")
            o.seeds = number(v);
        else if (a == "--cycles")
            o.cycles = number(v);
        else if (a == "--least")
            o.least = number(v);
        else if (a == "--generator" && (v == "cosim" || v == "tests" || v == "both"))
            o.generator = v;
        else if (a == "--plant" && reach_find(v.c_str()) >= 0)
            o.plant = v;
        else
            throw std::runtime_error(a + " " + v + ": unknown option or value\n" + usage);
    }
    if (!o.cycles || !o.least)
        throw std::runtime_error("--cycles and --least: at least 1");
    return o;
}

l2tlb_cfg configure(const Build &b)
{
    l2tlb_cfg cfg;
    char msg[256];
    const char *bad = cfg_preset(&cfg, b.preset) ? nullptr : "unknown preset";
    if (!bad)
        bad = cfg_set(&cfg, "revision", b.revision, msg, sizeof msg);
    if (!bad)
        bad = cfg_finish(&cfg, msg, sizeof msg);
    if (bad)
        throw std::runtime_error(std::string(b.preset) + " " + b.revision + ": " + bad);
    return cfg;
}

void run(struct l2tlb *t, const Stimulus &s, reach_counts &n)
{
    Player p(s);
    l2tlb_out out;
    l2tlb_reset(t, &p.inputs().csr);
    for (uint64_t c = 0; c < s.end; c++) {
        p.begin(c);
        l2tlb_settle(t, &p.inputs(), &out);
        reach_sample(t, &out, &n);
        p.finish(c, out);
        l2tlb_tick(t);
    }
}

// Stimuli of one configuration; returns the cycles.
uint64_t run_build(const Options &opt, const Build &b, reach_counts &n)
{
    l2tlb_cfg cfg = configure(b);
    struct l2tlb *t = l2tlb_new(&cfg);
    if (!t)
        throw std::bad_alloc();
    RandomOptions r;
    r.cycles = opt.cycles;
    r.wfi = cfg.rule.wfi_gate;
    r.bitmap = cfg.has_bitmap;
    r.keyid_bits = cfg.keyid_bits;
    r.debug = cfg.revision >= REV_2026_07;
    uint64_t cycles = 0;
    for (uint64_t k = 0; k < opt.seeds; k++) {
        r.seed = opt.seed + k;
        bool own = opt.generator == "cosim" || (opt.generator == "both" && r.seed % 2);
        Stimulus s = own ? random_stimulus(r) : model_test_stimulus(r);
        run(t, s, n);
        cycles += s.end;
    }
    l2tlb_free(t);
    return cycles;
}

} // namespace

int main(int argc, char **argv)
try {
    if (argc == 2 && std::strcmp(argv[1], "--help") == 0)
        return std::fputs(usage, stdout) < 0;
    Options opt = parse(argc, argv);
    static reach_counts n;
    uint64_t cycles = 0;
    for (const Build &b : builds)
        cycles += run_build(opt, b, n);
    if (!opt.plant.empty())
        n.seen[reach_find(opt.plant.c_str())][1] = 0;
    unsigned holes = reach_print(&n, opt.least, stdout);
    std::printf("%" PRIu64 " cycles, first seed %" PRIu64 ", %" PRIu64
                " stimuli for each of %zu configurations, generator %s\n",
                cycles, opt.seed, opt.seeds, sizeof builds / sizeof builds[0],
                opt.generator.c_str());
    return holes ? 1 : 0;
} catch (const std::exception &e) {
    std::fprintf(stderr, "reach: %s\n", e.what());
    return 2;
}
