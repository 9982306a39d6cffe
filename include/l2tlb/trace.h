// SPDX-License-Identifier: MulanPSL-2.0
// Traces of virtual addresses (.gvt): records in and out, in blocks. docs/trace-format.md is their specification.
//
//   l2tlb_trace *t;
//   l2tlb_trace_new(&t);
//   if (l2tlb_trace_open(t, "database.gvt.gz")) puts(l2tlb_trace_message(t));
//   while (!l2tlb_trace_read(t, record, 4096, &n) && n) ...
//   l2tlb_trace_close(t);
//
// One object reads or writes one file at a time, in constant memory.
#ifndef L2TLB_TRACE_H
#define L2TLB_TRACE_H

#include "l2tlb/base.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct l2tlb_trace l2tlb_trace;

enum { L2TLB_TRACE_TEXT = 512 };

enum l2tlb_trace_isa { L2TLB_ISA_RISCV64 = 0, L2TLB_ISA_AARCH64 = 1, L2TLB_ISA_X86_64 = 2, L2TLB_ISA_OTHER = 3 };
// Where the page tables are: a world builds them, an image file holds them, memory records bring them.
enum l2tlb_trace_tables { L2TLB_TABLES_BUILT = 0, L2TLB_TABLES_IMAGE = 1, L2TLB_TABLES_RECORDS = 2 };

struct l2tlb_trace_header {
    uint32_t size;
    uint8_t isa;    // enum l2tlb_trace_isa
    uint8_t ports;  // 1: requests at the ports of the L2TLB, 0: accesses of a program
    uint8_t tables; // enum l2tlb_trace_tables
    uint8_t binary; // 1: the binary form
    char image[L2TLB_TRACE_TEXT];  // L2TLB_TABLES_IMAGE: file name as written, relative to the trace; else ""
    char source[L2TLB_TRACE_TEXT]; // one line: where the trace comes from; may be ""
};

enum l2tlb_record_kind {
    L2TLB_RECORD_ACCESS = 0,   // a fetch, load, store, ...
    L2TLB_RECORD_PORT = 1,     // a request at a port of the L2TLB (traces of ports only)
    L2TLB_RECORD_CSR = 2,      // write of a control register or of a status bit
    L2TLB_RECORD_FENCE = 3,
    L2TLB_RECORD_SWITCH = 4,   // another address space runs from here on
    L2TLB_RECORD_MEM = 5,      // a word of physical memory changes
    L2TLB_RECORD_REDIRECT = 6, // pipeline flush
    L2TLB_RECORD_ROI = 7       // the region of interest begins or ends
};

enum l2tlb_record_op { // of an access
    L2TLB_OP_FETCH = 0,
    L2TLB_OP_LOAD = 1,
    L2TLB_OP_STORE = 2,
    L2TLB_OP_AMO = 3,
    L2TLB_OP_LR = 4,
    L2TLB_OP_PREFETCH = 5
};
enum l2tlb_record_fence { // op of a fence; the last three do not flush the pipeline
    L2TLB_SFENCE_VMA = 0,
    L2TLB_HFENCE_VVMA = 1,
    L2TLB_HFENCE_GVMA = 2,
    L2TLB_SINVAL_VMA = 3,
    L2TLB_HINVAL_VVMA = 4,
    L2TLB_HINVAL_GVMA = 5
};
enum l2tlb_record_roi { L2TLB_ROI_BEGIN = 0, L2TLB_ROI_END = 1 }; // op of a region mark
enum l2tlb_record_csr { // csr of a CSR record: a RISC-V CSR number, or one of these status bits
    L2TLB_CSR_MXR = 0x1000, // mstatus.MXR
    L2TLB_CSR_SUM = 0x1001,
    L2TLB_CSR_VMXR = 0x1002, // vsstatus.MXR
    L2TLB_CSR_VSUM = 0x1003,
    L2TLB_CSR_SPVP = 0x1004,   // hstatus.SPVP
    L2TLB_CSR_MPBMTE = 0x1005, // menvcfg.PBMTE
    L2TLB_CSR_HPBMTE = 0x1006  // henvcfg.PBMTE
};

