// SPDX-License-Identifier: MulanPSL-2.0
// The regions that a hypervisor must map, in any format of the page-table builder: its own memory,
// the memory of its guests, PCI configuration space, devices. Mapping them, and proving that nothing
// is missing and nothing leaks: each check names the first piece that is wrong.
#ifndef L2TLB_MEM_REGIONS_H
#define L2TLB_MEM_REGIONS_H

#include "mem/ptbuild.h"

enum region_kind {
    REGION_OWN,    // the hypervisor's own code and data
    REGION_GUEST,  // memory given to a guest
    REGION_PCI,    // PCI configuration space: device memory, never executable
    REGION_DEVICE, // other devices: likewise
    REGION_KINDS
};
const char *region_kind_name(unsigned kind);

struct region {
    const char *name;
    unsigned kind; // enum region_kind
    uint64_t va, pa, size; // multiples of the smallest page; va: guest address in a stage-2 table
    unsigned flags;        // rights and memory type of ptbuild.h that the mapping must have
};

// Looks at the list itself: sizes, alignment to `page` bytes, address overflow, overlaps of va, flags
// that do not suit the kind, and kinds of `needed` (bit 1 << kind) without a region. Returns true,
// or false with a message.
bool regions_check(const struct region *list, size_t n, unsigned needed, uint64_t page, char *msg,
                   size_t size);

// Maps every region with leaves of at most max_shift. On an error *which is the region's index.
enum pt_error regions_map(struct pt *t, const struct region *list, size_t n, unsigned max_shift,
                          size_t *which);

// Is every byte of every region mapped to its place, with its rights (more are wrong as well) and
// memory type? False names the first address at fault.
bool regions_complete(const struct pt *t, const struct region *list, size_t n, char *msg,
                      size_t size);

// Does a guest's table reach only what it may: no page of the table overlaps the physical memory of a
// region in `forbidden` (the hypervisor's own, other guests')? False names page and region.
bool regions_isolated(const struct pt *t, const struct region *forbidden, size_t n, char *msg,
                      size_t size);

#endif
