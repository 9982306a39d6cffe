// SPDX-License-Identifier: MulanPSL-2.0
// Dumps of a crashed kernel in the formats of kdump and makedumpfile, by libkdumpfile where the build found
// it (pkg-config). Physical memory only: the registers have to be given.
//
// The library works in a process of its own, which is asked for pages: version 0.5.1 crashes on some damaged files.
#include "arch/bits.h"
#include "snapshot/machine.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#ifdef L2TLB_KDUMP
#include <errno.h>
#include <fcntl.h>
#include <libkdumpfile/kdumpfile.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

enum { TEXT = 200, PATIENCE = 60000 }; // milliseconds

// What the other process says: first about the file, then about each page.
struct answer {
    int status; // enum machine_answer
    unsigned arch;
    char text[TEXT];
    unsigned char page[MACHINE_PAGE];
};

struct kdump {
    struct machine *m;
    int fd, link;
    pid_t child;
    struct stat before;
    char path[256];
};

// All n bytes; false at the end of the other side.
static bool read_all(int fd, void *data, size_t n)
{
    char *p = data;
    while (n) {
        struct pollfd ready = {.fd = fd, .events = POLLIN};
        int one = poll(&ready, 1, PATIENCE);
        ssize_t got = one > 0 ? read(fd, p, n) : one;
        if (got <= 0 && !(got < 0 && errno == EINTR))
            return false;
        p += got > 0 ? got : 0;
        n -= got > 0 ? (size_t)got : 0;
    }
    return true;
}

static bool write_all(int fd, const void *data, size_t n)
{
    const char *p = data;
    while (n) {
        ssize_t done = send(fd, p, n, MSG_NOSIGNAL);
        if (done <= 0)
            return false;
        p += done;
        n -= (size_t)done;
    }
    return true;
}

// --- flattened dumps ----------------------------------------------------------------------------

enum { FLAT_HEADER = 4096, FLAT_RECORD = 16, FLAT_CHUNK = 65536 };

// NULL, or why these bytes of the file cannot be copied.
static const char *copy(int from, uint64_t at, int to, uint64_t offset, uint64_t size)
{
    unsigned char data[FLAT_CHUNK];
    while (size) {
        size_t n = size < sizeof data ? (size_t)size : sizeof data;
        if (pread(from, data, n, (off_t)at) != (ssize_t)n)
            return "the flattened dump breaks off";
        if (pwrite(to, data, n, (off_t)offset) != (ssize_t)n)
            return strerror(errno);
        at += n;
        offset += n;
        size -= n;
    }
    return NULL;
}

// QEMU writes dumps as makedumpfile -F does: records of offset, size (big-endian) and bytes, which the library
// wants in their places. Source: makedumpfile, IMPLEMENTATION and makedumpfile.h. *flat: -1, it is no such dump.
static const char *unflatten(int fd, int *flat)
{
    unsigned char head[FLAT_RECORD];
    uint64_t at = FLAT_HEADER;
    const char *why = NULL;
    *flat = -1;
    if (pread(fd, head, sizeof head, 0) != sizeof head || memcmp(head, "makedumpfile", 12) != 0)
        return NULL;
    FILE *file = tmpfile();
    *flat = file ? dup(fileno(file)) : -1;
    if (file)
        fclose(file); // it has no name; the descriptor keeps it
    if (*flat < 0)
        return strerror(errno);
    while (!why) {
        if (pread(fd, head, sizeof head, (off_t)at) != sizeof head)
            return "the flattened dump breaks off";
        uint64_t offset = big_endian(head, 8), size = big_endian(head + 8, 8);
        if (offset == UINT64_MAX) // the end
            return NULL;
        at += FLAT_RECORD;
        why = (offset | size) >> 62 ? "the flattened dump has a record out of range" : copy(fd, at, *flat, offset, size);
        at += size;
    }
    return why;
}

// --- the process that has the library -----------------------------------------------------------

static void say(struct answer *a, const char *why)
{
    a->status = MACHINE_BROKEN;
    snprintf(a->text, sizeof a->text, "%.190s", why);
}

static kdump_ctx_t *open_file(int fd, struct answer *a)
{
    const char *text;
    int flat;
    kdump_ctx_t *ctx = kdump_new();
    const char *why = ctx ? unflatten(fd, &flat) : "out of memory";
    if (!why && kdump_open_fd(ctx, flat >= 0 ? flat : fd) != KDUMP_OK)
        why = kdump_get_err(ctx);
    if (why)
        say(a, why);
    else if (kdump_get_string_attr(ctx, KDUMP_ATTR_ARCH_NAME, &text) == KDUMP_OK)
        a->arch = strcmp(text, "aarch64") == 0 ? MACHINE_AARCH64
                  : strcmp(text, "riscv64") == 0 ? MACHINE_RISCV64 : MACHINE_ARCHES;
    return ctx;
}

