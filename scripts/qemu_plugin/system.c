// SPDX-License-Identifier: MulanPSL-2.0
// A whole machine: one trace per hart, each with that hart's context (mode, roots, status bits),
// its fences, and the page tables of all: those of the start in an image, later changes in the
// stream.
//
// Nothing is instrumented until the control file appears; then qemu_reset() drops the code that
// QEMU has translated, and every new block is.
#include "scripts/qemu_plugin/system.h"

#include "scripts/qemu_plugin/machine.h"
#include "traces/source.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// RISC-V's boards of QEMU, and XiangShan, have their memory from here on.
#define RAM UINT64_C(0x80000000)
enum { LOOK = 64 }; // translated blocks between looks for the control file

struct machine vm = {.lock = PTHREAD_MUTEX_INITIALIZER};

static const char *const register_name[R_COUNT] = {
    "pc", "priv", "satp", "vsatp", "hgatp", "mstatus", "vsstatus", "hstatus", "menvcfg", "henvcfg"};
static const char *const x_name[32] = {"zero", "ra", "sp",  "gp",  "tp", "t0", "t1", "t2",
                                       "fp",   "s1", "a0",  "a1",  "a2", "a3", "a4", "a5",
                                       "a6",   "a7", "s2",  "s3",  "s4", "s5", "s6", "s7",
                                       "s8",   "s9", "s10", "s11", "t3", "t4", "t5", "t6"};

// --- begin and end -------------------------------------------------------------------------------
static void watch(void);
static void on_resume(unsigned cpu);

// FILE.gvt.gz: FILE and its end; the other harts' are FILE.hart1.gvt.gz and so on.
static void name_after(const char *out, const char *tail, char *to, size_t size)
{
    const char *slash = strrchr(out, '/'), *dot = strchr(slash ? slash : out, '.');
    size_t n = dot && dot > (slash ? slash + 1 : out) ? (size_t)(dot - out) : strlen(out);

    snprintf(to, size, "%.*s%s", (int)n, out, tail);
}

static void hart_path(unsigned number, char *to, size_t size)
{
    char tail[600];
    const char *slash = strrchr(vm.o.out, '/'), *dot = strchr(slash ? slash : vm.o.out, '.');

    snprintf(tail, sizeof tail, ".hart%u%s", number, dot ? dot : "");
    if (number == 0)
        snprintf(to, size, "%s", vm.o.out);
    else
        name_after(vm.o.out, tail, to, size);
}

// What became of it, for whoever waits: FILE.done beside the control file, or standard error.
static void report(void)
{
    char name[600];
    FILE *f = stderr;

    snprintf(name, sizeof name, "%s.done.new", vm.start.control);
    if (vm.start.control[0])
        f = fopen(name, "w");
    if (!f)
        return;
    if (vm.trouble[0])
        fprintf(f, "failed: %s\n", vm.trouble);
    else
        fprintf(
            f,
            "recorded: %" PRIu64 " accesses, %" PRIu64 " of guests; %u pages of tables, %" PRIu64
            " words changed\nwalk: %" PRIu64 " of %" PRIu64 " differ\n",
            vm.accesses, vm.guests, vm_tables_pages(vm.tables), vm.words, vm.differ, vm.compared);
    if (f != stderr) {
        char final[600];
        snprintf(final, sizeof final, "%s.done", vm.start.control);
        fclose(f);
        rename(name, final);
    }
}

// The traces get their names; or there are none, when vm.trouble says what went wrong.
static void end(void)
{
    const char *why = vm_tables_trouble(vm.tables);
    char msg[TRACE_MSG];

    vm.recording = false;
    if (!vm.begun)
        why = "it ended before a hart was seen with V = 0";
    if (why && !vm.trouble[0])
        snprintf(vm.trouble, sizeof vm.trouble, "%s", why);
    for (unsigned i = 0; i < HARTS; i++) {
        struct recorder *r = &vm.hart[i].rec;
        if (r->out && (vm.trouble[0] || (i && r->count == 0))) {
            trace_abandon(r->out);
            r->out = NULL;
        } else if (!recorder_close(r))
            snprintf(vm.trouble, sizeof vm.trouble, "a trace could not be written");
    }
    if (vm.image && vm.trouble[0])
        sink_abandon(vm.image);
    else if (vm.image && !sink_close(vm.image, msg, sizeof msg))
        snprintf(vm.trouble, sizeof vm.trouble, "%s", msg);
    vm.image = NULL;
    for (unsigned i = 0; i < HARTS && vm.trouble[0]; i++) // a part of a capture is none
        if (vm.hart[i].path[0])
            unlink(vm.hart[i].path);
    report();
    vm_tables_free(vm.tables);
    vm.tables = NULL;
}

