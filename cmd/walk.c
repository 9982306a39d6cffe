// SPDX-License-Identifier: MulanPSL-2.0
// l2tlb walk: explains translations reference by reference.
#include "cmd/walk.h"

#include "arch/bits.h"
#include "cmd/cmd.h"
#include "cmd/options.h"
#include "traces/source.h"

#include <stdlib.h>
#include <string.h>

static const struct command_help help = {
    "walk",
    "[options] ADDRESS...   |   l2tlb walk [options] --count [N M]",
    "Explains how an address is translated: every table word that is read, in order, as a\n"
    "two-dimensional picture (stage-1 words from top to bottom, the stage-2 walk of each from left\n"
    "to right), then one line per reference and the result or fault. Addresses are hexadecimal.\n"
    "\n"
    "Tables come from an image (--image, lines `ADDRESS VALUE` and `csr NAME VALUE`), or a small world\n"
    "is built for each address (--s1, --s2, --page1, --page2). V=1 if vsatp or hgatp is not 0.\n"
    "PMP allows everything unless the image or --pmp programs it; PMA is the machine's unless --pma none. Both are\n"
    "asked for the right that is used; a write of A or D into a table is a write.\n"
    "--map and --unmap edit the tables, in the order given: each address is walked before and after\n"
    "every edit, with the table words that it changed (docs/functional.md). s1: or s2: names the stage\n"
    "(default: the first that translates). Built tables are empty then.\n"
    "Status 1: an address faults (after the last edit); --expect names another outcome that is fine.\n"
    "--count prints how many references a miss makes, for N stage-1 and M stage-2 levels.",
    "",
};

struct walk_options {
    const char *arch, *image, *s1, *s2, *page1, *page2, *access, *priv, *bitmap;
    const char *virt, *pma, *addresses, *report, *expect;
    const char *atp[3]; // satp, vsatp, hgatp
    const char *frames, *mpt_mode;
    struct opt_list regs, pmp, edits, symbols, mpt;
    bool count, details, concatenate, user_page;
    uint64_t granule;
};

// A stage of a built world: a format name, or the input bits of AArch64.
static const char *parse_format(const struct walk_scene *s, const struct walk_options *w,
                                const char *text, bool stage2, struct pt_config *c)
{
    *c = (struct pt_config){.format = PT_FORMATS};
    if (!strcmp(text, "bare") || !strcmp(text, "off"))
        return NULL;
    if (s->arch == WALK_AARCH64) {
        uint64_t n;
        if (!parse_dec(text, 52, &n))
            return "--s1 and --s2 take the number of input address bits (or off)";
        *c = (struct pt_config){.format = stage2 ? PT_A64_S2 : PT_A64_S1,
                                .granule = w->granule == 4 ? 12 : w->granule == 16 ? 14 : 16,
                                .input_bits = (unsigned)n, .attr_index = {0, 1, 2},
                                .concatenate = stage2 && w->concatenate};
        c->lpa2 = n > 48 && c->granule != 16;
        return NULL;
    }
    static const char *const name[] = {"sv32", "sv39", "sv48", "sv57"};
    for (unsigned i = s->arch == WALK_RISCV32 ? 0 : 1; i < (s->arch == WALK_RISCV32 ? 1u : 4u); i++)
        if (!strncmp(text, name[i], 4) && (!text[4] || (stage2 && !strcmp(text + 4, "x4")))) {
            c->format = (stage2 ? PT_SV32X4 : PT_SV32) + i;
            return NULL;
        }
    return s->arch == WALK_RISCV32 ? "--s1 and --s2 must be bare or sv32"
                                   : "--s1 and --s2 must be bare, sv39, sv48 or sv57";
}

const char *walk_page_size(const char *text, unsigned *shift)
{
    char digits[8];
    uint64_t n;
    size_t len = strlen(text);
    const char *unit = len ? strchr("KMGT", text[len - 1]) : NULL;
    if (!len || len > sizeof digits || !unit)
        return "a page size is a number with K, M, G or T behind it";
    memcpy(digits, text, len - 1);
    digits[len - 1] = 0;
    if (!parse_dec(digits, 512, &n) || !n || !is_pow2((unsigned)n))
        return "a page size is a power of two";
    *shift = lowest(n) + 10 * (1 + (unsigned)(unit - "KMGT"));
    return NULL;
}

