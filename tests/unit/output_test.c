// SPDX-License-Identifier: MulanPSL-2.0
// Output files: whole or not there, whatever the name looks like; which names are one file; and text of
// unknown origin as it may be shown.
#define _XOPEN_SOURCE 700 // mkdtemp
#include "tests/harness.h"
#include "traces/output.h"
#include "traces/source.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char home[4096], dir[32];

// Every test has a folder of its own, which is the working folder.
static bool enter(void)
{
    strcpy(dir, "/tmp/l2tlb_output_XXXXXX");
    return getcwd(home, sizeof home) && mkdtemp(dir) && chdir(dir) == 0;
}

static void leave(void)
{
    struct dirent *e;
    DIR *d = opendir(".");
    while (d && (e = readdir(d)))
        unlink(e->d_name);
    if (d)
        closedir(d);
    rmdir("sub");
    if (chdir(home) != 0 || rmdir(dir) != 0)
        printf("%s stays\n", dir);
}

static unsigned files(void)
{
    unsigned n = 0;
    DIR *d = opendir(".");
    for (struct dirent *e; d && (e = readdir(d));)
        n += e->d_name[0] != '.';
    if (d)
        closedir(d);
    return n;
}

static void put(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    if (f) {
        fputs(text, f);
        fclose(f);
    }
}

static bool holds(const char *path, const char *text)
{
    char got[64] = "";
    FILE *f = fopen(path, "r");
    size_t n = f ? fread(got, 1, sizeof got - 1, f) : 0;
    if (f)
        fclose(f);
    return f && n == strlen(text) && strcmp(got, text) == 0;
}

static mode_t rights(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 ? st.st_mode & 0777 : 0;
}

static char msg[1024];

static struct output *begin(const char *path, const char *text)
{
    struct output *o = output_open(path, msg, sizeof msg);
    if (o)
        fputs(text, output_stream(o));
    return o;
}

TEST a_file_is_whole_or_not_there(void)
{
    ASSERT(enter());
    umask(027);
    struct output *o = begin("new", "text");
    umask(022);
    ASSERT(o);
    ASSERT_EQ(-1, access("new", F_OK));
    ASSERT_EQ(1, files()); // the part
    ASSERT(output_close(o, msg, sizeof msg));
    ASSERT(holds("new", "text"));
    ASSERT_EQ(0640, rights("new"));
    ASSERT_EQ(1, files());
    ASSERT((o = begin("given up", "text")));
    output_abandon(o);
    ASSERT_EQ(1, files());
    leave();
    PASS();
}

TEST an_old_file_stays_until_the_new_one_is_whole(void)
{
    ASSERT(enter());
    put("old", "old");
    chmod("old", 0604);
    struct output *o = begin("old", "new");
    fflush(output_stream(o));
    ASSERT(holds("old", "old"));
    output_abandon(o);
    ASSERT(holds("old", "old"));
    ASSERT((o = begin("old", "new")));
    ASSERT(output_close(o, msg, sizeof msg));
    ASSERT(holds("old", "new"));
    ASSERT_EQ(0604, rights("old"));
    ASSERT_EQ(1, files());
    leave();
    PASS();
}

TEST links_are_followed(void)
{
    struct stat st;
    ASSERT(enter());
    ASSERT_EQ(0, mkdir("sub", 0777));
    ASSERT_EQ(0, symlink("sub/target", "link")); // to nothing yet
    struct output *o = begin("link", "1");
    ASSERT(output_close(o, msg, sizeof msg));
    ASSERT(holds("sub/target", "1"));
    ASSERT((o = begin("link", "2")));
    ASSERT(output_close(o, msg, sizeof msg));
    ASSERT(holds("sub/target", "2"));
    ASSERT(lstat("link", &st) == 0 && S_ISLNK(st.st_mode));
    ASSERT_EQ(0, symlink("target2", "sub/link")); // beside the link, not here
    ASSERT((o = begin("sub/link", "3")));
    ASSERT(output_close(o, msg, sizeof msg));
    ASSERT(holds("sub/target2", "3"));
    ASSERT_EQ(0, symlink("loop", "loop"));
    ASSERT_EQ(NULL, begin("loop", ""));
    unlink("sub/target");
    unlink("sub/target2");
    unlink("sub/link");
    leave();
    PASS();
}

