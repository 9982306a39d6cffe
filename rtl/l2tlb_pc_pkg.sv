// SPDX-License-Identifier: MulanPSL-2.0
// What the tables of the PageCache share: whose pages they hold, look-ups and fences (spec A 2).
package l2tlb_pc_pkg;
  import l2tlb_pkg::*;

  // Whose page an entry holds.
  typedef struct packed {
    logic [15:0] asid;
    logic [13:0] vmid;
    logic [1:0]  h;          // s2xlate_class
    logic        two_stage;  // walked as allStage (erratum P15)
  } owner_t;

  // Of a refill.
  function automatic owner_t owner_of(tlb_csr_t csr, logic [1:0] s2xlate);
    return '{asid: asid_of(csr, s2xlate), vmid: csr.hgatp.id[13:0], h: s2xlate_class(s2xlate),
             two_stage: s2xlate == ALL_STAGE};
  endfunction

  // allStage and onlyStage1 share a class, though their entries hold guest and host pages (P15).
  function automatic logic other_kind(logic [1:0] s2xlate, logic two_stage);
    return s2xlate[0] && two_stage != (s2xlate == ALL_STAGE);
  endfunction

  // The entry serves a look-up, with the CSRs of this cycle. any_asid: its ASID does not matter; apart:
  // erratum P15 fixed.
  function automatic logic serves(owner_t o, tlb_csr_t csr, logic [1:0] s2xlate, logic any_asid,
                                  logic apart);
    return o.h == s2xlate_class(s2xlate) && !(apart && other_kind(s2xlate, o.two_stage)) &&
        (o.asid == asid_of(csr, s2xlate) || any_asid) &&
        (s2xlate == NO_S2XLATE || {2'b0, o.vmid} == csr.hgatp.id);
  endfunction

  // Way that a multiplexer of n ways shows. Without a hit its last input: seen in the view of a jump (B14).
  function automatic logic [5:0] shown_way(logic [63:0] hit, int unsigned n);
    return hit == '0 ? 6'(n - 1) : lowest(hit);
  endfunction

  // XOR-fold hash of x into w (<= 8) bits (spec A 2.1).
  function automatic logic [7:0] fold(logic [47:0] x, int unsigned w);
    logic [7:0] r;
    r = '0;
    for (int unsigned i = 0; i < 48; i++) r[3'(i % w)] = r[3'(i % w)] ^ x[i];
    return r;
  endfunction

  // --- Fences (spec A 2.10) ------------------------------------------------------------------

  // a: ASID equals the fence's id; mv: VMID equals hgatp's; mi: VMID equals the fence's id;
  // addr: the entry covers the fence's address (0 for tables that ignore addresses). gvma_vs:
  // hfence.gvma without address removes entries of class 1 too.
  function automatic logic fence_hits(sfence_t f, logic virt, logic [1:0] h, logic a, logic mv,
                                      logic mi, logic g, logic addr, logic gvma_vs);
    logic who;
    if (f.hg) who = (h == 2'd2 || (h == 2'd1 && f.rs1 && gvma_vs)) && (f.rs2 || mi);
    else if (f.hv) who = h == 2'd1 && mv && (f.rs2 || (a && !g));
    else who = h == {1'b0, virt} && (!virt || mv) && (f.rs2 || (a && !g));
    return f.valid && who && (f.rs1 || addr);
  endfunction

  // The same of an owner kept whole. masked: erratum E6 fixed.
  function automatic logic owner_fenced(sfence_t f, tlb_csr_t csr, owner_t o, logic g, logic addr,
                                        logic masked, logic gvma_vs);
    logic [15:0] vmid;
    vmid = {2'b0, o.vmid};
    return fence_hits(f, csr.virt, o.h, o.asid == f.id, vmid == csr.hgatp.id,
                      vmid == {masked ? 2'b0 : f.id[15:14], f.id[13:0]}, g, addr, gvma_vs);
  endfunction

  function automatic vpn_t fence_vpn(sfence_t f);
    return f.hg ? f.addr[47:10] : f.addr[49:12];
  endfunction

endpackage
