// SPDX-License-Identifier: MulanPSL-2.0
// One table of PMP or PMA entries with its write rules (spec A 5.2) and reset state (5.5).
module l2tlb_pmp_regs
  import l2tlb_pkg::*;
#(
    parameter int unsigned N = 16,
    parameter bit          IsPma = 1'b0,
    parameter logic [11:0] CfgBase = 12'h3a0,
    parameter logic [11:0] AddrBase = 12'h3b0
) (
    input  logic               clk_i,
    input  logic               rst_ni,
    input  csr_write_t         w_i,
    output pmp_entry_t [N-1:0] entries_o
);

  // Regions after reset: the last 13 entries (spec A 5.5; in larger tables padding comes first).
  localparam logic [12:0][7:0] RESET_CFG = {
      8'h18, 8'h6f, 8'h0b, 8'h08, 8'h0b, 8'h0b, 8'h0b, 8'h0f, 8'h0b, 8'h0b, 8'h0b, 8'h0f, 8'h0b};
  localparam logic [12:0][45:0] RESET_ADDR = {
      46'h1fff_ffff_ffff, 46'(48'h0800_0000_0000 >> 2), 46'(48'h8000_0000 >> 2),
      46'(48'h3a00_0000 >> 2), 46'(48'h3900_2000 >> 2), 46'(48'h3900_0000 >> 2),
      46'(48'h3802_2000 >> 2), 46'(48'h3802_1000 >> 2), 46'(48'h3802_0000 >> 2),
      46'(48'h3005_0000 >> 2), 46'(48'h3001_0000 >> 2), 46'(48'h2000_0000 >> 2),
      46'(48'h1000_0000 >> 2)};

  // The mask is state, not a function of (cfg, addr): it is computed at writes only. The low bits
  // are set by the 4-KiB grain, so the mode bit does not take part.
  function automatic logic [47:0] napot_mask(logic [45:0] addr, logic a0);
    logic [45:0] q;
    q = {addr[44:0], a0} | 46'h3ff;
    return {q & ~(q + 46'd1), 2'b11};
  endfunction

  // A locked entry keeps its byte; w needs r; NA4 becomes NAPOT.
  function automatic logic [7:0] new_cfg(logic [7:0] old, logic [7:0] data);
    return old[7] ? old :
        {data[7:5], data[4], data[4] | data[3], data[2], data[1] & data[0], data[0]};
  endfunction

  for (genvar i = 0; i < int'(N); i++) begin : gen_entry
    localparam int unsigned Region = i >= int'(N) - 13 ? i - (int'(N) - 13) : 0;
    pmp_entry_t entry_q;
    logic cfg_write, addr_write, locked;
    logic [7:0] cfg_d;

    assign cfg_write = w_i.valid && w_i.addr == CfgBase + 12'(2 * (i / 8));
    assign addr_write = w_i.valid && w_i.addr == AddrBase + 12'(i);
    assign cfg_d = new_cfg(entry_q.cfg, w_i.data[8*(i%8)+:8]);
    if (i + 1 < int'(N)) begin : gen_lock_next
      // A locked TOR entry also locks the address that is its lower bound.
      assign locked = entry_q.cfg[7] ||
          (gen_entry[i+1].entry_q.cfg[7] && gen_entry[i+1].entry_q.cfg[4:3] == 2'd1);
    end else begin : gen_lock
      assign locked = entry_q.cfg[7];
    end

    always_ff @(posedge clk_i) begin
      if (!rst_ni) begin
        if (IsPma && i >= int'(N) - 13) begin
          entry_q.cfg <= RESET_CFG[Region];
          entry_q.addr <= RESET_ADDR[Region];
          entry_q.mask <= i == int'(N) - 1 ? 48'hffff_ffff_ffff : 48'hfff;
        end else begin
          entry_q <= '{cfg: '0, addr: '0, mask: IsPma ? 48'hfff : '0};
        end
      end else if (cfg_write) begin
        entry_q.cfg <= cfg_d;
        if (cfg_d[4] && !entry_q.cfg[7]) entry_q.mask <= napot_mask(entry_q.addr, cfg_d[3]);
      end else if (addr_write && !locked) begin
        entry_q.addr <= w_i.data[45:0];
        entry_q.mask <= napot_mask(w_i.data[45:0], entry_q.cfg[3]);
      end
    end

    assign entries_o[i] = entry_q;
  end

endmodule
