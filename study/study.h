// SPDX-License-Identifier: MulanPSL-2.0
// A study: what STUDY.ini says. docs/studies.md is the manual of the file.
//
//   [study]       question, traces (globs, relative to the file), sample, points, seed, seeds, database, objective
//   [fix]         KEY = VALUE of every run
//   [vary]        KEY = values: `4, 8, 16`, `1..6`, `1..9 +2`, `8..64 *2`, `0.0..1.0` (a stretch, for random and lhs)
//   [choice NAME] a parameter whose values are bundles: LABEL = KEY=VALUE KEY=VALUE ...
//   [constraints] require = EXPRESSION (expression.h)
//
// Keys are those of `l2tlb config`, `world.KEY`, `mem.KEY`, `window.CLASS`, `retry.CLASS`, `arch`, `oracle`,
// `first_touch`, `untranslated`, `warmup`, `watchdog`.
#ifndef L2TLB_STUDY_STUDY_H
#define L2TLB_STUDY_STUDY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    STUDY_DIMS = 32,       // parameters that vary
    STUDY_VALUES = 4096,   // values of one, as written
    STUDY_SEEDS = 4096,
    STUDY_TRACES = 4096,
    STUDY_RULES = 64,      // constraints
    STUDY_POINTS = 1000000, // in a plan, and combinations that are looked at for it
    STUDY_MSG = 512,
};

enum study_sample { SAMPLE_GRID, SAMPLE_ONE, SAMPLE_RANDOM, SAMPLE_LHS, SAMPLES };
extern const char *const study_sample_name[SAMPLES]; // "grid", "one-at-a-time", "random", "lhs"

// Settings "key=value", in the order in which they are written.
struct study_settings {
    char **item;
    unsigned *line; // of the file
    unsigned count;
};

struct study_value {
    char *label;
    struct study_settings set;
};

struct study_dim {
    char *name;
    unsigned line;
    bool choice;     // [choice NAME]
    bool stretch;    // any number of from..to
    double from, to;
    struct study_value *value;
    unsigned values;
};

struct study {
    char *path, *name; // name: of the file, without its folder and .ini
    char *question, *database, *objective;
    enum study_sample sample;
    uint64_t points, seed; // random, lhs: how many configurations, seed of the draw
    uint64_t *seeds;       // of the worlds and memories
    unsigned seed_count;
    char **trace;
    unsigned traces;
    struct study_settings fix;
    struct study_dim dim[STUDY_DIMS];
    unsigned dims;
    char *rule[STUDY_RULES];
    unsigned rule_line[STUDY_RULES];
    unsigned rules;
};

// NULL and a message "file:line: reason".
struct study *study_load(const char *path, char *msg, size_t size);
void study_free(struct study *s);

// Appends a value without settings; false: out of memory. For stretches, whose values are drawn.
bool study_add_value(struct study_dim *d, const char *label, unsigned line, unsigned limit);
bool study_add_setting(struct study_settings *s, const char *text, unsigned line);

#endif
