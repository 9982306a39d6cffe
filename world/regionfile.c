// SPDX-License-Identifier: MulanPSL-2.0
#include "world/regionfile.h"

#include "traces/source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS = 7 };

// Index of a kind; REGION_KINDS: forbidden. -1: none of them.
static int kind_of(const char *word)
{
    static const char *const name[] = {"own", "guest", "pci", "device", "forbidden"};
    for (int i = 0; i < (int)(sizeof name / sizeof *name); i++)
        if (strcmp(word, name[i]) == 0)
            return i;
    return -1;
}

static const char *rights(const char *text, unsigned *flags)
{
    static const char letters[] = "rwxu";
    for (; *text; text++) {
        const char *at = strchr(letters, *text);
        if (!at)
            return "rights are letters of rwxu";
        *flags |= 1u << (at - letters);
    }
    return NULL;
}

static const char *region_line(struct regionline *l, int kind, const char *const word[WORDS], unsigned n)
{
    struct region *r = &l->region;
    l->forbidden = kind == REGION_KINDS;
    if (n != (l->forbidden ? 4u : 6u))
        return l->forbidden ? "a line is: forbidden NAME PHYSICAL BYTES"
                            : "a line is: KIND NAME ADDRESS PHYSICAL BYTES RIGHTS";
    if (strlen(word[1]) >= sizeof l->name)
        return "a name has at most 31 letters";
    strcpy(l->name, word[1]);
    r->kind = l->forbidden ? REGION_OWN : (unsigned)kind;
    const char *const *number = word + (l->forbidden ? 1 : 2);
    if ((!l->forbidden && !parse_hex(number[0], UINT64_MAX, &r->va)) ||
        !parse_hex(number[1], UINT64_MAX, &r->pa) || !parse_hex(number[2], UINT64_MAX, &r->size))
        return "addresses and sizes are hexadecimal";
    if (r->kind == REGION_PCI || r->kind == REGION_DEVICE)
        r->flags = PT_IO;
    return l->forbidden ? NULL : rights(word[5], &r->flags);
}

// Lines of the same tables must not contradict each other.
static const char *fits(const struct regionfile *f, struct regionline *l, char *msg, size_t size)
{
    struct region two[2];
    for (size_t i = 0; i <= f->count; i++) {
        const struct regionline *k = i < f->count ? &f->line[i] : l;
        two[0] = l->region;
        two[1] = k->region;
        two[0].name = l->name;
        two[1].name = k->name;
        bool other = k != l && !l->forbidden && !k->forbidden && k->where == l->where;
        if (!regions_check(two, other ? 2 : 1, 0, l->forbidden ? 1 : 4096, msg, size))
            return msg;
    }
    return NULL;
}

static const char *add(struct regionfile *f, const struct regionline *l)
{
    struct regionline *more = realloc(f->line, (f->count + 1) * sizeof *more);
    if (!more)
        return "out of memory";
    f->line = more;
    more[f->count++] = *l;
    return NULL;
}

static const char *one_line(struct regionfile *f, char *line, int *where, char *msg, size_t size)
{
    const char *word[WORDS] = {NULL};
    struct regionline l = {.where = *where};
    unsigned n = 0;
    uint64_t id;
    line[strcspn(line, "#")] = 0;
    while (n < WORDS && (word[n] = next_word(&line)) != NULL)
        n++;
    if (!n)
        return NULL;
    if (!strcmp(word[0], "host") && n == 1)
        return *where = REGION_HOST, NULL;
    if (!strcmp(word[0], "vmid"))
        return n == 2 && parse_dec(word[1], 65535, &id) ? *where = (int)id, NULL : "a line is: vmid NUMBER";
    int kind = kind_of(word[0]);
    if (kind < 0)
        return "a line begins with own, guest, pci, device, forbidden, host or vmid";
    if (f->count == REGION_LINES)
        return "more than 4096 regions";
    const char *why = region_line(&l, kind, word, n);
    if (!why)
        why = fits(f, &l, msg, size);
    return why ? why : add(f, &l);
}

bool regionfile_read(struct regionfile *f, const char *path, char *msg, size_t size)
{
    char text[200];
    const char *why = NULL;
    int where = REGION_ALL;
    size_t len;
    *f = (struct regionfile){0};
    struct source *in = source_open(path, msg, size);
    if (!in)
        return false;
    for (char *line; !why && (line = source_line(in, &len)) != NULL;)
        why = one_line(f, line, &where, text, sizeof text);
    why = why ? why : source_error(in);
    if (!why && !f->count)
        why = "no region";
    if (why)
        snprintf(msg, size, "%s:%ju: %s", path, (uintmax_t)source_lines(in), why);
    source_close(in);
    for (size_t i = 0; i < f->count; i++)
        f->line[i].region.name = f->line[i].name;
    return !why;
}

void regionfile_free(struct regionfile *f)
{
    free(f->line);
    *f = (struct regionfile){0};
}
