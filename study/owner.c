// SPDX-License-Identifier: MulanPSL-2.0
#include "study/owner.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct owner {
    int fd;
    int64_t number;
};

static struct flock byte_of(int64_t number)
{
    return (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = (off_t)number, .l_len = 1};
}

struct owner *owner_new(const char *database, int64_t number, char *msg, size_t size)
{
    char path[4500];
    struct owner *o = calloc(1, sizeof *o);
    struct flock lock = byte_of(number);
    snprintf(path, sizeof path, "%s-owners", database);
    if (!o) {
        snprintf(msg, size, "out of memory");
        return NULL;
    }
    o->number = number;
    o->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (o->fd >= 0 && fcntl(o->fd, F_SETLK, &lock) == 0)
        return o;
    snprintf(msg, size, "%.300s: %s", path, strerror(errno));
    owner_free(o);
    return NULL;
}

void owner_free(struct owner *o)
{
    if (o && o->fd >= 0)
        close(o->fd);
    free(o);
}

int64_t owner_number(const struct owner *o)
{
    return o->number;
}

bool owner_lives(const struct owner *o, int64_t number)
{
    struct flock lock = byte_of(number);
    if (number == o->number)
        return true;
    // A lock that cannot be asked for counts as held: a point run late is better than one run twice.
    return fcntl(o->fd, F_GETLK, &lock) != 0 || lock.l_type != F_UNLCK;
}
