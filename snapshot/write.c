// SPDX-License-Identifier: MulanPSL-2.0
// A snapshot as an image: text, registers first.
#include "snapshot/snapshot.h"
#include "traces/source.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void put_register(void *ctx, const char *name, uint64_t value)
{
    char line[80];
    int n = snprintf(line, sizeof line, "csr %s %" PRIx64 "\n", name, value);
    sink_write(ctx, line, (size_t)n);
}

static void put_word(uint64_t addr, uint64_t word, void *ctx)
{
    char line[48];
    int n = snprintf(line, sizeof line, "%" PRIx64 " %" PRIx64 "\n", addr, word);
    sink_write(ctx, line, (size_t)n);
}

static void put_comment(struct sink *out, const char *what, const char *text)
{
    char clean[512], line[640];
    int n = snprintf(line, sizeof line, "# %s%s\n", what, printable_text(text, clean, sizeof clean));
    sink_write(out, line, (size_t)n);
}

bool snapshot_write(const struct snapshot *s, const char *path, const char *from, const char *about, char *msg,
                    size_t size)
{
    const struct snap_regs *g = &s->regs;
    struct sink *out = sink_open(path, msg, size);
    char text[160];
    int virt = regs_guest(g), priv = regs_priv(g);
    if (!out)
        return false;
    put_comment(out, "l2tlb snapshot of ", from);
    put_comment(out, "", about);
    snprintf(text, sizeof text, "%s, stopped in the %s, privilege %d, pc %" PRIx64,
             g->arch == MACHINE_AARCH64 ? "aarch64" : "riscv64",
             virt < 0 ? "host or a guest" : virt ? "guest" : "host", priv, regs_get(g, REG_PC));
    put_comment(out, "", text);
    if (*g->missing)
        put_comment(out, "registers that are missing: ", g->missing);
    regs_print(g, put_register, out);
    phys_each(s->mem, put_word, out);
    return sink_close(out, msg, size);
}
