// SPDX-License-Identifier: MulanPSL-2.0
#include "cmd/parameters.h"

#include "replay/settings.h"

#include <stdio.h>
#include <string.h>

static bool asked(const struct opt_list *l)
{
    for (unsigned i = 0; l && i < l->count; i++)
        if (strcmp(l->item[i], "help") == 0)
            return true;
    return false;
}

static void print(const char *key, const char *value, const char *help, void *ctx)
{
    (void)ctx;
    printf("%-18s = %-13s ; %s\n", key, value, help);
}

int parameters_help(const struct options *o, const struct opt_list *world,
                    const struct opt_list *mem)
{
    struct replay_cfg cfg;
    bool for_world = asked(world), for_mem = asked(mem);
    if (!for_world && !for_mem)
        return OPTIONS_GO;
    replay_cfg_default(&cfg);
    if (for_world) {
        print("mode", "", "short for s_mode, vs_mode and g_mode", NULL);
        print("pages", "", "4k, 2m, 1g or mixed: short for huge and giga of both stages", NULL);
        world_cfg_each(&cfg.world, print, NULL);
    }
    if (for_mem)
        replay_memory_each(&cfg.memory, print, NULL);
    return fflush(stdout) == 0 ? 0 : options_error(o, "standard output: cannot be written");
}
