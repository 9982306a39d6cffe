// SPDX-License-Identifier: MulanPSL-2.0
// The one reader of images of memory (docs/trace-format.md 5): text, ELF64 (executables and cores),
// raw dumps named FILE@ADDRESS, LiME, Intel HEX, S-records and $readmemh. Plain files that hold bytes
// are mapped and cost what is touched; compressed ones are copied.
//
// Errors are one line: no regular file, what breaks off, bad lines with their number, bytes given
// twice with different values, parts that overlap.
#ifndef L2TLB_WORLD_IMAGE_H
#define L2TLB_WORLD_IMAGE_H

#include "mem/phys.h"

enum image_form {
    IMAGE_TEXT,
    IMAGE_ELF,
    IMAGE_RAW,
    IMAGE_LIME,
    IMAGE_IHEX,
    IMAGE_SREC,
    IMAGE_READMEMH,
    IMAGE_FORMS
};
const char *image_form_name(unsigned form);
// The file that an image's name means: path, or what stands before the @ of a raw dump (in file).
const char *image_file(const char *path, char *file, size_t size);

struct image_user {
    void *ctx;
    // A `csr NAME VALUE` line of a text image. NULL or what is wrong. Required.
    const char *(*csr)(void *ctx, const char *name, uint64_t value);
    unsigned word;         // bytes of a word in text images: 8, or 4 (RV32)
    unsigned address_bits; // of physical addresses: at most 56
    // A part of a plain file that holds bytes: size bytes at addr stand from `offset` on, and are not read
    // here. False: out of memory. NULL: parts are mapped into mem.
    bool (*part)(void *ctx, uint64_t addr, uint64_t size, uint64_t offset);
};

struct image_info {
    unsigned form;        // enum image_form
    uint64_t parts;       // segments, ranges; 0 for forms of lines
    uint64_t words;       // forms of lines: bytes or words that were given
    uint64_t first, last; // bytes; first > last: none
};

// A csr line that means something to the functional walk only: the others check it (*why: NULL or what is
// wrong) and leave it alone.
bool image_register_skipped(const char *name, uint64_t value, const char **why);

// Reads the image at path ("-": text and lines from standard input) into mem. info may be NULL.
// Returns false and a message.
bool image_read(struct phys *mem, const char *path, const struct image_user *user,
                struct image_info *info, char *msg, size_t msg_size);

#endif
