// SPDX-License-Identifier: MulanPSL-2.0
// Names of addresses: System.map and /proc/kallsyms (lines `ADDRESS TYPE NAME [MODULE]`, may be compressed),
// or the symbol table of an ELF file (32 or 64 bits, libelf).
//
// An address has the name of the last symbol at or below it, `name+0xOFFSET`, up to SYMBOLS_FAR bytes
// behind the symbol or, where the symbol has a size, within it or behind its end by less than a page.
// Absolute and undefined symbols are left out.
#ifndef L2TLB_WORLD_SYMBOLS_H
#define L2TLB_WORLD_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SYMBOLS_FAR = 16 << 20, SYMBOLS_MOST = 1 << 22, SYMBOL_TEXT = 128 };

struct symbols;

// NULL and a message: what cannot be read, bad lines with their number, no symbols, only addresses 0
// (kallsyms read without privilege), more than SYMBOLS_MOST.
struct symbols *symbols_open(const char *path, char *msg, size_t size);
void symbols_free(struct symbols *s);
size_t symbols_count(const struct symbols *s);
// False: no symbol is near; text is "" then. s may be NULL.
bool symbols_name(const struct symbols *s, uint64_t address, char text[SYMBOL_TEXT]);

#endif
