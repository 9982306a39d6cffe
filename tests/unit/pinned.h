// SPDX-License-Identifier: MulanPSL-2.0
// Text that must stay as it is: compared with a file in tests/unit/pinned, whole. Such a file shows that nothing changed,
// not that it was right; it is written again, and read before it is committed, with
//   L2TLB_PIN=1 build/release/unit -s pinned
#ifndef TESTS_UNIT_PINNED_H
#define TESTS_UNIT_PINNED_H

#include <stdbool.h>
#include <stddef.h>

// NULL, or where text and file first differ.
const char *pinned(const char *name, const char *text, size_t size);

#endif
