// SPDX-License-Identifier: MulanPSL-2.0
// Dinero's din: "LABEL ADDRESS" with a hexadecimal address; what stands behind it is no part of the
// format. Label 0 reads, 1 writes, 2 fetches an instruction; the others are no accesses. The
// extended form has letters (r, w, i) and a third, hexadecimal word: the size.
#include "traces/import/import.h"

#include <string.h>

enum { DIN_BYTES = 4 }; // Dinero's word

int import_din(struct import *m)
{
    static const char labels[] = "0r1w2i";
    static const uint8_t ops[] = {GVT_LOAD, GVT_STORE, GVT_FETCH};
    bool failed;
    char *line = import_line(m, &failed), *rest = line, *label, *address, *text, show[48];
    const char *at;
    uint64_t addr, size = DIN_BYTES;

    if (!line)
        return failed ? -1 : 0;
    printable(line, show);
    label = next_word(&rest);
    if (!label) {
        m->tally.lines++;
        return 1;
    }
    address = next_word(&rest);
    if (label[1] || !address || !strchr("0123456789rwimcv", label[0]) ||
        !parse_hex(address, UINT64_MAX, &addr))
        return import_fail(m, "not a line of din: LABEL ADDRESS, but '%s'", show);
    at = strchr(labels, label[0]);
    if (!at)
        return import_refuse(m, "neither reads, writes nor fetches");
    text = label[0] > '9' ? next_word(&rest) : NULL;
    if (text && (!parse_hex(text, 1 << 20, &size) || size == 0))
        return import_fail(m, "bad size: '%s'", show);
    import_access(m, ops[(at - labels) / 2], addr, size);
    return 1;
}
