// SPDX-License-Identifier: MulanPSL-2.0
// Samples with data addresses: perf mem record, perf script -F event,addr (more fields may stand
// in front, data_src behind). A line is "... EVENT: ADDRESS ..."; load or store is what data_src or
// the event's name says. These are samples, no trace: the order is right, the gaps are unknown.
#include "traces/import/import.h"

#include <string.h>

// The address word: the first hexadecimal one behind the last word that ends in ':' and has a
// letter (a time stamp ends in ':' too, but is a number). *event is that word; NULL: no such line.
static char *find_address(char *line, char **event)
{
    char *rest = line, *word, *address = NULL;
    uint64_t v;

    *event = NULL;
    while ((word = next_word(&rest))) {
        size_t n = strlen(word);
        if (word[n - 1] == ':' && word[strspn(word, "0123456789.:[]")]) {
            *event = word;
            address = NULL;
        } else if (*event && !address && parse_hex(word, UINT64_MAX, &v)) {
            address = word;
        }
    }
    return address;
}

int import_perf(struct import *m)
{
    bool failed;
    char *line = import_line(m, &failed), *event, *address, show[48];
    const char *source;
    uint64_t addr = 0;
    bool store, load;

    if (!line)
        return failed ? -1 : 0;
    printable(line, show);
    if (line[strspn(line, " \t")] == 0 || line[0] == '#') {
        m->tally.lines++;
        return 1;
    }
    source = strstr(line, "|OP ");
    store = source && strncmp(source + 4, "STORE", 5) == 0;
    load = source && strncmp(source + 4, "LOAD", 4) == 0;
    line[strcspn(line, "|")] = 0; // data_src and symbols are no addresses
    address = find_address(line, &event);
    if (!event)
        return import_fail(m, "no event and address (perf script -F event,addr): '%s'", show);
    if (!address || !parse_hex(address, UINT64_MAX, &addr) || addr == 0)
        return import_refuse(m, "without an address");
    store = store || (!source && strstr(event, "store"));
    load = load || (!source && strstr(event, "load"));
    if (store == load)
        return import_refuse(m, "neither load nor store by their event or data_src");
    import_access(m, store ? GVT_STORE : GVT_LOAD, addr, 8);
    return 1;
}
