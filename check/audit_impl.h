// SPDX-License-Identifier: MulanPSL-2.0
// Inside of the audit; private to check/audit*.c.
#ifndef L2TLB_CHECK_AUDIT_IMPL_H
#define L2TLB_CHECK_AUDIT_IMPL_H

#include "check/audit.h"

struct auditor {
    struct audit *a;
    const struct audit_image *image;
    unsigned images;
    bool no_memory;
};

// A finding; one that continues the last one of its kind joins it.
void audit_add(struct auditor *w, const struct finding *f);
// No more of this kind need to be looked for: they are counted no further.
bool audit_full(const struct auditor *w, unsigned kind);
// Do two images show the same VM (its other harts)?
bool audit_same_vm(const struct audit_image *a, const struct audit_image *b);

// What needs more than one range: host memory of two VMs, writable tables, secure pages, regions.
void audit_shared(struct auditor *w);
void audit_tables(struct auditor *w);
void audit_secure(struct auditor *w, unsigned image);
void audit_regions(struct auditor *w, unsigned image, const struct regionfile *f);

#endif
