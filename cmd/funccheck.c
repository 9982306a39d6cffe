// SPDX-License-Identifier: MulanPSL-2.0
// l2tlb funccheck FILE...: the functional walk against recorded translations.
#include "cmd/cmd.h"
#include "cmd/funcgold.h"
#include "cmd/options.h"

#include <inttypes.h>

static const struct command_help help = {
    "funccheck",
    "[options] FILE...",
    "Compares the functional page-table walk with recorded translations (funcgold, plain or .gz,\n"
    "- for standard input), RISC-V and AArch64: result, addresses, levels, faults, changed table\n"
    "words, and the number of table reads where the recording allows it.\n"
    "Last line: funccheck: P probes, F failed.",
    "FILE",
};

struct totals {
    uint64_t probes, failed, sets, show;
};

static int check_file(const struct options *o, const char *path, struct totals *t)
{
    char msg[512];
    struct fg_reader *r = fg_open(path, msg, sizeof msg);
    if (!r)
        return options_error(o, "%s", msg);
    const struct fg_set *set;
    const struct fg_probe *p;
    bool fresh, bad = false;
    int status;
    uint64_t first = t->probes, failed = t->failed, sets = t->sets;
    while ((status = fg_next(r, &set, &p, &fresh, msg, sizeof msg)) == 1 && !bad) {
        bool same = set->arch == FG_RISCV ? fg_check_riscv(set, p, msg, sizeof msg, &bad)
                                          : fg_check_a64(set, p, msg, sizeof msg, &bad);
        t->probes++;
        t->sets += fresh;
        if (bad) {
            options_error(o, "%s: set %s: %s", path, set->name, msg);
            break;
        }
        if (!same && t->failed++ < t->show) {
            options_say("%s: %s: got %s", path, set->name, msg);
            options_say("  %s", p->text);
        }
    }
    if (status < 0)
        options_error(o, "%s", msg);
    else if (!bad)
        options_say("%s: %" PRIu64 " sets, %" PRIu64 " probes, %" PRIu64 " failed", path,
                    t->sets - sets, t->probes - first, t->failed - failed);
    fg_close(r);
    return status < 0 || bad ? 2 : 0;
}

int cmd_funccheck(int argc, char **argv)
{
    struct totals t = {.show = 10};
    const struct opt own[] = {
        {"show", 0, "N", "print at most N differing probes (default 10)", OPT_NUMBER, &t.show, 0,
         1000000},
        {.type = OPT_END},
    };
    struct options o;
    int status = options_parse(&o, &help, 0, own, argc, argv);
    if (status != OPTIONS_GO)
        return status;
    if (!o.args)
        return options_error(&o, "no file (see l2tlb funccheck --help)");
    const char *const out = "-";
    if (!options_apart(&o, (const char *const *)o.arg, (unsigned)o.args, &out, 1))
        return 2;
    for (int i = 0; i < o.args; i++)
        if ((status = check_file(&o, o.arg[i], &t)) != 0)
            return status;
    if (!t.probes)
        return options_error(&o, "no probe in the input");
    printf("funccheck: %" PRIu64 " probes, %" PRIu64 " failed\n", t.probes, t.failed);
    return t.failed ? 1 : 0;
}
