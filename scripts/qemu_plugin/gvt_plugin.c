// SPDX-License-Identifier: MulanPSL-2.0
// QEMU plugin that records fetches, loads and stores of a program as a GVA trace.
//
//   qemu-riscv64 -plugin build/gvt_plugin.so,out=FILE,skip=N,limit=N,thin=N,fetch=line PROGRAM ...
//
//   out=FILE     where to write (.gz at the end compresses); required
//   form=text|binary  (text)
//   skip=N       accesses that pass before the recording begins (default 0)
//   limit=N      stop QEMU after N records (default 0: never)
//   burst=N,gap=M  record N accesses, let M pass, and so on (default: no gaps)
//   thin=N       leave out accesses to the N pages that the same class of access (fetch, load,
//                store) used last; default 0: keep everything
//   fetch=line|page|off  a fetch record when the 64-byte line or the 4 KiB page changes (line)
//   source=TEXT  goes to the trace's header
//
// Instruction counts are exact also where accesses are left out: each record counts the
// instructions since the previous record (or since the end of a gap). Works in user mode and in
// system mode; there, a negative address counts as S mode, because interface version 1 shows no
// registers. Only CPU 0 is recorded.
#include "scripts/qemu_plugin/qemu_api.h"
#include "traces/source.h"
#include "traces/trace.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_THIN = 16, CLASSES = 3 };
enum { CLASS_FETCH, CLASS_LOAD, CLASS_STORE };

// A plugin lives in QEMU's process once, and its callbacks carry no context: hence statics.
static struct recorder {
    struct trace_writer *out;
    uint64_t skip, limit, burst, gap, insns, fetch_block;
    unsigned thin, fetch_shift; // 0: no fetches
    enum trace_form form;
    bool riscv;
    uint64_t recent[CLASSES][MAX_THIN]; // page + 1, last used first
} rec;

// What a translated block is, kept for as long as QEMU may run it.
struct block {
    uint64_t addr;
    uint32_t bytes, insns;
};

QEMU_EXPORT int qemu_plugin_version = 1;

static void stop(int status)
{
    char msg[TRACE_MSG];

    if (rec.out && !trace_finish(rec.out, msg, sizeof msg)) {
        fprintf(stderr, "gvt_plugin: %s\n", msg);
        status = 2;
    }
    rec.out = NULL;
    if (status >= 0)
        _exit(status);
}

// Whether this page is one of the last few of its class; remembers it.
static bool thinned(unsigned class, uint64_t page)
{
    uint64_t *r = rec.recent[class];
    unsigned i = 0;
    bool known;

    if (rec.thin == 0)
        return false;
    while (i < rec.thin - 1 && r[i] != page + 1)
        i++;
    known = r[i] == page + 1;
    for (; i > 0; i--)
        r[i] = r[i - 1];
    r[0] = page + 1;
    return known;
}

static void record(unsigned class, unsigned op, uint64_t addr, unsigned size)
{
    struct trace_record r = {.kind = TRACE_ACCESS, .op = (uint8_t)op, .size = (uint16_t)size};
    uint64_t count;

    if (rec.skip) {
        if (--rec.skip == 0) { // a new burst begins with nothing known
            rec.insns = 0;
            rec.fetch_block = UINT64_MAX;
            memset(rec.recent, 0, sizeof rec.recent);
        }
        return;
    }
    if (!rec.out || thinned(class, addr >> 12))
        return;
    r.addr = addr;
    r.priv = addr >> 63 ? GVT_S : GVT_U;
    r.insns = rec.insns;
    rec.insns = 0;
    if (!trace_put(rec.out, &r)) {
        fprintf(stderr, "gvt_plugin: %s\n", trace_writer_error(rec.out));
        stop(2);
    }
    count = trace_writer_count(rec.out);
    if (rec.limit && count >= rec.limit)
        stop(0);
    if (rec.burst && count % rec.burst == 0)
        rec.skip = rec.gap;
}

static void on_block(unsigned cpu, void *udata)
{
    const struct block *b = udata;
    uint64_t first, last;

    if (cpu != 0)
        return;
    rec.insns += b->insns;
    if (!rec.fetch_shift)
        return;
    first = b->addr >> rec.fetch_shift;
    last = (b->addr + b->bytes - 1) >> rec.fetch_shift;
    for (uint64_t f = first; f <= last; f++) {
        uint64_t from = f == first ? b->addr : f << rec.fetch_shift;
        uint64_t to = f == last ? b->addr + b->bytes : (f + 1) << rec.fetch_shift;
        if (f != rec.fetch_block)
            record(CLASS_FETCH, GVT_FETCH, from, (unsigned)(to - from));
        rec.fetch_block = f;
    }
}

