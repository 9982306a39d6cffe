// SPDX-License-Identifier: MulanPSL-2.0
// The whole command line. The input is the words, one a line; behind a line `%%` stands what standard
// input gives. The command runs in a folder of its own with one file of each kind (FILES). Words with a
// slash are left out, except some devices.
//
// Status is 0, 1 or 2; with 2 there is one clean line on standard error, nothing on standard output and
// no file; JSON is JSON.
#define _GNU_SOURCE // memfd_create, memmem
#include "tests/fuzz/fuzz.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum { WORDS = 24, LARGEST = 4 << 20 };

int l2tlb_main(int argc, char **argv); // main() of cmd/main.c
#if defined __has_feature
#if __has_feature(address_sanitizer)
#define SANITIZED
#endif
#endif
#if defined __SANITIZE_ADDRESS__ || defined SANITIZED
void __sanitizer_set_report_fd(void *fd);
#endif

static const struct {
    const char *name, *text;
} files[] = {
    {"t.gvt", "GVT 1\nisa riscv64\nkind access\naddress virtual\ntables built\nrun\nl 1000 8 u\ns 2000 8 u +3\nf 10000 4 u\n"
              "switch 1 0\nl 7f000 8 s\nsfence.vma * *\nl 1000 8 vu\ncsr sum 1\n"},
    {"p.gvt", "GVT 1\nisa riscv64\nkind port\naddress virtual\ntables built\nrun\nq 0 10 0 @5\nq 1 11 3 @9\n"},
    {"i.gvt", "GVT 1\nisa riscv64\nkind access\naddress virtual\ntables image w.gvw\nrun\nl 1000 8 s\n"},
    {"w.gvw", "csr satp 8000000000080000\n80000000 20000401\n80001000 20000801\n80002008 200000cf\n"},
    {"a.s19", "S1130000285F245F2212226A000424290008237C2A\nS5030001FB\n"},
    {"s.stim", "L2TLBSTIM 1\nname s\ntiming lat=5 span=0 seed=0 gap=1\naready always\n"
               "init satp 8 1 80000\nend 200\nmem 80000000 20000401\nrun\n@5 req 1 1 0\n"},
    {"s.gold", "P 0 0\nE 200 0 0 0 0 0\n"},
    {"l1.stim", "L1STIM 1\nname l\nend 100\nrun\n"},
    {"f.txt", "set x\n"},
    {"c.ini", "[pagecache]\nl0_sets = 64\n; comment\nrevision = 2026-03\n"},
    {"la.txt", "I  1000,4\n L 2000,8\n"},
    {"sp.txt", "core   0: 1 0x0000000080000008 (0x12050073)\n"},
    {"ad.txt", "1000 r u\n2000 w\n"},
    {"e.csv", "op,addr\nload,1000\n"},
};
enum { FILES = sizeof files / sizeof *files };

static char folder[64];
static int saved[3];

static bool given(const char *name)
{
    for (unsigned i = 0; i < FILES; i++)
        if (strcmp(files[i].name, name) == 0)
            return true;
    return false;
}

// The folder as it is at the start. False: something was there that is not given.
static bool tidy(void)
{
    bool clean = true;
    DIR *d = opendir(".");
    for (struct dirent *e; (e = readdir(d)) != NULL;)
        if (e->d_name[0] != '.' && !given(e->d_name)) {
            clean = false;
            fuzz_want(unlink(e->d_name) == 0, "a file that cannot be removed");
        }
    closedir(d);
    return clean;
}

static void write_files(void)
{
    for (unsigned i = 0; i < FILES; i++) {
        struct stat st;
        if (stat(files[i].name, &st) == 0 && (size_t)st.st_size == strlen(files[i].text))
            continue;
        FILE *f = fopen(files[i].name, "w");
        fuzz_want(f && fputs(files[i].text, f) >= 0 && fclose(f) == 0, "no file");
    }
}

static void set_up(void)
{
    static const struct rlimit limit = {LARGEST, LARGEST};
    if (folder[0])
        return;
    snprintf(folder, sizeof folder, "%s", fuzz_folder());
    fuzz_want(chdir(folder) == 0 && setrlimit(RLIMIT_FSIZE, &limit) == 0, "no folder");
    signal(SIGXFSZ, SIG_IGN); // what writes without end gets an error
    for (int i = 0; i < 3; i++)
        saved[i] = fcntl(i, F_DUPFD_CLOEXEC, 100);
#if defined __SANITIZE_ADDRESS__ || defined SANITIZED
    __sanitizer_set_report_fd((void *)(intptr_t)saved[2]);
#endif
}

// --- words --------------------------------------------------------------------------------------

static bool device(const char *w)
{
    return strcmp(w, "/dev/full") == 0 || strcmp(w, "/dev/null") == 0 || strcmp(w, "/dev/stdin") == 0 ||
           strcmp(w, "/dev/stdout") == 0;
}

