// SPDX-License-Identifier: MulanPSL-2.0
// l2tlb info: what a trace, an image (of any form), a stimulus or a recording holds.
#include "arch/bits.h"
#include "cmd/cmd.h"
#include "cmd/options.h"
#include "cmd/traceio.h"
#include "cmd/walk.h"
#include "traces/source.h"
#include "traces/trace.h"
#include "world/image.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const struct command_help help = {
    "info", "[options] FILE...",
    "Says what each FILE holds: a GVA trace (text or binary), an image (of any form), a stimulus\n"
    "(L2TLBSTIM, L1STIM). The file is read to its end and checked.",
    "FILE",
};

// --- distinct pages: a growing hash set ----------------------------------------------------------
enum { PAGES_MAX = 1 << 25 }; // 128 GiB of pages: half a GiB of slots
struct pages {
    uint64_t *slot; // page + 1
    size_t mask, used;
    bool failed;
};

static void pages_add(struct pages *p, uint64_t page)
{
    size_t i;

    if (p->failed)
        return;
    if (p->used == PAGES_MAX) {
        p->failed = true;
        return;
    }
    if (!p->slot || 2 * p->used > p->mask) {
        struct pages bigger = {.mask = p->slot ? 2 * p->mask + 1 : 1023};
        bigger.slot = calloc(bigger.mask + 1, sizeof *bigger.slot);
        if (!bigger.slot) {
            p->failed = true;
            return;
        }
        for (size_t k = 0; p->slot && k <= p->mask; k++)
            if (p->slot[k])
                pages_add(&bigger, p->slot[k] - 1);
        free(p->slot);
        *p = bigger;
    }
    for (i = mix64(page) & p->mask; p->slot[i]; i = (i + 1) & p->mask)
        if (p->slot[i] == page + 1)
            return;
    p->slot[i] = page + 1;
    p->used++;
}

// --- traces --------------------------------------------------------------------------------------
struct trace_count {
    uint64_t op[GVT_OPS], kind[TRACE_KINDS], port[2], fence[GVT_FENCES], s2xlate[4];
    uint64_t user, super, machine, virt, hyp, insns, first_cycle, last_cycle, crossing;
    bool cycles;
    uint64_t low, high; // addresses
    struct pages code, data;
};

static void count_record(struct trace_count *c, const struct trace_record *r)
{
    uint64_t last = r->addr + (r->size ? r->size - 1u : 0);

    c->kind[r->kind]++;
    c->insns += r->insns;
    if (r->has_cycle && !c->cycles)
        c->first_cycle = r->cycle;
    if (r->has_cycle)
        c->last_cycle = r->cycle;
    c->cycles |= r->has_cycle;
    if (r->kind == TRACE_FENCE)
        c->fence[r->op]++;
    if (r->kind == TRACE_PORT) {
        c->port[r->port]++;
        c->s2xlate[r->s2xlate]++;
        pages_add(r->port ? &c->data : &c->code, r->addr);
    }
    if (r->kind != TRACE_ACCESS)
        return;
    c->op[r->op]++;
    c->user += r->priv == GVT_U;
    c->super += r->priv == GVT_S;
    c->machine += r->priv == GVT_M;
    c->virt += r->virt;
    c->hyp += r->hyp;
    c->low = r->addr < c->low ? r->addr : c->low;
    c->high = last > c->high ? last : c->high;
    pages_add(r->op == GVT_FETCH ? &c->code : &c->data, r->addr >> 12);
    if (last >> 12 != r->addr >> 12) {
        c->crossing++;
        pages_add(r->op == GVT_FETCH ? &c->code : &c->data, last >> 12);
    }
}

static void line(const char *name, uint64_t value)
{
    if (value)
        printf("  %-22s %" PRIu64 "\n", name, value);
}

static void text_line(const char *name, const char *before, const char *text)
{
    options_say("  %-22s %s%s", name, before, text);
}

static void title(const char *path)
{
    options_say("%s", strcmp(path, "-") == 0 ? "(standard input)" : path);
}

