// SPDX-License-Identifier: MulanPSL-2.0
// ChampSim's instruction records: 64 bytes (input_instr), 96 bytes (cloudsuite_instr with two
// address-space bytes). Little endian; addresses of value zero are unused slots. There are neither
// sizes nor fences; a change of the address space becomes a switch.
#include "arch/bits.h"
#include "traces/import/import.h"

struct layout {
    unsigned bytes;
    unsigned store_at, stores; // destination memory
    unsigned load_at, loads;   // source memory
    unsigned asid_at;          // 0: none
};

enum { INSN_BYTES = 4, DATA_BYTES = 8 };

static int step(struct import *m, const struct layout *l)
{
    const unsigned char *p;
    size_t n = source_peek(m->in, l->bytes, &p);
    uint64_t ip;

    if (n == 0 && !source_error(m->in))
        return 0;
    if (source_error(m->in) && n < l->bytes)
        return import_fail(m, "%s", source_error(m->in));
    if (n < l->bytes)
        return import_fail(m, "the file breaks off: %u bytes of %u", (unsigned)n, l->bytes);
    ip = little_endian(p, 8);
    // Branch flags are 0 or 1: anything else is not this format.
    if (ip == 0 || p[8] > 1 || p[9] > 1)
        return import_fail(m, "this is no ChampSim record (wrong format, or wrong record size?)");
    if (l->asid_at) {
        unsigned asid = p[l->asid_at];
        if (asid + 1 != m->asid) {
            struct trace_record r = {.kind = TRACE_SWITCH, .id = (uint16_t)asid};
            import_put(m, &r);
            m->asid = (uint16_t)(asid + 1);
        }
    }
    import_access(m, GVT_FETCH, ip, INSN_BYTES);
    for (unsigned i = 0; i < l->loads; i++)
        if (little_endian(p + l->load_at + 8 * i, 8))
            import_access(m, GVT_LOAD, little_endian(p + l->load_at + 8 * i, 8), DATA_BYTES);
    for (unsigned i = 0; i < l->stores; i++)
        if (little_endian(p + l->store_at + 8 * i, 8))
            import_access(m, GVT_STORE, little_endian(p + l->store_at + 8 * i, 8), DATA_BYTES);
    source_skip(m->in, l->bytes);
    m->units++;
    return 1;
}

int import_champsim(struct import *m)
{
    static const struct layout l = {
        .bytes = 64, .store_at = 16, .stores = 2, .load_at = 32, .loads = 4};

    return step(m, &l);
}

int import_cloudsuite(struct import *m)
{
    static const struct layout l = {
        .bytes = 96, .store_at = 24, .stores = 4, .load_at = 56, .loads = 4, .asid_at = 88};

    return step(m, &l);
}
