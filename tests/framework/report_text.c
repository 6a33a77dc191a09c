/* Units, widths and escaping. Expected texts follow from the definitions: four significant digits, powers of 1024 and
 * 1000, expm1 of the logarithm; the characters that RFC 4180, XML 1.0 and GitHub's Markdown treat specially. */
#include "framework/report/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "framework/report/pick.h"
#include "report_sample.h"
#include "tests/harness.h"

static void times_have_four_significant_digits(void **state)
{
    static const struct {
        double ns;
        const char *text;
    } cases[] = {
        { 0, "0.0000 ns" },        { 0.25, "0.2500 ns" },  { 1, "1.000 ns" },
        { 9.9994, "9.999 ns" },    { 9.9996, "10.00 ns" }, { 99.996, "100.0 ns" },
        { 612.34, "612.3 ns" },    { 999.94, "999.9 ns" }, { 999.96, "1.000 µs" },
        { 1234.5678, "1.235 µs" }, { 612345, "612.3 µs" }, { 999960, "1.000 ms" },
        { 12345678, "12.35 ms" },  { 1e9, "1.000 s" },     { 123.456e9, "123.5 s" },
        { 12345e9, "12345 s" },    { -1500, "-1.500 µs" }, { NAN, "n/a" },
        { INFINITY, "inf" },
    };
    (void)state;
    char buf[64];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(tare_format_time(buf, sizeof buf, cases[i].ns), cases[i].text);
}

static void percents_are_expm1_of_the_logarithm(void **state)
{
    static const struct {
        double ratio; /* new / old */
        const char *text;
    } cases[] = {
        { 1.0502, "+5.02%" },  { 0.9498, "-5.02%" }, { 1, "0.00%" },    { 1.00004, "0.00%" }, { 1.0001, "+0.01%" },
        { 1.09996, "+10.0%" }, { 1.124, "+12.4%" },  { 0.5, "-50.0%" }, { 3.5, "+250%" },     { 2e6, "+2.0e+08%" },
        { INFINITY, "+inf%" }, { 0, "-100%" },       { NAN, "n/a" },
    };
    (void)state;
    char buf[64];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(tare_format_percent(buf, sizeof buf, log(cases[i].ratio)), cases[i].text);
}

static void bytes_counts_and_durations_read_well(void **state)
{
    (void)state;
    static const struct {
        double bytes;
        const char *text;
    } sizes[] = { { 0, "0 B" },           { 1023, "1023 B" },
                  { 1024, "1.0 KiB" },    { 67108864, "64.0 MiB" },
                  { 1048575, "1.0 MiB" }, { 1.5 * 1073741824, "1.5 GiB" } };
    static const struct {
        uint64_t count;
        const char *text;
    } counts[] = { { 0, "0" },          { 999, "999" },           { 1000, "1,000" },
                   { 51200, "51,200" }, { 1234567, "1,234,567" }, { UINT64_MAX, "18,446,744,073,709,551,615" } };
    static const struct {
        double s;
        const char *text;
    } durations[] = { { 0.35, "350 ms" },     { 1.25, "1.2 s" },     { 71, "71 s" }, { 200, "3 min 20 s" },
                      { 3600, "60 min 0 s" }, { 7384, "2 h 3 min" }, { NAN, "n/a" } };
    char buf[64];
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        assert_string_equal(tare_format_bytes(buf, sizeof buf, sizes[i].bytes), sizes[i].text);
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        assert_string_equal(tare_format_count(buf, sizeof buf, counts[i].count), counts[i].text);
    for (size_t i = 0; i < sizeof durations / sizeof *durations; i++)
        assert_string_equal(tare_format_duration(buf, sizeof buf, 1e9 * durations[i].s), durations[i].text);
}

static void values_have_the_unit_of_their_quantity(void **state)
{
    static const struct {
        enum tare_quantity q;
        double x;
        const char *text;
    } cases[] = {
        { TARE_QUANTITY_TIME, 612.34e3, "612.3 µs" }, { TARE_QUANTITY_NS, 999.96, "1.000 µs" },
        { TARE_QUANTITY_BYTES, 512, "512 B" },        { TARE_QUANTITY_BYTES, 573440, "560.0 KiB" },
        { TARE_QUANTITY_BYTES, 0x1p20, "1.000 MiB" }, { TARE_QUANTITY_BYTES, 60.53 * 0x1p30, "60.53 GiB" },
        { TARE_QUANTITY_RATIO, 1.16, "1.160" },       { TARE_QUANTITY_RATIO, 0.031, "0.0310" },
        { TARE_QUANTITY_BYTES, NAN, "n/a" },
    };
    (void)state;
    char buf[64];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(tare_format_value(buf, sizeof buf, cases[i].q, cases[i].x), cases[i].text);
    assert_string_equal(
        tare_format_value_interval(buf, sizeof buf, TARE_QUANTITY_BYTES, (struct tare_interval){ 1000, 996, 1002 }),
        "1000 B ± 0.4%");
}

