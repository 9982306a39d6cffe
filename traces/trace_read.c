// SPDX-License-Identifier: MulanPSL-2.0
// Reader of traces, text and binary. Every error names the file, the line (text) or the record
// (binary), and the reason; after an error or the end nothing more is read.
#include "traces/source.h"
#include "traces/trace_code.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { END_OPEN, END_REACHED, END_FAILED };

struct trace {
    struct source *in;
    struct trace_header h;
    bool binary;
    unsigned state; // END_*
    uint64_t count, sum;
    uint64_t cycle; // of the last record that has one
    struct trace_delta last;
    char error[TRACE_MSG];
};

static int fail(struct trace *t, const char *form, ...)
{
    va_list args;
    int n;

    if (t->binary)
        n = snprintf(t->error, sizeof t->error, "%s: record %llu: ", source_path(t->in),
                     (unsigned long long)t->count + 1);
    else
        n = snprintf(t->error, sizeof t->error, "%s:%llu: ", source_path(t->in),
                     (unsigned long long)source_lines(t->in));
    if (n < 0 || (size_t)n > sizeof t->error)
        n = 0;
    va_start(args, form);
    vsnprintf(t->error + n, sizeof t->error - (size_t)n, form, args);
    va_end(args);
    t->state = END_FAILED;
    return -1;
}

// --- header --------------------------------------------------------------------------------------
static bool find_name(const char *const *names, unsigned n, const char *text, uint8_t *index)
{
    for (unsigned i = 0; i < n; i++)
        if (text && strcmp(names[i], text) == 0) {
            *index = (uint8_t)i;
            return true;
        }
    return false;
}

// A carriage return inside of a text cannot be written again.
static bool take_text(char *to, const char *from)
{
    if (!from || strlen(from) >= TRACE_TEXT || strchr(from, '\r'))
        return false;
    memcpy(to, from, strlen(from) + 1);
    return true;
}

enum { SEEN_ISA = 1, SEEN_KIND = 2, SEEN_ADDRESS = 4, SEEN_TABLES = 8, SEEN_SOURCE = 16 };

// One header line; returns the SEEN bit, 0 after an error.
static unsigned header_line(struct trace *t, char *line)
{
    char *rest = line, show[48];
    char *key = next_word(&rest);
    bool fine = true;
    unsigned seen;

    rest += strspn(rest, " \t");
    if (strcmp(key, "isa") == 0) {
        seen = SEEN_ISA;
        fine = find_name(trace_isa_name, GVT_ISAS, rest, &t->h.isa);
    } else if (strcmp(key, "kind") == 0) {
        seen = SEEN_KIND;
        fine = find_name(trace_class_name, 2, rest, &t->h.klass);
    } else if (strcmp(key, "address") == 0) {
        seen = SEEN_ADDRESS;
        fine = strcmp(rest, "virtual") == 0;
    } else if (strcmp(key, "tables") == 0) {
        char *name = next_word(&rest);
        seen = SEEN_TABLES;
        rest += strspn(rest, " \t");
        fine = find_name(trace_tables_name, GVT_TABLES, name, &t->h.tables) &&
               (t->h.tables == GVT_IMAGE) == (rest[0] != 0) && take_text(t->h.image, rest);
    } else if (strcmp(key, "source") == 0) {
        seen = SEEN_SOURCE;
        fine = take_text(t->h.source, rest);
    } else {
        fail(t, "unknown header key '%s'", printable(key, show));
        return 0;
    }
    if (!fine) {
        fail(t, "bad value of header key '%s': '%s'", key, printable(rest, show));
        return 0;
    }
    return seen;
}

static bool read_magic(struct trace *t)
{
    size_t len;
    char *line = source_line(t->in, &len), show[48];

    if (!line) {
        fail(t, "%s", source_error(t->in) ? source_error(t->in) : "not a trace");
        return false;
    }
    t->h.version = TRACE_VERSION;
    if (strcmp(line, GVT_MAGIC_TEXT " 1") == 0)
        return true;
    if (strcmp(line, GVT_MAGIC_BINARY " 1") == 0) {
        t->binary = true;
        return true;
    }
    if (strncmp(line, GVT_MAGIC_TEXT, 3) == 0)
        fail(t, "trace version '%s' is not known (this program reads version 1)",
             printable(line, show));
    else
        fail(t, "not a trace: the first line must be 'GVT 1' or 'GVTB 1'");
    return false;
}

