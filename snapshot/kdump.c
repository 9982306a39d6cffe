// SPDX-License-Identifier: MulanPSL-2.0
// Dumps of a crashed kernel in the formats of kdump and makedumpfile, by libkdumpfile where the build found
// it (pkg-config). Physical memory only: the registers have to be given.
#include "snapshot/machine.h"

#include <stdio.h>
#include <unistd.h>

#ifdef L2TLB_KDUMP
#include <errno.h>
#include <libkdumpfile/kdumpfile.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct kdump {
    struct machine *m;
    kdump_ctx_t *ctx;
    int fd, flat; // flat: fd put in order, or -1
    struct stat before;
    char path[256];
};

static enum machine_answer no_register(void *self, const char *name, uint64_t *value)
{
    (void)self, (void)name, (void)value;
    return MACHINE_NO;
}

static enum machine_answer kdump_page(void *self, uint64_t addr, unsigned char *data)
{
    struct kdump *k = self;
    size_t n = MACHINE_PAGE;
    kdump_status status = kdump_read(k->ctx, KDUMP_MACHPHYSADDR, addr, data, &n);
    if (status == KDUMP_OK)
        return MACHINE_YES;
    if (status == KDUMP_ERR_NODATA) // a page that was filtered out, or is no memory
        return MACHINE_NO;
    snprintf(k->m->msg, sizeof k->m->msg, "%s: %.200s", k->path, kdump_get_err(k->ctx));
    return MACHINE_BROKEN;
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
    kdump_free(k->ctx);
    close(k->fd);
    if (k->flat >= 0)
        close(k->flat);
    free(k);
    return true;
}

// --- flattened dumps ----------------------------------------------------------------------------

enum { FLAT_HEADER = 4096, FLAT_RECORD = 16, FLAT_CHUNK = 65536 };

static uint64_t big(const unsigned char *p)
{
    uint64_t v = 0;
    for (unsigned i = 0; i < 8; i++)
        v = v << 8 | p[i];
    return v;
}

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
        uint64_t offset = big(head), size = big(head + 8);
        if (offset == UINT64_MAX) // the end
            return NULL;
        at += FLAT_RECORD;
        why = (offset | size) >> 62 ? "the flattened dump has a record out of range" : copy(fd, at, *flat, offset, size);
        at += size;
    }
    return why;
}

static bool no_kdump(struct kdump *k, const char *why)
{
    struct machine *m = k->m;
    snprintf(m->msg, sizeof m->msg, "%s: %.200s", k->path, why);
    kdump_close(k);
    return false;
}

bool kdump_open(struct machine *m, const char *path, int fd)
{
    struct kdump *k = calloc(1, sizeof *k);
    const char *text;
    *m = (struct machine){.self = k, .reg = no_register, .page = kdump_page, .changed = kdump_changed,
                          .close = kdump_close, .arch = MACHINE_ARCHES};
    if (!k || !(k->ctx = kdump_new())) {
        snprintf(m->msg, sizeof m->msg, "out of memory");
        free(k);
        close(fd);
        return false;
    }
    k->m = m;
    k->fd = fd;
    snprintf(k->path, sizeof k->path, "%.200s", path);
    const char *why = unflatten(fd, &k->flat);
    if (!why && fstat(fd, &k->before) != 0)
        why = strerror(errno);
    if (why)
        return no_kdump(k, why);
    if (kdump_open_fd(k->ctx, k->flat >= 0 ? k->flat : fd) != KDUMP_OK)
        return no_kdump(k, kdump_get_err(k->ctx));
    if (kdump_get_string_attr(k->ctx, KDUMP_ATTR_ARCH_NAME, &text) == KDUMP_OK)
        m->arch = strcmp(text, "aarch64") == 0 ? MACHINE_AARCH64
                  : strcmp(text, "riscv64") == 0 ? MACHINE_RISCV64 : MACHINE_ARCHES;
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
