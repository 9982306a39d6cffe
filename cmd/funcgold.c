// SPDX-License-Identifier: MulanPSL-2.0
#include "cmd/funcgold.h"

#include "arch/bits.h"
#include "traces/source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_LENGTH = 4096, ARENA_SIZE = 16 << 20 };
#define ARENA_RISCV UINT64_C(0x90000000)
#define ARENA_A64 UINT64_C(0x50000000)

struct fg_reader {
    struct source *file;
    bool in_set, fresh;
    struct fg_set set;
    struct fg_probe probe;
    char copy[LINE_LENGTH]; // of the line, which is cut into words
};

bool fg_number(const char *text, uint64_t *value)
{
    char *end;
    if (!text || *text < '0' || *text > '9')
        return false;
    errno = 0;
    *value = strtoull(text, &end, text[0] == '0' && text[1] == 'x' ? 16 : 10);
    return !errno && *end == 0;
}

struct fg_reader *fg_open(const char *path, char *msg, size_t size)
{
    struct source *f = source_open(path, msg, size);
    struct fg_reader *r = f ? calloc(1, sizeof *r) : NULL;
    struct phys *mem = r ? phys_new() : NULL;
    if (!mem) {
        if (f)
            snprintf(msg, size, "%s: out of memory", path);
        source_close(f);
        free(r);
        return NULL;
    }
    r->file = f;
    r->set.mem = mem;
    return r;
}

void fg_close(struct fg_reader *r)
{
    if (!r)
        return;
    source_close(r->file);
    phys_free(r->set.mem);
    free(r);
}

bool fg_reg(const struct fg_set *set, const char *name, uint64_t *value)
{
    for (unsigned i = 0; i < set->nregs; i++)
        if (!strcmp(set->reg[i].name, name)) {
            *value = set->reg[i].value;
            return true;
        }
    return false;
}

const char *fg_field(const struct fg_probe *p, const char *key)
{
    for (unsigned i = 0; i < p->nfields; i++)
        if (!strcmp(p->field[i].key, key))
            return p->field[i].value;
    return NULL;
}

// A word that is not listed holds its own place in the arena and is 0 elsewhere
// (docs/recordings.md 12).
uint64_t fg_read(void *ctx, uint64_t addr, unsigned size)
{
    const struct fg_set *set = ctx;
    if (addr >> 48)
        return 0;
    uint64_t word = phys_read(set->mem, addr), offset = addr - set->arena;
    if (!word && offset < ARENA_SIZE) {
        uint64_t i = offset / 8;
        uint64_t low = set->arena == ARENA_RISCV
                           ? (i << 7 | 0x0b) & mask64(32)
                           : UINT64_C(0xd4200000) | offset >> 8 << 5;
        word = i << 32 | low;
    }
    return size == 4 ? bits(word >> (addr & 4 ? 32 : 0), 31, 0) : word;
}

// --- lines --------------------------------------------------------------------------------------

static const char *add_reg(struct fg_set *s, const char *name, const char *value)
{
    uint64_t v, old;
    if (!name || !value || strlen(name) >= sizeof s->reg[0].name)
        return "register name and value expected";
    if (!fg_number(value, &v))
        return "not a number";
    if (fg_reg(s, name, &old))
        return "register given twice";
    if (s->nregs == FG_REGS)
        return "too many registers in one set";
    strcpy(s->reg[s->nregs].name, name);
    s->reg[s->nregs++].value = v;
    return NULL;
}

static const char *parse_memory(struct fg_set *s, char **save)
{
    uint64_t addr, value, xlen;
    const char *a = strtok_r(NULL, " ", save), *v = strtok_r(NULL, " ", save);
    if (!fg_number(a, &addr) || !fg_number(v, &value))
        return "m: address and value expected";
    bool narrow = fg_reg(s, "xlen", &xlen) && xlen == 32;
    if (addr >> 48)
        return "m: address beyond 48 bits";
    if (addr & (narrow ? 3 : 7))
        return narrow ? "m: address is not a multiple of 4" : "m: address is not a multiple of 8";
    if (narrow) {
        if (value >> 32)
            return "m: value wider than 32 bits";
        unsigned shift = addr & 4 ? 32 : 0;
        value = (phys_read(s->mem, addr) & ~(mask64(32) << shift)) | value << shift;
    }
    return phys_write(s->mem, addr, value) ? NULL : "out of memory";
}

static const char *parse_probe(struct fg_reader *r, char **save)
{
    struct fg_probe *p = &r->probe;
    *p = (struct fg_probe){.text = r->copy};
    if (!fg_number(strtok_r(NULL, " ", save), &p->va))
        return "p: address expected";
    p->op = strtok_r(NULL, " ", save);
    char *word = strtok_r(NULL, " ", save);
    if (word && strcmp(word, ">")) {
        p->priv = word;
        word = strtok_r(NULL, " ", save);
    }
    if (!p->op || !word || strcmp(word, ">"))
        return "p: ADDR ACCESS [PRIV] > RESULT expected";
    word = strtok_r(NULL, " ", save);
    if (!word || (strcmp(word, "ok") && strcmp(word, "fault")))
        return "p: result must be ok or fault";
    p->ok = !strcmp(word, "ok");
    while ((word = strtok_r(NULL, " ", save)) && strcmp(word, "|")) {
        char *eq = strchr(word, '=');
        if (!eq)
            return "p: key=value expected";
        if (p->nfields == FG_FIELDS)
            return "p: too many fields";
        *eq = 0;
        p->field[p->nfields++] = (struct fg_field){word, eq + 1};
    }
    return NULL;
}

