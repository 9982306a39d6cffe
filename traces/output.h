// SPDX-License-Identifier: MulanPSL-2.0
// Output files, the one way in which anything is written: a file is written beside its name and takes
// the name when it is whole, so that nothing that looks valid stays behind a failure and an old file
// stays as it is. Streams, devices and pipes are written as they are.
#ifndef L2TLB_TRACES_OUTPUT_H
#define L2TLB_TRACES_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

// "-" and /dev/stdout are standard output; /dev/fd/N is that descriptor. Symbolic links are
// followed; the rights of a file that is replaced are kept. NULL: a message "file: reason".
struct output;
struct output *output_open(const char *path, char *msg, size_t msg_size);
int output_fd(const struct output *o);         // stays o's
FILE *output_stream(const struct output *o); // the same for stdio, stays o's
// Flushes, gives the file its name and frees o. False: a message "file: reason", and no file.
bool output_close(struct output *o, char *msg, size_t msg_size);
// Frees o and leaves no file; one that had the name before stays.
void output_abandon(struct output *o);
// NULL, or why something written to the stream was lost. Flushes it and clears its error.
const char *output_trouble(FILE *stream);

// Are all of these files different, so far as that can be told? Input (which may be FILE@ADDRESS, a raw
// image) may be read twice, but not be written, and no two outputs may be one file. Links are seen through, also of files that do not exist
// yet; /dev/null may be given any number of times. Entries may be NULL. False: a message.
bool output_apart(const char *const *in, unsigned ins, const char *const *out, unsigned outs,
                  char *msg, size_t msg_size);

// Removes every file that is still being written: for a signal handler that ends the process.
void output_remove_unfinished(void);

#endif
