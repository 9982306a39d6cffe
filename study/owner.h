// SPDX-License-Identifier: MulanPSL-2.0
// Who works on a database, told by locks: owner N holds the lock on byte N of `DATABASE-owners`. The system takes
// it from a process that ends, however it ends, so nothing has to be cleaned up and no clock is asked.
#ifndef L2TLB_STUDY_OWNER_H
#define L2TLB_STUDY_OWNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct owner;

// NULL and a message "file: reason". One for a file in a process: closing a file gives all its locks away.
struct owner *owner_new(const char *database, int64_t number, char *msg, size_t size);
void owner_free(struct owner *o);
int64_t owner_number(const struct owner *o);
bool owner_lives(const struct owner *o, int64_t number); // he himself does

#endif
