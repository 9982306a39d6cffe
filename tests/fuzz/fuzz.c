// SPDX-License-Identifier: MulanPSL-2.0
#define _GNU_SOURCE // memfd_create, nftw
#include "tests/fuzz/fuzz.h"

#include <cjson/cJSON.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

void fuzz_want(bool good, const char *text)
{
    if (good)
        return;
    fprintf(stderr, "fuzz: %s\n", text);
    abort();
}

// Length of the UTF-8 character at p, 0: none.
static size_t utf8(const unsigned char *p, size_t n)
{
    size_t k = p[0] < 0x80 ? 1 : p[0] >= 0xc2 && p[0] < 0xe0 ? 2 : (p[0] & 0xf0) == 0xe0 ? 3
               : p[0] >= 0xf0 && p[0] < 0xf5 ? 4 : 0;
    if (k > n)
        return 0;
    for (size_t i = 1; i < k; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    if (k == 3 && ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f)))
        return 0;
    return k == 4 && ((p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f)) ? 0 : k;
}

void fuzz_message(const char *msg)
{
    fuzz_want(msg[0] != 0, "a refusal without a word");
    fuzz_want(!strchr(msg, '\n'), "a refusal of several lines");
}

void fuzz_clean(const char *text, size_t size)
{
    for (size_t i = 0, k; i < size; i += k) {
        const unsigned char c = (unsigned char)text[i];
        k = utf8((const unsigned char *)text + i, size - i);
        if (k && (c >= ' ' || c == '\n' || c == '\r' || c == '\t') && c != 0x7f)
            continue;
        fprintf(stderr, "fuzz: byte %02x in the output: %.*s\n", c, (int)size, text);
        abort();
    }
}

const char *fuzz_file(unsigned slot, const void *data, size_t size)
{
    static int fd[FUZZ_SLOTS];
    static char name[FUZZ_SLOTS][32];
    fuzz_want(slot < FUZZ_SLOTS, "too many files");
    if (fd[slot])
        close(fd[slot]);
    fd[slot] = memfd_create("input", MFD_CLOEXEC);
    fuzz_want(fd[slot] > 0 && write(fd[slot], data, size) == (ssize_t)size, "no file in memory");
    snprintf(name[slot], sizeof name[slot], "/proc/self/fd/%d", fd[slot]);
    return name[slot];
}

static char folder[64];

static unsigned each_file(bool remove_it)
{
    unsigned n = 0;
    DIR *d = opendir(folder);
    fuzz_want(d != NULL, "no folder");
    for (struct dirent *e; (e = readdir(d)) != NULL;) {
        char path[400];
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
        if (remove_it)
            unlink(path);
        n++;
    }
    closedir(d);
    return n;
}

static void remove_folder(void)
{
    each_file(true);
    rmdir(folder);
}

const char *fuzz_folder(void)
{
    if (!folder[0]) {
        snprintf(folder, sizeof folder, "/tmp/l2tlb-fuzz-XXXXXX");
        fuzz_want(mkdtemp(folder) != NULL, "no folder");
        atexit(remove_folder);
    }
    each_file(true);
    return folder;
}

unsigned fuzz_files(void)
{
    return each_file(false);
}

void fuzz_open(struct fuzz_text *t)
{
    *t = (struct fuzz_text){.text = NULL};
    t->stream = open_memstream(&t->text, &t->size);
    fuzz_want(t->stream != NULL, "no memory stream");
}

void fuzz_close(struct fuzz_text *t)
{
    fclose(t->stream);
    t->stream = NULL;
}

void fuzz_free(struct fuzz_text *t)
{
    free(t->text);
    t->text = NULL;
}

void fuzz_same(const struct fuzz_text *a, const struct fuzz_text *b, const char *what)
{
    size_t i = 0, from;
    if (a->size == b->size && memcmp(a->text, b->text, a->size) == 0)
        return;
    while (i < a->size && i < b->size && a->text[i] == b->text[i])
        i++;
    for (from = i; from && a->text[from - 1] != '\n';)
        from--;
    fprintf(stderr, "fuzz: %s, from byte %zu on:\n< %.200s\n> %.200s\n", what, i, a->text + from,
            b->text + from);
    abort();
}

void fuzz_json(const char *text, size_t size)
{
    cJSON *j = cJSON_ParseWithLengthOpts(text, size + 1, NULL, true);
    if (!j)
        fprintf(stderr, "%.2000s\n", text);
    fuzz_want(j != NULL, "this is no JSON");
    cJSON_Delete(j);
    for (size_t i = 0, k; i < size; i += k) {
        k = utf8((const unsigned char *)text + i, size - i);
        fuzz_want(k > 0, "JSON that is not UTF-8");
    }
}

unsigned fuzz_byte(struct fuzz_bytes *b)
{
    if (!b->n)
        return 0;
    b->n--;
    return *b->p++;
}
