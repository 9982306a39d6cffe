// SPDX-License-Identifier: MulanPSL-2.0
#include "tests/fuzz/machines.h"

#include "tests/fuzz/fuzz.h"

void fuzz_machine(struct l2tlb_cfg *cfg, unsigned byte)
{
    static const char *const preset[] = {"minimal", "default", "minimal-bitmap", "cvm"};
    static const char *const revision[] = {"2025-05", "2026-03", "2026-07", "2026-07-v2"};
    char msg[200];
    fuzz_want(cfg_preset(cfg, preset[byte & 3]) &&
                  !cfg_set(cfg, "revision", revision[byte >> 2 & 3], msg, sizeof msg) &&
                  !cfg_set(cfg, "errata", byte & 16 ? "fixed" : "as-rtl", msg, sizeof msg) &&
                  !cfg_finish(cfg, msg, sizeof msg),
              "no such machine");
}
