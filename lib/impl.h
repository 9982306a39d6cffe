// SPDX-License-Identifier: MulanPSL-2.0
// Inside of the library: what its objects are. Each public header of include/l2tlb has its .c file here (the
// machine has three); they translate between the public structures and the rooms below, and check what comes in.
#ifndef L2TLB_LIB_IMPL_H
#define L2TLB_LIB_IMPL_H

#include "l2tlb/l2tlb.h"
#include "mem/tilelink.h"
#include "model/wires.h"

enum { MESSAGE = 512 };

struct l2tlb_config {
    struct l2tlb_cfg cfg; // not finished
    char message[MESSAGE];
};

struct l2tlb_memory {
    struct phys *words;
    struct tl *tl;
    struct tl_timing timing;
    char message[MESSAGE];
};

// A request on its way. `index`: of the request in the call that runs, UINT32_MAX: of none.
struct flight {
    uint64_t accepted;
    uint32_t tag, index;
    uint8_t port;
};
// More than the machine takes (the miss queue has at most 256 entries). Defects may lose one: the oldest goes.
enum { FLIGHTS = 320 };

struct l2tlb_machine {
    struct l2tlb *core;
    struct l2tlb_in in;   // padding stays 0: the core compares registers as bytes
    struct l2tlb_out out;
    struct l2tlb_csr csr; // in.csr as the user gave it
    bool settled;
    uint8_t line_source; // of the first beat of a line
    uint16_t reading[MAX_IDS]; // reads under way by source: the MPT checker asks again after a flush
    struct flight flight[FLIGHTS]; // oldest first
    unsigned flights;
    void (*observer)(const struct l2tlb_machine_event *e, void *ctx);
    void *observer_ctx;
    char message[MESSAGE];
};

// Copies what the caller gave as a structure of `size` bytes to one of `known`; members that he does not know
// are 0. False: fewer than `least`, or he set members that we don't know.
bool struct_in(void *to, size_t known, const void *from, size_t size, size_t least);
// The other way; what we don't know becomes 0. False: fewer than `least`.
bool struct_out(void *to, size_t size, const void *from, size_t known, size_t least);

// Members `zero` of what comes in.
bool bytes_zero(const void *bytes, size_t n);
#define ZERO(s) bytes_zero(&(s).zero, sizeof(s).zero)

// Writes the message, returns status.
int say(char message[MESSAGE], int status, const char *format, ...) __attribute__((format(printf, 3, 4)));

// ports.c: public to internal, with every check. They return a status and write the machine's message.
int ports_csr(struct l2tlb_machine *m, const struct l2tlb_csr *csr);
int ports_fence(struct l2tlb_machine *m, const struct l2tlb_fence *f);
int ports_csr_write(struct l2tlb_machine *m, const struct l2tlb_csr_write *w);
int ports_request(struct l2tlb_machine *m, unsigned port, const struct l2tlb_request *q);
int ports_inputs(struct l2tlb_machine *m, const struct l2tlb_inputs *in);
// What holds for one cycle alone is off again.
void ports_end_pulses(struct l2tlb_machine *m);
// Channel D: one of our reads, and no line inside of another one?
int ports_beat(struct l2tlb_machine *m, unsigned source);
void ports_response(const struct ptw_resp *from, struct l2tlb_response *to);
void ports_outputs(const struct l2tlb_machine *m, struct l2tlb_outputs *out);

// machine.c: the clock edge, and what it meant for the requests on their way. answer[p] is what the answer of port p was for
// (index UINT32_MAX and accepted UINT64_MAX: unknown).
struct edge_report {
    bool answered[2], accepted[2];
    struct flight answer[2];
    uint64_t dropped;
};
void machine_edge(struct l2tlb_machine *m, const uint32_t index[2], struct edge_report *r);

#endif
