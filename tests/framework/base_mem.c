#include "framework/base/error.h"
#include "framework/base/mem.h"
#include "tests/harness.h"

#include <stdlib.h>
#include <string.h>

static void products_that_overflow_are_refused(void **state)
{
    (void)state;
    static const struct {
        size_t count, size, product;
        bool fits;
    } table[] = {
        { 0, 0, 0, true },
        { 0, SIZE_MAX, 0, true },
        { 3, 7, 21, true },
        { 1, SIZE_MAX, SIZE_MAX, true },
        { SIZE_MAX / 2, 2, SIZE_MAX - 1, true },
        { SIZE_MAX / 2 + 1, 2, 0, false },
        { SIZE_MAX, SIZE_MAX, 0, false },
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        size_t product = 0;
        assert_int_equal(tare_mul(table[i].count, table[i].size, &product), table[i].fits);
        if (table[i].fits)
            assert_int_equal(product, table[i].product);
    }
}

static void memory_that_cannot_be_had_is_reported(void **state)
{
    (void)state;
    volatile size_t much = SIZE_MAX / 4; /* volatile: the compiler would warn */
    int *grown = NULL;
    size_t capacity = 0;
    tare_error_clear();
    assert_null(tare_alloc(much));
    assert_non_null(strstr(tare_error(), "out of memory"));
    tare_error_clear();
    assert_null(tare_calloc(much, 8));
    assert_non_null(strstr(tare_error(), "out of memory"));
    tare_error_clear();
    assert_null(tare_aligned(64, much));
    assert_non_null(strstr(tare_error(), "out of memory"));
    tare_error_clear();
    assert_null(tare_huge(much));
    assert_non_null(strstr(tare_error(), "out of memory"));
    tare_error_clear();
    assert_int_equal(tare_grow(&grown, &capacity, much, sizeof *grown), TARE_ENOMEM);
    assert_non_null(strstr(tare_error(), "out of memory"));
    assert_int_equal(capacity, 0);
}

static void no_bytes_are_a_valid_pointer(void **state)
{
    (void)state;
    void *a = tare_alloc(0), *b = tare_calloc(0, 8), *c = tare_aligned(64, 0);
    assert_non_null(a);
    assert_non_null(b);
    assert_non_null(c);
    free(a);
    free(b);
    free(c);
}

static void alignment_is_kept(void **state)
{
    (void)state;
    for (size_t alignment = 1; alignment <= 1 << 21; alignment *= 2) {
        char *p = tare_aligned(alignment, 100);
        assert_non_null(p);
        assert_int_equal((uintptr_t)p % alignment, 0);
        memset(p, 1, 100);
        free(p);
    }
}

static void memory_in_huge_pages_is_aligned_and_freed_like_any(void **state)
{
    (void)state;
    static const size_t bytes[] = { 0, 1, 100, (2 << 20) - 1, 2 << 20, (2 << 20) + 1, 9 << 20 };
    for (size_t i = 0; i < sizeof bytes / sizeof *bytes; i++) {
        char *p = tare_huge(bytes[i]);
        assert_non_null(p);
        assert_int_equal((uintptr_t)p % (bytes[i] < 2 << 20 ? 64 : 2 << 20), 0);
        memset(p, 1, bytes[i]);
        free(p);
    }
}

static void strings_are_copied_and_cut(void **state)
{
    (void)state;
    const char three[] = { 'a', 'b', 'c' }; /* no NUL */
    char *whole = tare_strdup("scale"), *cut = tare_strndup("scale", 2), *bytes = tare_strndup(three, 3);
    char *made = tare_format("%s/%03d", "run", 7);
    assert_string_equal(whole, "scale");
    assert_string_equal(cut, "sc");
    assert_string_equal(bytes, "abc");
    assert_string_equal(made, "run/007");
    free(whole);
    free(cut);
    free(bytes);
    free(made);
}