static bool read_header(struct trace *t)
{
    unsigned seen = 0, all = SEEN_ISA | SEEN_KIND | SEEN_ADDRESS | SEEN_TABLES;
    bool binary;
    char *line;
    size_t len;

    if (!read_magic(t))
        return false;
    binary = t->binary;
    t->binary = false; // header errors name lines
    while ((line = source_line(t->in, &len)) && strcmp(line, "run") != 0) {
        unsigned bit;
        line += strspn(line, " \t");
        if (line[0] == 0 || line[0] == '#')
            continue;
        bit = header_line(t, line);
        if (!bit)
            return false;
        if (seen & bit) {
            fail(t, "header key given twice");
            return false;
        }
        seen |= bit;
    }
    if (!line) {
        fail(t, "%s", source_error(t->in) ? source_error(t->in) : "header without 'run'");
        return false;
    }
    if ((seen & all) != all) {
        fail(t, "the header must state isa, kind, address and tables");
        return false;
    }
    t->binary = binary;
    return true;
}

struct trace *trace_open(const char *path, char *msg, size_t msg_size)
{
    struct source *in = source_open(path, msg, msg_size);
    struct trace *t = in ? calloc(1, sizeof *t) : NULL;

    if (!t) {
        if (in)
            snprintf(msg, msg_size, "%s: out of memory", path);
        source_close(in);
        return NULL;
    }
    t->in = in;
    if (!read_header(t)) {
        snprintf(msg, msg_size, "%s", t->error);
        trace_close(t);
        return NULL;
    }
    return t;
}

void trace_close(struct trace *t)
{
    if (t)
        source_close(t->in);
    free(t);
}

// --- text records --------------------------------------------------------------------------------
static bool parse_mode(const char *m, struct trace_record *r)
{
    if (m[0] == 'v')
        r->virt = true, m++;
    else if (m[0] == 'h' || m[0] == 'x')
        r->hyp = true, r->hlvx = *m++ == 'x';
    if (m[0] == 0 || m[1] != 0)
        return false;
    r->priv = m[0] == 'u' ? GVT_U : m[0] == 's' ? GVT_S : GVT_M;
    return m[0] == 'u' || m[0] == 's' || m[0] == 'm';
}

static const char *parse_access(char *rest, struct trace_record *r)
{
    char *addr = next_word(&rest), *size = next_word(&rest), *mode = next_word(&rest);
    uint64_t bytes;

    r->kind = TRACE_ACCESS;
    if (!mode)
        return "an access is: f|l|s|a|r|p ADDRESS SIZE MODE";
    if (!parse_hex(addr, UINT64_MAX, &r->addr))
        return "bad address";
    if (!parse_dec(size, 4096, &bytes))
        return "size of an access must be 1 to 4096 bytes";
    r->size = (uint16_t)bytes;
    return parse_mode(mode, r) ? NULL : "bad mode (u s m, vu vs, hu hs, xu xs)";
}

static const char *parse_port(char *rest, struct trace_record *r)
{
    char *port = next_word(&rest), *vpn = next_word(&rest), *s2 = next_word(&rest);
    uint64_t p, s;

    r->kind = TRACE_PORT;
    if (!s2)
        return "a port request is: q PORT VPN S2XLATE @CYCLE";
    if (!parse_dec(port, 1, &p))
        return "port must be 0 or 1";
    if (!parse_hex(vpn, UINT64_MAX, &r->addr))
        return "bad page number";
    if (!parse_dec(s2, 3, &s))
        return "s2xlate must be 0 to 3";
    r->port = (uint8_t)p;
    r->s2xlate = (uint8_t)s;
    return NULL;
}

static const char *parse_fence(char *rest, struct trace_record *r)
{
    char *addr = next_word(&rest), *id = next_word(&rest);
    uint64_t number = 0;

    r->kind = TRACE_FENCE;
    if (!id)
        return "a fence is: NAME ADDRESS|* ID|*";
    r->all_addr = strcmp(addr, "*") == 0;
    r->all_id = strcmp(id, "*") == 0;
    if (!r->all_addr && !parse_hex(addr, UINT64_MAX, &r->addr))
        return "bad address";
    if (!r->all_id && !parse_hex(id, UINT16_MAX, &number))
        return "bad ASID or VMID";
    r->id = (uint16_t)number;
    return NULL;
}

