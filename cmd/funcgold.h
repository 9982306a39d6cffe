// SPDX-License-Identifier: MulanPSL-2.0
// Reader of recorded translations (funcgold): page-table images with probes and their results.
#ifndef L2TLB_CMD_FUNCGOLD_H
#define L2TLB_CMD_FUNCGOLD_H

#include "arch/walk.h"
#include "mem/phys.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum fg_arch { FG_NONE, FG_RISCV, FG_A64 };
enum { FG_FIELDS = 16, FG_REGS = 16 };

struct fg_field {
    const char *key, *value;
};

// One line `p ADDR OP [PRIV] > ok|fault key=value... | oracles`.
struct fg_probe {
    uint64_t va;
    const char *op, *priv; // priv NULL on AArch64
    bool ok;
    struct fg_field field[FG_FIELDS]; // upd may occur more than once
    unsigned nfields;
    const char *text; // the line as read
};

// State of the current set. Registers by the names of the file ("vsatp", "tcr_el1", and the flags of
// a `bits` line: "sum", "m_adue", ...; "xlen", "virt").
struct fg_set {
    char name[64];
    unsigned arch; // enum fg_arch
    struct {
        char name[16];
        uint64_t value;
    } reg[FG_REGS];
    unsigned nregs;
    struct phys *mem;
    uint64_t arena; // base of the 16-MiB data arena
};

struct fg_reader;

// Opens a plain or gzip file ("-": standard input). On failure NULL and a message in msg.
struct fg_reader *fg_open(const char *path, char *msg, size_t size);
// Advances to the next probe. 1: *set and *probe point to it (valid until the next call); 0: end of
// file; -1: bad input, message "file:line: reason" in msg.
int fg_next(struct fg_reader *r, const struct fg_set **set, const struct fg_probe **probe,
            bool *new_set, char *msg, size_t size);
void fg_close(struct fg_reader *r);

// Value of a register or flag; false when the set does not name it.
bool fg_reg(const struct fg_set *set, const char *name, uint64_t *value);
// Field of a probe, NULL when absent.
const char *fg_field(const struct fg_probe *p, const char *key);
// Memory of a set: walk_mem.read with a struct fg_set as ctx.
uint64_t fg_read(void *set, uint64_t addr, unsigned size);
// Strict number: whole text, C syntax for hexadecimal (0x) or decimal.
bool fg_number(const char *text, uint64_t *value);

// Checkers: true when our walk gives what the probe says; else a difference as text in msg. A
// set that cannot be walked at all (bad register) gives *bad = true and the reason.
bool fg_check_riscv(const struct fg_set *set, const struct fg_probe *p, char *msg, size_t size,
                    bool *bad);
bool fg_check_a64(const struct fg_set *set, const struct fg_probe *p, char *msg, size_t size,
                  bool *bad);
// Compares updates (final values of changed words) and, where the README allows it, the reads.
bool fg_check_effects(const struct fg_probe *p, const struct walk_result *r, char *msg,
                      size_t size);

#endif