static void a_growing_array_keeps_its_elements(void **state)
{
    (void)state;
    uint64_t *a = NULL;
    size_t capacity = 0, moves = 0;
    for (size_t i = 0; i < 10000; i++) {
        size_t before = capacity;
        assert_int_equal(tare_grow(&a, &capacity, i + 1, sizeof *a), 0);
        assert_true(capacity > i);
        moves += capacity != before;
        a[i] = i * i;
    }
    for (size_t i = 0; i < 10000; i++)
        assert_int_equal(a[i], i * i);
    assert_true(moves < 20); /* doubling, not one by one */
    free(a);
}

static void a_buffer_collects_bytes_strings_and_formats(void **state)
{
    (void)state;
    struct tare_buf b = { 0 };
    tare_buf_add(&b, "", 0);
    assert_string_equal(b.data, "");
    tare_buf_str(&b, "ab");
    tare_buf_fmt(&b, "%d-%s", 12, "x");
    tare_buf_add(&b, "\0z", 2);
    assert_false(b.failed);
    assert_int_equal(b.len, 8);
    assert_memory_equal(b.data, "ab12-x\0z", 9);
    for (int i = 0; i < 1000; i++)
        tare_buf_fmt(&b, "%04d", i);
    assert_int_equal(b.len, 4008);
    assert_string_equal(b.data + 4004, "0999");
    tare_buf_free(&b);
    assert_null(b.data);
}

static void a_buffer_that_failed_stays_failed(void **state)
{
    (void)state;
    struct tare_buf b = { 0 };
    tare_buf_str(&b, "kept");
    tare_error_clear();
    tare_buf_add(&b, "x", SIZE_MAX - 2);
    assert_true(b.failed);
    assert_non_null(strstr(tare_error(), "out of memory"));
    tare_buf_str(&b, "more");
    tare_buf_fmt(&b, "%d", 1);
    assert_string_equal(b.data, "kept");
    tare_buf_free(&b);
}

static void an_arena_gives_zeroed_aligned_memory_that_does_not_overlap(void **state)
{
    (void)state;
    static const size_t sizes[] = { 1, 0, 16, 17, 1000, 70000, 3, 40000, 40000, 64 * 1024, 200000, 8 };
    enum { N = sizeof sizes / sizeof *sizes, ROUNDS = 20 };
    struct tare_arena a = { 0 };
    unsigned char *given[N * ROUNDS];
    for (size_t i = 0; i < N * ROUNDS; i++) {
        size_t size = sizes[i % N];
        unsigned char *p = given[i] = tare_arena_alloc(&a, size);
        assert_non_null(p);
        assert_int_equal((uintptr_t)p % 16, 0);
        for (size_t j = 0; j < size; j++)
            assert_int_equal(p[j], 0);
        memset(p, (int)(i % 255) + 1, size);
    }
    for (size_t i = 0; i < N * ROUNDS; i++)
        for (size_t j = 0; j < sizes[i % N]; j += 7)
            assert_int_equal(given[i][j], i % 255 + 1);
    assert_string_equal(tare_arena_strdup(&a, "tare"), "tare");
    assert_null(tare_arena_alloc(&a, SIZE_MAX));
    tare_arena_free(&a);
    assert_null(a.blocks);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(products_that_overflow_are_refused),
    cmocka_unit_test(memory_that_cannot_be_had_is_reported),
    cmocka_unit_test(no_bytes_are_a_valid_pointer),
    cmocka_unit_test(alignment_is_kept),
    cmocka_unit_test(memory_in_huge_pages_is_aligned_and_freed_like_any),
    cmocka_unit_test(strings_are_copied_and_cut),
    cmocka_unit_test(a_growing_array_keeps_its_elements),
    cmocka_unit_test(a_buffer_collects_bytes_strings_and_formats),
    cmocka_unit_test(a_buffer_that_failed_stays_failed),
    cmocka_unit_test(an_arena_gives_zeroed_aligned_memory_that_does_not_overlap),
};

TARE_TEST_MAIN(tests)