// The root registers of a built world are its own.
static bool roots_given(const struct walk_scene *s)
{
    const struct rv_regs *g = &s->rv;
    const struct a64_regs *a = &s->a64;
    return g->satp || g->vsatp || g->hgatp || a->ttbr0_el1 || a->ttbr1_el1 || a->vttbr_el2 ||
           a->tcr_el1 || a->vtcr_el2;
}

static const char *parse_atp(struct walk_scene *s, const struct walk_options *w)
{
    static const char *const name[3] = {"satp", "vsatp", "hgatp"};
    for (unsigned i = 0; i < 3; i++) {
        uint64_t v;
        if (!w->atp[i])
            continue;
        if (!parse_hex(w->atp[i], UINT64_MAX, &v) || walk_register(s, name[i], v))
            return "--satp, --vsatp and --hgatp take a hexadecimal CSR value (RISC-V only)";
    }
    return NULL;
}

static const char *parse_lists(struct walk_scene *s, const struct walk_options *w, char *msg,
                               size_t size)
{
    const char *why = walk_registers(s, &w->regs, msg, size);
    if (why)
        return why;
    if (w->pmp.count) { // in place of the image's
        pmp_reset(&s->pmp, &s->cfg);
    } else if (!s->has_pmp) {
        pmp_write(&s->pmp, 0x3b0, mask64(46)); // one NAPOT entry: everything, r w x
        pmp_write(&s->pmp, 0x3a0, 0x1f);
    }
    for (unsigned i = 0; i < w->pmp.count; i++) {
        char key[32];
        const char *value;
        uint64_t csr, v;
        if (!options_split(w->pmp.item[i], key, sizeof key, &value) ||
            !parse_hex(key, 0xfff, &csr) || !parse_hex(value, UINT64_MAX, &v)) {
            snprintf(msg, size, "--pmp %s: CSR=VALUE expected, hexadecimal", w->pmp.item[i]);
            return msg;
        }
        pmp_write(&s->pmp, (unsigned)csr, v);
    }
    return NULL;
}

// priv NULL: stays as it is.
static const char *parse_kind(const char *access, const char *priv, unsigned arch,
                              struct walk_request *q)
{
    unsigned kind = 0;
    while (kind < RV_ACCESSES && strcmp(access, walk_access_name(kind)) != 0)
        kind++;
    if (kind == RV_ACCESSES)
        return "an access is r, w, x, hx, ssr or ssw";
    if (priv && strcmp(priv, "u") != 0 && strcmp(priv, "s") != 0)
        return "a privilege is u or s";
    if (kind > RV_FETCH && arch == WALK_AARCH64)
        return "hx, ssr and ssw are RISC-V accesses";
    q->access = kind;
    if (priv)
        q->user = priv[0] == 'u';
    return NULL;
}

static const char *parse_access(const struct walk_options *w, unsigned arch,
                                struct walk_request *q)
{
    if (arch == WALK_AARCH64 && w->virt)
        return "--virt is a RISC-V option";
    if (arch == WALK_AARCH64 && w->pma)
        return "--pma is a RISC-V option";
    if (!strcmp(w->access, "hx") && w->virt && w->virt[0] == '0')
        return "--access hx is always V=1";
    return parse_kind(w->access, w->priv, arch, q);
}

static const char *parse_build(struct walk_scene *s, const struct walk_options *w,
                               struct walk_build *b)
{
    bool arm = s->arch == WALK_AARCH64, narrow = s->arch == WALK_RISCV32;
    const char *usual = arm ? "48" : narrow ? "sv32" : "sv48";
    if (w->granule != 4 && w->granule != 16 && w->granule != 64)
        return "--granule must be 4, 16 or 64";
    const char *why = parse_format(s, w, w->s1 ? w->s1 : usual, false, &b->c1);
    if (!why)
        why = parse_format(s, w, w->s2 ? w->s2 : usual, true, &b->c2);
    b->user = w->user_page;
    b->empty = w->edits.count;
    b->shift1 = b->shift2 = arm ? 2 + highest(w->granule) + 8 : 12;
    if (!why && w->page1)
        why = walk_page_size(w->page1, &b->shift1);
    if (!why && w->page2)
        why = walk_page_size(w->page2, &b->shift2);
    return why;
}

