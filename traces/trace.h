// SPDX-License-Identifier: MulanPSL-2.0
// GVA traces (.gvt): the text form and the binary form, plain or gzip, read and written as a stream
// in constant memory. docs/trace-format.md is the specification.
#ifndef L2TLB_TRACES_TRACE_H
#define L2TLB_TRACES_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TRACE_VERSION = 1, TRACE_MSG = 1024, TRACE_TEXT = 512 };
// Largest cycle and instruction count of a record: sums and differences stay far from 64 bits.
#define TRACE_CYCLE_MAX (UINT64_C(1) << 62)
#define TRACE_INSNS_MAX (UINT64_C(1) << 40)

enum trace_isa { GVT_RISCV64, GVT_AARCH64, GVT_X86_64, GVT_OTHER, GVT_ISAS };
enum trace_class { GVT_ACCESSES, GVT_PORTS };   // accesses of a program, or requests of the L2TLB
// A world builds the page tables, a file holds them, or `mem` records bring them into empty memory.
enum trace_tables { GVT_BUILT, GVT_IMAGE, GVT_RECORDS, GVT_TABLES };

struct trace_header {
    unsigned version;
    uint8_t isa;    // enum trace_isa
    uint8_t klass;  // enum trace_class
    uint8_t tables; // enum trace_tables
    char image[TRACE_TEXT]; // GVT_IMAGE: file name as written (see trace_image_path)
    char source[TRACE_TEXT]; // free text of one line: where the trace comes from; may be empty
};

enum trace_kind {
    TRACE_ACCESS,   // one fetch, load, store, ...
    TRACE_PORT,     // one request at a port of the L2TLB (GVT_PORTS only)
    TRACE_CSR,      // write of a control register or of a status bit
    TRACE_FENCE,
    TRACE_SWITCH,   // another address space runs from here on
    TRACE_MEM,      // a word of physical memory changes
    TRACE_REDIRECT, // pipeline flush (trap, exception, misprediction)
    TRACE_ROI,      // the region of interest begins or ends here; nothing happens
    TRACE_KINDS
};

enum trace_op { GVT_FETCH, GVT_LOAD, GVT_STORE, GVT_AMO, GVT_LR, GVT_PREFETCH, GVT_OPS };

// Privilege of an access. Values are those of RISC-V.
enum trace_priv { GVT_U = 0, GVT_S = 1, GVT_M = 3 };

// RISC-V fences and their Svinval twins; the twins do not flush the pipeline.
enum trace_fence {
    GVT_SFENCE_VMA,
    GVT_HFENCE_VVMA,
    GVT_HFENCE_GVMA,
    GVT_SINVAL_VMA,
    GVT_HINVAL_VVMA,
    GVT_HINVAL_GVMA,
    GVT_FENCES
};

enum trace_roi { GVT_ROI_BEGIN, GVT_ROI_END, GVT_ROIS };

// trace_record.csr: a RISC-V CSR number, or one of the status bits below.
enum trace_csr {
    GVT_SATP = 0x180,
    GVT_VSATP = 0x280,
    GVT_HGATP = 0x680,
    GVT_MBMC = 0xbc2,
    GVT_MMPT = 0x382,
    GVT_PMPCFG0 = 0x3a0, // ..0x3af
    GVT_PMPADDR0 = 0x3b0, // ..0x3ef
    GVT_PMACFG0 = 0x7c0, // 0x7c0..0x7ff are PMA registers
    GVT_MXR = 0x1000, // mstatus.MXR
    GVT_SUM,
    GVT_VMXR, // vsstatus.MXR
    GVT_VSUM,
    GVT_SPVP,   // hstatus.SPVP
    GVT_MPBMTE, // menvcfg.PBMTE
    GVT_HPBMTE, // henvcfg.PBMTE
    GVT_CSR_END
};

