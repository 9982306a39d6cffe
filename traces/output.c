// SPDX-License-Identifier: MulanPSL-2.0
// Output files, see output.h.
#include "traces/output.h"

#include "traces/source.h"
#include "traces/unfinished.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LINKS = 40, PATH_SIZE = 4096 };

struct output {
    FILE *stream;
    char *path; // as messages name it
    char *name; // the file behind its links, which `part` will become
    char *part; // the file that is written; NULL: path itself
    unsigned slot;
};

static char *copy_text(const char *s)
{
    size_t n = strlen(s) + 1;
    char *c = malloc(n);
    if (c)
        memcpy(c, s, n);
    return c;
}

// --- names ---------------------------------------------------------------------------------------

// The descriptor that a path means, or -1.
static int descriptor_of(const char *path, bool input)
{
    static const struct {
        const char *name;
        int fd;
    } names[] = {{"/dev/stdin", STDIN_FILENO},
                 {"/dev/stdout", STDOUT_FILENO},
                 {"/dev/stderr", STDERR_FILENO}};
    static const char *const folders[] = {"/dev/fd/", "/proc/self/fd/"};
    uint64_t fd;

    if (strcmp(path, "-") == 0)
        return input ? STDIN_FILENO : STDOUT_FILENO;
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(path, names[i].name) == 0)
            return names[i].fd;
    for (unsigned i = 0; i < 2; i++)
        if (strncmp(path, folders[i], strlen(folders[i])) == 0 &&
            parse_dec(path + strlen(folders[i]), INT16_MAX, &fd))
            return (int)fd;
    return -1;
}

// Length of the folder's part of a path, with its slash; 0: the working folder.
static size_t folder_length(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? (size_t)(slash - path) + 1 : 0;
}

// The file behind symbolic links, which need not exist (realpath() wants that). NULL: errno.
static char *behind_links(const char *path)
{
    char *name = copy_text(path), target[PATH_SIZE];
    struct stat st;

    for (unsigned i = 0; name && i < LINKS; i++) {
        if (lstat(name, &st) != 0 || !S_ISLNK(st.st_mode))
            return name;
        ssize_t n = readlink(name, target, sizeof target - 1);
        size_t folder = n > 0 && target[0] != '/' ? folder_length(name) : 0;
        char *next = n > 0 ? malloc(folder + (size_t)n + 1) : NULL;
        if (next) {
            memcpy(next, name, folder);
            memcpy(next + folder, target, (size_t)n);
            next[folder + (size_t)n] = 0;
        }
        free(name);
        name = next;
    }
    free(name);
    errno = ELOOP;
    return NULL;
}

// --- opening and closing -------------------------------------------------------------------------

// Creates o->part and enters it in the list, with no signal between. -1: errno.
static int create_part(struct output *o)
{
    sigset_t all, before;
    size_t folder = folder_length(o->name), size = folder + 256;
    int fd = -1;

    o->part = malloc(size);
    if (!o->part)
        return -1;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    for (unsigned i = 0; i < 100 && fd < 0; i++) { // a long name is cut
        snprintf(o->part, size, "%.*s%.200s.part%ld-%u", (int)folder, o->name, o->name + folder,
                 (long)getpid(), i);
        fd = open(o->part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd < 0 && errno != EEXIST)
            break;
    }
    if (fd >= 0)
        o->slot = unfinished_add(o->part);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (fd >= 0 && o->slot == UNFINISHED) {
        unlink(o->part);
        close(fd);
        fd = -1;
        errno = EMFILE;
    }
    return fd;
}

// The part is there no more, or has its name. Keeps errno.
static void forget_part(struct output *o)
{
    if (o->part)
        unfinished_remove(o->slot);
    free(o->part);
    o->part = NULL;
}

static int open_file(struct output *o)
{
    struct stat st;
    bool there = stat(o->path, &st) == 0;
    int fd;

    o->slot = UNFINISHED;
    if (there && S_ISDIR(st.st_mode)) {
        errno = EISDIR;
        return -1;
    }
    if (there && !S_ISREG(st.st_mode)) // a device or a pipe
        return open(o->path, O_WRONLY | O_CLOEXEC);
    if (there && access(o->path, W_OK) != 0)
        return -1;
    o->name = behind_links(o->path);
    fd = o->name ? create_part(o) : -1;
    if (fd >= 0 && there && fchmod(fd, st.st_mode & 0777) != 0 && errno != EPERM) {
        unlink(o->part);
        close(fd);
        fd = -1;
    }
    if (fd < 0)
        forget_part(o);
    return fd;
}

static void output_free(struct output *o)
{
    if (o) {
        forget_part(o);
        free(o->name);
        free(o->path);
    }
    free(o);
}