static const char *kind_of(const struct walk_scene *s, bool virt, char text[80])
{
    if (s->arch == WALK_AARCH64) {
        bool one = s->a64.sctlr_el1 & 1, two = s->a64.hcr_el2 & 1;
        snprintf(text, 80, "AArch64, stage 1 %s, stage 2 %s", one ? "on" : "off", two ? "on" : "off");
        return text;
    }
    const struct rv_regs *g = &s->rv;
    if (virt)
        snprintf(text, 80, "V=1, vsatp %s, hgatp %s",
                 rv_mode_name(g->xlen, rv_mode(g, g->vsatp), false),
                 rv_mode_name(g->xlen, rv_mode(g, g->hgatp), true));
    else
        snprintf(text, 80, "V=0, satp %s", rv_mode_name(g->xlen, rv_mode(g, g->satp), false));
    return text;
}

// --- addresses ----------------------------------------------------------------------------------

struct request_list {
    struct walk_request *item;
    size_t count, room;
};

static const char *append_request(struct request_list *l, const struct walk_request *like, uint64_t va)
{
    if (l->count == l->room) {
        size_t room = l->room ? 2 * l->room : 64;
        struct walk_request *more = realloc(l->item, room * sizeof *more);
        if (!more)
            return "out of memory";
        l->item = more;
        l->room = room;
    }
    l->item[l->count] = *like;
    l->item[l->count++].va = va;
    return NULL;
}

// access and priv: NULL, or words of a line that replace the options' values.
static const char *add_request(const struct walk_scene *s, const struct walk_request *usual,
                               struct request_list *l, const char *const word[3])
{
    struct walk_request q = *usual;
    uint64_t limit = s->arch == WALK_RISCV32 ? mask64(32) : UINT64_MAX, va;
    if (!parse_hex(word[0], limit, &va))
        return "not a hexadecimal address";
    const char *why = word[1] ? parse_kind(word[1], word[2], s->arch, &q) : NULL;
    return why ? why : append_request(l, &q, va);
}

// Lines `ADDRESS [ACCESS [u|s]]`, # comments.
static const char *read_requests(const struct walk_scene *s, const struct walk_request *usual,
                                 const char *path, struct request_list *l, char *msg, size_t size)
{
    struct source *in = source_open(path, msg, size);
    const char *why = NULL;
    size_t len;
    if (!in)
        return msg;
    for (char *line; !why && (line = source_line(in, &len)) != NULL;) {
        const char *word[3] = {NULL};
        line[strcspn(line, "#")] = 0;
        for (unsigned i = 0; i < 3 && (!i || word[i - 1]); i++)
            word[i] = next_word(&line);
        if (word[0] && (why = add_request(s, usual, l, word)) == NULL && word[2] &&
            next_word(&line))
            why = "rubbish at the end of the line";
    }
    why = why ? why : source_error(in);
    if (why)
        snprintf(msg, size, "%s:%ju: %s", source_path(in), (uintmax_t)source_lines(in), why);
    source_close(in);
    return why ? msg : NULL;
}

static void print_text(const struct walk_scene *s, const struct walk_request *q,
                       const struct walk_result *r)
{
    static const char *const what[RV_ACCESSES] = {"read",      "write", "fetch",
                                                  "HLVX read", "shadow-stack read",
                                                  "shadow-stack write"};
    char kind[80], name[SYMBOL_TEXT];
    bool named = symbols_name(q->virt ? s->symbols.guest : s->symbols.host, q->va, name);
    printf("%jx%s%s%s: %s by %s, %s\n", (uintmax_t)q->va, named ? " <" : "", name, named ? ">" : "",
           what[q->access],
           s->arch == WALK_AARCH64 ? (q->user ? "EL0" : "EL1") : (q->user ? "U" : "S"),
           kind_of(s, q->virt, kind));
    walk_print(s, r, stdout);
    putchar('\n');
}

