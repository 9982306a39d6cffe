// SPDX-License-Identifier: MulanPSL-2.0
// Our RTL (cosim/own_top.sv).
#include "cosim/dut_verilated.h"

#include <vector>

#if VM_COVERAGE
#include "verilated_cov.h"

#include <fstream>
#include <unordered_map>
#endif

#ifdef COSIM_DUMP
#include "Vdut__Dpi.h"

// Where cosim_dump's lines go while it runs (DPI gives the callee no argument of ours).
static thread_local FILE *dump_to = nullptr;

extern "C" void cosim_state_line(const char *text)
{
    if (dump_to)
        std::fprintf(dump_to, "  %s\n", text);
}
#endif

namespace cosim {
namespace {

class OwnRtl final : public VerilatedRtl {
public:
    using VerilatedRtl::VerilatedRtl;

#if VM_COVERAGE
    ~OwnRtl() override
    {
        close();
        std::string file = ctx_.commandArgsPlusMatch("coverage=");
        if (file.size() > 10)
            add_coverage(file.substr(10));
    }
#endif

    // The words of own_top's cfg; bits of its errata are those of arch/errata.def, the first id highest.
    bool config(l2tlb_cfg &cfg, std::string &text) const override
    {
        static const char *const sizes[] = {
            "pagecache.l3_size", "pagecache.l2_size", "pagecache.sp_size", "pagecache.l1_sets",
            "pagecache.l1_ways", "pagecache.l0_sets", "pagecache.l0_ways", "llptw.size",
            "missqueue.size"};
        Settings set(cfg, text);
        top_->eval();
        const auto &word = top_->cfg;
        set("revision", revision_name(word[11]));
        for (unsigned i = 0; i < sizeof sizes / sizeof *sizes; i++)
            set(sizes[i], std::to_string(word[i]));
        set("prefetch.enable", std::to_string(word[9]));
        set("pmp.entries", std::to_string(word[10]));
        set("pma.entries", std::to_string(word[10]));
        set("bitmap.enable", word[12] ? "1" : "0");
        if (word[12]) {
            set("bitmap.entries", std::to_string(word[13]));
            set("bitmap.cache_sets", std::to_string(word[14]));
            set("bitmap.cache_ways", std::to_string(word[15]));
            set("keyid.bits", std::to_string(word[16]));
        }
        std::vector<std::string> ids;
#define ERRATUM(id, block, summary) \
    if (std::strncmp(block, "l1", 2) != 0 && std::strcmp(block, "mpt") != 0) \
        ids.push_back(#id);
#include "arch/errata.def"
#undef ERRATUM
        if (ids.size() != word[19])
            throw std::runtime_error("the RTL has other errata than arch/errata.def");
        uint64_t fixed = word[17] | static_cast<uint64_t>(word[18]) << 32;
        for (size_t i = 0; i < ids.size(); i++)
            if ((fixed >> (ids.size() - 1 - i)) & 1)
                set("errata." + ids[i], "fixed");
        return true;
    }

    void dump(FILE *f) override
    {
#ifdef COSIM_DUMP
        dump_to = f;
        top_->dump_i = 1;
        top_->eval();
        top_->dump_i = 0;
        top_->eval();
        dump_to = nullptr;
#else
        std::fprintf(f, "  (make cosim-wave shows it)\n");
#endif
    }

#if VM_COVERAGE
private:
    // Verilator overwrites the file; this adds to what earlier instances and runs counted.
    void add_coverage(const std::string &file)
    {
        std::unordered_map<std::string, uint64_t> before;
        std::string line;
        for (std::ifstream f(file); std::getline(f, line);)
            if (size_t at = line.rfind(' '); line.compare(0, 2, "C ") == 0)
                before[line.substr(0, at)] = std::stoull(line.substr(at + 1));
        ctx_.coveragep()->write(file.c_str());
        std::string sums;
        for (std::ifstream f(file); std::getline(f, line); sums += line + "\n")
            if (size_t at = line.rfind(' '); line.compare(0, 2, "C ") == 0) {
                uint64_t n = std::stoull(line.substr(at + 1)) + before[line.substr(0, at)];
                line = line.substr(0, at + 1) + std::to_string(n);
            }
        std::ofstream(file) << sums;
    }
#endif
};

} // namespace

std::unique_ptr<Dut> make_rtl(int argc, char **argv)
{
    return std::make_unique<OwnRtl>(argc, argv);
}

} // namespace cosim
