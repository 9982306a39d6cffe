// SPDX-License-Identifier: MulanPSL-2.0
// Work for other machines, see share.h.
#include "study/share.h"

#include "study/sharefile.h"
#include "traces/output.h"
#include "traces/source.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { PATH_SIZE = 4600 };

static bool path_of(const struct share *s, uint64_t n, char path[PATH_SIZE])
{
    struct db_key k = point_key(s->plan, n);
    return snprintf(path, PATH_SIZE, "%s/%.24s-%.16s-%.16s.json.gz", s->folder, k.config, k.trace, k.program) < PATH_SIZE;
}

// --- the list ---------------------------------------------------------------------------------------

// "NUMBER CONFIGURATION TRACE": the hashes tell whether the study is still the same.
static void write_line(const struct plan *p, uint64_t n, FILE *out)
{
    struct db_key k = point_key(p, n);
    fprintf(out, "%" PRIu64 " %s %s\n", n, k.config, k.trace);
}

static bool settled(const struct share *s, uint64_t n, enum sharefile_state *state)
{
    char path[PATH_SIZE];
    *state = path_of(s, n, path) ? sharefile_state(path) : SHAREFILE_NONE;
    return *state == SHAREFILE_DONE || (*state == SHAREFILE_FAILED && !s->retry);
}

static bool write_list(const struct plan *p, struct db *d, const struct share *s, FILE *out, uint64_t *count, char *msg,
                       size_t size)
{
    enum sharefile_state state;
    struct db_row row;
    *count = 0;
    for (uint64_t n = 0; n < plan_points(p); n++) {
        enum db_found f = d ? db_find(d, point_key(p, n), &row) : FOUND_NOTHING;
        if (f == FOUND_ERROR) {
            snprintf(msg, size, "%s", db_error(d));
            return false;
        }
        bool there = (f == FOUND_ROW && row.same_program && (row.done || !s->retry)) || settled(s, n, &state);
        if (!there)
            write_line(p, n, out);
        *count += !there;
    }
    return true;
}

bool share_list(const struct plan *p, const char *database, const char *folder, bool retry, uint64_t *count, char *msg,
                size_t size)
{
    char path[PATH_SIZE];
    const struct share s = {.plan = p, .folder = folder, .retry = retry};
    if (mkdir(folder, 0777) != 0 && errno != EEXIST) {
        snprintf(msg, size, "%.300s: %s", folder, strerror(errno));
        return false;
    }
    struct db *d;
    if (!db_open_if_there(database, &d, msg, size))
        return false;
    snprintf(path, sizeof path, "%s/points", folder);
    struct output *out = output_open(path, msg, size);
    bool fine = out && write_list(p, d, &s, output_stream(out), count, msg, size);
    if (out && !fine)
        output_abandon(out);
    else if (out)
        fine = output_close(out, msg, size);
    db_close(d);
    return fine;
}

// --- a share ----------------------------------------------------------------------------------------

struct worker {
    struct share *s;
    uint64_t *point; // those of the share
    uint64_t count, next;
    pthread_mutex_t lock;
};

static bool read_line(struct worker *w, char *line, const char *path, uint64_t number)
{
    struct share *s = w->s;
    char *rest = line, *word = next_word(&rest), *config = next_word(&rest), *trace = next_word(&rest);
    uint64_t n;
    if (!trace || next_word(&rest) || !parse_dec(word, UINT64_MAX, &n)) {
        snprintf(s->msg, sizeof s->msg, "%.300s:%" PRIu64 ": not a point", path, number);
        return false;
    }
    struct db_key k = n < plan_points(s->plan) ? point_key(s->plan, n) : (struct db_key){"", "", ""};
    if (strcmp(config, k.config) != 0 || strcmp(trace, k.trace) != 0) {
        snprintf(s->msg, sizeof s->msg, "%.300s:%" PRIu64 ": the study, or a trace, is not what it was when the list was made", path,
                 number);
        return false;
    }
    w->point[w->count++] = n;
    return true;
}

