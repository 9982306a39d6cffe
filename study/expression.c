// SPDX-License-Identifier: MulanPSL-2.0
// Constraints, see expression.h: read and computed in one go, recursive descent.
#include "study/expression.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORD = 128, DEPTH = 32 };

struct value {
    bool text;
    double number;
    char word[WORD];
};

struct reader {
    const char *at;
    expression_name *name;
    void *ctx;
    unsigned depth;
    const char *why; // the first thing that is wrong
    char *msg;
    size_t size;
};

static void fail(struct reader *r, const char *what, const char *which)
{
    if (r->why)
        return;
    snprintf(r->msg, r->size, "%s%.60s", what, which);
    r->why = r->msg;
}

static void blanks(struct reader *r)
{
    while (*r->at == ' ' || *r->at == '\t')
        r->at++;
}

// What a name stands for: a number where it is one.
static struct value meaning(const char *text)
{
    struct value v = {.text = true};
    char *end;
    v.number = strtod(text, &end);
    v.text = end == text || *end || !isfinite(v.number);
    snprintf(v.word, sizeof v.word, "%s", text);
    return v;
}

static struct value sum(struct reader *r);

static struct value factor(struct reader *r)
{
    struct value v = {.number = 0};
    char word[WORD];
    blanks(r);
    if (*r->at == '(') {
        r->at++;
        if (++r->depth > DEPTH)
            fail(r, "too many brackets", "");
        else
            v = sum(r);
        r->depth--;
        blanks(r);
        if (*r->at == ')')
            r->at++;
        else
            fail(r, "a bracket is not closed", "");
        return v;
    }
    bool quoted = *r->at == '"';
    size_t n = 0;
    if (quoted)
        n = strcspn(++r->at, "\"");
    else
        while (isalnum((unsigned char)r->at[n]) || (r->at[n] && strchr("_.", r->at[n])))
            n++;
    if ((!quoted && !n) || n >= sizeof word || (quoted && !r->at[n])) {
        fail(r, quoted ? "a quotation mark is not closed" : "a number or a name is missing before: ", quoted ? "" : *r->at ? r->at : "the end");
        return v;
    }
    memcpy(word, r->at, n);
    word[n] = 0;
    r->at += n + quoted;
    v = meaning(word);
    if (quoted) {
        v.text = true;
    } else if (v.text || isalpha((unsigned char)*word)) {
        const char *text = r->name(r->ctx, word);
        if (!text)
            fail(r, "no parameter is called ", word);
        v = meaning(text ? text : "0");
    }
    return v;
}

static struct value combine(struct reader *r, struct value a, char how, struct value b)
{
    if (a.text || b.text)
        fail(r, "not a number: ", a.text ? a.word : b.word);
    if (how == '/' && b.number == 0)
        fail(r, "division by zero", "");
    a.number = how == '+' ? a.number + b.number : how == '-' ? a.number - b.number
               : how == '*' ? a.number * b.number : b.number != 0 ? a.number / b.number : 0;
    a.text = false;
    snprintf(a.word, sizeof a.word, "%.15g", a.number);
    return a;
}

static struct value term(struct reader *r)
{
    struct value v = factor(r);
    for (blanks(r); !r->why && (*r->at == '*' || *r->at == '/'); blanks(r)) {
        char how = *r->at++;
        v = combine(r, v, how, factor(r));
    }
    return v;
}

static struct value sum(struct reader *r)
{
    struct value v = term(r);
    for (blanks(r); !r->why && (*r->at == '+' || *r->at == '-'); blanks(r)) {
        char how = *r->at++;
        v = combine(r, v, how, term(r));
    }
    return v;
}

static bool compare(struct reader *r, const struct value *a, const char *how, const struct value *b)
{
    bool equality = how[1] == '=' && (*how == '=' || *how == '!');
    if (a->text || b->text) {
        if (!equality)
            fail(r, "text is only == or !=: ", a->text ? a->word : b->word);
        return (strcmp(a->word, b->word) == 0) == (*how == '=');
    }
    if (equality)
        return (a->number == b->number) == (*how == '=');
    bool less = a->number < b->number, more = a->number > b->number;
    return *how == '<' ? less || (how[1] && !more) : more || (how[1] && !less);
}

bool expression_true(const char *text, expression_name *name, void *ctx, const char **why, char *msg, size_t size)
{
    struct reader r = {.at = text, .name = name, .ctx = ctx, .msg = msg, .size = size};
    char how[3] = "";
    struct value a = sum(&r), b = {.number = 0};
    blanks(&r);
    if (!r.why) {
        size_t n = strspn(r.at, "<>=!");
        if (!n || n > 2 || (n == 1 && *r.at != '<' && *r.at != '>') || (n == 2 && r.at[1] != '='))
            fail(&r, "a comparison (<= < >= > == !=) is missing before: ", *r.at ? r.at : "the end");
        else
            memcpy(how, r.at, n);
        r.at += n;
        if (!r.why)
            b = sum(&r);
        blanks(&r);
    }
    if (!r.why && *r.at)
        fail(&r, "not understood: ", r.at);
    bool is = !r.why && compare(&r, &a, how, &b);
    *why = r.why;
    return is && !r.why;
}