// With all vCPUs stopped and no code of ours left.
static void back_to_watching(void)
{
    while (vm.blocks) {
        struct block *next = vm.blocks->next;
        free(vm.blocks);
        vm.blocks = next;
    }
    watch();
}

void machine_end(void)
{
    if (!vm.recording)
        return;
    end();
    qemu_reset(back_to_watching);
}

bool machine_enough(void)
{
    struct timespec now;
    char stop[600];

    if (vm.trouble[0] || vm_tables_trouble(vm.tables))
        return true;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (vm.o.seconds && (uint64_t)(now.tv_sec - vm.began.tv_sec) >= vm.o.seconds)
        return true;
    snprintf(stop, sizeof stop, "%s.stop", vm.start.control);
    return vm.start.control[0] && unlink(stop) == 0;
}

static void put_all(const struct trace_record *r)
{
    for (unsigned i = 0; i < HARTS; i++)
        if (vm.hart[i].rec.out && !trace_put(vm.hart[i].rec.out, r))
            snprintf(vm.trouble, sizeof vm.trouble, "%s", trace_writer_error(vm.hart[i].rec.out));
}

static void image_line(const char *line)
{
    if (!sink_write(vm.image, line, strlen(line)))
        snprintf(vm.trouble, sizeof vm.trouble, "%s", sink_error(vm.image));
}

// A word of a table: to the image at the start, else to the traces of all harts.
static void table_word(uint64_t addr, uint64_t value)
{
    const struct trace_record r = {.kind = TRACE_MEM, .addr = addr, .value = value};
    char line[64];

    vm.words += vm.begun;
    snprintf(line, sizeof line, "%" PRIx64 " %" PRIx64 "\n", addr, value);
    if (vm.begun)
        put_all(&r);
    else if (value)
        image_line(line);
}

// QEMU puts the hart's number into translated code where one thread runs all of them, so that code
// which one has translated and another runs goes by the wrong name.
static bool one_thread_for_two(void)
{
    for (unsigned i = 1; i < HARTS; i++)
        if (vm.hart[i].there && vm.hart[0].there &&
            pthread_equal(vm.hart[i].thread, vm.hart[0].thread))
            return true;
    return false;
}

// The first hart with V = 0: all that its roots reach goes to the image, and all traces begin.
bool machine_begin(const struct hart *first)
{
    struct trace_header h = {.version = TRACE_VERSION, .isa = GVT_RISCV64, .tables = GVT_IMAGE};
    const char *slash;
    char line[64];

    if (one_thread_for_two()) {
        snprintf(vm.trouble, sizeof vm.trouble,
                 "QEMU runs all harts in one thread (-icount, -accel tcg,thread=single) and does "
                 "not tell them apart: -smp 1, or without");
        return false;
    }
    if (!vm.o.image[0])
        name_after(vm.o.out, ".image", vm.o.image, sizeof vm.o.image);
    vm.image = sink_open(vm.o.image, vm.trouble, sizeof vm.trouble);
    if (!vm.image)
        return false;
    image_line("# page tables at the start of the capture\n");
    for (unsigned i = 0; i < 3; i++) {
        static const char *const name[] = {"satp", "vsatp", "hgatp"};
        snprintf(line, sizeof line, "csr %s %" PRIx64 "\n", name[i],
                 i == 0   ? first->regs.satp
                 : i == 1 ? first->regs.vsatp
                          : first->regs.hgatp);
        image_line(line);
    }
    vm_tables_roots(vm.tables, &first->regs);
    slash = strrchr(vm.o.image, '/');
    snprintf(h.image, sizeof h.image, "%s", slash ? slash + 1 : vm.o.image);
    snprintf(h.source, sizeof h.source, "%s", vm.o.source[0] ? vm.o.source : "QEMU, full system");
    vm.begun = true;
    for (unsigned i = 0; i < HARTS; i++) {
        struct hart *p = &vm.hart[i];
        if (!p->there)
            continue;
        hart_path(i, p->path, sizeof p->path);
        if (!recorder_open(&p->rec, &vm.o, p->path, &h, vm.trouble, sizeof vm.trouble))
            return false;
    }
    return !vm.trouble[0];
}

// --- arming --------------------------------------------------------------------------------------
static void see_register(struct qemu_plugin_register *r, const char *name, void *ctx)
{
    struct hart *h = ctx;

    for (unsigned i = 0; i < R_COUNT; i++)
        if (strcmp(name, register_name[i]) == 0)
            h->reg[i] = r;
    for (unsigned i = 0; i < 32; i++)
        if (strcmp(name, x_name[i]) == 0)
            h->x[i] = r;
}

