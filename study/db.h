// SPDX-License-Identifier: MulanPSL-2.0
// The database of results: SQLite with a write-ahead log, shared by any number of studies on one machine at a time.
//
// Table `run`: one row for each (configuration, trace, program), by their SHA-256; state running, done or failed;
// the columns of figures.h; the JSON report, compressed (zlib). Table `config`: the whole text of a configuration.
// Table `trace`: the path a trace had.
//
// A row that is `running` belongs to an owner. An owner lives while it holds the lock on the byte of its number in
// `FILE-owners`, which the system takes from a process that ends, in whatever way: what a dead one had begun is free.
// All functions may be called from any thread.
#ifndef L2TLB_STUDY_DB_H
#define L2TLB_STUDY_DB_H

#include "study/figures.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct db;

struct db_key {
    const char *config, *trace, *program; // hashes
};

struct db_result {
    const char *study;   // name
    const char *text;    // configuration
    const char *path;    // of the trace
    const char *failure; // NULL: done
    const char *report;  // JSON; NULL: none
    uint64_t storage;    // bits
    uint64_t seed;
    double seconds;
    double figure[FIGURES]; // NAN: none
};

struct db_row {
    bool done;           // else failed
    bool same_program;
    char failure[1024];
    double seconds, figure[FIGURES];
};

// create: a file that is not there is made. NULL and a message "file: reason".
struct db *db_open(const char *path, bool create, char *msg, size_t size);
// For readers. *d NULL: there is no such file. False and a message.
bool db_open_if_there(const char *path, struct db **d, char *msg, size_t size);
void db_close(struct db *d);
const char *db_error(struct db *d); // "file: reason" of what failed last

// Mine: the caller runs the point and gives its result, or gives it back. Taken: another living owner runs it.
enum db_claim { CLAIM_MINE, CLAIM_DONE, CLAIM_FAILED, CLAIM_TAKEN, CLAIM_ERROR };
enum db_claim db_claim(struct db *d, struct db_key key, bool retry); // retry: what failed is claimed
bool db_put(struct db *d, struct db_key key, const struct db_result *r);
bool db_release(struct db *d, struct db_key key);
// A result from elsewhere, unless the point has one (`done` is never replaced). *added: it had none.
bool db_gather(struct db *d, struct db_key key, const struct db_result *r, bool *added);

enum db_found { FOUND_NOTHING, FOUND_ROW, FOUND_RUNNING, FOUND_ERROR };
// The result of this program, or else the youngest one of another.
enum db_found db_find(struct db *d, struct db_key key, struct db_row *row);
// The report of the same row, which the caller frees; NULL: none, or an error.
char *db_report(struct db *d, struct db_key key);

#endif
