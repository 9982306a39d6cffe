// SPDX-License-Identifier: MulanPSL-2.0
// The stimuli of the co-simulation: it reads what the model reads and refuses what the model refuses; what it
// writes is the same stimulus for both; and its player gives the model the inputs that the model's
// own driver gives: the same lines of a recording.
#include "cosim/lines.h"
#include "cosim/stimulus.h"
#include "tests/fuzz/fuzz.h"

#include <cstring>
#include <stdexcept>

extern "C" {
#include "check/driver.h"
#include "tests/fuzz/machines.h"
}

namespace {

constexpr uint64_t CYCLES = 3000;

void put_line(const char *text, uint64_t, void *ctx)
{
    FILE *out = static_cast<FILE *>(ctx);
    if (text[0] == 'S') // the co-simulation compares wfi_safe by itself
        return;
    for (; *text; text++) // groups are separated by two blanks
        if (text[0] != ' ' || text[1] != ' ')
            std::fputc(*text, out);
    std::fputc('\n', out);
}

void run_driver(const l2tlb_cfg &cfg, const struct stim &s, fuzz_text &out)
{
    fuzz_open(&out);
    struct driver_hooks hooks {};
    hooks.line = put_line;
    hooks.ctx = out.stream;
    struct driver_options how {};
    struct driver *d = driver_new(&cfg, &s, &how, &hooks);
    fuzz_want(d != nullptr, "no driver");
    while (driver_step(d))
        ;
    driver_free(d);
    fuzz_close(&out);
}

void run_player(const l2tlb_cfg &cfg, const cosim::Stimulus &s, fuzz_text &out)
{
    fuzz_open(&out);
    struct l2tlb *t = l2tlb_new(&cfg);
    fuzz_want(t != nullptr, "no machine");
    cosim::Player p(s);
    l2tlb_reset(t, &s.init);
    uint64_t count[5] = {};
    for (uint64_t c = 0; c < s.end; c++) {
        l2tlb_out o;
        p.begin(c);
        l2tlb_settle(t, &p.inputs(), &o);
        cosim::cycle_lines(c, p, o, count,
                           [&](const std::string &l) { std::fprintf(out.stream, "%s\n", l.c_str()); });
        p.finish(c, o);
        l2tlb_tick(t);
    }
    l2tlb_free(t);
    fuzz_close(&out);
}

} // namespace

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_bytes b = {data, size};
    l2tlb_cfg cfg;
    fuzz_machine(&cfg, fuzz_byte(&b));
    const std::string path = fuzz_file(0, b.p, b.n);
    char msg[512];
    struct stim ours;
    const bool read = !stim_load(&ours, path.c_str(), msg, sizeof msg);
    const bool good = read && !ours.mpt; // the co-simulation has no MPT
    try {
        cosim::Stimulus s = cosim::read_stimulus(path);
        fuzz_want(good, "the co-simulation reads what the model refuses");
        const std::string again = std::string(fuzz_folder()) + "/s.stim";
        cosim::write_stimulus(s, again);
        struct stim back;
        const char *err = stim_load(&back, again.c_str(), msg, sizeof msg);
        if (err)
            std::fprintf(stderr, "%s\n", err);
        fuzz_want(!err, "the model refuses what the co-simulation writes");
        s.end = ours.end = back.end = std::min(ours.end, CYCLES);
        fuzz_text text[3];
        run_driver(cfg, ours, text[0]);
        run_driver(cfg, back, text[1]);
        fuzz_same(&text[0], &text[1], "a stimulus that was written does something else");
        run_player(cfg, s, text[2]);
        fuzz_same(&text[0], &text[2], "player and driver differ");
        for (fuzz_text &t : text)
            fuzz_free(&t);
        stim_free(&back);
    } catch (const std::runtime_error &e) {
        fuzz_message(e.what());
        fuzz_want(!good, "the co-simulation refuses what the model reads");
    }
    if (read)
        stim_free(&ours);
    return 0;
}
