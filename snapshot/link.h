// SPDX-License-Identifier: MulanPSL-2.0
// A stream socket to a debug stub, with time-outs. Waiting ends when a signal that ends the command is
// pending (its handler is blocked while a machine stands: cmd/snapshot.c), but not in link_last().
#ifndef L2TLB_SNAPSHOT_LINK_H
#define L2TLB_SNAPSHOT_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct link {
    int fd;
    unsigned timeout; // milliseconds
    uint64_t deadline; // of the answer that is waited for, milliseconds of the monotonic clock
    bool last;
    size_t at, end;
    const char *trouble; // why nothing came
    unsigned char in[16384];
};

// "HOST:PORT", "[V6]:PORT", ":PORT", or the path of a socket. NULL or what is wrong.
const char *link_open(struct link *l, const char *address, unsigned timeout);
void link_close(struct link *l);
void link_begin(struct link *l); // the time for one answer starts now
void link_within(struct link *l, unsigned ms); // the same with another time
void link_last(struct link *l);  // from here on signals are left alone: the machine has to go on
// False, with trouble.
bool link_send(struct link *l, const void *data, size_t n);
int link_byte(struct link *l); // -1: trouble says why

// The trouble of a time-out, word for word.
#define LINK_LATE "no answer in time"

#endif
