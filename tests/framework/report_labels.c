#include "framework/report/labels.h"
#include "tests/harness.h"

#include <stdlib.h>
#include <string.h>

static void what_all_names_share_is_left_out_of_each(void **state)
{
    (void)state;
    static const struct {
        const char *names[4]; /* NULL ends them */
        const char *shared, *second;
    } cases[] = {
        { { "f32/tiny/new=20/threads=1", "f32/small/new=20/threads=1", "f32/s/new=20/threads=1" },
          "f32/new=20/threads=1",
          "small" },
        { { "f32/tiny/threads=1", "f16/tiny/threads=2" }, "tiny", "f16/threads=2" },
        { { "a/b", "c/d" }, "", "c/d" },
        { { "a/b", "a/b/c" }, "", "a/b/c" }, /* not as many parts */
        { { "a/b", "a/b" }, "", "a/b" },     /* nothing tells them apart */
        { { "a/bc", "a/b" }, "a", "b" },
        { { "a//x", "a//y" }, "a/", "y" },
        { { "", "x" }, "", "x" },
        { { "only/one", "only/other" }, "only", "other" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t n = 0;
        while (cases[i].names[n])
            n++;
        uint64_t mask = tare_labels_shared(cases[i].names, n);
        struct tare_buf shared = { 0 }, second = { 0 };
        tare_labels_parts(&shared, cases[i].names[0], mask, 1);
        tare_labels_parts(&second, cases[i].names[1], mask, 0);
        assert_string_equal(shared.len ? shared.data : "", cases[i].shared);
        assert_string_equal(second.len ? second.data : "", cases[i].second);
        tare_buf_free(&shared);
        tare_buf_free(&second);
    }
    assert_int_equal(tare_labels_shared(NULL, 0), 0);
    assert_int_equal(tare_labels_shared((const char *[]){ "a/b" }, 1), 0);
}

/* In ems of 13 pixels, as a browser with DejaVu Sans draws them. */
static void a_label_has_room(void **state)
{
    (void)state;
    static const struct {
        const char *label;
        double px;
    } cases[] = { { "", 0 }, { "mmmmmmmmmm", 127 }, { "WWWWW", 64 }, { "iiiiiiiiii", 37 }, { "threads=1", 66 } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double columns = tare_label_columns(cases[i].label);
        assert_true(columns * 9.1 >= cases[i].px + 9 && columns * 9.1 <= cases[i].px * 1.1 + 20);
    }
    assert_true(tare_label_columns("\u2026") < 4);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(what_all_names_share_is_left_out_of_each),
    cmocka_unit_test(a_label_has_room),
};

TARE_TEST_MAIN(tests)
