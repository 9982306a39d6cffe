// SPDX-License-Identifier: MulanPSL-2.0
// PMP and PMA registers (spec A 5.1, 5.2): a write presented in t changes the verdicts from t+2 on.
module l2tlb_pmp
  import l2tlb_pkg::*;
#(
    parameter l2tlb_cfg_t Cfg = CFG_MINIMAL
) (
    input  logic                            clk_i,
    input  logic                            rst_ni,
    input  csr_write_t                      w_i,
    output pmp_entry_t [Cfg.PmpEntries-1:0] pmp_o,
    output pmp_entry_t [Cfg.PmaEntries-1:0] pma_o
);

  csr_write_t w_q;

  always_ff @(posedge clk_i) begin
    w_q <= w_i;
    if (!rst_ni) w_q.valid <= 1'b0;
  end

  l2tlb_pmp_regs #(.N(Cfg.PmpEntries), .IsPma(1'b0), .CfgBase(12'h3a0), .AddrBase(12'h3b0)) u_pmp (
      .clk_i, .rst_ni, .w_i(w_q), .entries_o(pmp_o));
  l2tlb_pmp_regs #(.N(Cfg.PmaEntries), .IsPma(1'b1), .CfgBase(12'h7c0), .AddrBase(12'h7c8)) u_pma (
      .clk_i, .rst_ni, .w_i(w_q), .entries_o(pma_o));

endmodule
