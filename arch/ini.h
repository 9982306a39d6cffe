// SPDX-License-Identifier: MulanPSL-2.0
// INI files, read by libinih: `[section]` and `key = value` lines; `;` or `#` at the beginning or behind a blank
// starts a comment; blanks are squeezed. A line without its comment has at most 198 bytes.
#ifndef L2TLB_ARCH_INI_H
#define L2TLB_ARCH_INI_H

#include <stddef.h>
#include <stdio.h>

// Takes one entry; section "" before the first one. NULL, or what is wrong with it.
typedef const char *ini_take(void *ctx, unsigned line, const char *section, const char *name, const char *value,
                             char *msg, size_t size);

// Reads the file once, from its beginning to its end. NULL, or "file:line: reason" in msg, of the first line that
// is wrong.
const char *ini_load(const char *path, ini_take *take, void *ctx, char *msg, size_t size);
// The same for a stream that is open; name: as messages call it.
const char *ini_read(FILE *in, const char *name, ini_take *take, void *ctx, char *msg, size_t size);

#endif
