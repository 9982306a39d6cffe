// SPDX-License-Identifier: MulanPSL-2.0
#include "l2tlb/config.h"

#include "lib/impl.h"

#include <stdlib.h>
#include <string.h>

int l2tlb_cfg_new(const char *preset, l2tlb_config **c)
{
    *c = NULL;
    l2tlb_config *new = calloc(1, sizeof *new);
    if (!new)
        return L2TLB_NO_MEMORY;
    if (!cfg_preset(&new->cfg, preset ? preset : "default")) {
        free(new);
        return L2TLB_BAD_KEY;
    }
    *c = new;
    return L2TLB_OK;
}

int l2tlb_cfg_copy(const l2tlb_config *c, l2tlb_config **copy)
{
    *copy = malloc(sizeof **copy);
    if (!*copy)
        return L2TLB_NO_MEMORY;
    **copy = *c;
    (*copy)->message[0] = 0;
    return L2TLB_OK;
}

void l2tlb_cfg_free(l2tlb_config *c)
{
    free(c);
}

struct lookup {
    const char *key;
    char *value; // NULL: only whether it is there
    size_t size;
    int status;
};

static void look_up(const char *key, const char *value, const char *help, void *ctx)
{
    struct lookup *l = ctx;
    (void)help;
    if (strcmp(key, l->key) != 0)
        return;
    l->status = l->value && strlen(value) >= l->size ? L2TLB_BAD_SIZE : L2TLB_OK;
    if (l->value && !l->status)
        memcpy(l->value, value, strlen(value) + 1);
}

int l2tlb_cfg_set(l2tlb_config *c, const char *key, const char *value)
{
    struct l2tlb_cfg tried = c->cfg;
    const char *why = cfg_set(&tried, key, value, c->message, sizeof c->message);
    if (!why) {
        c->cfg = tried;
        c->message[0] = 0;
        return L2TLB_OK;
    }
    struct lookup l = {.key = key, .status = strcmp(key, "errata") == 0 ? L2TLB_OK : L2TLB_BAD_KEY};
    cfg_each(&c->cfg, look_up, &l);
    return l.status == L2TLB_BAD_KEY ? L2TLB_BAD_KEY : L2TLB_BAD_VALUE;
}

int l2tlb_cfg_ini(l2tlb_config *c, const char *text, const char *name)
{
    size_t n = strlen(text);
    struct l2tlb_cfg tried = c->cfg;
    c->message[0] = 0;
    if (!n)
        return L2TLB_OK;
    FILE *in = fmemopen((void *)(uintptr_t)text, n, "r"); // only read
    if (!in)
        return say(c->message, L2TLB_NO_MEMORY, "%s", l2tlb_status_text(L2TLB_NO_MEMORY));
    const char *why = cfg_read(&tried, in, name ? name : "text", c->message, sizeof c->message);
    fclose(in);
    if (why)
        return L2TLB_BAD_INPUT;
    c->cfg = tried;
    return L2TLB_OK;
}

int l2tlb_cfg_load(l2tlb_config *c, const char *path)
{
    struct l2tlb_cfg tried = c->cfg;
    c->message[0] = 0;
    if (cfg_load(&tried, path, c->message, sizeof c->message))
        return L2TLB_BAD_INPUT;
    c->cfg = tried;
    return L2TLB_OK;
}

int l2tlb_cfg_check(l2tlb_config *c)
{
    struct l2tlb_cfg finished = c->cfg;
    c->message[0] = 0;
    return cfg_finish(&finished, c->message, sizeof c->message) ? L2TLB_BAD_VALUE : L2TLB_OK;
}

// What is in force; of an impossible configuration what was set.
static struct l2tlb_cfg in_force(const l2tlb_config *c)
{
    char message[MESSAGE];
    struct l2tlb_cfg finished = c->cfg;
    return cfg_finish(&finished, message, sizeof message) ? c->cfg : finished;
}

int l2tlb_cfg_get(l2tlb_config *c, const char *key, char *value, size_t size)
{
    struct l2tlb_cfg cfg = in_force(c);
    struct lookup l = {.key = key, .value = value, .size = size, .status = L2TLB_BAD_KEY};
    c->message[0] = 0;
    cfg_each(&cfg, look_up, &l);
    if (l.status == L2TLB_BAD_KEY)
        return say(c->message, l.status, "%s: unknown parameter", key);
    if (l.status)
        return say(c->message, l.status, "%s: needs more than %zu bytes", key, size);
    return L2TLB_OK;
}

struct each {
    int (*fn)(const char *key, const char *value, const char *help, void *ctx);
    void *ctx;
    int status;
};

static void one(const char *key, const char *value, const char *help, void *ctx)
{
    struct each *e = ctx;
    if (!e->status)
        e->status = e->fn(key, value, help, e->ctx);
}

int l2tlb_cfg_each(l2tlb_config *c, int (*fn)(const char *key, const char *value, const char *help, void *ctx),
                   void *ctx)
{
    struct l2tlb_cfg cfg = in_force(c);
    struct each e = {.fn = fn, .ctx = ctx};
    cfg_each(&cfg, one, &e);
    return e.status;
}

const char *l2tlb_cfg_message(const l2tlb_config *c)
{
    return c->message;
}
