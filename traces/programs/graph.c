// SPDX-License-Identifier: MulanPSL-2.0
// A graph kernel with a large irregular footprint, to be captured: breadth-first search and
// PageRank on a random power-law graph in compressed sparse row form. Stand-alone.
//
//   graph [LOG2_VERTICES [EDGES_PER_VERTEX [PAGERANK_ROUNDS]]]     default 20 8 2
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

struct graph {
    uint32_t vertices, edges;
    uint32_t *first;  // vertices + 1
    uint32_t *target; // edges
};

static uint64_t next_random(uint64_t *state)
{
    uint64_t x = *state += UINT64_C(0x9e3779b97f4a7c15);

    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

// A vertex; bits are set with probability 1/4 each, so degrees are skewed, then scattered.
static uint32_t random_vertex(uint64_t *state, uint32_t mask)
{
    uint32_t v = (uint32_t)(next_random(state) & next_random(state));

    return (v * UINT32_C(2654435761) + UINT32_C(12345)) & mask;
}

static void *need(size_t bytes)
{
    void *p = calloc(1, bytes);

    if (!p) {
        fprintf(stderr, "graph: out of memory\n");
        exit(2);
    }
    return p;
}

static struct graph make_graph(unsigned log2_vertices, unsigned per_vertex, uint64_t seed)
{
    struct graph g = {.vertices = UINT32_C(1) << log2_vertices};
    uint32_t mask = g.vertices - 1, *fill;
    uint64_t state = seed;

    g.edges = g.vertices * per_vertex;
    g.first = need((g.vertices + UINT64_C(1)) * sizeof *g.first);
    g.target = need(g.edges * sizeof *g.target);
    fill = need(g.vertices * sizeof *fill);
    for (uint32_t i = 0; i < g.edges; i++) {
        g.first[random_vertex(&state, mask) + 1]++;
        next_random(&state);
    }
    for (uint32_t v = 0; v < g.vertices; v++) {
        g.first[v + 1] += g.first[v];
        fill[v] = g.first[v];
    }
    state = seed;
    for (uint32_t i = 0; i < g.edges; i++) {
        uint32_t from = random_vertex(&state, mask);
        g.target[fill[from]++] = (uint32_t)next_random(&state) & mask;
    }
    free(fill);
    return g;
}

static uint32_t search(const struct graph *g, uint32_t start)
{
    uint32_t *depth = need(g->vertices * sizeof *depth), *queue = need(g->vertices * sizeof *queue);
    uint32_t head = 0, tail = 0;

    depth[start] = 1;
    queue[tail++] = start;
    while (head < tail) {
        uint32_t v = queue[head++];
        for (uint32_t e = g->first[v]; e < g->first[v + 1]; e++) {
            uint32_t to = g->target[e];
            if (depth[to] == 0) {
                depth[to] = depth[v] + 1;
                queue[tail++] = to;
            }
        }
    }
    free(depth);
    free(queue);
    return tail;
}

static uint32_t busiest(const struct graph *g)
{
    uint32_t best = 0;

    for (uint32_t v = 1; v < g->vertices; v++)
        if (g->first[v + 1] - g->first[v] > g->first[best + 1] - g->first[best])
            best = v;
    return best;
}

static double rank_sum(const struct graph *g, unsigned rounds)
{
    double *now = need(g->vertices * sizeof *now), *next = need(g->vertices * sizeof *next), sum = 0;

    for (uint32_t v = 0; v < g->vertices; v++)
        now[v] = 1.0 / g->vertices;
    for (unsigned i = 0; i < rounds; i++) {
        double *swap = now;
        for (uint32_t v = 0; v < g->vertices; v++)
            next[v] = 0.15 / g->vertices;
        for (uint32_t v = 0; v < g->vertices; v++) {
            uint32_t degree = g->first[v + 1] - g->first[v];
            for (uint32_t e = g->first[v]; e < g->first[v + 1]; e++)
                next[g->target[e]] += 0.85 * now[v] / degree;
        }
        now = next;
        next = swap;
    }
    for (uint32_t v = 0; v < g->vertices; v++)
        sum += now[v];
    free(now);
    free(next);
    return sum;
}

int main(int argc, char **argv)
{
    unsigned log2_vertices = argc > 1 ? (unsigned)atoi(argv[1]) : 20;
    unsigned per_vertex = argc > 2 ? (unsigned)atoi(argv[2]) : 8;
    unsigned rounds = argc > 3 ? (unsigned)atoi(argv[3]) : 2;
    struct graph g;

    if (log2_vertices < 4 || log2_vertices > 26 || per_vertex < 1 || per_vertex > 30) {
        fprintf(stderr, "graph: 4..26 and 1..30 expected\n");
        return 2;
    }
    g = make_graph(log2_vertices, per_vertex, 1);
    printf("%u vertices, %u edges\n", g.vertices, g.edges);
    fflush(stdout);
    printf("reached %u\n", search(&g, busiest(&g)));
    printf("rank sum %.6f\n", rank_sum(&g, rounds));
    free(g.first);
    free(g.target);
    return 0;
}
