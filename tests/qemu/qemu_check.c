// SPDX-License-Identifier: MulanPSL-2.0
// qemu_check list MACHINE SEED SETS FILE      writes the list that the guest executes
// qemu_check compare MACHINE SEED SETS FILE   compares the guest's output with our walk
// MACHINE: rv64, rv64ext, rv32, a64, a53, a57, a72. Status: 0 fine, 1 differences, 2 bad usage.
#include "tests/qemu/qemu_set.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char *const machine_name[QC_MACHINES] = {"rv64", "rv64ext", "rv32", "a64",
                                                      "a53",  "a57",     "a72"};

struct job {
    unsigned machine, sets;
    uint64_t seed;
    const char *file;
    unsigned long mask[MASKS], passed, failed, good_sets, bad_sets;
    bool bad_set;
};

static void expect(struct qc_set *s, const struct qc_probe *p, struct qc_expect *e)
{
    if (qc_is_a64(s->machine))
        qc_expect_a64(s, p, e);
    else
        qc_expect_riscv(s, p, e);
}

static struct qc_set *make(const struct job *j, unsigned number)
{
    struct qc_set *s = qc_new(j->machine, j->seed, number);
    if (!s)
        fprintf(stderr, "qemu_check: set %u could not be made\n", number);
    return s;
}

// --- list ---------------------------------------------------------------------------------------

static void put(FILE *f, uint64_t v)
{
    unsigned char b[8];
    for (unsigned i = 0; i < 8; i++)
        b[i] = (unsigned char)(v >> 8 * i);
    fwrite(b, 1, 8, f);
}

static void put_word(uint64_t addr, uint64_t word, void *f)
{
    put(f, addr);
    put(f, word);
}

static void registers(const struct qc_set *s, uint64_t reg[REGS])
{
    const struct rv_regs *g = &s->rv;
    const struct a64_regs *a = &s->a64;
    uint64_t mstatus = (uint64_t)g->sum << 18 | (uint64_t)g->mxr << 19;
    uint64_t vsstatus = (uint64_t)g->vssum << 18 | (uint64_t)g->vsmxr << 19;
    if (g->xlen == 64) { // UXL
        mstatus |= UINT64_C(10) << 32;
        vsstatus |= UINT64_C(2) << 32;
    }
    uint64_t rv[REGS] = {g->satp, g->vsatp, g->hgatp, mstatus, vsstatus, s->virt};
    uint64_t arm[REGS] = {a->tcr_el1, a->ttbr0_el1, a->ttbr1_el1, a->mair_el1,
                          a->sctlr_el1, a->vtcr_el2, a->vttbr_el2, a->hcr_el2};
    memcpy(reg, qc_is_a64(s->machine) ? arm : rv, sizeof rv);
}

static void list_set(struct qc_set *s, FILE *f)
{
    struct qc_words w;
    struct qc_expect e;
    uint64_t reg[REGS];
    qc_words(s, &w);
    bool vbar = qc_is_a64(s->machine);
    put(f, MAGIC);
    put(f, w.n);
    long at = ftell(f);
    put(f, 0);
    registers(s, reg);
    for (unsigned i = 0; i < REGS; i++)
        put(f, reg[i]);
    phys_each(s->mem.words, put_word, f);
    unsigned n = 0;
    if (vbar) {
        put(f, s->vbar);
        put(f, A64OP_VBAR);
        put(f, 0);
        put(f, 0);
        n++;
    }
    for (unsigned i = 0; i < s->probes; i++) {
        expect(s, &s->probe[i], &e);
        if (e.mask != MASK_NONE)
            continue;
        put(f, s->probe[i].va);
        put(f, s->probe[i].op);
        put(f, e.hit);
        put(f, s->stub[!!(s->probe[i].op & OP_SUPERVISOR)]);
        n++;
    }
    fseek(f, at, SEEK_SET);
    put(f, n);
    fseek(f, 0, SEEK_END);
    free(w.addr);
}

static int list(struct job *j)
{
    FILE *f = fopen(j->file, "wb");
    if (!f) {
        fprintf(stderr, "qemu_check: %s: %s\n", j->file, strerror(errno));
        return 2;
    }
    for (unsigned i = 1; i <= j->sets; i++) {
        struct qc_set *s = make(j, i);
        if (!s) {
            fclose(f);
            return 2;
        }
        list_set(s, f);
        qc_free(s);
    }
    put(f, 0);
    return fclose(f) ? 2 : 0;
}

// --- compare ------------------------------------------------------------------------------------

static bool number(char **text, uint64_t *v)
{
    char *end;
    errno = 0;
    *v = strtoull(*text, &end, 16);
    bool good = end != *text && !errno;
    *text = end;
    return good;
}

// The next result line. False: end of output, or a line that is none.
static bool result(FILE *f, struct qc_result *r)
{
    char line[QC_LINE], *at = line + 1;
    uint64_t v[2 + RESULTS + 1];
    if (!fgets(line, sizeof line, f) || line[0] != 'P')
        return false;
    for (unsigned i = 0; i < 3 + RESULTS; i++)
        if (!number(&at, &v[i]))
            return false;
    r->set = (unsigned long)v[0];
    r->probe = (unsigned long)v[1];
    memcpy(r->value, v + 2, sizeof r->value);
    if (v[2 + RESULTS] > CHANGES)
        return false;
    r->changes = (unsigned)v[2 + RESULTS];
    for (unsigned i = 0; i < r->changes; i++)
        if (!number(&at, &r->change[i].address) || !number(&at, &r->change[i].value))
            return false;
    return *at == '\n' || *at == '\r';
}

