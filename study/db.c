// SPDX-License-Identifier: MulanPSL-2.0
// The database of results, see db.h.
#include "study/db.h"

#include "study/owner.h"

#include <math.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

enum { DB_VERSION = 1, DB_BUSY_MS = 120000, DB_MARK = 0x6c32746c }; // "l2tl": application_id
enum { SQL_SIZE = 4096, REPORT_MAX = 64 << 20 };

struct db {
    sqlite3 *sql;
    char *path;
    struct owner *owner;
    char error[512];
    pthread_mutex_t lock;
};

// --- errors and statements --------------------------------------------------------------------------

static bool failed(struct db *d)
{
    snprintf(d->error, sizeof d->error, "%.300s: %.200s", d->path, sqlite3_errmsg(d->sql));
    return false;
}

const char *db_error(struct db *d)
{
    return d->error;
}

static bool execute(struct db *d, const char *text)
{
    return sqlite3_exec(d->sql, text, NULL, NULL, NULL) == SQLITE_OK || failed(d);
}

static sqlite3_stmt *prepare(struct db *d, const char *text)
{
    sqlite3_stmt *s = NULL;
    if (sqlite3_prepare_v2(d->sql, text, -1, &s, NULL) != SQLITE_OK)
        failed(d);
    return s;
}

static void bind_text(sqlite3_stmt *s, int at, const char *text)
{
    sqlite3_bind_text(s, at, text, -1, SQLITE_STATIC);
}

static void bind_key(sqlite3_stmt *s, struct db_key k)
{
    bind_text(s, 1, k.config);
    bind_text(s, 2, k.trace);
    bind_text(s, 3, k.program);
}

// Runs a statement without rows and ends it.
static bool finish(struct db *d, sqlite3_stmt *s)
{
    bool fine = s && sqlite3_step(s) == SQLITE_DONE;
    if (s && !fine)
        failed(d);
    sqlite3_finalize(s);
    return fine;
}

// --- opening ----------------------------------------------------------------------------------------

static bool number_of(struct db *d, const char *text, int *value)
{
    sqlite3_stmt *s = prepare(d, text);
    bool fine = s && sqlite3_step(s) == SQLITE_ROW;
    if (fine)
        *value = sqlite3_column_int(s, 0);
    else if (s)
        failed(d);
    sqlite3_finalize(s);
    return fine;
}

static bool make_tables(struct db *d)
{
    char text[SQL_SIZE];
    int n = snprintf(text, sizeof text,
                     "CREATE TABLE IF NOT EXISTS config(hash TEXT PRIMARY KEY, text TEXT NOT NULL) WITHOUT ROWID;"
                     "CREATE TABLE IF NOT EXISTS trace(hash TEXT PRIMARY KEY, path TEXT NOT NULL) WITHOUT ROWID;"
                     "CREATE TABLE IF NOT EXISTS owner(number INTEGER PRIMARY KEY AUTOINCREMENT, begun TEXT);"
                     "CREATE TABLE IF NOT EXISTS run(id INTEGER PRIMARY KEY, config TEXT NOT NULL, trace TEXT NOT NULL,"
                     " program TEXT NOT NULL, state TEXT NOT NULL, owner INTEGER, study TEXT, finished TEXT, failure TEXT,"
                     " seed TEXT, seconds REAL, storage_bits INTEGER, report BLOB, report_size INTEGER");
    for (unsigned i = 0; i < FIGURES; i++)
        n += snprintf(text + n, sizeof text - (size_t)n, ", %s REAL", figures[i].name);
    snprintf(text + n, sizeof text - (size_t)n, ", UNIQUE(config, trace, program)); PRAGMA application_id = %d;"
             "PRAGMA user_version = %d;", DB_MARK, DB_VERSION);
    return execute(d, text);
}

// A file of another program stays as it is.
static bool known(struct db *d, int *tables)
{
    int mark = 0, version = 0;
    if (!number_of(d, "PRAGMA application_id", &mark) || !number_of(d, "PRAGMA user_version", &version) ||
        !number_of(d, "SELECT count(*) FROM sqlite_master", tables))
        return false;
    if (*tables && (mark != DB_MARK || version != DB_VERSION)) {
        snprintf(d->error, sizeof d->error, "%.300s: %s", d->path,
                 mark == DB_MARK ? "a database of another version of l2tlb study" : "a database of another program");
        return false;
    }
    return true;
}

