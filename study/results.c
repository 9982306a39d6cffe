// SPDX-License-Identifier: MulanPSL-2.0
// Results as lists: state, CSV, single reports.
#include "study/report.h"

#include "report/emit.h"
#include "study/db.h"
#include "study/run.h"
#include "traces/source.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

bool study_state(const struct plan *p, const char *database, struct study_state *st, char *msg, size_t size)
{
    struct db *d;
    struct db_row row;
    bool fine = true;
    *st = (struct study_state){.done = 0};
    if (!db_open_if_there(database, &d, msg, size))
        return false;
    for (uint64_t n = 0; n < plan_points(p) && fine; n++) {
        enum db_found f = d ? db_find(d, point_key(p, n), &row) : FOUND_NOTHING;
        bool failed = f == FOUND_ROW && !row.done;
        st->missing += f == FOUND_NOTHING;
        st->running += f == FOUND_RUNNING;
        st->failed += failed;
        st->done += f == FOUND_ROW && row.done;
        st->foreign += f == FOUND_ROW && row.done && !row.same_program;
        if (failed && st->told < STUDY_TOLD) {
            st->failure[st->told].point = n;
            snprintf(st->failure[st->told++].text, sizeof row.failure, "%s", row.failure);
        }
        fine = f != FOUND_ERROR;
    }
    if (!fine)
        snprintf(msg, size, "%s", db_error(d));
    db_close(d);
    return fine;
}

// --- CSV --------------------------------------------------------------------------------------------

static void csv_head(const struct plan *p, FILE *out)
{
    fputs("point", out);
    for (unsigned d = 0; d < p->s->dims; d++) {
        fputc(',', out);
        emit_csv_text(out, p->s->dim[d].name);
    }
    fputs(",trace,seed,storage_bits", out);
}

static void csv_point(const struct plan *p, uint64_t n, FILE *out)
{
    struct plan_point at = plan_point(p, n);
    const uint32_t *value = plan_values(p, at.combination);
    char path[4096];
    fprintf(out, "%" PRIu64, n);
    for (unsigned d = 0; d < p->s->dims; d++) {
        fputc(',', out);
        emit_csv_text(out, p->s->dim[d].value[value[d]].label);
    }
    fputc(',', out);
    emit_csv_text(out, printable_text(p->trace[at.trace].path, path, sizeof path));
    fprintf(out, ",%" PRIu64 ",%" PRIu64, p->s->seeds[at.seed], p->storage[at.combination]);
}

bool study_plan_csv(const struct plan *p, FILE *out)
{
    csv_head(p, out);
    for (uint64_t n = 0; n < plan_points(p) && !ferror(out); n++) {
        fputc('\n', out);
        csv_point(p, n, out);
    }
    fputc('\n', out);
    return !ferror(out);
}

static void csv_result(enum db_found f, const struct db_row *row, FILE *out)
{
    bool there = f == FOUND_ROW;
    fputs(!there ? f == FOUND_RUNNING ? ",running," : ",missing," : row->done ? ",done," : ",failed,", out);
    emit_csv_text(out, there ? row->failure : "");
    for (unsigned i = 0; i < FIGURES; i++) {
        fputc(',', out);
        if (there && !isnan(row->figure[i]))
            fprintf(out, "%.17g", row->figure[i]);
    }
    fputc('\n', out);
}

bool study_csv(const struct plan *p, const char *database, FILE *out, char *msg, size_t size)
{
    struct db *d;
    struct db_row row;
    bool fine = true;
    if (!db_open_if_there(database, &d, msg, size))
        return false;
    csv_head(p, out);
    fputs(",state,failure", out);
    for (unsigned i = 0; i < FIGURES; i++)
        fprintf(out, ",%s", figures[i].name);
    fputc('\n', out);
    for (uint64_t n = 0; n < plan_points(p) && fine && !ferror(out); n++) {
        enum db_found f = d ? db_find(d, point_key(p, n), &row) : FOUND_NOTHING;
        fine = f != FOUND_ERROR;
        csv_point(p, n, out);
        csv_result(f, &row, out);
    }
    if (!fine)
        snprintf(msg, size, "%s", db_error(d));
    db_close(d);
    return fine && !ferror(out);
}

char *study_show(const struct plan *p, const char *database, uint64_t n, char *msg, size_t size)
{
    struct db *d;
    if (!db_open_if_there(database, &d, msg, size))
        return NULL;
    char *text = d ? db_report(d, point_key(p, n)) : NULL;
    if (!text)
        snprintf(msg, size, "point %" PRIu64 " has no report", n);
    db_close(d);
    return text;
}
