// SPDX-License-Identifier: MulanPSL-2.0
#include "cosim/trace_run.h"

#include "cosim/lines.h"

#include <exception>
#include <stdexcept>

extern "C" {
#include "replay/settings.h"
}

namespace cosim {
namespace {

// The model as it runs inside the replay: somebody else clocks it.
class Replayed final : public Dut {
public:
    const char *name() const override { return "model"; }
    void reset(const l2tlb_in &) override {}
    void settle(const l2tlb_in &, l2tlb_out &) override {}
    void edge() override {}
    void dump(FILE *f) override { l2tlb_dump(machine, f); }

    const struct l2tlb *machine = nullptr;
};

// The RTL beside the replay.
class Watcher {
public:
    Watcher(const std::string &name, const TraceJob &job, const tl_timing &timing)
        : job_(job), recorder_(name, timing)
    {
        rtl_.dut = make_rtl(job.argc, job.argv);
        model_.dut = std::make_unique<Replayed>();
    }
    ~Watcher() { rtl_.dut->close(); }
    Watcher(const Watcher &) = delete;
    Watcher &operator=(const Watcher &) = delete;

    // The replay is C: exceptions wait here until it is back.
    static bool hook(uint64_t c, const struct l2tlb *machine, const l2tlb_in *in,
                     const l2tlb_out *out, void *ctx)
    {
        Watcher *w = static_cast<Watcher *>(ctx);
        try {
            static_cast<Replayed &>(*w->model_.dut).machine = machine;
            return w->cycle(c, *in, *out);
        } catch (...) {
            w->error_ = std::current_exception();
            return false;
        }
    }

    TraceResult finish()
    {
        if (error_)
            std::rethrow_exception(error_);
        TraceResult t;
        t.d = d_;
        t.inputs = recorder_.stimulus();
        t.withdrawn = recorder_.withdrawn();
        t.answers = answers_;
        return t;
    }

private:
    bool cycle(uint64_t c, const l2tlb_in &in, const l2tlb_out &out)
    {
        if (!c) {
            l2tlb_in quiet{};
            quiet.csr = in.csr;
            quiet.resp_ready[0] = quiet.resp_ready[1] = true;
            rtl_.dut->reset(quiet);
        }
        if (!job_.wave.empty() && c == job_.wave_from) {
            rtl_.dut->wave((job_.wave + ".fst").c_str());
            waves_.open(job_.wave + ".vcd");
        }
        l2tlb_in faulty = in;
        corrupt(job_.input_fault, c, faulty);
        rtl_.dut->settle(faulty, rtl_.out);
        model_.out = out;
        compare(rtl_, model_, job_.strict, c, d_);
        waves_.cycle(c, in, out);
        record(c, in);
        if (!d_.found)
            cosim::edge(*rtl_.dut, c, d_);
        if (d_.found)
            save();
        return !d_.found && c + 1 < job_.settings.cycles;
    }

    void record(uint64_t c, const l2tlb_in &in)
    {
        const uint64_t index[2] = {recorder_.index()[0], recorder_.index()[1]};
        recorder_.cycle(c, in, model_.out);
        for (Side *side : {&rtl_, &model_}) {
            uint64_t unused[5] = {};
            cycle_lines(c, in, index, recorder_.beat(), side->out, unused,
                        [&](const std::string &l) { side->remember(l); });
        }
        for (unsigned p = 0; p < 2; p++)
            answers_ += model_.out.resp_valid[p] && in.resp_ready[p];
    }

    void save()
    {
        if (job_.details.empty())
            return;
        FILE *f = std::fopen(job_.details.c_str(), "w");
        if (!f)
            throw std::runtime_error(job_.details + ": cannot write");
        describe(f, d_, rtl_, model_);
        std::fclose(f);
    }