static bool read_list(struct worker *w)
{
    struct share *s = w->s;
    char path[PATH_SIZE], *line;
    size_t length;
    bool fine = true;
    snprintf(path, sizeof path, "%s/points", s->folder);
    w->point = malloc(sizeof *w->point * ((size_t)plan_points(s->plan) + 1));
    struct source *in = w->point ? source_open(path, s->msg, sizeof s->msg) : NULL;
    for (uint64_t i = 0; in && fine && (line = source_line(in, &length)) != NULL; i++)
        if (i % s->tasks == s->task && w->count < plan_points(s->plan))
            fine = read_line(w, line, path, i + 1);
    if (in && source_error(in)) {
        snprintf(s->msg, sizeof s->msg, "%.300s: %.150s", path, source_error(in));
        fine = false;
    }
    if (in)
        source_close(in);
    return in && fine;
}

// Without the lock. False: a message.
static bool do_point(const struct share *s, uint64_t n, bool *ran, bool *failed, char *msg, size_t size)
{
    char path[PATH_SIZE];
    struct outcome o;
    enum sharefile_state state;
    *ran = false;
    bool there = settled(s, n, &state);
    *failed = there && state == SHAREFILE_FAILED;
    if (there)
        return true;
    path_of(s, n, path);
    bool fine = outcome_of(s->plan, n, s->stop, &o);
    if (!fine)
        snprintf(msg, size, "out of memory");
    *ran = fine && !o.interrupted;
    *failed = *ran && o.r.failure;
    if (*ran)
        fine = sharefile_write(path, point_key(s->plan, n), &o.r, msg, size);
    outcome_free(&o);
    return fine;
}

static void *work(void *ctx)
{
    struct worker *w = ctx;
    struct share *s = w->s;
    char msg[STUDY_MSG];
    bool ran, failed;
    pthread_mutex_lock(&w->lock);
    while (w->next < w->count && !s->wrong && !(s->stop && s->stop())) {
        uint64_t n = w->point[w->next++];
        pthread_mutex_unlock(&w->lock);
        bool fine = do_point(s, n, &ran, &failed, msg, sizeof msg);
        pthread_mutex_lock(&w->lock);
        s->there += fine && !ran;
        s->ran += fine && ran;
        s->failed += fine && failed;
        if (!fine && !s->wrong)
            snprintf(s->msg, sizeof s->msg, "%s", msg);
        s->wrong |= !fine;
    }
    pthread_mutex_unlock(&w->lock);
    return NULL;
}

bool share_run(struct share *s)
{
    struct worker w = {.s = s};
    pthread_t thread[RUN_JOBS];
    unsigned n = 0;
    snprintf(s->msg, sizeof s->msg, "out of memory");
    if (read_list(&w)) {
        pthread_mutex_init(&w.lock, NULL);
        while (n + 1 < s->jobs && n + 1 < RUN_JOBS && pthread_create(&thread[n], NULL, work, &w) == 0)
            n++;
        work(&w);
        while (n-- > 0)
            pthread_join(thread[n], NULL);
        pthread_mutex_destroy(&w.lock);
    } else {
        s->wrong = true;
    }
    free(w.point);
    return !s->wrong;
}

// --- gathering --------------------------------------------------------------------------------------

static bool is_result(const char *name)
{
    size_t n = strlen(name);
    return n > 8 && strcmp(name + n - 8, ".json.gz") == 0 && *name != '.';
}

static int results_only(const struct dirent *e)
{
    return is_result(e->d_name);
}

static int listing(const char *folder, struct dirent ***entry)
{
    return scandir(folder, entry, results_only, alphasort);
}

bool share_gather(const char *folder, struct db *d, struct gathered *g, char *msg, size_t size)
{
    struct dirent **entry;
    int n = listing(folder, &entry);
    bool fine = n >= 0;
    *g = (struct gathered){0, 0};
    if (!fine)
        snprintf(msg, size, "%.300s: %s", folder, strerror(errno));
    for (int i = 0; i < n; i++) {
        char path[PATH_SIZE];
        bool added = false;
        snprintf(path, sizeof path, "%s/%s", folder, entry[i]->d_name);
        if (fine)
            fine = sharefile_gather(path, d, &added, msg, size);
        g->files += fine;
        g->added += fine && added;
        free(entry[i]);
    }
    if (n >= 0)
        free(entry);
    return fine;
}

uint64_t share_files(const char *folder)
{
    struct dirent **entry;
    int n = listing(folder, &entry);
    for (int i = 0; i < n; i++)
        free(entry[i]);
    if (n >= 0)
        free(entry);
    return n > 0 ? (uint64_t)n : 0;
}
