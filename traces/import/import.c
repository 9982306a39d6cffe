// SPDX-License-Identifier: MulanPSL-2.0
// Importers: the queue of records that all share, and the count of what became of each.
#include "traces/import/import.h"

#include "arch/bits.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct import_format import_formats[IMPORT_FORMATS] = {
    {"lackey", "Valgrind lackey, --trace-mem=yes", GVT_X86_64, GVT_ACCESSES, false, false, import_lackey},
    {"champsim", "ChampSim input_instr, records of 64 bytes", GVT_X86_64, GVT_ACCESSES, false, false,
     import_champsim},
    {"cloudsuite", "ChampSim cloudsuite_instr, records of 96 bytes", GVT_OTHER, GVT_ACCESSES, false, false,
     import_cloudsuite},
    {"spike", "Spike commit log (-l --log-commits)", GVT_RISCV64, GVT_ACCESSES, true, true,
     import_spike},
    {"execlog", "QEMU's execlog plugin, user mode", GVT_OTHER, GVT_ACCESSES, false, false, import_execlog},
    {"csv", "CSV with a header line: op, addr, size, mode, cycle, insns", GVT_OTHER, GVT_ACCESSES,
     false, false, import_csv},
    {"chiseldb", "CSV of XiangShan's ChiselDB table L1Tlb (VPN, STAMP, SITE)", GVT_RISCV64,
     GVT_PORTS, true, false, import_chiseldb},
    {"drmemtrace", "text of DynamoRIO's view tool", GVT_X86_64, GVT_ACCESSES, false, false,
     import_drmemtrace},
    {"din", "Dinero's din", GVT_OTHER, GVT_ACCESSES, false, false, import_din},
    {"perf", "perf script -F event,addr", GVT_X86_64, GVT_ACCESSES, false, false, import_perf},
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
    const char *trouble = NULL;

    if (!in)
        return NULL;
    if (!m || !(m->queue = calloc(IMPORT_QUEUE, sizeof *m->queue)))
        trouble = "out of memory";
    else if (cfg->isa && f->fixed_isa && cfg->isa - 1 != f->isa)
        trouble = "this format belongs to another isa";
    else if (cfg->own_tables && (!f->data || cfg->canonical))
        trouble = f->data ? "own tables translate addresses as they are, not folded ones"
                          : "this format does not say what is stored: it has no tables of its own";
    else if (cfg->own_tables && (!(m->tables = tables_new()) ||
                                 !(m->store = calloc(IMPORT_QUEUE, sizeof *m->store))))
        trouble = "out of memory";
    if (m)
        m->in = in;
    if (trouble) {
        snprintf(msg, msg_size, "%s: %s", path, trouble);
        if (m)
            import_close(m);
        else
            source_close(in);
        return NULL;
    }
    m->format = f;
    m->cfg = *cfg;
    hart_start(&m->hart, cfg);
    return m;
}

void import_close(struct import *m)
{
    if (!m)
        return;
    source_close(m->in);
    tables_free(m->tables);
    free(m->store);
    free(m->queue);
    free(m);
}

struct phys *import_memory(struct import *m) { return tables_memory(m->tables); }

void import_register(struct import *m, unsigned csr, uint64_t value)
{
    struct trace_record r = {.kind = TRACE_CSR, .csr = (uint16_t)csr, .value = value};

    import_put(m, &r);
}

uint8_t import_isa(const struct import *m)
{
    return m->cfg.isa ? (uint8_t)(m->cfg.isa - 1) : m->format->isa;
}

int import_fail(struct import *m, const char *format, ...)
{
    va_list args;
    bool text = source_lines(m->in) > 0;
    int n = snprintf(m->error, sizeof m->error,
                     text ? "%s:%llu: " : "%s: record %llu: ", source_path(m->in),
                     (unsigned long long)(text ? source_lines(m->in) : m->units + 1));

    va_start(args, format);
    if (n > 0 && (size_t)n < sizeof m->error)
        vsnprintf(m->error + n, sizeof m->error - (size_t)n, format, args);
    va_end(args);
    return -1;
}

void import_put(struct import *m, const struct trace_record *r)
{
    m->tally.read++;
    if (r->kind == TRACE_SWITCH) // the same line is another one now
        m->fetch_line = 0;
    if (m->count == IMPORT_QUEUE)
        import_fail(m, "more than %d records", (int)IMPORT_QUEUE);
    else
        m->queue[m->count++] = *r;
}

int import_refuse(struct import *m, const char *why)
{
    unsigned i = 0;

    m->tally.read++;
    m->tally.refused++;
    while (i < IMPORT_REASONS - 1 && m->tally.reason[i].count && m->tally.reason[i].why != why)
        i++;
    m->tally.reason[i].why = why;
    m->tally.reason[i].count++;
    return 1;
}

uint64_t import_canonical(const struct import *m, uint64_t addr)
{
    unsigned n = m->cfg.canonical;

    if (n == 0)
        return addr;
    return addr >> 63 ? addr | ~mask64(n - 1) : addr & mask64(n - 1);
}

