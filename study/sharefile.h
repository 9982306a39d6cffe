// SPDX-License-Identifier: MulanPSL-2.0
// One result in a file: JSON, compressed by gzip.
#ifndef L2TLB_STUDY_SHAREFILE_H
#define L2TLB_STUDY_SHAREFILE_H

#include "study/db.h"

// Both: false and a message "file: reason".
bool sharefile_write(const char *path, struct db_key key, const struct db_result *r, char *msg, size_t size);
bool sharefile_gather(const char *path, struct db *d, bool *added, char *msg, size_t size);
// NONE: no file, or one that holds no result; it can be written again. FAILED: the point did.
enum sharefile_state { SHAREFILE_NONE, SHAREFILE_FAILED, SHAREFILE_DONE };
enum sharefile_state sharefile_state(const char *path);

#endif
