// SPDX-License-Identifier: MulanPSL-2.0
#include "tests/unit/scratch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool write_file(char name[NAME_SIZE], const char *text)
{
    strcpy(name, "/tmp/l2tlb-test-XXXXXX");
    int fd = mkstemp(name);
    FILE *f = fd < 0 ? NULL : fdopen(fd, "w");
    if (!f)
        return false;
    bool fine = fputs(text, f) >= 0;
    return fclose(f) == 0 && fine;
}