static bool register_owner(struct db *d)
{
    if (!execute(d, "INSERT INTO owner(begun) VALUES(datetime('now'))"))
        return false;
    d->owner = owner_new(d->path, sqlite3_last_insert_rowid(d->sql), d->error, sizeof d->error);
    return d->owner != NULL;
}

static bool set_up(struct db *d, bool create)
{
    sqlite3_busy_timeout(d->sql, DB_BUSY_MS);
    int tables = 0;
    if (!known(d, &tables))
        return false;
    if (!create && tables) // an empty one gets its tables from whoever comes first
        return true;
    if (!execute(d, "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL") || !execute(d, "BEGIN IMMEDIATE"))
        return false;
    if (make_tables(d) && register_owner(d) && execute(d, "COMMIT"))
        return true;
    sqlite3_exec(d->sql, "ROLLBACK", NULL, NULL, NULL); // the error that is told is the first one
    return false;
}

struct db *db_open(const char *path, bool create, char *msg, size_t size)
{
    struct db *d = calloc(1, sizeof *d);
    snprintf(msg, size, "out of memory");
    if (!d)
        return NULL;
    pthread_mutex_init(&d->lock, NULL);
    d->path = strdup(path);
    int flags = SQLITE_OPEN_READWRITE | (create ? SQLITE_OPEN_CREATE : 0);
    bool open = d->path && sqlite3_open_v2(path, &d->sql, flags, NULL) == SQLITE_OK;
    if (d->path && !open)
        failed(d);
    if (open && set_up(d, create))
        return d;
    if (d->path)
        snprintf(msg, size, "%s", d->error);
    db_close(d);
    return NULL;
}

bool db_open_if_there(const char *path, struct db **d, char *msg, size_t size)
{
    *d = NULL;
    if (access(path, F_OK) != 0)
        return true;
    *d = db_open(path, false, msg, size);
    return *d != NULL;
}

void db_close(struct db *d)
{
    if (!d)
        return;
    sqlite3_close(d->sql);
    owner_free(d->owner);
    pthread_mutex_destroy(&d->lock);
    free(d->path);
    free(d);
}

// --- claims -----------------------------------------------------------------------------------------

// The state of a row of this program. False: an error; *state "": none.
static bool state_of(struct db *d, struct db_key key, char state[16], int64_t *owner)
{
    sqlite3_stmt *s = prepare(d, "SELECT state, owner FROM run WHERE config = ?1 AND trace = ?2 AND program = ?3");
    if (!s)
        return false;
    bind_key(s, key);
    int got = sqlite3_step(s);
    *state = 0;
    if (got == SQLITE_ROW) {
        const char *text = (const char *)sqlite3_column_text(s, 0);
        snprintf(state, 16, "%s", text ? text : "");
        *owner = sqlite3_column_int64(s, 1);
    } else if (got != SQLITE_DONE) {
        failed(d);
    }
    sqlite3_finalize(s);
    return got == SQLITE_ROW || got == SQLITE_DONE;
}

static enum db_claim judge(struct db *d, const char *state, int64_t owner, bool retry)
{
    if (strcmp(state, "done") == 0)
        return CLAIM_DONE;
    if (strcmp(state, "failed") == 0)
        return retry ? CLAIM_MINE : CLAIM_FAILED;
    if (strcmp(state, "running") == 0 && owner_lives(d->owner, owner))
        return CLAIM_TAKEN;
    return CLAIM_MINE;
}

static enum db_claim claim(struct db *d, struct db_key key, bool retry)
{
    char state[16];
    int64_t owner = 0;
    if (!state_of(d, key, state, &owner))
        return CLAIM_ERROR;
    enum db_claim c = judge(d, state, owner, retry);
    if (c != CLAIM_MINE)
        return c;
    if (!execute(d, "BEGIN IMMEDIATE"))
        return CLAIM_ERROR;
    if (!state_of(d, key, state, &owner))
        c = CLAIM_ERROR;
    else
        c = judge(d, state, owner, retry);
    if (c == CLAIM_MINE) {
        sqlite3_stmt *s = prepare(d, "INSERT INTO run(config, trace, program, state, owner) VALUES(?1, ?2, ?3, 'running', ?4)"
                                     " ON CONFLICT DO UPDATE SET state = 'running', owner = ?4, failure = NULL");
        if (s) {
            bind_key(s, key);
            sqlite3_bind_int64(s, 4, owner_number(d->owner));
        }
        if (!finish(d, s))
            c = CLAIM_ERROR;
    }
    if (c == CLAIM_MINE && !execute(d, "COMMIT"))
        c = CLAIM_ERROR;
    if (c != CLAIM_MINE)
        sqlite3_exec(d->sql, "ROLLBACK", NULL, NULL, NULL);
    return c;
}

