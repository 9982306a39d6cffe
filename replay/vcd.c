// SPDX-License-Identifier: MulanPSL-2.0
// Waveform writer, see vcd.h. The signals are listed once, in each_signal(); the first call writes
// the declarations, the later ones the changes.
#include "replay/vcd.h"

#include "model/registers.h"
#include "traces/source.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_SIGNALS = 1024, NAME = 96 };

struct vcd {
    FILE *out;
    bool begun;          // the header is written
    bool declare, fresh; // writing declarations; nothing has been written yet
    const char *instance; // scope of the declarations below the top
    bool stamped;        // the time of this cycle is written
    uint64_t cycle;
    unsigned next, signals;
    uint64_t old[MAX_SIGNALS][4];
};

// Short identifiers of printable characters, as the format wants them.
static const char *ident(unsigned i, char id[4])
{
    id[0] = (char)('!' + i % 94);
    id[1] = i >= 94 ? (char)('!' + i / 94) : 0;
    id[2] = 0;
    return id;
}

static void stamp(struct vcd *v)
{
    if (!v->stamped)
        fprintf(v->out, "#%" PRIu64 "\n", v->cycle);
    v->stamped = true;
}

static void write_bits(FILE *out, const uint64_t *word, unsigned width)
{
    char text[257];
    unsigned n = 0, i = width;
    while (i > 1 && !((word[(i - 1) / 64] >> (i - 1) % 64) & 1))
        i--; // leading zeros may be left out
    while (i-- > 0)
        text[n++] = (word[i / 64] >> i % 64) & 1 ? '1' : '0';
    text[n] = 0;
    fprintf(out, "b%s ", text);
}

static void wide(struct vcd *v, const char *name, unsigned width, const uint64_t *word)
{
    char id[4];
    unsigned i = v->next++;
    unsigned words = (width + 63) / 64;
    if (i >= MAX_SIGNALS)
        return;
    ident(i, id);
    if (v->declare) {
        if (width > 1)
            fprintf(v->out, "$var wire %u %s %s [%u:0] $end\n", width, id, name, width - 1);
        else
            fprintf(v->out, "$var wire 1 %s %s $end\n", id, name);
        return;
    }
    if (!v->fresh && memcmp(v->old[i], word, words * sizeof *word) == 0)
        return;
    memcpy(v->old[i], word, words * sizeof *word);
    stamp(v);
    if (width == 1)
        fputc((word[0] & 1) ? '1' : '0', v->out);
    else
        write_bits(v->out, word, width);
    fprintf(v->out, "%s\n", id);
}

static void sig(struct vcd *v, const char *name, unsigned width, uint64_t value)
{
    wide(v, name, width, &value);
}

// A signal of a port: PREFIX + name.
static void sub(struct vcd *v, const char *prefix, const char *name, unsigned width, uint64_t value)
{
    char full[2 * NAME] = "";
    if (v->declare)
        snprintf(full, sizeof full, "%s%s", prefix, name);
    sig(v, full, width, value);
}

static void perm(struct vcd *v, const char *prefix, unsigned p)
{
    static const char *const bit_name[7] = {"perm_r", "perm_w", "perm_x", "perm_u",
                                            "perm_g", "perm_a", "perm_d"};
    for (unsigned i = 7; i-- > 0;)
        sub(v, prefix, bit_name[i], 1, p >> i & 1);
}

