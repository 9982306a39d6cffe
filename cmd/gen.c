// SPDX-License-Identifier: MulanPSL-2.0
// l2tlb gen: seeded synthetic traces, and worlds as image files.
#include "cmd/cmd.h"
#include "cmd/gen_image.h"
#include "cmd/interrupt.h"
#include "cmd/options.h"
#include "cmd/parameters.h"
#include "cmd/traceio.h"
#include "traces/gen/gen.h"
#include "world/image.h"
#include "world/world.h"

#include <stdlib.h>
#include <string.h>

// Options as given; texts that are NULL keep the default of the kind.
struct gen_args {
    const char *count, *footprint, *base, *stride, *stores, *amos, *fetches, *code, *code_base;
    const char *zipf, *quantum, *fence, *mode, *cycles, *insns, *trace, *image, *atp[3];
    uint64_t spaces, guests;
    bool two_stage, ports, binary;
    struct opt_list world;
};

static const struct command_help help = {
    "gen", "KIND [options] OUT",
    "Writes a synthetic trace of KIND to OUT (- standard output, .gz compresses):\n"
    "  seq      word after word through the footprint\n"
    "  stride   steps of --stride bytes, wrapping around in the footprint\n"
    "  random   uniformly random words in the footprint\n"
    "  chase    a random cycle through every line of the footprint (pointer chase)\n"
    "  zipf     pages with Zipf popularity: a hot set with a long tail\n"
    "  switch   as zipf, several address spaces in turn, with fences\n"
    "or, with KIND `world`, an image of the page tables that such accesses (--trace FILE, or\n"
    "every page of the footprint) need, built as a kernel and a hypervisor would.\n"
    "--image FILE: the footprint is what the tables of this image map for accesses of --mode, from --base\n"
    "on and up to --footprint, and the trace is replayed over them; stores go to writable pages only.\n"
    "Byte counts take K, M, G, T (1024); other counts take k, M, G (1000).",
    "seq|stride|random|chase|zipf|switch|world|FILE",
};

// Options that do something for some kinds only.
#define TRACES "seq|stride|random|chase|zipf|switch"
static const struct opt_use gen_uses[] = {
    {"stride", "stride"}, {"zipf", "zipf|switch"}, {"stores", TRACES}, {"amos", TRACES},
    {"fetches", TRACES},  {"code", TRACES},        {"fence", TRACES},  {"quantum", TRACES},
    {"cycles", TRACES},   {"code-base", TRACES},   {"insns", TRACES},  {"ports", TRACES},
    {"binary", TRACES},   {"trace", "world"},      {"world", "world"}, {NULL, NULL},
};
#undef TRACES

// A double within 0..max, without anything behind it.
static bool get_real(const struct options *o, const char *name, const char *text, double *to)
{
    char *end;
    double v;

    if (!text)
        return true;
    v = strtod(text, &end);
    if (end == text || *end || !(v >= 0.0 && v <= 1e9)) {
        options_error(o, "--%s: \"%s\" is not a number in range", name, text);
        return false;
    }
    *to = v;
    return true;
}

static bool get_amount(const struct options *o, const char *name, const char *text, unsigned kilo,
                       uint64_t *to)
{
    if (!text || traceio_amount(text, kilo, to))
        return true;
    options_error(o, "--%s: \"%s\" is not a number in range", name, text);
    return false;
}

static bool get_name(const struct options *o, const char *name, const char *text,
                     const char *const *names, unsigned n, unsigned *to)
{
    if (!text)
        return true;
    for (unsigned i = 0; i < n; i++)
        if (strcmp(names[i], text) == 0) {
            *to = i;
            return true;
        }
    options_error(o, "--%s: unknown value \"%s\"", name, text);
    return false;
}

static bool get_cfg(const struct options *o, const struct gen_args *a, struct gen_cfg *c,
                    struct gen_image *image)
{
    static const char *const modes[] = {"u", "s", "vu", "vs"};
    unsigned mode = a->two_stage ? 2 : 0;
    const char *why;

