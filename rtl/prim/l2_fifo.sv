// SPDX-License-Identifier: MulanPSL-2.0
// FIFO without flow-through, with flush (spec A 3.1). flush empties it at the end of the cycle,
// whatever is pushed or popped in that cycle.
`include "l2tlb_assert.svh"
module l2_fifo #(
    parameter  int unsigned Depth = 40,
    parameter  int unsigned Width = 43,
    localparam int unsigned PtrW  = $clog2(Depth)
) (
    input  logic             clk_i,
    input  logic             rst_ni,
    input  logic             flush_i,
    input  logic             in_valid_i,
    output logic             in_ready_o,
    input  logic [Width-1:0] in_data_i,
    output logic             out_valid_o,
    input  logic             out_ready_i,
    output logic [Width-1:0] out_data_o
);

  logic [Width-1:0] ram_q[Depth];
  logic [PtrW-1:0] enq_ptr_q, deq_ptr_q;
  logic maybe_full_q, ptr_match, push, pop;

  assign ptr_match = enq_ptr_q == deq_ptr_q;
  assign in_ready_o = !(ptr_match && maybe_full_q);
  assign out_valid_o = !ptr_match || maybe_full_q;
  assign out_data_o = ram_q[deq_ptr_q];
  assign push = in_valid_i && in_ready_o;
  assign pop = out_valid_o && out_ready_i;

  function automatic logic [PtrW-1:0] next(logic [PtrW-1:0] ptr);
    return ptr == PtrW'(Depth - 1) ? '0 : ptr + 1'b1;
  endfunction

  always_ff @(posedge clk_i) begin
    if (!rst_ni || flush_i) begin
      enq_ptr_q <= '0;
      deq_ptr_q <= '0;
      maybe_full_q <= 1'b0;
    end else begin
      if (push) enq_ptr_q <= next(enq_ptr_q);
      if (pop) deq_ptr_q <= next(deq_ptr_q);
      if (push != pop) maybe_full_q <= push;
    end
  end

  always_ff @(posedge clk_i) if (push) ram_q[enq_ptr_q] <= in_data_i;

  `L2_ASSERT(EnqPtrInRange, 32'(enq_ptr_q) < Depth)
  `L2_ASSERT(DeqPtrInRange, 32'(deq_ptr_q) < Depth)
  `L2_ASSERT(NoFullAndEmpty, in_ready_o || out_valid_o)

endmodule
