// SPDX-License-Identifier: MulanPSL-2.0
// Importers: the queue of records that all share, and Valgrind lackey.
#include "traces/import/import.h"

#include "arch/bits.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct import_format import_formats[IMPORT_FORMATS] = {
    {"lackey", "Valgrind lackey, --trace-mem=yes", GVT_X86_64, GVT_ACCESSES, import_lackey},
    {"champsim", "ChampSim input_instr, records of 64 bytes", GVT_X86_64, GVT_ACCESSES,
     import_champsim},
    {"cloudsuite", "ChampSim cloudsuite_instr, records of 96 bytes", GVT_OTHER, GVT_ACCESSES,
     import_cloudsuite},
    {"spike", "Spike commit log (-l --log-commits)", GVT_RISCV64, GVT_ACCESSES, import_spike},
    {"execlog", "QEMU's execlog plugin, user mode", GVT_OTHER, GVT_ACCESSES, import_execlog},
    {"csv", "CSV with a header line: op, addr, size, mode, cycle, insns", GVT_OTHER, GVT_ACCESSES,
     import_csv},
    {"chiseldb", "CSV of XiangShan's ChiselDB table L1Tlb (VPN, STAMP, SITE)", GVT_RISCV64,
     GVT_PORTS, import_chiseldb},
};

const struct import_format *import_find(const char *name)
{
    for (unsigned i = 0; i < IMPORT_FORMATS; i++)
        if (strcmp(name, import_formats[i].name) == 0)
            return &import_formats[i];
    return NULL;
}

struct import *import_open(const char *path, const struct import_format *f,
                           const struct import_cfg *cfg, char *msg, size_t msg_size)
{
    struct source *in = source_open(path, msg, msg_size);
    struct import *m = in ? calloc(1, sizeof *m) : NULL;

    if (!m) {
        if (in)
            snprintf(msg, msg_size, "%s: out of memory", path);
        source_close(in);
        return NULL;
    }
    m->format = f;
    m->cfg = *cfg;
    m->in = in;
    return m;
}

void import_close(struct import *m)
{
    if (m)
        source_close(m->in);
    free(m);
}

int import_fail(struct import *m, const char *format, ...)
{
    va_list args;
    bool text = source_lines(m->in) > 0;
    int n = snprintf(m->error, sizeof m->error, text ? "%s:%llu: " : "%s: record %llu: ",
                     source_path(m->in),
                     (unsigned long long)(text ? source_lines(m->in) : m->units + 1));

    va_start(args, format);
    if (n > 0 && (size_t)n < sizeof m->error)
        vsnprintf(m->error + n, sizeof m->error - (size_t)n, format, args);
    va_end(args);
    return -1;
}

void import_put(struct import *m, const struct trace_record *r)
{
    if (m->count < IMPORT_QUEUE)
        m->queue[(m->head + m->count++) % IMPORT_QUEUE] = *r;
}

uint64_t import_canonical(const struct import *m, uint64_t addr)
{
    unsigned n = m->cfg.canonical;

    if (n == 0)
        return addr;
    return addr >> 63 ? addr | ~mask64(n - 1) : addr & mask64(n - 1);
}

void import_access(struct import *m, unsigned op, uint64_t addr, uint64_t size)
{
    struct trace_record r = {.kind = TRACE_ACCESS, .op = (uint8_t)op};

    if (op == GVT_FETCH) {
        m->insns++;
        if (!m->cfg.fetch_all && (addr + size - 1) >> 6 == m->fetch_line - 1)
            return;
        m->fetch_line = ((addr + size - 1) >> 6) + 1;
    }
    r.size = (uint16_t)(size == 0 ? 1 : size > 4096 ? 4096 : size);
    r.addr = import_canonical(m, addr);
    r.priv = m->cfg.priv;
    r.virt = m->cfg.virt;
    r.insns = m->insns;
    m->insns = 0;
    import_put(m, &r);
}

char *import_line(struct import *m, bool *failed)
{
    size_t len;
    char *line = source_line(m->in, &len);

    *failed = !line && source_error(m->in);
    if (*failed)
        import_fail(m, "%s", source_error(m->in));
    m->units += line != NULL;
    return line;
}

int import_next(struct import *m, struct trace_record *r)
{
    const char *why;

    while (m->count == 0) {
        int got = m->error[0] ? -1 : m->format->step(m);
        if (got == 0 && !m->started) {
            snprintf(m->error, sizeof m->error, "%s: no access in this input: is it really %s?",
                     source_path(m->in), m->format->name);
            return -1;
        }
        if (got <= 0)
            return got;
    }
    *r = m->queue[m->head];
    m->head = (m->head + 1) % IMPORT_QUEUE;
    m->count--;
    m->started = true;
    why = trace_record_check(r, m->format->klass);
    return why ? import_fail(m, "%s", why) : 1;
}

// --- lackey --------------------------------------------------------------------------------------
// "I  ADDR,SIZE", " L ADDR,SIZE", " S ADDR,SIZE", " M ADDR,SIZE" (a load, then a store).
int import_lackey(struct import *m)
{
    bool failed;
    char *line = import_line(m, &failed), *comma, show[48];
    uint64_t addr, size;

    if (!line)
        return failed ? -1 : 0;
    if (strncmp(line, "==", 2) == 0 || line[0] == 0) { // Valgrind's own messages
        m->ignored++;
        return 1;
    }
    printable(line, show);
    comma = strchr(line, ',');
    if (strlen(line) < 5 || !comma || line[2] != ' ' ||
        (line[0] != 'I' && (line[0] != ' ' || !strchr("LSM", line[1]))))
        return import_fail(m, "not a line of lackey: '%s'", show);
    *comma = 0;
    if (!parse_hex(line + 3, UINT64_MAX, &addr) || !parse_dec(comma + 1, 1 << 20, &size) ||
        size == 0)
        return import_fail(m, "bad address or size: '%s'", show);
    if (line[0] == 'I')
        import_access(m, GVT_FETCH, addr, size);
    else if (line[1] != 'S')
        import_access(m, GVT_LOAD, addr, size);
    if (line[1] == 'S' || line[1] == 'M')
        import_access(m, GVT_STORE, addr, size);
    return 1;
}
