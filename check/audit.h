// SPDX-License-Identifier: MulanPSL-2.0
// The audit of page tables: what lets a program, a guest or a table do more than it should. Several images of
// one host, one per VM, are looked at together. docs/tables.md says what each kind means.
#ifndef L2TLB_CHECK_AUDIT_H
#define L2TLB_CHECK_AUDIT_H

#include "mem/phys.h"
#include "mem/regions.h"
#include "world/maps.h"
#include "world/regionfile.h"

enum audit_kind {
#define KIND(name, id, text) AUDIT_##name,
#include "check/audit_kinds.def"
#undef KIND
    AUDIT_KINDS
};
const char *audit_id(unsigned kind);
const char *audit_text(unsigned kind);

enum { AUDIT_KEPT = 1000, AUDIT_IMAGES = 64 };

struct audit_image {
    const struct maps *maps;
    const struct phys *mem;
    bool has_bitmap; // and MBMC is in normal mode
    uint64_t bitmap; // byte address of the Shield-Bitmap's table
    unsigned vmid;
};

// A place: neighbours with the same fault are one finding.
struct finding {
    uint8_t kind;
    uint8_t map;           // enum map_kind: whose address va is
    uint8_t rights;        // RIGHT_x
    uint8_t reason;        // AUDIT_MALFORMED: enum walk_reason
    bool mapped;           // pa means something
    unsigned image, other; // other: AUDIT_SHARED, AUDIT_TABLES: whose memory or table it is
    uint64_t va, last, pa;
    uint64_t other_va;     // AUDIT_SHARED: where the other VM sees it
    uint64_t at, pte;      // AUDIT_MALFORMED: the entry
    uint8_t table;         // AUDIT_TABLES: map_kind of the table
    int8_t level;          // AUDIT_TABLES, AUDIT_MALFORMED, AUDIT_REPEATED
    const char *region;    // AUDIT_HOLE, AUDIT_FORBIDDEN: its name
    const char *text;      // AUDIT_HOLE: what is wrong
};

struct audit {
    struct finding *list; // by kind; the first AUDIT_KEPT of each
    size_t count, room;
    uint64_t found[AUDIT_KINDS];
    bool used[REGION_LINES]; // lines of the list of regions that some image has tables for
    bool asked[AUDIT_KINDS]; // could be looked for: there is a bitmap, a second VM, a list of regions
};

// regions may be NULL. False: memory is exhausted. audit_free() in any case.
bool audit_run(struct audit *a, const struct audit_image *image, unsigned images,
               const struct regionfile *regions);
void audit_free(struct audit *a);
uint64_t audit_total(const struct audit *a);
// An AUDIT_SHARED finding as the other VM sees it.
struct finding audit_other(const struct finding *f);

#endif
