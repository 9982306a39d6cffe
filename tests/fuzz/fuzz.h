// SPDX-License-Identifier: MulanPSL-2.0
// What the fuzz targets share. A target is one file that defines LLVMFuzzerTestOneInput(); it is linked
// with libFuzzer (`make fuzz`) or with main.c, which gives it files (`make fuzz-corpus`). docs/fuzzing.md.
//
// An input that is refused is fine if the refusal is one clean line; what must never be is told by
// fuzz_want(), which aborts, and by the sanitizers.
#ifndef L2TLB_TESTS_FUZZ_H
#define L2TLB_TESTS_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// Prints the text and aborts unless `good`.
void fuzz_want(bool good, const char *text);
// The same, of a message about something that was refused: some text in one line.
void fuzz_message(const char *msg);
// Text as it may reach a terminal: UTF-8 without control characters.
void fuzz_clean(const char *text, size_t size);

// The name of a file in memory that holds these bytes; valid until the next call with this slot.
enum { FUZZ_SLOTS = 4 };
const char *fuzz_file(unsigned slot, const void *data, size_t size);
// An empty folder of this process; emptied by every call.
const char *fuzz_folder(void);
// Number of files there.
unsigned fuzz_files(void);

// All that a stream got; the caller frees *text (fclose first).
struct fuzz_text {
    char *text;
    size_t size;
    FILE *stream;
};
void fuzz_open(struct fuzz_text *t);
void fuzz_close(struct fuzz_text *t); // text is there afterwards
void fuzz_free(struct fuzz_text *t);
void fuzz_same(const struct fuzz_text *a, const struct fuzz_text *b, const char *what);

// JSON that a strict reader takes, in UTF-8.
void fuzz_json(const char *text, size_t size);

// The next number of the input, 0 behind its end.
struct fuzz_bytes {
    const uint8_t *p;
    size_t n;
};
unsigned fuzz_byte(struct fuzz_bytes *b);

#ifdef __cplusplus
}
#endif

#endif
