// SPDX-License-Identifier: MulanPSL-2.0
// Our RTL (cosim/own_top.sv), Verilated as class Vown_top.
#include "cosim/dut.h"

#include "Vown_top.h"
#include "verilated.h"

#include <cstring>
#include <stdexcept>
#include <vector>
#ifdef COSIM_WAVE
#include "verilated_fst_c.h"
#endif

#if VM_COVERAGE
#include "verilated_cov.h"

#include <fstream>
#include <unordered_map>
#endif

#ifdef COSIM_DUMP
#include "Vown_top__Dpi.h"

// Where cosim_dump's lines go while it runs (DPI gives the callee no argument of ours).
static thread_local FILE *dump_to = nullptr;

extern "C" void cosim_state_line(const char *text)
{
    if (dump_to)
        std::fprintf(dump_to, "  %s\n", text);
}
#endif

double sc_time_stamp() { return 0; }

namespace cosim {
namespace {

class OwnRtl final : public Dut {
public:
    OwnRtl(int argc, char **argv)
    {
        ctx_.commandArgs(argc, argv);
        ctx_.fatalOnError(false);
        ctx_.errorLimit(1000000);
#ifdef COSIM_WAVE
        ctx_.traceEverOn(true);
#endif
        top_ = std::make_unique<Vown_top>(&ctx_, "rtl");
        ctx_.assertOn(false);
    }

    ~OwnRtl() override
    {
        close();
#if VM_COVERAGE
        std::string file = ctx_.commandArgsPlusMatch("coverage=");
        if (file.size() > 10)
            add_coverage(file.substr(10));
#endif
        // Verilator 5.006 takes a model's scopes out of the thread's context, not the model's own.
        Verilated::threadContextp(&ctx_);
        top_.reset();
    }

    const char *name() const override { return "rtl"; }

    void reset(const l2tlb_in &in) override
    {
        apply(in);
        top_->rst_ni = 0;
        for (int i = 0; i < 64; i++) {
            settle_only();
            edge();
        }
        top_->rst_ni = 1;
        ctx_.assertOn(true);
    }

    void settle(const l2tlb_in &in, l2tlb_out &out) override
    {
        apply(in);
        settle_only();
        out = {};
        out.req_ready[0] = top_->req0_ready;
        out.req_ready[1] = top_->req1_ready;
        out.resp_valid[0] = top_->resp0_valid;
        out.resp_valid[1] = top_->resp1_valid;
        if (top_->resp0_valid)
            read_resp0(out.resp[0]);
        if (top_->resp1_valid)
            read_resp1(out.resp[1]);
        out.a_valid = top_->a_valid;
        if (out.a_valid) {
            out.a_source = top_->a_source;
            out.a_address = top_->a_address;
        }
        out.wfi_safe = top_->wfi_safe;
        for (unsigned i = 0; i < PERF_COUNT; i++) {
            unsigned lo = 6 * i;
            uint64_t w = top_->perf[lo / 32];
            if (lo / 32 + 1 < 4)
                w |= static_cast<uint64_t>(top_->perf[lo / 32 + 1]) << 32;
            out.perf[i] = (w >> (lo % 32)) & 63;
        }
    }

    void edge() override
    {
        top_->clk_i = 1;
        top_->eval();
        trace();
        top_->clk_i = 0;
    }

