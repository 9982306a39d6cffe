// SPDX-License-Identifier: MulanPSL-2.0
// l2tlb snapshot: registers and page tables of a machine, live or dead, as an image.
#include "cmd/cmd.h"
#include "cmd/options.h"
#include "snapshot/snapshot.h"
#include "traces/source.h"

#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <time.h>

static const struct command_help help = {
    "snapshot",
    "[options] SOURCE OUT",
    "Takes the registers of a hart and every page table that they lead to, of both stages, and writes\n"
    "them as an image (docs/real-guest.md). Nothing else of memory is copied. A live machine is stopped\n"
    "once and goes on afterwards, also when the command fails or is interrupted. SOURCE is one of\n"
    "  gdb:HOST:PORT, gdb:SOCKET  a stub of the remote serial protocol: QEMU, OpenOCD, ...\n"
    "  qmp:HOST:PORT, qmp:SOCKET  QEMU by its monitor\n"
    "  FILE, FILE@ADDRESS         a dump: ELF core, raw bytes from ADDRESS on, LiME, kdump, or an image\n"
    "Dumps hold no registers: give them by --reg or --regs. These also replace those of a source.\n"
    "A stub other than QEMU's must show physical memory (OpenOCD: --monitor 'riscv\n"
    "set_enable_virt2phys off').",
    "FILE",
};

// Of a live machine, by what its name begins with; a dump stands still.
static const struct opt_use uses[] = {
    {"hart", "gdb:|qmp:"}, {"want", "gdb:|qmp:"},    {"monitor", "gdb:|qmp:"},
    {"stay", "gdb:|qmp:"}, {"timeout", "gdb:|qmp:"}, {NULL, NULL},
};

struct snapshot_options {
    struct opt_list regs, monitor;
    const char *file, *want;
    uint64_t timeout, hart, tables;
    bool partial, stay;
};

// --- the report ---------------------------------------------------------------------------------

static const char *size_text(unsigned log2, char text[16])
{
    static const char unit[] = "BKMGTP";
    snprintf(text, 16, "%u%c", 1u << log2 % 10, unit[log2 / 10 < 5 ? log2 / 10 : 5]);
    return text;
}

static void show_root(const struct snap_root *r)
{
    char text[16];
    printf("  %-10s %s, %s %x, root %" PRIx64 ": %" PRIu64 " tables, %" PRIu64 " mappings", r->name, r->mode,
           strncmp(r->name, "hg", 2) == 0 || strncmp(r->name, "vt", 2) == 0 ? "VMID" : "ASID", r->id, r->root, r->tables,
           r->leaves);
    const char *before = " (";
    for (unsigned i = 0; i < 64; i++) {
        if (r->leaf[i])
            printf("%s%s %" PRIu64, before, size_text(i, text), r->leaf[i]);
        before = r->leaf[i] ? ", " : before;
    }
    puts(before[0] == ',' ? ")" : "");
    if (r->lost)
        printf("             %" PRIu64 " tables at guest addresses that stage 2 does not map\n", r->lost);
    if (r->bad)
        printf("             %" PRIu64 " entries that are malformed (reserved)\n", r->bad);
    if (r->missing)
        printf("             %" PRIu64 " tables could not be read, the first at %" PRIx64 "\n", r->missing,
               r->first_missing);
}

static void show_state(const struct snap_regs *g)
{
    static const char *const level[2][4] = {{"U", "S", "?", "M"}, {"EL0", "EL1", "EL2", "EL3"}};
    bool arm = g->arch == MACHINE_AARCH64;
    int priv = regs_priv(g), guest = regs_guest(g);
    printf("  %-10s %s", "state", arm ? "AArch64" : "RISC-V");
    if (priv >= 0)
        printf(", %s", level[arm][priv]);
    if (guest >= 0)
        printf(", %s", arm ? (guest ? "stage 2 on" : "stage 2 off") : guest ? "V=1" : "V=0");
    if (g->has[REG_PC])
        printf(", pc %" PRIx64, g->value[REG_PC]);
    putchar('\n');
}