enum db_claim db_claim(struct db *d, struct db_key key, bool retry)
{
    pthread_mutex_lock(&d->lock);
    enum db_claim c = claim(d, key, retry);
    pthread_mutex_unlock(&d->lock);
    return c;
}

bool db_release(struct db *d, struct db_key key)
{
    pthread_mutex_lock(&d->lock);
    sqlite3_stmt *s = prepare(d, "DELETE FROM run WHERE config = ?1 AND trace = ?2 AND program = ?3 AND state = 'running'");
    if (s)
        bind_key(s, key);
    bool fine = finish(d, s);
    pthread_mutex_unlock(&d->lock);
    return fine;
}

// --- results ----------------------------------------------------------------------------------------

static bool keep_text(struct db *d, const char *text, const char *hash, const char *what)
{
    sqlite3_stmt *s = prepare(d, text);
    if (s) {
        bind_text(s, 1, hash);
        bind_text(s, 2, what);
    }
    return finish(d, s);
}

// The columns of INSERT, as ?1, ?2, ...; those of bind_result().
static void insert_text(char text[SQL_SIZE])
{
    int n = snprintf(text, SQL_SIZE, "INSERT OR REPLACE INTO run(config, trace, program, state, study, failure, seed, seconds,"
                                     " storage_bits, report, report_size, finished");
    for (unsigned i = 0; i < FIGURES; i++)
        n += snprintf(text + n, SQL_SIZE - (size_t)n, ", %s", figures[i].name);
    n += snprintf(text + n, SQL_SIZE - (size_t)n, ") VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, datetime('now')");
    for (unsigned i = 0; i < FIGURES; i++)
        n += snprintf(text + n, SQL_SIZE - (size_t)n, ", ?%u", 12 + i);
    snprintf(text + n, SQL_SIZE - (size_t)n, ")");
}

static bool insert(struct db *d, struct db_key key, const struct db_result *r, const unsigned char *packed, size_t size)
{
    char text[SQL_SIZE], seed[24];
    insert_text(text);
    sqlite3_stmt *s = prepare(d, text);
    if (!s)
        return false;
    snprintf(seed, sizeof seed, "%llu", (unsigned long long)r->seed);
    bind_key(s, key);
    bind_text(s, 4, r->failure ? "failed" : "done");
    bind_text(s, 5, r->study);
    bind_text(s, 6, r->failure);
    bind_text(s, 7, seed);
    sqlite3_bind_double(s, 8, r->seconds);
    sqlite3_bind_int64(s, 9, (sqlite3_int64)r->storage);
    if (packed) {
        sqlite3_bind_blob(s, 10, packed, (int)size, SQLITE_STATIC);
        sqlite3_bind_int64(s, 11, (sqlite3_int64)strlen(r->report));
    }
    for (unsigned i = 0; i < FIGURES; i++)
        if (!isnan(r->figure[i]))
            sqlite3_bind_double(s, 12 + (int)i, r->figure[i]);
    return finish(d, s);
}

// When gathering, what is done stays. *added: written.
static bool put(struct db *d, struct db_key key, const struct db_result *r, bool gather, const unsigned char *packed,
                size_t size, bool *added)
{
    char state[16];
    int64_t owner;
    if (!execute(d, "BEGIN IMMEDIATE"))
        return false;
    bool fine = state_of(d, key, state, &owner);
    bool keep = gather && (strcmp(state, "done") == 0 || (strcmp(state, "failed") == 0 && r->failure));
    *added = fine && !keep;
    if (*added)
        fine = keep_text(d, "INSERT OR IGNORE INTO config(hash, text) VALUES(?1, ?2)", key.config, r->text) &&
               keep_text(d, "INSERT OR REPLACE INTO trace(hash, path) VALUES(?1, ?2)", key.trace, r->path) &&
               insert(d, key, r, packed, size);
    if (fine && execute(d, "COMMIT"))
        return true;
    sqlite3_exec(d->sql, "ROLLBACK", NULL, NULL, NULL);
    return false;
}

