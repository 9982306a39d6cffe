// SPDX-License-Identifier: MulanPSL-2.0
// l2tlb study on other machines: tasks and their commands, Slurm. What a task needs is the program, the study with
// its traces and the folder of results.
#include "cmd/study.h"

#include "cmd/interrupt.h"
#include "study/share.h"
#include "traces/source.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SLURM_TASKS = 64, WORD_SIZE = 4 * PATH_MAX, COMMAND_SIZE = 65536, JOBS_TEXT = 4096, JOBS_MAX = JOBS_TEXT / 2,
       SBATCH_WORDS = 64, ANSWER_SIZE = 1 << 20 };

// --- names ------------------------------------------------------------------------------------------

static void folder_of(const struct study_scene *c, char folder[PATH_MAX])
{
    size_t n = strlen(c->study->path);
    const char *dot = strrchr(c->study->path, '.'), *slash = strrchr(c->study->path, '/');
    if (dot && dot > (slash ? slash + 1 : c->study->path))
        n = (size_t)(dot - c->study->path);
    if (c->own->results)
        snprintf(folder, PATH_MAX, "%s", c->own->results);
    else
        snprintf(folder, PATH_MAX, "%.*s-results", (int)n, c->study->path);
}

// A word of the shell.
static const char *quote(const char *text, char word[WORD_SIZE])
{
    size_t n = 0;
    word[n++] = '\'';
    for (; *text && n < WORD_SIZE - 8; text++) {
        if (*text == '\'')
            n += (size_t)snprintf(word + n, WORD_SIZE - n, "'\\''");
        else
            word[n++] = *text;
    }
    word[n++] = '\'';
    word[n] = 0;
    return word;
}

// "cd HERE && program study task STUDY --results FOLDER --tasks N --task ", with the names as they were given, so that
// the reports are those of a run here. False after a message.
static bool task_command(const struct study_scene *c, const char *folder, uint64_t tasks, char command[COMMAND_SIZE])
{
    char program[PATH_MAX], here[PATH_MAX], word[4][WORD_SIZE];
    ssize_t n = readlink("/proc/self/exe", program, sizeof program - 1);
    if (n < 0 || !getcwd(here, sizeof here))
        return options_error(c->o, "%s", strerror(errno)) == 0;
    program[n] = 0;
    snprintf(command, COMMAND_SIZE, "cd %s && exec %s study task %s --results %s --tasks %" PRIu64 "%s --task ",
             quote(here, word[0]), quote(program, word[1]), quote(c->study->path, word[2]), quote(folder, word[3]), tasks,
             c->own->retry ? " --retry" : "");
    return true;
}

// The list of points for tasks; 0 points: nothing is to be done. False after a message.
static bool make_list(const struct study_scene *c, const char *folder, uint64_t *points)
{
    char msg[STUDY_MSG];
    return share_list(c->plan, c->database, folder, c->own->retry, points, msg, sizeof msg) ||
           options_error(c->o, "%s", msg) == 0;
}

// --- tasks ------------------------------------------------------------------------------------------

int study_task(struct study_scene *c)
{
    char folder[PATH_MAX];
    folder_of(c, folder);
    if (!c->own->tasks || c->own->task >= c->own->tasks)
        return options_error(c->o, "task: --tasks N and --task I, 0..N-1");
    struct share s = {.plan = c->plan, .folder = folder, .task = c->own->task, .tasks = c->own->tasks,
                      .jobs = options_given(c->o, "jobs") ? (unsigned)c->own->jobs : 1, .retry = c->own->retry,
                      .stop = interrupt_asked};
    if (!share_run(&s))
        return options_error(c->o, "%s", s.msg);
    options_say("%s: task %" PRIu64 ": %" PRIu64 " were there, %" PRIu64 " run now; %" PRIu64 " failed", c->study->name,
                s.task, s.there, s.ran, s.failed);
    return interrupt_asked() ? interrupt_status() : s.failed ? 1 : 0;
}

