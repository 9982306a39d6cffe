// SPDX-License-Identifier: MulanPSL-2.0
// Dumps of a crashed kernel in the formats of kdump and makedumpfile, by libkdumpfile where the build found
// it (pkg-config). Physical memory only: the registers have to be given.
#include "snapshot/machine.h"

#include <stdio.h>
#include <unistd.h>

#ifdef L2TLB_KDUMP
#include <libkdumpfile/kdumpfile.h>
#include <stdlib.h>
#include <string.h>

struct kdump {
    struct machine *m;
    kdump_ctx_t *ctx;
    int fd;
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

static bool kdump_close(void *self)
{
    struct kdump *k = self;
    kdump_free(k->ctx);
    close(k->fd);
    free(k);
    return true;
}

bool kdump_open(struct machine *m, const char *path, int fd)
{
    struct kdump *k = calloc(1, sizeof *k);
    kdump_status status = KDUMP_ERR_SYSTEM;
    const char *text;
    *m = (struct machine){.self = k, .reg = no_register, .page = kdump_page, .close = kdump_close,
                          .arch = MACHINE_ARCHES};
    if (!k || !(k->ctx = kdump_new())) {
        snprintf(m->msg, sizeof m->msg, "out of memory");
        free(k);
        close(fd);
        return false;
    }
    k->m = m;
    k->fd = fd;
    snprintf(k->path, sizeof k->path, "%.200s", path);
    status = kdump_open_fd(k->ctx, fd);
    if (status != KDUMP_OK) {
        snprintf(m->msg, sizeof m->msg, "%s: %.200s", k->path, kdump_get_err(k->ctx));
        kdump_close(k);
        return false;
    }
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
