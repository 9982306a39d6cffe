// SPDX-License-Identifier: MulanPSL-2.0
// The L2TLB (configuration CFG, clock, rst_n) between wires called as in cosim/dut.h. A top module includes
// this and connects its ports: the table in cosim/ports.py says which belongs to which wire.
  typedef struct packed {logic valid; vpn_t vpn; logic [1:0] s2xlate;} req_t;
  typedef struct packed {logic valid; mem_id_t source; logic [255:0] data;} beat_t;
  req_t [1:0] req;
  beat_t d;
  logic [1:0] req_ready, resp_valid, resp_ready;
  ptw_resp_t [1:0] resp;
  sfence_t sfence;
  tlb_csr_t csr;
  csr_write_t csr_w;
  logic a_valid, a_ready, wfi_req, wfi_safe;
  mem_id_t a_source;
  logic [47:0] a_address;
  logic [18:0][5:0] perf;

  l2tlb #(.Cfg(CFG)) u_l2tlb (
      .clk_i(clock), .rst_ni(rst_n),
      .tlb_req_valid_i({req[1].valid, req[0].valid}), .tlb_req_ready_o(req_ready),
      .tlb_req_vpn_i({req[1].vpn, req[0].vpn}), .tlb_req_s2xlate_i({req[1].s2xlate, req[0].s2xlate}),
      .tlb_resp_valid_o(resp_valid), .tlb_resp_ready_i(resp_ready), .tlb_resp_o(resp),
      .sfence_i(sfence), .csr_i(csr), .csr_w_i(csr_w),
      .a_valid_o(a_valid), .a_ready_i(a_ready), .a_source_o(a_source), .a_address_o(a_address),
      .d_valid_i(d.valid), .d_source_i(d.source), .d_data_i(d.data),
      .wfi_req_i(wfi_req), .wfi_safe_o(wfi_safe), .perf_o(perf));
