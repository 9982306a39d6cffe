// SPDX-License-Identifier: MulanPSL-2.0
// Rows of answered requests, see requests.h.
#include "replay/requests.h"

#include "traces/source.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char *const kind_name[KINDS] = {"s", "vs", "g", "vs_g"};
static const char *const path_name[PATHS] = {"l0", "sp", "l1", "l2", "l3", "root"};
static const char *const gside_name[GSIDES] = {"none", "cached", "walked"};
static const char *const page_name[LEVELS + 1] = {"4k", "2m", "1g", "512g", "-"};
static const char stage_letter[] = "sgbm";

const char *request_cause_name(unsigned cause, char buf[32])
{
    unsigned i = 0;
    for (const char *c = l2tlb_cause_name[cause]; *c && i < 31; c++)
        buf[i++] = (char)tolower((unsigned char)*c);
    buf[i] = 0;
    return buf;
}

void requests_head(FILE *out)
{
    char buf[32];
    fputs("request,port,kind,vpn,accepted,latency,path,g_stage,fault,page,g_page,reads", out);
    for (unsigned c = 0; c < CAUSE_COUNT; c++)
        fprintf(out, ",%s", request_cause_name(c, buf));
    fputs(",steps,read_list\n", out);
}

void requests_write(FILE *out, const struct tracked_answer *a)
{
    static const char *const fault[] = {"none", "pf", "af", "pf+af"};
    char buf[32];
    fprintf(out, "%" PRIu32 ",%u,%s,%" PRIx64 ",%" PRIu64 ",%" PRIu32 ",%s,%s,", a->tag, a->port, kind_name[a->s2xlate],
            a->vpn, a->accepted, a->latency, path_name[a->path], gside_name[a->gside]);
    fprintf(out, "%s,%s,%s,%u", a->fault & 3 ? fault[a->fault & 3] : a->fault & 8 ? "gaf" : a->fault & 4 ? "gpf" : "none",
            page_name[a->s1_level], page_name[a->g_level], a->reads);
    for (unsigned c = 0; c < CAUSE_COUNT; c++)
        fprintf(out, ",%" PRIu32, a->cause[c]);
    fputc(',', out);
    for (unsigned i = 0; i < a->steps; i++) {
        const struct life_step *s = &a->step[i];
        fprintf(out, "%s%s@%" PRIu32, i ? ";" : "", request_cause_name(s->cause, buf), s->at);
        if (s->holder != TAG_NONE)
            fprintf(out, ">%" PRIu32, s->holder);
    }
    fputc(',', out);
    for (unsigned i = 0; i < a->kept_reads; i++) {
        const struct life_read *r = &a->read[i];
        fprintf(out, "%s%c%u:%" PRIx64 "@%" PRIu32 "+%" PRIu32, i ? ";" : "", stage_letter[r->stage], r->level, r->addr,
                r->at, r->cycles);
    }
    fputc('\n', out);
}

// --- reading ----------------------------------------------------------------------------------------

bool requests_is_head(const char *line)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        return false;
    requests_head(out);
    bool same = fclose(out) == 0 && strncmp(line, text, size - 1) == 0 &&
                line[size - 1 + strspn(line + size - 1, "\r\n")] == 0;
    free(text);
    return same;
}

// The field up to the next comma or the end of the line; *p moves behind it. NULL: there is none.
static char *field(char **p)
{
    char *start = *p;
    if (!start)
        return NULL;
    char *end = start + strcspn(start, ",\r\n");
    *p = *end == ',' ? end + 1 : NULL;
    *end = 0;
    return start;
}

static bool number(const char *text, int base, uint64_t max, uint64_t *value)
{
    return text && (base == 16 ? parse_hex : parse_dec)(text, max, value);
}

static bool word(const char *text, const char *const *name, unsigned n, uint8_t *value)
{
    for (unsigned i = 0; text && i < n; i++)
        if (strcmp(text, name[i]) == 0) {
            *value = (uint8_t)i;
            return true;
        }
    return false;
}

static bool fault_of(const char *text, uint8_t *fault)
{
    static const struct {
        const char *name;
        uint8_t bits;
    } known[] = {{"none", 0}, {"pf", 1}, {"af", 2}, {"pf+af", 3}, {"gpf", 4}, {"gaf", 8}};
    for (unsigned i = 0; text && i < sizeof known / sizeof *known; i++)
        if (strcmp(text, known[i].name) == 0) {
            *fault = known[i].bits;
            return true;
        }
    return false;
}

