// SPDX-License-Identifier: MulanPSL-2.0
// State of every block as text, and where each request is.
#include "model/wires.h"

#include <inttypes.h>

void l2tlb_dump(const struct l2tlb *t, FILE *out)
{
    const struct mempath *m = &t->mem;
    fprintf(out, "state in cycle %" PRIu64 ": %u requests counted\n", t->cycle, t->tlb_counter);
    pagecache_dump(&t->pc, out);
    ptw_dump(&t->ptw, out);
    llptw_dump(&t->llptw, out);
    hptw_dump(&t->hptw, out);
    if (t->cfg.has_bitmap)
        bitmap_dump(&t->bitmap, out);
    if (t->cfg.has_mpt)
        mptchecker_dump(&t->mpt, out);
    fprintf(out, "miss queue %u of %u\n", t->mq.count, t->mq.size);
    for (unsigned k = 0; k < t->mq.count; k++) {
        const struct missqueue_elem *e = missqueue_at(&t->mq, k);
        fprintf(out, "  vpn %" PRIx64 " s2xlate %u source %u for the %s\n", e->info.vpn,
                e->info.s2xlate, e->info.source, e->is_llptw ? "LLPTW" : "PTW");
    }
    fprintf(out, "memory path: waiting for ids %x, to be dropped %x%s\n", m->waiting_resp,
            m->flush_latch, m->refill.valid ? ", refill now" : "");
    if (t->pf.v)
        fprintf(out, "prefetcher wants %" PRIx64 "\n", t->pf.next_req);
}
