// SPDX-License-Identifier: MulanPSL-2.0
// What `l2tlb tables` prints: the mappings of images and the findings of an audit, as text, JSON
// (docs/schema/tables-1.json) or CSV. Ranges are written as they are read, so there may be millions.
#ifndef L2TLB_REPORT_TABLES_REPORT_H
#define L2TLB_REPORT_TABLES_REPORT_H

#include "arch/cfg.h"
#include "check/audit.h"
#include "world/symbols.h"

#include <stdio.h>

enum { TABLES_SCHEMA = 1 };

struct tables_image {
    const char *name, *form; // of the file
    const struct maps *maps;
    uint64_t words, parts; // words of forms of lines; segments, ranges
    struct { // registers of a tree, as they were given; 0 where it is off
        char text[96];
        unsigned id; // ASID or VMID
    } tree[TREES];
};

struct tables_report {
    const struct tables_image *image;
    unsigned images;
    const struct l2tlb_cfg *cfg;
    bool riscv;
    const struct symbols *host, *guest; // NULL: none. V=0, V=1
    const struct audit *audit;          // NULL: not asked for
    bool summary, full;
};

// How many entries of each table of the PageCache hold an image's tables (spec A 2.1), against what there is.
struct tables_reach {
    uint64_t need[5], have[5]; // L0 lines, L1 lines, L2, L3, SP
    uint64_t mapped, reached;  // bytes by pages of 4 KiB: all, as many as L0 can hold at a time
};
// False: tables that the machine cannot walk (Sv57, Sv32, other granules than 4 KiB).
bool tables_reach(const struct tables_report *t, const struct maps *m, struct tables_reach *r);

bool tables_text(const struct tables_report *t, FILE *out);
bool tables_json(const struct tables_report *t, FILE *out);
bool tables_csv(const struct tables_report *t, FILE *out);

// --- for the three forms
const char *tables_size(uint64_t bytes, char text[24]);            // "64 KiB", "1.5 GiB"
const char *tables_rights(unsigned rights, bool user, char text[4]); // "rw-"
const char *tables_type(const struct tables_report *t, unsigned map, unsigned attr, char text[24]);
const char *tables_symbol(const struct tables_report *t, unsigned map, uint64_t va, char text[SYMBOL_TEXT]);

#endif