// udata: enum trace_op of the instruction; GVT_LOAD: look at the access itself.
static void on_access(unsigned cpu, qemu_plugin_meminfo_t info, uint64_t addr, void *udata)
{
    unsigned op = (unsigned)(uintptr_t)udata, size = 1u << qemu_plugin_mem_size_shift(info);
    bool is_store = qemu_plugin_mem_is_store(info);

    // An AMO reads and writes the same place: one record, at the write.
    if (cpu != 0 || (op == GVT_AMO && !is_store))
        return;
    if (op == GVT_LOAD)
        op = is_store ? GVT_STORE : GVT_LOAD;
    // AMOs, LR and SC belong to the load side of the machine.
    record(op == GVT_STORE ? CLASS_STORE : CLASS_LOAD, op, addr, size);
}

// RISC-V major opcode AMO: LR (funct5 00010), and the rest, SC included.
static unsigned riscv_op(const struct qemu_plugin_insn *insn)
{
    uint32_t code = 0;

    if (!rec.riscv || qemu_plugin_insn_size(insn) != 4)
        return GVT_LOAD;
    memcpy(&code, qemu_plugin_insn_data(insn), 4);
    if ((code & 0x7f) != 0x2f)
        return GVT_LOAD;
    return code >> 27 == 2 ? GVT_LR : GVT_AMO;
}

static void on_translation(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
    size_t n = qemu_plugin_tb_n_insns(tb);
    struct block *b = calloc(1, sizeof *b);

    (void)id;
    if (!b) {
        fprintf(stderr, "gvt_plugin: out of memory\n");
        stop(2);
        return;
    }
    b->addr = qemu_plugin_tb_vaddr(tb);
    b->insns = (uint32_t)n;
    for (size_t i = 0; i < n; i++) {
        struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
        unsigned op = riscv_op(insn);
        b->bytes += (uint32_t)qemu_plugin_insn_size(insn);
        qemu_plugin_register_vcpu_mem_cb(insn, on_access, QEMU_CB_NO_REGS, QEMU_MEM_RW,
                                         (void *)(uintptr_t)op);
    }
    qemu_plugin_register_vcpu_tb_exec_cb(tb, on_block, QEMU_CB_NO_REGS, b);
}

static void on_exit(qemu_plugin_id_t id, void *udata)
{
    (void)id;
    (void)udata;
    stop(-1);
}

// One "key=value" argument; false: unknown or bad.
static bool option(const char *arg, const char **out, struct trace_header *h)
{
    uint64_t n;

    if (strncmp(arg, "out=", 4) == 0)
        *out = arg + 4;
    else if (strncmp(arg, "source=", 7) == 0)
        snprintf(h->source, sizeof h->source, "%s", arg + 7);
    else if (strncmp(arg, "skip=", 5) == 0)
        return parse_dec(arg + 5, UINT64_MAX, &rec.skip);
    else if (strncmp(arg, "limit=", 6) == 0)
        return parse_dec(arg + 6, UINT64_MAX, &rec.limit);
    else if (strncmp(arg, "burst=", 6) == 0)
        return parse_dec(arg + 6, UINT64_MAX, &rec.burst);
    else if (strncmp(arg, "gap=", 4) == 0)
        return parse_dec(arg + 4, UINT64_MAX, &rec.gap);
    else if (strncmp(arg, "thin=", 5) == 0 && parse_dec(arg + 5, MAX_THIN, &n))
        rec.thin = (unsigned)n;
    else if (strcmp(arg, "form=binary") == 0)
        rec.form = GVT_BINARY;
    else if (strcmp(arg, "form=text") == 0)
        rec.form = GVT_TEXT;
    else if (strcmp(arg, "fetch=line") == 0)
        rec.fetch_shift = 6;
    else if (strcmp(arg, "fetch=page") == 0)
        rec.fetch_shift = 12;
    else if (strcmp(arg, "fetch=off") == 0)
        rec.fetch_shift = 0;
    else
        return false;
    return true;
}

QEMU_EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info *info, int argc,
                                    char **argv)
{
    struct trace_header h = {.version = TRACE_VERSION, .isa = GVT_OTHER};
    const char *out = NULL;
    char msg[TRACE_MSG];

    rec.fetch_shift = 6;
    rec.fetch_block = UINT64_MAX;
    for (int i = 0; i < argc; i++)
        if (!option(argv[i], &out, &h)) {
            fprintf(stderr, "gvt_plugin: bad option '%s'\n", argv[i]);
            return 1;
        }
    if (!out) {
        fprintf(stderr, "gvt_plugin: out=FILE is required\n");
        return 1;
    }
    rec.riscv = strcmp(info->target_name, "riscv64") == 0;
    if (rec.riscv)
        h.isa = GVT_RISCV64;
    else if (strcmp(info->target_name, "aarch64") == 0)
        h.isa = GVT_AARCH64;
    else if (strcmp(info->target_name, "x86_64") == 0)
        h.isa = GVT_X86_64;
    rec.out = trace_create(out, rec.form, &h, msg, sizeof msg);
    if (!rec.out) {
        fprintf(stderr, "gvt_plugin: %s\n", msg);
        return 1;
    }
    qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation);
    qemu_plugin_register_atexit_cb(id, on_exit, NULL);
    return 0;
}