// One record. Fields that a kind does not use are zero.
struct trace_record {
    uint8_t kind;    // enum trace_kind
    uint8_t op;      // ACCESS: enum trace_op; FENCE: enum trace_fence; ROI: enum trace_roi
    uint8_t priv;    // ACCESS: enum trace_priv. With hyp set: the guest privilege it acts as
    bool virt;       // ACCESS: executed with V = 1
    bool hyp;        // ACCESS: HLV/HSV, translated as a guest access although V = 0
    bool hlvx;       // ACCESS: HLVX (hyp is set as well)
    bool all_addr;   // FENCE: rs1 = x0, every address
    bool all_id;     // FENCE: rs2 = x0, every ASID/VMID
    bool has_cycle;  // `cycle` is valid; always set in a port record
    uint8_t port;    // PORT: 0 instruction side, 1 data side
    uint8_t s2xlate; // PORT: 0..3
    uint16_t size;   // ACCESS: bytes, 1..4096
    uint16_t csr;    // CSR: enum trace_csr or PMP/PMA register number
    uint16_t id;     // FENCE: ASID or VMID; SWITCH: ASID
    uint16_t vmid;   // SWITCH
    uint64_t addr;   // ACCESS: virtual address; PORT: vpn (38 bits); FENCE: virtual or, for gvma,
                     // guest physical byte address; MEM: physical byte address, multiple of 8
    uint64_t value;  // CSR, MEM: new value
    uint64_t cycle;  // time, in cycles from the start of the trace
    uint64_t insns;  // instructions executed since the previous record that has a count; 0: none
};

// --- reading -------------------------------------------------------------------------------------
struct trace;

// Opens a trace of either form; "-" is standard input. Returns NULL and a message "file: reason" or
// "file:line: reason" in msg when the file cannot be read or its header is wrong.
struct trace *trace_open(const char *path, char *msg, size_t msg_size);
void trace_close(struct trace *t);
const struct trace_header *trace_header(const struct trace *t);
// 1: *r is the next record; 0: end of the trace; -1: the input is bad, see trace_error().
// At the end the record count and checksum that the file states are verified. A trace without a
// single record is an error.
int trace_next(struct trace *t, struct trace_record *r);
const char *trace_error(const struct trace *t);
bool trace_is_binary(const struct trace *t);
// Of the records read so far: count, and a 64-bit checksum of their contents that is the same in
// every form of the same trace.
uint64_t trace_count(const struct trace *t);
uint64_t trace_checksum(const struct trace *t);
// For progress: bytes of the file consumed and its size; size 0 when unknown (a pipe).
void trace_watch(struct trace *t, bool (*go_on)(void *ctx), void *ctx); // as source_watch()
void trace_progress(const struct trace *t, uint64_t *done, uint64_t *size);
// The image named in the header, relative names taken from the trace's folder. Returns false if the
// result does not fit or there is no image.
bool trace_image_path(const struct trace *t, char *path, size_t size);

// --- writing -------------------------------------------------------------------------------------
struct trace_writer;
enum trace_form { GVT_TEXT, GVT_BINARY };

// Creates a trace; "-" is standard output, a name that ends in ".gz" is compressed. The file has
// its name only after trace_finish(). Returns NULL and a message.
struct trace_writer *trace_create(const char *path, enum trace_form form,
                                  const struct trace_header *h, char *msg, size_t msg_size);
// Returns false when the record is not a legal one or the output failed: trace_writer_error().
bool trace_put(struct trace_writer *w, const struct trace_record *r);
const char *trace_writer_error(const struct trace_writer *w);
uint64_t trace_writer_count(const struct trace_writer *w);
uint64_t trace_writer_checksum(const struct trace_writer *w);
// Writes the end mark and frees w (also after an error). Returns false, with a message, when
// anything of the output failed.
bool trace_finish(struct trace_writer *w, char *msg, size_t msg_size);
// Frees w and leaves no file: for a trace that cannot be completed.
void trace_abandon(struct trace_writer *w);

// --- helpers -------------------------------------------------------------------------------------
extern const char *const trace_isa_name[GVT_ISAS];
extern const char *const trace_op_name[GVT_OPS];
extern const char *const trace_fence_name[GVT_FENCES];
extern const char *const trace_roi_name[GVT_ROIS];

// NULL, or why this record may not stand in a trace of this class.
const char *trace_record_check(const struct trace_record *r, unsigned klass);
// Adds a record to a checksum; start with 0.
uint64_t trace_record_sum(uint64_t sum, const struct trace_record *r);
// One record as a line of the text form, without the newline. Returns its length.
size_t trace_record_text(const struct trace_record *r, char *line, size_t size);

#endif
