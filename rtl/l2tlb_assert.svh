// SPDX-License-Identifier: MulanPSL-2.0
// Assertion macros that Verilator 5.006 compiles (boolean and next-cycle properties only).
`ifndef L2TLB_ASSERT_SVH
`define L2TLB_ASSERT_SVH

// Holds in every cycle out of reset.
`define L2_ASSERT(name, prop) \
  name: assert property (@(posedge clk_i) disable iff (!rst_ni) (prop)) \
    else $error("[%m] %s", `"name`");

// Once raised, valid stays and the payload is frozen until ready. `flush` ends it; `excuse` is a
// condition of the next cycle under which the payload may change (a CSR that it is made of moved).
`define L2_STABLE(name, valid, ready, flush, excuse, bits) \
  `L2_ASSERT(name, ((valid) && !(ready) && !(flush)) |=> \
      ((excuse) || ((valid) && $stable(bits))))

// Parameter check at elaboration: a violation stops the build.
`define L2_INIT(cond, msg) \
  if (!(cond)) begin : gen_bad_parameter \
    $error(msg); \
  end

`endif
