// SPDX-License-Identifier: MulanPSL-2.0
#include "cmd/funcgold.h"

bool fg_check_a64(const struct fg_set *set, const struct fg_probe *p, char *msg, size_t size,
                  bool *bad)
{
    (void)set;
    (void)p;
    snprintf(msg, size, "AArch64 translations are not supported yet");
    *bad = true;
    return false;
}
