// SPDX-License-Identifier: MulanPSL-2.0
// Control fan-out: fences and CSR values act two cycles after the port (spec A 0.8). Both stages
// have no reset: hold the inputs for two clocks under reset.
module l2tlb_ctl
  import l2tlb_pkg::*;
#(
    parameter l2tlb_cfg_t Cfg = CFG_MINIMAL
) (
    input  logic     clk_i,
    input  logic     rst_ni,
    input  tlb_csr_t csr_i,
    input  sfence_t  sfence_i,
    output tlb_csr_t csr_o,
    output sfence_t  sfence_o,
    output logic     flush_o
);

  tlb_csr_t csr_tmp_q, csr_dup_q;
  sfence_t sfence_tmp_q, sfence_dup_q;

  // B19 corrected: another MBMC drops what is in flight, and the verdicts kept so far.
  logic policy_changed;
  assign policy_changed = Cfg.Fixed.B19 && Cfg.HasBitmap &&
      (csr_i.mbmc.bma != csr_tmp_q.mbmc.bma || csr_i.mbmc.bme != csr_tmp_q.mbmc.bme ||
       csr_i.mbmc.cmode != csr_tmp_q.mbmc.cmode || csr_i.mbmc.keyiden != csr_tmp_q.mbmc.keyiden);

  always_ff @(posedge clk_i) begin
    csr_tmp_q <= csr_i;
    csr_tmp_q.mbmc.changed <= policy_changed;
    csr_dup_q <= csr_tmp_q;
    if (!rst_ni) {csr_tmp_q.mbmc.changed, csr_dup_q.mbmc.changed} <= 2'b00;
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
      csr_dup_q.hgatp.changed || csr_dup_q.mbmc.changed ||
      (Cfg.Rule.virt_changed_flush && csr_dup_q.virt_changed);

endmodule