static void print_trace(const char *path, const struct trace *t, const struct trace_count *c)
{
    const struct trace_header *h = trace_header(t);
    static const char *const kinds[TRACE_KINDS] = {
        "accesses", "port requests", "register writes", "fences", "switches", "memory words",
        "redirects", "region marks"};

    title(path);
    printf("  %-22s %s, %s, version %u\n", "form",
           h->klass == GVT_PORTS ? "port trace" : "access trace",
           trace_is_binary(t) ? "binary" : "text", h->version);
    printf("  %-22s %s\n", "isa", trace_isa_name[h->isa]);
    text_line("page tables",
              h->tables == GVT_IMAGE     ? "image "
              : h->tables == GVT_RECORDS ? "in memory words of the trace"
                                         : "built",
              h->image);
    if (h->source[0])
        text_line("source", "", h->source);
    line("records", trace_count(t));
    printf("  %-22s %016" PRIx64 "\n", "checksum", trace_checksum(t));
    for (unsigned i = 0; i < TRACE_KINDS; i++)
        line(kinds[i], c->kind[i]);
    for (unsigned i = 0; i < GVT_OPS; i++)
        line(trace_op_name[i], c->op[i]);
    for (unsigned i = 0; i < GVT_FENCES; i++)
        line(trace_fence_name[i], c->fence[i]);
    line("U mode", c->user);
    line("S mode", c->super);
    line("M mode", c->machine);
    line("V = 1", c->virt);
    line("hypervisor accesses", c->hyp);
    line("page-crossing", c->crossing);
    line("port 0 (instruction)", c->port[0]);
    line("port 1 (data)", c->port[1]);
    line("noS2xlate", c->s2xlate[0]);
    line("onlyStage1", c->s2xlate[1]);
    line("onlyStage2", c->s2xlate[2]);
    line("allStage", c->s2xlate[3]);
    line("instructions", c->insns);
    if (c->cycles)
        printf("  %-22s %" PRIu64 " .. %" PRIu64 "\n", "cycles", c->first_cycle, c->last_cycle);
    if (c->kind[TRACE_ACCESS])
        printf("  %-22s %" PRIx64 " .. %" PRIx64 "\n", "addresses", c->low, c->high);
    printf("  %-22s %zu code, %zu data (%.1f MiB)%s\n", "distinct 4-KiB pages", c->code.used,
           c->data.used, (double)(c->code.used + c->data.used) / 256.0,
           c->code.failed || c->data.failed ? ", more than memory can count" : "");
}

static int info_trace(const struct options *o, const char *path)
{
    struct trace_count c = {.low = UINT64_MAX};
    struct trace_record r;
    struct traceio_progress p;
    char msg[TRACE_MSG];
    struct trace *t = trace_open(path, msg, sizeof msg);
    int got, status = 0;

    if (!t)
        return options_error(o, "%s", msg);
    traceio_start(&p, o->quiet);
    trace_watch(t, traceio_reading, &p);
    while ((got = trace_next(t, &r)) == 1) {
        count_record(&c, &r);
        traceio_step(&p, trace_count(t), 0);
    }
    traceio_stop(&p);
    if (got < 0)
        status = options_error(o, "%s", trace_error(t));
    else
        print_trace(path, t, &c);
    free(c.code.slot);
    free(c.data.slot);
    trace_close(t);
    return status;
}

// --- stimuli -------------------------------------------------------------------------------------
enum { KEYS = 48 };

struct key_count {
    char key[24];
    uint64_t n;
};

static void count_key(struct key_count *k, const char *key)
{
    char shown[sizeof k->key];

    printable_text(key, shown, sizeof shown);
    for (unsigned i = 0; i < KEYS; i++) {
        if (k[i].n == 0)
            snprintf(k[i].key, sizeof k[i].key, "%s", shown);
        if (strcmp(k[i].key, shown) == 0) {
            k[i].n++;
            return;
        }
    }
}

// One line of a stimulus: events are counted by kind, memory words counted, header lines shown.
static bool stimulus_line(char *text, struct key_count *events, uint64_t *words, uint64_t *last,
                          bool show)
{
    char *rest = text, *word;
    uint64_t cycle;

    if (strncmp(text, "mem ", 4) == 0) {
        ++*words;
    } else if (text[0] == '@') {
        word = next_word(&rest);
        if (!parse_dec(word + 1, UINT64_MAX, &cycle) || cycle < *last || !(word = next_word(&rest)))
            return false;
        *last = cycle;
        count_key(events, word);
    } else if (show && text[0] && strcmp(text, "run") != 0) {
        options_say("  %.120s", text);
    }
    return true;
}

// Two passes: nothing is printed before the whole file is known to be fine.
static int info_stimulus(const struct options *o, const char *path)
{
    for (unsigned pass = 0; pass < 2; pass++) {
        struct key_count events[KEYS] = {{{0}, 0}};
        uint64_t words = 0, last = 0;
        char msg[TRACE_MSG] = "", *text;
        struct source *in = source_open(path, msg, sizeof msg);
        size_t len;

        if (in && pass == 1)
            title(path);
        while (in && !msg[0] && (text = source_line(in, &len)))
            if (!stimulus_line(text, events, &words, &last, pass == 1))
                snprintf(msg, sizeof msg, "%s:%" PRIu64 ": not an event", path, source_lines(in));
        if (in && source_error(in))
            snprintf(msg, sizeof msg, "%s:%" PRIu64 ": %s", path, source_lines(in),
                     source_error(in));
        source_close(in);
        if (msg[0])
            return options_error(o, "%s", msg);
        if (pass == 0)
            continue;
        line("memory words", words);
        for (unsigned i = 0; i < KEYS && events[i].n; i++)
            line(events[i].key, events[i].n);
        line("last event in cycle", last);
    }
    return 0;
}

