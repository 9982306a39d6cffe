// SPDX-License-Identifier: MulanPSL-2.0
// Importers: traces of other tools become records. All are written from the layout of the formats.
// docs/trace-format.md section 6 says what each keeps and what it cannot know.
#ifndef L2TLB_TRACES_IMPORT_IMPORT_H
#define L2TLB_TRACES_IMPORT_IMPORT_H

#include "traces/source.h"
#include "traces/trace.h"

struct import_cfg {
    bool fetch_all;      // keep every fetch; otherwise one per change of the 64-byte line
    unsigned canonical;  // 0: addresses as they are; 39 or 48: folded into that many bits
    uint8_t priv;        // privilege where the format has none: GVT_U or GVT_S
    bool virt;           // all accesses with V = 1
    uint8_t s2xlate;     // of port requests, where the format has none
};

struct import;

// One format: a name, a line about it, and what makes records of its input.
struct import_format {
    const char *name, *help;
    uint8_t isa, klass;
    // Reads the next unit of input and queues its records with import_put(). Returns 1, 0 at the
    // end, -1 after import_fail().
    int (*step)(struct import *m);
};

enum { IMPORT_FORMATS = 7, IMPORT_QUEUE = 24 };
extern const struct import_format import_formats[IMPORT_FORMATS];

// What a Spike log tells about the hart.
struct import_hart {
    uint64_t x[32], mstatus, hstatus, stvec, pc;
    uint8_t priv;
    bool virt, known; // known: an instruction has been seen
    bool sum, mxr, vsum, vmxr, spvp;
};

enum { IMPORT_COLUMNS = 8 };

// State of one import. The fields below `queue` belong to the formats.
struct import {
    const struct import_format *format;
    struct import_cfg cfg;
    struct source *in;
    struct trace_record queue[IMPORT_QUEUE];
    unsigned head, count;
    uint64_t units;      // lines or binary records read
    uint64_t ignored;    // lines that hold no access (other output of the tool)
    uint64_t insns;      // instructions not yet attached to a record
    uint64_t fetch_line; // last 64-byte line fetched, + 1
    bool started;
    uint16_t asid;       // cloudsuite: current address space, + 1
    struct import_hart hart;
    int column[IMPORT_COLUMNS]; // CSV: where each field stands, -1: nowhere
    uint64_t cycle0;            // ChiselDB: first time stamp
    char error[TRACE_MSG];
};

const struct import_format *import_find(const char *name); // NULL: unknown
// NULL and a message. path "-" is standard input.
struct import *import_open(const char *path, const struct import_format *f,
                           const struct import_cfg *cfg, char *msg, size_t msg_size);
void import_close(struct import *m);
// 1 and a record, 0 at the end, -1: m->error. Input without a single record is an error.
int import_next(struct import *m, struct trace_record *r);

// --- for the formats -----------------------------------------------------------------------------
int import_fail(struct import *m, const char *format, ...) __attribute__((format(printf, 2, 3)));
void import_put(struct import *m, const struct trace_record *r);
// A fetch, load or store with m's privilege; fetches of the same line are dropped unless fetch_all.
void import_access(struct import *m, unsigned op, uint64_t addr, uint64_t size);
uint64_t import_canonical(const struct import *m, uint64_t addr);
// The next line or NULL at the end; *failed is set when the input is bad (error is written).
char *import_line(struct import *m, bool *failed);

int import_lackey(struct import *m);
int import_champsim(struct import *m);
int import_cloudsuite(struct import *m);
int import_spike(struct import *m);
int import_execlog(struct import *m);
int import_csv(struct import *m);
int import_chiseldb(struct import *m);

#endif
