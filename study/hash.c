// SPDX-License-Identifier: MulanPSL-2.0
#include "study/hash.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>

#include <sha2.h>

void hash_text(const char *text, size_t n, char hash[HASH_TEXT])
{
    SHA256Data((const uint8_t *)text, n, hash);
}

static bool add_file(SHA2_CTX *c, const char *path, char *msg, size_t size)
{
    unsigned char buf[1 << 16];
    size_t n;
    FILE *in = fopen(path, "rb");
    if (!in) {
        snprintf(msg, size, "%s: %s", path, strerror(errno));
        return false;
    }
    while ((n = fread(buf, 1, sizeof buf, in)) > 0)
        SHA256Update(c, buf, n);
    bool fine = !ferror(in);
    if (!fine)
        snprintf(msg, size, "%s: %s", path, strerror(errno));
    fclose(in);
    return fine;
}

bool hash_files(const char *path, const char *second, char hash[HASH_TEXT], char *msg, size_t size)
{
    SHA2_CTX c;
    SHA256Init(&c);
    if (!add_file(&c, path, msg, size) || (second && !add_file(&c, second, msg, size)))
        return false;
    SHA256End(&c, hash);
    return true;
}

bool hash_program(char hash[HASH_TEXT], char *msg, size_t size)
{
    return hash_files("/proc/self/exe", NULL, hash, msg, size);
}
