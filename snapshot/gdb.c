// SPDX-License-Identifier: MulanPSL-2.0
// A client of GDB's remote serial protocol, as far as a snapshot needs it: it stops the machine, reads
// registers by the target description and physical memory, and lets the machine go on.
// Source: "Debugging with GDB", appendix E; QEMU's own packets: docs/system/gdb.rst.
//
// QEMU stops the machine when a client connects, and sends stop replies when it likes: they are skipped
// wherever an answer is waited for. Qqemu.PhyMemMode makes its memory packets physical; other stubs
// are asked for the same addresses, and must be set so that these are physical.
#include "snapshot/gdb.h"

#include "arch/bits.h"
#include "snapshot/link.h"
#include "snapshot/rsp.h"
#include "snapshot/target.h"
#include "traces/source.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_WAIT = 1000, LAST_WAIT = 3000, TRIES = 4, MOST_GARBAGE = 1 << 16, MOST_PACKETS = 10000,
       MOST_REGISTERS = 1 << 15 };

struct gdb {
    struct machine *m;
    struct link link;
    struct rsp rsp;
    struct target target;
    char address[160];
    size_t packet;    // bytes of an answer
    bool no_ack, describes, qemu, stopped, physical;
    char memory_mode; // of QEMU, as it was
    int guest;        // V: 0, 1, -1 not known
    unsigned char *all; // answer of `g`, or NULL
    size_t all_size;
};

