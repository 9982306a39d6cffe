// SPDX-License-Identifier: MulanPSL-2.0
// --symbols of `l2tlb walk` and `l2tlb tables`.
#include "cmd/options.h"
#include "cmd/walk.h"

#include <string.h>

static bool one(struct walk_symbols *y, const char *item, char *msg, size_t size)
{
    bool host = !strncmp(item, "host:", 5), guest = !strncmp(item, "guest:", 6);
    struct symbols **to = guest ? &y->guest : &y->host;
    if (*to || (!host && !guest && y->guest)) {
        snprintf(msg, size, "--symbols %s: there are some already (host:FILE and guest:FILE)", item);
        return false;
    }
    *to = symbols_open(item + (host ? 5 : guest ? 6 : 0), msg, size);
    if (!host && !guest)
        y->guest = y->host;
    return *to;
}

bool walk_symbols_open(struct walk_symbols *y, const struct opt_list *list, char *msg, size_t size)
{
    *y = (struct walk_symbols){NULL, NULL};
    bool fine = true;
    for (unsigned i = 0; fine && i < list->count; i++)
        fine = one(y, list->item[i], msg, size);
    return fine;
}

void walk_symbols_free(struct walk_symbols *y)
{
    symbols_free(y->host);
    if (y->guest != y->host)
        symbols_free(y->guest);
    *y = (struct walk_symbols){NULL, NULL};
}
