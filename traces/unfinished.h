// SPDX-License-Identifier: MulanPSL-2.0
// What of output files belongs to the process: standard output, and the list of files that are being written.
// The library for other programs has neither (docs/library.md): there the list keeps nothing, and standard output is missing.
#ifndef L2TLB_TRACES_UNFINISHED_H
#define L2TLB_TRACES_UNFINISHED_H

#include <stdbool.h>
#include <stdio.h>

enum { UNFINISHED = 32 }; // files at a time

// Enters a file; the name stays the caller's until it is removed. Its slot, UNFINISHED: the list is full.
unsigned unfinished_add(char *part);
void unfinished_remove(unsigned slot); // UNFINISHED: nothing to do
FILE *unfinished_standard(void);       // standard output; NULL: there is none

#endif
