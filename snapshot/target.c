// SPDX-License-Identifier: MulanPSL-2.0
// Target descriptions, see target.h.
#include "snapshot/target.h"

#include "traces/source.h"

#include <expat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { DEPTH = 4 }; // of files that include each other

struct reader {
    struct target *t;
    const struct target_files *files;
    XML_Parser xml; // of the file that is read now
    const char *why;
    bool architecture; // inside of that element
    unsigned depth, read;
};

static void one_file(struct reader *r, const char *annex);

static const char *attribute(const char **a, const char *name)
{
    for (; *a; a += 2)
        if (strcmp(a[0], name) == 0)
            return a[1];
    return NULL;
}

static void refuse(struct reader *r, const char *why)
{
    if (!r->why)
        r->why = why;
    XML_StopParser(r->xml, XML_FALSE);
}

static void one_register(struct reader *r, const char **a)
{
    struct target *t = r->t;
    const char *name = attribute(a, "name"), *bits = attribute(a, "bitsize");
    const char *number = attribute(a, "regnum");
    uint64_t n = t->next, width;
    if (!name || !bits || !parse_dec(bits, 65536, &width) || (number && !parse_dec(number, INT32_MAX, &n))) {
        refuse(r, "a register of the target description has no name, bitsize or number");
        return;
    }
    t->next = (uint32_t)n + 1;
    if (strlen(name) >= TARGET_NAME)
        return;
    if (t->regs == TARGET_REGS) {
        refuse(r, "the target description has more than 8192 registers");
        return;
    }
    if (t->regs == t->room) {
        size_t room = t->room ? 2 * t->room : 256;
        struct target_reg *more = realloc(t->reg, room * sizeof *more);
        if (!more) {
            refuse(r, "out of memory");
            return;
        }
        t->reg = more;
        t->room = room;
    }
    struct target_reg *to = &t->reg[t->regs++];
    *to = (struct target_reg){.number = (uint32_t)n, .bits = (uint16_t)(width > UINT16_MAX ? 0 : width)};
    memcpy(to->name, name, strlen(name) + 1);
}

// Stands where its registers are counted: numbers without regnum go on through it.
static void include(struct reader *r, const char *annex)
{
    XML_Parser outer = r->xml;
    if (!annex || r->depth == DEPTH || r->read == TARGET_FILES) {
        refuse(r, "the target description includes too many files, itself, or one without a name");
        return;
    }
    one_file(r, annex);
    r->xml = outer;
    if (r->why)
        XML_StopParser(outer, XML_FALSE);
}

static void XMLCALL begin(void *ctx, const char *name, const char **a)
{
    struct reader *r = ctx;
    if (strcmp(name, "reg") == 0)
        one_register(r, a);
    else if (strcmp(name, "xi:include") == 0)
        include(r, attribute(a, "href"));
    r->architecture = strcmp(name, "architecture") == 0;
}

static void XMLCALL end(void *ctx, const char *name)
{
    (void)name;
    ((struct reader *)ctx)->architecture = false;
}

static void XMLCALL text(void *ctx, const char *s, int n)
{
    struct reader *r = ctx;
    char *to = r->t->architecture;
    size_t used = strlen(to);
    for (int i = 0; r->architecture && i < n; i++)
        if (used + 1 < TARGET_NAME && s[i] > ' ')
            to[used++] = s[i];
    to[used] = 0;
}

static void one_file(struct reader *r, const char *annex)
{
    size_t size;
    char *data = r->files->read(r->files->ctx, annex, &size);
    r->read++;
    r->xml = data ? XML_ParserCreate(NULL) : NULL;
    if (!r->xml) {
        r->why = data ? "out of memory" : "";
        free(data);
        return;
    }
    r->depth++;
    XML_Parser xml = r->xml;
    XML_SetUserData(xml, r);
    XML_SetElementHandler(xml, begin, end);
    XML_SetCharacterDataHandler(xml, text);
    if (XML_Parse(xml, data, (int)size, 1) != XML_STATUS_OK && !r->why)
        r->why = "the target description is no well-formed XML";
    XML_ParserFree(xml);
    r->depth--;
    free(data);
}

const char *target_read(struct target *t, const struct target_files *files)
{
    struct reader r = {.t = t, .files = files};
    *t = (struct target){.next = 0};
    one_file(&r, "target.xml");
    return r.why;
}

void target_free(struct target *t)
{
    free(t->reg);
    t->reg = NULL;
    t->regs = t->room = 0;
}

const struct target_reg *target_find(const struct target *t, const char *name)
{
    for (size_t i = 0; i < t->regs; i++)
        if (strcasecmp(t->reg[i].name, name) == 0)
            return &t->reg[i];
    return NULL;
}