// The tables as they are, or built for this address (any address, if it is to be empty).
static const char *ready(struct walk_scene *s, const struct walk_options *w, struct walk_build *b,
                         uint64_t va, char *msg, size_t size)
{
    b->va = va;
    const char *why = w->image ? NULL : walk_build(s, b, msg, size);
    if (!why && (!w->image || !s->mpt.regs.root)) // once over an image, else in every new world
        why = walk_mpt_build(s, &w->mpt, !strcmp(w->mpt_mode, "smmpt43"), msg, size);
    return why ? why : walk_scene_check(s);
}

static bool virtual(const struct walk_scene *s, const struct walk_options *w)
{
    return w->virt ? w->virt[0] == '1' : s->rv.vsatp || s->rv.hgatp;
}

// Without Zicfiss its instructions access nothing.
static const char *shadow_check(const struct walk_scene *s, const struct walk_options *w,
                                const struct request_list *l)
{
    bool on = s->rv.m_sse && (!virtual(s, w) || s->rv.h_sse);
    for (size_t i = 0; i < l->count && !on; i++)
        if (l->item[i].access >= RV_SHADOW_READ)
            return "ssr and ssw need SSE (--reg msse=1, with V=1 also hsse=1)";
    return NULL;
}

// One walk. False: it does not end as --expect says.
static bool explain(struct walk_scene *s, const struct walk_options *w, struct walk_request *q,
                    uint64_t row, const struct walk_edits *e, unsigned step)
{
    struct walk_result r;
    q->virt = q->access == RV_READ_X || virtual(s, w);
    walk_scene_run(s, q, &r);
    if (w->report[0] == 't')
        print_text(s, q, &r);
    else
        walk_report(s, q, &r, w->report[0] == 'j', row, e, step, stdout);
    return walk_expected(&r, w->expect);
}

static const char *explain_each(struct walk_scene *s, const struct walk_options *w,
                                struct walk_build *b, const struct request_list *l, int *status,
                                char *msg, size_t size)
{
    const char *why = l->count ? NULL : "no address (see --help)";
    for (size_t i = 0; !why && i < l->count; i++) {
        why = ready(s, w, b, l->item[i].va, msg, size);
        if (!why)
            why = shadow_check(s, w, l);
        if (!why && !explain(s, w, &l->item[i], i, NULL, 0))
            *status = 1;
    }
    return why;
}

// --- edits --------------------------------------------------------------------------------------

// Without addresses those of the edits are walked, where the walk begins with that stage.
static const char *edited_addresses(const struct walk_scene *s, const struct walk_options *w,
                                    const struct walk_request *usual, const struct walk_edits *e,
                                    struct request_list *l)
{
    unsigned first = s->arch == WALK_AARCH64 ? (s->a64.sctlr_el1 & 1 ? 1 : 2)
                     : rv_mode(&s->rv, virtual(s, w) ? s->rv.vsatp : s->rv.satp) ? 1 : 2;
    const char *why = NULL;
    for (unsigned i = 0; !why && i < e->count; i++)
        if (e->edit[i].stage == first && !e->edit[i].unmap)
            why = append_request(l, usual, e->edit[i].from);
    return !why && !l->count ? "no address (see --help)" : why;
}

