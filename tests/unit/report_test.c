// SPDX-License-Identifier: MulanPSL-2.0
// Histograms, the report document and its four renderings, and the tracker fed by hand.
#include "report/contents.h"
#include "report/emit.h"
#include "replay/tracker.h"
#include "tests/harness.h"

#include <cjson/cJSON.h>
#include <stdlib.h>

// --- histograms ---------------------------------------------------------------------------------

TEST buckets_cover_every_value_once(void)
{
    uint64_t next = 0, first, last;
    for (unsigned b = 0; b < HIST_BUCKETS; b++) {
        hist_range(b, &first, &last);
        ASSERT_EQ(next, first);
        ASSERT_EQ(b, hist_bucket(first));
        ASSERT_EQ(b, hist_bucket(last));
        if (first >= HIST_EXACT)
            ASSERT((last - first + 1) * HIST_SUB <= first); // relative width
        next = last + 1;
    }
    ASSERT_EQ(0, next); // the last bucket ends at 2^64 - 1
    PASS();
}

TEST quantiles_are_nearest_ranks(void)
{
    struct hist *h = calloc(1, sizeof *h);
    ASSERT(h);
    ASSERT_EQ(0, hist_quantile(h, 500));
    for (uint64_t v = 1; v <= 1000; v++)
        hist_add(h, v, 1);
    ASSERT_EQ(1, hist_quantile(h, 1)); // rank 1 of 1000
    ASSERT_EQ(500, hist_quantile(h, 500));
    ASSERT_EQ(900, hist_quantile(h, 900));
    ASSERT_EQ(999, hist_quantile(h, 999));
    ASSERT_EQ(1000, hist_quantile(h, 1000));
    ASSERT_EQ(1, hist_quantile(h, 0));
    ASSERT_EQ(500500, h->sum);
    struct hist *odd = calloc(1, sizeof *odd); // 1 to 7: the median is the fourth, not the third
    ASSERT(odd);
    for (uint64_t v = 1; v <= 7; v++)
        hist_add(odd, v, 1);
    ASSERT_EQ(4, hist_quantile(odd, 500));
    ASSERT_EQ(7, hist_quantile(odd, 900)); // rank 6.3
    ASSERT_EQ(1, hist_quantile(odd, 100));
    ASSERT_EQ(2, hist_quantile(odd, 143)); // rank 1.001
    ASSERT_IN_RANGE(4.0, hist_mean(odd), 1e-9);
    hist_add(odd, 2000, 2993); // 3000 in all
    ASSERT_EQ(6, hist_quantile(odd, 2)); // rank 6
    free(odd);
    hist_add(h, 1000000, 1); // the bucket is wide, the maximum exact
    ASSERT_EQ(1000000, hist_quantile(h, 1000));
    ASSERT_EQ(1, h->min);
    free(h);
    PASS();
}

TEST merging_equals_adding(void)
{
    struct hist *a = calloc(1, sizeof *a), *b = calloc(1, sizeof *b), *c = calloc(1, sizeof *c);
    ASSERT(a && b && c);
    for (uint64_t i = 0; i < 500; i++) {
        uint64_t v = mix64(i) % 5000;
        hist_add(i & 1 ? a : b, v, i);
        hist_add(c, v, i);
    }
    hist_merge(a, b);
    ASSERT_MEM_EQ(c, a, sizeof *a);
    uint64_t before = c->count;
    hist_merge(c, a);
    ASSERT_EQ(2 * before, c->count);
    free(a);
    free(b);
    free(c);
    PASS();
}

// --- document -----------------------------------------------------------------------------------

static struct doc *sample(void)
{
    struct doc *d = doc_new("a \"title\" <x>");
    struct doc_section *s = doc_section(d, "one", "First", "note, with a comma");
    doc_count(s, "big", "Big", UINT64_MAX, "things");
    doc_real(s, "part", "Part", 12.345, 2, "%");
    doc_text(s, "name", "Name", "a,\"b\"");
    struct doc_table *t = doc_table(s, "tab", "Table", "key:Key|n:N|r:R", NULL);
    doc_row(t, "row & one");
    doc_cell_count(t, 1234567);
    doc_cell_real(t, 0.5, 1);
    doc_row(t, "row two");
    doc_cell_none(t);
    doc_cell_count(t, 3);
    doc_cell_count(t, 99); // beyond the last column: ignored
    doc_check(d, "two = two", 2, 2);
    return d;
}

