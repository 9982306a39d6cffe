// SPDX-License-Identifier: MulanPSL-2.0
// l2tlb study on other machines: shares of the plan as tasks, their files, Slurm.
#include "cmd/study.h"

int study_task(struct study_scene *c) { return options_error(c->o, "not yet"); }
int study_gather(struct study_scene *c) { return options_error(c->o, "not yet"); }
int study_shell(struct study_scene *c) { return options_error(c->o, "not yet"); }
int study_submit(struct study_scene *c) { return options_error(c->o, "not yet"); }
int study_cancel(struct study_scene *c) { return options_error(c->o, "not yet"); }
void study_queue(struct study_scene *c) { (void)c; }
