// SPDX-License-Identifier: MulanPSL-2.0
// Worlds as files: `ADDRESS VALUE` lines, sparse, with the control registers that belong to them.
#include "arch/bits.h"
#include "arch/pte.h"
#include "traces/source.h"
#include "traces/trace_code.h"
#include "world/world_impl.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *image_csr(struct world *w, char *name, char *value)
{
    struct trace_record r = {.kind = TRACE_CSR};
    struct tlb_csr csr;

    if (!trace_csr_find(name, &r.csr))
        return "unknown control register";
    if (!parse_hex(value, UINT64_MAX, &r.value))
        return "bad value";
    if (trace_record_check(&r, GVT_ACCESSES))
        return trace_record_check(&r, GVT_ACCESSES);
    if (!trace_csr_name(r.csr))
        return "PMP and PMA registers belong into the trace";
    return world_apply(w, &r, &csr) == WORLD_FULL ? "out of memory" : NULL;
}

static const char *image_word(struct world *w, const char *addr, const char *value)
{
    uint64_t a, v;

    if (!parse_hex(addr, mask64(48), &a))
        return "bad address (hexadecimal, at most 48 bits)";
    if (a & 7)
        return "unaligned address (must be a multiple of 8)";
    if (!parse_hex(value, UINT64_MAX, &v))
        return "bad value (hexadecimal, at most 64 bits)";
    if (phys_read(w->mem, a) != 0 && phys_read(w->mem, a) != v)
        return "address given twice with different values";
    return v == 0 || phys_write(w->mem, a, v) ? NULL : "out of memory";
}

// NULL, or what is wrong with the line.
static const char *image_line(struct world *w, char *line, bool *any)
{
    char *first = next_word(&line), *second, *third;

    if (!first || first[0] == '#')
        return NULL;
    second = next_word(&line);
    third = second ? next_word(&line) : NULL;
    if (next_word(&line) || (third && third[0] != '#' && strcmp(first, "csr") != 0))
        return third && third[0] == '#' ? NULL : "rubbish at the end of the line";
    *any = true;
    if (strcmp(first, "csr") == 0)
        return third ? image_csr(w, second, third) : "a register line is: csr NAME VALUE";
    return second ? image_word(w, first, second) : "a memory line is: ADDRESS VALUE";
}

static bool image_read(struct world *w, struct source *in, char *msg, size_t msg_size)
{
    const char *why = NULL;
    bool any = false;
    size_t len;
    char *line;

    while (!why && (line = source_line(in, &len)))
        why = image_line(w, line, &any);
    if (!why)
        why = source_error(in);
    if (!why && !any) {
        snprintf(msg, msg_size, "%s: empty image: no word of memory", source_path(in));
        return false;
    }
    if (why)
        snprintf(msg, msg_size, "%s:%" PRIu64 ": %s", source_path(in), source_lines(in), why);
    return !why;
}

// "FILE@ADDRESS" names a raw dump, unless there is a file of that whole name.
static bool is_raw(const char *path, char *file, size_t size, uint64_t *addr)
{
    const char *at = strrchr(path, '@');
    FILE *whole = fopen(path, "rb");

    if (whole)
        fclose(whole);
    if (whole || !at || (size_t)(at - path) >= size || !parse_hex(at + 1, mask64(48), addr))
        return false;
    memcpy(file, path, (size_t)(at - path));
    file[at - path] = 0;
    return true;
}

static bool read_any(struct world *w, const char *path, char *msg, size_t msg_size)
{
    char file[1024];
    uint64_t addr;
    bool raw = is_raw(path, file, sizeof file, &addr), fine;
    struct source *in = source_open(raw ? file : path, msg, msg_size);
    const unsigned char *p;
    const char *why;

    if (!in)
        return false;
    if (!raw && (source_peek(in, 4, &p) < 4 || memcmp(p, "\177ELF", 4) != 0)) {
        fine = image_read(w, in, msg, msg_size);
    } else {
        why = raw ? world_read_raw(w, in, addr) : world_read_elf(w, in);
        if (why)
            snprintf(msg, msg_size, "%s: %s", source_path(in), why);
        fine = !why;
    }
    source_close(in);
    return fine;
}

