// SPDX-License-Identifier: MulanPSL-2.0
// Leak oracle of the Memory Protection Table: does an answer give a right that the table of the domain
// does not, or withhold one that it does? Independent of the checker and its caches: it looks the page
// up in memory (arch/smmpt.h), reading entries as the hardware does (spec E 1.2.3).
//
// Judged are, for each answer without a fault: the rights to the requested page, those that it claims for
// the pages around it, and each line of PTEs that a walker reads.
#ifndef L2TLB_CHECK_LEAK_MPT_H
#define L2TLB_CHECK_LEAK_MPT_H

#include "arch/smmpt.h"
#include "check/oracle.h"

enum mpt_rule {
    MPT_GIVES,     // a right that the table does not give
    MPT_AROUND,    // pages around are said to have the same rights, and lack one
    MPT_READS,     // a walker read a page-table line that the domain may not read
    MPT_WITHHOLDS, // a right that the table gives is missing
    MPT_RULES,
    MPT_FIRST_DENIAL = MPT_WITHHOLDS,
};
extern const char *const mpt_rule_name[MPT_RULES];
extern const char *const mpt_rule_text[MPT_RULES];

struct mpt_leak_counts {
    uint64_t answers, lines;            // judged
    uint64_t unsettled[ORACLE_REASONS]; // answers not judged, and why
    uint64_t unsettled_lines;
    uint64_t refused; // answers without any right, rightly
    uint64_t found[MPT_RULES];
};

struct mpt_finding {
    enum mpt_rule rule;
    uint64_t vpn;  // of the request; 0 for a line
    uint64_t page; // host page (36 bits)
    uint8_t given, due; // rights (SMMPT_x)
};

// Is a page looked up at all? mode 0: no.
bool oracle_has_mpt(const struct oracle_env *env);
// What the table of the domain says of a host page now.
void oracle_mpt(const struct oracle_env *env, uint64_t page, struct smmpt_result *r);
// May a walker read this page (if it is checked)?
bool oracle_mpt_reads(const struct oracle_env *env, uint64_t page);
// The page whose rights the answer carries; it has no fault.
uint64_t oracle_final_page(const struct ptw_resp *resp);
bool oracle_resp_faults(const struct ptw_resp *resp);

// on_finding may be NULL. Nothing is judged while the mode is 0.
void leak_mpt_answer(const struct oracle_env *env, const struct oracle_track *track, uint64_t vpn,
                     const struct ptw_resp *resp, struct oracle_span when, struct mpt_leak_counts *counts,
                     void (*on_finding)(const struct mpt_finding *f, void *ctx), void *ctx);
// A line that a walker reads (source id below the MPT's).
void leak_mpt_line(const struct oracle_env *env, const struct oracle_track *track, uint64_t addr,
                   struct mpt_leak_counts *counts,
                   void (*on_finding)(const struct mpt_finding *f, void *ctx), void *ctx);

uint64_t leak_mpt_total(const struct mpt_leak_counts *counts);    // leaks
uint64_t leak_mpt_needless(const struct mpt_leak_counts *counts); // withheld rights

#endif
