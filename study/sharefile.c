// SPDX-License-Identifier: MulanPSL-2.0
#include "study/sharefile.h"

#include "study/hash.h"
#include "traces/source.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_MAX = 128 << 20 }; // bytes of one file, unpacked
static const char schema[] = "l2tlbsim-study-result-1";

// --- writing ----------------------------------------------------------------------------------------

// All digits: cJSON itself is content with fewer.
static bool add_number(cJSON *o, const char *name, double v)
{
    char text[32];
    snprintf(text, sizeof text, "%.17g", v);
    return cJSON_AddRawToObject(o, name, text) != NULL;
}

static bool fill(cJSON *o, struct db_key key, const struct db_result *r)
{
    char seed[24];
    snprintf(seed, sizeof seed, "%" PRIu64, r->seed);
    bool fine = cJSON_AddStringToObject(o, "schema", schema) && cJSON_AddStringToObject(o, "config", key.config) &&
                cJSON_AddStringToObject(o, "trace", key.trace) && cJSON_AddStringToObject(o, "program", key.program) &&
                cJSON_AddStringToObject(o, "study", r->study) && cJSON_AddStringToObject(o, "path", r->path) &&
                cJSON_AddStringToObject(o, "seed", seed) && add_number(o, "storage_bits", (double)r->storage) &&
                add_number(o, "seconds", r->seconds) && cJSON_AddStringToObject(o, "configuration", r->text);
    if (fine && r->failure)
        fine = cJSON_AddStringToObject(o, "failure", r->failure) != NULL;
    if (fine && r->report)
        fine = cJSON_AddStringToObject(o, "report", r->report) != NULL;
    for (unsigned i = 0; i < FIGURES && fine; i++)
        if (!isnan(r->figure[i]))
            fine = add_number(o, figures[i].name, r->figure[i]);
    return fine;
}

bool sharefile_write(const char *path, struct db_key key, const struct db_result *r, char *msg, size_t size)
{
    cJSON *o = cJSON_CreateObject();
    char *text = o && fill(o, key, r) ? cJSON_PrintUnformatted(o) : NULL;
    cJSON_Delete(o);
    if (!text) {
        snprintf(msg, size, "%.300s: out of memory", path);
        return false;
    }
    struct sink *to = sink_open(path, msg, size);
    if (to)
        sink_write(to, text, strlen(text));
    bool fine = to && sink_close(to, msg, size);
    free(text);
    return fine;
}

// --- reading ----------------------------------------------------------------------------------------

static char *whole_file(const char *path, char *msg, size_t size)
{
    const unsigned char *p;
    char *text = NULL;
    size_t used = 0, room = 0, n;
    struct source *in = source_open(path, msg, size);
    const char *why = NULL;
    while (in && !why && (n = source_peek(in, 4096, &p)) > 0) {
        if (used + n + 1 > room) {
            room = room ? 2 * room : 1 << 16;
            char *more = room <= 2 * (size_t)FILE_MAX ? realloc(text, room) : NULL;
            why = more ? NULL : "too large for a result";
            text = more ? more : text;
        }
        if (!why)
            memcpy(text + used, p, n);
        used += n;
        source_skip(in, n);
    }
    if (in && !why)
        why = source_error(in);
    if (in && !why && !text)
        why = "empty";
    if (why)
        snprintf(msg, size, "%.300s: %.150s", path, why);
    if (in)
        source_close(in);
    if (in && !why)
        text[used] = 0;
    if (in && !why)
        return text;
    free(text);
    return NULL;
}

static const char *string(const cJSON *o, const char *name)
{
    const cJSON *s = cJSON_GetObjectItemCaseSensitive(o, name);
    return cJSON_IsString(s) ? s->valuestring : NULL;
}

static double number(const cJSON *o, const char *name)
{
    const cJSON *n = cJSON_GetObjectItemCaseSensitive(o, name);
    return cJSON_IsNumber(n) ? n->valuedouble : NAN;
}

static bool is_hash(const char *text)
{
    return text && strlen(text) == HASH_TEXT - 1 && strspn(text, "0123456789abcdef") == HASH_TEXT - 1;
}

// NULL, or why this is no result.
static const char *understand(const cJSON *o, struct db_key *key, struct db_result *r)
{
    char hash[HASH_TEXT];
    const char *what = string(o, "schema"), *seed = string(o, "seed");
    if (!what || strcmp(what, schema) != 0)
        return "not a result of `l2tlb study task`";
    *key = (struct db_key){string(o, "config"), string(o, "trace"), string(o, "program")};
    *r = (struct db_result){.study = string(o, "study"), .text = string(o, "configuration"), .path = string(o, "path"),
                            .failure = string(o, "failure"), .report = string(o, "report")};
    double bits = number(o, "storage_bits");
    r->seconds = number(o, "seconds");
    if (!is_hash(key->config) || !is_hash(key->trace) || !is_hash(key->program) || !r->study || !r->text || !r->path ||
        !seed || !parse_dec(seed, UINT64_MAX, &r->seed) || !(bits >= 0 && bits < 0x1p53) || isnan(r->seconds))
        return "a result in which something is missing";
    r->storage = (uint64_t)bits;
    hash_text(r->text, strlen(r->text), hash);
    if (strcmp(hash, key->config) != 0)
        return "its configuration does not have the hash that it says";
    for (unsigned i = 0; i < FIGURES; i++)
        r->figure[i] = number(o, figures[i].name);
    return NULL;
}

static cJSON *parse(const char *path, struct db_key *key, struct db_result *r, const char **why, char *msg, size_t size)
{
    char *text = whole_file(path, msg, size);
    *why = NULL;
    if (!text)
        return NULL;
    cJSON *o = cJSON_Parse(text);
    free(text);
    *why = o ? understand(o, key, r) : "not JSON";
    return o;
}

bool sharefile_gather(const char *path, struct db *d, bool *added, char *msg, size_t size)
{
    struct db_key key;
    struct db_result r;
    const char *why;
    cJSON *o = parse(path, &key, &r, &why, msg, size);
    bool fine = o && !why;
    if (why)
        snprintf(msg, size, "%.300s: %s", path, why);
    if (fine && !db_gather(d, key, &r, added)) {
        snprintf(msg, size, "%s", db_error(d));
        fine = false;
    }
    cJSON_Delete(o);
    return fine;
}

enum sharefile_state sharefile_state(const char *path)
{
    struct db_key key;
    struct db_result r;
    char msg[512];
    const char *why;
    cJSON *o = parse(path, &key, &r, &why, msg, sizeof msg);
    enum sharefile_state state = !o || why ? SHAREFILE_NONE : r.failure ? SHAREFILE_FAILED : SHAREFILE_DONE;
    cJSON_Delete(o);
    return state;
}
