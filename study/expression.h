// SPDX-License-Identifier: MulanPSL-2.0
// Constraints between parameters: `SUM COMPARISON SUM`.
//
//   SUM         TERM { (+ | -) TERM }
//   TERM        FACTOR { (* | /) FACTOR }
//   FACTOR      number | NAME | "text" | ( SUM )
//   COMPARISON  <= < >= > == !=
//
// A NAME is a key of the run's configuration, a [choice NAME], or storage_bits. Text compares with == and != only.
#ifndef L2TLB_STUDY_EXPRESSION_H
#define L2TLB_STUDY_EXPRESSION_H

#include <stdbool.h>
#include <stddef.h>

// The text behind a name; NULL: there is no such name. Valid until the next call.
typedef const char *expression_name(void *ctx, const char *name);

// Is it true? A text that cannot be read, or computed, gives a message in *why; else *why is NULL.
bool expression_true(const char *text, expression_name *name, void *ctx, const char **why, char *msg, size_t size);

#endif
