// SPDX-License-Identifier: MulanPSL-2.0
// The state of a full-system capture: system.c begins and ends it, hart.c records what each hart
// does.
#ifndef L2TLB_QEMU_MACHINE_H
#define L2TLB_QEMU_MACHINE_H

#include "arch/walk_riscv.h"
#include "scripts/qemu_plugin/qemu.h"
#include "scripts/qemu_plugin/recorder.h"
#include "scripts/qemu_plugin/tables.h"

#include <pthread.h>
#include <time.h>

enum { HARTS = 64, SEEN_BITS = 14 };

// Registers of QEMU's gdb stub that are read; menvcfg and henvcfg need not be there.
enum {
    R_PC,
    R_PRIV,
    R_SATP,
    R_VSATP,
    R_HGATP,
    R_MSTATUS,
    R_VSSTATUS,
    R_HSTATUS,
    R_MENVCFG,
    R_HENVCFG,
    R_COUNT,
    R_NEEDED = R_MENVCFG
};

// The registers of a trace that a hart's translations depend on.
enum {
    C_SATP,
    C_VSATP,
    C_HGATP,
    C_MXR,
    C_SUM,
    C_VMXR,
    C_VSUM,
    C_SPVP,
    C_MPBMTE,
    C_HPBMTE,
    CONTEXT
};

struct hart {
    struct qemu_plugin_register *reg[R_COUNT], *x[32];
    pthread_t thread;         // QEMU's that runs it
    bool there, begun, stale; // stale: the context may have changed
    struct recorder rec;
    char path[600];
    uint8_t priv;
    bool virt;
    uint64_t mstatus, value[CONTEXT]; // as its trace has them
    struct rv_regs regs;
    uint64_t context; // a number for them
    uint64_t blocks, block; // how many there were, and the address of the last
    struct {                // an HLVX that is about to read
        bool due;
        uint16_t size;
        uint64_t addr, next; // next: the instruction behind it
    } hlvx;
};

// What a translated block is, kept for as long as QEMU may run it.
struct block {
    uint64_t addr;
    uint32_t bytes, insns;
    bool system; // it holds a SYSTEM instruction
    struct block *next;
};

// Translations that were compared, and when.
struct seen {
    uint64_t page, context, pa, changes;
};

struct machine {
    pthread_mutex_t lock;
    struct recorder_options start, o; // of the command line, and with those of the control file
    struct hart hart[HARTS];
    struct vm_tables *tables;
    struct sink *image;
    struct block *blocks;
    struct seen seen[1 << SEEN_BITS];
    bool arming, recording;
    bool begun; // the tables of the start are in the image
    struct timespec began;
    uint64_t accesses, guests, compared, differ, words;
    char trouble[TRACE_MSG];
};
// QEMU's callbacks carry no context, and a plugin lives in a process once: hence this one variable.
extern struct machine vm;

// All with the lock.
bool machine_begin(const struct hart *first); // false: vm.trouble
// Ends the recording from a vCPU's callback, also with vm.trouble; the machine runs on.
void machine_end(void);
bool machine_enough(
    void); // a limit is reached, the file `control`.stop is there, or there is trouble
// Translated code is instrumented from here on (hart.c).
void hart_on_translation(struct qemu_plugin_tb *tb);

#endif