// Walks every address before the first edit and after each one; the last walks give the status.
static const char *explain_steps(struct walk_scene *s, const struct walk_options *w,
                                 struct walk_build *b, const struct walk_request *usual,
                                 struct walk_edits *e, struct request_list *l, int *status,
                                 char *msg, size_t size)
{
    uint64_t row = 0;
    const char *why = ready(s, w, b, 0, msg, size);
    if (!why && w->frames && !parse_hex(w->frames, mask64(52), &s->free_host))
        why = "--frames is a hexadecimal address";
    if (!why)
        why = walk_edits_plan(s, e, virtual(s, w), msg, size);
    if (!why && !l->count)
        why = edited_addresses(s, w, usual, e, l);
    if (!why)
        why = shadow_check(s, w, l);
    for (unsigned step = 0; !why && step <= e->count; step++) {
        if (step)
            walk_edit_apply(s, e, step - 1);
        if (w->report[0] == 't')
            walk_step_print(e, step, stdout);
        for (size_t i = 0; i < l->count; i++)
            if (!explain(s, w, &l->item[i], row++, e, step) && step == e->count)
                *status = 1;
    }
    return why;
}

static const char *explain_edits(struct walk_scene *s, const struct walk_options *w,
                                 struct walk_build *b, const struct walk_request *usual,
                                 struct request_list *l, int *status, char *msg, size_t size)
{
    struct walk_edit edit[OPTIONS_LIST];
    struct walk_edits e = {.edit = edit, .count = w->edits.count};
    for (unsigned i = 0; i < e.count; i++) {
        const char *option = w->edits.option[i], *text = w->edits.item[i];
        const char *why = walk_edit_parse(text, option[0] == 'u', &edit[i]);
        if (why) {
            snprintf(msg, size, "--%s %s: %s", option, text, why);
            return msg;
        }
    }
    const char *why = explain_steps(s, w, b, usual, &e, l, status, msg, size);
    free(e.word);
    return why;
}

// Everything is read before anything is printed.
static const char *explain_all(struct walk_scene *s, const struct options *o,
                               const struct walk_options *w, struct walk_build *b,
                               const struct walk_request *usual, int *status, char *msg, size_t size)
{
    struct request_list l = {.item = NULL};
    const char *why = NULL;
    for (int i = 0; !why && i < o->args; i++) {
        const char *word[3] = {o->arg[i]};
        why = add_request(s, usual, &l, word);
        if (why) {
            snprintf(msg, size, "%s: %s", o->arg[i], why);
            why = msg;
        }
    }
    if (!why && w->addresses)
        why = read_requests(s, usual, w->addresses, &l, msg, size);
    if (!why)
        why = w->edits.count ? explain_edits(s, w, b, usual, &l, status, msg, size)
                             : explain_each(s, w, b, &l, status, msg, size);
    if (!why && w->report[0] == 'j')
        fputs("\n]\n", stdout);
    free(l.item);
    return why;
}

static const char *prepare(struct walk_scene *s, const struct walk_options *w,
                           struct walk_build *b, struct walk_request *q, char *msg, size_t size)
{
    const char *why = parse_access(w, s->arch, q);
    if (!why)
        why = parse_build(s, w, b);
    if (!why && w->image && (w->s1 || w->s2 || w->page1 || w->page2 || w->user_page))
        why = "--image and a built world (--s1, --s2, --page1, --page2, --user-page) exclude each other";
    if (!why && w->edits.count && (w->count || w->page1 || w->page2 || w->user_page))
        why = "--map starts with empty tables: no --page1, --page2, --user-page, --count";
    if (!why && w->frames && !w->edits.count)
        why = "--frames is for --map";
    if (!why && w->mpt.count && w->count)
        why = "--count counts walks without --mpt";
    if (!why && w->bitmap && !parse_hex(w->bitmap, mask64(48), &s->bitmap))
        why = "--bitmap is the hexadecimal address of the bitmap's table";
    s->has_bitmap = w->bitmap != NULL;
    s->no_pma = w->pma && !strcmp(w->pma, "none");
    s->bitmap &= ~mask64(6);
    pmp_reset(&s->pmp, &s->cfg);
    if (!why && w->image && !walk_image(s, w->image, msg, size))
        why = msg;
    if (!why)
        why = parse_atp(s, w);
    if (!why)
        why = parse_lists(s, w, msg, size);
    if (!why && w->mpt.count && s->mpt.regs.mode != SMMPT_BARE)
        why = "--mpt builds a table; mmpt names another";
    if (!why && !w->image && s->mpt.regs.mode != SMMPT_BARE)
        why = "mmpt needs the tables it points to (--image, or --mpt builds one)";
    if (!why && !w->image && roots_given(s))
        why = "root registers need the tables they point to (--image)";
    return why;
}