// "-n", "12" and "-n12", "--count=12": more than a fuzzer has time for.
static bool long_run(char **w, int n)
{
    static const char *const counts[] = {"-n", "--count", "--limit", "--footprint"};
    bool slow = false, full = false;
    for (int i = 0; i < n; i++) {
        for (unsigned k = 0; k < sizeof counts / sizeof *counts; k++) {
            size_t len = strlen(counts[k]);
            const char *v = strncmp(w[i], counts[k], len) != 0 ? NULL
                            : w[i][len] == '=' ? w[i] + len + 1
                            : w[i][len] ? w[i] + len : i + 1 < n ? w[i + 1] : NULL;
            if (v && (strlen(v) > 4 || strpbrk(v, "gGtTmMkK")))
                slow = true;
        }
        full |= strncmp(w[i], "--no-skip", 9) == 0 || strncmp(w[i], "--vcd", 5) == 0;
        slow |= strncmp(w[i], "lat=", 4) == 0 && full && strlen(w[i]) > 7;
        slow |= strncmp(w[i], "--retry", 7) == 0 && full;
    }
    // A generator without a count makes a million accesses.
    bool counted = false;
    for (int i = 0; i < n; i++)
        counted |= strncmp(w[i], "-n", 2) == 0 || strncmp(w[i], "--co", 4) == 0 ||
                   strncmp(w[i], "--foot", 6) == 0 || strncmp(w[i], "--trace", 7) == 0;
    return slow || (n > 1 && strcmp(w[1], "gen") == 0 && !counted);
}

static int words_of(char *text, char *w[WORDS + 1])
{
    int n = 0;
    w[n++] = (char *)(uintptr_t)"l2tlb";
    for (char *save, *p = strtok_r(text, "\n", &save); p; p = strtok_r(NULL, "\n", &save)) {
        if (n == WORDS || (strchr(p, '/') && !device(p)))
            return 0;
        w[n++] = p;
    }
    w[n] = NULL;
    return long_run(w, n) ? 0 : n;
}

// --- a run --------------------------------------------------------------------------------------

static int capture(int fd)
{
    int to = memfd_create("capture", MFD_CLOEXEC);
    fuzz_want(to >= 0 && dup2(to, fd) == fd, "no capture");
    return to;
}

// Back to the old stream; what was written, ended by a 0.
static char *captured(int fd, int from, size_t *size)
{
    dup2(saved[fd], fd);
    *size = (size_t)lseek(from, 0, SEEK_END);
    char *text = malloc(*size + 1);
    fuzz_want(text && pread(from, text, *size, 0) == (ssize_t)*size, "no capture");
    text[*size] = 0;
    close(from);
    return text;
}

static bool has_word(char **w, const char *text)
{
    for (; *w; w++)
        if (strstr(*w, text))
            return true;
    return false;
}

static void judge(int status, char **w, const char *out, size_t out_size, char *err, size_t err_size)
{
    bool full = has_word(w, "/dev/full") || out_size >= LARGEST;
    fuzz_clean(err, err_size);
    if (strcmp(w[1], "gen") != 0 && strcmp(w[1], "convert") != 0) // these write binary forms
        fuzz_clean(out, out_size);
    if (status == 2) {
        fuzz_want(err_size > 1 && err[err_size - 1] == '\n', "status 2 without a word");
        // One of several files is bad: the others have been told of.
        fuzz_want(full || out_size == 0 || has_word(w, "funccheck") || has_word(w, "info") ||
                      has_word(w, "replay"),
                  "status 2 with output");
        // The last line is the refusal; remarks may stand before it.
        err[err_size - 1] = 0;
        char *last = strrchr(err, '\n');
        fuzz_message(last ? last + 1 : err);
        // Of several traces one may be bad: the report of the others is whole.
        fuzz_want(tidy() || has_word(w, "replay"), "status 2 leaves a file");
    }
    if (status != 2 && !full && out_size && out[0] == '{' && has_word(w, "json"))
        fuzz_json(out, out_size);
    fuzz_want(status >= 0 && status <= 2, "an unknown status");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1), *w[WORDS + 1], *err, *out;
    size_t err_size, out_size, input = 0;
    set_up();
    memcpy(text, data, size);
    text[size] = 0;
    char *mark = memmem(text, size, "\n%%\n", 4);
    if (mark) {
        mark[1] = 0;
        input = size - (size_t)(mark - text) - 4;
    }
    int n = words_of(text, w);
    if (n > 1) {
        write_files();
        tidy();
        int in = open(fuzz_file(0, mark ? mark + 4 : "", input), O_RDONLY | O_CLOEXEC);
        dup2(in, 0);
        close(in);
        int fd[2] = {capture(1), capture(2)};
        int status = l2tlb_main(n, w);
        fflush(stdout);
        clearerr(stdout);
        out = captured(1, fd[0], &out_size);
        err = captured(2, fd[1], &err_size);
        dup2(saved[0], 0);
        judge(status, w, out, out_size, err, err_size);
        free(out);
        free(err);
    }
    free(text);
    return 0;
}
