// SPDX-License-Identifier: MulanPSL-2.0
// l2tlb tables: every mapping of images, and the audit of them.
#include "arch/bits.h"
#include "cmd/cmd.h"
#include "cmd/options.h"
#include "cmd/walk.h"
#include "report/tables_report.h"
#include "traces/source.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const struct command_help help = {
    "tables",
    "[options] IMAGE...",
    "Lists what the page tables of an image map: each stage by itself and both together, as ranges with rights,\n"
    "page sizes and memory types; first on one screen how much, in which pages, how contiguous, the memory of the\n"
    "tables, and what the L2TLB of --preset reaches of it. --full lists every stage.\n"
    "\n"
    "--audit looks for what lets a program or a guest do more than it should (docs/tables.md), in several images\n"
    "of one host (one per VM) together; each finding comes with the table words that lead to it, from the root.\n"
    "Tables are read as they are: PMP and PMA are not asked (l2tlb walk does).\n"
    "Status: 0 no findings, 1 findings, 2 bad input.",
    "FILE",
};

struct tables_options {
    const char *arch, *report, *output, *bitmap, *regions;
    const char *atp[3];
    struct opt_list regs, symbols;
    uint64_t limit;
    bool audit, full;
};

struct loaded {
    struct walk_scene s;
    struct maps maps;
};

// --- registers ----------------------------------------------------------------------------------

static void riscv_tree(const struct walk_scene *s, unsigned tree, struct tables_image *im)
{
    const struct rv_regs *g = &s->rv;
    const uint64_t atp[TREES] = {g->satp, g->vsatp, g->hgatp};
    static const char *const name[TREES] = {"satp", "vsatp", "hgatp"};
    bool wide = g->xlen == 64, two = tree == TREE_STAGE2;
    unsigned id = (unsigned)(wide ? bits(atp[tree], two ? 57 : 59, 44) : bits(atp[tree], two ? 28 : 30, 22));
    im->tree[tree].id = id;
    snprintf(im->tree[tree].text, sizeof im->tree[tree].text, "%s %" PRIx64 ": %s, %s %u", name[tree], atp[tree],
             rv_mode_name(g->xlen, rv_mode(g, atp[tree]), two), two ? "VMID" : "ASID", id);
}

static void a64_tree(const struct walk_scene *s, const struct maps *m, unsigned tree, struct tables_image *im)
{
    const struct map *t = &m->map[tree];
    const struct tables_shape *a = &t->shape[0], *b = &t->shape[1];
    bool two = tree == TREE_STAGE2;
    char *text = im->tree[tree].text;
    size_t size = sizeof im->tree[tree].text;
    uint64_t ttbr = two ? s->a64.vttbr_el2 : bit(s->a64.tcr_el1, 22) ? s->a64.ttbr1_el1 : s->a64.ttbr0_el1;
    im->tree[tree].id = (unsigned)(ttbr >> 48);
    int n = snprintf(text, size, "%s %" PRIx64 ", %u bits, %u-KiB pages", two ? "VTTBR_EL2" : t->halves & 1 ? "TTBR0_EL1" : "TTBR1_EL1",
                     a->base, a->page + (a->depths - 1) * a->index + a->root, 1u << (a->page - 10));
    if (t->halves == 3)
        n += snprintf(text + n, size - (size_t)n, "; TTBR1_EL1 %" PRIx64 ", %u bits", b->base,
                      b->page + (b->depths - 1) * b->index + b->root);
    snprintf(text + n, size - (size_t)n, "; %s %u", two ? "VMID" : "ASID", im->tree[tree].id);
}

static const char *set_registers(struct walk_scene *s, const struct tables_options *t, char *msg, size_t size)
{
    static const char *const name[3] = {"satp", "vsatp", "hgatp"};
    uint64_t v;
    for (unsigned i = 0; i < 3; i++)
        if (t->atp[i] && (!parse_hex(t->atp[i], UINT64_MAX, &v) || walk_register(s, name[i], v)))
            return "--satp, --vsatp and --hgatp take a hexadecimal CSR value (RISC-V only)";
    const char *why = walk_registers(s, &t->regs, msg, size);
    if (!why && t->bitmap && !parse_hex(t->bitmap, mask64(48), &s->bitmap))
        why = "--bitmap is the hexadecimal address of the bitmap's table";
    s->has_bitmap |= t->bitmap != NULL;
    s->bitmap &= ~mask64(6);
    return why ? why : walk_scene_check(s);
}

// --- images -------------------------------------------------------------------------------------

