// SPDX-License-Identifier: MulanPSL-2.0
// Control fan-out: fences and CSR values act two cycles after the port (spec A 0.8). Both stages
// have no reset: hold the inputs for two clocks under reset.
module l2tlb_ctl
  import l2tlb_pkg::*;
#(
    parameter l2tlb_cfg_t Cfg = CFG_MINIMAL
) (
    input  logic     clk_i,
    input  tlb_csr_t csr_i,
    input  sfence_t  sfence_i,
    output tlb_csr_t csr_o,
    output sfence_t  sfence_o,
    output logic     flush_o
);

  tlb_csr_t csr_tmp_q, csr_dup_q;
  sfence_t sfence_tmp_q, sfence_dup_q;

  always_ff @(posedge clk_i) begin
    csr_tmp_q <= csr_i;
    csr_dup_q <= csr_tmp_q;
    sfence_tmp_q <= sfence_i;
    sfence_dup_q <= sfence_tmp_q;
  end

  always_comb begin
    csr_o = csr_dup_q;
    // The only reader of MXR is the check of VS table pages; July 2026 v2 has no such port.
    if (Cfg.Rule.gstage_ignores_mxr) csr_o.mxr = 1'b0;
  end
  assign sfence_o = sfence_dup_q;
  // Everything in flight is dropped (spec A 0.8; virt_changed: spec D 1).
  assign flush_o = sfence_dup_q.valid || csr_dup_q.satp.changed || csr_dup_q.vsatp.changed ||
      csr_dup_q.hgatp.changed || (Cfg.Rule.virt_changed_flush && csr_dup_q.virt_changed);

endmodule
