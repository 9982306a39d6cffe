// SPDX-License-Identifier: MulanPSL-2.0
// Comma-separated texts with a header line: the generic CSV, and ChiselDB's L1Tlb table.
#include "arch/bits.h"
#include "traces/import/import.h"
#include "traces/trace_code.h"

#include <ctype.h>
#include <string.h>

unsigned import_fields(char *line, char *field[IMPORT_FIELDS], char **rest)
{
    unsigned n = 0;
    char *p = line;

    *rest = NULL;
    while (n < IMPORT_FIELDS) {
        char *end, *start;
        bool quoted = false, last;
        p += strspn(p, " \t");
        for (end = p; *end && (*end != ',' || quoted); end++)
            quoted ^= *end == '"';
        last = *end == 0;
        start = p;
        p = end + 1;
        while (end > start && (end[-1] == ' ' || end[-1] == '\t'))
            end--;
        if (end - start >= 2 && *start == '"' && end[-1] == '"')
            start++, end--;
        *end = 0;
        field[n++] = start;
        if (last)
            return n;
    }
    *rest = p;
    return n;
}

static bool same_word(const char *a, const char *b)
{
    while (*a && tolower((unsigned char)*a) == tolower((unsigned char)*b))
        a++, b++;
    return *a == *b;
}

// Finds the columns in the header line. The first `need` names must be there.
static int read_columns(struct import *m, const char *const *names, unsigned n, unsigned need)
{
    char *field[IMPORT_FIELDS], *line, *rest;
    unsigned fields;
    bool failed;

    line = import_line(m, &failed);
    if (!line)
        return failed ? -1 : import_fail(m, "no header line");
    fields = import_fields(line, field, &rest);
    if (rest)
        return import_fail(m, "more than %d columns", (int)IMPORT_FIELDS);
    for (unsigned c = 0; c < n; c++) {
        m->column[c] = -1;
        for (unsigned i = 0; i < fields; i++)
            if (same_word(field[i], names[c]))
                m->column[c] = (int)i;
        if (m->column[c] < 0 && c < need)
            return import_fail(m, "the header line has no column '%s'", names[c]);
    }
    return 1;
}

// Text of column c; NULL: the file or this line has none.
static const char *column(const struct import *m, char *const *field, unsigned fields, unsigned c)
{
    int at = m->column[c];

    return at >= 0 && (unsigned)at < fields && field[at][0] ? field[at] : NULL;
}

static bool any_number(const char *text, uint64_t *v)
{
    return text[0] == '0' && (text[1] | 32) == 'x' ? parse_hex(text, UINT64_MAX, v)
                                                   : parse_dec(text, UINT64_MAX, v);
}

// --- generic -------------------------------------------------------------------------------------
enum { COL_OP, COL_ADDR, COL_SIZE, COL_MODE, COL_CYCLE, COL_INSNS, COLS };

static bool find_op(const char *text, uint8_t *op)
{
    for (unsigned i = 0; i < GVT_OPS; i++)
        if (same_word(text, trace_op_name[i]) || (text[0] == trace_op_letter[i] && !text[1])) {
            *op = (uint8_t)i;
            return true;
        }
    return false;
}

static bool find_mode(const char *text, struct trace_record *r)
{
    static const struct {
        const char *name;
        uint8_t mode;
    } modes[] = {{"u", 0},  {"s", 1},  {"m", 3},   {"vu", 4}, {"vs", 5},
                 {"hu", 8}, {"hs", 9}, {"xu", 24}, {"xs", 25}};

    for (unsigned i = 0; i < sizeof modes / sizeof modes[0]; i++)
        if (same_word(text, modes[i].name)) {
            trace_mode_set(r, modes[i].mode);
            return true;
        }
    return false;
}

static const char *csv_record(const struct import *m, char *const *field, unsigned n,
                              struct trace_record *r)
{
    const char *op = column(m, field, n, COL_OP), *addr = column(m, field, n, COL_ADDR), *text;
    uint64_t size = 8;

