// SPDX-License-Identifier: MulanPSL-2.0
// Work for other machines. A folder holds the list of points that are to be run, and one file for each result,
// `*.json.gz`, which takes its name when it is whole. Nothing but the program and this folder is needed to run a
// share; the database stays at home and takes the files with share_gather().
#ifndef L2TLB_STUDY_SHARE_H
#define L2TLB_STUDY_SHARE_H

#include "study/db.h"
#include "study/plan.h"
#include "study/run.h"

// The points without a result, in the database or the folder (made if it is not there), one a line in FOLDER/points;
// with `retry` also those whose result is that they failed. False and a message. *count: how many.
bool share_list(const struct plan *p, const char *database, const char *folder, bool retry, uint64_t *count, char *msg,
                size_t size);

struct share {
    const struct plan *plan;
    const char *folder;
    uint64_t task, tasks; // lines task, task + tasks, ... of the list
    unsigned jobs;
    bool retry; // a result that says that the point failed is none
    bool (*stop)(void);
    uint64_t there, ran, failed; // filled
    bool wrong;                  // a file could not be read or written, or memory ran out: the first message stands
    char msg[STUDY_MSG];
};

// Runs the points of a share that have no file yet. False: s->msg says why.
bool share_run(struct share *s);

struct gathered {
    uint64_t files, added;
};
// Every result file into the database. False and a message.
bool share_gather(const char *folder, struct db *d, struct gathered *g, char *msg, size_t size);
// How many result files there are.
uint64_t share_files(const char *folder);

#endif