// --- images --------------------------------------------------------------------------------------
// Registers of an image may be those of either architecture.
struct image_regs {
    struct walk_scene riscv, arm;
    bool any;
};

static const char *show_csr(void *ctx, const char *name, uint64_t v)
{
    struct image_regs *g = ctx;
    bool atp = strlen(name) > 3 && strcmp(name + strlen(name) - 3, "atp") == 0;
    const char *why = strcmp(name, "spvp") ? walk_register(&g->riscv, name, v) : NULL;

    if (why && strcmp(why, "unknown register") == 0)
        why = walk_register(&g->arm, name, v);
    if (why)
        return why;
    if (atp)
        printf("  %-22s mode %u, id %x, root page %" PRIx64 "\n", name, (unsigned)bits(v, 63, 60),
               (unsigned)bits(v, name[0] == 'h' ? 57 : 59, 44), bits(v, 43, 0));
    else
        printf("  %-22s %" PRIx64 "\n", name, v);
    return NULL;
}

// The first pass checks everything: nothing is printed of a bad image.
static const char *check_csr(void *ctx, const char *name, uint64_t v)
{
    struct image_regs *g = ctx;
    const char *why = strcmp(name, "spvp") ? walk_register(&g->riscv, name, v) : NULL;

    return why && strcmp(why, "unknown register") == 0 ? walk_register(&g->arm, name, v) : why;
}

static int info_image(const struct options *o, const char *path)
{
    char msg[TRACE_MSG];
    struct image_regs regs = {.riscv = {.arch = WALK_RISCV64}, .arm = {.arch = WALK_AARCH64}};
    struct image_user user = {&regs, check_csr, 8, 52, NULL};
    struct image_info info;
    struct phys *mem = phys_new();

    if (!mem)
        return options_error(o, "out of memory");
    if (!image_read(mem, path, &user, &info, msg, sizeof msg)) {
        phys_free(mem);
        return options_error(o, "%s", msg);
    }
    title(path);
    printf("  %-22s world image, %s\n", "form", image_form_name(info.form));
    if (info.parts)
        line("parts", info.parts);
    else
        line(info.form == IMAGE_TEXT ? "words" : "bytes", info.words);
    if (info.form == IMAGE_TEXT)
        line("64-byte lines", phys_lines(mem));
    if (info.first <= info.last)
        printf("  %-22s %" PRIx64 " .. %" PRIx64 "\n", "addresses", info.first, info.last);
    phys_clear(mem);
    user.csr = show_csr;
    if (info.form == IMAGE_TEXT)
        image_read(mem, path, &user, NULL, msg, sizeof msg);
    phys_free(mem);
    return 0;
}

static bool starts(const unsigned char *p, size_t n, const char *text)
{
    return n >= strlen(text) && memcmp(p, text, strlen(text)) == 0;
}

static int info_file(const struct options *o, const char *path)
{
    char msg[TRACE_MSG];
    struct source *in;
    const unsigned char *p;
    size_t n;
    bool stimulus, trace;
    struct stat st;

    // A stream can be opened once only; traces are what comes from one.
    if (strcmp(path, "-") == 0)
        return info_trace(o, path);
    // FILE@ADDRESS names a raw dump. Only traces may come through a pipe, which is opened once.
    if (stat(path, &st) != 0 && strchr(path, '@'))
        return info_image(o, path);
    if (stat(path, &st) == 0 && S_ISFIFO(st.st_mode))
        return info_trace(o, path);
    if (stat(path, &st) == 0 && (S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode)))
        return options_error(o, "%s: is no regular file", path);
    in = source_open(path, msg, sizeof msg);
    if (!in)
        return options_error(o, "%s", msg);
    n = source_peek(in, 16, &p);
    stimulus = starts(p, n, "L2TLBSTIM") || starts(p, n, "L1STIM");
    trace = starts(p, n, "GVT");
    source_close(in);
    return stimulus ? info_stimulus(o, path) : trace ? info_trace(o, path) : info_image(o, path);
}

int cmd_info(int argc, char **argv)
{
    struct options o;
    int status = options_parse(&o, &help, OPTIONS_QUIET, NULL, argc, argv);

    if (status != OPTIONS_GO)
        return status;
    if (o.args == 0)
        return options_error(&o, "no file given (see l2tlb info --help)");
    const char *const out = "-";
    if (!options_apart(&o, (const char *const *)o.arg, (unsigned)o.args, &out, 1))
        return 2;
    status = 0;
    for (int i = 0; i < o.args; i++) {
        int s = info_file(&o, o.arg[i]);
        status = s > status ? s : status;
    }
    return status;
}
