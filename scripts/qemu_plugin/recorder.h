// SPDX-License-Identifier: MulanPSL-2.0
// What both modes of the plugin share: its options, and one trace with thinning, bursts and exact counts
// of instructions.
#ifndef L2TLB_QEMU_RECORDER_H
#define L2TLB_QEMU_RECORDER_H

#include "traces/trace.h"

#include <stdio.h>

enum { RECORDER_THIN = 16, RECORDER_CLASSES = 3 };
enum { CLASS_FETCH, CLASS_LOAD, CLASS_STORE }; // AMOs, LR and SC belong to the load side of the machine

struct recorder_options {
    char out[512], image[512], source[TRACE_TEXT], control[512]; // empty: not given
    uint64_t skip, limit, guests, seconds, burst, gap;
    unsigned thin, fetch_shift; // fetch_shift 0: no fetches
    enum trace_form form;
    uint8_t isa; // enum trace_isa
};
// One "key=value". False: unknown or bad.
bool recorder_option(struct recorder_options *o, const char *arg);

struct recorder {
    const struct recorder_options *o;
    struct trace_writer *out;
    uint64_t pass;        // accesses that are still left out: `skip` or `gap`
    uint64_t count;       // accesses recorded
    uint64_t insns, fetch_block;
    uint64_t recent[RECORDER_CLASSES][RECORDER_THIN]; // page + 1, last used first
};

// False: a message is in msg.
bool recorder_open(struct recorder *r, const struct recorder_options *o, const char *path,
                   const struct trace_header *h, char *msg, size_t msg_size);
// The next access is not left out for being like those before: another context, another burst.
void recorder_forget(struct recorder *r);
// Records an access with the instructions since the last one, unless it is left out. False: the trace
// cannot be written.
bool recorder_access(struct recorder *r, unsigned class, struct trace_record *a);
// The fetches of a block, `like` says with which mode.
bool recorder_block(struct recorder *r, uint64_t addr, uint32_t bytes, uint32_t insns,
                    const struct trace_record *like);
bool recorder_close(struct recorder *r); // false, with a message on standard error: it failed

// GVT_LR, GVT_AMO for RISC-V's major opcode AMO (SC included), else GVT_LOAD: the access itself tells.
unsigned recorder_riscv_op(uint32_t code, size_t bytes);
// Takes what the access says: false for the read of an AMO, whose write is the record.
bool recorder_op(unsigned *op, unsigned *class, bool is_store);

#endif
