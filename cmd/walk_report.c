// SPDX-License-Identifier: MulanPSL-2.0
// l2tlb walk --report json|csv: one line per address; and what --expect compares.
#include "cmd/walk.h"

#include <inttypes.h>
#include <string.h>

enum { FIELDS = 19, STEP_FIELDS = 2 };

// One value; text that holds a number is written without quotes in JSON, "" is null.
struct field {
    const char *name;
    char value[144];
    bool number;
};

const char *walk_access_name(unsigned access)
{
    static const char *const name[RV_ACCESSES] = {
        [RV_READ] = "r",    [RV_WRITE] = "w",         [RV_FETCH] = "x",
        [RV_READ_X] = "hx", [RV_SHADOW_READ] = "ssr", [RV_SHADOW_WRITE] = "ssw"};
    return name[access];
}

static const char *fault_name(unsigned fault)
{
    static const char *const name[] = {"none", "page", "guest", "access"};
    return name[fault];
}

bool walk_expected(const struct walk_result *r, const char *expect)
{
    if (!strcmp(expect, "any"))
        return true;
    if (!strcmp(expect, "result"))
        return r->fault == FAULT_NONE;
    if (!strcmp(expect, "fault"))
        return r->fault != FAULT_NONE;
    return strcmp(fault_name(r->fault), expect) == 0;
}

static void hex(struct field *f, const char *name, bool there, uint64_t v)
{
    *f = (struct field){.name = name};
    if (there)
        snprintf(f->value, sizeof f->value, "%" PRIx64, v);
}

static void number(struct field *f, const char *name, bool there, int v)
{
    *f = (struct field){.name = name, .number = true};
    if (there)
        snprintf(f->value, sizeof f->value, "%d", v);
}

static void word(struct field *f, const char *name, bool there, const char *text)
{
    *f = (struct field){.name = name};
    if (there)
        snprintf(f->value, sizeof f->value, "%s", text);
}

static unsigned fields(const struct walk_scene *s, const struct walk_request *q,
                       const struct walk_result *r, struct field f[FIELDS])
{
    bool arm = s->arch == WALK_AARCH64, fault = r->fault != FAULT_NONE;
    bool two = r->s2.level != WALK_OFF || r->fault == FAULT_GUEST;
    char denied[96];
    unsigned n = 0;
    walk_denial_text(s, r, denied);
    hex(&f[n++], "address", true, q->va);
    word(&f[n++], "access", true, walk_access_name(q->access));
    word(&f[n++], "privilege", true, arm ? (q->user ? "el0" : "el1") : q->user ? "u" : "s");
    number(&f[n++], "virt", !arm, q->virt);
    hex(&f[n++], "result", !fault, r->pa);
    hex(&f[n++], "guest_address", two, r->fault == FAULT_GUEST && !arm ? r->gpaddr : r->ipa);
    word(&f[n++], "fault", true, fault_name(r->fault));
    number(&f[n++], "cause", fault && !arm, r->cause);
    hex(&f[n++], "status_code", fault && arm, r->fst);
    word(&f[n++], "reason", fault, walk_reason_text(r->reason));
    word(&f[n++], "denied_by", denied[0], denied);
    number(&f[n++], "stage", fault && r->stage, r->stage);
    number(&f[n++], "level", fault && r->level != WALK_OFF, r->level);
    number(&f[n++], "stage1_page_log2", r->s1.level != WALK_OFF, r->s1.shift);
    number(&f[n++], "stage2_page_log2", r->s2.level != WALK_OFF, r->s2.shift);
    number(&f[n++], "references", true, r->nrefs);
    number(&f[n++], "updates", true, r->nupdates);
    if (s->mpt.regs.mode != SMMPT_BARE)
        number(&f[n++], "mpt_references", true, (int)walk_mpt_references(&s->mpt));
    if (s->symbols.host || s->symbols.guest) {
        char name[SYMBOL_TEXT];
        bool named = symbols_name(q->virt ? s->symbols.guest : s->symbols.host, q->va, name);
        word(&f[n++], "symbol", named, name);
    }
    return n;
}

// After which step the walk was made.
static unsigned step_fields(const struct walk_edits *e, unsigned step, struct field f[STEP_FIELDS])
{
    char text[140] = "before";
    if (step)
        snprintf(text, sizeof text, "%s %s", e->edit[step - 1].unmap ? "unmap" : "map",
                 e->edit[step - 1].text);
    number(&f[0], "step", true, (int)step);
    word(&f[1], "edit", true, text);
    return STEP_FIELDS;
}

// The words that a step changed; JSON: an array, CSV: one field of address:old:new.
static void put_words(const struct walk_edits *e, unsigned step, bool json, FILE *out)
{
    static const char *const form[2] = {
        "%s%" PRIx64 ":%" PRIx64 ":%" PRIx64,
        "%s{\"address\": \"%" PRIx64 "\", \"old\": \"%" PRIx64 "\", \"new\": \"%" PRIx64 "\"}"};
    size_t first = step ? e->edit[step - 1].first : 0, n = step ? e->edit[step - 1].count : 0;
    fputs(json ? ", \"words\": [" : ",", out);
    for (size_t i = first; i < first + n; i++)
        fprintf(out, form[json], i == first ? "" : json ? ", " : " ", e->word[i].address,
                e->word[i].old, e->word[i].value);
    if (json)
        fputc(']', out);
}

// A text without its quotes; a character of `special` has `escape` in front of it.
static void put_text(const char *text, const char *special, char escape, FILE *out)
{
    for (; *text; text++) {
        if (strchr(special, *text))
            fputc(escape, out);
        fputc(*text, out);
    }
}

static void put_json(const struct field *f, unsigned n, FILE *out)
{
    for (unsigned i = 0; i < n; i++) {
        const char *quote = f[i].number || !f[i].value[0] ? "" : "\"";
        fprintf(out, "%s\"%s\": %s", i ? ", " : "  {", f[i].name, quote);
        put_text(f[i].value[0] ? f[i].value : "null", "\"\\", '\\', out);
        fputs(quote, out);
    }
}

static void put_csv(const struct field *f, unsigned n, bool names, FILE *out)
{
    for (unsigned i = 0; i < n; i++) {
        const char *text = names ? f[i].name : f[i].value, *quote = strpbrk(text, ",\"") ? "\"" : "";
        fprintf(out, "%s%s", i ? "," : "", quote);
        put_text(text, "\"", '"', out);
        fputs(quote, out);
    }
}

void walk_report(const struct walk_scene *s, const struct walk_request *q,
                 const struct walk_result *r, bool json, uint64_t row,
                 const struct walk_edits *edits, unsigned step, FILE *out)
{
    struct field f[FIELDS + STEP_FIELDS];
    unsigned n = fields(s, q, r, f);
    if (edits)
        n += step_fields(edits, step, f + n);
    if (json)
        fputs(row ? ",\n" : "[\n", out);
    else if (!row) {
        put_csv(f, n, true, out);
        fputs(edits ? ",words\n" : "\n", out);
    }
    if (json)
        put_json(f, n, out);
    else
        put_csv(f, n, false, out);
    if (edits)
        put_words(edits, step, json, out);
    fputc(json ? '}' : '\n', out);
}
