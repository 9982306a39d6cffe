// SPDX-License-Identifier: MulanPSL-2.0
// PageCache table SP: leaves of level 1 to 3, NAPOT leaves, and cached page faults (spec A 2.1).
// Compared in stage Req; the data multiplexer is live until the look-up leaves Delay (defect N3).
module l2tlb_pc_sp
  import l2tlb_pkg::*;
  import l2tlb_pc_pkg::*;
#(
    parameter  l2tlb_cfg_t  Cfg = CFG_MINIMAL,
    localparam int unsigned Size = Cfg.SpSize,
    localparam int unsigned IdxW = $clog2(Size)
) (
    input  logic     clk_i,
    input  logic     rst_ni,
    input  tlb_csr_t csr_i,
    input  sfence_t  sfence_i,

    input  logic       req_fire_i,
    input  vpn_t       req_vpn_i,
    input  logic [1:0] req_s2xlate_i,

    input  logic        delay_first_i,
    output logic        hit_o,
    output logic [37:0] ppn_o,
    output logic [1:0]  pbmt_o,
    output logic [6:0]  perm_o,
    output logic [1:0]  level_o,
    output logic        n_o,
    output logic        v_o,
    output logic        prefetch_o,

    input  logic         refill_i,
    input  refill_info_t refill_info_i,
    input  pte_t         refill_pte_i,
    input  logic         refill_only_pf_i,

    // Shield-Bitmap (spec B 4.6)
    input  logic         bitmap_i,  // the look-up in Delay needs an allowed page
    output logic         jump_o,    // match, but not known as allowed: no hit
    input  logic         wakeup_i,
    input  wakeup_t      wakeup_info_i
);

  typedef struct packed {
    logic [37:0] ppn;
    logic [1:0]  pbmt;
    logic [6:0]  perm;
    logic [1:0]  level;
    logic        n;
    logic        v;
    logic        prefetch;
  } data_t;

  typedef struct packed {
    vpn_t   tag;
    owner_t owner;
    logic   g;
    data_t  d;
  } entry_t;

  entry_t entries_q[Size];
  logic [Size-1:0] v, hit_vec, hit_vec_q, fenced;
  logic [IdxW-1:0] way, victim;
  data_t data, held, live;

  function automatic logic tag_match(vpn_t tag, vpn_t vpn, logic [1:0] level, logic n);
    vpn_t differ;
    logic match;
    differ = tag ^ vpn;
    unique case (level)
      2'd3: match = differ[37:27] == '0;
      2'd2: match = differ[37:18] == '0;
      2'd1: match = differ[37:9] == '0;
      default: match = n ? differ[37:4] == '0 : differ == '0;
    endcase
    return match;
  endfunction

  // --- Look-up -------------------------------------------------------------------------------

  logic any_asid;
  logic [Size-1:0] global_page;

  assign any_asid = Cfg.Rule.gstage_ignores_asid && req_s2xlate_i == ONLY_STAGE2;

  always_comb begin
    for (int i = 0; i < int'(Size); i++) begin
      // Bit 5 of an invalid PTE makes its cached fault global (defect P1).
      global_page[i] = entries_q[i].d.perm[4] && !(Cfg.Fixed.P1 && !entries_q[i].d.v);
      hit_vec[i] = v[i] &&
          tag_match(entries_q[i].tag, req_vpn_i, entries_q[i].d.level, entries_q[i].d.n) &&
          serves(entries_q[i].owner, csr_i, req_s2xlate_i,
                 any_asid || (Cfg.Rule.global_ignores_asid && global_page[i]), Cfg.Fixed.P15);
    end
  end

  assign way = IdxW'(shown_way(64'(hit_vec_q), Size));
  assign live = entries_q[way].d;
  assign data = Cfg.Fixed.N3 ? held : live;
  l2_hold #(.W($bits(data_t))) u_hold (
      .clk_i, .first_i(delay_first_i), .d_i(live), .q_o(held));

  assign hit_o = hit_vec_q != '0 && !jump_o;
  assign {ppn_o, pbmt_o, perm_o, level_o, n_o, v_o, prefetch_o} = data;

  always_ff @(posedge clk_i) begin
    if (req_fire_i) hit_vec_q <= hit_vec;
  end

  // --- Check bits: 1 is tested and allowed; none in 2026-03, where every use is tested -----------

  if (!Cfg.HasBitmap) begin : gen_no_bitmap
    assign jump_o = 1'b0;
  end else if (Cfg.Rule.bitmap_rework) begin : gen_always
    assign jump_o = bitmap_i && hit_vec_q != '0 && v_o;
  end else begin : gen_bits
    logic [Size-1:0] bit_q, woken;
    logic bit_now;

    assign bit_now = bit_q[IdxW'(oh_to_uint(64'(hit_vec_q)))];
    assign jump_o = bitmap_i && hit_vec_q != '0 && (Cfg.Fixed.B2 || !bit_now) &&
        (!Cfg.Fixed.B7 || v_o);

    function automatic logic same_leaf(logic [35:0] ppn, wakeup_t w);
      return w.level == 2'd3 ? ppn[35:27] == w.ppn[35:27] :
          w.level == 2'd2 ? ppn[35:18] == w.ppn[35:18] : ppn[35:9] == w.ppn[35:9];
    endfunction

    always_comb begin
      for (int i = 0; i < int'(Size); i++) begin
        woken[i] = wakeup_i && wakeup_info_i.level != 2'd0 && v[i] &&
            entries_q[i].tag == wakeup_info_i.vpn &&
            (!Cfg.Fixed.B6 || (entries_q[i].d.level == wakeup_info_i.level &&
                               same_leaf(entries_q[i].d.ppn[35:0], wakeup_info_i) &&
                               serves(entries_q[i].owner, csr_i, wakeup_info_i.s2xlate, 1'b0, 1'b0)));
      end
    end
    // Any refill drops every wake-up of its cycle.
    always_ff @(posedge clk_i) begin
      if (!rst_ni || (Cfg.Fixed.B16 && csr_i.mbmc.bclear) || csr_i.mbmc.changed) bit_q <= '0;
      else if (refill_i) bit_q[victim] <= 1'b0;
      else bit_q <= wakeup_info_i.ok ? bit_q | woken : bit_q & ~woken;
    end
  end

  // --- Replacement: always the tree's victim, free entries are not preferred (spec A 2.4) ------

  l2_plru #(.Sets(1), .Ways(Size)) u_plru (
      .clk_i, .rst_ni, .hit_i(delay_first_i && hit_o), .hit_set_i(1'b0),
      .hit_way_i(IdxW'(oh_to_uint(64'(hit_vec_q)))), .refill_i, .refill_set_i(1'b0),
      .refill_way_i(victim), .victim_o(victim));

  // --- Contents ------------------------------------------------------------------------------

  logic [Size-1:0] covers;
  logic global_bit;

  assign global_bit = refill_pte_i[5] &&
      !(Cfg.Rule.gstage_clear_g && refill_info_i.info.s2xlate == ONLY_STAGE2);

  always_comb begin
    for (int i = 0; i < int'(Size); i++) begin
      covers[i] = tag_match(entries_q[i].tag, fence_vpn(sfence_i), entries_q[i].d.level,
                            entries_q[i].d.n);
      fenced[i] = owner_fenced(sfence_i, csr_i, entries_q[i].owner, entries_q[i].g, covers[i],
                               Cfg.Fixed.E6, Cfg.Rule.hfence_gvma_all_flushes_vs);
    end
  end

  l2_valid #(.N(Size)) u_valid (
      .clk_i, .rst_ni, .refill_i, .index_i(victim), .fenced_i(fenced), .v_o(v));

  always_ff @(posedge clk_i) begin
    if (refill_i) begin
      entries_q[victim] <= '{
          tag: refill_info_i.info.vpn,
          owner: owner_of(csr_i, refill_info_i.info.s2xlate),
          g: global_bit && !(Cfg.Fixed.N2 && refill_only_pf_i),
          d: '{ppn: refill_pte_i[47:10], pbmt: refill_pte_i[62:61],
               perm: {refill_pte_i[7:6], global_bit, refill_pte_i[4:1]},
               level: refill_info_i.level,
               // n of a large malformed leaf means nothing (defect P7).
               n: refill_pte_i[63] && !((Cfg.Fixed.P7 || Cfg.Fixed.E4) && refill_only_pf_i &&
                                        refill_info_i.level != 2'd0),
               v: !refill_only_pf_i,
               prefetch: refill_info_i.info.source == SOURCE_PREFETCH}};
    end
  end

endmodule