static void show_registers(const struct snapshot *s)
{
    const struct snap_regs *g = &s->regs;
    struct a64_regs real;
    unsigned pmp = 0;
    for (unsigned i = 0; i < SNAP_PMP; i++)
        pmp += g->has_pmp[i];
    printf("  %-10s %s%s\n", "registers", *g->missing ? "not complete; missing: " : "complete", g->missing);
    if (g->hidden)
        puts("             with V=1 QEMU hides the host's satp and mstatus: no tables of the host (--want host)");
    if (g->arch == MACHINE_RISCV64)
        printf("             %s\n", pmp ? "PMP included" : "no PMP: walks take all of memory as allowed");
    else {
        regs_a64(g, &real);
        real.hcr_el2 = regs_get(g, REG_HCR_EL2);
        if (a64_regs_check(&real))
            printf("             walks need --reg hcr_el2=%" PRIx64 ": %s\n",
                   real.hcr_el2 & 0x1005, a64_regs_check(&real));
    }
    if (s->has_pc && s->pc_reason != WALK_LEAF)
        printf("             the pc is not mapped (%s): do registers and tables belong together?\n",
               walk_reason_text(s->pc_reason));
}

static void report(const struct snapshot *s, const struct machine *m, const char *source, const char *out)
{
    options_say("%s: %s, written to %s", source, m->about, out);
    show_state(&s->regs);
    show_registers(s);
    for (unsigned i = 0; i < SNAP_ROOTS; i++)
        if (s->root[i].on)
            show_root(&s->root[i]);
    printf("  %-10s %" PRIu64 " pages, %" PRIu64 " KiB\n", "copied", s->pages, s->pages * MACHINE_PAGE / 1024);
}

// --- stopping -----------------------------------------------------------------------------------

// While a machine stands, the signals that would end the command wait: the machine goes on first, and then
// they do what they always do. Waiting for an answer ends early (snapshot/link.h).
static void hold_signals(bool hold, sigset_t *before)
{
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGINT);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGHUP);
    if (hold)
        sigprocmask(SIG_BLOCK, &ends, before);
    else
        sigprocmask(SIG_SETMASK, before, NULL);
}

static bool over(const struct timespec *since, uint64_t seconds)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)(now.tv_sec - since->tv_sec) >= seconds;
}

static bool set_registers(struct snap_regs *g, const struct snapshot_options *w, char *msg, size_t size)
{
    *g = (struct snap_regs){.arch = MACHINE_ARCHES};
    if (w->file && !regs_file(g, w->file, msg, size))
        return false;
    for (unsigned i = 0; i < w->regs.count; i++) {
        char key[32];
        const char *value, *why = "NAME=HEX expected";
        uint64_t v;
        if (options_split(w->regs.item[i], key, sizeof key, &value))
            why = parse_hex(value, UINT64_MAX, &v) ? regs_set(g, key, v) : "not a hexadecimal number";
        if (why) {
            snprintf(msg, size, "--reg %s: %s", w->regs.item[i], why);
            return false;
        }
    }
    return true;
}

// The machine stands, and its registers are in s. False: a message, and it went on.
static bool stop_machine(struct snapshot *s, struct machine *m, const char *source,
                         const struct snapshot_options *w, char *msg, size_t size)
{
    const struct machine_cfg cfg = {.timeout = (unsigned)w->timeout * 1000, .hart = (unsigned)w->hart,
                                    .stay = w->stay, .monitor = w->monitor.item, .monitors = w->monitor.count};
    if (!machine_open(m, source, &cfg)) {
        snprintf(msg, size, "%s", m->msg);
        return false;
    }
    if (!set_registers(&s->regs, w, msg, size))
        ; // was fine before
    else if (regs_take(&s->regs, m) == MACHINE_BROKEN)
        snprintf(msg, size, "%s", m->msg);
    else
        return true;
    machine_close(m);
    return false;
}

// Between host and guest: EL2 of a hypervisor without VHE, where EL1's registers are those of either.
static bool between(const struct snap_regs *g)
{
    return g->arch == MACHINE_AARCH64 && regs_priv(g) >= 2 && !(regs_get(g, REG_HCR_EL2) >> 34 & 1);
}

// Stops it until the hart is where it is wanted. False: a message.
static bool stop_where(struct snapshot *s, struct machine *m, const char *source,
                       const struct snapshot_options *w, char *msg, size_t size)
{
    struct timespec start, pause = {.tv_nsec = 1000000};
    bool wanted = w->want && strcmp(w->want, "guest") == 0;
    clock_gettime(CLOCK_MONOTONIC, &start);
    for (unsigned tries = 1;; tries++) {
        if (!stop_machine(s, m, source, w, msg, size))
            return false;
        int guest = regs_guest(&s->regs);
        if (!w->want || (guest == wanted && !between(&s->regs)))
            return true;
        m->stay = false; // --stay is for where it is wanted
        bool fine = machine_close(m);
        if (!fine || guest < 0 || over(&start, w->timeout)) {
            snprintf(msg, size, !fine ? "%s" : guest < 0 ? "%s: it does not say whether it is in a guest (--want)"
                                                         : "%s: stopped %u times and never in the %s",
                     !fine ? m->msg : source, tries, w->want);
            return false;
        }
        // Not in step with a guest's timer, and longer and longer: where the processor is busy, the hart does nothing
        // in a few milliseconds but take the interrupt that waited.
        long most = 5000L << (tries / 4 < 5 ? tries / 4 : 5);
        pause.tv_nsec = 1000000 + (long)(tries * 7919 % most) * 1000;
        nanosleep(&pause, NULL);
    }
}