static void show_difference(const struct job *j, const struct qc_set *s, unsigned set,
                            const struct qc_probe *p, const struct qc_expect *e, const char *msg)
{
    if (j->failed > 1000)
        return;
    printf("%s: seed 0x%jx set %u: address 0x%jx operation 0x%x: %s\n", machine_name[j->machine],
           (uintmax_t)j->seed, set, (uintmax_t)p->va, p->op, msg);
    const struct walk_result *r = &e->r;
    printf("  our walk: fault %u stage %u level %d (%s) ipa 0x%jx pa 0x%jx, %s\n", r->fault,
           r->stage, r->level, walk_reason_text(r->reason), (uintmax_t)r->ipa, (uintmax_t)r->pa,
           e->step == STEP_STUB ? "fetching the trampoline" : "the access");
    if (!qc_is_a64(s->machine))
        printf("  satp 0x%jx vsatp 0x%jx hgatp 0x%jx sum %d mxr %d vssum %d vsmxr %d virt %d\n",
               (uintmax_t)s->rv.satp, (uintmax_t)s->rv.vsatp, (uintmax_t)s->rv.hgatp, s->rv.sum,
               s->rv.mxr, s->rv.vssum, s->rv.vsmxr, s->virt);
    else
        printf("  tcr 0x%jx sctlr 0x%jx vtcr 0x%jx hcr 0x%jx\n", (uintmax_t)s->a64.tcr_el1,
               (uintmax_t)s->a64.sctlr_el1, (uintmax_t)s->a64.vtcr_el2,
               (uintmax_t)s->a64.hcr_el2);
    for (unsigned i = 0; i < r->nrefs; i++)
        printf("  stage %u level %2d ipa 0x%jx: word at 0x%jx: 0x%jx (%s)\n", r->ref[i].stage,
               r->ref[i].level, (uintmax_t)r->ref[i].ipa, (uintmax_t)r->ref[i].address,
               (uintmax_t)r->ref[i].pte, walk_reason_text(r->ref[i].reason));
}

static void compare_probe(struct job *j, struct qc_set *s, unsigned set, unsigned *sent,
                          unsigned index, FILE *f)
{
    struct qc_expect e;
    struct qc_result got;
    char msg[256] = "";
    const struct qc_probe *p = &s->probe[index];
    expect(s, p, &e);
    j->mask[e.mask]++;
    if (e.mask != MASK_NONE)
        return;
    if (e.part != MASK_NONE)
        j->mask[e.part]++;
    bool same = result(f, &got) && got.set == set && got.probe == *sent;
    if (!same)
        snprintf(msg, sizeof msg, "no result (the guest hung or crashed)");
    else
        same = qc_is_a64(s->machine) ? qc_same_a64(s, p, &e, &got, msg, sizeof msg)
                                    : qc_same_riscv(s, p, &e, &got, msg, sizeof msg);
    ++*sent;
    *(same ? &j->passed : &j->failed) += 1;
    if (!same)
        show_difference(j, s, set, p, &e, msg);
    j->bad_set |= !same;
}

static int compare(struct job *j)
{
    FILE *f = fopen(j->file, "r");
    if (!f) {
        fprintf(stderr, "qemu_check: %s: %s\n", j->file, strerror(errno));
        return 2;
    }
    for (unsigned i = 1; i <= j->sets; i++) {
        struct qc_set *s = make(j, i);
        if (!s)
            break;
        j->bad_set = false;
        unsigned sent = qc_is_a64(s->machine);
        for (unsigned k = 0; k < s->probes; k++)
            compare_probe(j, s, i, &sent, k, f);
        *(j->bad_set ? &j->bad_sets : &j->good_sets) += 1;
        qc_free(s);
    }
    int c = fgetc(f);
    fclose(f);
    if (c != 'E') {
        printf("%s: the output does not end as it should\n", machine_name[j->machine]);
        j->bad_sets += !j->bad_sets;
    }
    for (unsigned i = 1; i < MASKS; i++)
        if (j->mask[i])
            printf("%s: masked %5lu  %s\n", machine_name[j->machine], j->mask[i],
                   qc_mask_text(i));
    printf("%s: %lu probes equal, %lu differ; sets: %lu passed, %lu failed\n",
           machine_name[j->machine], j->passed, j->failed, j->good_sets, j->bad_sets);
    return j->failed || j->bad_sets ? 1 : 0;
}

int main(int argc, char **argv)
{
    struct job j = {0};
    char *end1, *end2;
    if (argc != 6 || (strcmp(argv[1], "list") && strcmp(argv[1], "compare"))) {
        fprintf(stderr, "usage: qemu_check list|compare MACHINE SEED SETS FILE\n");
        return 2;
    }
    while (j.machine < QC_MACHINES && strcmp(argv[2], machine_name[j.machine]))
        j.machine++;
    j.seed = strtoull(argv[3], &end1, 0);
    j.sets = (unsigned)strtoul(argv[4], &end2, 10);
    j.file = argv[5];
    if (j.machine == QC_MACHINES || *end1 || *end2 || !j.sets || j.sets > 100000) {
        fprintf(stderr, "qemu_check: machine %s, seed %s or sets %s not understood\n", argv[2],
                argv[3], argv[4]);
        return 2;
    }
    return strcmp(argv[1], "list") ? compare(&j) : list(&j);
}
