// SPDX-License-Identifier: MulanPSL-2.0
// Sockets, see link.h.
#include "snapshot/link.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { SLICE = 100 }; // milliseconds between two looks for a signal

static uint64_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

void link_within(struct link *l, unsigned ms) { l->deadline = now() + ms; }
void link_begin(struct link *l) { link_within(l, l->timeout); }
void link_last(struct link *l) { l->last = true; }

static bool signal_waits(void)
{
    static const int ends[] = {SIGINT, SIGTERM, SIGHUP};
    sigset_t set;
    bool any = false;
    sigpending(&set);
    for (unsigned i = 0; i < sizeof ends / sizeof *ends; i++)
        any |= sigismember(&set, ends[i]) == 1;
    return any;
}

static bool wait_for(struct link *l, short events)
{
    for (;;) {
        uint64_t t = now();
        struct pollfd p = {.fd = l->fd, .events = events};
        if (!l->last && signal_waits())
            l->trouble = "interrupted";
        else if (t >= l->deadline)
            l->trouble = LINK_LATE;
        else {
            uint64_t left = l->deadline - t;
            int n = poll(&p, 1, left < SLICE ? (int)left : SLICE);
            if (n > 0)
                return true;
            if (n == 0 || errno == EINTR)
                continue;
            l->trouble = strerror(errno);
        }
        return false;
    }
}

// --- opening ------------------------------------------------------------------------------------

static const char *finish_connect(struct link *l, int status)
{
    int error = status == 0 ? 0 : errno;
    socklen_t size = sizeof error;
    if (error == EINPROGRESS) {
        if (!wait_for(l, POLLOUT))
            return l->trouble;
        getsockopt(l->fd, SOL_SOCKET, SO_ERROR, &error, &size);
    }
    return error ? strerror(error) : NULL;
}

static const char *try_connect(struct link *l, int family, const struct sockaddr *to, socklen_t size)
{
    l->fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (l->fd < 0)
        return strerror(errno);
    const char *why = finish_connect(l, connect(l->fd, to, size));
    if (why)
        link_close(l);
    return why;
}

static const char *open_path(struct link *l, const char *path)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof to.sun_path)
        return "the path of a socket is too long";
    memcpy(to.sun_path, path, strlen(path) + 1);
    return try_connect(l, AF_UNIX, (struct sockaddr *)&to, sizeof to);
}

static const char *open_host(struct link *l, const char *host, const char *port)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *all = NULL;
    int error = getaddrinfo(*host ? host : "localhost", port, &hints, &all);
    const char *why = error ? gai_strerror(error) : "no such host";
    for (const struct addrinfo *a = error ? NULL : all; a && why; a = a->ai_next)
        why = try_connect(l, a->ai_family, a->ai_addr, a->ai_addrlen);
    if (!error)
        freeaddrinfo(all);
    return why;
}

const char *link_open(struct link *l, const char *address, unsigned timeout)
{
    char host[256];
    const char *colon = strrchr(address, ':');
    *l = (struct link){.fd = -1, .timeout = timeout};
    link_begin(l);
    if (!*address)
        return "an address is HOST:PORT or the path of a socket";
    if (!colon || strchr(address, '/'))
        return open_path(l, address);
    size_t n = (size_t)(colon - address);
    bool bracket = n >= 2 && address[0] == '[' && colon[-1] == ']';
    if (!colon[1] || colon[1 + strspn(colon + 1, "0123456789")] || n >= sizeof host)
        return "an address is HOST:PORT or the path of a socket";
    snprintf(host, sizeof host, "%.*s", (int)(n - 2 * bracket), address + bracket);
    return open_host(l, host, colon + 1);
}

void link_close(struct link *l)
{
    if (l->fd >= 0)
        close(l->fd);
    l->fd = -1;
}

// --- bytes --------------------------------------------------------------------------------------

bool link_send(struct link *l, const void *data, size_t n)
{
    const char *p = data;
    while (n) {
        ssize_t done = send(l->fd, p, n, MSG_NOSIGNAL);
        if (done < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) {
            if (!wait_for(l, POLLOUT))
                return false;
        } else if (done < 0) {
            l->trouble = errno == EPIPE || errno == ECONNRESET ? "the connection was closed" : strerror(errno);
            return false;
        } else {
            p += done;
            n -= (size_t)done;
        }
    }
    return true;
}

int link_byte(struct link *l)
{
    while (l->at == l->end) {
        if (!wait_for(l, POLLIN))
            return -1;
        ssize_t n = recv(l->fd, l->in, sizeof l->in, 0);
        if (n == 0 || (n < 0 && errno == ECONNRESET)) {
            l->trouble = "the connection was closed";
            return -1;
        }
        if (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) {
            l->trouble = strerror(errno);
            return -1;
        }
        l->at = 0;
        l->end = n > 0 ? (size_t)n : 0;
    }
    return l->in[l->at++];
}
