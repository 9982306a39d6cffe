// SPDX-License-Identifier: MulanPSL-2.0
// The section of a report that says which AArch64 translation regime the tables stand for.
#include "report/replay_doc.h"

#include "arch/bits.h"
#include "arch/pte.h"

#include <stdio.h>

static unsigned levels_of(unsigned mode)
{
    return mode == MODE_SV48 ? 4 : mode == MODE_SV39 ? 3 : 0;
}

static void stage_row(struct doc_table *t, const char *name, unsigned mode, unsigned input,
                      unsigned tables)
{
    char text[40];
    unsigned n = levels_of(mode);
    doc_row(t, name);
    if (!n) {
        for (unsigned i = 0; i < 5; i++)
            doc_cell_none(t);
        return;
    }
    doc_cell_count(t, input);
    doc_cell_count(t, 4 - n);
    doc_cell_count(t, n);
    doc_cell_count(t, tables);
    snprintf(text, sizeof text, "%u..3 are %u..0", 4 - n, n - 1);
    doc_cell_text(t, text);
}

void aarch64_section(struct doc *d, const struct replay_cfg *cfg, const struct replay_result *r)
{
    const struct world_cfg *w = &cfg->world;
    unsigned n = levels_of(w->vs_mode), m = levels_of(w->g_mode);
    unsigned ipa = highest(w->guest_base + w->guest_size - 1) + 1;
    struct doc_section *o = doc_section(
        d, "aarch64", "AArch64 translation regime that the tables stand for",
        "The tables are RISC-V tables of the same shape (docs/aarch64.md). Levels in all other "
        "sections are those of the machine. S / VS stage is stage 1, G stage is stage 2.");
    struct doc_table *t = doc_table(o, "stages", "Stages, 4-KiB granule",
                                    "stage:Stage|input:Input bits|start:Start level|levels:Levels"
                                    "|root:Root tables|map:AArch64 levels",
                                    NULL);
    stage_row(t, "stage 1 (V=0)", w->s_mode, w->s_mode == MODE_SV48 ? 48 : 39, 1);
    stage_row(t, "stage 1 of a guest", w->vs_mode, w->vs_mode == MODE_SV48 ? 48 : 39, 1);
    // Sv39x4: each root page serves 39 bits of the IPA, concatenated. Sv48x4: one serves 48 bits.
    bool joined = w->g_mode == MODE_SV39 && ipa > 39;
    stage_row(t, "stage 2", w->g_mode, ipa, joined ? 1u << (ipa - 39) : 1);
    doc_count(o, "most_one", "Most table reads of a miss, stage 1 alone", levels_of(w->s_mode),
              NULL);
    doc_count(o, "most_two", "Most table reads of a miss, both stages", (n + 1) * (m + 1) - 1, NULL);
    doc_count(o, "folded", "Accesses whose highest address bit was folded away", r->folded, NULL);
}