static const char *parse_bits(struct fg_set *s, char **save)
{
    for (char *word; (word = strtok_r(NULL, " ", save)) != NULL;) {
        char *eq = strchr(word, '=');
        if (!eq)
            return "bits: name=0|1 expected";
        *eq = 0;
        if (strcmp(eq + 1, "0") && strcmp(eq + 1, "1"))
            return "bits: a flag must be 0 or 1";
        const char *why = add_reg(s, word, eq + 1);
        if (why)
            return why;
    }
    return NULL;
}

static const char *start_set(struct fg_reader *r, char **save)
{
    const char *name = strtok_r(NULL, " ", save);
    if (r->in_set)
        return "set: the last set has no end";
    if (!name || strlen(name) >= sizeof r->set.name)
        return "set: a name of at most 63 characters expected";
    struct phys *mem = r->set.mem;
    phys_clear(mem);
    r->set = (struct fg_set){.mem = mem};
    strcpy(r->set.name, name);
    r->in_set = r->fresh = true;
    return NULL;
}

// One line. *is_probe: it was a complete probe.
static const char *parse_line(struct fg_reader *r, char *line, bool *is_probe)
{
    char *save, *word = strtok_r(line, " ", &save);
    struct fg_set *s = &r->set;
    *is_probe = false;
    if (!word || word[0] == '#')
        return NULL;
    if (!strcmp(word, "set"))
        return start_set(r, &save);
    if (!r->in_set)
        return "outside of a set";
    if (!strcmp(word, "end")) {
        r->in_set = false;
        return NULL;
    }
    if (!strcmp(word, "m"))
        return parse_memory(s, &save);
    if (!strcmp(word, "p")) {
        *is_probe = true;
        if (s->arch == FG_NONE)
            return "p: no register says which architecture this is";
        return parse_probe(r, &save);
    }
    if (!strcmp(word, "bits"))
        return parse_bits(s, &save);
    if (!strcmp(word, "cfg")) // the registers repeated readably
        return NULL;
    bool rv = !strcmp(word, "xlen"), reg = !strcmp(word, "reg");
    if (!rv && !reg && strcmp(word, "virt"))
        return "unknown keyword";
    const char *name = reg ? strtok_r(NULL, " ", &save) : word;
    const char *why = add_reg(s, name, strtok_r(NULL, " ", &save));
    if (why)
        return why;
    if (rv || !strcmp(name, "tcr_el1")) {
        s->arch = rv ? FG_RISCV : FG_A64;
        s->arena = rv ? ARENA_RISCV : ARENA_A64;
    }
    return NULL;
}

int fg_next(struct fg_reader *r, const struct fg_set **set, const struct fg_probe **probe,
            bool *new_set, char *msg, size_t size)
{
    const char *why = NULL;
    bool is_probe = false;
    size_t len;
    for (char *line; !why && (line = source_line(r->file, &len)) != NULL;) {
        if (len >= sizeof r->copy)
            why = "line too long";
        else
            strcpy(r->copy, line);
        if (!why)
            why = parse_line(r, line, &is_probe);
        if (!why && is_probe) {
            *set = &r->set;
            *probe = &r->probe;
            *new_set = r->fresh;
            r->fresh = false;
            return 1;
        }
    }
    if (!why)
        why = source_error(r->file);
    if (!why && r->in_set)
        why = "the last set has no end (truncated file?)";
    if (!why)
        return 0;
    snprintf(msg, size, "%s:%ju: %s", source_path(r->file), (uintmax_t)source_lines(r->file), why);
    return -1;
}

// --- what both architectures compare ------------------------------------------------------------

static bool expected_update(const struct fg_probe *p, uint64_t addr, uint64_t value)
{
    for (unsigned i = 0; i < p->nfields; i++) {
        if (strcmp(p->field[i].key, "upd"))
            continue;
        char text[64];
        snprintf(text, sizeof text, "0x%jx:0x%jx", (uintmax_t)addr, (uintmax_t)value);
        if (!strcmp(text, p->field[i].value))
            return true;
    }
    return false;
}

bool fg_check_effects(const struct fg_probe *p, const struct walk_result *r, char *msg, size_t size)
{
    unsigned want = 0, got = 0;
    for (unsigned i = 0; i < p->nfields; i++)
        want += !strcmp(p->field[i].key, "upd");
    for (unsigned i = 0; i < r->nupdates; i++) {
        bool last = true; // of this word
        for (unsigned j = i + 1; j < r->nupdates; j++)
            last &= r->update[j].address != r->update[i].address;
        if (!last)
            continue;
        got++;
        if (!expected_update(p, r->update[i].address, r->update[i].value)) {
            snprintf(msg, size, "update 0x%jx:0x%jx not expected",
                     (uintmax_t)r->update[i].address, (uintmax_t)r->update[i].value);
            return false;
        }
    }
    if (want != got) {
        snprintf(msg, size, "%u table words changed, expected %u", got, want);
        return false;
    }
    // With an update N counts a stage-2 walk that others do not make: not comparable
    // (docs/recordings.md 12).
    uint64_t reads;
    const char *implicit = fg_field(p, "implicit");
    if (want || (implicit && *implicit == 'w'))
        return true;
    if (!fg_number(fg_field(p, "reads"), &reads) || reads != r->nrefs) {
        snprintf(msg, size, "%u reads", r->nrefs);
        return false;
    }
    return true;
}