static void answer(struct vcd *v, unsigned port, const struct l2tlb_in *in,
                   const struct l2tlb_out *out)
{
    const struct ptw_resp *r = &out->resp[port];
    char p[NAME], e[NAME], name[NAME];
    snprintf(p, sizeof p, "io_tlb_%u_resp_", port);
    if (port == 0)
        sub(v, p, "ready", 1, in->resp_ready[0]);
    sub(v, p, "valid", 1, out->resp_valid[port]);
    sub(v, p, "bits_s2xlate", 2, r->s2xlate);
    snprintf(e, sizeof e, "io_tlb_%u_resp_bits_s1_entry_", port);
    sub(v, e, "tag", 35, r->s1.tag);
    sub(v, e, "asid", 16, r->s1.asid);
    sub(v, e, "vmid", 14, r->s1.vmid);
    sub(v, e, "n", 1, r->s1.n);
    sub(v, e, "pbmt", 2, r->s1.pbmt);
    perm(v, e, r->s1.perm);
    sub(v, e, "level", 2, r->s1.level);
    sub(v, e, "v", 1, r->s1.v);
    sub(v, e, "ppn", 41, r->s1.ppn);
    for (unsigned i = 0; i < SECTOR; i++) {
        snprintf(name, sizeof name, "bits_s1_ppn_low_%u", i);
        sub(v, p, name, 3, r->s1.ppn_low[i]);
        snprintf(name, sizeof name, "bits_s1_valididx_%u", i);
        sub(v, p, name, 1, r->s1.valididx >> i & 1);
        snprintf(name, sizeof name, "bits_s1_pteidx_%u", i);
        sub(v, p, name, 1, r->s1.pteidx >> i & 1);
    }
    sub(v, p, "bits_s1_addr_low", 3, r->s1.addr_low);
    sub(v, p, "bits_s1_pf", 1, r->s1.pf);
    sub(v, p, "bits_s1_af", 1, r->s1.af);
    snprintf(e, sizeof e, "io_tlb_%u_resp_bits_s2_entry_", port);
    sub(v, e, "tag", 38, r->s2.tag);
    sub(v, e, "vmid", 14, r->s2.vmid);
    sub(v, e, "n", 1, r->s2.n);
    sub(v, e, "pbmt", 2, r->s2.pbmt);
    sub(v, e, "ppn", 38, r->s2.ppn);
    perm(v, e, r->s2.perm);
    sub(v, e, "level", 2, r->s2.level);
    sub(v, p, "bits_s2_gpf", 1, r->s2.gpf);
    sub(v, p, "bits_s2_gaf", 1, r->s2.gaf);
}

static void atp(struct vcd *v, const char *prefix, const char *id, const struct atp *a)
{
    sub(v, prefix, "mode", 4, a->mode);
    sub(v, prefix, id, 16, a->id);
    sub(v, prefix, "ppn", 44, a->ppn);
    sub(v, prefix, "changed", 1, a->changed);
}

static void control(struct vcd *v, const struct l2tlb_in *in)
{
    sig(v, "io_sfence_valid", 1, in->sfence.valid);
    sig(v, "io_sfence_bits_rs1", 1, in->sfence.rs1);
    sig(v, "io_sfence_bits_rs2", 1, in->sfence.rs2);
    sig(v, "io_sfence_bits_addr", 50, in->sfence.addr);
    sig(v, "io_sfence_bits_id", 16, in->sfence.id);
    sig(v, "io_sfence_bits_hv", 1, in->sfence.hv);
    sig(v, "io_sfence_bits_hg", 1, in->sfence.hg);
    atp(v, "io_csr_tlb_satp_", "asid", &in->csr.satp);
    atp(v, "io_csr_tlb_vsatp_", "asid", &in->csr.vsatp);
    atp(v, "io_csr_tlb_hgatp_", "vmid", &in->csr.hgatp);
    sig(v, "io_csr_tlb_priv_mxr", 1, in->csr.mxr);
    sig(v, "io_csr_tlb_priv_virt", 1, in->csr.virt);
    sig(v, "io_csr_tlb_priv_debug", 1, in->csr.debug);
    sig(v, "io_csr_tlb_mPBMTE", 1, in->csr.m_pbmte);
    sig(v, "io_csr_tlb_hPBMTE", 1, in->csr.h_pbmte);
    sig(v, "io_csr_distribute_csr_w_valid", 1, in->csr_w.valid);
    sig(v, "io_csr_distribute_csr_w_bits_addr", 12, in->csr_w.addr);
    sig(v, "io_csr_distribute_csr_w_bits_data", 64, in->csr_w.data);
}

