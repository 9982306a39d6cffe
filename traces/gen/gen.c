// SPDX-License-Identifier: MulanPSL-2.0
// Synthetic traces. All randomness comes from one counter hashed by mix64, and from a permutation
// that is computed, not stored; so memory is constant and each trace depends on its seed only.
#include "traces/gen/gen.h"

#include "arch/bits.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const gen_kind_name[GEN_KINDS] = {"seq", "stride", "random", "chase", "zipf", "switch"};
const char *const gen_kind_help[GEN_KINDS] = {
    "word after word through the footprint",
    "steps of --stride bytes, wrapping around in the footprint",
    "uniformly random words in the footprint",
    "a random cycle through every line of the footprint (pointer chase)",
    "pages with Zipf popularity: a hot set with a long tail",
    "as zipf, several address spaces in turn, with fences",
};
const char *const gen_fence_name[GEN_FENCES] = {"none", "page", "asid", "all"};

// Rejection-inversion sampling of a Zipf distribution over 1..n (Hoermann and Derflinger 1996):
// constant time and memory for any n.
struct zipf {
    double n, s, h_first, h_n, cut;
};

struct gen {
    struct gen_cfg cfg;
    uint64_t rng, made, cycle;
    uint64_t items;   // units that the kind walks through: words, lines or pages
    uint64_t at;      // position in the walk
    unsigned half;    // bits of one half of the permutation
    uint64_t key[4];  // its round keys
    uint64_t pc;      // offset in the code
    unsigned space, guest;
    bool owe_switch, owe_fence; // records that come before the next access
    struct zipf zipf;
};

void gen_cfg_default(struct gen_cfg *cfg, unsigned kind)
{
    *cfg = (struct gen_cfg){
        .kind = kind,
        .count = 1000000,
        .footprint = UINT64_C(64) << 20,
        .base = UINT64_C(0x10000000),
        .stride = 4096,
        .stores = 0.33,
        .code = UINT64_C(1) << 20,
        .code_base = 0x10000,
        .zipf = 0.9,
        .spaces = kind == GEN_SWITCH ? 4 : 1,
        .guests = 1,
        .quantum = kind == GEN_SWITCH ? 10000 : 0,
        .fence = kind == GEN_SWITCH ? GEN_FENCE_ASID : GEN_FENCE_NONE,
        .priv = GVT_U,
        .seed = 1,
    };
}

static bool share(double x)
{
    return x >= 0.0 && x <= 1.0; // false for NaN
}

const char *gen_cfg_check(const struct gen_cfg *c)
{
    const uint64_t top = UINT64_C(1) << 47; // the positive half of Sv48

    if (c->kind >= GEN_KINDS || c->fence >= GEN_FENCES)
        return "unknown kind";
    if (c->count < 1)
        return "count must be at least 1";
    if (c->footprint < 4096 || c->footprint > top / 2)
        return "footprint must be 4 KiB to 64 TiB";
    if (c->base >= top / 2 || c->code_base >= top / 2)
        return "base addresses must be below 2^46";
    if (c->code < 4096 || c->code > top / 2)
        return "code must be 4 KiB to 64 TiB";
    if (c->stride < 1 || c->stride > c->footprint)
        return "stride must be 1 to the footprint";
    if (!share(c->stores) || !share(c->amos) || !share(c->stores + c->amos) || !share(c->fetches))
        return "shares must be 0 to 1 (stores + amos as well)";
    if (!(c->zipf >= 0.0 && c->zipf <= 4.0))
        return "the Zipf exponent must be 0 to 4";
    if (c->spaces < 1 || c->spaces > 4096 || c->guests < 1 || c->guests > 1024)
        return "spaces must be 1 to 4096, guests 1 to 1024";
    if (c->priv > GVT_S)
        return "privilege must be U or S";
    if (!(c->cycles >= 0.0 && c->cycles <= 1e6) || !(c->insns >= 0.0 && c->insns <= 1e6))
        return "mean cycles and instructions must be 0 to 1000000";
    if (c->ports && c->cycles == 0.0)
        return "port requests need a distance in cycles";
    if (c->image && (c->spaces > 1 || c->guests > 1 || c->quantum || c->ports))
        return "an image has one address space; its accesses are no port requests";
    return NULL;
}

static uint64_t random64(struct gen *g)
{
    return mix64(g->rng += MIX64_K);
}

// 0 <= result < n, n > 0, without a division.
static uint64_t random_below(struct gen *g, uint64_t n)
{
    uint64_t r = random64(g);

    if (n <= UINT32_MAX)
        return (r >> 32) * n >> 32;
    return r % n;
}

static double random_unit(struct gen *g)
{
    return (double)(random64(g) >> 11) * 0x1p-53;
}

