// SPDX-License-Identifier: MulanPSL-2.0
#include "scripts/qemu_plugin/recorder.h"

#include "traces/source.h"

#include <string.h>

static bool text_option(const char *arg, const char *key, char *to, size_t size)
{
    size_t n = strlen(key);

    return strncmp(arg, key, n) == 0 && (size_t)snprintf(to, size, "%s", arg + n) < size;
}

static bool number_option(const char *arg, const char *key, uint64_t *to)
{
    size_t n = strlen(key);

    return strncmp(arg, key, n) == 0 && parse_dec(arg + n, UINT64_MAX, to);
}

bool recorder_option(struct recorder_options *o, const char *arg)
{
    uint64_t n;

    if (text_option(arg, "out=", o->out, sizeof o->out) ||
        text_option(arg, "image=", o->image, sizeof o->image) ||
        text_option(arg, "source=", o->source, sizeof o->source) ||
        text_option(arg, "control=", o->control, sizeof o->control) ||
        number_option(arg, "skip=", &o->skip) || number_option(arg, "limit=", &o->limit) ||
        number_option(arg, "guests=", &o->guests) || number_option(arg, "seconds=", &o->seconds) ||
        number_option(arg, "burst=", &o->burst) || number_option(arg, "gap=", &o->gap))
        return true;
    if (number_option(arg, "thin=", &n) && n <= RECORDER_THIN)
        o->thin = (unsigned)n;
    else if (strcmp(arg, "form=binary") == 0)
        o->form = GVT_BINARY;
    else if (strcmp(arg, "form=text") == 0)
        o->form = GVT_TEXT;
    else if (strcmp(arg, "fetch=line") == 0)
        o->fetch_shift = 6;
    else if (strcmp(arg, "fetch=page") == 0)
        o->fetch_shift = 12;
    else if (strcmp(arg, "fetch=off") == 0)
        o->fetch_shift = 0;
    else
        return false;
    return true;
}

bool recorder_open(struct recorder *r, const struct recorder_options *o, const char *path,
                   const struct trace_header *h, char *msg, size_t msg_size)
{
    memset(r, 0, sizeof *r);
    r->o = o;
    r->fetch_block = UINT64_MAX;
    r->out = trace_create(path, o->form, h, msg, msg_size);
    return r->out;
}

void recorder_forget(struct recorder *r)
{
    r->fetch_block = UINT64_MAX;
    memset(r->recent, 0, sizeof r->recent);
}

// Whether this page is one of the last few of its class; remembers it.
static bool thinned(struct recorder *rec, unsigned class, uint64_t page)
{
    uint64_t *r = rec->recent[class];
    unsigned i = 0;
    bool known;

    if (rec->o->thin == 0)
        return false;
    while (i < rec->o->thin - 1 && r[i] != page + 1)
        i++;
    known = r[i] == page + 1;
    for (; i > 0; i--)
        r[i] = r[i - 1];
    r[0] = page + 1;
    return known;
}

bool recorder_access(struct recorder *r, unsigned class, struct trace_record *a)
{
    if (r->pass) {
        if (--r->pass == 0) { // a new burst begins with nothing known
            r->insns = 0;
            recorder_forget(r);
        }
        return true;
    }
    if (!r->out || (r->o->limit && r->count >= r->o->limit) || thinned(r, class, a->addr >> 12))
        return true;
    a->insns = r->insns;
    r->insns = 0;
    if (!trace_put(r->out, a)) {
        fprintf(stderr, "gvt_plugin: %s\n", trace_writer_error(r->out));
        return false;
    }
    r->count++;
    if (r->o->burst && r->count % r->o->burst == 0)
        r->pass = r->o->gap;
    return true;
}

bool recorder_block(struct recorder *r, uint64_t addr, uint32_t bytes, uint32_t insns,
                    const struct trace_record *like)
{
    unsigned shift = r->o->fetch_shift;
    uint64_t first, last;

    r->insns += insns;
    if (!shift)
        return true;
    first = addr >> shift;
    last = (addr + bytes - 1) >> shift;
    for (uint64_t f = first; f <= last; f++) {
        struct trace_record a = *like;
        uint64_t to = f == last ? addr + bytes : (f + 1) << shift;
        a.op = GVT_FETCH;
        a.addr = f == first ? addr : f << shift;
        a.size = (uint16_t)(to - a.addr);
        if (f != r->fetch_block && !recorder_access(r, CLASS_FETCH, &a))
            return false;
        r->fetch_block = f;
    }
    return true;
}

bool recorder_close(struct recorder *r)
{
    char msg[TRACE_MSG];
    bool fine = !r->out || trace_finish(r->out, msg, sizeof msg);

    r->out = NULL;
    if (!fine)
        fprintf(stderr, "gvt_plugin: %s\n", msg);
    return fine;
}

unsigned recorder_riscv_op(uint32_t code, size_t bytes)
{
    if (bytes != 4 || (code & 0x7f) != 0x2f)
        return GVT_LOAD;
    return code >> 27 == 2 ? GVT_LR : GVT_AMO;
}

bool recorder_op(unsigned *op, unsigned *class, bool is_store)
{
    if (*op == GVT_AMO && !is_store)
        return false;
    if (*op == GVT_LOAD)
        *op = is_store ? GVT_STORE : GVT_LOAD;
    *class = *op == GVT_STORE ? CLASS_STORE : CLASS_LOAD;
    return true;
}
