// SPDX-License-Identifier: MulanPSL-2.0
// SHA-256 in hexadecimal, of texts and of files: what a run is known by.
#ifndef L2TLB_STUDY_HASH_H
#define L2TLB_STUDY_HASH_H

#include <stdbool.h>
#include <stddef.h>

enum { HASH_TEXT = 65 };

void hash_text(const char *text, size_t n, char hash[HASH_TEXT]);
// The bytes of a file as they are; second: another one behind them, or NULL. False: a message.
bool hash_files(const char *path, const char *second, char hash[HASH_TEXT], char *msg, size_t size);
// The program that runs. False: a message.
bool hash_program(char hash[HASH_TEXT], char *msg, size_t size);

#endif
