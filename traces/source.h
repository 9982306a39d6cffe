// SPDX-License-Identifier: MulanPSL-2.0
// An input file, plain or compressed (unpack.h), as lines or as bytes, in constant memory. Everything that reads
// users' files goes through here, so that each error names the file, the place and the reason.
#ifndef L2TLB_TRACES_SOURCE_H
#define L2TLB_TRACES_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct source;

// "-" is standard input. Returns NULL and a message for what cannot be opened, a directory, an
// empty file, and other compressions.
struct source *source_open(const char *path, char *msg, size_t msg_size);
void source_close(struct source *s);
// Can this input be opened and read a second time? Only a regular file; not a pipe, also one with a name.
bool source_twice(const char *path);
const char *source_path(const struct source *s);

// go_on is called whenever a buffer of the file has been read, 256 KiB of its text: for progress, and
// for whoever wants to stop. False ends the input with an error. NULL: nobody.
void source_watch(struct source *s, bool (*go_on)(void *ctx), void *ctx);

// The next line, without its end, terminated by 0; NULL at the end of the input or on an error
// (see source_error). Lines longer than 64 KiB, zero bytes, and a million lines in a row that are
// empty or comments (a small compressed file may hold billions) are errors. The text may be changed
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

// An output file (output.h) in one stream of bytes; ".gz" at the end of the name compresses.
struct sink;
struct sink *sink_open(const char *path, char *msg, size_t msg_size);
// Returns false once anything failed.
bool sink_write(struct sink *s, const void *data, size_t n);
// Flushes, gives the file its name and frees s (also after a failure, when no file stays). False, with
// a message, if anything failed.
bool sink_close(struct sink *s, char *msg, size_t msg_size);
// Frees s and leaves no file; one that had the name before stays.
void sink_abandon(struct sink *s);
const char *sink_error(const struct sink *s); // NULL or "file: reason"

// Strict numbers: the whole of text[0..], at least one digit, no sign, no blanks. Hexadecimal ones
// may have 0x in front. False: not a number, or above max.
bool parse_hex(const char *text, uint64_t max, uint64_t *value);
bool parse_dec(const char *text, uint64_t max, uint64_t *value);
// Cuts *text at blanks: the next word, or NULL. *text advances.
char *next_word(char **text);

// Text of unknown origin as it may be shown on a terminal or stand in a report: control characters
// and what is no UTF-8 become \xNN, byte by byte; all else stays, so that doing it twice changes
// nothing. Every message and every report shows names and texts of the user in this way.
const char *printable_text(const char *text, char *out, size_t size); // what has room; returns out
void printable_put(const char *text, FILE *out);
// The same for a word in a message: its first 40 bytes or so, and "..." if there are more.
const char *printable(const char *text, char out[48]);

#endif
