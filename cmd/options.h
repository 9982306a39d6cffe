// SPDX-License-Identifier: MulanPSL-2.0
// Command-line options. One table per command drives parsing, the help text, the manual page and
// the completion of shells (help.h); what several commands share stands in a common table.
//
// `--name value`, `--name=value`, `-o value`; `--` ends the options; `-` alone is an argument (a
// standard stream). Numbers are decimal or 0x hexadecimal, without sign and without anything behind
// them. Unknown options, missing values and values out of range are errors: status 2.
#ifndef L2TLB_CMD_OPTIONS_H
#define L2TLB_CMD_OPTIONS_H

#include "arch/cfg.h"
#include "traces/output.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum { OPTIONS_LIST = 128 };

enum opt_type {
    OPT_FLAG,   // to: bool *
    OPT_NUMBER, // to: uint64_t *, within min..max
    OPT_TEXT,   // to: const char **
    OPT_CHOICE, // to: const char **, one of the words that stand in arg: "a|b|c"
    OPT_LIST,   // to: struct opt_list *, may be given several times
    OPT_FORMS,  // as OPT_LIST, each a word of arg or WORD=FILE: "a|b[=FILE]"
    OPT_END
};

struct opt_list {
    const char *item[OPTIONS_LIST];
    const char *option[OPTIONS_LIST]; // name of the option that gave it: two may share a list
    unsigned count;
};

struct opt {
    const char *name; // without the dashes
    char letter;      // short form, 0: none
    const char *arg;  // how the help calls the value; "FILE": completed as such
    const char *help;
    enum opt_type type;
    void *to;
    uint64_t min, max; // OPT_NUMBER
};

// Groups of common options that a command takes.
enum {
    OPTIONS_MACHINE = 1, // --preset --revision --config --set
    OPTIONS_REPORT = 2,  // --report --full -o (reports.h)
    OPTIONS_SEED = 4,    // --seed
    OPTIONS_SKIP = 8,    // --no-skip
    OPTIONS_WATCH = 16,  // --events --vcd --fst
    OPTIONS_QUIET = 32,  // --quiet
    OPTIONS_THREADS = 64, // --threads
};

struct options {
    const char *command;
    const char *preset, *revision, *config_file;
    const char *first_set; // a command's own KEY=VALUE, before the file and --set; NULL: none
    struct opt_list sets, reports;
    const char *output;
    uint64_t seed, threads;
    bool no_skip, quiet, help, full;
    const char *events, *vcd, *fst;
    struct opt_list given; // names of the options that were given
    char **arg;            // what is not an option
    int args;
};

// An option that does something in some of a command's uses only.
struct opt_use {
    const char *name, *uses; // "a|b|c"
};

struct command_help {
    const char *name;     // "replay"; "": of l2tlb itself
    const char *usage;    // "[options] TRACE..."
    const char *about;    // some sentences; lines that start with blanks stand as they are
    const char *operands; // what completion offers: "FILE", "a|b|FILE", or ""
};

enum { OPTIONS_GO = -1 };

// Parses argv[1..]. own: the command's table, ended by OPT_END; may be NULL. Returns OPTIONS_GO, or
// the exit status after --help, --help=man, ... (0) or an error (2; a message was printed).
int options_parse(struct options *o, const struct command_help *help, unsigned groups,
                  const struct opt *own, int argc, char **argv);

// True if every given option does something in this use; else false after printing a message. The table
// ends with an empty name; options that are not in it are always of use.
bool options_of_use(const struct options *o, const struct opt_use *table, const char *use);
bool options_given(const struct options *o, const char *name);

// The machine the options describe: preset, revision, the command's own setting, file, settings, in
// this order, checked. A file or a setting that contradicts the options --preset and --revision is an
// error. Returns false after printing a message.
bool options_config(const struct options *o, struct l2tlb_cfg *cfg);

// Splits "key=value" at the first '='; false without one, or with an empty or too long key.
bool options_split(const char *item, char *key, size_t key_size, const char **value);
// False: not a number, or something behind it.
bool options_number(const char *text, uint64_t *value);

// Files that a command reads and those that it writes (entries may be NULL), before any is opened. What
// --config names is read as well.
// False after printing a message: one is in the way of another (output.h).
bool options_apart(const struct options *o, const char *const *in, unsigned ins,
                   const char *const *out, unsigned outs);

// An output; path NULL: none. False after printing a message.
bool options_open(const struct options *o, const char *path, struct output **to);
// Ends the outputs of a command (entries may be NULL): all of them take their names, or, when whole is
// false or one could not be written, none. False after printing a message about each that could not.
bool options_close(const struct options *o, struct output *const *out, unsigned n, bool whole);

// Prints "l2tlb COMMAND: ..." on standard error, as it may be shown (source.h). Returns 2.
int options_error(const struct options *o, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

// Prints one line on standard output, as it may be shown: for lines with names and texts of the user.
void options_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
