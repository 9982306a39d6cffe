// SPDX-License-Identifier: MulanPSL-2.0
#include "cosim/systemc/l2tlb_sc.h"

#include <cstring>
#include <new>

l2tlb_sc::l2tlb_sc(const sc_core::sc_module_name &name, const l2tlb_cfg &cfg)
    : sc_core::sc_module(name), machine_(l2tlb_new(&cfg))
{
    if (!machine_)
        throw std::bad_alloc();
    SC_METHOD(settle);
    sensitive << ticked_;
#define IN(type, name) sensitive << name;
#define OUT(type, name)
#include "cosim/systemc/l2tlb_memory_ports.def"
#include "cosim/systemc/l2tlb_ports.def"
#undef IN
#undef OUT
    SC_METHOD(edge);
    dont_initialize();
    sensitive << clk_i.pos();
}

l2tlb_sc::~l2tlb_sc()
{
    l2tlb_free(machine_);
}

static atp make_atp(uint32_t mode, uint32_t id, uint64_t ppn, bool changed)
{
    atp a{};
    a.mode = static_cast<uint8_t>(mode);
    a.id = static_cast<uint16_t>(id);
    a.ppn = ppn;
    a.changed = changed;
    return a;
}

l2tlb_in l2tlb_sc::sample() const
{
    l2tlb_in in;
    std::memset(&in, 0, sizeof in); // padding too: the model compares CSR bundles as bytes
    in.req[0].valid = req0_valid;
    in.req[0].vpn = req0_vpn;
    in.req[0].s2xlate = static_cast<uint8_t>(req0_s2xlate.read());
    in.req[1].valid = req1_valid;
    in.req[1].vpn = req1_vpn;
    in.req[1].s2xlate = static_cast<uint8_t>(req1_s2xlate.read());
    in.req[0].tag = in.req[1].tag = tag_;
    in.resp_ready[0] = resp0_ready;
    in.resp_ready[1] = resp1_ready;
    in.sfence.valid = sf_valid;
    in.sfence.rs1 = sf_rs1;
    in.sfence.rs2 = sf_rs2;
    in.sfence.addr = sf_addr;
    in.sfence.id = static_cast<uint16_t>(sf_id.read());
    in.sfence.hv = sf_hv;
    in.sfence.hg = sf_hg;
    in.csr.satp = make_atp(satp_mode, satp_id, satp_ppn, satp_changed);
    in.csr.vsatp = make_atp(vsatp_mode, vsatp_id, vsatp_ppn, vsatp_changed);
    in.csr.hgatp = make_atp(hgatp_mode, hgatp_id, hgatp_ppn, hgatp_changed);
    in.csr.mbmc.bma = mbmc_bma;
    in.csr.mbmc.bme = mbmc_bme;
    in.csr.mbmc.bclear = mbmc_bclear;
    in.csr.mbmc.cmode = mbmc_cmode;
    in.csr.mbmc.keyiden = mbmc_keyiden;
    in.csr.mxr = priv_mxr;
    in.csr.virt = priv_virt;
    in.csr.virt_changed = priv_virt_changed;
    in.csr.debug = priv_debug;
    in.csr.m_pbmte = m_pbmte;
    in.csr.h_pbmte = h_pbmte;
    in.csr_w.valid = csr_w_valid;
    in.csr_w.addr = static_cast<uint16_t>(csr_w_addr.read());
    in.csr_w.data = csr_w_data;
    in.a_ready = a_ready;
    in.d.valid = d_valid;
    in.d.source = static_cast<uint8_t>(d_source.read());
    for (int i = 0; in.d.valid && i < 4; i++)
        in.d.data[i] = d_data.read().get_word(2 * i) |
                       static_cast<uint64_t>(d_data.read().get_word(2 * i + 1)) << 32;
    in.wfi_req = wfi_req;
    return in;
}

static uint32_t pack_ppn_low(const uint8_t low[SECTOR])
{
    uint32_t packed = 0;
    for (unsigned i = 0; i < SECTOR; i++)
        packed |= static_cast<uint32_t>(low[i]) << (3 * i);
    return packed;
}

#define DRIVE_ANSWER(p, r)                                                                         \
    p##_s2xlate = (r).s2xlate;                                                                     \
    p##_s1_tag = (r).s1.tag;                                                                       \
    p##_s1_asid = (r).s1.asid;                                                                     \
    p##_s1_vmid = (r).s1.vmid;                                                                     \
    p##_s1_n = (r).s1.n;                                                                           \
    p##_s1_pbmt = (r).s1.pbmt;                                                                     \
    p##_s1_perm = (r).s1.perm;                                                                     \
    p##_s1_level = (r).s1.level;                                                                   \
    p##_s1_v = (r).s1.v;                                                                           \
    p##_s1_ppn = (r).s1.ppn;                                                                       \
    p##_s1_addr_low = (r).s1.addr_low;                                                             \
    p##_s1_ppn_low = pack_ppn_low((r).s1.ppn_low);                                                 \
    p##_s1_valididx = (r).s1.valididx;                                                             \
    p##_s1_pteidx = (r).s1.pteidx;                                                                 \
    p##_s1_pf = (r).s1.pf;                                                                         \
    p##_s1_af = (r).s1.af;                                                                         \
    p##_s2_tag = (r).s2.tag;                                                                       \
    p##_s2_vmid = (r).s2.vmid;                                                                     \
    p##_s2_n = (r).s2.n;                                                                           \
    p##_s2_pbmt = (r).s2.pbmt;                                                                     \
    p##_s2_ppn = (r).s2.ppn;                                                                       \
    p##_s2_perm = (r).s2.perm;                                                                     \
    p##_s2_level = (r).s2.level;                                                                   \
    p##_s2_gpf = (r).s2.gpf;                                                                       \
    p##_s2_gaf = (r).s2.gaf

void l2tlb_sc::settle()
{
    l2tlb_out out;
    l2tlb_in in = sample();
    l2tlb_settle(machine_, &in, &out);
    req0_ready = out.req_ready[0];
    req1_ready = out.req_ready[1];
    resp0_valid = out.resp_valid[0];
    resp1_valid = out.resp_valid[1];
    if (out.resp_valid[0]) {
        DRIVE_ANSWER(resp0, out.resp[0]);
    }
    if (out.resp_valid[1]) {
        DRIVE_ANSWER(resp1, out.resp[1]);
    }
    a_valid = out.a_valid;
    a_source = out.a_source;
    a_address = out.a_address;
    wfi_safe = out.wfi_safe;
}

void l2tlb_sc::edge()
{
    if (rst_ni) {
        l2tlb_tick(machine_); // with the inputs of the last settle
        tag_ = (tag_ + 1) & 0x7fffffff;
    } else {
        l2tlb_in in = sample();
        l2tlb_reset(machine_, &in.csr);
    }
    ticked_.notify(sc_core::SC_ZERO_TIME);
}