    // The words of own_top's cfg; bits of its errata are those of arch/errata.def, the first id highest.
    bool config(l2tlb_cfg &cfg, std::string &text) const override
    {
        static const char *const sizes[] = {
            "pagecache.l3_size", "pagecache.l2_size", "pagecache.sp_size", "pagecache.l1_sets",
            "pagecache.l1_ways", "pagecache.l0_sets", "pagecache.l0_ways", "llptw.size",
            "missqueue.size"};
        char msg[200];
        auto set = [&](const std::string &key, const std::string &value) {
            const char *bad = cfg_set(&cfg, key.c_str(), value.c_str(), msg, sizeof msg);
            if (bad)
                throw std::runtime_error(key + " = " + value + ": " + bad);
            text += std::string(text.empty() ? "" : " ") + key + "=" + value;
        };
        top_->eval();
        set("revision", revision_name(top_->cfg[11]));
        for (unsigned i = 0; i < sizeof sizes / sizeof *sizes; i++)
            set(sizes[i], std::to_string(top_->cfg[i]));
        set("prefetch.enable", std::to_string(top_->cfg[9]));
        set("pmp.entries", std::to_string(top_->cfg[10]));
        set("pma.entries", std::to_string(top_->cfg[10]));
        set("bitmap.enable", top_->cfg[12] ? "1" : "0");
        if (top_->cfg[12]) {
            set("bitmap.entries", std::to_string(top_->cfg[13]));
            set("bitmap.cache_sets", std::to_string(top_->cfg[14]));
            set("bitmap.cache_ways", std::to_string(top_->cfg[15]));
            set("keyid.bits", std::to_string(top_->cfg[16]));
        }
        std::vector<std::string> ids;
#define ERRATUM(id, block, summary) \
    if (std::strncmp(block, "l1", 2) != 0) \
        ids.push_back(#id);
#include "arch/errata.def"
#undef ERRATUM
        if (ids.size() != top_->cfg[19])
            throw std::runtime_error("the RTL has other errata than arch/errata.def");
        uint64_t fixed = top_->cfg[17] | static_cast<uint64_t>(top_->cfg[18]) << 32;
        for (size_t i = 0; i < ids.size(); i++)
            if ((fixed >> (ids.size() - 1 - i)) & 1)
                set("errata." + ids[i], "fixed");
        return true;
    }

    unsigned errors() const override { return static_cast<unsigned>(ctx_.errorCount()); }

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

    void wave(const char *path) override
    {
#ifdef COSIM_WAVE
        if (!fst_) {
            fst_ = std::make_unique<VerilatedFstC>();
            top_->trace(fst_.get(), 99);
            fst_->open(path);
        }
#else
        (void)path;
#endif
    }

    void close() override
    {
#ifdef COSIM_WAVE
        if (fst_)
            fst_->close();
        fst_.reset();
#endif
        if (top_)
            top_->final();
    }

private:
#if VM_COVERAGE
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

    void settle_only()
    {
        top_->eval();
        trace();
    }

    void trace()
    {
        time_ += 5;
#ifdef COSIM_WAVE
        if (fst_)
            fst_->dump(time_);
#endif
    }

    void apply(const l2tlb_in &in)
    {
        top_->req0_valid = in.req[0].valid;
        top_->req0_vpn = in.req[0].vpn;
        top_->req0_s2xlate = in.req[0].s2xlate;
        top_->req1_valid = in.req[1].valid;
        top_->req1_vpn = in.req[1].vpn;
        top_->req1_s2xlate = in.req[1].s2xlate;
        top_->resp0_ready = in.resp_ready[0];
        top_->resp1_ready = in.resp_ready[1];
        const struct sfence &f = in.sfence;
        top_->sf_valid = f.valid;
        top_->sf_rs1 = f.rs1;
        top_->sf_rs2 = f.rs2;
        top_->sf_addr = f.addr;
        top_->sf_id = f.id;
        top_->sf_hv = f.hv;
        top_->sf_hg = f.hg;
        apply_csr(in.csr);
        top_->csr_w_valid = in.csr_w.valid;
        top_->csr_w_addr = in.csr_w.addr;
        top_->csr_w_data = in.csr_w.data;
        top_->a_ready = in.a_ready;
        top_->d_valid = in.d.valid;
        top_->d_source = in.d.source;
        for (unsigned i = 0; i < 4; i++) {
            top_->d_data[2 * i] = static_cast<uint32_t>(in.d.data[i]);
            top_->d_data[2 * i + 1] = static_cast<uint32_t>(in.d.data[i] >> 32);
        }
        top_->wfi_req = in.wfi_req;
    }

    void apply_csr(const tlb_csr &c)
    {
        top_->satp_mode = c.satp.mode;
        top_->satp_id = c.satp.id;
        top_->satp_ppn = c.satp.ppn;
        top_->satp_changed = c.satp.changed;
        top_->vsatp_mode = c.vsatp.mode;
        top_->vsatp_id = c.vsatp.id;
        top_->vsatp_ppn = c.vsatp.ppn;
        top_->vsatp_changed = c.vsatp.changed;
        top_->hgatp_mode = c.hgatp.mode;
        top_->hgatp_id = c.hgatp.id;
        top_->hgatp_ppn = c.hgatp.ppn;
        top_->hgatp_changed = c.hgatp.changed;
        top_->mbmc_bma = c.mbmc.bma;
        top_->mbmc_bme = c.mbmc.bme;
        top_->mbmc_bclear = c.mbmc.bclear;
        top_->mbmc_cmode = c.mbmc.cmode;
        top_->mbmc_keyiden = c.mbmc.keyiden;
        top_->priv_mxr = c.mxr;
        top_->priv_virt = c.virt;
        top_->priv_virt_changed = c.virt_changed;
        top_->priv_debug = c.debug;
        top_->m_pbmte = c.m_pbmte;
        top_->h_pbmte = c.h_pbmte;
    }

#define READ_RESP(i)                                                                               \
    void read_resp##i(ptw_resp &r) const                                                           \
    {                                                                                              \
        r.s2xlate = top_->resp##i##_s2xlate;                                                       \
        r.s1.tag = top_->resp##i##_s1_tag;                                                         \
        r.s1.asid = top_->resp##i##_s1_asid;                                                       \
        r.s1.vmid = top_->resp##i##_s1_vmid;                                                       \
        r.s1.n = top_->resp##i##_s1_n;                                                             \
        r.s1.pbmt = top_->resp##i##_s1_pbmt;                                                       \
        r.s1.perm = top_->resp##i##_s1_perm;                                                       \
        r.s1.level = top_->resp##i##_s1_level;                                                     \
        r.s1.v = top_->resp##i##_s1_v;                                                             \
        r.s1.ppn = top_->resp##i##_s1_ppn;                                                         \
        r.s1.addr_low = top_->resp##i##_s1_addr_low;                                               \
        for (unsigned k = 0; k < SECTOR; k++)                                                      \
            r.s1.ppn_low[k] = (top_->resp##i##_s1_ppn_low >> (3 * k)) & 7;                         \
        r.s1.valididx = top_->resp##i##_s1_valididx;                                               \
        r.s1.pteidx = top_->resp##i##_s1_pteidx;                                                   \
        r.s1.pf = top_->resp##i##_s1_pf;                                                           \
        r.s1.af = top_->resp##i##_s1_af;                                                           \
        r.s2.tag = top_->resp##i##_s2_tag;                                                         \
        r.s2.vmid = top_->resp##i##_s2_vmid;                                                       \
        r.s2.n = top_->resp##i##_s2_n;                                                             \
        r.s2.pbmt = top_->resp##i##_s2_pbmt;                                                       \
        r.s2.ppn = top_->resp##i##_s2_ppn;                                                         \
        r.s2.perm = top_->resp##i##_s2_perm;                                                       \
        r.s2.level = top_->resp##i##_s2_level;                                                     \
        r.s2.gpf = top_->resp##i##_s2_gpf;                                                         \
        r.s2.gaf = top_->resp##i##_s2_gaf;                                                         \
    }
    READ_RESP(0)
    READ_RESP(1)
#undef READ_RESP

    VerilatedContext ctx_;
    std::unique_ptr<Vown_top> top_;
    uint64_t time_ = 0;
#ifdef COSIM_WAVE
    std::unique_ptr<VerilatedFstC> fst_;
#endif
};

} // namespace

std::unique_ptr<Dut> make_rtl(int argc, char **argv)
{
    return std::make_unique<OwnRtl>(argc, argv);
}

} // namespace cosim
