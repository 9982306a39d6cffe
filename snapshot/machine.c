// SPDX-License-Identifier: MulanPSL-2.0
// Which machine a name means.
#include "snapshot/machine.h"

#include <string.h>

static bool starts(const char *s, const char *with) { return strncmp(s, with, strlen(with)) == 0; }

const char *machine_file(const char *source)
{
    return starts(source, "gdb:") || starts(source, "qmp:") ? NULL : source;
}

bool machine_open(struct machine *m, const char *source, const struct machine_cfg *cfg)
{
    return starts(source, "gdb:")   ? gdb_open(m, source + 4, cfg)
           : starts(source, "qmp:") ? qmp_open(m, source + 4, cfg)
                                    : dump_open(m, source);
}

bool machine_close(struct machine *m) { return m->close(m->self); }
