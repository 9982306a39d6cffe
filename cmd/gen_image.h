// SPDX-License-Identifier: MulanPSL-2.0
// l2tlb gen --image: the pages that the tables of an image map, as the footprint of a generator.
#ifndef L2TLB_CMD_GEN_IMAGE_H
#define L2TLB_CMD_GEN_IMAGE_H

#include "cmd/options.h"
#include "traces/gen/gen.h"
#include "traces/trace.h"

struct gen_image {
    char name[TRACE_TEXT]; // for the trace's header: absolute
    struct gen_runs data, text;
};

// Fills image and what c says of pages from the image at path. atp: satp, vsatp, hgatp as options give
// them, or NULL. base, footprint: texts of options, NULL: everything. False after an error message.
bool gen_image(const struct options *o, const char *path, const char *const atp[3], const char *base,
               const char *footprint, struct gen_cfg *c, struct gen_image *image);
void gen_image_free(struct gen_image *image);
// The options' registers, as the first records of the trace.
void gen_image_registers(const char *const atp[3], struct trace_writer *w);

#endif