    if (op && (same_word(op, "roi-begin") || same_word(op, "roi-end"))) {
        *r = (struct trace_record){.kind = TRACE_ROI, .op = same_word(op, "roi-end") ? GVT_ROI_END : GVT_ROI_BEGIN};
        return NULL;
    }
    if (!op || !find_op(op, &r->op))
        return "bad op (fetch, load, store, amo, lr, prefetch or f l s a r p; roi-begin, roi-end)";
    if (!addr || !parse_hex(addr, UINT64_MAX, &r->addr))
        return "bad address (hexadecimal)";
    if ((text = column(m, field, n, COL_SIZE)) && (!parse_dec(text, 4096, &size) || !size))
        return "bad size (1 to 4096)";
    r->size = (uint16_t)size;
    r->priv = m->cfg.priv;
    r->virt = m->cfg.virt;
    if ((text = column(m, field, n, COL_MODE)) && !find_mode(text, r))
        return "bad mode (u s m vu vs hu hs xu xs)";
    if ((text = column(m, field, n, COL_CYCLE))) {
        r->has_cycle = true;
        if (!any_number(text, &r->cycle))
            return "bad cycle";
    }
    if ((text = column(m, field, n, COL_INSNS)) && !any_number(text, &r->insns))
        return "bad instruction count";
    return NULL;
}

int import_csv(struct import *m)
{
    static const char *const names[COLS] = {"op", "addr", "size", "mode", "cycle", "insns"};
    struct trace_record r = {.kind = TRACE_ACCESS};
    char *field[IMPORT_FIELDS], *line, *rest;
    const char *why;
    bool failed;

    if (m->units == 0)
        return read_columns(m, names, COLS, 2);
    line = import_line(m, &failed);
    if (!line)
        return failed ? -1 : 0;
    if (line[0] == 0 || line[0] == '#') {
        m->tally.lines++;
        return 1;
    }
    why = csv_record(m, field, import_fields(line, field, &rest), &r);
    if (why)
        return import_fail(m, "%s", why);
    if (r.kind == TRACE_ACCESS)
        r.addr = import_canonical(m, r.addr);
    import_put(m, &r);
    return 1;
}

// --- ChiselDB ------------------------------------------------------------------------------------
enum { DB_VPN, DB_STAMP, DB_SITE, DB_COLS };

int import_chiseldb(struct import *m)
{
    static const char *const names[DB_COLS] = {"VPN", "STAMP", "SITE"};
    struct trace_record r = {.kind = TRACE_PORT, .has_cycle = true};
    const char *vpn, *stamp, *site;
    char *field[IMPORT_FIELDS], *line, *rest;
    unsigned n;
    bool failed;

    if (m->units == 0)
        return read_columns(m, names, DB_COLS, DB_COLS);
    line = import_line(m, &failed);
    if (!line)
        return failed ? -1 : 0;
    if (line[0] == 0)
        return 1;
    n = import_fields(line, field, &rest);
    vpn = column(m, field, n, DB_VPN);
    stamp = column(m, field, n, DB_STAMP);
    site = column(m, field, n, DB_SITE);
    if (!vpn || !stamp || !site || !any_number(vpn, &r.addr) || !any_number(stamp, &r.cycle))
        return import_fail(m, "VPN and STAMP must be numbers");
    if (strncmp(site, "ITlbReq", 7) == 0)
        r.port = 0;
    else if (strncmp(site, "DTlbReq", 7) == 0)
        r.port = 1;
    else if (strncmp(site, "ITlbResp", 8) == 0 || strncmp(site, "DTlbResp", 8) == 0)
        return m->tally.lines++, 1;
    else
        return import_fail(m, "unknown SITE (ITlbReq, DTlbReq, ITlbResp, DTlbResp)");
    if (!m->started && m->count == 0)
        m->cycle0 = r.cycle;
    if (r.cycle < m->cycle0)
        return import_fail(m, "time stamps go backwards (sort the table by STAMP)");
    r.cycle -= m->cycle0;
    r.s2xlate = m->cfg.s2xlate;
    r.addr &= mask64(38);
    import_put(m, &r);
    return 1;
}
