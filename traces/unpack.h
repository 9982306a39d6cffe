// SPDX-License-Identifier: MulanPSL-2.0
// The bytes of a file that may be compressed: gzip (zlib), xz (liblzma), zstd (libzstd), or plain.
// The first bytes tell which. Several streams in a row are one file, as their tools read them.
#ifndef L2TLB_TRACES_UNPACK_H
#define L2TLB_TRACES_UNPACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct unpack;

// Would the bytes of a file that begins with these n be handed out as they are? 6 bytes tell.
enum { UNPACK_MAGIC = 6 };
bool unpack_is_plain(const unsigned char *head, size_t n);

// Takes fd over. NULL: out of memory; fd is closed.
struct unpack *unpack_open(int fd);
void unpack_close(struct unpack *u);
// Up to n bytes; 0 at the end of the input or on an error.
size_t unpack_read(struct unpack *u, void *data, size_t n);
// NULL, or why the input ended too early: "truncated xz file", "damaged gzip file", ...
const char *unpack_error(const struct unpack *u);
uint64_t unpack_taken(const struct unpack *u); // bytes of the file itself

#endif