// One record. Members that its kind does not use are 0.
struct l2tlb_trace_record {
    uint64_t addr;   // access: virtual address; port: vpn; fence: virtual or (gvma) guest physical byte address; mem: physical
    uint64_t value;  // csr, mem: new value
    uint64_t cycle;  // from the start of the trace, with has_cycle
    uint64_t insns;  // instructions since the previous record that counts them; 0: none
    uint16_t size;   // access: bytes, 1..4096
    uint16_t csr;    // csr: register number or enum l2tlb_record_csr
    uint16_t id;     // fence: ASID or VMID; switch: ASID
    uint16_t vmid;   // switch
    uint8_t kind;    // enum l2tlb_record_kind
    uint8_t op;      // by kind: enum l2tlb_record_op, l2tlb_record_fence, l2tlb_record_roi
    uint8_t priv;    // access: 0 U, 1 S, 3 M; with hyp the guest privilege it acts as
    uint8_t virt;    // access: executed with V = 1
    uint8_t hyp;     // access: HLV, HSV
    uint8_t hlvx;    // access: HLVX (hyp is set as well)
    uint8_t all_addr; // fence: rs1 = x0
    uint8_t all_id;   // fence: rs2 = x0
    uint8_t has_cycle; // always in port records
    uint8_t port;      // port: 0 instruction side, 1 data side
    uint8_t s2xlate;   // port: 0..3
    uint8_t zero[5];
};

L2TLB_API int l2tlb_trace_new(l2tlb_trace **t);
// A file that is being written does not come into being.
L2TLB_API void l2tlb_trace_free(l2tlb_trace *t);
// "FILE:LINE: reason" where a file is wrong.
L2TLB_API const char *l2tlb_trace_message(const l2tlb_trace *t);

// Opens a file (text or binary, plain, .gz, .xz or .zst; "-" is standard input). L2TLB_BAD_INPUT; L2TLB_BAD_ORDER: one is open.
L2TLB_API int l2tlb_trace_open(l2tlb_trace *t, const char *path);
// L2TLB_BAD_ORDER: nothing is open to read. L2TLB_BAD_SIZE.
L2TLB_API int l2tlb_trace_header(const l2tlb_trace *t, struct l2tlb_trace_header *h);
// The next `room` records. *n is 0 at the end, where number and checksum are compared with what the file says.
// L2TLB_BAD_INPUT: those before the bad one are in `records` and *n.
L2TLB_API int l2tlb_trace_read(l2tlb_trace *t, struct l2tlb_trace_record *records, size_t room, size_t *n);

// Creates a file (h->binary: binary form; a name in .gz is compressed). L2TLB_BAD_INPUT: it cannot be created.
// L2TLB_BAD_VALUE: the header; L2TLB_BAD_ORDER, L2TLB_BAD_SIZE. It has its name after the close. Standard output is none.
L2TLB_API int l2tlb_trace_create(l2tlb_trace *t, const char *path, const struct l2tlb_trace_header *h);
// L2TLB_BAD_VALUE: record `*done` (may be NULL) is none (message); those before it are written. L2TLB_BAD_INPUT: the disk is full.
L2TLB_API int l2tlb_trace_write(l2tlb_trace *t, const struct l2tlb_trace_record *records, size_t n, size_t *done);
// Ends reading or writing. L2TLB_BAD_INPUT: the file could not be completed, and is not there.
L2TLB_API int l2tlb_trace_close(l2tlb_trace *t);

// NULL, or why such a record may not stand in a trace (ports: of ports).
L2TLB_API const char *l2tlb_trace_why(const struct l2tlb_trace_record *r, unsigned ports);

#ifdef __cplusplus
}
#endif
#endif
