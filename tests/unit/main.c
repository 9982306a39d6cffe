// SPDX-License-Identifier: MulanPSL-2.0
// Runs every suite of suites.def: build/unit -s SUITE -t TEST.
#define GREATEST_IMPLEMENTATION
#include "tests/harness.h"

#define SUITE_ENTRY(NAME) SUITE_EXTERN(NAME);
#include "tests/unit/suites.def"
#undef SUITE_ENTRY

GREATEST_MAIN_DEFS();

int main(int argc, char **argv)
{
    GREATEST_MAIN_BEGIN();
#define SUITE_ENTRY(NAME) RUN_SUITE(NAME);
#include "tests/unit/suites.def"
#undef SUITE_ENTRY
    GREATEST_MAIN_END();
}
