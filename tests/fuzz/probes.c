// SPDX-License-Identifier: MulanPSL-2.0
// Recorded translations: the reader and the functional walks of both architectures.
#include "cmd/funcgold.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char msg[512];
    const struct fg_set *set;
    const struct fg_probe *p;
    bool fresh, bad = false;
    int got = 1;
    struct fg_reader *r = fg_open(fuzz_file(0, data, size), msg, sizeof msg);
    if (!r) {
        fuzz_message(msg);
        return 0;
    }
    for (unsigned n = 0; n < 2000 && !bad && (got = fg_next(r, &set, &p, &fresh, msg, sizeof msg)) == 1; n++) {
        msg[0] = 0;
        bool same = set->arch == FG_RISCV ? fg_check_riscv(set, p, msg, sizeof msg, &bad)
                                          : fg_check_a64(set, p, msg, sizeof msg, &bad);
        if (!same || bad)
            fuzz_message(msg);
    }
    if (got < 0)
        fuzz_message(msg);
    fg_close(r);
    return 0;
}