static const char *run_count(struct walk_scene *s, const struct options *o,
                             const struct walk_options *w, int *status)
{
    uint64_t n = 0, m = 0;
    if (o->args && (o->args != 2 || !parse_dec(o->arg[0], 5, &n) || !parse_dec(o->arg[1], 5, &m)))
        return "--count takes two numbers of levels (2 to 5), or none for all";
    *status = walk_count(s, (unsigned)n, (unsigned)m, w->details, stdout);
    return NULL;
}

static int run(struct walk_scene *s, const struct options *o, const struct walk_options *w)
{
    char msg[512];
    struct walk_build b = {.va = 0};
    struct walk_request q = {.va = 0};
    int status = 0;
    const char *why = prepare(s, w, &b, &q, msg, sizeof msg);
    if (!why && !walk_symbols_open(&s->symbols, &w->symbols, msg, sizeof msg))
        why = msg;
    if (!why && w->count)
        why = run_count(s, o, w, &status);
    else if (!why)
        why = explain_all(s, o, w, &b, &q, &status, msg, sizeof msg);
    if (why)
        return options_error(o, "%s", why);
    return status;
}

// Options that do something on some architectures only.
#define RISCV "riscv64|riscv32"
static const struct opt_use walk_uses[] = {
    {"granule", "aarch64"}, {"concatenate", "aarch64"}, {"pmp", RISCV},    {"bitmap", RISCV},
    {"preset", RISCV},      {"revision", RISCV},        {"config", RISCV}, {"set", RISCV},
    {"mpt", RISCV},         {"mpt-mode", RISCV},
    {NULL, NULL},
};
#undef RISCV

