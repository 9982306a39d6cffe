// SPDX-License-Identifier: MulanPSL-2.0
// Target descriptions of GDB's remote serial protocol: which registers a stub has, by which number and
// of which width. Source: "Debugging with GDB", appendix G.
#ifndef L2TLB_SNAPSHOT_TARGET_H
#define L2TLB_SNAPSHOT_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TARGET_NAME = 32, TARGET_REGS = 8192, TARGET_FILES = 64, TARGET_FILE_MOST = 1 << 20 };

struct target_reg {
    char name[TARGET_NAME]; // longer ones are left out
    uint32_t number;
    uint16_t bits;
};

struct target {
    char architecture[TARGET_NAME]; // "riscv:rv64", "aarch64"; empty: not told
    struct target_reg *reg;
    size_t regs, room;
    uint32_t next; // number of the next register that names none
};

// How a file is fetched: its bytes, which are freed here (at most TARGET_FILE_MOST), or NULL.
struct target_files {
    void *ctx;
    char *(*read)(void *ctx, const char *annex, size_t *size);
};

// Reads target.xml and what it includes. NULL, or what is wrong; "" if a file could not be fetched.
// target_free() in any case.
const char *target_read(struct target *t, const struct target_files *files);
void target_free(struct target *t);
// By name, whatever the case; NULL: there is none.
const struct target_reg *target_find(const struct target *t, const char *name);

#endif