static void one_register(const struct l2tlb_register *r, void *ctx)
{
    struct vcd *v = ctx;
    char name[NAME] = "";
    if (v->declare && strcmp(r->instance, v->instance) != 0) {
        fprintf(v->out, "%s$scope module %s $end\n", *v->instance ? "$upscope $end\n" : "", r->instance);
        v->instance = r->instance;
    }
    if (v->declare)
        snprintf(name, sizeof name, r->name, r->index);
    wide(v, name, r->width, r->word);
}

static void each_signal(struct vcd *v, const struct l2tlb *machine, const struct l2tlb_in *in,
                        const struct l2tlb_out *out)
{
    char name[NAME];
    v->next = 0;
    for (unsigned p = 0; p < 2; p++) {
        snprintf(name, sizeof name, "io_tlb_%u_req_0_", p);
        sub(v, name, "valid", 1, in->req[p].valid);
        sub(v, name, "ready", 1, out->req_ready[p]);
        sub(v, name, "bits_vpn", 38, in->req[p].vpn);
        sub(v, name, "bits_s2xlate", 2, in->req[p].s2xlate);
        answer(v, p, in, out);
    }
    control(v, in);
    sig(v, "auto_out_a_ready", 1, in->a_ready);
    sig(v, "auto_out_a_valid", 1, out->a_valid);
    sig(v, "auto_out_a_bits_source", 5, out->a_source);
    sig(v, "auto_out_a_bits_address", 48, out->a_address);
    sig(v, "auto_out_d_valid", 1, in->d.valid);
    sig(v, "auto_out_d_bits_source", 5, in->d.source);
    wide(v, "auto_out_d_bits_data", 256, in->d.data);
    for (unsigned i = 0; i < PERF_COUNT; i++) {
        snprintf(name, sizeof name, "io_perf_%u_value", i);
        sig(v, name, 6, out->perf[i]);
    }
    if (machine)
        l2tlb_registers(machine, one_register, v);
}

struct vcd *vcd_new(FILE *out)
{
    struct vcd *v = calloc(1, sizeof *v);
    if (v)
        v->out = out;
    return v;
}

static void begin(struct vcd *v, const struct l2tlb *machine)
{
    static const struct l2tlb_in no_in;
    static const struct l2tlb_out no_out;
    fprintf(v->out, "$comment l2tlb: %s of the L2TLB, one time unit per cycle $end\n"
                    "$timescale 1 ns $end\n$scope module L2TLB $end\n", machine ? "ports and registers" : "ports");
    v->begun = v->declare = v->fresh = true;
    v->instance = "";
    each_signal(v, machine, &no_in, &no_out);
    v->declare = false;
    fprintf(v->out, "%s$upscope $end\n$enddefinitions $end\n", *v->instance ? "$upscope $end\n" : "");
}

void vcd_cycle(struct vcd *v, uint64_t cycle, const struct l2tlb *machine, const struct l2tlb_in *in,
               const struct l2tlb_out *out)
{
    if (!v->begun)
        begin(v, machine);
    v->cycle = cycle;
    v->stamped = false;
    each_signal(v, machine, in, out);
    v->fresh = false;
}

void vcd_comment(struct vcd *v, const char *text)
{
    char shown[512];
    printable_text(text, shown, sizeof shown);
    for (char *p = shown; *p; p++)
        if (*p == '$') // a word `$end` would end the comment
            *p = '.';
    if (!v->begun)
        begin(v, NULL);
    fprintf(v->out, "$comment %s $end\n", shown);
}

bool vcd_finish(struct vcd *v, uint64_t cycle)
{
    if (!v->begun)
        begin(v, NULL);
    fprintf(v->out, "#%" PRIu64 "\n", cycle);
    bool ok = fflush(v->out) == 0 && !ferror(v->out);
    free(v);
    return ok;
}
