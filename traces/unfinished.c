// SPDX-License-Identifier: MulanPSL-2.0
// See unfinished.h. L2TLB_LIBRARY: for the library (Makefile).
#include "traces/unfinished.h"

#include "traces/output.h"

#include <stdatomic.h>
#include <unistd.h>

#ifdef L2TLB_LIBRARY

void output_remove_unfinished(void) {}

unsigned unfinished_add(char *part)
{
    (void)part;
    return 0;
}

void unfinished_remove(unsigned slot)
{
    (void)slot;
}

FILE *unfinished_standard(void)
{
    return NULL;
}

#else

// A signal handler has no argument, and the files of a process are the process's: this is the one
// list that belongs to no struct. NULL: free.
static _Atomic(char *) unfinished[UNFINISHED];

void output_remove_unfinished(void)
{
    for (unsigned i = 0; i < UNFINISHED; i++) {
        const char *part = atomic_load(&unfinished[i]);
        if (part)
            unlink(part);
    }
}

unsigned unfinished_add(char *part)
{
    char *nobody = NULL;
    unsigned i = 0;
    while (i < UNFINISHED && !atomic_compare_exchange_strong(&unfinished[i], &nobody, part)) {
        nobody = NULL;
        i++;
    }
    return i;
}

void unfinished_remove(unsigned slot)
{
    if (slot < UNFINISHED)
        atomic_store(&unfinished[slot], NULL);
}

FILE *unfinished_standard(void)
{
    return stdout;
}

#endif