struct run {
    struct loaded *image; // as many as there are operands
    struct tables_image *shown;
    unsigned images;
    struct walk_symbols symbols;
    struct regionfile regions;
    struct audit audit;
};

static const char *read_maps(struct loaded *l, const struct tables_options *t, struct tables_image *im,
                             char *msg, size_t size)
{
    struct walk_scene *s = &l->s;
    const char *why = set_registers(s, t, msg, size);
    bool any = false;
    l->maps.limit = t->limit;
    l->maps.source.mem = (struct walk_mem){s, walk_scene_read, NULL};
    if (s->arch == WALK_AARCH64)
        l->maps.source.a64 = &s->a64;
    else
        l->maps.source.rv = &s->rv;
    if (!why)
        why = maps_read(&l->maps, msg, size);
    for (unsigned k = 0; !why && k < TREES; k++) {
        any |= l->maps.map[k].on;
        if (l->maps.map[k].on && s->arch == WALK_AARCH64)
            a64_tree(s, &l->maps, k, im);
        else if (l->maps.map[k].on)
            riscv_tree(s, k, im);
    }
    return why || any ? why : "nothing is translated: the registers name no table (--reg)";
}

static const char *load(struct loaded *l, const char *path, const struct tables_options *t,
                        struct tables_image *im, char *msg, size_t size)
{
    char text[400];
    l->s.mem = phys_new();
    if (!l->s.mem)
        return "out of memory";
    if (!walk_image(&l->s, path, msg, size))
        return msg;
    im->name = path;
    im->form = image_form_name(l->s.info.form);
    im->words = l->s.info.words;
    im->parts = l->s.info.parts;
    im->maps = &l->maps;
    const char *why = read_maps(l, t, im, text, sizeof text);
    if (why)
        snprintf(msg, size, "%s: %s", path, why);
    return why ? msg : NULL;
}

static const char *audit(struct run *r, const char *regions, char *msg, size_t size)
{
    struct audit_image image[AUDIT_IMAGES];
    if (regions && !regionfile_read(&r->regions, regions, msg, size))
        return msg;
    for (unsigned i = 0; i < r->images; i++) {
        const struct walk_scene *s = &r->image[i].s;
        image[i] = (struct audit_image){&r->image[i].maps, s->mem, s->has_bitmap && !s->confidential, s->bitmap,
                                        r->shown[i].tree[TREE_STAGE2].id};
    }
    if (!audit_run(&r->audit, image, r->images, regions ? &r->regions : NULL))
        return "out of memory";
    for (size_t i = 0; i < r->regions.count; i++)
        if (!r->audit.used[i]) {
            snprintf(msg, size, "%s: no image has the tables that region \"%s\" is about", regions,
                     r->regions.line[i].name);
            return msg;
        }
    return NULL;
}

// --- the command --------------------------------------------------------------------------------

static const char *prepare(struct run *r, const struct options *o, const struct tables_options *t,
                           const struct walk_scene *like, char *msg, size_t size)
{
    const char *why = NULL;
    if (!o->args)
        return "no image (see --help)";
    if (o->args > AUDIT_IMAGES)
        return "more than 64 images";
    r->image = calloc((size_t)o->args, sizeof *r->image);
    r->shown = calloc((size_t)o->args, sizeof *r->shown);
    if (!r->image || !r->shown)
        return "out of memory";
    for (; !why && r->images < (unsigned)o->args; r->images++) {
        r->image[r->images].s = *like;
        why = load(&r->image[r->images], o->arg[r->images], t, &r->shown[r->images], msg, size);
    }
    if (!why && !walk_symbols_open(&r->symbols, &t->symbols, msg, size))
        why = msg;
    return why || !t->audit ? why : audit(r, t->regions, msg, size);
}

static bool print(const struct run *r, const struct tables_options *t, FILE *out)
{
    const struct tables_report report = {
        .image = r->shown,
        .images = r->images,
        .cfg = &r->image[0].s.cfg,
        .riscv = r->image[0].s.arch != WALK_AARCH64,
        .host = r->symbols.host,
        .guest = r->symbols.guest,
        .audit = t->audit ? &r->audit : NULL,
        .summary = !strcmp(t->report, "summary"),
        .full = t->full,
    };
    return t->report[0] == 'j' ? tables_json(&report, out) : t->report[0] == 'c' ? tables_csv(&report, out)
                                                                                 : tables_text(&report, out);
}

static void drop(struct run *r)
{
    for (unsigned i = 0; i < r->images; i++) {
        maps_free(&r->image[i].maps);
        phys_free(r->image[i].s.mem);
    }
    free(r->image);
    free(r->shown);
    walk_symbols_free(&r->symbols);
    regionfile_free(&r->regions);
    audit_free(&r->audit);
}

