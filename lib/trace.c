// SPDX-License-Identifier: MulanPSL-2.0
// Traces of trace.h over the room traces/.
#include "l2tlb/trace.h"

#include "lib/impl.h"
#include "lib/trace_impl.h"
#include "traces/source.h"

#include <stdlib.h>
#include <string.h>

enum { HEADER_0 = sizeof(struct l2tlb_trace_header) }; // its first version

_Static_assert((int)L2TLB_TRACE_TEXT == (int)TRACE_TEXT && (int)L2TLB_ISA_OTHER == (int)GVT_OTHER &&
                   (int)L2TLB_TABLES_RECORDS == (int)GVT_RECORDS && (int)L2TLB_RECORD_ROI == (int)TRACE_ROI &&
                   (int)L2TLB_OP_PREFETCH == (int)GVT_PREFETCH && (int)L2TLB_HINVAL_GVMA == (int)GVT_HINVAL_GVMA &&
                   (int)L2TLB_ROI_END == (int)GVT_ROI_END && (int)L2TLB_CSR_HPBMTE == (int)GVT_HPBMTE,
               "numbers of the public header");

struct l2tlb_trace {
    struct trace *in;
    struct trace_writer *out;
    unsigned klass;
    char message[TRACE_MSG];
};

const char *record_in(struct trace_record *to, const struct l2tlb_trace_record *r, unsigned klass)
{
    uint8_t zero = 0;
    for (size_t i = 0; i < sizeof r->zero; i++)
        zero |= r->zero[i];
    if (zero)
        return "its member `zero` is not 0";
    if ((r->virt | r->hyp | r->hlvx | r->all_addr | r->all_id | r->has_cycle) > 1)
        return "virt, hyp, hlvx, all_addr, all_id or has_cycle is not 0 or 1";
    *to = (struct trace_record){
        .kind = r->kind, .op = r->op, .priv = r->priv, .virt = r->virt, .hyp = r->hyp, .hlvx = r->hlvx,
        .all_addr = r->all_addr, .all_id = r->all_id, .has_cycle = r->has_cycle, .port = r->port,
        .s2xlate = r->s2xlate, .size = r->size, .csr = r->csr, .id = r->id, .vmid = r->vmid, .addr = r->addr,
        .value = r->value, .cycle = r->cycle, .insns = r->insns};
    return trace_record_check(to, klass);
}

static void record_out(const struct trace_record *r, struct l2tlb_trace_record *to)
{
    *to = (struct l2tlb_trace_record){
        .kind = r->kind, .op = r->op, .priv = r->priv, .virt = r->virt, .hyp = r->hyp, .hlvx = r->hlvx,
        .all_addr = r->all_addr, .all_id = r->all_id, .has_cycle = r->has_cycle, .port = r->port,
        .s2xlate = r->s2xlate, .size = r->size, .csr = r->csr, .id = r->id, .vmid = r->vmid, .addr = r->addr,
        .value = r->value, .cycle = r->cycle, .insns = r->insns};
}

const char *l2tlb_trace_why(const struct l2tlb_trace_record *r, unsigned ports)
{
    struct trace_record own;
    return record_in(&own, r, ports ? GVT_PORTS : GVT_ACCESSES);
}

int l2tlb_trace_new(l2tlb_trace **t)
{
    *t = calloc(1, sizeof **t);
    return *t ? L2TLB_OK : L2TLB_NO_MEMORY;
}

void l2tlb_trace_free(l2tlb_trace *t)
{
    if (!t)
        return;
    if (t->in)
        trace_close(t->in);
    if (t->out)
        trace_abandon(t->out);
    free(t);
}

const char *l2tlb_trace_message(const l2tlb_trace *t)
{
    return t->message;
}

static int refuse(l2tlb_trace *t, int status, const char *why)
{
    snprintf(t->message, sizeof t->message, "%s", why);
    return status;
}

static int busy(l2tlb_trace *t)
{
    t->message[0] = 0;
    return t->in || t->out ? refuse(t, L2TLB_BAD_ORDER, "a file is open") : L2TLB_OK;
}

// --- reading ------------------------------------------------------------------------------------

int l2tlb_trace_open(l2tlb_trace *t, const char *path)
{
    int status = busy(t);
    if (status)
        return status;
    t->in = trace_open(path, t->message, sizeof t->message);
    return t->in ? L2TLB_OK : L2TLB_BAD_INPUT;
}