static bool chance(struct gen *g, double p)
{
    return p > 0.0 && random_unit(g) < p;
}

// A permutation of 0..items-1: four Feistel rounds over the next even number of bits; results
// outside the range go round again.
static uint64_t permute(const struct gen *g, uint64_t x)
{
    uint64_t low = mask64(g->half);

    do {
        uint64_t a = x >> g->half, b = x & low;
        for (unsigned i = 0; i < 4; i++) {
            uint64_t t = a ^ (mix64(b ^ g->key[i]) & low);
            a = b;
            b = t;
        }
        x = a << g->half | b;
    } while (x >= g->items);
    return x;
}

// Integral of x^-s and its inverse, as (x^(1-s) - 1) / (1 - s); accurate near s = 1.
static double zipf_h(const struct zipf *z, double x)
{
    double l = log(x), t = (1.0 - z->s) * l;
    return l * (fabs(t) > 1e-8 ? expm1(t) / t : 1.0 + t / 2.0);
}

static double zipf_inverse(const struct zipf *z, double y)
{
    double t = y * (1.0 - z->s);
    if (t < -1.0)
        t = -1.0;
    return exp(y * (fabs(t) > 1e-8 ? log1p(t) / t : 1.0 - t / 2.0));
}

static void zipf_setup(struct zipf *z, uint64_t n, double s)
{
    *z = (struct zipf){.n = (double)n, .s = s};
    z->h_first = zipf_h(z, 1.5) - 1.0;
    z->h_n = zipf_h(z, z->n + 0.5);
    z->cut = 2.0 - zipf_inverse(z, zipf_h(z, 2.5) - pow(2.0, -s));
}

// A rank 0..n-1.
static uint64_t zipf_draw(struct gen *g)
{
    const struct zipf *z = &g->zipf;

    for (;;) {
        double u = z->h_n + random_unit(g) * (z->h_first - z->h_n);
        double x = zipf_inverse(z, u);
        double k = floor(x + 0.5);
        k = k < 1.0 ? 1.0 : k > z->n ? z->n : k;
        if (k - x <= z->cut || u >= zipf_h(z, k + 0.5) - pow(k, -z->s))
            return (uint64_t)k - 1;
    }
}

struct gen *gen_new(const struct gen_cfg *cfg)
{
    struct gen *g = calloc(1, sizeof *g);
    unsigned unit = cfg->kind == GEN_CHASE ? 6 : cfg->kind >= GEN_ZIPF ? 12 : 3;

    if (!g)
        return NULL;
    g->cfg = *cfg;
    g->rng = mix64(cfg->seed * MIX64_K + 1);
    g->items = cfg->footprint >> unit;
    g->half = 1;
    while (mask64(2 * g->half) < g->items - 1)
        g->half++;
    for (unsigned i = 0; i < 4; i++)
        g->key[i] = random64(g);
    g->at = cfg->kind == GEN_CHASE ? random_below(g, g->items) : 0;
    if (cfg->kind >= GEN_ZIPF)
        zipf_setup(&g->zipf, g->items, cfg->zipf);
    // Every trace begins with a switch into its first address space; an image's is that of its registers.
    g->space = 1;
    g->guest = cfg->virt ? 1 : 0;
    g->owe_switch = !cfg->image;
    return g;
}

void gen_free(struct gen *g)
{
    free(g);
}

void gen_header(const struct gen *g, struct trace_header *h)
{
    *h = (struct trace_header){
        .version = TRACE_VERSION,
        .isa = GVT_RISCV64,
        .klass = g->cfg.ports ? GVT_PORTS : GVT_ACCESSES,
        .tables = g->cfg.image ? GVT_IMAGE : GVT_BUILT,
    };
    if (g->cfg.image)
        snprintf(h->image, sizeof h->image, "%s", g->cfg.image);
    snprintf(h->source, sizeof h->source, "l2tlb gen %s, footprint %llu, seed %llu",
             gen_kind_name[g->cfg.kind], (unsigned long long)g->cfg.footprint,
             (unsigned long long)g->cfg.seed);
}

// Offset of the next data access in the footprint.
static uint64_t data_offset(struct gen *g)
{
    const struct gen_cfg *c = &g->cfg;
    uint64_t offset;

    switch (c->kind) {
    case GEN_SEQ:
        offset = g->at * 8;
        g->at = g->at + 1 < g->items ? g->at + 1 : 0;
        return offset;
    case GEN_STRIDE:
        offset = g->at & ~UINT64_C(7);
        g->at += c->stride;
        if (g->at >= c->footprint)
            g->at -= c->footprint;
        return offset;
    case GEN_RANDOM:
        return random_below(g, g->items) * 8;
    case GEN_CHASE:
        offset = permute(g, g->at) * 64;
        g->at = g->at + 1 < g->items ? g->at + 1 : 0;
        return offset;
    default:
        return permute(g, zipf_draw(g)) << 12 | (random64(g) & 0xff8);
    }
}

