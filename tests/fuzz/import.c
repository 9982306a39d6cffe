// SPDX-License-Identifier: MulanPSL-2.0
// Importers. Bytes 0 to 2: format and options; the rest is the file. Every record that comes out is
// legal, and none is lost: read = out + fetches of the same line + refused.
#include "tests/fuzz/fuzz.h"
#include "traces/import/import.h"

enum { RECORDS = 100000 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_bytes b = {data, size};
    const struct import_format *f = &import_formats[fuzz_byte(&b) % IMPORT_FORMATS];
    unsigned how = fuzz_byte(&b), isa = fuzz_byte(&b);
    struct import_cfg cfg = {
        .fetch_all = how & 1,
        .canonical = (const unsigned[]){0, 39, 48, 0}[how >> 1 & 3],
        .priv = (const uint8_t[]){GVT_U, GVT_S, GVT_M, GVT_U}[how >> 3 & 3],
        .virt = how >> 5 & 1,
        .s2xlate = (uint8_t)(how >> 6),
        .isa = (uint8_t)(isa % (GVT_ISAS + 1)),
    };
    char msg[TRACE_MSG], summary[1024];
    struct trace_record r;
    uint64_t n = 0;
    int got = 1;
    if (cfg.priv == GVT_M)
        cfg.virt = false;
    struct import *m = import_open(fuzz_file(0, b.p, b.n), f, &cfg, msg, sizeof msg);
    if (!m) {
        fuzz_message(msg);
        return 0;
    }
    while (n < RECORDS && (got = import_next(m, &r)) == 1) {
        n++;
        fuzz_want(!trace_record_check(&r, f->klass), "an illegal record comes out");
    }
    if (got < 0)
        fuzz_message(m->error);
    if (got == 0) {
        fuzz_want(m->tally.out == n, "the count of records out is wrong");
        fuzz_want(m->tally.read == n + m->tally.same_line + m->tally.refused, "a record is lost");
        import_summary(m, summary, sizeof summary);
        fuzz_message(summary);
    }
    import_close(m);
    return 0;
}
