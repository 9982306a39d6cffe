// SPDX-License-Identifier: MulanPSL-2.0
// Counters of the L1 side and the memory of past requests that tells re-requests and their causes
// apart (spec C 3.2). No effect on the machine.
#ifndef L2TLB_L1_L1COUNT_H
#define L2TLB_L1_L1COUNT_H

#include "l1/l1side.h"
#include "l1/ptwfilter.h"
#include "l1/ptwnewfilter.h"

enum { L1COUNT_KEYS = PTWNF_SLOTS };

enum l1count_fate { ASKED, INSTALLED, LOST, GPA_DROPPED, NOT_KEPT };

// What became of the last request for a page, in one class.
struct l1count_page {
    uint64_t key; // class, code, vpn; 0 = empty
    uint32_t epoch, seq;
    uint8_t fate, way;
    bool sent; // the L2TLB has a request for it
};

// Pages whose slots one answer freed.
struct l1count_pages {
    uint64_t key[L1COUNT_KEYS];
    unsigned n;
};

struct l1count {
    struct l1_counters c[L1_CLASSES];
    struct l1count_page *page;
    size_t size, used; // size: a power of two, or 0 without memory
    uint32_t epoch;
    uint32_t seq[L1_CLASSES][MAX_TLB];        // writes of each way
    struct l1count_pages next[L1_CLASSES];    // presented in the next cycle
    struct l1count_pages written[L1_CLASSES]; // written by the last refill
    unsigned last_way[L1_CLASSES];
    bool refilled[L1_CLASSES]; // in the last cycle an answer was presented and written
    unsigned presented;        // classes, in this cycle
    bool blocking_missed;      // the access in the blocking port
};

void l1count_init(struct l1count *c);
void l1count_done(struct l1count *c);
void l1count_reset(struct l1count *c);
void l1count_epoch(struct l1count *c); // a fence or a change of an ASID or the VMID
// Ports of a class whose lookup of the last cycle missed; before l1count_ports().
void l1count_misses(struct l1count *c, unsigned class, unsigned ports);
void l1count_ports(struct l1count *c, const struct l1_in *in, const struct l1_out *out,
                   unsigned looked); // mask of ports with a lookup
// An answer is presented to TLB `class`.
void l1count_presented(struct l1count *c, unsigned class, bool refill, unsigned way, bool gpa);
// A data request was accepted by the L2TLB.
void l1count_sent(struct l1count *c, unsigned class, const struct l1_ptw_req *q);
void l1count_newfilter(struct l1count *c, const struct ptwnewfilter *s,
                       const struct ptwnewfilter_in *in, const struct ptwnewfilter_out *out);
void l1count_filter(struct l1count *c, const struct ptwfilter *s, const struct ptwfilter_in *in,
                    const struct ptwfilter_out *out, const struct ptw_resp *answer);

#endif