static bool store(struct db *d, struct db_key key, const struct db_result *r, bool gather, bool *added)
{
    uLong n = r->report ? strlen(r->report) : 0;
    uLongf size = compressBound(n);
    unsigned char *packed = r->report ? malloc(size) : NULL;
    if (r->report && (!packed || compress(packed, &size, (const unsigned char *)r->report, n) != Z_OK)) {
        free(packed);
        snprintf(d->error, sizeof d->error, "%.300s: out of memory", d->path);
        return false;
    }
    pthread_mutex_lock(&d->lock);
    bool fine = put(d, key, r, gather, packed, size, added);
    pthread_mutex_unlock(&d->lock);
    free(packed);
    return fine;
}

bool db_put(struct db *d, struct db_key key, const struct db_result *r)
{
    bool added;
    return store(d, key, r, false, &added);
}

bool db_gather(struct db *d, struct db_key key, const struct db_result *r, bool *added)
{
    return store(d, key, r, true, added);
}

// --- reading ----------------------------------------------------------------------------------------

// A result of this program, done or failed; else the youngest that another program has done; else a row of this program
// that is running.
#define BEST                                                                                                        \
    " FROM run WHERE config = ?1 AND trace = ?2 AND (program = ?3 OR state = 'done')"                               \
    " ORDER BY program = ?3 AND state <> 'running' DESC, state = 'done' DESC, id DESC LIMIT 1"

static void read_row(sqlite3_stmt *s, struct db_row *row)
{
    const char *failure = (const char *)sqlite3_column_text(s, 2);
    row->same_program = sqlite3_column_int(s, 1);
    row->done = !failure;
    snprintf(row->failure, sizeof row->failure, "%s", failure ? failure : "");
    row->seconds = sqlite3_column_double(s, 3);
    for (unsigned i = 0; i < FIGURES; i++)
        row->figure[i] = sqlite3_column_type(s, 4 + (int)i) == SQLITE_NULL ? NAN : sqlite3_column_double(s, 4 + (int)i);
}

static enum db_found find(struct db *d, struct db_key key, struct db_row *row)
{
    char text[SQL_SIZE];
    int n = snprintf(text, sizeof text, "SELECT state, program = ?3, failure, seconds");
    for (unsigned i = 0; i < FIGURES; i++)
        n += snprintf(text + n, sizeof text - (size_t)n, ", %s", figures[i].name);
    snprintf(text + n, sizeof text - (size_t)n, BEST);
    sqlite3_stmt *s = prepare(d, text);
    if (!s)
        return FOUND_ERROR;
    bind_key(s, key);
    int got = sqlite3_step(s);
    enum db_found found = got == SQLITE_ROW ? FOUND_ROW : got == SQLITE_DONE ? FOUND_NOTHING : FOUND_ERROR;
    if (got == SQLITE_ROW && strcmp((const char *)sqlite3_column_text(s, 0), "running") == 0)
        found = FOUND_RUNNING;
    else if (got == SQLITE_ROW)
        read_row(s, row);
    else if (got != SQLITE_DONE)
        failed(d);
    sqlite3_finalize(s);
    return found;
}

enum db_found db_find(struct db *d, struct db_key key, struct db_row *row)
{
    pthread_mutex_lock(&d->lock);
    enum db_found f = find(d, key, row);
    pthread_mutex_unlock(&d->lock);
    return f;
}

static char *unpack(sqlite3_stmt *s)
{
    const unsigned char *packed = sqlite3_column_blob(s, 0);
    sqlite3_int64 size = sqlite3_column_int64(s, 1);
    if (!packed || size <= 0 || size > REPORT_MAX)
        return NULL;
    uLongf n = (uLongf)size;
    char *text = malloc(n + 1);
    if (!text || uncompress((unsigned char *)text, &n, packed, (uLong)sqlite3_column_bytes(s, 0)) != Z_OK) {
        free(text);
        return NULL;
    }
    text[n] = 0;
    return text;
}

char *db_report(struct db *d, struct db_key key)
{
    pthread_mutex_lock(&d->lock);
    char *text = NULL;
    sqlite3_stmt *s = prepare(d, "SELECT report, report_size" BEST);
    if (s) {
        bind_key(s, key);
        if (sqlite3_step(s) == SQLITE_ROW)
            text = unpack(s);
        else
            failed(d);
    }
    sqlite3_finalize(s);
    pthread_mutex_unlock(&d->lock);
    return text;
}