static void serve(int fd, int link)
{
    struct answer a = {.status = MACHINE_YES, .arch = MACHINE_ARCHES};
    struct rlimit none = {0, 0};
    uint64_t addr;
    setrlimit(RLIMIT_CORE, &none);
    int nowhere = open("/dev/null", O_RDWR);
    dup2(nowhere, STDERR_FILENO);
    kdump_ctx_t *ctx = open_file(fd, &a);
    bool fine = write_all(link, &a, sizeof a) && a.status == MACHINE_YES;
    while (fine && read(link, &addr, sizeof addr) == sizeof addr) {
        size_t n = MACHINE_PAGE;
        kdump_status status = kdump_read(ctx, KDUMP_MACHPHYSADDR, addr, a.page, &n);
        a.status = status == KDUMP_OK ? MACHINE_YES : MACHINE_NO;
        if (status != KDUMP_OK && status != KDUMP_ERR_NODATA) // NODATA: filtered out, or no memory
            say(&a, kdump_get_err(ctx));
        fine = write_all(link, &a, sizeof a);
    }
    _exit(0);
}

// --- the side of the snapshot -------------------------------------------------------------------

static enum machine_answer listen_to(struct kdump *k, struct answer *a)
{
    bool fine = read_all(k->link, a, sizeof *a);
    if (fine && a->status != MACHINE_BROKEN)
        return (enum machine_answer)a->status;
    snprintf(k->m->msg, sizeof k->m->msg, "%s: %.200s", k->path,
             fine ? a->text : "libkdumpfile gave up: the dump is damaged");
    return MACHINE_BROKEN;
}

static enum machine_answer no_register(void *self, const char *name, uint64_t *value)
{
    (void)self, (void)name, (void)value;
    return MACHINE_NO;
}

static enum machine_answer kdump_page(void *self, uint64_t addr, unsigned char *data)
{
    struct kdump *k = self;
    struct answer a;
    write_all(k->link, &addr, sizeof addr); // if it does not arrive, no answer does
    enum machine_answer answer = listen_to(k, &a);
    if (answer == MACHINE_YES)
        memcpy(data, a.page, MACHINE_PAGE);
    return answer;
}

static const char *kdump_changed(void *self)
{
    const struct kdump *k = self;
    struct stat now;
    bool same = fstat(k->fd, &now) == 0 && now.st_size == k->before.st_size &&
                now.st_mtim.tv_sec == k->before.st_mtim.tv_sec && now.st_mtim.tv_nsec == k->before.st_mtim.tv_nsec;
    return same ? NULL : "the file changed while it was read";
}

static bool kdump_close(void *self)
{
    struct kdump *k = self;
    close(k->link);
    if (k->child > 0) { // it may be at work on a damaged file
        kill(k->child, SIGKILL);
        waitpid(k->child, NULL, 0);
    }
    close(k->fd);
    free(k);
    return true;
}

bool kdump_open(struct machine *m, const char *path, int fd)
{
    struct kdump *k = calloc(1, sizeof *k);
    struct answer a;
    int both[2];
    *m = (struct machine){.self = k, .reg = no_register, .page = kdump_page, .changed = kdump_changed,
                          .close = kdump_close, .arch = MACHINE_ARCHES};
    if (!k || fstat(fd, &k->before) != 0 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, both) != 0) {
        snprintf(m->msg, sizeof m->msg, "%.200s: %s", path, strerror(errno));
        free(k);
        close(fd);
        return false;
    }
    k->m = m;
    k->fd = fd;
    k->link = both[0];
    snprintf(k->path, sizeof k->path, "%.200s", path);
    fflush(NULL);
    k->child = fork();
    if (k->child == 0) {
        close(both[0]);
        serve(fd, both[1]);
    }
    close(both[1]);
    if (k->child < 0 || listen_to(k, &a) == MACHINE_BROKEN) {
        if (k->child < 0)
            snprintf(m->msg, sizeof m->msg, "%s: %s", k->path, strerror(errno));
        kdump_close(k);
        return false;
    }
    m->arch = a.arch;
    snprintf(m->about, sizeof m->about, "kdump");
    return true;
}
#else

bool kdump_open(struct machine *m, const char *path, int fd)
{
    close(fd);
    snprintf(m->msg, sizeof m->msg,
             "%.200s: a kdump: this l2tlb was built without libkdumpfile (install libkdumpfile-dev and pkg-config)",
             path);
    return false;
}
#endif
