// SPDX-License-Identifier: MulanPSL-2.0
// Packets of GDB's remote serial protocol: `$data#checksum`, with escapes and run lengths. No sockets.
// Source: "Debugging with GDB", appendix E, Overview and Packet Acknowledgment.
#ifndef L2TLB_SNAPSHOT_RSP_H
#define L2TLB_SNAPSHOT_RSP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RSP_MOST = 1 << 16 }; // bytes of a packet, expanded; longer ones are damaged

enum rsp_event {
    RSP_NOTHING, // the packet goes on
    RSP_PACKET,  // data[0..size) is whole; a 0 stands behind it
    RSP_ACK,
    RSP_NAK,
    RSP_DAMAGED, // wrong checksum, too long, a run of nothing
    RSP_GARBAGE, // a byte between packets that means nothing
};

struct rsp {
    uint8_t state; // zero: between packets
    bool notice;   // a notification: read and forgotten
    bool bad;
    uint8_t sum, check;
    size_t size;
    char data[RSP_MOST + 1];
};

// Takes the next byte of the stream.
enum rsp_event rsp_take(struct rsp *r, unsigned char byte);

// Writes `$data#checksum` to out (2 * n + 4 bytes at most). Returns its length.
size_t rsp_frame(const char *data, size_t n, char *out);

// Is this packet a stop reply ("T05...", "S02", "W00", "X09")? They may stand between answers.
bool rsp_is_stop(const struct rsp *r);
// "E" and two digits, or "E.text".
bool rsp_is_error(const struct rsp *r);
// Pairs of hexadecimal digits: their number, at most `room`; -1: something else.
long rsp_hex(const char *text, size_t n, unsigned char *out, size_t room);

#endif
