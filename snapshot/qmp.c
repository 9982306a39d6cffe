// SPDX-License-Identifier: MulanPSL-2.0
// QEMU by its monitor (QMP): stops the machine and lets it go on as it was, a machine that stood before stays so.
// Registers and memory come from QEMU's gdb stub: the one that it has (-gdb), or one that the monitor opens on a
// socket of ours and closes again.
// Source: QEMU, docs/interop/qmp-spec.txt; qapi/machine.json, misc.json, char.json.
#include "snapshot/link.h"
#include "snapshot/machine.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LINE = 1 << 20, MOST_EVENTS = 10000, LAST_WAIT = 3000 };

struct qmp {
    struct machine *m, gdb; // gdb: where registers and memory come from
    struct link link;
    char address[160];
    char *line;
    bool was_running, stopped;
    char folder[64], server[120]; // of our own stub; empty: none
};

static bool broken(struct qmp *q, const char *format, ...) __attribute__((format(printf, 2, 3)));
static bool broken(struct qmp *q, const char *format, ...)
{
    char text[256];
    va_list ap;
    va_start(ap, format);
    vsnprintf(text, sizeof text, format, ap);
    va_end(ap);
    snprintf(q->m->msg, sizeof q->m->msg, "%s: %s", q->address, text);
    return false;
}

// --- the protocol: one JSON object per line ------------------------------------------------------

static cJSON *receive(struct qmp *q)
{
    size_t n = 0;
    int c;
    while ((c = link_byte(&q->link)) >= 0 && c != '\n' && n < LINE)
        q->line[n++] = (char)c;
    if (c < 0) {
        broken(q, "%s", q->link.trouble);
        return NULL;
    }
    cJSON *o = n < LINE ? cJSON_ParseWithLength(q->line, n) : NULL;
    if (!cJSON_IsObject(o)) {
        broken(q, "no answer of QMP: %s", n < LINE ? "not a JSON object in one line" : "a line of more than 1 MiB");
        cJSON_Delete(o);
        return NULL;
    }
    return o;
}

// What QMP returns for a command, events left aside. NULL: a message.
static cJSON *execute(struct qmp *q, const char *name, const char *key, const char *value)
{
    cJSON *ask = cJSON_CreateObject();
    bool fine = ask && cJSON_AddStringToObject(ask, "execute", name);
    if (fine && key) {
        cJSON *arguments = cJSON_AddObjectToObject(ask, "arguments");
        fine = arguments && cJSON_AddStringToObject(arguments, key, value);
    }
    char *text = fine ? cJSON_PrintUnformatted(ask) : NULL;
    cJSON_Delete(ask);
    link_begin(&q->link);
    bool sent = text && link_send(&q->link, text, strlen(text)) && link_send(&q->link, "\n", 1);
    cJSON_free(text);
    if (!sent)
        broken(q, "%s", text ? q->link.trouble : "out of memory");
    for (unsigned n = 0; sent && n < MOST_EVENTS; n++) {
        cJSON *o = receive(q), *error = o ? cJSON_GetObjectItemCaseSensitive(o, "error") : NULL;
        cJSON *result = o ? cJSON_DetachItemFromObjectCaseSensitive(o, "return") : NULL;
        const char *why = error ? cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(error, "desc")) : NULL;
        if (error)
            broken(q, "%s: %.160s", name, why ? why : "refused");
        cJSON_Delete(o);
        if (!o || error || result)
            return result;
    }
    if (sent)
        broken(q, "events without end");
    return NULL;
}

// A command whose result does not matter.
static bool command(struct qmp *q, const char *name)
{
    cJSON *r = execute(q, name, NULL, NULL);
    cJSON_Delete(r);
    return r != NULL;
}

// --- the gdb stub -------------------------------------------------------------------------------

// "disconnected:unix:PATH,server=on" and "disconnected:tcp:HOST:PORT,server=on" as addresses.
static bool stub_address(struct qmp *q, const char *name, char *to, size_t size)
{
    static const char waits[] = "disconnected:";
    if (strncmp(name, waits, sizeof waits - 1) != 0)
        return broken(q, "its gdb stub is in use (%.60s)", name);
    name += sizeof waits - 1;
    bool tcp = strncmp(name, "tcp:", 4) == 0;
    if (!tcp && strncmp(name, "unix:", 5) != 0)
        return broken(q, "its gdb stub is no socket (%.60s)", name);
    name += tcp ? 4 : 5;
    snprintf(to, size, "%.*s", (int)strcspn(name, ","), name);
    if (tcp && (strncmp(to, "0.0.0.0:", 8) == 0 || strncmp(to, ":::", 3) == 0))
        memmove(to, strrchr(to, ':'), strlen(strrchr(to, ':')) + 1);
    return true;
}

// The stub that QEMU has. False: a message. *to empty: it has none.
static bool find_stub(struct qmp *q, char *to, size_t size)
{
    const cJSON *one;
    bool fine = true;
    cJSON *all = execute(q, "query-chardev", NULL, NULL);
    *to = 0;
    cJSON_ArrayForEach(one, all)
    {
        const char *label = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(one, "label"));
        const char *name = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(one, "filename"));
        if (label && name && strcmp(label, "gdb") == 0)
            fine = stub_address(q, name, to, size);
    }
    cJSON_Delete(all);
    return all && fine;
}

