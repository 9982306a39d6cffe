// SPDX-License-Identifier: MulanPSL-2.0
// l2tlb convert: traces of other tools, and between our own two forms.
#include "arch/bits.h"
#include "cmd/cmd.h"
#include "cmd/interrupt.h"
#include "cmd/options.h"
#include "cmd/traceio.h"
#include "traces/import/import.h"
#include "traces/trace_code.h"
#include "world/image.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct convert_args {
    const char *from, *privilege, *isa, *count, *skip, *memory;
    uint64_t canonical, s2xlate;
    bool fetch_all, binary, own_tables;
};

static const struct command_help help = {
    "convert",
    "--from FORMAT [options] IN OUT",
    "Turns a trace of another tool into a GVA trace. IN and OUT: - is a standard stream; gzip, xz\n"
    "and zstd are read, .gz is written. FORMAT is one of\n"
    "  lackey      Valgrind: valgrind --tool=lackey --trace-mem=yes --log-file=IN PROGRAM\n"
    "  champsim    ChampSim input_instr, records of 64 bytes\n"
    "  cloudsuite  ChampSim cloudsuite_instr, records of 96 bytes\n"
    "  spike       Spike commit log: spike -l --log-commits\n"
    "  execlog     QEMU's execlog plugin in user mode\n"
    "  csv         header line with op, addr and optionally size, mode, cycle, insns\n"
    "  chiseldb    CSV with header of XiangShan's table L1Tlb: becomes a port trace\n"
    "  drmemtrace  DynamoRIO: drrun -t drmemtrace -tool view -indir DIR\n"
    "  din         Dinero's din: LABEL ADDRESS\n"
    "  perf        perf mem record PROGRAM; perf script -F event,addr,data_src\n"
    "  gvt         our own trace: from text to binary, or a part of it\n"
    "What each keeps and what it cannot know: docs/trace-format.md, section 6. On standard error\n"
    "stands what became of the records: in = out + fetches of the same line + refused.",
    "FILE",
};

// Options that do something with some formats only.
#define PLAIN "lackey|champsim|cloudsuite|execlog|csv|drmemtrace|din|perf"
static const struct opt_use convert_uses[] = {
    {"privilege", PLAIN "|spike"}, {"mode", PLAIN "|spike"},      {"canonical", PLAIN "|spike"},
    {"fetch-all", PLAIN "|spike"}, {"s2xlate", "chiseldb"},
    {"own-tables", "spike"},       {"memory", "spike"},           {NULL, NULL},
};
#undef PLAIN

// Where records come from: an importer, or a trace of our own.
struct input {
    struct import *import;
    struct trace *trace;
    struct trace_header header;
};

// --memory: what a text image says of registers.
static const char *memory_csr(void *ctx, const char *name, uint64_t value)
{
    struct trace_record r = {.kind = TRACE_CSR, .value = value};
    const char *why;

    if (image_register_skipped(name, value, &why))
        return why;
    if (!trace_csr_find(name, &r.csr))
        return "unknown control register";
    if (!trace_record_check(&r, GVT_ACCESSES))
        import_register(ctx, r.csr, value);
    return trace_record_check(&r, GVT_ACCESSES);
}

static bool read_memory(struct import *m, const char *path, char *msg, size_t size)
{
    struct image_user user = {m, memory_csr, 8, 48, NULL};
    return image_read(import_memory(m), path, &user, NULL, msg, size);
}

static bool open_input(const struct options *o, const struct convert_args *a,
                       const struct import_cfg *cfg, struct input *in)
{
    const struct import_format *f = import_find(a->from); // NULL: gvt
    char msg[TRACE_MSG], name[300];

    if (strcmp(a->from, "gvt") == 0) {
        in->trace = trace_open(o->arg[0], msg, sizeof msg);
        if (in->trace)
            in->header = *trace_header(in->trace);
    } else {
        in->import = import_open(o->arg[0], f, cfg, msg, sizeof msg);
        in->header = (struct trace_header){
            .version = TRACE_VERSION, .isa = f->isa, .klass = f->klass,
            .tables = cfg->own_tables ? GVT_RECORDS : GVT_BUILT};
        snprintf(in->header.source, sizeof in->header.source, "imported from %s: %.300s", f->name,
                 strcmp(o->arg[0], "-") == 0 ? "standard input"
                                             : printable_text(o->arg[0], name, sizeof name));
    }
    if (in->import && a->memory && !read_memory(in->import, a->memory, msg, sizeof msg)) {
        import_close(in->import);
        in->import = NULL;
    }
    if (!in->trace && !in->import)
        options_error(o, "%s", msg);
    if (cfg->isa)
        in->header.isa = (uint8_t)(cfg->isa - 1);
    return in->trace || in->import;
}