int study_gather(struct study_scene *c)
{
    char folder[PATH_MAX], msg[STUDY_MSG];
    struct gathered g;
    folder_of(c, folder);
    struct db *d = db_open(c->database, true, msg, sizeof msg);
    bool fine = d && share_gather(folder, d, &g, msg, sizeof msg);
    db_close(d);
    if (!fine)
        return options_error(c->o, "%s", msg);
    options_say("%s: %" PRIu64 " files, %" PRIu64 " of them new", c->study->name, g.files, g.added);
    return 0;
}

int study_shell(struct study_scene *c)
{
    char folder[PATH_MAX], command[COMMAND_SIZE];
    uint64_t points, tasks = c->own->shell_jobs;
    folder_of(c, folder);
    if (!make_list(c, folder, &points))
        return 2;
    tasks = points < tasks ? points : tasks;
    if (!task_command(c, folder, tasks, command))
        return 2;
    for (uint64_t i = 0; i < tasks; i++)
        printf("(%s%" PRIu64 ")\n", command, i);
    return 0;
}

// --- Slurm ------------------------------------------------------------------------------------------

// Runs a program without a shell; answer: the beginning of what it prints, without the end of the last line. Returns
// its status, -1: it did not run or was killed.
static int call(char *const argv[], char *answer, size_t size)
{
    int end[2], status = -1;
    size_t n = 0;
    char rest[4096];
    *answer = 0;
    if (pipe(end) != 0)
        return -1;
    pid_t child = fork();
    if (child == 0) {
        dup2(end[1], STDOUT_FILENO);
        dup2(end[1], STDERR_FILENO);
        close(end[0]);
        close(end[1]);
        execvp(argv[0], argv);
        _exit(127);
    }
    close(end[1]);
    for (ssize_t got; child > 0 && (got = read(end[0], rest, sizeof rest)) != 0;) {
        if (got < 0 && errno != EINTR)
            break;
        for (ssize_t i = 0; i < got && n + 1 < size; i++)
            answer[n++] = rest[i];
    }
    close(end[0]);
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
        continue;
    while (n > 0 && answer[n - 1] == '\n')
        n--;
    answer[n] = 0;
    if (child > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 127 && !n)
        snprintf(answer, size, "cannot be run");
    return child > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

// "12,34": the jobs of the folder; "": none. What is no number is left out.
static void jobs_of(const char *folder, char list[JOBS_TEXT])
{
    char path[PATH_MAX + 8], line[64];
    size_t n = 0;
    snprintf(path, sizeof path, "%s/jobs", folder);
    FILE *in = fopen(path, "r");
    *list = 0;
    while (in && fgets(line, sizeof line, in) && n + sizeof line < JOBS_TEXT) {
        line[strcspn(line, "\n")] = 0;
        if (*line && strspn(line, "0123456789") == strlen(line))
            n += (size_t)snprintf(list + n, JOBS_TEXT - n, "%s%s", n ? "," : "", line);
    }
    if (in)
        fclose(in);
}

static bool note_job(const struct study_scene *c, const char *folder, const char *job)
{
    char path[PATH_MAX + 8];
    snprintf(path, sizeof path, "%s/jobs", folder);
    FILE *out = fopen(path, "a");
    bool fine = out && fprintf(out, "%.*s\n", (int)strspn(job, "0123456789"), job) > 0;
    fine &= out && fclose(out) == 0;
    return fine || options_error(c->o, "%s: %s", path, strerror(errno)) == 0;
}

static bool write_script(const struct study_scene *c, const char *path, const char *command)
{
    char msg[STUDY_MSG];
    struct output *out = output_open(path, msg, sizeof msg);
    if (out)
        fprintf(output_stream(out), "#!/bin/sh\n%s\"$SLURM_ARRAY_TASK_ID\"\n", command);
    return (out && output_close(out, msg, sizeof msg)) || options_error(c->o, "%s", msg) == 0;
}

// sbatch with the options of the user, which are cut at blanks. Returns its status.
static int submit(const struct study_scene *c, const char *folder, uint64_t tasks, const char *script, char *answer, size_t size)
{
    char array[64], name[256], log[PATH_MAX + 32], *words = strdup(c->own->slurm), *rest = words, *word;
    char *argv[SBATCH_WORDS + 8] = {"sbatch", "--parsable", "--requeue", array, name, log};
    unsigned n = 6;
    *answer = 0;
    if (!words)
        return -1;
    if (c->own->throttle)
        snprintf(array, sizeof array, "--array=0-%" PRIu64 "%%%" PRIu64, tasks - 1, c->own->throttle);
    else
        snprintf(array, sizeof array, "--array=0-%" PRIu64, tasks - 1);
    snprintf(name, sizeof name, "--job-name=%.200s", c->study->name);
    snprintf(log, sizeof log, "--output=%s/task-%%a.log", folder);
    while (n < SBATCH_WORDS + 6 && (word = next_word(&rest)) != NULL)
        argv[n++] = word;
    bool more = next_word(&rest) != NULL;
    argv[n++] = (char *)script;
    if (more)
        snprintf(answer, size, "--slurm has more than %d words", SBATCH_WORDS);
    int status = more ? -1 : call(argv, answer, size);
    free(words);
    return status;
}

int study_submit(struct study_scene *c)
{
    char folder[PATH_MAX], script[PATH_MAX + 16], answer[512], command[COMMAND_SIZE];
    uint64_t points, tasks = c->own->tasks ? c->own->tasks : SLURM_TASKS;
    folder_of(c, folder);
    if (!make_list(c, folder, &points))
        return 2;
    if (!points) {
        options_say("%s: nothing is left to do", c->study->name);
        return 0;
    }
    tasks = points < tasks ? points : tasks;
    snprintf(script, sizeof script, "%s/task.sh", folder);
    if (!task_command(c, folder, tasks, command) || !write_script(c, script, command))
        return 2;
    int status = submit(c, folder, tasks, script, answer, sizeof answer);
    if (status != 0 || !strspn(answer, "0123456789"))
        return options_error(c->o, "sbatch: %.*s", (int)strcspn(answer, "\n"), *answer ? answer : "no answer");
    if (!note_job(c, folder, answer))
        return 2;
    options_say("%s: job %.*s, %" PRIu64 " tasks for %" PRIu64 " points; `l2tlb study gather` brings the results home",
                c->study->name, (int)strspn(answer, "0123456789"), answer, tasks, points);
    return 0;
}

int study_cancel(struct study_scene *c)
{
    char folder[PATH_MAX], jobs[JOBS_TEXT], answer[512], *argv[JOBS_MAX + 2] = {"scancel"}, *rest = jobs, *word;
    unsigned n = 1;
    folder_of(c, folder);
    jobs_of(folder, jobs);
    if (!*jobs)
        return options_error(c->o, "%s: no jobs of Slurm", folder);
    for (char *p = jobs; (p = strchr(p, ',')) != NULL;)
        *p = ' ';
    while (n <= JOBS_MAX && (word = next_word(&rest)) != NULL)
        argv[n++] = word;
    if (call(argv, answer, sizeof answer) != 0)
        return options_error(c->o, "scancel: %.*s", (int)strcspn(answer, "\n"), *answer ? answer : "no answer");
    return 0;
}

void study_queue(struct study_scene *c)
{
    static const char *const state[] = {"RUNNING", "PENDING", "COMPLETING", "SUSPENDED"};
    char folder[PATH_MAX], jobs[JOBS_TEXT], *answer = malloc(ANSWER_SIZE);
    folder_of(c, folder);
    uint64_t files = share_files(folder);
    if (files)
        options_say("  %s: %" PRIu64 " files of tasks", folder, files);
    jobs_of(folder, jobs);
    char *const argv[] = {"squeue", "-h", "-r", "-o", "%T", "-j", jobs, NULL};
    // Jobs that are long over are an error of squeue: nothing to tell.
    if (answer && *jobs && call(argv, answer, ANSWER_SIZE) == 0)
        for (unsigned i = 0; i < sizeof state / sizeof *state; i++) {
            unsigned n = 0;
            for (const char *p = answer; (p = strstr(p, state[i])) != NULL; p++)
                n++;
            if (n)
                options_say("  Slurm: %u %s", n, state[i]);
        }
    free(answer);
}