// Everything that needs the machine. False: a message, and it went on, or msg says that it did not.
static bool take(struct snapshot *s, struct machine *m, const char *source, const struct snapshot_options *w,
                 char *msg, size_t size)
{
    const struct snap_cfg cfg = {.limit = w->tables, .partial = w->partial};
    if (!stop_where(s, m, source, w, msg, size))
        return false;
    const char *why = regs_finish(&s->regs, m->swaps);
    bool fine = !why;
    if (why)
        snprintf(msg, size, "%s: %s", source, why);
    else if (m->live && *s->regs.missing && !s->regs.hidden && !w->partial)
        fine = snprintf(msg, size, "%s: registers are missing: %s (--reg, --partial)", source, s->regs.missing) < 0;
    else
        fine = snapshot_take(s, m, &cfg, msg, size);
    if (!machine_close(m)) {
        size_t n = fine ? 0 : strlen(msg);
        snprintf(msg + n, size - n, "%s%s", fine ? "" : "; ", m->msg);
        fine = false;
    }
    return fine;
}

static int run(const struct options *o, const struct snapshot_options *w)
{
    const char *source = o->arg[0], *out = o->arg[1], *file = machine_file(source);
    struct snapshot s = {.mem = NULL};
    struct machine m = {.self = NULL};
    char msg[1024];
    sigset_t before;
    const char *const in[] = {file, w->file}, *const to[] = {out};
    if (!options_apart(o, in, 2, to, 1))
        return 2;
    if (!set_registers(&s.regs, w, msg, sizeof msg))
        return options_error(o, "%s", msg);
    hold_signals(true, &before);
    bool fine = take(&s, &m, source, w, msg, sizeof msg);
    hold_signals(false, &before); // here an interrupted command ends
    if (fine)
        fine = snapshot_write(&s, out, source, m.about, msg, sizeof msg);
    int status = 0;
    if (!fine)
        status = options_error(o, "%s", msg);
    else if (!o->quiet && strcmp(out, "-") != 0)
        report(&s, &m, source, out);
    snapshot_free(&s);
    return status;
}

int cmd_snapshot(int argc, char **argv)
{
    struct snapshot_options w = {.timeout = 10, .tables = 65536};
    const struct opt own[] = {
        {"reg", 0, "NAME=HEX", "a register: satp, hgatp, mstatus, pmpaddr0, ...; ttbr0_el1, ...; repeatable",
         OPT_LIST, &w.regs, 0, 0},
        {"regs", 0, "FILE", "registers, one a line: NAME=HEX, or csr NAME HEX", OPT_TEXT, &w.file, 0, 0},
        {"hart", 0, "N", "which hart of a stub, from 0 on (default 0)", OPT_NUMBER, &w.hart, 0, 65535},
        {"want", 0, "host|guest", "stop again until the hart is in the host (V=0) or in a guest", OPT_CHOICE,
         &w.want, 0, 0},
        {"monitor", 0, "TEXT", "a command for the stub's monitor, once the machine stands; repeatable", OPT_LIST,
         &w.monitor, 0, 0},
        {"stay", 0, NULL, "leave the machine stopped", OPT_FLAG, &w.stay, 0, 0},
        {"timeout", 0, "SECONDS", "for one answer, and for --want (default 10)", OPT_NUMBER, &w.timeout, 1, 3600},
        {"tables", 0, "N", "pages of tables at most (default 65536)", OPT_NUMBER, &w.tables, 1, 1 << 20},
        {"partial", 0, NULL, "go on without registers and tables that cannot be had", OPT_FLAG, &w.partial, 0, 0},
        {.type = OPT_END},
    };
    struct options o;
    int status = options_parse(&o, &help, OPTIONS_QUIET, own, argc, argv);
    if (status != OPTIONS_GO)
        return status;
    if (o.args != 2)
        return options_error(&o, "a source and the image to write are needed (see --help)");
    if (!options_of_use(&o, uses, machine_file(o.arg[0]) ? "a dump" : "gdb:"))
        return 2;
    return run(&o, &w);
}