    c->seed = o->seed;
    c->ports = a->ports;
    if (a->ports)
        c->cycles = 20.0;
    if (a->spaces)
        c->spaces = (unsigned)a->spaces;
    if (a->guests)
        c->guests = (unsigned)a->guests;
    if (c->quantum == 0 && (c->spaces > 1 || c->guests > 1))
        c->quantum = 10000;
    if (!get_amount(o, "count", a->count, 1000, &c->count) ||
        !get_amount(o, "footprint", a->footprint, 1024, &c->footprint) ||
        !get_amount(o, "base", a->base, 1024, &c->base) ||
        !get_amount(o, "stride", a->stride, 1024, &c->stride) ||
        !get_amount(o, "code", a->code, 1024, &c->code) ||
        !get_amount(o, "code-base", a->code_base, 1024, &c->code_base) ||
        !get_amount(o, "quantum", a->quantum, 1000, &c->quantum) ||
        !get_real(o, "stores", a->stores, &c->stores) ||
        !get_real(o, "amos", a->amos, &c->amos) ||
        !get_real(o, "fetches", a->fetches, &c->fetches) ||
        !get_real(o, "zipf", a->zipf, &c->zipf) ||
        !get_real(o, "cycles", a->cycles, &c->cycles) ||
        !get_real(o, "insns", a->insns, &c->insns) ||
        !get_name(o, "fence", a->fence, gen_fence_name, GEN_FENCES, &c->fence) ||
        !get_name(o, "mode", a->mode, modes, 4, &mode))
        return false;
    c->virt = mode >= 2;
    c->priv = mode & 1;
    if (a->image && !gen_image(o, a->image, a->atp, a->base, a->footprint, c, image))
        return false;
    why = gen_cfg_check(c);
    if (why)
        options_error(o, "%s", why);
    return !why;
}

static int write_trace(const struct options *o, const struct gen_args *a, const struct gen_cfg *c)
{
    struct gen *g = gen_new(c);
    struct trace_header h;
    struct trace_writer *w;
    struct trace_record r;
    struct traceio_progress p;
    char msg[TRACE_MSG];

    if (!g)
        return options_error(o, "out of memory");
    gen_header(g, &h);
    w = trace_create(o->arg[1], traceio_form(o->arg[1], a->binary), &h, msg, sizeof msg);
    if (!w) {
        gen_free(g);
        return options_error(o, "%s", msg);
    }
    traceio_start(&p, o->quiet);
    gen_image_registers(a->atp, w);
    interrupt_allow();
    bool more = true;
    while (!interrupt_asked() && (more = gen_next(g, &r)) && trace_put(w, &r))
        traceio_step(&p, trace_writer_count(w), c->count);
    traceio_stop(&p);
    gen_free(g);
    if (more && interrupt_asked())
        return traceio_interrupted(o, w, c->count);
    return trace_finish(w, msg, sizeof msg) ? 0 : options_error(o, "%s", msg);
}

// --- worlds --------------------------------------------------------------------------------------
static bool world_config(const struct options *o, const struct gen_args *a, struct world_cfg *wc)
{
    char key[64], msg[256];
    const char *value, *why = NULL;

    world_cfg_default(wc);
    wc->seed = o->seed;
    if (a->two_stage)
        wc->stages = STAGES_TWO;
    for (unsigned i = 0; !why && i < a->world.count; i++) {
        if (!options_split(a->world.item[i], key, sizeof key, &value)) {
            options_error(o, "--world %s: not KEY=VALUE", a->world.item[i]);
            return false;
        }
        why = world_cfg_set(wc, key, value, msg, sizeof msg);
    }
    if (why)
        options_error(o, "--world: %s", why);
    return !why;
}

// Applies one record; false after an error message.
static bool world_step(const struct options *o, struct world *w, struct trace_record *r)
{
    struct tlb_csr csr = {0};
    enum world_result got = WORLD_SAME;

    if (interrupt_asked()) {
        options_error(o, "interrupted, nothing is written");
        return false;
    }
    world_adjust(w, r);
    if (r->kind == TRACE_ACCESS || r->kind == TRACE_PORT)
        got = world_touch(w, r);
    else if (r->kind == TRACE_SWITCH || r->kind == TRACE_CSR || r->kind == TRACE_MEM)
        got = world_apply(w, r, &csr);
    if (got == WORLD_FULL)
        options_error(o, "the world's memory is exhausted");
    return got != WORLD_FULL;
}

