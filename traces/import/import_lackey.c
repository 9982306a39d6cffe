// SPDX-License-Identifier: MulanPSL-2.0
// Valgrind's lackey with --trace-mem=yes.
#include "traces/import/import.h"

#include <string.h>

// "I  ADDR,SIZE", " L ADDR,SIZE", " S ADDR,SIZE", " M ADDR,SIZE" (a load, then a store).
int import_lackey(struct import *m)
{
    bool failed;
    char *line = import_line(m, &failed), *comma, show[48];
    uint64_t addr, size;

    if (!line)
        return failed ? -1 : 0;
    if (strncmp(line, "==", 2) == 0 || line[0] == 0) { // Valgrind's own messages
        m->tally.lines++;
        return 1;
    }
    printable(line, show);
    comma = strchr(line, ',');
    if (strlen(line) < 5 || !comma || line[2] != ' ' ||
        (line[0] != 'I' && (line[0] != ' ' || !strchr("LSM", line[1]))))
        return import_fail(m, "not a line of lackey: '%s'", show);
    *comma = 0;
    if (!parse_hex(line + 3, UINT64_MAX, &addr) || !parse_dec(comma + 1, 1 << 20, &size) ||
        size == 0)
        return import_fail(m, "bad address or size: '%s'", show);
    if (line[0] == 'I')
        import_access(m, GVT_FETCH, addr, size);
    else if (line[1] != 'S')
        import_access(m, GVT_LOAD, addr, size);
    if (line[1] == 'S' || line[1] == 'M')
        import_access(m, GVT_STORE, addr, size);
    return 1;
}
