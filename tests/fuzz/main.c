// SPDX-License-Identifier: MulanPSL-2.0
// A fuzz target without libFuzzer: each file and each file of a folder is one input.
#include "tests/fuzz/fuzz.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

enum { INPUT_MAX = 1 << 20 };

static unsigned count;
static const char *now;

static int one(const char *path)
{
    FILE *f = fopen(path, "rb");
    uint8_t *data = malloc(INPUT_MAX);
    if (!f || !data) {
        fprintf(stderr, "%s: cannot be read\n", path);
        exit(2);
    }
    size_t n = fread(data, 1, INPUT_MAX, f);
    fclose(f);
    // Exactly as large as the input, so that the sanitizer sees a byte too far.
    uint8_t *exact = malloc(n ? n : 1);
    memcpy(exact, data, n);
    free(data);
    now = path;
    LLVMFuzzerTestOneInput(exact, n);
    free(exact);
    count++;
    return 0;
}

static void folder_of(const char *path, DIR *d)
{
    for (struct dirent *e; (e = readdir(d)) != NULL;) {
        char name[1024];
        if (e->d_name[0] == '.')
            continue;
        snprintf(name, sizeof name, "%s/%s", path, e->d_name);
        one(name);
    }
    closedir(d);
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        DIR *d = opendir(argv[i]);
        if (d)
            folder_of(argv[i], d);
        else
            one(argv[i]);
    }
    printf("%u inputs\n", count);
    return count ? 0 : 2;
}