static void on_vcpu(unsigned cpu)
{
    struct hart *h = &vm.hart[cpu % HARTS];

    if (cpu >= HARTS) {
        fprintf(stderr, "gvt_plugin: hart %u is not recorded: at most %d are\n", cpu, HARTS);
        return;
    }
    qemu_each_register(see_register, h);
    h->thread = pthread_self();
    h->there = true;
    for (unsigned i = 0; i < R_NEEDED; i++)
        if (!h->reg[i]) {
            fprintf(stderr, "gvt_plugin: hart %u is not recorded: QEMU shows no register %s%s\n",
                    cpu, register_name[i], i == R_HGATP ? " (-cpu ...,h=true)" : "");
            h->there = false;
            break;
        }
}

static void on_exit(void)
{
    pthread_mutex_lock(&vm.lock);
    if (vm.recording)
        end();
    pthread_mutex_unlock(&vm.lock);
}

// From here on every block is translated anew and instrumented.
static void record(void)
{
    pthread_mutex_lock(&vm.lock);
    for (unsigned i = 0; i < HARTS; i++) {
        struct hart *h = &vm.hart[i];
        h->begun = h->stale = false;
        h->path[0] = 0;
        memset(h->value, 0, sizeof h->value);
        memset(&h->rec, 0, sizeof h->rec);
    }
    memset(vm.seen, 0, sizeof vm.seen);
    vm.accesses = vm.guests = vm.compared = vm.differ = vm.words = 0;
    vm.begun = false;
    vm.tables = vm_tables_new(RAM, table_word);
    clock_gettime(CLOCK_MONOTONIC, &vm.began);
    vm.recording = vm.tables;
    pthread_mutex_unlock(&vm.lock);
    qemu_on_vcpu(on_vcpu);
    qemu_on_block(hart_on_translation);
    qemu_on_resume(on_resume);
    qemu_on_exit(on_exit);
}

// The control file: options, one a line (or separated by commas), above those of the command line.
// It goes away when it has been read.
static bool read_control(void)
{
    FILE *f = fopen(vm.start.control, "r");
    char line[1200];

    if (!f)
        return false;
    vm.o = vm.start;
    vm.trouble[0] = 0;
    while (fgets(line, sizeof line, f)) {
        char *rest = line;
        for (char *word; (word = strtok_r(rest, ",\n", &rest));)
            if (!recorder_option(&vm.o, word))
                snprintf(vm.trouble, sizeof vm.trouble, "bad option '%s'", word);
    }
    fclose(f);
    unlink(vm.start.control);
    if (!vm.trouble[0] && !vm.o.out[0])
        snprintf(vm.trouble, sizeof vm.trouble, "out=FILE is required");
    return true;
}

// QEMU calls this when a vCPU goes on: after `cont`, or when an idle one has something to do.
static void on_resume(unsigned cpu)
{
    bool go = false;

    (void)cpu;
    pthread_mutex_lock(&vm.lock);
    if (vm.recording && machine_enough())
        machine_end();
    else if (!vm.recording && !vm.arming && read_control()) {
        go = !vm.trouble[0];
        if (!go)
            report();
    }
    vm.arming |= go;
    pthread_mutex_unlock(&vm.lock);
    if (go)
        qemu_reset(record);
}

// Where one thread runs all harts (-icount), QEMU never says that a vCPU goes on: new code does.
static void on_new_code(struct qemu_plugin_tb *tb)
{
    static atomic_uint seen;

    (void)tb;
    if (atomic_fetch_add(&seen, 1) % LOOK == 0)
        on_resume(0);
}

// Nothing is instrumented; the control file is looked for.
static void watch(void)
{
    vm.arming = false;
    qemu_on_vcpu(on_vcpu);
    if (!vm.start.control[0])
        return;
    qemu_on_resume(on_resume);
    qemu_on_block(on_new_code);
}

const char *system_possible(const char *target)
{
    static char why[200];

    if (strcmp(target, "riscv64") != 0)
        return "the whole machine is recorded for riscv64 only (others: l2tlb snapshot)";
    if (qemu_interface() < 3) {
        snprintf(why, sizeof why,
                 "plugin interface %d of this QEMU shows no registers, so the whole machine cannot "
                 "be recorded, "
                 "only user mode; QEMU 9.1 or later can (scripts/setup.sh vm)",
                 qemu_interface());
        return why;
    }
    if (!qemu_can_read_memory())
        return "this QEMU shows no physical memory to plugins (QEMU 10.1 or later does)";
    return NULL;
}

bool system_start(const struct recorder_options *o)
{
    vm.start = vm.o = *o;
    if (o->control[0]) {
        watch();
        return true;
    }
    record();
    return vm.recording;
}