// csr, switch and mem: two operands each.
static const char *parse_pair(char *word, char *rest, struct trace_record *r)
{
    char *a = next_word(&rest), *b = next_word(&rest);
    uint64_t x, y;

    if (!b)
        return "two operands expected";
    if (strcmp(word, "csr") == 0) {
        r->kind = TRACE_CSR;
        if (!trace_csr_find(a, &r->csr))
            return "unknown control register";
        return parse_hex(b, UINT64_MAX, &r->value) ? NULL : "bad value";
    }
    if (strcmp(word, "switch") == 0) {
        r->kind = TRACE_SWITCH;
        if (!parse_hex(a, UINT16_MAX, &x) || !parse_hex(b, UINT16_MAX, &y))
            return "bad ASID or VMID";
        r->id = (uint16_t)x;
        r->vmid = (uint16_t)y;
        return NULL;
    }
    r->kind = TRACE_MEM;
    if (!parse_hex(a, UINT64_MAX, &r->addr))
        return "bad address";
    return parse_hex(b, UINT64_MAX, &r->value) ? NULL : "bad value";
}

// Takes the optional "@CYCLE" and "+INSNS" off the end of a line.
static const char *parse_tail(char *line, size_t len, struct trace_record *r)
{
    for (;;) {
        char *word;
        while (len && (line[len - 1] == ' ' || line[len - 1] == '\t'))
            line[--len] = 0;
        while (len && line[len - 1] != ' ' && line[len - 1] != '\t')
            len--;
        word = line + len;
        if (word[0] == '@') {
            if (r->has_cycle || !parse_dec(word + 1, UINT64_MAX, &r->cycle))
                return "bad cycle";
            r->has_cycle = true;
        } else if (word[0] == '+') {
            if (r->insns || !parse_dec(word + 1, UINT64_MAX, &r->insns) || !r->insns)
                return "bad instruction count";
        } else {
            return NULL;
        }
        *word = 0;
    }
}

static unsigned word_count(const char *p)
{
    unsigned n = 0;

    for (;;) {
        p += strspn(p, " \t");
        if (!*p)
            return n;
        p += strcspn(p, " \t");
        n++;
    }
}

static const char *parse_record(char *line, size_t len, struct trace_record *r)
{
    const char *why = parse_tail(line, len, r), *letter;
    unsigned words = word_count(line), want = 3;
    char *rest = line;
    char *word = next_word(&rest);
    uint8_t fence;

    if (why || !word)
        return why ? why : "a record of this line is missing";
    if (word[1] == 0 && (letter = strchr(trace_op_letter, word[0])) != NULL) {
        r->op = (uint8_t)(letter - trace_op_letter);
        want = 4;
        why = parse_access(rest, r);
    } else if (strcmp(word, "q") == 0) {
        want = 4;
        why = parse_port(rest, r);
    } else if (find_name(trace_fence_name, GVT_FENCES, word, &fence)) {
        r->op = fence;
        why = parse_fence(rest, r);
    } else if (strcmp(word, "redirect") == 0) {
        r->kind = TRACE_REDIRECT;
        want = 1;
    } else if (strcmp(word, "roi") == 0) {
        r->kind = TRACE_ROI;
        want = 2;
        why = find_name(trace_roi_name, GVT_ROIS, next_word(&rest), &r->op) ? NULL : "a mark is: roi begin|end";
    } else if (strcmp(word, "csr") == 0 || strcmp(word, "switch") == 0 ||
               strcmp(word, "mem") == 0) {
        why = parse_pair(word, rest, r);
    } else {
        return "unknown record";
    }
    if (!why && words != want)
        why = "rubbish at the end of the line";
    return why;
}

// "end COUNT CHECKSUM": must agree and be the last line.
static int text_end(struct trace *t, char *rest)
{
    char *count = next_word(&rest), *sum = next_word(&rest);
    uint64_t n, s;
    size_t len;
    char *line;

    if (!sum || next_word(&rest) || !parse_dec(count, UINT64_MAX, &n) ||
        !parse_hex(sum, UINT64_MAX, &s))
        return fail(t, "an end mark is: end COUNT CHECKSUM");
    if (n != t->count)
        return fail(t, "%llu records, but the end mark says %llu", (unsigned long long)t->count,
                    (unsigned long long)n);
    if (s != t->sum)
        return fail(t, "checksum %016llx, but the end mark says %016llx",
                    (unsigned long long)t->sum, (unsigned long long)s);
    while ((line = source_line(t->in, &len)))
        if (line[strspn(line, " \t")] != 0)
            return fail(t, "text after the end mark");
    if (source_error(t->in))
        return fail(t, "%s", source_error(t->in));
    return 0;
}

