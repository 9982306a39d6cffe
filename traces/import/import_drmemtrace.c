// SPDX-License-Identifier: MulanPSL-2.0
// The text of DynamoRIO's view tool (drmemtrace -tool view, with or without disassembly):
//   RECORD INSTR: TID ifetch  N byte(s) @ 0xPC ...
//   RECORD INSTR: TID read    N byte(s) @ 0xADDRESS by PC 0xPC
//   RECORD INSTR: TID <marker: ...>
// Threads of one process share the address space: all are taken, in the order of the text.
#include "traces/import/import.h"

#include <string.h>

// What the words before "N byte(s) @" say. False: no access.
static bool find_op(const char *word, unsigned *op)
{
    if (strcmp(word, "ifetch") == 0)
        *op = GVT_FETCH;
    else if (strcmp(word, "read") == 0)
        *op = GVT_LOAD;
    else if (strcmp(word, "write") == 0)
        *op = GVT_STORE;
    else if (strncmp(word, "prefetch", 8) == 0)
        *op = GVT_PREFETCH;
    else
        return false;
    return true;
}

int import_drmemtrace(struct import *m)
{
    bool failed;
    char *line = import_line(m, &failed), *rest, *word, *bytes, *address, show[48];
    uint64_t addr, size;
    unsigned op = GVT_OPS;

    if (!line)
        return failed ? -1 : 0;
    printable(line, show);
    address = strstr(line, " byte(s) @ ");
    if (!address) { // markers, the heading, the second line of a long disassembly
        m->tally.lines++;
        return 1;
    }
    *address = 0;
    address += strlen(" byte(s) @ ");
    bytes = strrchr(line, ' ');
    word = bytes ? bytes : line;
    while (word > line && word[-1] == ' ')
        word--;
    if (bytes)
        *word = 0, bytes++;
    word = bytes ? strrchr(line, ' ') : NULL;
    rest = address;
    address = next_word(&rest);
    if (!word || !address || !parse_dec(bytes, 1 << 20, &size) || size == 0 ||
        !parse_hex(address, UINT64_MAX, &addr))
        return import_fail(m, "not a line of the view tool: '%s'", show);
    if (!find_op(word + 1, &op))
        return import_refuse(m, "neither ifetch, read, write nor prefetch");
    import_access(m, op, addr, size);
    return 1;
}
