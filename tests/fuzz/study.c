// SPDX-License-Identifier: MulanPSL-2.0
// Studies: STUDY.ini, read behind a line of traces (inputs that name others are left out, they would look at any
// file). Some of its points are drawn, twice alike, and configured, with their constraints.
#define _GNU_SOURCE // memmem
#include "study/draw.h"
#include "study/expression.h"
#include "study/point.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

enum { POINTS = 40, TEXT_MAX = 1 << 14 };

struct drawn {
    const struct study *s;
    unsigned count;
    struct fuzz_text text; // the labels of what was drawn
};

static const char *meaning(void *ctx, const char *name)
{
    static char buf[128];
    return point_lookup(ctx, name, buf, sizeof buf);
}

static bool take(void *ctx, const uint32_t *value)
{
    static char text[POINT_TEXT], label[4096];
    struct drawn *d = ctx;
    struct replay_cfg cfg;
    char msg[STUDY_MSG], buf[128];
    const char *why = NULL;
    fputs(point_label(d->s, value, label, sizeof label), d->text.stream);
    if (point_set(d->s, value, 1, &cfg, msg, sizeof msg)) {
        fuzz_message(msg);
        return false;
    }
    point_text(&cfg, text);
    fuzz_want(point_lookup(text, "llptw.size", buf, sizeof buf) && point_lookup(text, "watchdog", buf, sizeof buf),
              "a configuration without a key");
    for (unsigned i = 0; i < d->s->rules && !why; i++)
        expression_true(d->s->rule[i], meaning, text, &why, msg, sizeof msg);
    if (why || point_check(d->s, value, &cfg, msg, sizeof msg))
        fuzz_message(msg);
    return ++d->count < POINTS;
}

static bool draw(const char *path, struct drawn *d, char *msg, size_t size)
{
    struct study *s = study_load(path, msg, size);
    *d = (struct drawn){.s = s};
    fuzz_open(&d->text);
    if (s && s->points <= 10000)
        draw_all(s, take, d, msg, size);
    fuzz_close(&d->text);
    study_free(s);
    return s != NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char head[] = "[study]\ntraces = /proc/self/exe\n";
    char msg[STUDY_MSG];
    struct drawn a, b;
    if (size > TEXT_MAX || memmem(data, size, "traces", 6))
        return 0;
    char *text = malloc(sizeof head + size);
    fuzz_want(text != NULL, "no memory");
    memcpy(text, head, sizeof head - 1);
    memcpy(text + sizeof head - 1, data, size);
    const char *path = fuzz_file(0, text, sizeof head - 1 + size);
    free(text);
    bool fine = draw(path, &a, msg, sizeof msg);
    if (!fine)
        fuzz_message(msg);
    fuzz_want(draw(path, &b, msg, sizeof msg) == fine, "read once, refused once");
    fuzz_same(&a.text, &b.text, "two draws differ");
    fuzz_free(&a.text);
    fuzz_free(&b.text);
    return 0;
}
