// SPDX-License-Identifier: MulanPSL-2.0
// l2tlb funccheck FILE...: the functional walk against recorded translations.
#include "cmd/cmd.h"
#include "cmd/funcgold.h"

#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: l2tlb funccheck [--show N] FILE...\n"
    "Compares the functional page-table walk with recorded translations (funcgold, plain or .gz,\n"
    "- for standard input), RISC-V and AArch64: result, addresses, levels, faults, changed table\n"
    "words, and the number of table reads where the recording allows it.\n"
    "  --show N   print at most N differing probes (default 10)\n"
    "Last line: funccheck: P probes, F failed. Exit status 0 equal, 1 different, 2 bad input.\n";

struct totals {
    unsigned long probes, failed, sets, show;
};

static int check_file(const char *path, struct totals *t)
{
    char msg[512];
    struct fg_reader *r = fg_open(path, msg, sizeof msg);
    if (!r) {
        fprintf(stderr, "l2tlb funccheck: %s\n", msg);
        return 2;
    }
    const struct fg_set *set;
    const struct fg_probe *p;
    bool fresh, bad = false;
    int status;
    unsigned long first = t->probes, failed = t->failed, sets = t->sets;
    while ((status = fg_next(r, &set, &p, &fresh, msg, sizeof msg)) == 1 && !bad) {
        bool same = set->arch == FG_RISCV ? fg_check_riscv(set, p, msg, sizeof msg, &bad)
                                          : fg_check_a64(set, p, msg, sizeof msg, &bad);
        t->probes++;
        t->sets += fresh;
        if (bad) {
            fprintf(stderr, "l2tlb funccheck: %s: set %s: %s\n", path, set->name, msg);
            break;
        }
        if (!same && t->failed++ < t->show)
            printf("%s: %s: got %s\n  %s\n", path, set->name, msg, p->text);
    }
    if (status < 0)
        fprintf(stderr, "l2tlb funccheck: %s\n", msg);
    else if (!bad)
        printf("%s: %lu sets, %lu probes, %lu failed\n", path, t->sets - sets, t->probes - first,
               t->failed - failed);
    fg_close(r);
    return status < 0 || bad ? 2 : 0;
}

int cmd_funccheck(int argc, char **argv)
{
    struct totals t = {.show = 10};
    int i = 1;
    for (; i < argc && argv[i][0] == '-' && argv[i][1]; i++) {
        uint64_t n;
        if (!strcmp(argv[i], "--help")) {
            fputs(usage, stdout);
            return 0;
        }
        if (!strcmp(argv[i], "--show") && i + 1 < argc && fg_number(argv[i + 1], &n) &&
            n <= 1000000) {
            t.show = (unsigned long)n;
            i++;
        } else {
            fprintf(stderr, "l2tlb funccheck: bad option or value at %s\n%s", argv[i], usage);
            return 2;
        }
    }
    if (i == argc) {
        fprintf(stderr, "l2tlb funccheck: no file\n%s", usage);
        return 2;
    }
    for (; i < argc; i++) {
        int status = check_file(argv[i], &t);
        if (status)
            return status;
    }
    if (!t.probes) {
        fprintf(stderr, "l2tlb funccheck: no probe in the input\n");
        return 2;
    }
    printf("funccheck: %lu probes, %lu failed\n", t.probes, t.failed);
    return t.failed ? 1 : 0;
}
