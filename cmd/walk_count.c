// SPDX-License-Identifier: MulanPSL-2.0
// l2tlb walk --count: how many table words does a TLB miss read? Answered by building the tables and
// walking them; the formula stands beside the result, it does not make it.
#include "cmd/walk.h"

#include "arch/bits.h"

#include <string.h>

struct count_case {
    struct pt_config c1, c2;
    unsigned n, m; // levels
};

enum { MAX_CASES = 32 };

static void add(struct count_case *list, unsigned *count, struct pt_config c1, struct pt_config c2,
                unsigned n, unsigned m)
{
    if (*count < MAX_CASES)
        list[(*count)++] = (struct count_case){c1, c2, n, m};
}

static const struct pt_config off = {.format = PT_FORMATS};

static unsigned riscv_cases(bool narrow, struct count_case *list)
{
    unsigned count = 0, first = narrow ? 2 : 3, last = narrow ? 2 : 5;
    for (unsigned n = first; n <= last; n++) {
        struct pt_config c1 = {.format = PT_SV32 + n - 2};
        add(list, &count, c1, off, n, 0);
        for (unsigned m = first; m <= last; m++)
            add(list, &count, c1, (struct pt_config){.format = PT_SV32X4 + m - 2}, n, m);
    }
    return count;
}

static struct pt_config a64(unsigned format, unsigned granule, unsigned input, bool concatenate)
{
    return (struct pt_config){.format = format, .granule = granule, .input_bits = input,
                              .lpa2 = input > 48, .concatenate = concatenate,
                              .attr_index = {0, 1, 2}};
}

// 4-KiB pages with every pair of levels; then concatenated stage-2 roots (one level less, for input
// sizes that allow it); then the other granules.
static unsigned a64_cases(struct count_case *list)
{
    static const uint8_t plain[] = {39, 48, 52}, joined[] = {34, 40, 52};
    unsigned count = 0;
    for (unsigned i = 0; i < 3; i++) {
        add(list, &count, a64(PT_A64_S1, 12, plain[i], false), off, i + 3, 0);
        for (unsigned k = 0; k < 3; k++)
            add(list, &count, a64(PT_A64_S1, 12, plain[i], false),
                a64(PT_A64_S2, 12, plain[k], false), i + 3, k + 3);
        for (unsigned k = 0; k < 3; k++)
            add(list, &count, a64(PT_A64_S1, 12, plain[i], false),
                a64(PT_A64_S2, 12, joined[k], true), i + 3, k + 3);
    }
    add(list, &count, a64(PT_A64_S1, 14, 47, false), a64(PT_A64_S2, 14, 47, false), 3, 3);
    add(list, &count, a64(PT_A64_S1, 14, 47, false), a64(PT_A64_S2, 14, 40, true), 3, 3);
    add(list, &count, a64(PT_A64_S1, 14, 48, false), a64(PT_A64_S2, 14, 48, true), 4, 4);
    add(list, &count, a64(PT_A64_S1, 16, 48, false), a64(PT_A64_S2, 16, 48, false), 3, 3);
    add(list, &count, a64(PT_A64_S1, 16, 48, false), a64(PT_A64_S2, 16, 46, true), 3, 3);
    return count;
}

// One miss, smallest pages everywhere.
static const char *count_one(struct walk_scene *s, const struct count_case *c,
                             struct walk_result *r, char *msg, size_t size)
{
    struct walk_build b = {.c1 = c->c1, .c2 = c->c2, .va = 0x12345678};
    struct walk_request q = {.va = b.va, .access = RV_READ, .virt = c->m != 0};
    b.shift1 = b.shift2 = c->c1.granule ? c->c1.granule : 12;
    const char *why = walk_build(s, &b, msg, size);
    if (why)
        return why;
    walk_scene_run(s, &q, r);
    return r->fault ? walk_reason_text(r->reason) : NULL;
}

static void name_of(char *text, size_t size, const struct pt_config *c)
{
    if (c->format == PT_FORMATS)
        snprintf(text, size, "-");
    else if (c->format <= PT_SV57X4)
        snprintf(text, size, "%s", pt_format_name(c->format));
    else
        snprintf(text, size, "%u bits, %uK pages%s", c->input_bits, 1u << (c->granule - 10),
                 c->concatenate ? ", joined root" : "");
}

static void print_row(const struct count_case *c, const struct walk_result *r, FILE *out)
{
    char s1[48], s2[48];
    unsigned own = 0, m = c->m - c->c2.concatenate; // a joined root saves one level
    for (unsigned i = 0; i < r->nrefs; i++)
        own += r->ref[i].stage == 1;
    name_of(s1, sizeof s1, &c->c1);
    name_of(s2, sizeof s2, &c->c2);
    fprintf(out, "%u/%-6u %-22s %-34s %-10u %u + %-6u (%u+1)*(%u+1)-1 = %u\n", c->n, c->m, s1, s2,
            r->nrefs, own, r->nrefs - own, c->n, m, (c->n + 1) * (m + 1) - 1);
}

int walk_count(struct walk_scene *s, unsigned n, unsigned m, bool details, FILE *out)
{
    struct count_case list[MAX_CASES];
    unsigned count = s->arch == WALK_AARCH64 ? a64_cases(list)
                                             : riscv_cases(s->arch == WALK_RISCV32, list);
    unsigned shown = 0;
    for (unsigned i = 0; i < count; i++) {
        struct walk_result r;
        char msg[160];
        if ((n && list[i].n != n) || (m && list[i].m != m))
            continue;
        const char *why = count_one(s, &list[i], &r, msg, sizeof msg);
        if (why) {
            fprintf(stderr, "l2tlb walk: %s\n", why);
            return 2;
        }
        if (!shown++)
            fprintf(out, "References to tables of one miss without any cache, counted by walking.\n\n"
                         "%-8s %-22s %-34s %-10s %-10s %s\n", "levels", "stage 1", "stage 2",
                    "references", "S1 + S2", "formula");
        print_row(&list[i], &r, out);
        if (details)
            walk_print(s, &r, out);
    }
    if (shown)
        fprintf(out, "\nThe access itself is one more. A joined (concatenated) root saves a stage-2 "
                     "level.\n");
    else
        fprintf(stderr, "l2tlb walk: no format with %u and %u levels\n", n, m);
    return shown ? 0 : 2;
}
