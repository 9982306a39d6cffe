// SPDX-License-Identifier: MulanPSL-2.0
// What a machine says to `l2tlb snapshot`. Byte 0: which part; 0: bytes as packets of the remote serial protocol; 1: lines, each
// the answer to one packet of the client (packed here, so that checksums are right); 2: a target description; 3:
// lines of QMP; 4: a file of registers; 5: a dump. Nothing hangs, nothing is half taken, messages are one line.
#define _GNU_SOURCE // memmem
#include "snapshot/rsp.h"
#include "snapshot/snapshot.h"
#include "snapshot/target.h"
#include "tests/fuzz/fuzz.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { PARTS = 6, MOST = 1 << 16 };

static void packets(const uint8_t *data, size_t size)
{
    static struct rsp r; // its buffer is large
    static char frame[2 * RSP_MOST + 4];
    r.state = 0;
    for (size_t i = 0; i < size; i++) {
        enum rsp_event e = rsp_take(&r, data[i]);
        fuzz_want(r.size <= RSP_MOST, "a packet larger than its buffer");
        if (e != RSP_PACKET)
            continue;
        fuzz_want(r.data[r.size] == 0, "a packet without its end");
        static struct rsp back;
        size_t n = rsp_frame(r.data, r.size, frame);
        for (size_t k = 0; k < n; k++)
            e = rsp_take(&back, (unsigned char)frame[k]);
        fuzz_want(e == RSP_PACKET && back.size == r.size && memcmp(back.data, r.data, r.size) == 0,
                  "a packet that is not the same after it was sent");
        (void)rsp_is_stop(&r), (void)rsp_is_error(&r);
    }
}

// --- a stub or monitor that says what stands in the input, then hangs up ---------------------------

struct peer {
    int server;
    char *text;
    size_t size;
};

static void *serve(void *ctx)
{
    struct peer *p = ctx;
    char rest[4096];
    int fd = accept(p->server, NULL, NULL);
    for (size_t done = 0; fd >= 0 && done < p->size;) {
        ssize_t n = send(fd, p->text + done, p->size - done, MSG_NOSIGNAL);
        if (n <= 0)
            break;
        done += (size_t)n;
    }
    if (fd >= 0)
        shutdown(fd, SHUT_WR);
    while (fd >= 0 && read(fd, rest, sizeof rest) > 0)
        ;
    if (fd >= 0)
        close(fd);
    return NULL;
}

// Each line as an acknowledgement and a packet.
static void pack(struct peer *p, const uint8_t *data, size_t size)
{
    p->text = malloc(3 * size + 16 * (size + 1));
    fuzz_want(p->text != NULL, "memory");
    for (size_t at = 0; at < size;) {
        const uint8_t *end = memchr(data + at, '\n', size - at);
        size_t n = end ? (size_t)(end - (data + at)) : size - at;
        p->text[p->size++] = '+';
        p->size += rsp_frame((const char *)data + at, n, p->text + p->size);
        at += n + 1;
    }
}

static void take(struct machine *m)
{
    struct snapshot s = {.regs = {.arch = MACHINE_ARCHES}};
    const struct snap_cfg cfg = {.limit = 64};
    char msg[512];
    if (regs_take(&s.regs, m) == MACHINE_BROKEN)
        fuzz_message(m->msg);
    else if (regs_finish(&s.regs, m->swaps))
        fuzz_message(regs_finish(&s.regs, m->swaps));
    else if (!snapshot_take(&s, m, &cfg, msg, sizeof msg))
        fuzz_message(msg);
    fuzz_want(s.pages <= cfg.limit, "more pages than the limit");
    snapshot_free(&s);
    if (!machine_close(m))
        fuzz_message(m->msg);
}

static void talk(bool qmp, const uint8_t *data, size_t size)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    struct machine_cfg cfg = {.timeout = 200};
    struct peer p = {.server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    struct machine m;
    pthread_t thread;
    char source[160];
    snprintf(at.sun_path, sizeof at.sun_path, "%.80s/s", fuzz_folder());
    snprintf(source, sizeof source, "%s:%s", qmp ? "qmp" : "gdb", at.sun_path);
    if (qmp) {
        p.text = malloc(size + 1);
        fuzz_want(p.text != NULL, "memory");
        memcpy(p.text, data, size);
        p.size = size;
    } else {
        pack(&p, data, size);
    }
    fuzz_want(!bind(p.server, (struct sockaddr *)&at, sizeof at) && !listen(p.server, 1) &&
                  !pthread_create(&thread, NULL, serve, &p), "socket");
    if (machine_open(&m, source, &cfg))
        take(&m);
    else
        fuzz_message(m.msg);
    pthread_join(thread, NULL);
    close(p.server);
    unlink(at.sun_path);
    free(p.text);
}

// --- files --------------------------------------------------------------------------------------

struct text {
    const uint8_t *data;
    size_t size;
};

// Parts end with a line of one dot; the last one stands for every further file.
static char *next_part(void *ctx, const char *annex, size_t *size)
{
    struct text *t = ctx;
    (void)annex;
    const uint8_t *end = NULL;
    for (size_t i = 0; !end && i + 2 < t->size; i++)
        if (memcmp(t->data + i, "\n.\n", 3) == 0)
            end = t->data + i;
    *size = end ? (size_t)(end - t->data) : t->size;
    char *copy = malloc(*size + 1);
    fuzz_want(copy != NULL, "memory");
    memcpy(copy, t->data, *size);
    if (end) {
        t->size -= *size + 3;
        t->data += *size + 3;
    }
    return copy;
}

static void description(const uint8_t *data, size_t size)
{
    struct text t = {data, size};
    struct target_files files = {&t, next_part};
    struct target target;
    const char *why = target_read(&target, &files);
    if (why)
        fuzz_message(why);
    fuzz_want(target.regs <= TARGET_REGS, "too many registers");
    for (size_t i = 0; i < target.regs; i++)
        fuzz_want(target_find(&target, target.reg[i].name) != NULL, "a register that is not found");
    target_free(&target);
}

static void registers(const uint8_t *data, size_t size)
{
    struct snap_regs g = {.arch = MACHINE_ARCHES};
    char msg[512];
    if (!regs_file(&g, fuzz_file(0, data, size), msg, sizeof msg))
        fuzz_message(msg);
    else if (regs_finish(&g, true))
        fuzz_message(regs_finish(&g, true));
}

static void dump(const uint8_t *data, size_t size)
{
    struct machine m;
    if (dump_open(&m, fuzz_file(0, data, size)))
        take(&m);
    else
        fuzz_message(m.msg);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size || size > MOST)
        return 0;
    unsigned part = data[0] % PARTS;
    data++;
    size--;
    switch (part) {
    case 0: packets(data, size); break;
    case 1: talk(false, data, size); break;
    case 2: description(data, size); break;
    case 3: // no names that a resolver would be asked for
        if (!memmem(data, size, "tcp:", 4))
            talk(true, data, size);
        break;
    case 4: registers(data, size); break;
    default: dump(data, size); break;
    }
    return 0;
}
