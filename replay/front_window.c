// SPDX-License-Identifier: MulanPSL-2.0
// Which accesses wait, and which of them can be looked up, see front_impl.h.
#include "replay/front_impl.h"

void window_reset(struct front *f)
{
    for (unsigned k = 0; k < L1_CLASSES; k++)
        for (unsigned i = WINDOW; i-- > 0;) {
            f->window[k].pool[i].next = f->window[k].free;
            f->window[k].free = &f->window[k].pool[i];
        }
}

struct acc *window_add(struct front *f, unsigned class)
{
    struct window *w = &f->window[class];
    struct acc *a = w->free;
    if (!a)
        return NULL;
    w->free = a->next;
    *a = (struct acc){.class = (uint8_t)class, .at = (uint16_t)w->count};
    w->acc[w->count++] = a;
    return a;
}

// Those behind the removed place move up by one.
static void close_gap(struct ready *r, unsigned at)
{
    unsigned k = at / 64;
    uint64_t below = mask64(at % 64);
    r->place[k] = (r->place[k] & below) | (r->place[k] >> 1 & ~below);
    for (; k + 1 < WINDOW_WORDS; k++) {
        r->place[k] |= r->place[k + 1] << 63;
        r->place[k + 1] >>= 1;
    }
}

void window_remove(struct front *f, struct acc *a)
{
    struct window *w = &f->window[a->class];
    for (unsigned i = a->at; i + 1 < w->count; i++) {
        w->acc[i] = w->acc[i + 1];
        w->acc[i]->at = (uint16_t)i;
    }
    w->count--;
    for (unsigned p = l1_first_port[a->class]; p < l1_first_port[a->class + 1]; p++)
        if (bit(f->ready_ports, p))
            close_gap(&f->ready[p], a->at);
    a->state = ACC_FREE;
    a->next = w->free;
    w->free = a;
}

void window_due(struct front *f, struct acc *a, uint64_t due)
{
    unsigned b = due % WHEEL;
    a->state = ACC_DUE;
    a->due = due;
    a->next = f->wheel[b];
    f->wheel[b] = a;
    f->wheel_used |= UINT64_C(1) << b;
}

void window_turn(struct front *f, uint64_t cycle)
{
    unsigned b = cycle % WHEEL;
    struct acc *a = f->wheel[b];
    if (!a)
        return;
    f->wheel[b] = NULL;
    f->wheel_used &= ~(UINT64_C(1) << b);
    for (struct acc *next; a; a = next) {
        next = a->next;
        if (a->due > cycle) { // a round later
            window_due(f, a, a->due);
            continue;
        }
        f->ready[a->port].place[a->at / 64] |= UINT64_C(1) << a->at % 64;
        f->ready_ports |= 1u << a->port;
    }
}

struct acc *window_take(struct front *f, unsigned port)
{
    uint64_t *place = f->ready[port].place, more = 0;
    unsigned k = 0;
    while (!place[k])
        k++;
    unsigned at = 64 * k + lowest(place[k]);
    place[k] &= place[k] - 1;
    for (; k < WINDOW_WORDS; k++)
        more |= place[k];
    if (!more)
        f->ready_ports &= ~(1u << port);
    return f->window[l1_class_of_port(port)].acc[at];
}

uint64_t window_next(const struct front *f, uint64_t cycle)
{
    if (f->ready_ports)
        return cycle;
    if (!f->wheel_used)
        return UINT64_MAX;
    unsigned from = (cycle + 1) % WHEEL;
    uint64_t turned = from ? f->wheel_used >> from | f->wheel_used << (WHEEL - from) : f->wheel_used;
    return cycle + 1 + lowest(turned);
}