// Straight-line code in 32-byte blocks with a jump after every eighth block on average.
static uint64_t code_offset(struct gen *g)
{
    uint64_t at = g->pc;

    if ((random64(g) & 7) == 0)
        g->pc = random_below(g, g->cfg.code >> 5) << 5;
    else
        g->pc = g->pc + 64 <= g->cfg.code ? g->pc + 32 : 0;
    return at;
}

// The piece that holds a byte of the footprint.
static const struct gen_run *find_run(const struct gen_runs *r, uint64_t offset)
{
    size_t low = 0, high = r->count;

    while (high - low > 1) {
        size_t mid = (low + high) / 2;
        *(r->run[mid].offset <= offset ? &low : &high) = mid;
    }
    return &r->run[low];
}

// Where a byte of the footprint lies; *writable: may it be stored to?
static uint64_t place(const struct gen_runs *r, uint64_t base, uint64_t offset, bool *writable)
{
    const struct gen_run *run = r->run ? find_run(r, offset) : NULL;

    *writable = !run || run->writable;
    return run ? run->va + (offset - run->offset) : base + offset;
}

// A geometric-like distance with the given mean: uniform in 0..2*mean, rounded at random.
static uint64_t spread(struct gen *g, double mean)
{
    return (uint64_t)(random_unit(g) * 2.0 * mean + random_unit(g));
}

static void make_access(struct gen *g, struct trace_record *r)
{
    const struct gen_cfg *c = &g->cfg;
    bool fetch = chance(g, c->fetches), writable;
    double u;

    r->kind = TRACE_ACCESS;
    r->priv = c->priv;
    r->virt = c->virt;
    if (fetch) {
        r->op = GVT_FETCH;
        r->size = 32;
        r->addr = place(&c->text, c->code_base, code_offset(g), &writable);
    } else {
        u = c->stores + c->amos > 0.0 ? random_unit(g) : 1.0;
        r->op = u < c->stores ? GVT_STORE : u < c->stores + c->amos ? GVT_AMO : GVT_LOAD;
        r->size = 8;
        r->addr = place(&c->data, c->base, data_offset(g), &writable);
        r->op = writable ? r->op : GVT_LOAD;
    }
    if (c->cycles > 0.0) {
        r->has_cycle = true;
        r->cycle = g->cycle += spread(g, c->cycles);
    }
    if (c->insns > 0.0)
        r->insns = spread(g, c->insns);
    if (c->ports) {
        r->kind = TRACE_PORT;
        r->port = !fetch;
        r->addr = bits(r->addr, 49, 12);
        r->s2xlate = c->virt ? 3 : 0;
        r->op = r->priv = 0;
        r->virt = false;
        r->size = 0;
    }
}

static void next_space(struct gen *g)
{
    if (++g->space > g->cfg.spaces) {
        g->space = 1;
        if (g->cfg.virt && ++g->guest > g->cfg.guests)
            g->guest = 1;
    }
}

static void make_switch(struct gen *g, struct trace_record *r)
{
    r->kind = TRACE_SWITCH;
    r->id = (uint16_t)g->space;
    r->vmid = (uint16_t)g->guest;
}

static void make_fence(struct gen *g, struct trace_record *r)
{
    const struct gen_cfg *c = &g->cfg;

    r->kind = TRACE_FENCE;
    r->op = c->virt ? GVT_HFENCE_VVMA : GVT_SFENCE_VMA;
    r->all_addr = c->fence != GEN_FENCE_PAGE;
    r->all_id = c->fence == GEN_FENCE_ALL;
    if (!r->all_addr)
        r->addr = (c->base + data_offset(g)) & ~UINT64_C(0xfff);
    if (!r->all_id)
        r->id = (uint16_t)g->space;
}

bool gen_next(struct gen *g, struct trace_record *r)
{
    const struct gen_cfg *c = &g->cfg;

    *r = (struct trace_record){0};
    if (g->owe_switch || g->owe_fence) {
        if (g->owe_switch) {
            make_switch(g, r);
            g->owe_switch = false;
        } else {
            make_fence(g, r);
            g->owe_fence = false;
        }
        r->has_cycle = c->cycles > 0.0;
        r->cycle = g->cycle;
        return true;
    }
    if (g->made == c->count)
        return false;
    make_access(g, r);
    g->made++;
    if (c->quantum && g->made % c->quantum == 0 && g->made < c->count) {
        next_space(g);
        g->owe_switch = true;
        g->owe_fence = c->fence != GEN_FENCE_NONE;
    }
    return true;
}