int cmd_walk(int argc, char **argv)
{
    struct walk_options w = {.arch = "riscv64", .access = "r", .priv = "s", .granule = 4,
                             .report = "text", .expect = "result", .mpt_mode = "smmpt52"};
    const struct opt own[] = {
        {"arch", 0, "riscv64|riscv32|aarch64", "architecture (default riscv64)", OPT_CHOICE, &w.arch,
         0, 0},
        {"image", 0, "FILE", "tables and registers to walk", OPT_TEXT, &w.image, 0, 0},
        {"satp", 0, "HEX", "CSR value, with --image", OPT_TEXT, &w.atp[0], 0, 0},
        {"vsatp", 0, "HEX", "CSR value, with --image", OPT_TEXT, &w.atp[1], 0, 0},
        {"hgatp", 0, "HEX", "CSR value, with --image", OPT_TEXT, &w.atp[2], 0, 0},
        {"reg", 0, "NAME=HEX", "set a register or flag (satp, vsatp, hgatp, mxr, sum, vmxr, vsum, "
         "mpbmte, hpbmte, madue, hadue, msse, hsse, svrsw60t59b, menvcfg, henvcfg, senvcfg, mmpt; "
         "tcr_el1, ...)", OPT_LIST, &w.regs, 0, 0},
        {"s1", 0, "FORMAT", "built world, stage 1: bare, sv32, sv39, sv48, sv57; AArch64: input bits",
         OPT_TEXT, &w.s1, 0, 0},
        {"s2", 0, "FORMAT", "built world, stage 2: likewise", OPT_TEXT, &w.s2, 0, 0},
        {"page1", 0, "SIZE", "data page of stage 1 (4K, 64K, 2M, 1G, ...)", OPT_TEXT, &w.page1, 0, 0},
        {"page2", 0, "SIZE", "data page of stage 2", OPT_TEXT, &w.page2, 0, 0},
        {"user-page", 0, NULL, "built world: the page belongs to U mode (EL0)", OPT_FLAG, &w.user_page, 0,
         0},
        {"granule", 0, "KIB", "AArch64 page size: 4, 16 or 64", OPT_NUMBER, &w.granule, 4, 64},
        {"concatenate", 0, NULL, "AArch64: join the stage-2 root tables", OPT_FLAG, &w.concatenate,
         0, 0},
        {"access", 0, "r|w|x|hx|ssr|ssw",
         "kind of access; hx: HLVX; ssr, ssw: shadow stack (default r)", OPT_CHOICE, &w.access, 0, 0},
        {"priv", 0, "u|s", "privilege, on AArch64 EL0 or EL1 (default s)", OPT_CHOICE, &w.priv,
         0, 0},
        {"virt", 0, "0|1", "V (default: 1 if vsatp or hgatp is not 0); HLVX is always V=1", OPT_CHOICE,
         &w.virt, 0, 0},
        {"pma", 0, "none|xiangshan", "physical memory attributes (default xiangshan, the machine's)",
         OPT_CHOICE, &w.pma, 0, 0},
        {"addresses", 0, "FILE", "addresses to walk, one a line: ADDRESS [r|w|x|hx|ssr|ssw [u|s]]", OPT_TEXT,
         &w.addresses, 0, 0},
        {"report", 0, "text|json|csv", "form of the answer; json and csv: one line per address",
         OPT_CHOICE, &w.report, 0, 0},
        {"expect", 0, "result|fault|page|guest|access|any",
         "what every address must end with for status 0 (default result)", OPT_CHOICE, &w.expect, 0,
         0},
        {"map", 0, "[s1:|s2:]VA=PA,SIZE,RIGHTS", "map a page: rights rwxug; repeatable", OPT_LIST,
         &w.edits, 0, 0},
        {"unmap", 0, "[s1:|s2:]VA", "take the page that holds VA away; repeatable", OPT_LIST, &w.edits,
         0, 0},
        {"frames", 0, "HEX", "memory for the tables of --map (default: behind the image)", OPT_TEXT,
         &w.frames, 0, 0},
        {"pmp", 0, "CSR=HEX", "write a PMP or PMA register after reset", OPT_LIST, &w.pmp, 0, 0},
        {"mpt", 0, "RANGE=RIGHTS", "build a Memory Protection Table: rights (rwx, or -) of `all` or ADDRESS,SIZE; "
         "repeatable, the last one counts", OPT_LIST, &w.mpt, 0, 0},
        {"mpt-mode", 0, "smmpt43|smmpt52", "its mode (default smmpt52; riscv32: Smmpt34)", OPT_CHOICE, &w.mpt_mode, 0, 0},
        {"bitmap", 0, "HEX", "address of a Shield-Bitmap: show its verdicts", OPT_TEXT, &w.bitmap, 0,
         0},
        {"symbols", 0, "FILE", "names of addresses: System.map, kallsyms, ELF; host:FILE, guest:FILE: of V=0, V=1",
         OPT_LIST, &w.symbols, 0, 0},
        {"count", 0, NULL, "count the references of a miss", OPT_FLAG, &w.count, 0, 0},
        {"details", 0, NULL, "with --count: print each walk", OPT_FLAG, &w.details, 0, 0},
        {.type = OPT_END},
    };
    struct options o;
    struct walk_scene s = {.rv = {.m_pbmte = true, .h_pbmte = true}, .a64 = {.parange = 6}};
    int status = options_parse(&o, &help, OPTIONS_MACHINE, own, argc, argv);
    if (status != OPTIONS_GO)
        return status;
    if (!options_of_use(&o, walk_uses, w.arch))
        return 2;
    if (w.details && !w.count)
        return options_error(&o, "--details goes with --count");
    s.arch = !strcmp(w.arch, "aarch64") ? WALK_AARCH64
             : !strcmp(w.arch, "riscv32") ? WALK_RISCV32
                                          : WALK_RISCV64;
    if (!options_config(&o, &s.cfg))
        return 2;
    s.rv.xlen = s.arch == WALK_RISCV32 ? 32 : 64;
    s.mem = phys_new();
    if (!s.mem)
        return options_error(&o, "out of memory");
    status = run(&s, &o, &w);
    walk_symbols_free(&s.symbols);
    phys_free(s.mem);
    return status;
}
