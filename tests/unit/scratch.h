// SPDX-License-Identifier: MulanPSL-2.0
// Files of a test in /tmp; the test removes them.
#ifndef TESTS_UNIT_SCRATCH_H
#define TESTS_UNIT_SCRATCH_H

#include <stdbool.h>

enum { NAME_SIZE = 64 };

// Writes text into a new file and gives its name. False: it could not be written.
bool write_file(char name[NAME_SIZE], const char *text);

#endif