static int next(struct input *in, struct trace_record *r)
{
    return in->trace ? trace_next(in->trace, r) : import_next(in->import, r);
}

static bool is_access(const struct trace_record *r)
{
    return r->kind == TRACE_ACCESS || r->kind == TRACE_PORT;
}

// Copies records; skip and count are in accesses. Everything that is no access is kept, also while
// skipping: it sets the state that later accesses see.
static int copy(const struct options *o, struct input *in, struct trace_writer *w, uint64_t skip,
                uint64_t count)
{
    struct traceio_progress p;
    struct trace_record r;
    uint64_t accesses = 0;
    int got = 1;

    traceio_start(&p, o->quiet);
    interrupt_allow();
    if (in->trace)
        trace_watch(in->trace, traceio_reading, &p);
    else
        source_watch(in->import->in, traceio_reading, &p);
    while ((count == 0 || accesses < count) && !interrupt_asked() && (got = next(in, &r)) == 1) {
        if (is_access(&r) && skip) {
            skip--;
            continue;
        }
        accesses += is_access(&r);
        if (!trace_put(w, &r))
            break;
        traceio_step(&p, trace_writer_count(w), 0);
    }
    traceio_stop(&p);
    if (interrupt_asked() && got != 0 && !trace_writer_error(w))
        return interrupt_status();
    if (got < 0)
        return options_error(o, "%s", in->trace ? trace_error(in->trace) : in->import->error);
    if (accesses == 0 && !trace_writer_error(w))
        return options_error(o, "%s: no access is left", o->arg[0]);
    return 0;
}

// What became of the records, and what a replay has to be told.
static void summary(const struct import *m)
{
    char text[1024];
    // Halves of the address space: a sign bit; of AArch64 a register each, TTBR0_EL1 and TTBR1_EL1.
    unsigned sign = import_isa(m) == GVT_AARCH64 ? 0 : 1;
    unsigned bits = m->tally.high ? highest(m->tally.high) + 1 + sign : 1;

    import_summary(m, text, sizeof text);
    fprintf(stderr, "l2tlb convert: %s\n", text);
    if (m->format->klass == GVT_ACCESSES && bits > 39)
        fprintf(stderr,
                "l2tlb convert: remark: addresses of %u bits; a replay translates 39 and faults on "
                "the others unless told --world mode=sv48%s\n",
                bits,
                bits > 48 ? " (48 bits); --canonical 48 folds them here"
                          : "; --canonical 39 folds them here");
}

static void get_isa(const char *name, struct import_cfg *cfg)
{
    for (unsigned i = 0; name && i < GVT_ISAS; i++)
        if (strcmp(name, trace_isa_name[i]) == 0)
            cfg->isa = (uint8_t)(i + 1);
}

static bool get_config(const struct options *o, const struct convert_args *a,
                       struct import_cfg *cfg, uint64_t *skip, uint64_t *count)
{
    const char *mode = a->privilege ? a->privilege : "u";

    *cfg = (struct import_cfg){.fetch_all = a->fetch_all,
                               .canonical = (unsigned)a->canonical,
                               .priv = strchr(mode, 'm')   ? GVT_M
                                       : strchr(mode, 's') ? GVT_S
                                                           : GVT_U,
                               .virt = mode[0] == 'v',
                               .own_tables = a->own_tables,
                               .s2xlate = (uint8_t)a->s2xlate};
    get_isa(a->isa, cfg);
    if (a->canonical != 0 && a->canonical != 39 && a->canonical != 48) {
        options_error(o, "--canonical: 39 or 48 expected");
        return false;
    }
    if (a->memory && !a->own_tables) {
        options_error(o, "--memory is for --own-tables");
        return false;
    }
    if ((a->count && (!traceio_amount(a->count, 1000, count) || *count == 0)) ||
        (a->skip && !traceio_amount(a->skip, 1000, skip))) {
        options_error(o, "--limit and --skip: numbers of accesses expected");
        return false;
    }
    return true;
}

