// SPDX-License-Identifier: MulanPSL-2.0
// Importers: traces of other tools become records. All are written from the layout of the formats.
// docs/trace-format.md section 6 says what each keeps and what it cannot know.
#ifndef L2TLB_TRACES_IMPORT_IMPORT_H
#define L2TLB_TRACES_IMPORT_IMPORT_H

#include "mem/phys.h"
#include "traces/source.h"
#include "traces/trace.h"

struct import_cfg {
    bool fetch_all;     // keep every fetch; otherwise one per change of the 64-byte line
    unsigned canonical; // 0: addresses as they are; 39 or 48: folded into that many bits
    uint8_t isa;        // 0: as the format says; else 1 + enum trace_isa
    uint8_t priv;       // privilege where the format has none: enum trace_priv
    bool virt;          // V = 1: of all accesses, or (Spike) of the log's first instruction
    uint8_t s2xlate;    // of port requests, where the format has none
    bool own_tables;    // bring the log's page tables as `mem` records; formats with data only
};

struct import;

// One format: a name, a line about it, and what makes records of its input.
struct import_format {
    const char *name, *help;
    uint8_t isa, klass;
    bool fixed_isa; // the format belongs to this isa: another one is an error
    bool data;      // it says what is stored
    // Reads the next unit of input and queues its records with import_put(). Returns 1, 0 at the
    // end, -1 after import_fail().
    int (*step)(struct import *m);
};

// The shortest record in a line is "mem 0 ": no line of 64 KiB (source.h) fills the queue.
enum { IMPORT_FORMATS = 10, IMPORT_QUEUE = 16384, IMPORT_REASONS = 8 };
extern const struct import_format import_formats[IMPORT_FORMATS];

// What became of the records of the input:
//   read = handed out + fetches of the same line + refused
// import_next() makes sure of it at the end. A record is an access or another event of the trace
// (fence, register, switch, ...); an access that the tool prints in pieces is one record.
struct import_tally {
    uint64_t read, out, same_line, refused;
    struct {
        const char *why;
        uint64_t count;
    } reason[IMPORT_REASONS]; // of what is refused; count 0 ends the list
    uint64_t lines;           // lines without a record: other output of the tool
    uint64_t doubts;          // traps of which the log does not tell whether V ended
    uint64_t high;            // the address with the most bits, sign bits left out
    // With own_tables; `mem` records are counted here only.
    uint64_t mem, tables;   // their number, and the pages that are tables
    uint64_t untranslated;  // accesses that these tables do not translate
};

// A part of a store, at most 8 bytes: what it wrote. `at` is the place of its access in the queue.
struct import_store {
    unsigned at;
    unsigned size;
    uint64_t addr, value;
};

// What a Spike log tells about the hart: import_hart.c.
struct import_hart {
    uint64_t x[32];
    uint32_t known_x; // registers whose value is known
    uint64_t mstatus, hstatus, vsstatus, hedeleg, hideleg;
    uint64_t tvec[3];  // mtvec, stvec, vstvec: without the mode bits; 1: unknown
    uint8_t known_spp; // bit by bit: MPP, SPP, SPP of vsstatus are known
    uint8_t priv;      // of the last instruction; behind a return, what it returns to
    bool virt, known;  // known: an instruction has been seen
    bool sum, mxr, vsum, vmxr, spvp, mpbmte, hpbmte;
    uint64_t pc[2]; // where the hart goes on without a trap: next in line, or the jump's target
    bool anywhere;  // ... or nobody knows where
    bool returns, any_priv, next_virt; // behind xRET: its mode; any_priv: its privilege is unknown
    bool trapped;                      // the log has said so since the last instruction
    uint8_t cause;                     // of the trap; 0xff: unknown
    bool interrupt;                    // the trap is one
    unsigned sew;                      // vector element, in bytes
};

enum { IMPORT_COLUMNS = 8 };