static bool world_from_trace(const struct options *o, struct world *w, const char *path)
{
    char msg[TRACE_MSG];
    struct trace *t = trace_open(path, msg, sizeof msg);
    struct trace_record r;
    bool fine = t != NULL;
    int got = 0;

    if (!t)
        options_error(o, "%s", msg);
    while (fine && (got = trace_next(t, &r)) == 1)
        fine = world_step(o, w, &r);
    if (fine && got < 0) {
        options_error(o, "%s", trace_error(t));
        fine = false;
    }
    trace_close(t);
    return fine;
}

static bool world_from_footprint(const struct options *o, struct world *w, const struct gen_cfg *c)
{
    struct trace_record r = {.kind = TRACE_SWITCH};
    unsigned guests = c->virt ? c->guests : 1;

    for (unsigned guest = 1; guest <= guests; guest++)
        for (unsigned space = 1; space <= c->spaces; space++) {
            r = (struct trace_record){.kind = TRACE_SWITCH, .id = (uint16_t)space};
            r.vmid = (uint16_t)(c->virt ? guest : 0);
            if (!world_step(o, w, &r))
                return false;
            for (uint64_t at = 0; at < c->footprint; at += 4096) {
                r = (struct trace_record){.kind = TRACE_ACCESS, .op = GVT_LOAD, .size = 8};
                r.addr = c->base + at;
                r.priv = c->priv;
                r.virt = c->virt;
                if (!world_step(o, w, &r))
                    return false;
            }
        }
    return true;
}

static int write_world(const struct options *o, const struct gen_args *a, const struct gen_cfg *c)
{
    struct world_cfg wc;
    struct world *w;
    char msg[TRACE_MSG];
    bool fine;

    if (!world_config(o, a, &wc))
        return 2;
    w = world_new(&wc, msg, sizeof msg);
    if (!w)
        return options_error(o, "%s", msg);
    interrupt_allow();
    fine = a->trace ? world_from_trace(o, w, a->trace) : world_from_footprint(o, w, c);
    if (fine && !world_save(w, o->arg[1], msg, sizeof msg)) {
        options_error(o, "%s", msg);
        fine = false;
    }
    world_free(w);
    return fine ? 0 : interrupt_asked() ? interrupt_status() : 2;
}