    const TraceJob &job_;
    Recorder recorder_;
    Side rtl_, model_;
    Waves waves_;
    Difference d_;
    uint64_t answers_ = 0;
    std::exception_ptr error_;
};

// Calls set(key, value) for every KEY=VALUE.
void pairs(const char *option, const std::vector<std::string> &list,
           const std::function<const char *(const char *, const char *)> &set)
{
    for (const std::string &s : list) {
        size_t eq = s.find('=');
        if (eq == std::string::npos)
            throw std::runtime_error(std::string(option) + ": expected KEY=VALUE");
        if (const char *bad = set(s.substr(0, eq).c_str(), s.substr(eq + 1).c_str()))
            throw std::runtime_error(std::string(option) + " " + s + ": " + bad);
    }
}

replay_cfg configure(const TraceSettings &s, const l2tlb_cfg &machine)
{
    replay_cfg cfg;
    char msg[512];
    replay_cfg_default(&cfg);
    cfg.machine = machine;
    cfg.world.seed = cfg.memory.seed = s.seed;
    cfg.first_touch = s.first_touch;
    cfg.log = stderr;
    if (!s.arch.empty())
        replay_set(&cfg, "arch", s.arch.c_str(), msg, sizeof msg); // take() has checked it
    pairs("--mem", s.mem, [&](const char *key, const char *value) {
        return replay_memory_set(&cfg.memory, key, value, msg, sizeof msg) == SET_FINE ? nullptr : msg;
    });
    pairs("--world", s.world, [&](const char *key, const char *value) {
        return world_cfg_set(&cfg.world, key, value, msg, sizeof msg);
    });
    const char *bad = replay_memory_check(&cfg.memory, msg, sizeof msg);
    if (!bad)
        bad = world_cfg_check(&cfg.world, msg, sizeof msg);
    if (bad)
        throw std::runtime_error(bad);
    return cfg;
}

bool ends_with(const std::string &s, const std::string &end)
{
    return s.size() > end.size() && s.compare(s.size() - end.size(), end.size(), end) == 0;
}

// A stimulus's name is one word.
std::string base_name(const std::string &path)
{
    std::string name = path.substr(path.rfind('/') + 1);
    for (char &c : name)
        if (c <= ' ')
            c = '_';
    return name;
}

} // namespace

bool TraceSettings::take(const std::string &option, const std::function<const char *()> &value)
{
    if (option == "--world") {
        world.push_back(value());
    } else if (option == "--mem") {
        mem.push_back(value());
    } else if (option == "--first-touch") {
        first_touch = true;
    } else if (option == "--arch") {
        arch = value();
        if (arch != "riscv64" && arch != "aarch64")
            throw std::runtime_error("--arch: riscv64 or aarch64");
    } else {
        return false;
    }
    return true;
}

std::string TraceSettings::text() const
{
    std::string s = "--seed " + std::to_string(seed);
    if (cycles != UINT64_MAX)
        s += " --cycles " + std::to_string(cycles);
    for (const std::string &w : world)
        s += " --world " + w;
    for (const std::string &m : mem)
        s += " --mem " + m;
    if (!arch.empty())
        s += " --arch " + arch;
    return first_touch ? s + " --first-touch" : s;
}

bool is_trace(const std::string &path)
{
    char msg[TRACE_MSG];
    struct trace *t = trace_open(path.c_str(), msg, sizeof msg);
    if (t)
        trace_close(t);
    return t || ends_with(path, ".gvt") || ends_with(path, ".gvt.gz");
}

TraceResult run_trace(const std::string &path, const TraceJob &job)
{
    replay_cfg cfg = configure(job.settings, job.machine);
    Watcher watcher(base_name(path), job, cfg.memory);
    cfg.cycle = Watcher::hook;
    cfg.cycle_ctx = &watcher;
    std::unique_ptr<replay_result, void (*)(replay_result *)> r(replay_run(&cfg, path.c_str()), replay_free);
    if (!r || r->end == REPLAY_NO_MEMORY)
        throw std::bad_alloc();
    TraceResult t = watcher.finish();
    if (r->end == REPLAY_BAD_INPUT || r->end == REPLAY_STUCK)
        throw std::runtime_error(r->message);
    t.accesses = r->accesses;
    t.whole = r->end == REPLAY_DONE;
    return t;
}

} // namespace cosim