static void an_interval_shows_its_wider_half(void **state)
{
    static const struct {
        struct tare_interval i;
        const char *text;
    } cases[] = {
        { { 1000, 996, 1002 }, "0.4%" },          { { 1000, 999, 1150 }, "15%" },
        { { 1000, 999.99, 1000.01 }, "<0.01%" },  { { 1000, 1000, 1000 }, "<0.01%" },
        { { 1000, -INFINITY, INFINITY }, "inf" }, { { NAN, NAN, NAN }, "n/a" },
        { { 1000, 999.5, 1000.1 }, "0.05%" },
    };
    (void)state;
    char buf[64];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(tare_format_half_width(buf, sizeof buf, cases[i].i), cases[i].text);
}

static void short_buffers_are_never_overrun(void **state)
{
    (void)state;
    for (size_t n = 1; n < 12; n++) {
        char *buf = malloc(n); /* the sanitizer watches its end */
        assert_true(strlen(tare_format_time(buf, n, 123456)) < n);
        assert_true(strlen(tare_format_count(buf, n, UINT64_MAX)) < n);
        assert_true(strlen(tare_format_percent(buf, n, 0.5)) < n);
        free(buf);
    }
}

static void width_counts_columns_and_not_bytes(void **state)
{
    static const struct {
        const char *text;
        size_t width;
    } cases[] = { { "", 0 },
                  { "abc", 3 },
                  { "µs ±", 4 },
                  { "矩阵", 4 },
                  { "e\xCC\x81", 1 },
                  { "\xFF\xFE", 2 },
                  { "\xF0\x9F\x9A\x80", 2 },
                  { "\xC3", 1 } };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(tare_text_width(cases[i].text), cases[i].width);
}

typedef void (*transform)(struct tare_buf *out, const char *s);

static void escaping_keeps_text_as_text(void **state)
{
    static const struct {
        transform f;
        const char *in, *out;
    } cases[] = {
        { tare_text_clean, "a\nb\tc", "a b c" },
        { tare_text_clean, "red\x1b[31m", "red\xEF\xBF\xBD[31m" },
        { tare_text_clean, "\xFF", "\xEF\xBF\xBD" },
        { tare_text_clean, "\xE2\x80\xAEtxt", "\xEF\xBF\xBDtxt" },   /* right-to-left override */
        { tare_text_clean, "\xC0\x80", "\xEF\xBF\xBD\xEF\xBF\xBD" }, /* an overlong NUL */
        { tare_text_clean, "\xC2\x9Bm", "\xEF\xBF\xBDm" },           /* CSI of the C1 set */
        { tare_text_xml, "<a href=\"x\">&'", "&lt;a href=&quot;x&quot;&gt;&amp;&#39;" },
        { tare_text_xml, "bell\a", "bell\xEF\xBF\xBD" },
        { tare_text_csv, "plain", "plain" },
        { tare_text_csv, "a,b", "\"a,b\"" },
        { tare_text_csv, "say \"x\"", "\"say \"\"x\"\"\"" },
        { tare_text_csv, "two\nlines", "\"two\nlines\"" },
        { tare_text_csv, " edge", "\" edge\"" },
        { tare_text_markdown, "a|b_c*d", "a\\|b\\_c\\*d" },
        { tare_text_markdown, "<!-- @me `x`", "&lt;\\!-- &#64;me \\`x\\`" },
        { tare_text_gnuplot, "a\"b\\n", "\"a''b\\\\n\"" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct tare_buf out = { 0 };
        cases[i].f(&out, cases[i].in);
        assert_string_equal(out.data, cases[i].out);
        tare_buf_free(&out);
    }
}

static void long_text_loses_its_middle(void **state)
{
    static const struct {
        const char *in;
        size_t columns;
        const char *out;
    } cases[] = { { "abcdefghij", 10, "abcdefghij" },
                  { "abcdefghij", 0, "abcdefghij" },
                  { "abcdefghij", 7, "abc…hij" },
                  { "abcdefghij", 6, "ab…hij" },
                  { "abcdefghij", 1, "…" } };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct tare_buf out = { 0 };
        tare_text_fit(&out, cases[i].in, cases[i].columns);
        assert_string_equal(out.data, cases[i].out);
        tare_buf_free(&out);
    }
    for (size_t columns = 1; columns < 12; columns++) { /* wide characters must not push it over */
        struct tare_buf out = { 0 };
        tare_text_fit(&out, "矩阵乘法矩阵乘法", columns);
        assert_true(tare_text_width(out.data) <= columns);
        tare_buf_free(&out);
    }
}

