// SPDX-License-Identifier: MulanPSL-2.0
// Stimulus files of the recordings, L2TLBSTIM 1 (docs/recordings.md 3): everything that goes into
// the L2TLB, with the memory behind it.
#ifndef L2TLB_CHECK_STIM_H
#define L2TLB_CHECK_STIM_H

#include "arch/csr.h"
#include "mem/phys.h"
#include "mem/tilelink.h"
#include "traces/source.h"

enum { STIM_MAX_ITEMS = 8000000 }; // memory words and events (each) that a file may hold

enum stim_kind {
    STIM_REQ,    // port, vpn, s2xlate, mpt_only
    STIM_SFENCE, // sfence
    STIM_SATP,
    STIM_VSATP,
    STIM_HGATP, // atp
    STIM_PRIV,  // a = mxr, b = virt
    STIM_PBMTE, // a = mPBMTE, b = hPBMTE
    STIM_MBMC,  // data
    STIM_WFI,   // a
    STIM_PMP,   // addr = CSR, data
    STIM_RREADY, // a
    STIM_MEMW,  // addr, data
    STIM_DEBUG, // a: io_csr_tlb_priv_debug (revisions of July 2026)
    STIM_MMPT,  // mmpt (builds with MPT)
};

struct stim_event {
    uint64_t cycle;
    enum stim_kind kind;
    union {
        struct {
            uint64_t vpn;
            uint8_t port, s2xlate;
            bool mpt_only;
        } req;
        struct sfence sfence;
        struct atp atp;
        struct mmpt mmpt;
        struct {
            uint64_t addr, data;
        } w;
        struct {
            bool a, b;
        } flag;
    } u;
};

struct stim {
    char name[128];
    struct tl_timing timing;
    struct tlb_csr init;
    uint64_t end;      // cycles
    struct phys *mem;  // initial contents
    struct stim_event *event;
    size_t events;
    bool mpt; // it has words that only builds with MPT know
};

// Reads and checks a stimulus. Returns NULL, or a message "path:line: reason" in msg.
const char *stim_load(struct stim *s, const char *path, char *msg, size_t msg_size);
// The same from an open file, which it closes.
const char *stim_read(struct stim *s, struct source *in, char *msg, size_t msg_size);
void stim_free(struct stim *s);
// Writes a stimulus as text (for shrunken reproducers). Returns false on a write error.
bool stim_save(const struct stim *s, const char *path);

// MBMC value as the ports carry it.
struct mbmc mbmc_decode(uint64_t value);

#endif
