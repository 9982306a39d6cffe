// SPDX-License-Identifier: MulanPSL-2.0
// Konata's log, see kanata.h. Its commands must be in the order of cycles, but a life is known when it
// ends: commands are kept until no older request is in flight, then sorted and written.
#include "replay/kanata.h"

#include <inttypes.h>
#include <stdlib.h>

enum { FLUSH_AT = 1 << 16, RING = 1 << 17 };

enum command_kind { COMMAND_BEGIN, COMMAND_STAGE, COMMAND_RETIRE };

struct command {
    uint64_t cycle, vpn;
    uint64_t id; // number of the answer
    uint32_t tag;
    uint8_t kind, cause, s2xlate, port;
};

struct kanata {
    FILE *out;
    struct command *command;
    size_t count, room;
    uint64_t next, shown, retired, cycle;
    // The file numbers requests in the order in which they begin. Answers whose commands are partly
    // written lie less than FLUSH_AT numbers apart.
    uint64_t number[RING];
    bool begun;
};

struct kanata *kanata_new(FILE *out)
{
    struct kanata *k = calloc(1, sizeof *k);
    if (!k)
        return NULL;
    k->out = out;
    fputs("Kanata\t0004\n", out);
    return k;
}

static int in_order(const void *a, const void *b)
{
    const struct command *x = a, *y = b;
    if (x->cycle != y->cycle)
        return x->cycle < y->cycle ? -1 : 1;
    if (x->id != y->id)
        return x->id < y->id ? -1 : 1;
    return x->kind < y->kind ? -1 : x->kind > y->kind;
}

static void put(struct kanata *k, const struct command *c)
{
    static const char *const kind[KINDS] = {"one-stage", "VS only", "G only", "two-stage"};
    if (!k->begun)
        fprintf(k->out, "C=\t%" PRIu64 "\n", c->cycle);
    else if (c->cycle != k->cycle)
        fprintf(k->out, "C\t%" PRIu64 "\n", c->cycle - k->cycle);
    k->begun = true;
    k->cycle = c->cycle;
    uint64_t *number = &k->number[c->id & (RING - 1)];
    if (c->kind == COMMAND_BEGIN) {
        *number = k->shown++;
        fprintf(k->out, "I\t%" PRIu64 "\t%" PRIu32 "\t%u\nL\t%" PRIu64 "\t0\t%" PRIx64 ": %s, port %u, request %" PRIu32 "\n",
                *number, c->tag, c->port, *number, c->vpn, kind[c->s2xlate], c->port, c->tag);
    } else if (c->kind == COMMAND_STAGE) {
        fprintf(k->out, "S\t%" PRIu64 "\t0\t%s\n", *number, l2tlb_cause_name[c->cause]);
    } else {
        fprintf(k->out, "R\t%" PRIu64 "\t%" PRIu64 "\t0\n", *number, k->retired++);
    }
}

static void flush(struct kanata *k, uint64_t before)
{
    size_t n = 0;
    if (k->count)
        qsort(k->command, k->count, sizeof *k->command, in_order);
    while (n < k->count && k->command[n].cycle < before)
        put(k, &k->command[n++]);
    for (size_t i = n; i < k->count; i++)
        k->command[i - n] = k->command[i];
    k->count -= n;
}

bool kanata_answer(struct kanata *k, const struct tracked_answer *a, uint64_t oldest)
{
    if (k->count + a->steps + 2 > k->room) {
        size_t room = k->room ? 2 * k->room : 2 * FLUSH_AT;
        struct command *more = realloc(k->command, room * sizeof *more);
        if (!more)
            return false;
        k->command = more;
        k->room = room;
    }
    struct command c = {.cycle = a->accepted, .vpn = a->vpn, .id = k->next++, .tag = a->tag, .s2xlate = a->s2xlate,
                        .port = a->port};
    k->command[k->count++] = c;
    c.kind = COMMAND_STAGE;
    for (unsigned i = 0; i < a->steps; i++) {
        c.cycle = a->accepted + a->step[i].at;
        c.cause = a->step[i].cause;
        k->command[k->count++] = c;
    }
    c.kind = COMMAND_RETIRE;
    c.cycle = a->accepted + a->latency;
    k->command[k->count++] = c;
    if (k->count > FLUSH_AT)
        flush(k, oldest);
    return true;
}

bool kanata_finish(struct kanata *k)
{
    flush(k, UINT64_MAX);
    bool ok = !ferror(k->out);
    free(k->command);
    free(k);
    return ok;
}
