// SPDX-License-Identifier: MulanPSL-2.0
// Traces: names, the legality of a record, its checksum and its line of text.
#include "traces/trace.h"

#include "arch/bits.h"
#include "traces/source.h"
#include "traces/trace_code.h"

#include <stdio.h>
#include <string.h>

const char *const trace_isa_name[GVT_ISAS] = {"riscv64", "aarch64", "x86_64", "other"};
const char *const trace_op_name[GVT_OPS] = {"fetch", "load", "store", "amo", "lr", "prefetch"};
const char trace_op_letter[GVT_OPS + 1] = "flsarp";
const char *const trace_class_name[2] = {"access", "port"};
const char *const trace_tables_name[GVT_TABLES] = {"built", "image", "records"};
const char *const trace_roi_name[GVT_ROIS] = {"begin", "end"};
const char *const trace_fence_name[GVT_FENCES] = {
    "sfence.vma", "hfence.vvma", "hfence.gvma", "sinval.vma", "hinval.vvma", "hinval.gvma",
};

static const struct csr_name {
    uint16_t csr;
    const char *name;
} csr_names[] = {
    {GVT_SATP, "satp"}, {GVT_VSATP, "vsatp"},   {GVT_HGATP, "hgatp"},   {GVT_MBMC, "mbmc"},
    {GVT_MMPT, "mmpt"},
    {GVT_MXR, "mxr"},   {GVT_SUM, "sum"},       {GVT_VMXR, "vmxr"},     {GVT_VSUM, "vsum"},
    {GVT_SPVP, "spvp"}, {GVT_MPBMTE, "mpbmte"}, {GVT_HPBMTE, "hpbmte"},
};
enum { CSR_NAMES = sizeof csr_names / sizeof csr_names[0] };

const char *trace_csr_name(unsigned csr)
{
    for (unsigned i = 0; i < CSR_NAMES; i++)
        if (csr_names[i].csr == csr)
            return csr_names[i].name;
    return NULL;
}

static bool csr_is_protection(unsigned csr)
{
    return (csr >= GVT_PMPCFG0 && csr <= 0x3ef) || (csr >= GVT_PMACFG0 && csr <= 0x7ff);
}

bool trace_csr_find(const char *text, uint16_t *csr)
{
    uint64_t number;

    for (unsigned i = 0; i < CSR_NAMES; i++)
        if (strcmp(csr_names[i].name, text) == 0) {
            *csr = csr_names[i].csr;
            return true;
        }
    if (!parse_hex(text, 0xfff, &number) || !csr_is_protection((unsigned)number))
        return false;
    *csr = (uint16_t)number;
    return true;
}

static const char *access_check(const struct trace_record *r)
{
    if (r->op >= GVT_OPS)
        return "unknown kind of access";
    if (r->size < 1 || r->size > 4096)
        return "size of an access must be 1 to 4096 bytes";
    if (r->priv == 2 || r->priv > GVT_M)
        return "unknown privilege";
    if (r->priv == GVT_M && (r->virt || r->hyp))
        return "M mode is never virtualised";
    if (r->hyp && r->virt)
        return "hypervisor accesses are executed with V = 0";
    if (r->hlvx && (!r->hyp || r->op != GVT_LOAD))
        return "HLVX is a hypervisor load";
    if (r->hyp && r->op != GVT_LOAD && r->op != GVT_STORE)
        return "hypervisor accesses are loads and stores";
    return NULL;
}

static const char *csr_check(const struct trace_record *r)
{
    if (r->csr >= GVT_MXR && r->csr < GVT_CSR_END)
        return r->value > 1 ? "a status bit is 0 or 1" : NULL;
    return trace_csr_name(r->csr) || csr_is_protection(r->csr) ? NULL : "unknown control register";
}

const char *trace_record_check(const struct trace_record *r, unsigned klass)
{
    if (r->has_cycle && r->cycle > TRACE_CYCLE_MAX)
        return "a cycle has at most 62 bits";
    if (r->insns > TRACE_INSNS_MAX)
        return "an instruction count has at most 40 bits";
    if (r->kind == TRACE_ACCESS && klass == GVT_PORTS)
        return "an access in a port trace";
    if (r->kind == TRACE_PORT && klass == GVT_ACCESSES)
        return "a port request in an access trace";
    switch (r->kind) {
    case TRACE_ACCESS:
        return access_check(r);
    case TRACE_PORT:
        if (r->port > 1)
            return "port must be 0 or 1";
        if (r->s2xlate > 3)
            return "s2xlate must be 0 to 3";
        if (r->addr > mask64(38))
            return "a page number has at most 38 bits";
        return r->has_cycle ? NULL : "a port request needs a cycle";
    case TRACE_CSR:
        return csr_check(r);
    case TRACE_FENCE:
        return r->op < GVT_FENCES ? NULL : "unknown fence";
    case TRACE_MEM:
        if (r->addr > mask64(48))
            return "a physical address has at most 48 bits";
        return r->addr & 7 ? "unaligned address (must be a multiple of 8)" : NULL;
    case TRACE_ROI:
        return r->op < GVT_ROIS ? NULL : "a mark of the region of interest is begin or end";
    case TRACE_SWITCH:
    case TRACE_REDIRECT:
        return NULL;
    default:
        return "unknown kind of record";
    }
}

