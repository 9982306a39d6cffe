// SPDX-License-Identifier: MulanPSL-2.0
#include "cmd/reports.h"

#include <string.h>

static bool add(const struct options *o, struct reports *r, enum emit_format format, const char *path, bool many)
{
    if (r->count == REPORTS) {
        options_error(o, "--report: more than %d reports", REPORTS);
        return false;
    }
    r->to[r->count] = (struct emitter){.format = format, .many = many};
    r->path[r->count++] = path;
    return true;
}

bool reports_of(const struct options *o, bool many, struct reports *r)
{
    const char *const usual = o->output ? o->output : "-";
    bool plain = false;
    *r = (struct reports){.count = 0};
    for (unsigned i = 0; i < o->reports.count; i++) {
        char name[16];
        const char *item = o->reports.item[i], *file = usual;
        if (!options_split(item, name, sizeof name, &file)) {
            if (plain) {
                options_error(o, "--report %s: a second one for %s (FORMAT=FILE names a file of its own)", item,
                              o->output ? o->output : "standard output");
                return false;
            }
            plain = true;
            snprintf(name, sizeof name, "%s", item);
        }
        if (!add(o, r, emit_format_of(name), file, many))
            return false;
    }
    return plain || (r->count && !o->output) || add(o, r, EMIT_TEXT, usual, many);
}

bool reports_open(const struct options *o, struct reports *r)
{
    for (unsigned i = 0; i < r->count; i++) {
        if (!options_open(o, r->path[i], &r->file[i]))
            return false;
        r->to[i].out = output_stream(r->file[i]);
    }
    return true;
}

// What was not written although its stream is fine, memory has lost.
static bool note(struct reports *r, unsigned i, bool written)
{
    r->no_memory |= !written && !ferror(r->to[i].out);
    return written;
}

bool reports_write(struct reports *r, const struct doc *d)
{
    bool ok = true;
    for (unsigned i = 0; i < r->count && ok; i++)
        ok = note(r, i, emit_one(&r->to[i], d));
    return ok;
}

bool reports_end(struct reports *r)
{
    bool ok = true;
    for (unsigned i = 0; i < r->count && ok; i++)
        ok = note(r, i, emit_end(&r->to[i]));
    return ok;
}

int reports_all(const struct options *o, struct reports *r, const struct doc *d)
{
    bool open = reports_open(o, r), written = open && d && reports_write(r, d) && reports_end(r);
    int status = open && (r->no_memory || !d) ? options_error(o, "out of memory") : 0;
    return options_close(o, r->file, r->count, written) && written ? status : 2;
}