static char *render(enum emit_format f, const struct doc *d)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    const struct doc *docs[1] = {d};
    if (!out || !emit_all(f, out, docs, 1) || fclose(out) != 0)
        return NULL;
    return text;
}

TEST text_shows_everything(void)
{
    struct doc *d = sample();
    char *text = render(EMIT_TEXT, d);
    ASSERT(text);
    ASSERT(strstr(text, "18 446 744 073 709 551 615 things"));
    ASSERT(strstr(text, "12.35 %") || strstr(text, "12.34 %"));
    ASSERT(strstr(text, "1 234 567"));
    ASSERT(strstr(text, "1 sums checked, all right"));
    free(text);
    doc_free(d);
    PASS();
}

TEST json_can_be_read_back(void)
{
    struct doc *d = sample();
    char *text = render(EMIT_JSON, d);
    ASSERT(text);
    ASSERT(strstr(text, "18446744073709551615")); // exact beyond 2^53
    cJSON *j = cJSON_Parse(text);
    ASSERT(j);
    cJSON *s = cJSON_GetObjectItem(cJSON_GetObjectItem(j, "sections"), "one");
    ASSERT_STR_EQ("a,\"b\"",
                  cJSON_GetObjectItem(cJSON_GetObjectItem(s, "values"), "name")->valuestring);
    cJSON *rows = cJSON_GetObjectItem(cJSON_GetObjectItem(s, "tables"), "tab");
    ASSERT_EQ(2, cJSON_GetArraySize(rows));
    ASSERT_EQ(1234567, cJSON_GetObjectItem(cJSON_GetArrayItem(rows, 0), "n")->valueint);
    ASSERT(!cJSON_GetObjectItem(cJSON_GetArrayItem(rows, 1), "n")); // an empty cell
    ASSERT_EQ(0, cJSON_GetObjectItem(j, "failed")->valueint);
    cJSON_Delete(j);
    free(text);
    doc_free(d);
    PASS();
}

TEST csv_is_one_number_per_record(void)
{
    struct doc *d = sample();
    char *text = render(EMIT_CSV, d);
    ASSERT(text);
    ASSERT(strstr(text, "report,section,table,row,label,column,value,unit\n"));
    ASSERT(strstr(text, "0,one,,,Name,name,\"a,\"\"b\"\"\",\n"));
    ASSERT(strstr(text, "0,one,tab,0,row & one,n,1234567,\n"));
    ASSERT(strstr(text, "0,checks,sums,0,two = two,ok,1,\n"));
    free(text);
    doc_free(d);
    PASS();
}

TEST html_escapes_and_stands_alone(void)
{
    struct doc *d = sample();
    char *text = render(EMIT_HTML, d);
    ASSERT(text);
    ASSERT(strstr(text, "a &quot;title&quot; &lt;x&gt;"));
    ASSERT(strstr(text, "row &amp; one"));
    ASSERT_FALSE(strstr(text, "http"));
    ASSERT_FALSE(strstr(text, "<script"));
    free(text);
    doc_free(d);
    PASS();
}

// In every form: texts of unknown origin, and why a report is not whole.
TEST texts_are_escaped_and_partial_reports_marked(void)
{
    static const char *const marks[EMIT_SUMMARY] = {
        "PARTIAL: ended \\x1b early\n", "\"partial\":\t\"ended \\\\x1b early\"",
        "0,report,,,Partial,partial,ended \\x1b early,\n", "Partial: ended \\x1b early</p>"};
    for (unsigned f = 0; f < EMIT_SUMMARY; f++) {
        struct doc *d = sample();
        doc_text(doc_section(d, "evil", "x\x07", NULL), "text", "Text", "\x1b[2J\xff\xc3\xa9");
        char *text = render(f, d);
        ASSERT(text && strstr(text, "x1b[2J") && strstr(text, "xff\xc3\xa9"));
        ASSERT(!strchr(text, '\x1b') && !strchr(text, '\x07') && !strchr(text, '\xff'));
        ASSERT(!strstr(text, "artial") && !strstr(text, "PARTIAL"));
        free(text);
        doc_partial(d, "ended \x1b early");
        text = render(f, d);
        ASSERT(text && strstr(text, marks[f]));
        free(text);
        doc_free(d);
    }
    PASS();
}