TEST a_long_name_has_room_for_its_part(void)
{
    char name[256];
    ASSERT(enter());
    memset(name, 'n', 255);
    name[255] = 0;
    struct output *o = begin(name, "x");
    ASSERT(o);
    ASSERT_EQ(-1, access(name, F_OK));
    ASSERT(output_close(o, msg, sizeof msg));
    ASSERT(holds(name, "x"));
    leave();
    PASS();
}

TEST devices_are_written_as_they_are(void)
{
    ASSERT(enter());
    ASSERT_EQ(0, mkfifo("fifo", 0666));
    int reader = open("fifo", O_RDONLY | O_NONBLOCK);
    struct output *o = begin("fifo", "through");
    ASSERT(output_close(o, msg, sizeof msg));
    char got[16] = "";
    ASSERT_EQ(7, read(reader, got, sizeof got));
    ASSERT_STR_EQ("through", got);
    close(reader);
    ASSERT_EQ(1, files());
    ASSERT((o = begin("/dev/full", "x")));
    ASSERT_FALSE(output_close(o, msg, sizeof msg));
    ASSERT_STR_EQ("/dev/full: No space left on device", msg);
    ASSERT((o = begin("/dev/full", ""))); // the error comes early, and nothing is left to flush
    setvbuf(output_stream(o), NULL, _IONBF, 0);
    fputs("x", output_stream(o));
    ASSERT_FALSE(output_close(o, msg, sizeof msg));
    ASSERT_STR_EQ("/dev/full: No space left on device", msg);
    ASSERT_EQ(NULL, begin(".", ""));
    ASSERT(strstr(msg, "directory"));
    ASSERT_EQ(NULL, begin("no/where", ""));
    ASSERT(strstr(msg, "no/where: No such file"));
    leave();
    PASS();
}

TEST a_signal_can_remove_what_is_unfinished(void)
{
    ASSERT(enter());
    put("old", "old");
    struct output *a = begin("a", "x"), *b = begin("old", "x"), *c = begin("c", "x");
    ASSERT(output_close(a, msg, sizeof msg));
    output_remove_unfinished();
    ASSERT_EQ(2, files());
    ASSERT(holds("a", "x") && holds("old", "old"));
    ASSERT_FALSE(output_close(b, msg, sizeof msg)); // its part is gone
    ASSERT(strstr(msg, "old: "));
    output_abandon(c);
    leave();
    PASS();
}

static bool apart(const char *in, const char *out, const char *other)
{
    return output_apart(&in, 1, (const char *const[]){out, other}, 2, msg, sizeof msg);
}

TEST one_file_by_two_names(void)
{
    ASSERT(enter());
    ASSERT_EQ(0, mkdir("sub", 0777));
    put("in", "x");
    ASSERT(link("in", "hard") == 0 && symlink("in", "soft") == 0 && symlink("new", "to-new") == 0);
    ASSERT(apart("in", "new", "other"));
    ASSERT(apart("in", "in2", NULL));
    ASSERT(apart("missing", "missing2", NULL));
    ASSERT_FALSE(apart("in", "in", NULL));
    ASSERT(strstr(msg, "is read"));
    ASSERT_FALSE(apart("in", NULL, "./in"));
    ASSERT_FALSE(apart("hard", "in", NULL));
    ASSERT_FALSE(apart("in", "soft", NULL));
    ASSERT_FALSE(apart("in", "sub/../in", NULL));
    ASSERT_FALSE(apart("in", "new", "new"));
    ASSERT(strstr(msg, "new and new are the same"));
    ASSERT_FALSE(apart("in", "new", "sub/../new"));
    ASSERT_FALSE(apart("in", "to-new", "new"));
    ASSERT_FALSE(apart("in@80000000", "in", NULL)); // a raw image
    ASSERT(apart("in", "new", "sub/new"));
    ASSERT(apart("in", "/dev/null", "/dev/null"));
    ASSERT(apart("/dev/null", "/dev/null", "new"));
    ASSERT_FALSE(apart("in", "/dev/full", "/dev/full"));
    ASSERT_FALSE(apart("in", "-", "/dev/stdout"));
    ASSERT_FALSE(apart("in", "/dev/fd/1", "-"));
    leave();
    PASS();
}

