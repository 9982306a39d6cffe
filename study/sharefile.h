// SPDX-License-Identifier: MulanPSL-2.0
// One result in a file: JSON, compressed by gzip.
#ifndef L2TLB_STUDY_SHAREFILE_H
#define L2TLB_STUDY_SHAREFILE_H

#include "study/db.h"

// Each: false and a message "file: reason".
bool sharefile_write(const char *path, struct db_key key, const struct db_result *r, char *msg, size_t size);
bool sharefile_gather(const char *path, struct db *d, bool *added, char *msg, size_t size);
// Is it a result at all, and one of a point that failed? What is none can be written again.
bool sharefile_state(const char *path, bool *known, bool *failed, char *msg, size_t size);

#endif
