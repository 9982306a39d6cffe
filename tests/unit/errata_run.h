// SPDX-License-Identifier: MulanPSL-2.0
// Runs a stimulus on the model with a set of errata fixed, keeps what happened request by request,
// judges every answer with the oracle, and compares the result with a short description.
#ifndef TESTS_UNIT_ERRATA_RUN_H
#define TESTS_UNIT_ERRATA_RUN_H

#include "arch/bundle.h"
#include "arch/cfg.h"
#include "check/leak.h"

struct outcome_answer {
    uint64_t accepted; // cycle, UINT64_MAX: never
    uint64_t answered; // cycle, UINT64_MAX: never
    bool flushed;      // dropped by a flush
    struct ptw_resp resp;
    struct oracle_report oracle;
    bool complaint; // the oracle has something against this answer
    bool judged;    // ... and it is known what it should be (oracle_judge)
    bool mpt_wrong; // the rights in it are not those of its page
};

struct outcome_read {
    uint64_t cycle, address;
    unsigned source;
};

struct outcome {
    struct l2tlb_cfg cfg;
    struct outcome_answer *request[2]; // per port, in order
    size_t requests[2];
    struct outcome_read *read;
    size_t reads;
    unsigned complaints; // answers judged wrong
    unsigned lost;       // accepted, not flushed, and never answered although the run went on until
                         // nothing was answered for 20,000 cycles
    struct leak_counts leak;
    unsigned mpt_wrong;  // answers with rights that are not those of their page
    unsigned mpt_reads;  // reads of page tables that the MPT forbids
    char error[512];     // not empty: the run was not possible
};

// preset; revision NULL = 2025-05; fixed: "" none, "all", or ids separated by blanks;
// "all -D1" all but one.
// Returns false with o->error set when a file or a name is unusable. outcome_free() in any case.
bool outcome_run(struct outcome *o, const char *preset, const char *revision, const char *fixed,
                 const char *stim_path);
void outcome_free(struct outcome *o);

// Compares with a description: parts separated by ';', each one of
//   P.I KEY=VALUE ...   answer of request I of port P; keys: the fields of an R line (hexadecimal,
//                       s2 fields with a g in front: gtag gn gppn ...), at = cycle answered, acc =
//                       cycle accepted, vi = valididx as eight binary digits (entry 0 first), page =
//                       page number of the stage-1 half, wrong = 1: the oracle complains; builds
//                       with MPT: right, mlevel, maf (access fault) and mwrong = 1: not those of the page
//   P.I none            it was never answered
//   A CYCLE SOURCE ADDR this read was made        !A CYCLE SOURCE ADDR  it was not
//   reads=N  lost=N     so many reads, lost requests
//   leaks=N  needless=N the counts of the leak oracle (check/leak.h)
//   rights=N tables=N   answers with wrong rights, reads of tables that the MPT forbids
// Returns NULL when everything holds, or the part that does not, with what was seen (in text).
const char *outcome_differs(const struct outcome *o, const char *description, char *text,
                            size_t text_size);

// One request as text, for messages.
void outcome_describe(const struct outcome *o, unsigned port, size_t index, char *text,
                      size_t text_size);

#endif
