// SPDX-License-Identifier: MulanPSL-2.0
// FST and save files of waveforms, see wave.h.
#include "cmd/wave.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

// vcd2fst needs a file that it can seek in, and makes another beside it. The shell outlives this process if it must, and
// removes both; signals of the terminal are for this process alone, which ends the text. What cannot be converted is read
// to its end, so that nobody writes into a broken pipe.
static const char converter[] =
    "trap '' INT TERM HUP\n"
    "d=$(mktemp -d) || { cat >/dev/null; exit 1; }\n"
    "trap 'rm -rf \"$d\"' EXIT\n"
    "vcd2fst - \"$d/wave\" >/dev/null || { cat >/dev/null; exit 1; }\n"
    "cat \"$d/wave\"";

static bool in_path(const char *program)
{
    const char *path = getenv("PATH");
    char name[4096];
    for (size_t n; path && *path; path += n + (path[n] == ':')) {
        n = strcspn(path, ":");
        int k = snprintf(name, sizeof name, "%.*s/%s", (int)(n < 4000 ? n : 0), path, program);
        if (k > 0 && n && access(name, X_OK) == 0)
            return true;
    }
    return false;
}

// Runs the converter between a pipe and a temporary file.
static bool spawn(struct fst *f)
{
    int end[2];
    posix_spawn_file_actions_t actions;
    if (pipe(end) != 0)
        return false;
    fcntl(end[1], F_SETFD, FD_CLOEXEC);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, end[0], STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, fileno(f->converted), STDOUT_FILENO);
    posix_spawn_file_actions_addclose(&actions, end[0]);
    pid_t pid = 0;
    char *const argv[] = {"sh", "-c", (char *)converter, NULL};
    int error = posix_spawn(&pid, "/bin/sh", &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    close(end[0]);
    if (error || !(f->vcd = fdopen(end[1], "w"))) {
        close(end[1]);
        errno = error ? error : errno;
        return false;
    }
    f->pid = pid;
    return true;
}

bool fst_begin(const struct options *o, const char *path, struct fst *f)
{
    *f = (struct fst){.vcd = NULL};
    if (!path)
        return true;
    if (!in_path("vcd2fst"))
        return options_error(o, "--fst %s: needs vcd2fst (Debian: package gtkwave)", path), false;
    if (!options_open(o, path, &f->out))
        return false;
    f->converted = tmpfile();
    if (!f->converted || !spawn(f))
        return options_error(o, "--fst %s: %s", path, strerror(errno)), false;
    return true;
}

bool fst_end(const struct options *o, struct fst *f)
{
    char part[65536];
    int status = 0;
    bool fine = true;
    if (f->vcd) {
        fclose(f->vcd); // what could not be written, the converter says
        f->vcd = NULL;
        while (waitpid((pid_t)f->pid, &status, 0) < 0 && errno == EINTR)
            continue;
        if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
            fine = options_error(o, "--fst: vcd2fst failed") == 0;
        rewind(f->converted);
        for (size_t n; fine && (n = fread(part, 1, sizeof part, f->converted)) > 0;)
            fwrite(part, 1, n, output_stream(f->out));
    }
    if (f->converted)
        fclose(f->converted);
    f->converted = NULL;
    return fine;
}

// --- save files -----------------------------------------------------------------------------------

// What stands in them: "-TITLE" begins a group.
static const char *const shown[] = {
    "-Requests, instruction side", "io_tlb_0_req_0_valid", "io_tlb_0_req_0_ready", "io_tlb_0_req_0_bits_vpn[37:0]",
    "io_tlb_0_resp_valid", "io_tlb_0_resp_ready",
    "-Requests, data side", "io_tlb_1_req_0_valid", "io_tlb_1_req_0_ready", "io_tlb_1_req_0_bits_vpn[37:0]",
    "io_tlb_1_req_0_bits_s2xlate[1:0]", "io_tlb_1_resp_valid",
    "-PageCache", "cache.stageDelay_valid", "cache.stageCheck_valid", "cache.stageResp_valid",
    "cache.stageResp_req_info_vpn[37:0]", "cache.stageResp_isHptwReq",
    "-Walkers", "ptw.idle", "ptw.vpn[37:0]", "ptw.level[1:0]", "hptw.idle", "hptw.gpaddr[49:0]", "hptw.level[1:0]",
    "-Last-level walker", "llptw.state_0[3:0]", "llptw.entries_0_req_info_vpn[37:0]",
    "-Memory", "auto_out_a_valid", "auto_out_a_ready", "auto_out_a_bits_source[4:0]", "auto_out_a_bits_address[47:0]",
    "auto_out_d_valid", "auto_out_d_bits_source[4:0]",
    "-Control", "io_sfence_valid", "io_csr_tlb_satp_changed", "io_csr_tlb_vsatp_changed", "io_csr_tlb_hgatp_changed",
};
enum { SHOWN = sizeof shown / sizeof *shown };

static void gtkwave(FILE *f, const char *wave)
{
    enum { BLANK = 0x200, HEX = 0x22, BIT = 0x28 };
    fprintf(f, "[*] written by l2tlb: gtkwave %s\n[dumpfile] \"%s\"\n[timestart] 0\n", wave, wave);
    for (unsigned i = 0; i < SHOWN; i++)
        if (*shown[i] == '-')
            fprintf(f, "@%x\n%s\n", BLANK, shown[i]);
        else
            fprintf(f, "@%x\nL2TLB.%s\n", strchr(shown[i], '[') ? HEX : BIT, shown[i]);
}

static void surfer(FILE *f, const char *wave)
{
    fprintf(f, "load_file %s\n", wave);
    for (unsigned i = 0; i < SHOWN; i++)
        if (*shown[i] == '-')
            fprintf(f, "divider_add %s\n", shown[i] + 1);
        else
            fprintf(f, "variable_add L2TLB.%.*s\n", (int)strcspn(shown[i], "["), shown[i]);
    fputs("zoom_fit\n", f);
}

bool wave_save_files(const struct options *o, const char *path)
{
    static const struct {
        const char *end;
        void (*write)(FILE *f, const char *wave);
    } form[] = {{".gtkw", gtkwave}, {".sucl", surfer}};
    struct stat st;
    size_t n = path ? strlen(path) : 0;
    char name[4096];
    const char *wave = path ? strrchr(path, '/') : NULL;
    if (n < 5 || n + 2 > sizeof name || (strcmp(path + n - 4, ".vcd") != 0 && strcmp(path + n - 4, ".fst") != 0) ||
        stat(path, &st) != 0 || !S_ISREG(st.st_mode))
        return true;
    wave = wave ? wave + 1 : path;
    for (unsigned i = 0; i < sizeof form / sizeof *form; i++) {
        struct output *out;
        snprintf(name, sizeof name, "%.*s%s", (int)(n - 4), path, form[i].end);
        if (lstat(name, &st) == 0)
            continue;
        if (!options_open(o, name, &out))
            return false;
        form[i].write(output_stream(out), wave);
        if (!options_close(o, &out, 1, true))
            return false;
    }
    return true;
}