static int next_text(struct trace *t, struct trace_record *r)
{
    for (;;) {
        size_t len;
        char *line = source_line(t->in, &len), show[48];
        const char *why;

        if (!line)
            return source_error(t->in) ? fail(t, "%s", source_error(t->in)) : 0;
        if (line[0] == '#')
            continue;
        while (*line == ' ' || *line == '\t')
            line++, len--;
        if (*line == 0 || *line == '#')
            continue;
        if (line[0] == 'e' && strncmp(line, "end ", 4) == 0)
            return text_end(t, line + 4);
        why = parse_record(line, len, r);
        if (!why)
            return 1;
        for (size_t i = 0; i < len; i++) // undo the cutting into words
            line[i] = line[i] ? line[i] : ' ';
        return fail(t, "%s: '%s'", why, printable(line, show));
    }
}

// --- binary records ------------------------------------------------------------------------------
static int binary_end(struct trace *t, const unsigned char *p, size_t n)
{
    struct trace_end_mark e;
    size_t used = trace_decode_end(p, n, &e);

    if (!used)
        return fail(t, "the file breaks off in the end mark");
    if (e.count != t->count)
        return fail(t, "%llu records, but the end mark says %llu", (unsigned long long)t->count,
                    (unsigned long long)e.count);
    if (e.sum != t->sum)
        return fail(t, "checksum %016llx, but the end mark says %016llx",
                    (unsigned long long)t->sum, (unsigned long long)e.sum);
    if (used != n)
        return fail(t, "bytes after the end mark");
    if (source_error(t->in))
        return fail(t, "%s", source_error(t->in));
    return 0;
}

static int next_binary(struct trace *t, struct trace_record *r)
{
    const unsigned char *p;
    size_t n = source_peek(t->in, TRACE_CODE_MAX, &p), used = 0;

    if (n == 0)
        return fail(t, "%s", source_error(t->in) ? source_error(t->in)
                                                 : "the file breaks off without an end mark");
    if (*p == TAG_END)
        return binary_end(t, p, n);
    switch (trace_decode(&t->last, p, n, r, &used)) {
    case DECODE_FINE:
        source_skip(t->in, used);
        return 1;
    case DECODE_SHORT:
        return fail(t, "%s", source_error(t->in) ? source_error(t->in)
                                                 : "the file breaks off in a record");
    case DECODE_RANGE:
        return fail(t, "a number is out of range");
    default:
        return fail(t, "unknown tag byte 0x%02x", (unsigned)*p);
    }
}

// --- both ----------------------------------------------------------------------------------------
int trace_next(struct trace *t, struct trace_record *r)
{
    const char *why;
    int got;

    if (t->state != END_OPEN)
        return t->state == END_REACHED ? 0 : -1;
    *r = (struct trace_record){0};
    got = t->binary ? next_binary(t, r) : next_text(t, r);
    if (got == 0 && t->count == 0)
        got = fail(t, "empty trace: no record");
    if (got == 0)
        t->state = END_REACHED;
    if (got <= 0)
        return got;
    why = trace_record_check(r, t->h.klass);
    if (!why && r->has_cycle && r->cycle < t->cycle)
        why = "cycles go backwards";
    if (why)
        return fail(t, "%s", why);
    if (r->has_cycle)
        t->cycle = r->cycle;
    t->count++;
    t->sum = trace_record_sum(t->sum, r);
    return 1;
}

const struct trace_header *trace_header(const struct trace *t) { return &t->h; }
const char *trace_error(const struct trace *t) { return t->error[0] ? t->error : NULL; }
bool trace_is_binary(const struct trace *t) { return t->binary; }
uint64_t trace_count(const struct trace *t) { return t->count; }
uint64_t trace_checksum(const struct trace *t) { return t->sum; }

void trace_watch(struct trace *t, bool (*go_on)(void *ctx), void *ctx)
{
    source_watch(t->in, go_on, ctx);
}

void trace_progress(const struct trace *t, uint64_t *done, uint64_t *size)
{
    source_progress(t->in, done, size);
}

bool trace_image_path(const struct trace *t, char *path, size_t size)
{
    const char *own = source_path(t->in), *slash = strrchr(own, '/');
    int n;

    if (t->h.tables != GVT_IMAGE)
        return false;
    if (t->h.image[0] == '/' || !slash)
        n = snprintf(path, size, "%s", t->h.image);
    else
        n = snprintf(path, size, "%.*s/%s", (int)(slash - own), own, t->h.image);
    return n >= 0 && (size_t)n < size;
}