struct output *output_open(const char *path, char *msg, size_t msg_size)
{
    struct output *o = calloc(1, sizeof *o);
    int given = descriptor_of(path, false), fd = -1;

    errno = ENOMEM;
    if (o && (o->path = copy_text(given == STDOUT_FILENO ? "(standard output)" : path))) {
        errno = 0;
        fd = given < 0 ? open_file(o) : given == STDOUT_FILENO ? given : dup(given);
        // What is printed to standard output and what is written to it keep their order.
        o->stream = fd == STDOUT_FILENO && given == fd ? unfinished_standard() : fd >= 0 ? fdopen(fd, "w") : NULL;
    }
    if (o && o->stream)
        return o;
    snprintf(msg, msg_size, "%s: %s", path, errno ? strerror(errno) : "cannot be created");
    if (fd >= 0 && fd != given)
        close(fd);
    if (o && o->part)
        unlink(o->part);
    output_free(o);
    return NULL;
}

int output_fd(const struct output *o) { return fileno(o->stream); }
FILE *output_stream(const struct output *o) { return o->stream; }

// stdio remembers that something was lost, but not why. What made the first write fail makes another
// one fail.
const char *output_trouble(FILE *stream)
{
    errno = 0;
    if (fflush(stream) == 0 && !ferror(stream))
        return NULL;
    if (!errno && fputc('\n', stream) != EOF)
        fflush(stream);
    clearerr(stream);
    return errno ? strerror(errno) : "write error";
}

static void close_stream(struct output *o)
{
    if (o->stream != unfinished_standard())
        fclose(o->stream);
}

bool output_close(struct output *o, char *msg, size_t msg_size)
{
    const char *why = output_trouble(o->stream);

    if (!why && o->stream != unfinished_standard() && fclose(o->stream) != 0)
        why = strerror(errno);
    else if (why)
        close_stream(o);
    if (!why && o->part && rename(o->part, o->name) != 0)
        why = strerror(errno);
    if (why && o->part)
        unlink(o->part);
    if (why)
        snprintf(msg, msg_size, "%s: %s", o->path, why);
    output_free(o);
    return !why;
}

void output_abandon(struct output *o)
{
    close_stream(o);
    if (o->part)
        unlink(o->part);
    output_free(o);
}

// --- different files -----------------------------------------------------------------------------

// What tells files apart: the inode, or of a file that is not there yet its folder's and its name.
struct identity {
    struct stat st;
    char name[256];
};

// False: nothing is known of it.
static bool identify(const char *path, bool input, struct identity *id)
{
    int fd = descriptor_of(path, input);

    id->name[0] = 0;
    if (fd >= 0)
        return fstat(fd, &id->st) == 0;
    if (stat(path, &id->st) == 0)
        return true;
    const char *at = input ? strrchr(path, '@') : NULL;
    if (input && !at)
        return false;
    char *name = input ? copy_text(path) : behind_links(path);
    if (!name)
        return false;
    if (at) { // FILE@ADDRESS
        name[at - path] = 0;
        bool there = stat(name, &id->st) == 0;
        free(name);
        return there;
    }
    size_t folder = folder_length(name);
    snprintf(id->name, sizeof id->name, "%s", name + folder);
    name[folder] = 0;
    bool known = stat(folder ? name : ".", &id->st) == 0;
    free(name);
    return known;
}

static bool same(const struct identity *a, const struct identity *b)
{
    return a->st.st_dev == b->st.st_dev && a->st.st_ino == b->st.st_ino &&
           strcmp(a->name, b->name) == 0;
}

static bool is_null(const struct identity *id)
{
    struct stat null;
    return S_ISCHR(id->st.st_mode) && stat("/dev/null", &null) == 0 &&
           null.st_rdev == id->st.st_rdev;
}

// Terminals and sockets are read and written at the same time.
static bool clashes(const struct identity *in, const struct identity *out)
{
    return same(in, out) && !S_ISCHR(in->st.st_mode) && !S_ISSOCK(in->st.st_mode);
}

bool output_apart(const char *const *in, unsigned ins, const char *const *out, unsigned outs,
                  char *msg, size_t msg_size)
{
    struct identity a, b;

    for (unsigned i = 0; i < outs; i++) {
        if (!out[i] || !identify(out[i], false, &a))
            continue;
        for (unsigned k = 0; k < ins; k++)
            if (in[k] && identify(in[k], true, &b) && clashes(&b, &a)) {
                snprintf(msg, msg_size, "%s: would be written, but %s is read and is the same file",
                         out[i], in[k]);
                return false;
            }
        for (unsigned k = 0; k < i && !is_null(&a); k++)
            if (out[k] && identify(out[k], false, &b) && same(&a, &b)) {
                snprintf(msg, msg_size, "%s and %s are the same file, and both would be written",
                         out[k], out[i]);
                return false;
            }
    }
    return true;
}