// Whether a fetch lies in the 64-byte line where the last one ended, in the same mode.
static bool same_line(struct import *m, uint64_t addr, uint64_t size)
{
    uint64_t first = (addr >> 6) + 1, last = ((addr + size - 1) >> 6) + 1;
    unsigned mode = m->cfg.priv | (unsigned)m->cfg.virt << 2;
    bool same = first == m->fetch_line && last == first && mode == m->fetch_mode;

    m->fetch_line = last;
    m->fetch_mode = mode;
    return same && !m->cfg.fetch_all;
}

void import_access(struct import *m, unsigned op, uint64_t addr, uint64_t size)
{
    struct trace_record r = {.kind = TRACE_ACCESS, .op = (uint8_t)op};

    m->insns += op == GVT_FETCH;
    if (size > 4096) {
        import_refuse(m, "larger than 4096 bytes");
        return;
    }
    r.size = (uint16_t)(size ? size : 1);
    r.addr = import_canonical(m, addr);
    r.priv = m->cfg.priv;
    r.virt = m->cfg.virt;
    if (op == GVT_FETCH && same_line(m, addr, r.size)) {
        m->tally.read++;
        m->tally.same_line++;
        m->left_out = r;
        return;
    }
    r.insns = m->insns;
    m->insns = 0;
    m->left_out.size = 0;
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

// The input has ended: instructions that no record counts yet go with the last fetch that was left
// out. Then everything that was read must be accounted for.
static int finish(struct import *m)
{
    const struct import_tally *t = &m->tally;

    if (!m->started && t->out == 0) {
        snprintf(m->error, sizeof m->error, "%s: no access in this input: is it really %s?%s",
                 source_path(m->in), m->format->name,
                 t->refused ? " (all records were refused)" : "");
        return -1;
    }
    if (m->tables && !t->tables) {
        snprintf(m->error, sizeof m->error,
                 "%s: no access of this log is translated: it has no tables of its own",
                 source_path(m->in));
        return -1;
    }
    if (m->insns && m->left_out.size) {
        m->left_out.insns = m->insns;
        m->insns = 0;
        m->queue[m->count++] = m->left_out;
        m->tally.same_line--;
        return 1;
    }
    if (t->read != t->out + t->same_line + t->refused) {
        snprintf(m->error, sizeof m->error, "%s: %llu records read, but only %llu accounted for",
                 source_path(m->in), (unsigned long long)t->read,
                 (unsigned long long)(t->out + t->same_line + t->refused));
        return -1;
    }
    return 0;
}

// The next record of the format itself.
static int next_record(struct import *m, struct trace_record *r)
{
    uint64_t positive;
    const char *why;

    while (m->head == m->count) {
        int got;
        m->head = m->count = 0;
        m->store_head = m->stores = 0;
        got = m->error[0] ? -1 : m->format->step(m);
        if (m->error[0])
            return -1;
        if (got == 0)
            got = finish(m);
        if (got <= 0)
            return got;
    }
    *r = m->queue[m->head++];
    m->started = true;
    m->tally.out++;
    positive = r->addr >> 63 ? ~r->addr : r->addr;
    if (r->kind == TRACE_ACCESS && positive > m->tally.high)
        m->tally.high = positive;
    why = trace_record_check(r, m->format->klass);
    if (!why && r->has_cycle && r->cycle < m->cycle)
        why = "cycles go backwards (sort the input)";
    if (r->has_cycle)
        m->cycle = r->cycle;
    return why ? import_fail(m, "%s", why) : 1;
}

int import_next(struct import *m, struct trace_record *r)
{
    int got = m->tables ? tables_next(m, r) : 0;

    if (got)
        return got;
    got = next_record(m, r);
    return got == 1 && m->tables ? tables_take(m, r) : got;
}

void import_summary(const struct import *m, char *text, size_t size)
{
    const struct import_tally *t = &m->tally;
    size_t n = (size_t)snprintf(text, size,
                                "%llu records in = %llu out + %llu fetches of the same line + %llu "
                                "refused",
                                (unsigned long long)t->read, (unsigned long long)t->out,
                                (unsigned long long)t->same_line, (unsigned long long)t->refused);

    for (unsigned i = 0; i < IMPORT_REASONS && t->reason[i].count && n < size; i++)
        n += (size_t)snprintf(text + n, size - n, "%s%llu %s", i ? ", " : " (",
                              (unsigned long long)t->reason[i].count, t->reason[i].why);
    if (n < size && t->refused)
        n += (size_t)snprintf(text + n, size - n, ")");
    if (n < size && t->lines)
        n += (size_t)snprintf(text + n, size - n, "; %llu lines without a record",
                              (unsigned long long)t->lines);
    if (n < size && m->tables)
        n += (size_t)snprintf(text + n, size - n, "; %llu words of %llu pages of tables",
                              (unsigned long long)t->mem, (unsigned long long)t->tables);
    if (n < size && t->untranslated)
        n += (size_t)snprintf(text + n, size - n, "; %llu accesses that these do not translate",
                              (unsigned long long)t->untranslated);
    if (n < size && t->doubts)
        snprintf(text + n, size - n, "; %llu traps of unknown target (V left as it was)",
                 (unsigned long long)t->doubts);
}