static void an_id_divides_into_heading_and_name(void **state)
{
    static const struct {
        const char *id, *suite, *group, *heading, *name;
    } cases[] = {
        { "kernels/matmul/f32/avx2/m=1", "kernels", "matmul/f32", "kernels/matmul/f32", "avx2/m=1" },
        { "selfcheck/empty", "selfcheck", "empty", "selfcheck", "empty" },
        { "other", "kernels", "matmul", "kernels", "other" },
        { "kernels/matmul2/x", "kernels", "matmul", "kernels", "kernels/matmul2/x" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char heading[64];
        const char *name;
        struct tare_result r = { .id = (char *)cases[i].id,
                                 .suite = (char *)cases[i].suite,
                                 .group = (char *)cases[i].group };
        tare_text_heading(heading, sizeof heading, &name, &r);
        assert_string_equal(heading, cases[i].heading);
        assert_string_equal(name, cases[i].name);
    }
}

static void every_result_belongs_to_one_outcome(void **state)
{
    static const char *const outcomes[] = { "unchanged", "improved", "regressed",    "inconclusive",
                                            "failed",    "gone",     "not measured", "new" };
    (void)state;
    struct tare_run run = sample_full(TARE_METHOD_PAIRED, 40);
    run.results[30].status = TARE_CASE_UNMEASURED;
    bool seen[8] = { false };
    for (size_t i = 0; i < run.n_results; i++) {
        size_t k = 0;
        while (k < 8 && strcmp(tare_outcome(&run.results[i]), outcomes[k]) != 0)
            k++;
        assert_true(k < 8);
        seen[k] = true;
    }
    for (size_t k = 0; k < 8; k++)
        assert_true(seen[k]);
    tare_run_free(&run);
}

static void changes_are_picked_by_falling_size(void **state)
{
    static const double percents[] = { 5.5, 7, NAN, 6, -9, 7 };
    static const double expected[] = { 9, 7, 7, 6, 5.5 }; /* and the NaN last */
    (void)state;
    struct tare_run run = sample_run(TARE_METHOD_PAIRED);
    const struct tare_result **list;
    size_t n;
    for (size_t i = 0; i < 6; i++)
        sample_change(sample_case(&run, "s", "g", NULL, NULL, 100, 50), TARE_METHOD_PAIRED, TARE_REGRESSED, percents[i],
                      0.1);
    /* 9% down is further than 7% up also as a logarithm */
    assert_int_equal(tare_pick(&list, &n, &run, tare_is_regressed, true), 0);
    assert_int_equal(n, 6);
    for (size_t i = 0; i < 5; i++)
        assert_true(fabs(fabs(100 * expm1(list[i]->change.ratio.value)) - expected[i]) < 1e-6);
    assert_true(isnan(list[5]->change.ratio.value));
    assert_true(list[1] < list[2]); /* equals stay in order */
    free(list);
    tare_run_free(&run);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(times_have_four_significant_digits),   cmocka_unit_test(percents_are_expm1_of_the_logarithm),
    cmocka_unit_test(bytes_counts_and_durations_read_well), cmocka_unit_test(an_interval_shows_its_wider_half),
    cmocka_unit_test(short_buffers_are_never_overrun),      cmocka_unit_test(width_counts_columns_and_not_bytes),
    cmocka_unit_test(escaping_keeps_text_as_text),          cmocka_unit_test(long_text_loses_its_middle),
    cmocka_unit_test(an_id_divides_into_heading_and_name),  cmocka_unit_test(every_result_belongs_to_one_outcome),
    cmocka_unit_test(changes_are_picked_by_falling_size),   cmocka_unit_test(values_have_the_unit_of_their_quantity),
};
TARE_TEST_MAIN(tests)
