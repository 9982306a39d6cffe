// SPDX-License-Identifier: MulanPSL-2.0
// All parameters of the machine: sizes, build options, revision, errata. Run-time values; a preset
// or an INI file sets them, cfg_finish() checks them and derives the rule switches.
#ifndef L2TLB_ARCH_CFG_H
#define L2TLB_ARCH_CFG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum {
    MAX_FA = 64,     // entries of L3, L2, SP: one 64-bit mask
    MAX_SETS = 4096, // sets of L1 and L0
    MAX_WAYS = 32,   // ways of L1 and L0
    MAX_LLPTW = 14,  // LLPTW entries
    MAX_IDS = 32,    // TileLink source ids (half of them for the bitmap)
    MAX_PMP = 32,    // PMP entries, and as many PMA entries
    MAX_TLB = 64,    // ways of an L1 TLB
    MAX_BCACHE = 4096, // words of the BitmapCache
};

enum erratum_id {
#define ERRATUM(id, block, text) ERR_##id,
#include "arch/errata.def"
#undef ERRATUM
    ERRATA_COUNT
};

struct erratum {
    const char *id, *block, *text;
};
extern const struct erratum errata_table[ERRATA_COUNT];

// Revisions of the hardware: mainline of May 2025 and March 2026, kunminghu-v3 and kunminghu-v2 of
// July 2026 (spec E 0.1). v2 left the mainline before 2026-03 and took over most of its changes.
enum revision { REV_2025_05, REV_2026_03, REV_2026_07, REV_2026_07_V2, REVISIONS };

// Sets of revisions, as arch/rules.def names them.
enum {
    ONLY_V2 = 1 << REV_2026_07_V2,
    SINCE_2026_07 = 1 << REV_2026_07 | ONLY_V2,
    NOT_V2 = 1 << REV_2026_03 | 1 << REV_2026_07,
    SINCE_2026_03 = NOT_V2 | ONLY_V2,
};

// Rules that the revisions do differently (arch/rules.def): the revision sets them, a fixed
// erratum may set one too. Each is read in one place.
struct l2tlb_rules {
#define RULE(name, revisions, pr, text) bool name;
#include "arch/rules.def"
#undef RULE
};

struct l2tlb_cfg {
    const char *preset;
    unsigned revision; // enum revision

    // PageCache (spec A 0.2)
    unsigned l3_size, l2_size, sp_size;
    unsigned l1_sets, l1_ways, l0_sets, l0_ways;
    unsigned hash_asid_width, hash_vpn_width;
    // Walkers, queue, prefetcher
    unsigned llptw_size, missq_size;
    bool prefetch;
    // Protection
    unsigned pmp_entries, pma_entries, keyid_bits;
    // Shield-Bitmap
    bool has_bitmap;
    unsigned bitmap_entries;         // slots of the checker
    unsigned bcache_sets, bcache_ways; // BitmapCache
    // Memory Protection Table (spec E 0.2 rule 10, 0.4); not beside the bitmap
    bool has_mpt;
    // L1 side (spec C 0.1)
    unsigned itlb_ways, ldtlb_ways, sttlb_ways, pftlb_ways;

    bool errata_fixed[ERRATA_COUNT];
    // rule.NAME = yes | no: against the revision (to see what notices one rule).
    struct l2tlb_rules rule_given, rule_wanted;

    // Derived by cfg_finish(). Ids of channel A: LLPTW entries, then PTW, then HPTW, then bitmap or MPT.
    unsigned ptw_id, hptw_id, mem_ids, bitmap_id0, mpt_id;
    struct l2tlb_rules rule;
};

// Fills *cfg with a preset ("minimal", "default", "minimal-bitmap", "bitmap", "cvm" of revision
// 2025-05, "mpt" of revision 2026-07, the only one that has it). Returns false for an unknown name.
bool cfg_preset(struct l2tlb_cfg *cfg, const char *name);

// Sets one parameter ("pagecache.l0_sets", "errata.D1", "errata", "revision", ...) from text. `preset`
// and `revision` set the sizes again.
// Returns NULL, or a message that says what is wrong with key or value (valid until the next call
// on the same buffer).
const char *cfg_set(struct l2tlb_cfg *cfg, const char *key, const char *value, char *msg,
                    size_t msg_size);

// Reads an INI file of such keys, once, from its beginning to its end; lines of any length; `;` or `#` at
// the beginning or behind a blank starts a comment. `preset` and `revision` stand before the parameters
// that they set. Returns NULL or a message "file:line: reason" in msg.
const char *cfg_load(struct l2tlb_cfg *cfg, const char *path, char *msg, size_t msg_size);
// The same from an open stream; messages call it `name`.
const char *cfg_read(struct l2tlb_cfg *cfg, FILE *in, const char *name, char *msg, size_t msg_size);

// Checks ranges and combinations and derives ids and rules. Must be called after the last change
// and before the configuration is used. Returns NULL or a message.
const char *cfg_finish(struct l2tlb_cfg *cfg, char *msg, size_t msg_size);

// Prints every parameter, one line each: key = value ; explanation (with the rules and errata).
void cfg_print(const struct l2tlb_cfg *cfg, FILE *out);

// Calls fn(key, value, help, ctx) for every parameter in print order (for reports).
void cfg_each(const struct l2tlb_cfg *cfg,
              void (*fn)(const char *key, const char *value, const char *help, void *ctx),
              void *ctx);

const char *revision_name(unsigned revision);
// Was rule.NAME set, so that it does not follow from the revision alone?
bool cfg_rule_given(const struct l2tlb_cfg *cfg, const char *name);

#endif