struct world *world_load(const char *path, const struct world_cfg *cfg, char *msg, size_t msg_size)
{
    struct world *w = calloc(1, sizeof *w);
    bool fine = false;

    if (w) {
        world_cfg_default(&w->cfg);
        w->cfg.stages = cfg ? cfg->stages : STAGES_TRACE;
        w->image = true;
    }
    if (w && world_setup(w))
        fine = read_any(w, path, msg, msg_size);
    else
        snprintf(msg, msg_size, "%s: out of memory", path);
    if (!fine) {
        world_free(w);
        return NULL;
    }
    return w;
}

// --- writing -------------------------------------------------------------------------------------
static void put_word(uint64_t addr, uint64_t word, void *ctx)
{
    char line[48];
    int n = snprintf(line, sizeof line, "%" PRIx64 " %" PRIx64 "\n", addr, word);

    sink_write(ctx, line, (size_t)n);
}

static void put_csr(struct sink *out, const char *name, uint64_t value)
{
    char line[48];
    int n = snprintf(line, sizeof line, "csr %s %" PRIx64 "\n", name, value);

    sink_write(out, line, (size_t)n);
}

static void put_atp(struct sink *out, const char *name, const struct atp *a)
{
    put_csr(out, name, (uint64_t)a->mode << 60 | (uint64_t)a->id << 44 | a->ppn);
}

// Roots of all address spaces, as comments: the registers name the current one only.
static void put_spaces(const struct world *w, struct sink *out)
{
    char line[96];

    for (size_t i = 0; i < w->guest_count; i++) {
        const struct guest *g = w->guests[i];
        int n;
        if (!g->pt)
            continue;
        n = snprintf(line, sizeof line, "# guest vmid %x: hgatp root page %" PRIx64 "\n",
                     (unsigned)g->vmid, pt_root_field(g->pt));
        sink_write(out, line, (size_t)n);
    }
    for (size_t i = 0; w->spaces && i <= w->space_mask; i++) {
        const struct space *s = &w->spaces[i];
        int n;
        if (!s->used || s->asid == KERNEL_ASID)
            continue;
        if (s->guest == &w->host)
            n = snprintf(line, sizeof line, "# asid %x: satp root page %" PRIx64 "\n",
                         (unsigned)s->asid, pt_root_field(s->pt));
        else
            n = snprintf(line, sizeof line,
                         "# vmid %x asid %x: vsatp root page %" PRIx64 "\n",
                         (unsigned)s->guest->vmid, (unsigned)s->asid, pt_root_field(s->pt));
        sink_write(out, line, (size_t)n);
    }
}

bool world_save(struct world *w, const char *path, char *msg, size_t msg_size)
{
    struct sink *out = sink_open(path, msg, msg_size);
    static const char title[] = "# l2tlb world image: csr NAME VALUE, then ADDRESS VALUE\n";

    if (!out)
        return false;
    sink_write(out, title, sizeof title - 1);
    put_spaces(w, out);
    put_atp(out, "satp", &w->csr.satp);
    put_atp(out, "vsatp", &w->csr.vsatp);
    put_atp(out, "hgatp", &w->csr.hgatp);
    if (w->csr.mbmc.bma || w->csr.mbmc.bme)
        put_csr(out, "mbmc",
                w->csr.mbmc.bma << 6 | (uint64_t)w->csr.mbmc.keyiden << 3 |
                    (uint64_t)w->csr.mbmc.bme << 2 | w->csr.mbmc.cmode);
    if (w->csr.mxr)
        put_csr(out, "mxr", 1);
    if (w->csr.m_pbmte)
        put_csr(out, "mpbmte", 1);
    if (w->csr.h_pbmte)
        put_csr(out, "hpbmte", 1);
    phys_each(w->mem, put_word, out);
    return sink_close(out, msg, msg_size);
}