static bool open_stub(struct qmp *q, char *to, size_t size)
{
    const char *base = getenv("TMPDIR");
    char text[256];
    if (!base || strlen(base) > 40 || strchr(base, ','))
        base = "/tmp";
    snprintf(q->folder, sizeof q->folder, "%s/l2tlb-XXXXXX", base);
    if (!mkdtemp(q->folder)) {
        broken(q, "%s: %s", q->folder, strerror(errno));
        q->folder[0] = 0;
        return false;
    }
    snprintf(q->server, sizeof q->server, "%s/gdb", q->folder);
    snprintf(text, sizeof text, "gdbserver unix:%s,server=on,wait=off", q->server);
    cJSON *r = execute(q, "human-monitor-command", "command-line", text);
    const char *said = cJSON_GetStringValue(r);
    bool fine = said && !strstr(said, "Could not");
    if (r && !fine)
        broken(q, "QEMU opens no gdb stub: %.120s", said ? said : "no text");
    cJSON_Delete(r);
    snprintf(to, size, "%s", q->server);
    return fine;
}

static void close_stub(struct qmp *q)
{
    if (!q->folder[0])
        return;
    cJSON_Delete(execute(q, "human-monitor-command", "command-line", "gdbserver none"));
    unlink(q->server);
    rmdir(q->folder);
}

// --- the machine --------------------------------------------------------------------------------

static enum machine_answer get_register(void *self, const char *name, uint64_t *value)
{
    struct qmp *q = self;
    enum machine_answer a = q->gdb.reg(q->gdb.self, name, value);
    if (a == MACHINE_BROKEN)
        memcpy(q->m->msg, q->gdb.msg, sizeof q->m->msg);
    return a;
}

static enum machine_answer get_page(void *self, uint64_t addr, unsigned char *data)
{
    struct qmp *q = self;
    enum machine_answer a = q->gdb.page(q->gdb.self, addr, data);
    if (a == MACHINE_BROKEN)
        memcpy(q->m->msg, q->gdb.msg, sizeof q->m->msg);
    return a;
}

// Does QEMU run its machine? -1: a message.
static int is_running(struct qmp *q)
{
    cJSON *r = execute(q, "query-status", NULL, NULL);
    const cJSON *running = r ? cJSON_GetObjectItemCaseSensitive(r, "running") : NULL;
    int answer = running ? cJSON_IsTrue(running) : -1;
    if (r && !running)
        broken(q, "query-status does not say whether the machine runs");
    cJSON_Delete(r);
    return answer;
}

static const char *ran(void *self)
{
    struct qmp *q = self;
    int running = is_running(q);
    return running < 0 ? q->m->msg : running ? "the machine ran while it was read" : NULL;
}

static bool close_qmp(void *self)
{
    struct qmp *q = self;
    bool fine = true;
    link_last(&q->link);
    q->link.timeout = LAST_WAIT;
    if (q->gdb.close)
        q->gdb.close(q->gdb.self);
    if (q->link.fd >= 0)
        close_stub(q);
    if (q->stopped && q->was_running && !q->m->stay)
        fine = command(q, "cont");
    link_close(&q->link);
    free(q->line);
    free(q);
    return fine;
}

static bool greet(struct qmp *q)
{
    link_begin(&q->link);
    cJSON *hello = receive(q);
    bool fine = hello && cJSON_GetObjectItemCaseSensitive(hello, "QMP");
    if (hello && !fine)
        broken(q, "this is no QMP: no greeting");
    cJSON_Delete(hello);
    return fine && command(q, "qmp_capabilities");
}

static bool set_up(struct qmp *q, const struct machine_cfg *cfg)
{
    struct machine_cfg calm = *cfg;
    char stub[160];
    int running = greet(q) ? is_running(q) : -1;
    if (running < 0)
        return false;
    q->was_running = running;
    q->stopped = running; // from the next command on
    if (running && !command(q, "stop"))
        return false;
    if (!find_stub(q, stub, sizeof stub) || (!*stub && !open_stub(q, stub, sizeof stub)))
        return false;
    calm.stay = true;
    if (!gdb_open(&q->gdb, stub, &calm)) {
        q->gdb.close = NULL;
        return broken(q, "%.220s", q->gdb.msg);
    }
    return true;
}

bool qmp_open(struct machine *m, const char *address, const struct machine_cfg *cfg)
{
    struct qmp *q = calloc(1, sizeof *q);
    *m = (struct machine){.self = q, .reg = get_register, .page = get_page, .close = close_qmp, .changed = ran,
                          .live = true, .arch = MACHINE_ARCHES};
    if (!q || !(q->line = malloc(LINE))) {
        snprintf(m->msg, sizeof m->msg, "out of memory");
        free(q);
        return false;
    }
    q->m = m;
    m->stay = cfg->stay;
    snprintf(q->address, sizeof q->address, "qmp:%.150s", address);
    const char *why = link_open(&q->link, address, cfg->timeout);
    if (why)
        broken(q, "%s", why);
    if (why || !set_up(q, cfg)) {
        char first[sizeof m->msg];
        memcpy(first, m->msg, sizeof first);
        bool fine = close_qmp(q);
        snprintf(m->msg, sizeof m->msg, "%.300s%s", first, fine ? "" : "; the machine may still stand");
        return false;
    }
    m->arch = q->gdb.arch;
    m->swaps = q->gdb.swaps;
    snprintf(m->about, sizeof m->about, "QEMU by its monitor");
    return true;
}
