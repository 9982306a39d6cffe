// SPDX-License-Identifier: MulanPSL-2.0
// Fields of the lines of an input file (traces/source.h). Every failure is a message with file and line;
// nothing is guessed.
#ifndef L2TLB_CHECK_L1TEXT_H
#define L2TLB_CHECK_L1TEXT_H

#include "traces/source.h"

enum { L1TEXT_FIELDS = 48, L1TEXT_MSG = 512 };

struct l1text {
    struct source *in;
    const char *path;
    uint64_t line; // number of the current line
    char *text;    // the line; valid until the next one
    char *field[L1TEXT_FIELDS];
    unsigned nfields;
    char *msg; // L1TEXT_MSG bytes of the caller
};

// msg gets the message of a failure. False: cannot be opened.
bool l1text_open(struct l1text *t, const char *path, char *msg);
// The same of a file that is open already, which l1text_close() closes. NULL: false, msg is there.
bool l1text_take(struct l1text *t, struct source *in, char *msg);
void l1text_close(struct l1text *t);
// The next line without its line end. 1: there is one, 0: end of file, -1: failure.
int l1text_line(struct l1text *t);
// The next line that is neither empty nor a comment (#), split at blanks into field[]; text changes.
int l1text_fields(struct l1text *t);
// Writes "path:line: reason" to msg and returns false.
bool l1text_fail(struct l1text *t, const char *format, ...);

// A whole field as an unsigned number not above max; false without a message otherwise.
bool l1text_number(const char *s, unsigned base, uint64_t max, uint64_t *value);

#endif
