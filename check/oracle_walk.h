// SPDX-License-Identifier: MulanPSL-2.0
// The walk of the oracle: independent of the machine, with the checks that the machine makes (spec A 0.3,
// spec B 1.5, 2.6, 3.4). With a tracker it is one walk of many: each word that a cache may hold
// in several values is a choice, and oracle_next_walk() makes the next mixture of them.
// Shared by the files of the oracle only (oracle.c, oracle_walk.c, leak.c).
#ifndef L2TLB_CHECK_ORACLE_WALK_H
#define L2TLB_CHECK_ORACLE_WALK_H

#include "check/oracle.h"

// How a stage ended.
enum outcome { PASS, PAGE_FAULT, ACCESS_FAULT, NOT_REACHED };

struct stage1 {
    enum outcome end;
    unsigned level;
    uint64_t pte;       // of the leaf or the faulting entry
    uint64_t table_ppn; // page of the table that was read last, or the root
    unsigned parent_level; // level of the entry that points to it; 0: the root register
    bool has_parent;
    bool g_fault; // a table address was refused by stage 2: the outcome is in struct stage2
    bool global;  // below a pointer with G, or a leaf with it
};

struct stage2 {
    enum outcome end;
    unsigned level;
    uint64_t pte, gvpn;
    bool range;          // guest page number too wide: no walk was made
    uint64_t table_gvpn; // of a range fault: the last guest page that was translated
};

struct truth {
    struct stage1 s1;
    struct stage2 s2;
};

enum { CHOICES = 48, WALKS = 4096 };

struct oracle_choice {
    uint64_t key, page;
    uint8_t stage, level;
    uint8_t table;  // USE_G_FOR_VS: of which table, each was found at a time of its own
    uint8_t at, of; // value at, of so many
};

struct oracle_walk {
    const struct oracle_env *env;
    const struct oracle_track *track; // NULL: every word is what it is now
    uint64_t root;         // oracle_root() of another ASID or time, if has_root
    bool has_root;
    bool some_missing;     // not every mixture could be made
    unsigned walks;        // so far
    uint8_t table;         // level of the table of the guest that is being looked for
    unsigned used, known;  // choices of this walk; those that the last one left
    struct oracle_choice choice[CHOICES];
};

// The first walk takes every word as it is now. False: that was the last one (or one too many).
void oracle_first_walk(struct oracle_walk *w);
bool oracle_next_walk(struct oracle_walk *w);
// Does this walk take anything but what the words are now?
bool oracle_walk_is_stale(const struct oracle_walk *w);

// Stage 1 (and the G stage of its tables for allStage), then the G stage of the leaf.
struct truth oracle_walk(struct oracle_walk *w, uint64_t vpn, unsigned s2xlate);
struct stage2 oracle_walk_g(struct oracle_walk *w, uint64_t gvpn, enum oracle_stage stage);
// Host address of an entry in the guest's table of this level. False: stage 2 refuses it, t says how.
bool oracle_table_host(struct oracle_walk *w, struct truth *t, unsigned level, uint64_t gaddr,
                       uint64_t *host);
uint64_t oracle_table_entry(struct oracle_walk *w, uint64_t host, const struct oracle_use *u);
// What stage 1 makes of an entry. NOT_REACHED: go on below.
enum outcome oracle_judge_pte(struct oracle_walk *w, uint64_t pte, unsigned level, unsigned s2xlate,
                              uint64_t vpn);
// Is host page `ppn`, found in this stage, denied by the Shield-Bitmap (spec B 4.2)?
bool oracle_secure(struct oracle_walk *w, uint64_t ppn, enum oracle_stage stage);
uint64_t oracle_s1_page(uint64_t pte, uint64_t vpn, unsigned level);
// Host page of a guest page that passed stage 2.
uint64_t oracle_g_page(const struct stage2 *s, uint64_t gvpn);

#endif
