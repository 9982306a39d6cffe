// SPDX-License-Identifier: MulanPSL-2.0
// Waveforms beside the VCD text that the model writes: FST, through the converter vcd2fst of GTKWave, and save files
// that open a waveform with the signals one looks at first.
#ifndef L2TLB_CMD_WAVE_H
#define L2TLB_CMD_WAVE_H

#include "cmd/options.h"

#include <stdio.h>

struct fst {
    FILE *vcd;          // write the VCD text here; NULL: none
    FILE *converted;    // what comes back
    struct output *out; // the file; ended by options_close() behind fst_end()
    long pid;           // of the converter
};

// path NULL: none. False after printing a message: vcd2fst is not there, ...
bool fst_begin(const struct options *o, const char *path, struct fst *f);
// Behind the last cycle: waits for the converter and copies its result into the output. False after printing a message.
bool fst_end(const struct options *o, struct fst *f);

// Writes NAME.gtkw (GTKWave) and NAME.sucl (Surfer) beside the waveform NAME.vcd or NAME.fst, unless there is such a file:
// a layout of the user stays. Other names and what is no regular file have none. False after printing a message.
bool wave_save_files(const struct options *o, const char *path);

#endif
