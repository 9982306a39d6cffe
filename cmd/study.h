// SPDX-License-Identifier: MulanPSL-2.0
// Parts of `l2tlb study`: what its options say, and the work that leaves this machine (study_jobs.c).
#ifndef L2TLB_CMD_STUDY_H
#define L2TLB_CMD_STUDY_H

#include "cmd/options.h"
#include "study/plan.h"

struct study_own {
    const char *database, *report, *output, *results, *slurm;
    uint64_t jobs, tasks, task, throttle, shell_jobs;
    bool retry;
};

// A study as it is run: its file, its plan, where its results are.
struct study_scene {
    const struct options *o;
    const struct study_own *own;
    struct study *study;
    struct plan *plan;
    const char *database;
};

// Each returns the exit status.
int study_task(struct study_scene *c);   // runs a share of the points into files
int study_gather(struct study_scene *c); // files into the database
int study_shell(struct study_scene *c);  // prints the commands of tasks
int study_submit(struct study_scene *c); // hands the tasks to Slurm
int study_cancel(struct study_scene *c);
// The jobs of the study as Slurm sees them, on standard output; nothing where there are none.
void study_queue(struct study_scene *c);

#endif
