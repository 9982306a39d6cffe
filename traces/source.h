// SPDX-License-Identifier: MulanPSL-2.0
// An input file, plain or compressed (unpack.h), as lines or as bytes, in constant memory. Everything that reads
// users' files goes through here, so that each error names the file, the place and the reason.
#ifndef L2TLB_TRACES_SOURCE_H
#define L2TLB_TRACES_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct source;

// "-" is standard input. Returns NULL and a message for what cannot be opened, a directory, an
// empty file, and other compressions.
struct source *source_open(const char *path, char *msg, size_t msg_size);
void source_close(struct source *s);
// Can this input be opened and read a second time? Only a regular file; not a pipe, also one with a name.
bool source_twice(const char *path);
const char *source_path(const struct source *s);

// The next line, without its end, terminated by 0; NULL at the end of the input or on an error
// (see source_error). Lines longer than 64 KiB and zero bytes are errors. The text may be changed
// by the caller and is valid until the next call.
char *source_line(struct source *s, size_t *len);
uint64_t source_lines(const struct source *s); // lines handed out so far

// Bytes: makes up to n (at most 4096) bytes visible without consuming them; returns how many there
// are, fewer than n only at the end of the input or on an error.
size_t source_peek(struct source *s, size_t n, const unsigned char **p);
void source_skip(struct source *s, size_t n); // n at most what peek returned
uint64_t source_offset(const struct source *s); // uncompressed bytes consumed so far

// NULL, or the reason why the input ended too early ("truncated gzip file", ...).
const char *source_error(const struct source *s);
// Bytes of the file itself consumed, and its size (0 when unknown).
void source_progress(const struct source *s, uint64_t *done, uint64_t *size);

// An output file: "-" is standard output, ".gz" at the end of the name compresses. A file is
// written beside its name (NAME.part...) and takes its name in sink_close(), when it is whole;
// devices and pipes are written as they are.
struct sink;
struct sink *sink_open(const char *path, char *msg, size_t msg_size);
// Returns false once anything failed.
bool sink_write(struct sink *s, const void *data, size_t n);
// Flushes, frees s (also after a failure) and returns false with a message if anything failed.
bool sink_close(struct sink *s, char *msg, size_t msg_size);
// Frees s and leaves no file; one that had the name before stays.
void sink_abandon(struct sink *s);
const char *sink_error(const struct sink *s); // NULL or the reason

// Strict numbers: the whole of text[0..], at least one digit, no sign, no blanks. Hexadecimal ones
// may have 0x in front. False: not a number, or above max.
bool parse_hex(const char *text, uint64_t max, uint64_t *value);
bool parse_dec(const char *text, uint64_t max, uint64_t *value);
// Cuts *text at blanks: the next word, or NULL. *text advances.
char *next_word(char **text);
// Bytes of unknown origin as they may stand in a message: at most 40, unprintable ones as '?'.
const char *printable(const char *text, char out[48]);

#endif
