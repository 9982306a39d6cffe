// SPDX-License-Identifier: MulanPSL-2.0
// Combinational PMP/PMA check of one 8-byte read in S mode, or M mode (spec A 5.3).
module l2tlb_pmpcheck
  import l2tlb_pkg::*;
#(
    parameter l2tlb_cfg_t Cfg = CFG_MINIMAL,
    parameter bit         Bitmap = 1'b0  // reads of the bitmap: M mode with erratum B17 fixed
) (
    input  pmp_entry_t [Cfg.PmpEntries-1:0] pmp_i,
    input  pmp_entry_t [Cfg.PmaEntries-1:0] pma_i,
    input  tlb_csr_t                        csr_i,
    input  logic [47:0]                     addr_i,
    output logic                            fault_o  // ld or mmio: a walker takes both as af
);

  function automatic logic [47:0] bound(pmp_entry_t e);
    return {e.addr, 2'b0} & ~48'hfff;
  endfunction

  function automatic logic match(pmp_entry_t e, logic [47:0] lower, logic [47:0] addr);
    return e.cfg[4] ? (addr & ~e.mask) == (bound(e) & ~e.mask) :
        e.cfg[3] && addr >= lower && addr < bound(e);
  endfunction

  // Key-id bits at the top of an address (spec D 5.4): no part of what the entries match, and
  // only for confidential mode. 2026-03: while KEYIDEN is set.
  localparam int unsigned K = Cfg.KeyIdBits;
  logic key_rule, key_fault;
  logic [47:0] addr;

  assign key_rule = K != 0 && (!Cfg.Rule.keyiden_csr || csr_i.mbmc.keyiden);
  assign addr = key_rule ? (addr_i << K) >> K : addr_i;
  assign key_fault = key_rule && addr != addr_i && !csr_i.mbmc.cmode;

  // Outside debug mode nothing matches the debug module's page (spec E 0.2 rule 2).
  logic hidden;
  assign hidden = Cfg.Rule.debug_range_unmatched && !csr_i.debug && addr[47:12] == 36'h38020;

  logic pmp_r, pma_r, pma_c;

  logic machine;
  assign machine = Bitmap && Cfg.Fixed.B17;

  // The lowest matching entry decides; no match denies. M mode: an unlocked entry, or none, allows.
  always_comb begin
    pmp_r = machine;
    for (int i = int'(Cfg.PmpEntries) - 1; i >= 0; i--) begin
      if (match(pmp_i[i], i == 0 ? '0 : bound(pmp_i[i==0?0 : i-1]), addr)) begin
        pmp_r = pmp_i[i].cfg[0] || (machine && !pmp_i[i].cfg[7]);
      end
    end
  end

  always_comb begin
    {pma_r, pma_c} = 2'b00;
    for (int i = int'(Cfg.PmaEntries) - 1; i >= 0; i--) begin
      if (match(pma_i[i], i == 0 ? '0 : bound(pma_i[i==0?0 : i-1]), addr)) begin
        {pma_r, pma_c} = {pma_i[i].cfg[0], pma_i[i].cfg[6]};
      end
    end
  end

  // ld = !pmp.r or !pma.r; mmio = !c (and r at 2025-05: the sum is the same).
  assign fault_o = !pmp_r || !pma_r || !pma_c || key_fault || hidden;

endmodule