TEST standard_streams_count_as_their_files(void)
{
    ASSERT(enter());
    put("in", "x");
    int keep = dup(STDIN_FILENO), fd = open("in", O_RDONLY);
    ASSERT(keep >= 0 && fd >= 0 && dup2(fd, STDIN_FILENO) == STDIN_FILENO);
    bool refused = !apart("-", "in", NULL), fine = apart("-", "new", NULL);
    dup2(keep, STDIN_FILENO);
    close(keep);
    close(fd);
    ASSERT(refused && fine);
    leave();
    PASS();
}

TEST text_is_shown_without_control_characters(void)
{
    static const char *const rows[][2] = {
        {"plain \"text\" \\ & <b>", "plain \"text\" \\ & <b>"},
        {"\xe8\xb7\xaf\xe5\xbe\x84 \xc3\xa9 \xf0\x9f\x98\x80", "\xe8\xb7\xaf\xe5\xbe\x84 \xc3\xa9 \xf0\x9f\x98\x80"},
        {"\x1b]0;x\x07\t\n\x7f", "\\x1b]0;x\\x07\\x09\\x0a\\x7f"},
        {"\xff\xfe", "\\xff\\xfe"},
        {"\xc2\x9b" "31m", "\\xc2\\x9b31m"},              // CSI of 8 bits
        {"\xc1\x81 \xe0\x81\x81", "\\xc1\\x81 \\xe0\\x81\\x81"}, // longer than needed
        {"\xed\xa0\x80", "\\xed\\xa0\\x80"},              // half of a surrogate pair
        {"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"},     // beyond Unicode
        {"a\xe2\x80\xae" "exe", "a\\xe2\\x80\\xaeexe"},      // right to left
        {"cut \xe8\xb7", "cut \\xe8\\xb7"},
        {"\xc3\xc3\xa9", "\\xc3\xc3\xa9"},
    };
    char out[128], again[128];
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        ASSERT_STR_EQ(rows[i][1], printable_text(rows[i][0], out, sizeof out));
        ASSERT_STR_EQ(out, printable_text(out, again, sizeof again));
    }
    ASSERT_STR_EQ("ab", printable_text("ab\x01", out, 6)); // whole characters only
    ASSERT_STR_EQ("ab\\x01", printable_text("ab\x01", out, 7));
    ASSERT_STR_EQ("\xc3\xa9", printable_text("\xc3\xa9\xc3\xa9", out, 4));
    ASSERT_STR_EQ("0123456789012345678901234567890123456789...",
                  printable("01234567890123456789012345678901234567890", out));
    ASSERT_STR_EQ("\\x1b", printable("\x1b", out));
    PASS();
}

SUITE(output_suite)
{
    RUN_TEST(a_file_is_whole_or_not_there);
    RUN_TEST(an_old_file_stays_until_the_new_one_is_whole);
    RUN_TEST(links_are_followed);
    RUN_TEST(a_long_name_has_room_for_its_part);
    RUN_TEST(devices_are_written_as_they_are);
    RUN_TEST(a_signal_can_remove_what_is_unfinished);
    RUN_TEST(one_file_by_two_names);
    RUN_TEST(standard_streams_count_as_their_files);
    RUN_TEST(text_is_shown_without_control_characters);
}
