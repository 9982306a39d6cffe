// SPDX-License-Identifier: MulanPSL-2.0
// INI files of parameters: a key is `section.name`, or a name without a section.
#include "arch/cfg.h"

#include "arch/ini.h"

#include <string.h>

struct file {
    struct l2tlb_cfg *cfg;
    bool sized; // a parameter was set that `preset` or `revision` would set again
};

static const char *take(void *ctx, unsigned line, const char *section, const char *name, const char *value, char *msg,
                        size_t size)
{
    struct file *f = ctx;
    char key[160];
    (void)line;
    snprintf(key, sizeof key, "%s%s%s", section, *section ? "." : "", name);
    bool base = strcmp(key, "preset") == 0 || strcmp(key, "revision") == 0;
    if (base && f->sized) {
        snprintf(msg, size, "%s: stands behind parameters that it would set again", key);
        return msg;
    }
    f->sized |= !base && strncmp(key, "errata", 6) != 0 && strncmp(key, "rule.", 5) != 0;
    return cfg_set(f->cfg, key, value, msg, size);
}

const char *cfg_read(struct l2tlb_cfg *cfg, FILE *in, const char *name, char *msg, size_t n)
{
    struct file f = {.cfg = cfg};
    return ini_read(in, name, take, &f, msg, n);
}

const char *cfg_load(struct l2tlb_cfg *cfg, const char *path, char *msg, size_t n)
{
    FILE *in = fopen(path, "r");
    if (!in) {
        snprintf(msg, n, "%s: cannot be read", path);
        return msg;
    }
    const char *why = cfg_read(cfg, in, path, msg, n);
    fclose(in);
    return why;
}
