/* The services a suite is lent while its cases are measured. */
#include "tests/harness.h"

#include <stdio.h>
#include <string.h>

#include "framework/base/error.h"
#include "framework/measure/lab.h"

struct held {
    unsigned char *own, *scratch;
    const unsigned char *input;
};

static struct held held[2];
static int fills, teardowns;

static void fill_with_7(void *dst, size_t bytes, const void *ctx)
{
    (void)ctx;
    fills++;
    memset(dst, 7, bytes);
}

static int setup_held(void **fixture, const struct tare_case *c, const struct tare_host *h)
{
    struct held *x = *fixture = &held[*(const int *)c->arg];
    x->own = h->alloc(h, 1000);
    x->scratch = h->scratch(h, 5000);
    x->input = h->input(h, "sevens/3000", 3000, fill_with_7, NULL);
    return x->own && x->scratch && x->input ? 0 : -1;
}

static void teardown_held(void *fixture)
{
    (void)fixture;
    teardowns++;
}

static void run_nothing(void *fixture, const struct tare_loop *loop)
{
    (void)fixture, (void)loop;
}

static const int arm_0 = 0, arm_1 = 1;
static const struct tare_case cases[2] = {
    { .size = sizeof cases[0],
      .group = "a",
      .arg = &arm_0,
      .setup = setup_held,
      .run = run_nothing,
      .teardown = teardown_held },
    { .size = sizeof cases[0],
      .group = "b",
      .arg = &arm_1,
      .setup = setup_held,
      .run = run_nothing,
      .teardown = teardown_held },
};

static struct tare_lab *make_lab(void)
{
    struct tare_lab *lab;
    assert_int_equal(tare_lab_create(&lab, &(struct tare_lab_options){ .n_threads = 1 }), 0);
    return lab;
}

static void two_builds_share_inputs_and_scratch_but_not_their_own_memory(void **state)
{
    (void)state;
    struct tare_lab *lab = make_lab();
    struct tare_fixture f[2];
    fills = teardowns = 0;
    for (int i = 0; i < 2; i++)
        assert_int_equal(tare_fixture_setup(&f[i], lab, (size_t)i, &cases[i]), 0);
    assert_ptr_equal(held[0].input, held[1].input);
    assert_int_equal(fills, 1);
    assert_ptr_equal(held[0].scratch, held[1].scratch);
    assert_ptr_not_equal(held[0].own, held[1].own);
    /* the same place in a page and in a huge page: the same cache sets */
    assert_int_equal((uintptr_t)held[0].own % (2 << 20), (uintptr_t)held[1].own % (2 << 20));
    for (int i = 0; i < 2; i++)
        tare_fixture_teardown(&f[i]);
    assert_int_equal(teardowns, 2);
    tare_lab_free(lab);
}

static void memory_of_a_fixture_is_zeroed_and_aligned(void **state)
{
    (void)state;
    struct tare_lab *lab = make_lab();
    struct tare_fixture f;
    for (int round = 0; round < 3; round++) {
        assert_int_equal(tare_fixture_setup(&f, lab, 0, &cases[0]), 0);
        assert_int_equal((uintptr_t)held[0].own % 64, 0);
        assert_int_equal((uintptr_t)held[0].scratch % 64, 0);
        assert_int_equal((uintptr_t)held[0].input % 64, 0);
        for (size_t i = 0; i < 1000; i++)
            assert_int_equal(held[0].own[i], 0);
        for (size_t i = 0; i < 3000; i++)
            assert_int_equal(held[0].input[i], 7);
        memset(held[0].own, 1, 1000);
        memset(held[0].scratch, 1, 5000);
        tare_fixture_teardown(&f);
    }
    tare_lab_free(lab);
}

