// SPDX-License-Identifier: MulanPSL-2.0
// Drives the Verilated RTL with recorded stimuli and compares every line with the recording.
//   golden [-v] [--write DIR] [--gold DIR] FOLDER|NAME.stim.gz ...
// Exit 0: all exact; 1: a recording differs or an assertion failed; 2: bad usage or input.
#include "cosim/lines.h"

#include <algorithm>
#include <chrono>
#include <cinttypes>
#include <cstring>
#include <exception>
#include <filesystem>

namespace fs = std::filesystem;
using namespace cosim;

namespace {

// The lines of one run, compared with the recording while they appear.
class Comparer {
public:
    explicit Comparer(std::vector<std::string> gold) : gold_(std::move(gold)) {}

    void line(const std::string &got)
    {
        lines_.push_back(got);
        const std::string *want = next_ < gold_.size() ? &gold_[next_] : nullptr;
        next_++;
        if (want && *want == got)
            return;
        if (want && masked_equal(*want, got)) {
            masked_++;
            return;
        }
        if (!mismatches_++) {
            first_got_ = got;
            first_want_ = want ? *want : "(end of recording)";
        }
    }

    void finish()
    {
        if (next_ < gold_.size() && !mismatches_++) {
            first_got_ = "(end of run)";
            first_want_ = gold_[next_];
        }
    }

    uint64_t mismatches() const { return mismatches_; }
    uint64_t masked() const { return masked_; }
    uint64_t count() const { return next_; }
    const std::string &got() const { return first_got_; }
    const std::string &want() const { return first_want_; }
    const std::vector<std::string> &lines() const { return lines_; }

private:
    // The don't-cares of docs/recordings.md 6: the s2 group of one-stage answers. Counted, so
    // that "exact to the bit" and "exact where it matters" can be told apart.
    static bool masked_equal(const std::string &a, const std::string &b)
    {
        if (a[0] == 'P' && b[0] == 'P')
            return true;
        if (a.compare(0, 2, "R ") != 0 || b.compare(0, 2, "R ") != 0)
            return false;
        size_t i = 0, j = 0;
        for (unsigned word = 0; word < 19; word++) {
            i = a.find(' ', i + 1);
            j = b.find(' ', j + 1);
            if (i == std::string::npos || j == std::string::npos)
                return false;
            if (word == 3 && a[i - 1] != '0' && a[i - 1] != '1')
                return false;
        }
        return i == j && a.compare(0, i, b, 0, j) == 0;
    }

