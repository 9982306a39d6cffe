// SPDX-License-Identifier: MulanPSL-2.0
// A machine that is dead: an image of any form (world/image.h), with the registers of its csr lines. Bytes of
// plain files are read where they stand, so that a dump of any size costs its tables only, and one that is cut
// or written meanwhile is noticed.
#include "snapshot/regs.h"
#include "world/image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct part {
    uint64_t addr, size, offset;
};

struct dump {
    struct machine *m;
    char *path; // of the file
    int fd;
    struct stat before;
    struct snap_regs regs;
    struct phys *mem; // forms of lines, compressed files
    struct part *part;
    size_t parts, room;
    bool lines; // what is not listed is 0
};

static const char *add_register(void *ctx, const char *name, uint64_t value)
{
    return regs_set(&((struct dump *)ctx)->regs, name, value);
}

static bool add_part(void *ctx, uint64_t addr, uint64_t size, uint64_t offset)
{
    struct dump *d = ctx;
    if (d->parts == d->room) {
        size_t room = d->room ? 2 * d->room : 16;
        struct part *more = realloc(d->part, room * sizeof *more);
        if (!more)
            return false;
        d->part = more;
        d->room = room;
    }
    d->part[d->parts++] = (struct part){addr, size, offset};
    return true;
}

static enum machine_answer dump_register(void *self, const char *name, uint64_t *value)
{
    return regs_find(&((struct dump *)self)->regs, name, value) ? MACHINE_YES : MACHINE_NO;
}

// The bytes that one part has of the page. BROKEN: the file does not hold them any more.
static enum machine_answer read_part(struct dump *d, const struct part *p, uint64_t addr, unsigned char *data)
{
    uint64_t from = addr > p->addr ? addr : p->addr, end = p->addr + p->size;
    end = end < addr + MACHINE_PAGE ? end : addr + MACHINE_PAGE;
    if (from >= end)
        return MACHINE_NO;
    size_t n = (size_t)(end - from);
    ssize_t got = pread(d->fd, data + (from - addr), n, (off_t)(p->offset + (from - p->addr)));
    if (got == (ssize_t)n)
        return MACHINE_YES;
    snprintf(d->m->msg, sizeof d->m->msg, "%.200s: %s", d->path,
             got < 0 ? strerror(errno) : "the file was cut while it was read");
    return MACHINE_BROKEN;
}

static enum machine_answer dump_page(void *self, uint64_t addr, unsigned char *data)
{
    struct dump *d = self;
    enum machine_answer all = d->lines ? MACHINE_YES : MACHINE_NO;
    for (unsigned i = 0; i < MACHINE_PAGE; i++)
        data[i] = (unsigned char)(phys_read(d->mem, addr + (i & ~7u)) >> 8 * (i & 7));
    for (size_t i = 0; i < d->parts; i++) {
        enum machine_answer a = read_part(d, &d->part[i], addr, data);
        if (a == MACHINE_BROKEN)
            return a;
        all = a == MACHINE_YES ? a : all;
    }
    return all;
}

static const char *dump_changed(void *self)
{
    const struct dump *d = self;
    struct stat now;
    bool same = stat(d->path, &now) == 0 && now.st_ino == d->before.st_ino && now.st_size == d->before.st_size &&
                now.st_mtim.tv_sec == d->before.st_mtim.tv_sec && now.st_mtim.tv_nsec == d->before.st_mtim.tv_nsec;
    return same ? NULL : "the file changed while it was read";
}

static bool dump_close(void *self)
{
    struct dump *d = self;
    if (d->fd >= 0)
        close(d->fd);
    phys_free(d->mem);
    free(d->part);
    free(d->path);
    free(d);
    return true;
}

// --- opening ------------------------------------------------------------------------------------

static bool is_kdump(int fd)
{
    static const char *const magic[] = {"KDUMP   ", "DISKDUMP", "makedump"};
    char head[8];
    if (pread(fd, head, sizeof head, 0) != sizeof head)
        return false;
    for (unsigned i = 0; i < sizeof magic / sizeof *magic; i++)
        if (memcmp(head, magic[i], sizeof head) == 0)
            return true;
    return false;
}

static bool read_dump(struct dump *d, const char *path)
{
    struct image_user user = {.ctx = d, .csr = add_register, .part = add_part, .word = 8, .address_bits = 52};
    struct image_info info;
    struct machine *m = d->m;
    d->mem = phys_new();
    if (!d->mem) {
        snprintf(m->msg, sizeof m->msg, "out of memory");
        return false;
    }
    if (!image_read(d->mem, path, &user, &info, m->msg, sizeof m->msg))
        return false;
    d->lines = info.form != IMAGE_ELF && info.form != IMAGE_RAW && info.form != IMAGE_LIME;
    d->lines |= !d->parts; // a compressed file was copied, without its zeros
    m->arch = d->regs.arch;
    snprintf(m->about, sizeof m->about, "%s", image_form_name(info.form));
    return true;
}

bool dump_open(struct machine *m, const char *path)
{
    char file[1024];
    struct dump *d = calloc(1, sizeof *d);
    const char *name = image_file(path, file, sizeof file);
    *m = (struct machine){.self = d, .reg = dump_register, .page = dump_page, .changed = dump_changed,
                          .close = dump_close, .arch = MACHINE_ARCHES};
    if (!d || !(d->path = malloc(strlen(name) + 1))) {
        snprintf(m->msg, sizeof m->msg, "out of memory");
        free(d);
        return false;
    }
    strcpy(d->path, name);
    d->m = m;
    d->regs.arch = MACHINE_ARCHES;
    d->fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    bool fine = d->fd >= 0 && fstat(d->fd, &d->before) == 0;
    if (!fine)
        snprintf(m->msg, sizeof m->msg, "%.200s: %s", name, strerror(errno));
    else if (S_ISREG(d->before.st_mode) && is_kdump(d->fd)) {
        int fd = d->fd;
        d->fd = -1;
        dump_close(d);
        return kdump_open(m, path, fd);
    }
    if (fine && read_dump(d, path))
        return true;
    dump_close(d);
    return false;
}
