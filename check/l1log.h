// SPDX-License-Identifier: MulanPSL-2.0
// The lines of an L1 recording (docs/recordings.md 10): writing those of the model, comparing
// them cycle by cycle with those of a gold file, and saying where they first differ.
#ifndef L2TLB_CHECK_L1LOG_H
#define L2TLB_CHECK_L1LOG_H

#include "check/l1text.h"
#include "l1/l1side.h"

#include <stdio.h>

enum { L1LOG_LINE = 256, L1LOG_LINES = 160, L1LOG_LAST = 16 };

struct l1log_side {
    char line[L1LOG_LINES][L1LOG_LINE]; // of the current cycle
    unsigned n;
    char last[L1LOG_LAST][L1LOG_LINE]; // ring of the last lines of earlier cycles
    uint64_t count;                    // all lines
};

struct l1log {
    struct l1log_side model, gold;
    struct l1text text; // gold file
    bool have, ended;   // a gold line is read ahead; no more lines
    uint64_t ahead;     // its cycle
    const char *only;   // kinds to compare (first letters), NULL: all
    bool strict;        // fields without meaning count as well
    FILE *out;          // the model's lines, or NULL
    uint64_t mismatches, first_cycle;
    bool ending, at_end; // the last cycle is over; the first difference was found then
    uint64_t excused; // lines that differ only in fields without meaning
    char first[512];  // "SIGNAL got X expected Y"
    char *context;    // text of the first difference, with the last lines of both; malloc
};

// gold NULL: nothing to compare with. False: msg says why.
bool l1log_open(struct l1log *g, const char *gold, const char *only, char *msg);
void l1log_close(struct l1log *g);

// One line of the model in this cycle.
void l1log_line(struct l1log *g, const char *format, ...);

// The lines of one kind, in the order of the recordings.
void l1log_answer(struct l1log *g, uint64_t c, unsigned port, uint32_t n, uint64_t t,
                  const struct l1_out *out);
void l1log_hints(struct l1log *g, uint64_t c, unsigned ports, const struct l1_out *out);
void l1log_wake(struct l1log *g, uint64_t c, const struct l1_out *out);
void l1log_misses(struct l1log *g, uint64_t c, const struct l1_out *out);
void l1log_chain(struct l1log *g, uint64_t c, const bool fire[2], char what);
void l1log_presented(struct l1log *g, uint64_t c, const struct l1_out *out);
void l1log_resp(struct l1log *g, uint64_t c, unsigned port, const struct ptw_resp *r);

// Ends cycle c: compares and forgets its lines. False: the gold file is damaged (see msg).
bool l1log_cycle(struct l1log *g, uint64_t c);
// Ends the recording after `cycles` cycles: the model's E line, and what the gold file has left.
bool l1log_end(struct l1log *g, uint64_t cycles);

// Only characters that a line of a recording may hold (printable ASCII): what is shown of it is safe.
bool l1log_plain(const char *line);

// Reads an R line's fields (after split) into an answer. False: not such a line.
bool l1log_parse_resp(char *const field[], unsigned nfields, struct ptw_resp *r);

#endif