// State of one import. The fields below `started` belong to the formats.
struct import {
    const struct import_format *format;
    struct import_cfg cfg;
    struct source *in;
    struct trace_record *queue;   // IMPORT_QUEUE records
    unsigned head, count;         // queue[head..count) is to be handed out
    uint64_t units;               // lines or binary records read
    uint64_t insns;               // instructions not yet attached to a record
    uint64_t fetch_line;          // last 64-byte line of the last fetch, + 1
    unsigned fetch_mode;          // privilege and V of the last fetch
    struct trace_record left_out; // last fetch that was left out, size 0: none
    struct import_tally tally;
    bool started;
    uint16_t asid; // cloudsuite: current address space, + 1
    struct import_hart hart;
    struct import_tables *tables; // NULL: not asked for
    struct import_store *store;   // IMPORT_QUEUE of them, in the order of the queue
    unsigned store_head, stores;
    int column[IMPORT_COLUMNS]; // CSV: where each field stands, -1: nowhere
    uint64_t cycle0;            // ChiselDB: first time stamp
    uint64_t cycle;             // of the last record that had one
    char error[TRACE_MSG];
};

const struct import_format *import_find(const char *name); // NULL: unknown
// NULL and a message. path "-" is standard input.
struct import *import_open(const char *path, const struct import_format *f,
                           const struct import_cfg *cfg, char *msg, size_t msg_size);
void import_close(struct import *m);
// With own_tables: memory as it is when the log begins, to be filled before the first record is
// asked for; and a register (enum trace_csr) at that time.
struct phys *import_memory(struct import *m);
void import_register(struct import *m, unsigned csr, uint64_t value);
uint8_t import_isa(const struct import *m); // enum trace_isa
// 1 and a record, 0 at the end, -1: m->error. Input without a single record is an error. When the
// last fetches were left out, the last of them comes with the instructions since the last record.
int import_next(struct import *m, struct trace_record *r);
// The tally as one line of text.
void import_summary(const struct import *m, char *text, size_t size);

// --- for the formats -----------------------------------------------------------------------------
int import_fail(struct import *m, const char *format, ...) __attribute__((format(printf, 2, 3)));
void import_put(struct import *m, const struct trace_record *r);
// A record of the input that no trace can hold; why: a constant text. Returns 1 (for step).
int import_refuse(struct import *m, const char *why);
// A fetch, load or store with m's privilege; a fetch in the line where the last one ended is
// left out unless fetch_all.
void import_access(struct import *m, unsigned op, uint64_t addr, uint64_t size);
uint64_t import_canonical(const struct import *m, uint64_t addr);
// The next line or NULL at the end; *failed is set when the input is bad (error is written).
char *import_line(struct import *m, bool *failed);

// Comma-separated fields (import_csv.c): cuts the line at commas; blanks around fields and quotes
// around whole fields go; a comma inside quotes does not cut. Returns the number of fields, at most
// IMPORT_FIELDS; *rest is what stands behind the last one, NULL: nothing.
enum { IMPORT_FIELDS = 32 };
unsigned import_fields(char *line, char *field[IMPORT_FIELDS], char **rest);

int import_lackey(struct import *m);
int import_champsim(struct import *m);
int import_cloudsuite(struct import *m);
int import_spike(struct import *m);
int import_execlog(struct import *m);
int import_csv(struct import *m);
int import_chiseldb(struct import *m);
int import_drmemtrace(struct import *m);
int import_din(struct import *m);
int import_perf(struct import *m);

// The log's own tables (import_tables.c). Takes a record that comes from the format: 1 and the record
// to hand out in its place, -1 after import_fail(). tables_next: the same of what waits, 0: nothing.
struct import_tables *tables_new(void); // NULL: out of memory
void tables_free(struct import_tables *t);
struct phys *tables_memory(struct import_tables *t);
int tables_take(struct import *m, struct trace_record *r);
int tables_next(struct import *m, struct trace_record *r);

// The hart behind a Spike log (import_hart.c). Its calls put register records. For each
// instruction: hart_enter, hart_leave, and then what the log says it wrote, which are the values
// behind it.
void hart_start(struct import_hart *h, const struct import_cfg *cfg);
// The log says "exception NAME" or "exception interrupt #N".
void hart_exception(struct import_hart *h, const char *name, const char *number);
// The mode in which the instruction at pc runs: takes the trap that lies before it, if any.
void hart_enter(struct import *m, unsigned priv, uint64_t pc);
// Where the hart is after the instruction, from the values before it. True: it is a return.
bool hart_leave(struct import_hart *h, uint32_t code, uint64_t pc);
void hart_write_csr(struct import *m, unsigned number, uint64_t value);
void hart_write_x(struct import_hart *h, unsigned number, uint64_t value);

#endif
