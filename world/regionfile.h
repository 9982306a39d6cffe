// SPDX-License-Identifier: MulanPSL-2.0
// A list of regions (mem/regions.h) as a file, for `l2tlb tables --regions`:
//
//   # KIND      NAME     ADDRESS   PHYSICAL  BYTES   RIGHTS
//   host                                                        the lines below: tables of V=0
//   own         text     80000000  80000000  200000  rx
//   device      uart     10000000  10000000  1000    rw
//   vmid 1                                                      stage 2 of this VM
//   guest       ram      80000000  90000000  4000000 rwx
//   forbidden   hv       80000000  600000                       PHYSICAL and BYTES: out of reach
//
// KIND: own, guest, pci, device: mapped there, with these rights; forbidden: not reached. Numbers are hexadecimal.
// Before the first `host` or `vmid` a line counts for stage 2 of every image that has one, else for V=0.
#ifndef L2TLB_WORLD_REGIONFILE_H
#define L2TLB_WORLD_REGIONFILE_H

#include "mem/regions.h"

enum { REGION_LINES = 4096 };
enum { REGION_ALL = -1, REGION_HOST = -2 }; // else a VMID

struct regionline {
    struct region region;
    bool forbidden; // pa and size only
    int where;      // VMID, REGION_ALL or REGION_HOST
    char name[32];
};

struct regionfile {
    struct regionline *line;
    size_t count;
};

// False and a message: what cannot be read, a bad line with its number, regions that overlap.
bool regionfile_read(struct regionfile *f, const char *path, char *msg, size_t size);
void regionfile_free(struct regionfile *f);

#endif