static bool read_step(const char *text, struct life_step *s)
{
    char buf[32];
    uint32_t at, holder = TAG_NONE;
    int end = 0;
    const char *sign = strchr(text, '@');
    if (!sign || (sscanf(sign, "@%" SCNu32 ">%" SCNu32 "%n", &at, &holder, &end), !end &&
                  (sscanf(sign, "@%" SCNu32 "%n", &at, &end), !end)) || sign[end])
        return false;
    for (unsigned c = 0; c < CAUSE_COUNT; c++) {
        request_cause_name(c, buf);
        if (strlen(buf) == (size_t)(sign - text) && memcmp(buf, text, (size_t)(sign - text)) == 0) {
            *s = (struct life_step){.at = at, .holder = holder, .cause = (uint8_t)c};
            return true;
        }
    }
    return false;
}

static bool read_read(const char *text, struct life_read *r)
{
    char letter;
    unsigned level;
    int end = 0;
    if (sscanf(text, "%c%1u:%" SCNx64 "@%" SCNu32 "+%" SCNu32 "%n", &letter, &level, &r->addr, &r->at, &r->cycles, &end) != 5 ||
        text[end] || level >= LEVELS || !strchr(stage_letter, letter))
        return false;
    r->stage = (uint8_t)(strchr(stage_letter, letter) - stage_letter);
    r->level = (uint8_t)level;
    return true;
}

static const char *read_lists(struct request_row *row, char *steps, char *reads)
{
    struct tracked_answer *a = &row->a;
    char *save = NULL;
    for (char *t = strtok_r(steps, ";", &save); t; t = strtok_r(NULL, ";", &save))
        if (a->steps == REQUEST_STEPS || !read_step(t, &row->step[a->steps++]))
            return "a step is not CAUSE@CYCLES";
    for (char *t = strtok_r(reads, ";", &save); t; t = strtok_r(NULL, ";", &save))
        if (a->kept_reads == REQUEST_READS || !read_read(t, &row->read[a->kept_reads++]))
            return "a read is not STAGE LEVEL:ADDRESS@CYCLES+CYCLES";
    for (unsigned i = 0; i < a->steps; i++)
        if (row->step[i].at > a->latency || (i && row->step[i].at < row->step[i - 1].at))
            return "the steps do not follow one another within the latency";
    return NULL;
}

const char *requests_read(const char *line, struct request_row *row)
{
    char text[REQUEST_LINE], *p = text;
    struct tracked_answer *a = &row->a;
    uint64_t tag, port, latency, reads, v;
    if (strlen(line) >= sizeof text)
        return "the line is too long";
    memcpy(text, line, strlen(line) + 1);
    *row = (struct request_row){.a = {.cause = row->cause, .step = row->step, .read = row->read}};
    if (!number(field(&p), 10, UINT32_MAX, &tag) || !number(field(&p), 10, 1, &port) ||
        !word(field(&p), kind_name, KINDS, &a->s2xlate) || !number(field(&p), 16, UINT64_MAX, &a->vpn) ||
        !number(field(&p), 10, UINT64_MAX, &a->accepted) || !number(field(&p), 10, UINT32_MAX, &latency) ||
        !word(field(&p), path_name, PATHS, &a->path) || !word(field(&p), gside_name, GSIDES, &a->gside) ||
        !fault_of(field(&p), &a->fault) || !word(field(&p), page_name, LEVELS + 1, &a->s1_level) ||
        !word(field(&p), page_name, LEVELS + 1, &a->g_level) || !number(field(&p), 10, UINT32_MAX, &reads))
        return "a field is missing or malformed";
    a->tag = (uint32_t)tag;
    a->port = (uint8_t)port;
    a->latency = (uint32_t)latency;
    a->reads = (unsigned)reads;
    for (unsigned c = 0; c < CAUSE_COUNT; c++) {
        if (!number(field(&p), 10, UINT32_MAX, &v))
            return "the cycles of a cause are missing or malformed";
        row->cause[c] = (uint32_t)v;
    }
    char *steps = field(&p), *list = field(&p);
    if (!steps || !list || p)
        return "there are too few fields, or too many";
    return read_lists(row, steps, list);
}