int l2tlb_trace_header(const l2tlb_trace *t, struct l2tlb_trace_header *h)
{
    uint32_t size = h->size;
    if (!t->in)
        return L2TLB_BAD_ORDER;
    const struct trace_header *from = trace_header(t->in);
    struct l2tlb_trace_header own = {.size = size, .isa = from->isa, .ports = from->klass == GVT_PORTS,
                                     .tables = from->tables, .binary = trace_is_binary(t->in)};
    memcpy(own.image, from->image, sizeof own.image);
    memcpy(own.source, from->source, sizeof own.source);
    return struct_out(h, size, &own, sizeof own, HEADER_0) ? L2TLB_OK : L2TLB_BAD_SIZE;
}

int l2tlb_trace_read(l2tlb_trace *t, struct l2tlb_trace_record *records, size_t room, size_t *n)
{
    struct trace_record r;
    *n = 0;
    t->message[0] = 0;
    if (!t->in)
        return refuse(t, L2TLB_BAD_ORDER, "no file is open to read");
    while (*n < room) {
        int more = trace_next(t->in, &r);
        if (more < 0)
            return refuse(t, L2TLB_BAD_INPUT, trace_error(t->in));
        if (!more)
            break;
        record_out(&r, &records[(*n)++]);
    }
    return L2TLB_OK;
}

// --- writing ------------------------------------------------------------------------------------

static const char *header_in(struct trace_header *to, const struct l2tlb_trace_header *h)
{
    *to = (struct trace_header){.version = TRACE_VERSION, .isa = h->isa, .klass = h->ports ? GVT_PORTS : GVT_ACCESSES,
                                .tables = h->tables};
    if (h->isa >= GVT_ISAS || h->ports > 1 || h->tables >= GVT_TABLES || h->binary > 1)
        return "isa, ports, tables or binary is out of range";
    if (!memchr(h->image, 0, sizeof h->image) || !memchr(h->source, 0, sizeof h->source))
        return "image or source does not end";
    if (strpbrk(h->source, "\r\n") || strpbrk(h->image, "\r\n"))
        return "image or source has more than one line";
    if (!h->image[0] != (h->tables != L2TLB_TABLES_IMAGE))
        return "an image is named where the tables are in one, and only there";
    memcpy(to->image, h->image, sizeof to->image);
    memcpy(to->source, h->source, sizeof to->source);
    return NULL;
}

int l2tlb_trace_create(l2tlb_trace *t, const char *path, const struct l2tlb_trace_header *h)
{
    struct l2tlb_trace_header own;
    struct trace_header to;
    int status = busy(t);
    if (status)
        return status;
    if (!struct_in(&own, sizeof own, h, h->size, HEADER_0))
        return refuse(t, L2TLB_BAD_SIZE, "size of the header");
    const char *why = header_in(&to, &own);
    if (why)
        return refuse(t, L2TLB_BAD_VALUE, why);
    t->klass = to.klass;
    t->out = trace_create(path, own.binary ? GVT_BINARY : GVT_TEXT, &to, t->message, sizeof t->message);
    return t->out ? L2TLB_OK : L2TLB_BAD_INPUT;
}

int l2tlb_trace_write(l2tlb_trace *t, const struct l2tlb_trace_record *records, size_t n, size_t *done)
{
    struct trace_record r;
    int status = L2TLB_OK;
    size_t i = 0;
    t->message[0] = 0;
    if (!t->out)
        status = refuse(t, L2TLB_BAD_ORDER, "no file is open to write");
    for (; i < n && !status; i += !status) {
        const char *why = record_in(&r, &records[i], t->klass);
        if (why) {
            snprintf(t->message, sizeof t->message, "record %zu: %.900s", i, why);
            status = L2TLB_BAD_VALUE;
        } else if (!trace_put(t->out, &r)) {
            status = refuse(t, L2TLB_BAD_INPUT, trace_writer_error(t->out));
        }
    }
    if (done)
        *done = i;
    return status;
}

int l2tlb_trace_close(l2tlb_trace *t)
{
    bool whole = true;
    t->message[0] = 0;
    if (t->in)
        trace_close(t->in);
    if (t->out)
        whole = trace_finish(t->out, t->message, sizeof t->message);
    t->in = NULL;
    t->out = NULL;
    return whole ? L2TLB_OK : L2TLB_BAD_INPUT;
}
