// SPDX-License-Identifier: MulanPSL-2.0
// Ports that PTW, LLPTW and HPTW share, for the middle of a port list.

    // A read
    output logic         mem_valid_o,
    input  logic         mem_ready_i,
    output mem_req_t     mem_o,

    // PMP and PMA: the verdict of the same cycle
    output logic [47:0]  pmp_addr_o,
    input  logic         pmp_fault_i,

    // Shield-Bitmap
    input  logic         bitmap_i,  // checks are made
    output logic         bm_req_valid_o,
    input  logic         bm_req_ready_i,
    output bitmap_req_t  bm_req_o,
    input  logic         bm_resp_valid_i,
    input  bitmap_resp_t bm_resp_i,