// Fills the message. Always BROKEN.
static enum machine_answer broken(struct gdb *g, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static enum machine_answer broken(struct gdb *g, const char *format, ...)
{
    char text[256];
    va_list ap;
    va_start(ap, format);
    vsnprintf(text, sizeof text, format, ap);
    va_end(ap);
    snprintf(g->m->msg, sizeof g->m->msg, "%s: %s", g->address, text);
    return MACHINE_BROKEN;
}

// --- packets ------------------------------------------------------------------------------------

static bool send_packet(struct gdb *g, const char *data)
{
    char frame[2048];
    size_t n = strlen(data);
    if (2 * n + 4 > sizeof frame) {
        g->link.trouble = "too long a packet";
        return false;
    }
    return link_send(&g->link, frame, rsp_frame(data, n, frame));
}

// The next packet, acknowledged; `asked` is sent again when the other side wants that.
static enum machine_answer next_packet(struct gdb *g, const char *asked)
{
    unsigned damaged = 0, again = 0, garbage = 0;
    for (int byte; (byte = link_byte(&g->link)) >= 0;) {
        switch (rsp_take(&g->rsp, (unsigned char)byte)) {
        case RSP_PACKET:
            if (!g->no_ack && !link_send(&g->link, "+", 1))
                return broken(g, "%s", g->link.trouble);
            return MACHINE_YES;
        case RSP_DAMAGED:
            if (g->no_ack || ++damaged == TRIES)
                return broken(g, "damaged packets in answer to \"%.20s\"", asked);
            if (!link_send(&g->link, "-", 1))
                return broken(g, "%s", g->link.trouble);
            break;
        case RSP_NAK:
            if (++again == TRIES)
                return broken(g, "the stub does not take \"%.20s\"", asked);
            if (!send_packet(g, asked))
                return broken(g, "%s", g->link.trouble);
            break;
        case RSP_GARBAGE:
            if (++garbage == MOST_GARBAGE)
                return broken(g, "no packets of the remote serial protocol");
            break;
        case RSP_NOTHING:
        case RSP_ACK:
            break;
        }
    }
    return broken(g, "%s (to \"%.20s\")", g->link.trouble, asked);
}

// The answer to a question that is none of the stop replies: it lies in g->rsp.
static enum machine_answer ask(struct gdb *g, const char *question)
{
    link_begin(&g->link);
    if (!send_packet(g, question))
        return broken(g, "%s", g->link.trouble);
    enum machine_answer a;
    unsigned n = 0;
    do {
        if (n++ == MOST_PACKETS)
            return broken(g, "stop replies without end");
        a = next_packet(g, question);
    } while (a == MACHINE_YES && rsp_is_stop(&g->rsp));
    return a;
}

// NO when the stub does not know the question or refuses it.
static enum machine_answer ask_for(struct gdb *g, const char *question)
{
    enum machine_answer a = ask(g, question);
    return a == MACHINE_YES && (!g->rsp.size || rsp_is_error(&g->rsp)) ? MACHINE_NO : a;
}

static bool answered(const struct gdb *g, const char *text) { return strcmp(g->rsp.data, text) == 0; }

// --- stopping and going on ----------------------------------------------------------------------

static enum machine_answer wait_for_stop(struct gdb *g, const char *asked, unsigned ms)
{
    link_within(&g->link, ms);
    for (unsigned n = 0; n < MOST_PACKETS; n++) {
        enum machine_answer a = next_packet(g, asked);
        if (a != MACHINE_YES)
            return a;
        if (!rsp_is_stop(&g->rsp))
            continue;
        if (g->rsp.data[0] == 'W' || g->rsp.data[0] == 'X')
            return broken(g, "the program that is debugged has ended");
        return MACHINE_YES;
    }
    return broken(g, "no stop reply");
}

// A stub that stops the machine for its clients says so when it is asked; another one is interrupted.
static enum machine_answer stop(struct gdb *g)
{
    link_begin(&g->link);
    if (!send_packet(g, "?"))
        return broken(g, "%s", g->link.trouble);
    unsigned first = g->link.timeout < FIRST_WAIT ? g->link.timeout / 2 : FIRST_WAIT;
    enum machine_answer a = wait_for_stop(g, "?", first);
    if (a == MACHINE_BROKEN && strcmp(g->link.trouble ? g->link.trouble : "", LINK_LATE) == 0) {
        link_begin(&g->link);
        if (!link_send(&g->link, "\x03", 1))
            return broken(g, "%s", g->link.trouble);
        a = wait_for_stop(g, "interrupt", g->link.timeout);
    }
    return a;
}

// After `c` nothing comes but the acknowledgement, and perhaps a stop for another reason.
static bool go_on(struct gdb *g)
{
    link_within(&g->link, LAST_WAIT);
    if (!send_packet(g, "c") || g->no_ack)
        return g->no_ack;
    unsigned again = 0;
    for (int byte; again < TRIES && (byte = link_byte(&g->link)) >= 0;)
        switch (rsp_take(&g->rsp, (unsigned char)byte)) {
        case RSP_ACK:
            return true;
        case RSP_NAK:
            again += send_packet(g, "c") ? 1 : TRIES;
            break;
        case RSP_NOTHING:
        case RSP_PACKET:
        case RSP_DAMAGED:
        case RSP_GARBAGE:
            break;
        }
    return false;
}

static bool close_gdb(void *self)
{
    struct gdb *g = self;
    char text[32];
    bool fine = true;
    link_last(&g->link);
    g->link.timeout = LAST_WAIT;
    if (g->stopped && g->physical) {
        snprintf(text, sizeof text, "Qqemu.PhyMemMode:%c", g->memory_mode);
        fine = ask(g, text) == MACHINE_YES;
    }
    if (g->stopped && !g->m->stay)
        fine = go_on(g) && fine;
    if (!fine)
        broken(g, "%s; the machine may still stand", g->link.trouble ? g->link.trouble : "it does not go on");
    link_close(&g->link);
    target_free(&g->target);
    free(g->all);
    free(g);
    return fine;
}

// --- registers ----------------------------------------------------------------------------------

// A stub without `p`: all registers in one packet, in the order of their numbers.
static enum machine_answer by_g(struct gdb *g, const struct target_reg *r, uint64_t *value)
{
    size_t at = 0;
    if (!g->all) {
        enum machine_answer a = ask_for(g, "g");
        if (a != MACHINE_YES)
            return a;
        g->all_size = g->rsp.size / 2;
        g->all = malloc(g->all_size + 1);
        if (!g->all)
            return broken(g, "out of memory");
        for (size_t i = 0; i < 2 * g->all_size; i++) // x: not available
            if (g->rsp.data[i] == 'x')
                g->rsp.data[i] = '0';
        if (rsp_hex(g->rsp.data, g->rsp.size, g->all, g->all_size) < 0)
            return broken(g, "the answer to \"g\" is no hexadecimal number");
    }
    for (size_t i = 0; i < g->target.regs; i++)
        if (g->target.reg[i].number < r->number)
            at += g->target.reg[i].bits / 8;
    size_t n = r->bits / 8;
    if (!n || n > 8 || at > g->all_size || n > g->all_size - at)
        return MACHINE_NO;
    *value = little_endian(g->all + at, n);
    return MACHINE_YES;
}

static enum machine_answer get_register(void *self, const char *name, uint64_t *value)
{
    struct gdb *g = self;
    unsigned char bytes[8];
    char text[32];
    if (strcmp(name, "virt") == 0 && g->guest >= 0) {
        *value = (uint64_t)g->guest;
        return MACHINE_YES;
    }
    const struct target_reg *r = target_find(&g->target, name);
    if (!r || r->bits > 64)
        return MACHINE_NO;
    if (g->all)
        return by_g(g, r, value);
    snprintf(text, sizeof text, "p%x", (unsigned)r->number);
    enum machine_answer a = ask(g, text);
    if (a != MACHINE_YES || rsp_is_error(&g->rsp) || g->rsp.data[0] == 'x')
        return a == MACHINE_YES ? MACHINE_NO : a;
    if (!g->rsp.size)
        return by_g(g, r, value);
    long n = rsp_hex(g->rsp.data, g->rsp.size, bytes, sizeof bytes);
    if (n < 1)
        return broken(g, "the answer for register %s is no hexadecimal number of 64 bits: \"%.20s\"", name,
                      g->rsp.data);
    *value = little_endian(bytes, (size_t)n);
    return MACHINE_YES;
}

// --- memory -------------------------------------------------------------------------------------

static enum machine_answer get_page(void *self, uint64_t addr, unsigned char *data)
{
    struct gdb *g = self;
    char text[48];
    for (size_t done = 0; done < MACHINE_PAGE;) {
        size_t want = MACHINE_PAGE - done < g->packet / 2 ? MACHINE_PAGE - done : g->packet / 2;
        snprintf(text, sizeof text, "m%jx,%zx", (uintmax_t)(addr + done), want);
        enum machine_answer a = ask_for(g, text);
        if (a != MACHINE_YES)
            return a;
        long n = rsp_hex(g->rsp.data, g->rsp.size, data + done, want);
        if (n < 1)
            return broken(g, "the answer to \"%s\" is not that much memory", text);
        done += (size_t)n;
    }
    return MACHINE_YES;
}

// --- opening ------------------------------------------------------------------------------------

static enum machine_answer features(struct gdb *g)
{
    enum machine_answer a = ask(g, "qSupported:xmlRegisters=riscv,aarch64,arm");
    if (a != MACHINE_YES)
        return a;
    uint64_t size;
    g->describes = strstr(g->rsp.data, "qXfer:features:read+") != NULL;
    const char *p = strstr(g->rsp.data, "PacketSize=");
    char number[20] = "";
    if (p)
        snprintf(number, sizeof number, "%.*s", (int)strcspn(p + 11, ";"), p + 11);
    // A stub may count the frame or a 0 as well: powers of two are on the safe side.
    size_t most = p && parse_hex(number, UINT32_MAX, &size) && size ? (size_t)size + 1 : 400;
    for (g->packet = 64; 2 * g->packet <= most && g->packet < 2 * MACHINE_PAGE;)
        g->packet *= 2;
    if (strstr(g->rsp.data, "QStartNoAckMode+")) {
        a = ask_for(g, "QStartNoAckMode");
        g->no_ack = a == MACHINE_YES && answered(g, "OK");
    }
    return a == MACHINE_BROKEN ? a : MACHINE_YES;
}

// One file of the target description, part by part.
static char *fetch(void *ctx, const char *annex, size_t *size)
{
    struct gdb *g = ctx;
    char text[256], *all = malloc(TARGET_FILE_MOST);
    enum machine_answer a = MACHINE_YES;
    *size = 0;
    if (!all) {
        broken(g, "out of memory");
        return NULL;
    }
    while (a == MACHINE_YES) {
        int n = snprintf(text, sizeof text, "qXfer:features:read:%s:%zx,%zx", annex, *size, g->packet - 5);
        a = n > 0 && (size_t)n < sizeof text ? ask_for(g, text) : MACHINE_NO;
        size_t got = a == MACHINE_YES ? g->rsp.size - 1 : 0;
        bool more = got && g->rsp.data[0] == 'm';
        if (a != MACHINE_YES || got > TARGET_FILE_MOST - *size || (!more && g->rsp.data[0] != 'l'))
            break;
        memcpy(all + *size, g->rsp.data + 1, got);
        *size += got;
        if (!more)
            return all;
    }
    free(all);
    if (a != MACHINE_BROKEN)
        broken(g, "the target description (%.40s) breaks off or is refused", annex);
    return NULL;
}

static enum machine_answer description(struct gdb *g)
{
    struct target_files files = {g, fetch};
    const char *why = g->describes ? target_read(&g->target, &files) : NULL, *name = g->target.architecture;
    if (why)
        return *why ? broken(g, "%s", why) : MACHINE_BROKEN;
    if (strncmp(name, "riscv", 5) == 0)
        g->m->arch = MACHINE_RISCV64;
    else if (strncmp(name, "aarch64", 7) == 0)
        g->m->arch = MACHINE_AARCH64;
    else if (*name)
        return broken(g, "a machine of kind %s", name);
    return strcmp(name, "riscv:rv32") == 0 ? broken(g, "a machine of kind riscv:rv32") : MACHINE_YES;
}

// Threads of a stub are harts. Sets the one that is wanted.
static enum machine_answer choose_hart(struct gdb *g, unsigned wanted)
{
    char id[40] = "", text[48];
    enum machine_answer a = ask_for(g, "qfThreadInfo");
    unsigned harts = 0, packets = 0;
    while (a == MACHINE_YES && g->rsp.data[0] == 'm') {
        if (packets++ == MOST_PACKETS)
            return broken(g, "the list of threads has no end");
        for (char *p = g->rsp.data + 1, *end; *p; p = end + (*end == ',')) {
            end = p + strcspn(p, ",");
            if (harts++ == wanted)
                snprintf(id, sizeof id, "%.*s", (int)(end - p), p);
        }
        a = ask_for(g, "qsThreadInfo");
    }
    if (a == MACHINE_BROKEN)
        return a;
    if (wanted && !*id)
        return broken(g, "there is no hart %u: the stub has %u", wanted, harts);
    if (!*id)
        return MACHINE_YES;
    snprintf(text, sizeof text, "Hg%s", id);
    a = ask_for(g, text);
    return a == MACHINE_NO && wanted ? broken(g, "the stub does not show hart %u", wanted)
           : a == MACHINE_BROKEN ? a : MACHINE_YES;
}

// A command for the stub's monitor; what it prints is added to out (NULL: left alone).
static enum machine_answer monitor(struct gdb *g, const char *command, char *out, size_t size)
{
    char text[6 + 2 * MACHINE_COMMAND + 1] = "qRcmd,";
    size_t n = 6, used = 0;
    unsigned packets = 0;
    for (const char *p = command; *p && n + 2 < sizeof text; p++) // gdb_open() has looked at the length
        n += (size_t)snprintf(text + n, 3, "%02x", (unsigned)(unsigned char)*p);
    enum machine_answer a = ask_for(g, text);
    while (a == MACHINE_YES && !answered(g, "OK")) {
        const char *hex = g->rsp.data + (g->rsp.data[0] == 'O');
        long got = out && size - used > 1 ? rsp_hex(hex, strlen(hex), (unsigned char *)out + used, size - used - 1)
                                          : 0;
        used += got > 0 ? (size_t)got : 0;
        if (g->rsp.data[0] != 'O')
            break; // the output is the answer
        if (packets++ == MOST_PACKETS)
            return broken(g, "the output of \"%.20s\" has no end", command);
        a = next_packet(g, command);
    }
    if (out)
        out[used] = 0;
    return a;
}

// V of the hart: `info registers` of QEMU says it, its stub does not (7.2 to 11.1).
static enum machine_answer ask_guest(struct gdb *g, unsigned hart)
{
    char command[24], *text = malloc(MOST_REGISTERS);
    if (!text)
        return broken(g, "out of memory");
    snprintf(command, sizeof command, "cpu %u", hart);
    enum machine_answer a = monitor(g, command, NULL, 0);
    if (a == MACHINE_YES)
        a = monitor(g, "info registers", text, MOST_REGISTERS);
    g->guest = a == MACHINE_YES ? gdb_guest_of(text) : -1;
    free(text);
    return a;
}

int gdb_guest_of(const char *text)
{
    for (const char *line = text; line; line = strchr(line, '\n')) {
        line += strspn(line, " \r\n");
        const char *value = line + 1 + (*line == 'V' ? strspn(line + 1, " =") : 0);
        if (*line == 'V' && value > line + 1 && (*value == '0' || *value == '1'))
            return *value == '1';
    }
    return -1;
}

static enum machine_answer qemu_mode(struct gdb *g, unsigned hart)
{
    enum machine_answer a = ask_for(g, "qqemu.PhyMemMode");
    g->qemu = a == MACHINE_YES && (answered(g, "0") || answered(g, "1"));
    if (!g->qemu)
        return a;
    g->memory_mode = g->rsp.data[0];
    a = ask_for(g, "Qqemu.PhyMemMode:1");
    if (a != MACHINE_YES || !answered(g, "OK"))
        return a == MACHINE_BROKEN ? a : broken(g, "QEMU does not show physical memory");
    g->physical = true;
    bool riscv = g->m->arch == MACHINE_RISCV64;
    g->m->swaps = riscv;
    return riscv && !target_find(&g->target, "virt") ? ask_guest(g, hart) : MACHINE_YES;
}

static enum machine_answer set_up(struct gdb *g, const struct machine_cfg *cfg)
{
    enum machine_answer a = features(g);
    if (a == MACHINE_YES)
        a = stop(g);
    if (a == MACHINE_YES)
        a = description(g);
    if (a == MACHINE_YES)
        a = choose_hart(g, cfg->hart);
    if (a == MACHINE_YES)
        a = qemu_mode(g, cfg->hart);
    for (unsigned i = 0; a != MACHINE_BROKEN && i < cfg->monitors; i++) {
        a = monitor(g, cfg->monitor[i], NULL, 0);
        if (a == MACHINE_NO)
            a = broken(g, "the monitor refuses \"%.40s\"", cfg->monitor[i]);
    }
    return a;
}

bool gdb_open(struct machine *m, const char *address, const struct machine_cfg *cfg)
{
    struct gdb *g = calloc(1, sizeof *g);
    if (!g) {
        snprintf(m->msg, sizeof m->msg, "out of memory");
        return false;
    }
    *m = (struct machine){.self = g, .reg = get_register, .page = get_page, .close = close_gdb,
                          .live = true, .arch = MACHINE_ARCHES};
    g->m = m;
    g->guest = -1;
    m->stay = cfg->stay;
    snprintf(g->address, sizeof g->address, "gdb:%.150s", address);
    for (unsigned i = 0; i < cfg->monitors; i++)
        if (strlen(cfg->monitor[i]) > MACHINE_COMMAND) {
            broken(g, "the command \"%.20s...\" for the monitor is longer than %d bytes", cfg->monitor[i], MACHINE_COMMAND);
            free(g);
            return false;
        }
    const char *why = link_open(&g->link, address, cfg->timeout);
    g->stopped = !why; // QEMU stops for whoever connects
    if (why)
        broken(g, "%s", why);
    if (why || set_up(g, cfg) == MACHINE_BROKEN) {
        char first[sizeof m->msg];
        memcpy(first, m->msg, sizeof first);
        bool fine = close_gdb(g);
        snprintf(m->msg, sizeof m->msg, "%.300s%s", first, fine ? "" : "; the machine may still stand");
        return false;
    }
    snprintf(m->about, sizeof m->about, "%s by its gdb stub", g->qemu ? "QEMU" : "machine");
    return true;
}
