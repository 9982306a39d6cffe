// SPDX-License-Identifier: MulanPSL-2.0
// A machine whose page tables are taken: running behind a debug stub, or dead in a dump. Whoever opens
// one of these has a machine that stands still; machine_close() lets it go on.
//
//   gdb_open    the remote serial protocol: QEMU, OpenOCD, any stub (snapshot/gdb.c)
//   qmp_open    QEMU by its monitor, which opens a gdb stub for the time (snapshot/qmp.c)
//   dump_open   images of every form, ELF cores, raw and LiME dumps, kdumps (snapshot/dump.c)
#ifndef L2TLB_SNAPSHOT_MACHINE_H
#define L2TLB_SNAPSHOT_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MACHINE_PAGE = 4096, MACHINE_COMMAND = 400 };

enum machine_arch { MACHINE_RISCV64, MACHINE_AARCH64, MACHINE_ARCHES /* not told */ };

// NO: there is no such register, no memory at that address. BROKEN: the source failed; msg says why.
enum machine_answer { MACHINE_YES, MACHINE_NO, MACHINE_BROKEN };

struct machine {
    void *self;
    // The register that the source calls by this name, whatever the case of its letters.
    enum machine_answer (*reg)(void *self, const char *name, uint64_t *value);
    // The page at addr, a multiple of MACHINE_PAGE below 2^52.
    enum machine_answer (*page)(void *self, uint64_t addr, unsigned char *data);
    // Dead machines: did the source stay the same? NULL, or how it changed. May be NULL.
    const char *(*changed)(void *self);
    // Lets the machine go on and frees self. False: it may still stand; msg says why.
    bool (*close)(void *self);
    bool live;
    bool stay; // close leaves it stopped
    // QEMU: with V=1 what it shows as satp and mstatus are the guest's (target/riscv swaps them).
    bool swaps;
    unsigned arch;  // enum machine_arch
    char about[96]; // what it is, for the report
    char msg[512];
};

struct machine_cfg {
    unsigned timeout;     // of one answer, milliseconds
    unsigned hart;        // which one, from 0 on
    bool stay;            // leave the machine stopped
    const char *const *monitor; // commands for a gdb stub once the machine stands, MACHINE_COMMAND bytes at most
    unsigned monitors;
};

// Each returns false after filling m->msg (one line); then there is nothing to close.
bool gdb_open(struct machine *m, const char *address, const struct machine_cfg *cfg);
bool qmp_open(struct machine *m, const char *address, const struct machine_cfg *cfg);
bool dump_open(struct machine *m, const char *path);
bool kdump_open(struct machine *m, const char *path, int fd); // takes fd over

// The one that the name means: "gdb:ADDRESS", "qmp:ADDRESS", or a file.
bool machine_open(struct machine *m, const char *source, const struct machine_cfg *cfg);
// NULL, or the file that the source is read from (it may be FILE@ADDRESS).
const char *machine_file(const char *source);
// Lets it go on. False: it may still stand; m->msg says why.
bool machine_close(struct machine *m);

#endif
