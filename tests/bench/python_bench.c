// SPDX-License-Identifier: MulanPSL-2.0
// The C side of scripts/python_bench.py: the same stimulus through the public interface, timed.
//
//   python_bench FOLDER ROUNDS
//
// FOLDER holds requests, controls, words (pairs of address and word) and inputs as they are in memory. Prints, for every
// round, seconds of processor time of a batch and of the inputs cycle by cycle, and a checksum of the answers.
#include <l2tlb/l2tlb.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static void die(const char *what)
{
    fprintf(stderr, "python_bench: %s\n", what);
    exit(2);
}

static void *load(const char *folder, const char *name, size_t size, size_t *n)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "rb");
    if (!f || fseek(f, 0, SEEK_END))
        die(path);
    *n = (size_t)ftell(f) / size;
    void *all = malloc(*n * size + 1);
    rewind(f);
    if (!all || fread(all, size, *n, f) != *n)
        die(path);
    fclose(f);
    return all;
}

static double seconds(clock_t since)
{
    return (double)(clock() - since) / CLOCKS_PER_SEC;
}

static l2tlb_machine *machine(void)
{
    l2tlb_config *c;
    l2tlb_machine *m;
    if (l2tlb_cfg_new("default", &c) || l2tlb_machine_new(c, &m))
        die("no machine");
    l2tlb_cfg_free(c);
    return m;
}

static double batch(struct l2tlb_run *r, const uint64_t *words, size_t n, uint64_t *sum)
{
    l2tlb_machine *m = machine();
    if (l2tlb_memory_new(&r->memory) || l2tlb_memory_set(r->memory, "l2_sets", "0") ||
        l2tlb_memory_set(r->memory, "span", "0") || l2tlb_memory_set(r->memory, "lat", "40"))
        die("no memory");
    for (size_t i = 0; i < n; i++)
        l2tlb_memory_write(r->memory, words[2 * i], &words[2 * i + 1], 1);
    clock_t since = clock();
    if (l2tlb_machine_run(m, r))
        die(l2tlb_machine_message(m));
    double t = seconds(since);
    for (size_t i = *sum = 0; i < r->answer_count; i++)
        *sum = *sum * 31 + r->answers[i].cycle;
    l2tlb_memory_free(r->memory);
    l2tlb_machine_free(m);
    return t;
}

static double one_by_one(const struct l2tlb_inputs *in, size_t n)
{
    l2tlb_machine *m = machine();
    struct l2tlb_outputs out = {.size = sizeof out};
    clock_t since = clock();
    for (size_t i = 0; i < n; i++)
        if (l2tlb_machine_settle(m, &in[i], &out) || l2tlb_machine_tick(m))
            die(l2tlb_machine_message(m));
    double t = seconds(since);
    l2tlb_machine_free(m);
    return t;
}

int main(int argc, char **argv)
{
    size_t words, inputs;
    struct l2tlb_run r = {.size = sizeof r};
    if (argc != 3)
        die("FOLDER ROUNDS");
    r.requests = load(argv[1], "requests", sizeof *r.requests, &r.request_count);
    r.controls = load(argv[1], "controls", sizeof *r.controls, &r.control_count);
    const uint64_t *word = load(argv[1], "words", 16, &words);
    const struct l2tlb_inputs *in = load(argv[1], "inputs", sizeof *in, &inputs);
    r.answer_room = r.request_count + 320;
    r.answers = malloc(r.answer_room * sizeof *r.answers);
    r.accepted = malloc(r.request_count * sizeof *r.accepted);
    for (int i = 0; i < atoi(argv[2]); i++) {
        uint64_t sum;
        double a = batch(&r, word, words, &sum), b = one_by_one(in, inputs);
        printf("%f %f %" PRIu64 " %" PRIu64 "\n", a, b, sum, r.cycles_done);
    }
    return 0;
}