    std::vector<std::string> gold_, lines_;
    size_t next_ = 0;
    uint64_t mismatches_ = 0, masked_ = 0;
    std::string first_got_, first_want_;
};

struct Totals {
    unsigned recordings = 0, exact = 0, masked = 0, differ = 0;
    uint64_t cycles = 0, lines = 0;
    unsigned assertions = 0;
};

struct Options {
    bool verbose = false;
    std::string write, gold; // gold: folder of the recordings when it is not the stimuli's
};

void run_one(const std::string &stim_path, const Options &opt, Totals &t, int argc, char **argv)
{
    std::string gold_path = stim_path;
    size_t at = gold_path.rfind(".stim");
    gold_path.replace(at, 5, ".gold");
    if (!opt.gold.empty())
        gold_path = opt.gold + "/" + fs::path(gold_path).filename().string();
    Stimulus s = read_stimulus(stim_path);
    std::vector<std::string> gold = read_lines(gold_path);
    bool wfi_lines = false;
    for (const std::string &l : gold)
        wfi_lines = wfi_lines || l.compare(0, 2, "S ") == 0;
    Comparer cmp(std::move(gold));
    Player player(s);
    std::unique_ptr<Dut> dut = make_rtl(argc, argv);
    dut->reset(player.inputs());
    uint64_t perf[PERF_COUNT] = {}, count[5] = {};
    bool safe = false;
    for (uint64_t c = 0; c < s.end; c++) {
        l2tlb_out out;
        player.begin(c);
        dut->settle(player.inputs(), out);
        cycle_lines(c, player, out, count, [&](const std::string &l) { cmp.line(l); });
        if (wfi_lines && (c == 0 || out.wfi_safe != safe))
            cmp.line(format("S %" PRIu64 " %d", c, out.wfi_safe));
        safe = out.wfi_safe;
        for (unsigned i = 0; i < PERF_COUNT; i++)
            perf[i] += out.perf[i];
        player.finish(c, out);
        dut->edge();
    }
    std::string sums = "P";
    for (uint64_t v : perf)
        sums += format(" %" PRIu64, v);
    cmp.line(sums);
    cmp.line(format("E %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64, s.end,
                    count[0], count[2], count[1], count[3], count[4]));
    cmp.finish();
    t.recordings++;
    t.cycles += s.end;
    t.lines += cmp.count();
    t.assertions += dut->errors();
    if (cmp.mismatches()) {
        t.differ++;
        std::printf("%s: differs, %" PRIu64 " lines\n  got      %s\n  expected %s\n",
                    s.name.c_str(), cmp.mismatches(), cmp.got().c_str(), cmp.want().c_str());
    } else if (cmp.masked()) {
        t.masked++;
        std::printf("%s: equal but for %" PRIu64 " lines with don't-care fields\n", s.name.c_str(),
                    cmp.masked());
    } else {
        t.exact++;
        if (opt.verbose)
            std::printf("%s: exact, %" PRIu64 " cycles, %" PRIu64 " lines\n", s.name.c_str(), s.end,
                        cmp.count());
    }
    if (dut->errors())
        std::printf("%s: %u assertions failed\n", s.name.c_str(), dut->errors());
    if (!opt.write.empty()) {
        FILE *f = std::fopen((opt.write + "/" + s.name + ".gold").c_str(), "w");
        if (!f)
            throw std::runtime_error(opt.write + ": cannot write");
        for (const std::string &l : cmp.lines())
            std::fprintf(f, "%s\n", l.c_str());
        std::fclose(f);
    }
}

bool ends_with(const std::string &s, const char *tail)
{
    size_t n = std::strlen(tail);
    return s.size() >= n && s.compare(s.size() - n, n, tail) == 0;
}

void collect(const std::string &path, std::vector<std::string> &out)
{
    if (!fs::exists(path))
        throw std::runtime_error(path + ": no such file or folder");
    if (!fs::is_directory(path)) {
        if (path.rfind(".stim") == std::string::npos)
            throw std::runtime_error(path + ": not a NAME.stim or NAME.stim.gz");
        out.push_back(path);
        return;
    }
    size_t before = out.size();
    for (const auto &e : fs::directory_iterator(path)) {
        std::string p = e.path().string();
        if (ends_with(p, ".stim.gz") || ends_with(p, ".stim"))
            out.push_back(p);
    }
    if (out.size() == before)
        throw std::runtime_error(path + ": no stimuli");
    std::sort(out.begin() + static_cast<long>(before), out.end());
}

} // namespace

int main(int argc, char **argv)
try {
    Options opt;
    std::vector<std::string> files;
    for (int i = 1; i < argc; i++) {
        std::string a = argv[i];
        if (a == "-v")
            opt.verbose = true;
        else if (a == "--write" && i + 1 < argc)
            opt.write = argv[++i];
        else if (a == "--gold" && i + 1 < argc)
            opt.gold = argv[++i];
        else if (a[0] == '-')
            throw std::runtime_error("unknown option " + a);
        else if (a[0] != '+')
            collect(a, files);
    }
    if (files.empty())
        throw std::runtime_error("usage: golden [-v] [--write DIR] [--gold DIR] FOLDER|NAME.stim.gz ...");
    Totals t;
    auto start = std::chrono::steady_clock::now();
    for (const std::string &f : files)
        run_one(f, opt, t, argc, argv);
    double s = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    std::printf("%u recordings: %u exact, %u equal where it matters, %u differ; %" PRIu64
                " cycles, %" PRIu64 " lines, %u assertion failures, %.1f s, %.0f cycles/s\n",
                t.recordings, t.exact, t.masked, t.differ, t.cycles, t.lines, t.assertions, s,
                static_cast<double>(t.cycles) / s);
    return t.differ || t.assertions ? 1 : 0;
} catch (const std::exception &e) {
    std::fprintf(stderr, "golden: %s\n", e.what());
    return 2;
}
