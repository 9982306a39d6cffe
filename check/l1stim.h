// SPDX-License-Identifier: MulanPSL-2.0
// Stimuli of the L1 side: L1STIM files (docs/recordings.md 9 and 11).
#ifndef L2TLB_CHECK_L1STIM_H
#define L2TLB_CHECK_L1STIM_H

#include "l1/l1bundle.h"
#include "mem/tilelink.h"
#include "traces/source.h"

#include <stddef.h>

enum {
    L1STIM_NAME = 128,
    L1STIM_MAX_CYCLES = 10000000, // of a recording
    L1STIM_MAX_ITEMS = 8000000,    // accesses, events, memory words: each
    L1STIM_MAX_WINDOW = 4096,
};

struct l1stim_access {
    uint64_t cycle; // first lookup
    uint64_t va;
    uint32_t number;
    uint8_t port, cmd, size;
    bool hyper, hlvx, prefetch, no_translate, check, kill, one_shot;
};

enum l1stim_kind {
    L1STIM_SFENCE, L1STIM_SATP, L1STIM_VSATP, L1STIM_HGATP, L1STIM_PRIV, L1STIM_PMM, L1STIM_PMP,
    L1STIM_MEMW, L1STIM_REDIRECT, L1STIM_IFLUSH,
};

struct l1stim_event {
    uint64_t cycle;
    uint64_t v[8]; // as in the file; see l1stim_apply
    uint8_t kind;
};

// Re-send rule; distances in cycles.
struct l1stim_retry {
    bool lhint;
    uint64_t rh, rf, rt, rl, rs, rp, ri, ra;
};

struct l1stim {
    char name[L1STIM_NAME];
    struct tl_timing timing;
    struct l1stim_retry retry;
    unsigned window[L1_PORTS];
    struct l1_csr csr; // initial
    uint64_t cycles;
    struct phys *mem; // initial contents
    struct l1stim_access *access; // in stimulus order
    size_t accesses;
    uint32_t numbers; // largest access number + 1
    uint32_t *by_number; // index into access, UINT32_MAX: no such access
    struct l1stim_event *event;
    size_t events;
};

// Reads a file (source.h). False: msg (L1TEXT_MSG bytes) says what is
// wrong; nothing has to be freed then.
bool l1stim_read(struct l1stim *s, const char *path, char *msg);
// The same from an open file, which it closes. NULL: false, msg is there.
bool l1stim_take(struct l1stim *s, struct source *in, char *msg);
void l1stim_free(struct l1stim *s);
// The CSR that lines "init" and events of this kind write, from the numbers of the line; other kinds: nothing.
void l1stim_set_csr(struct l1_csr *c, enum l1stim_kind kind, const uint64_t v[8]);

// Control inputs of one cycle. The pulses (fence, changed, PMP write, redirect, flush) are those of
// this cycle only; everything else keeps its value.
struct l1stim_control {
    struct l1_csr csr;
    struct sfence sfence;
    struct csr_write csr_w;
    struct l1_redirect redirect;
    unsigned iflush;
    size_t next; // event
};
void l1stim_control_init(struct l1stim_control *c, const struct l1stim *s);
// Applies the events of `cycle`, in order. mem gets memory writes (may be NULL). False: out of
// memory.
bool l1stim_apply(struct l1stim_control *c, const struct l1stim *s, uint64_t cycle,
                  struct phys *mem);

// AMO, LR and SC: never wait for a hint, are looked up again RA cycles later.
bool l1stim_is_atomic(const struct l1stim_access *a);
// Is the verdict of a missing lookup of this access a line of the recording (H, load ports)? All
// but those that wait RL cycles: with lhint=0, and neither atomic nor finished by k or o.
bool l1stim_has_hint_line(const struct l1stim *s, const struct l1stim_access *a);

// The lookup that an access presents.
void l1stim_request(const struct l1stim_access *a, struct l1_req *q);

#endif