static void a_slot_keeps_its_memory_whoever_lies_in_it(void **state)
{
    (void)state;
    struct tare_lab *lab = make_lab();
    struct tare_fixture f[2];
    const unsigned char *own[2], *scratch = NULL;
    for (size_t turn = 0; turn < 4; turn++) {
        for (size_t i = 0; i < 2; i++)
            assert_int_equal(tare_fixture_setup(&f[i], lab, (i + turn) % 2, &cases[i]), 0);
        if (turn > 0) {
            assert_ptr_equal(held[0].own, own[turn % 2]);
            assert_ptr_equal(held[1].own, own[(turn + 1) % 2]);
            assert_ptr_equal(held[0].scratch, scratch);
        }
        own[turn % 2] = held[0].own;
        own[(turn + 1) % 2] = held[1].own;
        scratch = held[0].scratch;
        for (size_t i = 0; i < 1000; i++)
            assert_int_equal(held[0].own[i] | held[1].own[i], 0); /* zeroed again for who comes next */
        memset(held[0].own, 1, 1000);
        memset(held[1].own, 2, 1000);
        for (size_t i = 0; i < 2; i++)
            tare_fixture_teardown(&f[i]);
    }
    tare_lab_clear(lab);
    tare_lab_free(lab);
}

static int setup_that_fails(void **fixture, const struct tare_case *c, const struct tare_host *h)
{
    (void)fixture, (void)c;
    h->alloc(h, 100);
    return (h->fail)(h, "weights of %d rows do not fit", 7);
}

static int setup_that_wants_too_much(void **fixture, const struct tare_case *c, const struct tare_host *h)
{
    (void)fixture, (void)c;
    return h->alloc(h, SIZE_MAX - 100) ? 0 : -1;
}

static int setup_that_says_nothing(void **fixture, const struct tare_case *c, const struct tare_host *h)
{
    (void)fixture, (void)c, (void)h;
    return 5;
}

static void a_setup_that_fails_gives_its_own_reason(void **state)
{
    (void)state;
    static const struct {
        int (*setup)(void **, const struct tare_case *, const struct tare_host *);
        const char *message;
    } table[] = {
        { setup_that_fails, "weights of 7 rows do not fit" },
        { setup_that_wants_too_much, "no memory for" },
        { setup_that_says_nothing, "setup failed and gave no reason" },
    };
    struct tare_lab *lab = make_lab();
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        const struct tare_case c = { .size = sizeof c, .group = "x", .setup = table[i].setup, .run = run_nothing };
        struct tare_fixture f;
        assert_int_equal(tare_fixture_setup(&f, lab, 0, &c), TARE_EUSAGE);
        assert_non_null(strstr(tare_error(), table[i].message));
        assert_false(f.ready);
        tare_fixture_teardown(&f);
    }
    tare_lab_free(lab);
}

static const unsigned char *large[3];

static int setup_large(void **fixture, const struct tare_case *c, const struct tare_host *h)
{
    (void)fixture, (void)c;
    for (size_t i = 0; i < 3; i++) {
        unsigned char *p = h->alloc(h, 5u << 20);
        if (!p)
            return -1;
        memset(p, (int)i + 1, 5u << 20);
        large[i] = p;
    }
    return 0;
}

static void large_blocks_neither_overlap_nor_alias_in_4_KiB(void **state)
{
    (void)state;
    struct tare_lab *lab = make_lab();
    const struct tare_case c = { .size = sizeof c, .group = "x", .setup = setup_large, .run = run_nothing };
    struct tare_fixture f;
    assert_int_equal(tare_fixture_setup(&f, lab, 0, &c), 0);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(large[i][0], i + 1);
        assert_int_equal(large[i][(5u << 20) - 1], i + 1);
        for (size_t j = 0; j < i; j++)
            assert_int_not_equal((uintptr_t)large[i] % 4096, (uintptr_t)large[j] % 4096);
    }
    tare_fixture_teardown(&f);
    tare_lab_free(lab);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(two_builds_share_inputs_and_scratch_but_not_their_own_memory),
    cmocka_unit_test(a_slot_keeps_its_memory_whoever_lies_in_it),
    cmocka_unit_test(memory_of_a_fixture_is_zeroed_and_aligned),
    cmocka_unit_test(a_setup_that_fails_gives_its_own_reason),
    cmocka_unit_test(large_blocks_neither_overlap_nor_alias_in_4_KiB),
};

TARE_TEST_MAIN(tests)
