// SPDX-License-Identifier: MulanPSL-2.0
// The reports of a run: --report FORMAT goes where -o says (default: standard output), --report FORMAT=FILE
// to a file of its own. Without any --report, and for -o beside files only, FORMAT is text.
#ifndef L2TLB_CMD_REPORTS_H
#define L2TLB_CMD_REPORTS_H

#include "cmd/options.h"
#include "report/emit.h"

enum { REPORTS = 8 }; // at most in one run

struct reports {
    const char *path[REPORTS]; // entries behind count are NULL, here and in file
    struct output *file[REPORTS];
    struct emitter to[REPORTS];
    unsigned count;
    bool no_memory; // a report was lost to it, not to its file
};

// What the options ask for; many: of several documents. False after printing a message.
bool reports_of(const struct options *o, bool many, struct reports *r);
// Opens the files; the caller has made sure that they are apart, and ends them by options_close(), also behind a
// failure. False after printing a message.
bool reports_open(const struct options *o, struct reports *r);
// The next document, to all of them. False: one was lost.
bool reports_write(struct reports *r, const struct doc *d);
// Behind the last document.
bool reports_end(struct reports *r);
// All at once, for a command with one document and no other outputs: opens, writes, closes; d may be NULL (out of
// memory). Returns the status: 0, or 2 after printing a message.
int reports_all(const struct options *o, struct reports *r, const struct doc *d);

#endif
