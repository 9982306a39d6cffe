// SPDX-License-Identifier: MulanPSL-2.0
// Saved states: a head that says whose they are, what the library keeps beside the machine, the machine.
#include "lib/impl.h"
#include "report/version.h"

#include <stdlib.h>
#include <string.h>

struct state_head {
    char magic[8];
    uint64_t version, config, size; // version, config: hashes
};

struct beside {
    struct l2tlb_in in;
    struct l2tlb_csr csr;
    uint64_t line_source, flights;
    struct flight flight[FLIGHTS];
};

static const char magic[8] = "l2tlbst";

static uint64_t hash(uint64_t h, const void *bytes, size_t n)
{
    const unsigned char *b = bytes;
    for (size_t i = 0; i < n; i++)
        h = (h ^ b[i]) * UINT64_C(0x100000001b3); // FNV-1a
    return h;
}

static void add_key(const char *key, const char *value, const char *help, void *ctx)
{
    uint64_t *h = ctx;
    (void)help;
    *h = hash(*h, key, strlen(key) + 1);
    *h = hash(*h, value, strlen(value) + 1);
}

static struct state_head head_of(const l2tlb_machine *m)
{
    struct state_head h = {.size = l2tlb_machine_state_size(m)};
    memcpy(h.magic, magic, sizeof h.magic);
    h.version = hash(0, l2tlb_version, strlen(l2tlb_version));
    cfg_each(&m->core->cfg, add_key, &h.config);
    return h;
}

size_t l2tlb_machine_state_size(const l2tlb_machine *m)
{
    return sizeof(struct state_head) + sizeof(struct beside) + l2tlb_state_size(m->core);
}

int l2tlb_machine_save(l2tlb_machine *m, void *state, size_t size)
{
    size_t all = l2tlb_machine_state_size(m);
    m->message[0] = 0;
    if (m->settled)
        return say(m->message, L2TLB_BAD_ORDER, "save between settle and tick");
    if (size < all)
        return say(m->message, L2TLB_BAD_SIZE, "a state has %zu bytes, not %zu", all, size);
    struct beside *b = calloc(1, all - sizeof(struct state_head)); // aligned, as `state` need not be
    if (!b)
        return say(m->message, L2TLB_NO_MEMORY, "%s", l2tlb_status_text(L2TLB_NO_MEMORY));
    b->in = m->in;
    b->csr = m->csr;
    b->line_source = m->line_source;
    b->flights = m->flights;
    memcpy(b->flight, m->flight, m->flights * sizeof m->flight[0]);
    l2tlb_state_save(m->core, b + 1);
    struct state_head h = head_of(m);
    memcpy(state, &h, sizeof h);
    memcpy((char *)state + sizeof h, b, all - sizeof h);
    free(b);
    return L2TLB_OK;
}

int l2tlb_machine_restore(l2tlb_machine *m, const void *state, size_t size)
{
    size_t all = l2tlb_machine_state_size(m), body = all - sizeof(struct state_head);
    struct state_head h, own;
    m->message[0] = 0;
    if (size >= sizeof h)
        memcpy(&h, state, sizeof h);
    if (size < sizeof h || memcmp(h.magic, magic, sizeof magic) != 0)
        return say(m->message, L2TLB_BAD_STATE, "no saved state");
    if (size != all)
        return say(m->message, L2TLB_BAD_STATE, "a state of this machine has %zu bytes, not %zu", all, size);
    own = head_of(m);
    if (h.version != own.version || h.config != own.config || h.size != own.size)
        return say(m->message, L2TLB_BAD_STATE, "a state of another %s",
                   h.version != own.version ? "version" : "configuration");
    struct beside *b = malloc(body);
    if (!b)
        return say(m->message, L2TLB_NO_MEMORY, "%s", l2tlb_status_text(L2TLB_NO_MEMORY));
    memcpy(b, (const char *)state + sizeof h, body);
    m->in = b->in;
    m->csr = b->csr;
    m->line_source = (uint8_t)b->line_source;
    m->flights = (unsigned)b->flights;
    memcpy(m->flight, b->flight, sizeof m->flight);
    m->settled = false;
    l2tlb_state_load(m->core, b + 1);
    free(b);
    return L2TLB_OK;
}

int l2tlb_machine_copy(l2tlb_machine *m, l2tlb_machine **copy)
{
    size_t size = l2tlb_machine_state_size(m);
    l2tlb_machine *new = calloc(1, sizeof *new);
    void *state = malloc(size);
    *copy = NULL;
    int status = new && state ? l2tlb_machine_save(m, state, size) : L2TLB_NO_MEMORY;
    if (!status && !(new->core = l2tlb_new(&m->core->cfg)))
        status = L2TLB_NO_MEMORY;
    if (!status)
        status = l2tlb_machine_restore(new, state, size);
    free(state);
    if (status)
        l2tlb_machine_free(new);
    else
        *copy = new;
    return status;
}