static int run(const struct options *o, const struct tables_options *t, const struct walk_scene *like)
{
    char msg[600];
    struct run r = {.images = 0};
    struct output *out = NULL;
    int status = 2;
    const char *why = prepare(&r, o, t, like, msg, sizeof msg);
    if (why) {
        options_error(o, "%s", why);
    } else if (options_open(o, t->output ? t->output : "-", &out)) {
        bool whole = print(&r, t, output_stream(out));
        if (!whole)
            options_error(o, "out of memory, or the report cannot be written");
        if (options_close(o, &out, 1, whole) && whole)
            status = t->audit && audit_total(&r.audit) ? 1 : 0;
    }
    drop(&r);
    return status;
}

// Inputs of the command, one after the other.
static bool apart(const struct options *o, const struct tables_options *t)
{
    const char *in[AUDIT_IMAGES + OPTIONS_LIST + 1];
    unsigned n = 0;
    for (int i = 0; i < o->args && i < AUDIT_IMAGES; i++)
        in[n++] = o->arg[i];
    for (unsigned i = 0; i < t->symbols.count; i++) {
        const char *colon = strchr(t->symbols.item[i], ':');
        in[n++] = colon ? colon + 1 : t->symbols.item[i];
    }
    in[n++] = t->regions;
    return options_apart(o, in, n, &t->output, 1);
}

#define RISCV "riscv64|riscv32"
static const struct opt_use tables_uses[] = {
    {"bitmap", RISCV}, {"satp", RISCV}, {"vsatp", RISCV}, {"hgatp", RISCV}, {NULL, NULL}};
#undef RISCV

int cmd_tables(int argc, char **argv)
{
    struct tables_options t = {.arch = "riscv64", .report = "text", .limit = MAPS_LIMIT};
    const struct opt own[] = {
        {"arch", 0, "riscv64|riscv32|aarch64", "architecture (default riscv64)", OPT_CHOICE, &t.arch, 0, 0},
        {"audit", 0, NULL, "look for faults; status 1 if there are any", OPT_FLAG, &t.audit, 0, 0},
        {"regions", 0, "FILE", "with --audit: what must be mapped and what must not", OPT_TEXT, &t.regions, 0, 0},
        {"bitmap", 0, "HEX", "address of the Shield-Bitmap (default: mbmc of the image)", OPT_TEXT, &t.bitmap, 0, 0},
        {"symbols", 0, "FILE", "names of addresses: System.map, kallsyms, ELF; host:FILE, guest:FILE: of V=0, V=1",
         OPT_LIST, &t.symbols, 0, 0},
        {"satp", 0, "HEX", "CSR value", OPT_TEXT, &t.atp[0], 0, 0},
        {"vsatp", 0, "HEX", "CSR value", OPT_TEXT, &t.atp[1], 0, 0},
        {"hgatp", 0, "HEX", "CSR value", OPT_TEXT, &t.atp[2], 0, 0},
        {"reg", 0, "NAME=HEX", "set a register or flag, as in l2tlb walk", OPT_LIST, &t.regs, 0, 0},
        {"limit", 0, "N", "most ranges of one list (default 2097152)", OPT_NUMBER, &t.limit, 1, 1 << 26},
        {"report", 0, "text|json|csv|summary", "form; summary: the first screen; csv: ranges, with --audit findings",
         OPT_CHOICE, &t.report, 0, 0},
        {"full", 0, NULL, "text: every stage by itself as well, every finding with its path", OPT_FLAG, &t.full, 0, 0},
        {"output", 'o', "FILE", "write to FILE instead of standard output", OPT_TEXT, &t.output, 0, 0},
        {.type = OPT_END},
    };
    struct options o;
    struct walk_scene like = {.rv = {.m_pbmte = true, .h_pbmte = true}, .a64 = {.parange = 6}};
    int status = options_parse(&o, &help, OPTIONS_MACHINE, own, argc, argv);
    if (status != OPTIONS_GO)
        return status;
    if (!options_of_use(&o, tables_uses, t.arch))
        return 2;
    if (t.regions && !t.audit)
        return options_error(&o, "--regions goes with --audit");
    like.arch = !strcmp(t.arch, "aarch64") ? WALK_AARCH64 : !strcmp(t.arch, "riscv32") ? WALK_RISCV32 : WALK_RISCV64;
    like.rv.xlen = like.arch == WALK_RISCV32 ? 32 : 64;
    if (!options_config(&o, &like.cfg) || !apart(&o, &t))
        return 2;
    return run(&o, &t, &like);
}