// "lackey|...|gvt": every importer, and our own form.
static void format_names(char *text, size_t size)
{
    size_t n = 0;
    for (unsigned i = 0; i < IMPORT_FORMATS && n < size; i++)
        n += (size_t)snprintf(text + n, size - n, "%s|", import_formats[i].name);
    if (n < size)
        snprintf(text + n, size - n, "gvt");
}

int cmd_convert(int argc, char **argv)
{
    struct convert_args a = {0};
    char from[256];
    format_names(from, sizeof from);
    const struct opt own[] = {
        {"from", 'f', from, "format of IN (required)", OPT_CHOICE, &a.from, 0, 0},
        {"binary", 'b', NULL, "binary form (also by a name ending in .gvtb or .gvtb.gz)", OPT_FLAG,
         &a.binary, 0, 0},
        {"limit", 'n', "N", "stop after N accesses", OPT_TEXT, &a.count, 0, 0},
        {"skip", 0, "N", "leave out the first N accesses", OPT_TEXT, &a.skip, 0, 0},
        {"isa", 0, "riscv64|aarch64|x86_64|other", "isa of the trace where the format has none",
         OPT_CHOICE, &a.isa, 0, 0},
        {"privilege", 0, "u|s|m|vu|vs",
         "privilege where the format has none (default u); spike: V at the start", OPT_CHOICE,
         &a.privilege, 0, 0},
        {"mode", 0, "u|s|m|vu|vs", "the same as --privilege", OPT_CHOICE, &a.privilege, 0, 0},
        {"canonical", 0, "BITS", "fold addresses into 39 or 48 bits", OPT_NUMBER, &a.canonical, 0,
         48},
        {"own-tables", 0, NULL, "spike: the log's own page tables, as mem records", OPT_FLAG,
         &a.own_tables, 0, 0},
        {"memory", 0, "FILE", "with --own-tables: image of memory when the log begins", OPT_TEXT,
         &a.memory, 0, 0},
        {"fetch-all", 0, NULL, "keep every fetch, not one per 64-byte line", OPT_FLAG, &a.fetch_all,
         0, 0},
        {"s2xlate", 0, "K", "chiseldb: kind of translation 0..3 (default 0)", OPT_NUMBER,
         &a.s2xlate, 0, 3},
        {.type = OPT_END},
    };
    struct options o;
    struct import_cfg cfg;
    struct input in = {0};
    struct trace_writer *w = NULL;
    uint64_t skip = 0, count = 0;
    char msg[TRACE_MSG], file[TRACE_TEXT];
    int status = options_parse(&o, &help, OPTIONS_QUIET, own, argc, argv);

    if (status != OPTIONS_GO)
        return status;
    if (o.args != 2 || !a.from)
        return options_error(&o, "--from FORMAT, IN and OUT expected (see l2tlb convert --help)");
    if (!options_of_use(&o, convert_uses, a.from))
        return 2;
    const char *const in_files[] = {o.arg[0], a.memory ? image_file(a.memory, file, sizeof file) : NULL};
    if (!get_config(&o, &a, &cfg, &skip, &count) ||
        !options_apart(&o, in_files, 2, (const char *const *)o.arg + 1, 1) ||
        !open_input(&o, &a, &cfg, &in))
        return 2;
    w = trace_create(o.arg[1], traceio_form(o.arg[1], a.binary), &in.header, msg, sizeof msg);
    status = w ? copy(&o, &in, w, skip, count) : options_error(&o, "%s", msg);
    // After a failure nothing stays under the name of the output.
    if (w && status > 2)
        status = traceio_interrupted(&o, w, 0);
    else if (w && status != 0 && !trace_writer_error(w))
        trace_abandon(w);
    else if (w && !trace_finish(w, msg, sizeof msg) && status == 0)
        status = options_error(&o, "%s", msg);
    if ((status == 0 || status > 2) && in.import && !o.quiet)
        summary(in.import);
    trace_close(in.trace);
    import_close(in.import);
    return status;
}
