// SPDX-License-Identifier: MulanPSL-2.0
// docs/defects: a page for every erratum and no page without one; each has a row in the index.
#include "arch/cfg.h"
#include "tests/harness.h"

#include <dirent.h>

static char index_text[65536];

static bool is_erratum(const char *id)
{
    for (unsigned e = 0; e < ERRATA_COUNT; e++)
        if (strcmp(errata_table[e].id, id) == 0)
            return true;
    return false;
}

TEST every_erratum_has_a_page(void)
{
    unsigned missing = 0;
    for (unsigned e = 0; e < ERRATA_COUNT; e++) {
        char path[64], line[128];
        snprintf(path, sizeof path, "docs/defects/%s.md", errata_table[e].id);
        FILE *f = fopen(path, "r");
        size_t n = strlen(errata_table[e].id);
        // The heading names the erratum: "# ID: ..."
        bool good = f && fgets(line, sizeof line, f) && strncmp(line, "# ", 2) == 0 &&
                    strncmp(line + 2, errata_table[e].id, n) == 0 && line[2 + n] == ':';
        if (f)
            fclose(f);
        if (!good)
            printf("\n  %s: no page, or its heading names another erratum", path);
        missing += !good;
    }
    ASSERT_EQ(0, missing);
    PASS();
}

// The table at the head of a page: the revisions in order, and a cell for each.
TEST every_page_tells_the_revisions(void)
{
    static const char head[] = "| class | block | 2025-05 | 2026-03 | 2026-07 | 2026-07-v2 | "
                               "reachable by | known upstream |\n";
    unsigned wrong = 0;
    for (unsigned e = 0; e < ERRATA_COUNT; e++) {
        char path[64], line[1024] = "";
        snprintf(path, sizeof path, "docs/defects/%s.md", errata_table[e].id);
        FILE *f = fopen(path, "r");
        ASSERT(f);
        for (unsigned n = 0; n < 3; n++)
            ASSERT(fgets(line, sizeof line, f));
        bool good = strcmp(line, head) == 0 && fgets(line, sizeof line, f) && fgets(line, sizeof line, f);
        unsigned cells = 0;
        for (const char *c = line; *c; c++)
            cells += *c == '|';
        fclose(f);
        if (!good || cells != 9 || strstr(line, "|  |"))
            printf("\n  %s: the table at its head is not that of the other pages", path);
        wrong += !good || cells != 9 || strstr(line, "|  |");
    }
    ASSERT_EQ(0, wrong);
    PASS();
}

TEST every_page_has_an_erratum(void)
{
    DIR *d = opendir("docs/defects");
    unsigned odd = 0;
    ASSERT(d);
    for (struct dirent *e; (e = readdir(d)) != NULL;) {
        char id[64];
        size_t len = strlen(e->d_name);
        if (len < 4 || strcmp(e->d_name + len - 3, ".md") != 0 ||
            !strcmp(e->d_name, "README.md") || !strcmp(e->d_name, "public.md"))
            continue;
        snprintf(id, sizeof id, "%.*s", (int)(len - 3), e->d_name);
        if (!is_erratum(id)) {
            printf("\n  docs/defects/%s: no such erratum", e->d_name);
            odd++;
        }
    }
    closedir(d);
    ASSERT_EQ(0, odd);
    PASS();
}

TEST index_is_complete(void)
{
    FILE *f = fopen("docs/defects/README.md", "r");
    ASSERT(f);
    index_text[fread(index_text, 1, sizeof index_text - 1, f)] = 0;
    fclose(f);
    unsigned missing = 0;
    for (unsigned e = 0; e < ERRATA_COUNT; e++) {
        char link[80];
        snprintf(link, sizeof link, "| [%s](%s.md) |", errata_table[e].id, errata_table[e].id);
        if (!strstr(index_text, link)) {
            printf("\n  docs/defects/README.md: no row \"%s\"", link);
            missing++;
        }
    }
    ASSERT_EQ(0, missing);
    PASS();
}

SUITE(docs_suite)
{
    RUN_TEST(every_erratum_has_a_page);
    RUN_TEST(every_page_tells_the_revisions);
    RUN_TEST(every_page_has_an_erratum);
    RUN_TEST(index_is_complete);
}
