// SPDX-License-Identifier: MulanPSL-2.0
// QEMU's execlog plugin in user mode. A line is an instruction and its accesses:
//   CPU, 0xPC, 0xOPCODE, "disassembly"[, load|store, 0xADDR]...[, REGISTER -> 0xVALUE]...
// In system mode the plugin prints physical addresses and the name of a device behind each; with
// virtual fetches and physical data no trace can be made of that.
#include "arch/bits.h"
#include "traces/import/import.h"

#include <string.h>

// The word that the plugin prints is the first four bytes, whatever the instruction's length.
// RISC-V tells the length in the low two bits (unprivileged specification, "Base Instruction-Length
// Encoding"); AArch64 has four bytes; of x86 only the first byte is certain.
static unsigned insn_bytes(const struct import *m, uint64_t code)
{
    switch (import_isa(m)) {
    case GVT_AARCH64:
        return 4;
    case GVT_X86_64:
        return 1;
    default:
        return (code & 3) == 3 ? 4 : 2;
    }
}

// The next field, whatever stands in quotes; NULL: none. *text advances.
static char *next_field(char **text)
{
    char *field, *rest = NULL, *cut[IMPORT_FIELDS];

    if (!*text)
        return NULL;
    field = *text;
    // One field at a time: any number of accesses may stand in a line.
    for (char *p = field; *p; p++)
        if (*p == ',') {
            *p = 0;
            rest = p + 1;
            break;
        }
    *text = rest;
    import_fields(field, cut, &rest);
    return cut[0];
}

static int read_accesses(struct import *m, char *rest)
{
    char *word = next_field(&rest);

    while (word) {
        bool load = strcmp(word, "load") == 0;
        char *text;
        uint64_t addr;
        if (!load && strcmp(word, "store") != 0) {
            if (!strstr(word, "->"))
                return import_fail(m, "'%.20s': neither an access nor a register", word);
            word = next_field(&rest);
            continue;
        }
        text = next_field(&rest);
        if (!text || !parse_hex(text, UINT64_MAX, &addr))
            return import_fail(m, "bad address after load or store");
        word = next_field(&rest);
        if (word && strcmp(word, "load") != 0 && strcmp(word, "store") != 0 && !strstr(word, "->"))
            return import_fail(m, "physical addresses (execlog of system mode): record with "
                                  "scripts/capture-qemu.sh, or in user mode");
        import_access(m, load ? GVT_LOAD : GVT_STORE, addr, 8);
    }
    return 1;
}

// Cuts the line behind its fourth field, the disassembly in quotes. False: it has fewer fields.
static bool cut_head(char *line, char **rest)
{
    bool quoted = false;
    unsigned commas = 0;

    *rest = NULL;
    for (char *p = line; *p; p++) {
        quoted ^= *p == '"';
        if (*p == ',' && !quoted && ++commas == 4) {
            *p = 0;
            *rest = p + 1;
            return true;
        }
    }
    return commas == 3;
}

// Accesses in a line of another CPU: they are counted, not taken.
static void refuse_line(struct import *m, const char *rest)
{
    static const char why[] = "of another CPU than 0";

    import_refuse(m, why);
    for (; rest; rest = strchr(rest, ',')) {
        rest += strspn(rest, ", ");
        if (strncmp(rest, "load,", 5) == 0 || strncmp(rest, "store,", 6) == 0)
            import_refuse(m, why);
    }
}

int import_execlog(struct import *m)
{
    char *field[IMPORT_FIELDS], *line, *rest, *more;
    uint64_t cpu, pc, code;
    bool failed;

    line = import_line(m, &failed);
    if (!line)
        return failed ? -1 : 0;
    if (line[0] == 0) {
        m->tally.lines++;
        return 1;
    }
    if (!cut_head(line, &rest) || import_fields(line, field, &more) != 4 ||
        !parse_dec(field[0], UINT32_MAX, &cpu) || !parse_hex(field[1], UINT64_MAX, &pc) ||
        !parse_hex(field[2], UINT32_MAX, &code))
        return import_fail(m, "not a line of execlog: CPU, 0xPC, 0xOPCODE, \"text\"...");
    if (cpu != 0) {
        refuse_line(m, rest);
        return 1;
    }
    import_access(m, GVT_FETCH, pc, insn_bytes(m, code));
    return read_accesses(m, rest);
}
