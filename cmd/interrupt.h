// SPDX-License-Identifier: MulanPSL-2.0
// Signals. Whatever ends the command, no half-written file stays: SIGHUP, SIGPIPE (a reader that goes
// away: quiet, status 141), SIGINT and SIGTERM remove them. A command that can stop in the middle and
// say what it has done asks for that: it gets the first SIGINT or SIGTERM as a wish, ends with
// status 130 or 143, and only a second one ends it at once.
#ifndef L2TLB_CMD_INTERRUPT_H
#define L2TLB_CMD_INTERRUPT_H

#include <stdbool.h>

void interrupt_install(void); // at the very beginning
void interrupt_allow(void);   // from here on the first one is a wish
bool interrupt_asked(void);   // is there one? Any thread; cheap
int interrupt_status(void);   // 128 + signal; 0: none came

#endif
