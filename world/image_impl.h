// SPDX-License-Identifier: MulanPSL-2.0
// Inside of the reader of images; private to world/image*.c.
#ifndef L2TLB_WORLD_IMAGE_IMPL_H
#define L2TLB_WORLD_IMAGE_IMPL_H

#include "traces/source.h"
#include "world/image.h"

enum { IMAGE_STEP = 4096 }; // what source_peek() shows at most

struct image_part {
    uint64_t addr, size;
};

struct image {
    struct phys *mem;
    struct phys *given; // forms of lines: one bit pattern ff per byte that was given
    const struct image_user *user;
    struct image_info info;
    struct source *in;
    struct image_part *part;
    size_t parts;
    // A plain file: bytes are read and mapped from fd; else they come from `in`.
    int fd; // -1: not plain
    uint64_t at, size; // of the plain file
    unsigned char head[IMAGE_STEP];
};

// Notes that [addr, addr + size) is given by one part. NULL or what is wrong.
const char *image_part(struct image *im, uint64_t addr, uint64_t size);
// Puts the low `bytes` bytes of value to addr on (forms of lines). NULL or what is wrong.
const char *image_put(struct image *im, uint64_t addr, uint64_t value, unsigned bytes);

// Forms that hold bytes. NULL or what is wrong.
const char *image_elf(struct image *im);
const char *image_lime(struct image *im);
const char *image_raw(struct image *im, uint64_t addr);

// One line of a form of lines, and the end of its file. NULL or what is wrong.
struct image_lines {
    uint64_t base;    // Intel HEX: segment or upper address
    uint64_t records; // S-records with data
    uint64_t next;    // $readmemh: index of the next word
    unsigned digits;  // $readmemh: of a word; 0: not known yet
    bool ended, comment;
};
const char *image_ihex(struct image *im, struct image_lines *l, char *line);
const char *image_srec(struct image *im, struct image_lines *l, char *line);
const char *image_readmemh(struct image *im, struct image_lines *l, char *line);

#endif