static uint64_t stir(uint64_t h, uint64_t x)
{
    h = (h ^ x) * UINT64_C(0x9fb21c651e98df25);
    return h ^ h >> 32;
}

uint64_t trace_record_sum(uint64_t sum, const struct trace_record *r)
{
    uint64_t head = r->kind | (uint64_t)r->op << 4 | (uint64_t)trace_mode_byte(r) << 8 |
                    (uint64_t)r->all_addr << 13 | (uint64_t)r->all_id << 14 |
                    (uint64_t)r->has_cycle << 15 | (uint64_t)r->port << 16 |
                    (uint64_t)r->s2xlate << 17 | (uint64_t)r->size << 19;

    sum = stir(stir(sum + 1, head), r->addr);
    if (r->has_cycle)
        sum = stir(sum, r->cycle);
    if (r->insns)
        sum = stir(sum, ~r->insns);
    if (r->kind != TRACE_ACCESS && r->kind != TRACE_PORT)
        sum = stir(stir(sum, r->value),
                   r->csr | (uint64_t)r->id << 16 | (uint64_t)r->vmid << 32);
    return sum;
}

// --- text ----------------------------------------------------------------------------------------
static char *put_hex(char *p, uint64_t v)
{
    unsigned n = v ? highest(v) / 4 + 1 : 1;

    for (unsigned i = n; i-- > 0; v >>= 4)
        p[i] = "0123456789abcdef"[v & 15];
    return p + n;
}

static char *put_dec(char *p, uint64_t v)
{
    char digits[20];
    unsigned n = 0;

    do
        digits[n++] = (char)('0' + v % 10);
    while (v /= 10);
    while (n)
        *p++ = digits[--n];
    return p;
}

static char *put_text(char *p, const char *s)
{
    while (*s)
        *p++ = *s++;
    return p;
}

static char *put_access(char *p, const struct trace_record *r)
{
    *p++ = trace_op_letter[r->op];
    *p++ = ' ';
    p = put_hex(p, r->addr);
    *p++ = ' ';
    p = put_dec(p, r->size);
    *p++ = ' ';
    if (r->hyp)
        *p++ = r->hlvx ? 'x' : 'h';
    else if (r->virt)
        *p++ = 'v';
    *p++ = "us?m"[r->priv];
    return p;
}

static char *put_other(char *p, const struct trace_record *r)
{
    const char *name;

    switch (r->kind) {
    case TRACE_PORT:
        p = put_dec(put_text(p, "q "), r->port);
        *p++ = ' ';
        p = put_hex(p, r->addr);
        *p++ = ' ';
        return put_dec(p, r->s2xlate);
    case TRACE_CSR:
        p = put_text(p, "csr ");
        name = trace_csr_name(r->csr);
        p = name ? put_text(p, name) : put_hex(p, r->csr);
        *p++ = ' ';
        return put_hex(p, r->value);
    case TRACE_FENCE:
        p = put_text(p, trace_fence_name[r->op]);
        *p++ = ' ';
        p = r->all_addr ? put_text(p, "*") : put_hex(p, r->addr);
        *p++ = ' ';
        return r->all_id ? put_text(p, "*") : put_hex(p, r->id);
    case TRACE_SWITCH:
        p = put_hex(put_text(p, "switch "), r->id);
        *p++ = ' ';
        return put_hex(p, r->vmid);
    case TRACE_MEM:
        p = put_hex(put_text(p, "mem "), r->addr);
        *p++ = ' ';
        return put_hex(p, r->value);
    case TRACE_ROI:
        return put_text(put_text(p, "roi "), trace_roi_name[r->op]);
    default:
        return put_text(p, "redirect");
    }
}

size_t trace_record_text(const struct trace_record *r, char *line, size_t size)
{
    char text[128];
    char *p = r->kind == TRACE_ACCESS ? put_access(text, r) : put_other(text, r);
    size_t n;

    if (r->has_cycle)
        p = put_dec(put_text(p, " @"), r->cycle);
    if (r->insns)
        p = put_dec(put_text(p, " +"), r->insns);
    n = (size_t)(p - text);
    if (n >= size)
        n = size - 1;
    memcpy(line, text, n);
    line[n] = 0;
    return n;
}