int cmd_gen(int argc, char **argv)
{
    struct gen_args a = {0};
    const struct opt own[] = {
        {"count", 'n', "N", "accesses (default 1M)", OPT_TEXT, &a.count, 0, 0},
        {"footprint", 0, "BYTES", "data of an address space (default 64M)", OPT_TEXT,
         &a.footprint, 0, 0},
        {"base", 0, "ADDR", "first virtual address of the data (default 0x10000000)", OPT_TEXT,
         &a.base, 0, 0},
        {"stride", 0, "BYTES", "step of kind stride (default 4096)", OPT_TEXT, &a.stride, 0, 0},
        {"stores", 0, "SHARE", "stores among data accesses (default 0.33)", OPT_TEXT, &a.stores, 0,
         0},
        {"amos", 0, "SHARE", "AMOs among data accesses (default 0)", OPT_TEXT, &a.amos, 0, 0},
        {"fetches", 0, "SHARE", "fetches among all accesses (default 0)", OPT_TEXT, &a.fetches, 0,
         0},
        {"code", 0, "BYTES", "code of an address space (default 1M)", OPT_TEXT, &a.code, 0, 0},
        {"code-base", 0, "ADDR", "first virtual address of the code (default 0x10000)", OPT_TEXT,
         &a.code_base, 0, 0},
        {"zipf", 0, "S", "exponent of kinds zipf and switch (default 0.9)", OPT_TEXT, &a.zipf, 0,
         0},
        {"spaces", 0, "N", "address spaces per guest (default 1; switch: 4)", OPT_NUMBER,
         &a.spaces, 1, 4096},
        {"guests", 0, "N", "guests (default 1)", OPT_NUMBER, &a.guests, 1, 1024},
        {"quantum", 0, "N", "accesses between switches (default 10000)", OPT_TEXT, &a.quantum, 0,
         0},
        {"fence", 0, "none|page|asid|all", "what is fenced after a switch", OPT_CHOICE,
         &a.fence, 0, 0},
        {"mode", 0, "u|s|vu|vs", "privilege (default u)", OPT_CHOICE, &a.mode, 0, 0},
        {"two-stage", '2', NULL, "the same as --mode vu", OPT_FLAG, &a.two_stage, 0, 0},
        {"cycles", 0, "MEAN", "time stamps with this mean distance (default none)", OPT_TEXT,
         &a.cycles, 0, 0},
        {"insns", 0, "MEAN", "instruction counts with this mean (default none)", OPT_TEXT,
         &a.insns, 0, 0},
        {"ports", 0, NULL, "requests at the ports of the L2TLB instead of accesses", OPT_FLAG,
         &a.ports, 0, 0},
        {"binary", 'b', NULL, "binary form (also by a name ending in .gvtb or .gvtb.gz)", OPT_FLAG,
         &a.binary, 0, 0},
        {"image", 0, "FILE", "footprint and page tables of this image (docs/trace-format.md 7)", OPT_TEXT,
         &a.image, 0, 0},
        {"satp", 0, "HEX", "with --image: CSR value, in place of the image's", OPT_TEXT, &a.atp[0], 0,
         0},
        {"vsatp", 0, "HEX", "likewise", OPT_TEXT, &a.atp[1], 0, 0},
        {"hgatp", 0, "HEX", "likewise", OPT_TEXT, &a.atp[2], 0, 0},
        {"trace", 0, "FILE", "world: map what this trace touches", OPT_TEXT, &a.trace, 0, 0},
        {"world", 'w', "KEY=VALUE", "world: a parameter of the builder; repeatable; `help` lists them", OPT_LIST,
         &a.world, 0, 0},
        {.type = OPT_END},
    };
    struct options o;
    struct gen_cfg c;
    struct gen_image image = {.name = ""};
    char file[TRACE_TEXT];
    unsigned kind = GEN_KINDS;
    bool world;
    int got = options_parse(&o, &help, OPTIONS_SEED | OPTIONS_QUIET, own, argc, argv);

    if (got != OPTIONS_GO)
        return got;
    if ((got = parameters_help(&o, &a.world, NULL)) != OPTIONS_GO)
        return got;
    if (o.args != 2)
        return options_error(&o, "one KIND and one OUT expected (see l2tlb gen --help)");
    world = strcmp(o.arg[0], "world") == 0;
    for (unsigned i = 0; i < GEN_KINDS; i++)
        if (strcmp(o.arg[0], gen_kind_name[i]) == 0)
            kind = i;
    if (!world && kind == GEN_KINDS)
        return options_error(&o, "unknown kind \"%s\" (see l2tlb gen --help)", o.arg[0]);
    if (!options_of_use(&o, gen_uses, o.arg[0]))
        return 2;
    if (a.image && (world || kind == GEN_SWITCH))
        return options_error(&o, "--image is for the kinds of one address space");
    if (!a.image && (a.atp[0] || a.atp[1] || a.atp[2]))
        return options_error(&o, "--satp, --vsatp and --hgatp are for --image");
    gen_cfg_default(&c, world ? GEN_SEQ : kind);
    const char *const in[] = {a.trace, a.image ? image_file(a.image, file, sizeof file) : NULL};
    got = options_apart(&o, in, 2, (const char *const *)o.arg + 1, 1) && get_cfg(&o, &a, &c, &image) ? 0 : 2;
    if (!got)
        got = world ? write_world(&o, &a, &c) : write_trace(&o, &a, &c);
    gen_image_free(&image);
    return got;
}