// Several documents, one after the other: JSON is an array also of one or none.
TEST documents_are_written_one_by_one(void)
{
    for (unsigned n = 0; n < 3; n++) {
        char *text = NULL;
        size_t size = 0;
        struct emitter e = {.format = EMIT_JSON, .out = open_memstream(&text, &size), .many = true};
        struct doc *d = sample();
        ASSERT(e.out);
        for (unsigned i = 0; i < n; i++)
            ASSERT(emit_one(&e, d));
        ASSERT(emit_end(&e) && fclose(e.out) == 0);
        cJSON *j = cJSON_Parse(text);
        ASSERT(cJSON_IsArray(j) && cJSON_GetArraySize(j) == (int)n);
        cJSON_Delete(j);
        free(text);
        doc_free(d);
    }
    PASS();
}

TEST a_check_can_fail(void)
{
    struct doc *d = sample();
    doc_check(d, "one = two", 1, 2);
    ASSERT_EQ(1, d->failed);
    char *text = render(EMIT_TEXT, d);
    ASSERT(text && strstr(text, "FAILED one = two: 1 != 2"));
    free(text);
    doc_free(d);
    PASS();
}

TEST unknown_formats_are_told_apart(void)
{
    ASSERT_EQ(EMIT_CSV, emit_format_of("csv"));
    ASSERT_EQ(EMIT_FORMATS, emit_format_of("yaml"));
    ASSERT_EQ(EMIT_FORMATS, emit_format_of(""));
    PASS();
}

// --- checks of the contents ---------------------------------------------------------------------

// Every sum of contents_checks.c must be able to fail: break one counter at a time.
TEST each_check_can_fail(void)
{
    static const size_t field[] = {
        offsetof(struct stats, accepted[0]),
        offsetof(struct stats, answered[1]),
        offsetof(struct stats, kind[2]),
        offsetof(struct stats, unknown_answers),
        offsetof(struct stats, duplicate_tags),
        offsetof(struct stats, bad_sums),
        offsetof(struct stats, cause[1][2]),
        offsetof(struct stats, latency_sum[3]),
        offsetof(struct stats, refs[0][3]),
        offsetof(struct stats, faults[1][1][0]),
        offsetof(struct stats, by_path[0][1][0].count),
        offsetof(struct stats, by_level[0][1][2].count),
        offsetof(struct stats, lookup[0][1][0].hits),
        offsetof(struct stats, map[3][1][2].reads),
        offsetof(struct stats, mem_reads),
        offsetof(struct stats, mem_answers),
        offsetof(struct stats, ptw_reads),
        offsetof(struct stats, llptw_in),
        offsetof(struct stats, pf_issued),
        offsetof(struct stats, outstanding[0]),
        offsetof(struct stats, compress[8]),
        offsetof(struct stats, events[EV_RESP]),
        offsetof(struct stats, perf[12]),
    };
    struct stats *s = calloc(1, sizeof *s);
    ASSERT(s);
    s->drained = true;
    for (unsigned i = 0; i <= sizeof field / sizeof *field; i++) {
        struct doc *d = doc_new("checks");
        uint64_t *v = (uint64_t *)(void *)((char *)s + (i ? field[i - 1] : 0));
        *v += i != 0;
        contents_checks(d, s);
        ASSERT_EQ(i != 0, d->failed != 0);
        *v -= i != 0;
        doc_free(d);
    }
    free(s);
    PASS();
}

SUITE(report_suite)
{
    RUN_TEST(buckets_cover_every_value_once);
    RUN_TEST(quantiles_are_nearest_ranks);
    RUN_TEST(merging_equals_adding);
    RUN_TEST(text_shows_everything);
    RUN_TEST(json_can_be_read_back);
    RUN_TEST(csv_is_one_number_per_record);
    RUN_TEST(html_escapes_and_stands_alone);
    RUN_TEST(texts_are_escaped_and_partial_reports_marked);
    RUN_TEST(documents_are_written_one_by_one);
    RUN_TEST(a_check_can_fail);
    RUN_TEST(unknown_formats_are_told_apart);
    RUN_TEST(each_check_can_fail);
}
