// SPDX-License-Identifier: MulanPSL-2.0
// What the three forms of `l2tlb tables` share.
#include "report/tables_report.h"

#include "arch/bits.h"

#include <inttypes.h>

const char *tables_size(uint64_t bytes, char text[24])
{
    static const char *const unit[] = {"bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    unsigned u = bytes ? highest(bytes) / 10 : 0;
    uint64_t whole = bytes >> 10 * u;
    if (u && bytes & mask64(10 * u))
        snprintf(text, 24, "%.1f %s", (double)(bytes >> (10 * u - 10)) / 1024, unit[u]);
    else
        snprintf(text, 24, "%" PRIu64 " %s", whole, unit[u]);
    return text;
}

const char *tables_rights(unsigned rights, bool user, char text[4])
{
    unsigned r = user ? rights >> RIGHT_USER : rights;
    snprintf(text, 4, "%c%c%c", r & RIGHT_R ? 'r' : '-', r & RIGHT_W ? 'w' : '-', r & RIGHT_X ? 'x' : '-');
    return text;
}

static const char *a64_type(unsigned attr)
{
    static const char *const device[] = {"nGnRnE", "nGnRE", "nGRE", "GRE"};
    if (attr >> 4 == 0)
        return device[attr >> 2 & 3];
    return attr >> 6 == 3 ? "WB" : attr == 0x44 ? "NC" : attr >> 4 == 4 ? "NC*" : attr >> 6 == 2 ? "WT" : "WB*";
}

const char *tables_type(const struct tables_report *t, unsigned map, unsigned attr, char text[24])
{
    static const char *const pbmt[] = {"", "NC", "IO", "?"};
    if (t->riscv)
        snprintf(text, 24, "%s", pbmt[attr & 3]);
    else if (map == MAP_STAGE2)
        snprintf(text, 24, "%s", attr < 4 ? a64_type(attr << 2) : attr == 15 ? "WB" : attr == 5 ? "NC" : attr == 10 ? "WT" : "mixed");
    else
        snprintf(text, 24, "%s", a64_type(attr));
    return text;
}

const char *tables_symbol(const struct tables_report *t, unsigned map, uint64_t va, char text[SYMBOL_TEXT])
{
    text[0] = 0;
    if (map != MAP_STAGE2)
        symbols_name(map == MAP_HOST ? t->host : t->guest, va, text);
    return text;
}

// Level of the machine (0: 4-KiB pages) that a level of the tables is.
static int index_of(const struct tables_report *t, unsigned level)
{
    return (int)(t->riscv ? level : 3 - level) + 1;
}

static bool walkable(const struct map *m)
{
    for (unsigned h = 0; h < 2; h++)
        if (m->halves >> h & 1 && (m->shape[h].page != 12 || m->shape[h].entry != 8 || m->shape[h].depths > 4))
            return false;
    return true;
}

static void add(const struct tables_report *t, const struct map *m, struct tables_reach *r)
{
    const struct map_count *c = &m->count;
    r->need[0] += c->leaf_lines[index_of(t, 0)];
    r->need[1] += c->pointer_lines[index_of(t, 1)];
    r->need[2] += c->pointers[index_of(t, 2)];
    r->need[3] += c->pointers[index_of(t, 3)];
    r->mapped += c->bytes[12];
    for (unsigned s = 13; s < 64; s++)
        r->need[4] += c->bytes[s] >> s;
}

bool tables_reach(const struct tables_report *t, const struct maps *m, struct tables_reach *r)
{
    const struct l2tlb_cfg *c = t->cfg;
    bool guest = m->map[MAP_GUEST].on || m->map[MAP_STAGE2].on;
    *r = (struct tables_reach){.have = {(uint64_t)c->l0_sets * c->l0_ways, (uint64_t)c->l1_sets * c->l1_ways,
                                        c->l2_size, c->l3_size, c->sp_size}};
    for (unsigned k = 0; k < TREES; k++) {
        if (!m->map[k].on || (guest && k == MAP_HOST))
            continue;
        if (!walkable(&m->map[k]))
            return false;
        add(t, &m->map[k], r);
    }
    r->reached = r->need[0] <= r->have[0] ? r->mapped
                 : (uint64_t)((double)r->mapped * (double)r->have[0] / (double)r->need[0]);
    return true;
}
