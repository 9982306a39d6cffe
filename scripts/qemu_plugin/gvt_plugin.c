// SPDX-License-Identifier: MulanPSL-2.0
// QEMU plugin that records fetches, loads and stores as GVA traces: those of a program (user mode), or a
// whole machine with its context, fences and page tables (system mode, docs/real-guest.md).
//
//   qemu-riscv64 -plugin build/gvt_plugin.so,out=FILE,skip=N,limit=N,thin=N,fetch=line PROGRAM ...
//
//   out=FILE     where to write (.gz at the end compresses); required, here or in the control file
//   form=text|binary  (text)
//   skip=N       accesses that pass before the recording begins (default 0)
//   limit=N      stop after N records (default 0: never): QEMU ends in user mode, a machine runs on
//   burst=N,gap=M  record N accesses, let M pass, and so on (default: no gaps)
//   thin=N       leave out accesses to the N pages that the same class of access (fetch, load,
//                store) used last; default 0: keep everything
//   fetch=line|page|off  a fetch record when the 64-byte line or the 4 KiB page changes (line)
//   source=TEXT  goes to the trace's header
// and in system mode:
//   control=FILE begin when FILE appears and a vCPU goes on (QMP's stop and cont); more options stand in it, one a
//                line. FILE.stop ends it; FILE.done says what became of it. Without: from reset on
//   guests=N     end after N accesses of guests (V = 1, HLV, HSV)
//   seconds=N    end after N seconds
//   image=FILE   tables of the start (default: out with .image as its end)
//
// Instruction counts are exact also where accesses are left out: each record counts the
// instructions since the previous record (or since the end of a gap); in system mode a block that
// faults is counted whole. User mode records CPU 0 only.
#include "scripts/qemu_plugin/qemu.h"
#include "scripts/qemu_plugin/recorder.h"
#include "scripts/qemu_plugin/system.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// A plugin lives in QEMU's process once, and its callbacks carry no context: hence statics.
static struct recorder_options options = {.fetch_shift = 6};
static struct recorder rec;
static bool riscv;

// What a translated block is, kept for as long as QEMU may run it.
struct block {
    uint64_t addr;
    uint32_t bytes, insns;
};

static void stop(int status)
{
    if (!recorder_close(&rec))
        status = 2;
    if (status >= 0)
        _exit(status);
}

static void stop_at_limit(bool fine)
{
    if (!fine)
        stop(2);
    if (options.limit && rec.count >= options.limit)
        stop(0);
}

static void on_block(unsigned cpu, void *udata)
{
    const struct block *b = udata;
    const struct trace_record like = {.kind = TRACE_ACCESS, .priv = GVT_U};

    if (cpu == 0)
        stop_at_limit(recorder_block(&rec, b->addr, b->bytes, b->insns, &like));
}

// udata: enum trace_op of the instruction; GVT_LOAD: look at the access itself.
static void on_access(unsigned cpu, qemu_plugin_meminfo_t info, uint64_t addr, void *udata)
{
    unsigned op = (unsigned)(uintptr_t)udata, class;
    struct trace_record r = {.kind = TRACE_ACCESS, .addr = addr, .priv = GVT_U};

    if (cpu != 0 || !recorder_op(&op, &class, qemu_plugin_mem_is_store(info)))
        return;
    r.op = (uint8_t)op;
    r.size = (uint16_t)(1u << qemu_plugin_mem_size_shift(info));
    stop_at_limit(recorder_access(&rec, class, &r));
}

static void on_translation(struct qemu_plugin_tb *tb)
{
    size_t n = qemu_plugin_tb_n_insns(tb);
    struct block *b = calloc(1, sizeof *b);

    if (!b) {
        fprintf(stderr, "gvt_plugin: out of memory\n");
        stop(2);
        return;
    }
    b->addr = qemu_plugin_tb_vaddr(tb);
    b->insns = (uint32_t)n;
    for (size_t i = 0; i < n; i++) {
        struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
        uint32_t code;
        size_t bytes = qemu_code(insn, &code);
        unsigned op = riscv ? recorder_riscv_op(code, bytes) : GVT_LOAD;
        b->bytes += (uint32_t)bytes;
        qemu_plugin_register_vcpu_mem_cb(insn, on_access, QEMU_CB_NO_REGS, QEMU_MEM_RW,
                                         (void *)(uintptr_t)op);
    }
    qemu_plugin_register_vcpu_tb_exec_cb(tb, on_block, QEMU_CB_NO_REGS, b);
}

static void on_exit(void) { stop(-1); }

static int fail(const char *why)
{
    fprintf(stderr, "gvt_plugin: %s\n", why);
    return 1;
}

static int start_user(const char *target)
{
    struct trace_header h = {.version = TRACE_VERSION, .isa = GVT_OTHER};
    char msg[TRACE_MSG];

    riscv = strcmp(target, "riscv64") == 0;
    if (riscv)
        h.isa = GVT_RISCV64;
    else if (strcmp(target, "aarch64") == 0)
        h.isa = GVT_AARCH64;
    else if (strcmp(target, "x86_64") == 0)
        h.isa = GVT_X86_64;
    snprintf(h.source, sizeof h.source, "%s", options.source);
    if (!recorder_open(&rec, &options, options.out, &h, msg, sizeof msg))
        return fail(msg);
    rec.pass = options.skip;
    qemu_on_block(on_translation);
    qemu_on_exit(on_exit);
    return 0;
}

QEMU_EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info *info, int argc,
                                    char **argv)
{
    const char *why;

    for (int i = 0; i < argc; i++)
        if (!recorder_option(&options, argv[i])) {
            fprintf(stderr, "gvt_plugin: bad option '%s'\n", argv[i]);
            return 1;
        }
    qemu_start(id);
    if (info->system_emulation) {
        why = system_possible(info->target_name);
        if (!why && !options.out[0] && !options.control[0])
            why = "out=FILE or control=FILE is required";
        if (why)
            return fail(why);
        return system_start(&options) ? 0 : fail("out of memory");
    }
    if (!options.out[0])
        return fail("out=FILE is required");
    if (options.control[0] || options.guests || options.seconds || options.image[0])
        return fail("control, guests, seconds and image are for whole machines");
    return start_user(info->target_name);
}
