/* The roofline: what a case needs, and the least time it follows from, against values worked out by hand. */
#include "framework/result/roof.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/harness.h"

enum { K = 1 << 10, M = 1 << 20 };

/* Rates in G/s, on one thread; on two those of `wide`. */
static const struct tare_roof one[] = {
    { TARE_ROOF_F32, TARE_LEVEL_NONE, 1, NULL, 0, { 100, 99, 101 }, { 90, 89, 91 } },
    { TARE_ROOF_INT8, TARE_LEVEL_NONE, 1, NULL, 0, { 400, 0, 0 }, { NAN, 0, 0 } },
    { TARE_ROOF_READ, TARE_LEVEL_L1, 1, NULL, 0, { 200, 0, 0 }, { 250, 0, 0 } },
    { TARE_ROOF_ADD, TARE_LEVEL_L1, 1, NULL, 0, { 300, 0, 0 }, { 300, 0, 0 } },
    { TARE_ROOF_COPY, TARE_LEVEL_L1, 1, NULL, 0, { 200, 0, 0 }, { 200, 0, 0 } },
    { TARE_ROOF_FILL, TARE_LEVEL_L1, 1, NULL, 0, { 100, 0, 0 }, { 100, 0, 0 } },
    { TARE_ROOF_READ, TARE_LEVEL_L2, 1, NULL, 0, { 50, 0, 0 }, { 50, 0, 0 } },
    { TARE_ROOF_READ, TARE_LEVEL_L3, 1, NULL, 0, { 25, 0, 0 }, { NAN, 0, 0 } },
    { TARE_ROOF_COPY, TARE_LEVEL_L3, 1, NULL, 0, { 40, 0, 0 }, { 40, 0, 0 } },
    { TARE_ROOF_READ, TARE_LEVEL_DRAM, 1, NULL, 0, { 10, 0, 0 }, { 10, 0, 0 } },
    { TARE_ROOF_READ, TARE_LEVEL_L2, 2, NULL, 0, { 100, 0, 0 }, { 100, 0, 0 } },
    { TARE_ROOF_READ, TARE_LEVEL_L3, 2, NULL, 0, { NAN, 0, 0 }, { NAN, 0, 0 } },
};

static const struct tare_roofs roofs = {
    .items = (struct tare_roof *)one,
    .n = sizeof one / sizeof *one,
    .caches = { { 32 * K, 2 }, { M, 2 }, { 16 * M, 1 } },
};

static void the_least_time_is_that_of_the_slowest_part(void **state)
{
    (void)state;
    static const struct {
        const char *of;
        struct tare_demand d;
        double ns;
        enum tare_roof_kind kind;
        enum tare_level level;
    } cases[] = {
        { "arithmetic by the higher roof", { 1000, 0, 0, TARE_ARITHMETIC_F32, 1, 0, false }, 10, TARE_ROOF_F32, 0 },
        { "integers have their own", { 1000, 0, 0, TARE_ARITHMETIC_INT8, 0, 0, false }, 2.5, TARE_ROOF_INT8, 0 },
        { "reads in L1", { 0, 1000, 0, 0, 1, 8 * K, false }, 4, TARE_ROOF_READ, TARE_LEVEL_L1 },
        { "a sum of floats in L1", { 250, 1000, 0, TARE_ARITHMETIC_F32, 1, 8 * K, false }, 4, TARE_ROOF_READ, 1 },
        { "many operations on few bytes",
          { 9000, 1000, 0, TARE_ARITHMETIC_F32, 1, 8 * K, false },
          90,
          TARE_ROOF_F32,
          0 },
        { "writes alone", { 0, 0, 1000, 0, 1, 8 * K, false }, 10, TARE_ROOF_FILL, TARE_LEVEL_L1 },
        { "as many writes as reads", { 0, 500, 500, 0, 1, 8 * K, false }, 5, TARE_ROOF_COPY, TARE_LEVEL_L1 },
        { "two reads a write", { 0, 600, 300, 0, 1, 8 * K, false }, 3, TARE_ROOF_ADD, TARE_LEVEL_L1 },
        { "more reads: 900 as add, 400 read", { 0, 1000, 300, 0, 1, 8 * K, false }, 3 + 1.6, TARE_ROOF_ADD, 1 },
        { "between: 300 as add, 1000 as copy", { 0, 700, 600, 0, 1, 8 * K, false }, 1 + 5, TARE_ROOF_COPY, 1 },
        { "more writes: 200 as copy, 300 filled", { 0, 100, 400, 0, 1, 8 * K, false }, 1 + 3, TARE_ROOF_FILL, 1 },
        { "a few writes count as reads", { 0, 990, 10, 0, 1, 8 * K, false }, 4, TARE_ROOF_READ, TARE_LEVEL_L1 },
        { "all of L1 still is L1", { 0, 1000, 0, 0, 1, 32 * K, false }, 4, TARE_ROOF_READ, TARE_LEVEL_L1 },
        { "twice L1 is L2", { 0, 1000, 0, 0, 1, 64 * K, false }, 20, TARE_ROOF_READ, TARE_LEVEL_L2 },
        { "a third more than L1: half of it from L2",
          { 0, 1000, 0, 0, 1, 128.0 * K / 3, false },
          10,
          TARE_ROOF_READ,
          2 },
        { "a little more than L1 is L1 yet", { 0, 1000, 0, 0, 1, 33 * K, false }, 4, TARE_ROOF_READ, TARE_LEVEL_L1 },
        { "L3", { 0, 1000, 0, 0, 1, 8 * M, false }, 40, TARE_ROOF_READ, TARE_LEVEL_L3 },
        { "memory", { 0, 1000, 0, 0, 1, 64 * M, false }, 100, TARE_ROOF_READ, TARE_LEVEL_DRAM },
        { "cold data come from memory", { 0, 1000, 0, 0, 1, 8 * K, true }, 100, TARE_ROOF_READ, TARE_LEVEL_DRAM },
        { "cold, its size unknown", { 0, 1000, 0, 0, 1, 0, true }, 100, TARE_ROOF_READ, TARE_LEVEL_DRAM },
        { "two threads have two L2", { 0, 1000, 0, 0, 2, 2 * M, false }, 10, TARE_ROOF_READ, TARE_LEVEL_L2 },
        { "bytes without a working set: arithmetic alone",
          { 1000, 1000, 0, TARE_ARITHMETIC_F32, 1, 0, false },
          10,
          TARE_ROOF_F32,
          0 },
        { "nothing declared", { 0, 0, 0, TARE_ARITHMETIC_F32, 1, 8 * K, false }, 0, 0, 0 },
        { "operations of no kind", { 1000, 1000, 0, 0, 1, 8 * K, false }, 0, 0, 0 },
        { "no such roof measured", { 0, 0, 1000, 0, 1, 64 * M, false }, 0, 0, 0 },
        { "a roof without a value", { 0, 1000, 0, 0, 2, 8 * M, false }, 0, 0, 0 },
        { "another thread count is another roof", { 1000, 0, 0, TARE_ARITHMETIC_F32, 2, 0, false }, 0, 0, 0 },
        { "one of two roofs is missing", { 1000, 0, 1000, TARE_ARITHMETIC_F32, 1, 64 * M, false }, 0, 0, 0 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct tare_bound b = tare_roofs_bound(&roofs, &cases[i].d);
        if (fabs(b.ns - cases[i].ns) > 1e-9 * cases[i].ns || b.kind != cases[i].kind || b.level != cases[i].level)
            fail_msg("%s: %g ns by %s %s, not %g ns by %s %s", cases[i].of, b.ns, tare_level_names[b.level],
                     tare_roof_names[b.kind], cases[i].ns, tare_level_names[cases[i].level],
                     tare_roof_names[cases[i].kind]);
    }
}

/* Each roof by itself, whichever of them the case waits for. */
static void arithmetic_and_memory_are_told_apart(void **state)
{
    (void)state;
    static const struct {
        struct tare_demand d;
        double arithmetic_ns, memory_ns;
    } cases[] = {
        { { 250, 1000, 0, TARE_ARITHMETIC_F32, 1, 8 * K, false }, 2.5, 4 },
        { { 9000, 1000, 0, TARE_ARITHMETIC_F32, 1, 8 * K, false }, 90, 4 },
        { { 1000, 0, 0, TARE_ARITHMETIC_INT8, 1, 0, false }, 2.5, 0 },
        { { 0, 600, 300, 0, 1, 8 * K, false }, 0, 3 },
        { { 1000, 0, 1000, TARE_ARITHMETIC_F32, 1, 64 * M, false }, 0, 0 }, /* a roof is missing */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct tare_bound b = tare_roofs_bound(&roofs, &cases[i].d);
        assert_true(fabs(b.arithmetic_ns - cases[i].arithmetic_ns) < 1e-9);
        assert_true(fabs(b.memory_ns - cases[i].memory_ns) < 1e-9);
        assert_true(b.ns == fmax(b.arithmetic_ns, b.memory_ns));
    }
}

/* However large: no step up where one level hands over to the next. */
static void the_least_time_grows_with_the_working_set_without_a_step(void **state)
{
    (void)state;
    double before = 0;
    for (double bytes = 4 * K; bytes < 100.0 * M; bytes *= 1.01) {
        struct tare_demand d = { .bytes_read = 1000, .n_threads = 1, .working_set = bytes };
        double ns = tare_roofs_bound(&roofs, &d).ns;
        assert_true(ns >= before);
        assert_true(before == 0 || ns < 1.3 * before);
        before = ns;
    }
    assert_true(fabs(before - 100) < 1e-9);
}

static void caches_that_are_not_there_hand_over_to_memory(void **state)
{
    (void)state;
    struct tare_need needs[TARE_MOST_NEEDS];
    static const struct tare_roof_cache caches[3] = { { 32 * K, 1 }, { M, 1 }, { 0, 0 } };
    struct tare_demand d = { .bytes_read = 1, .working_set = 4 * M };
    assert_int_equal(tare_demand_needs(needs, &d, caches), 1);
    assert_int_equal(needs[0].level, TARE_LEVEL_DRAM);
}

static void needs_never_overflow(void **state)
{
    (void)state;
    static const struct tare_roof_cache close[3] = { { 8 * K, 1 }, { 10 * K, 1 }, { 12 * K, 1 } };
    size_t most = 0;
    for (double bytes = K; bytes < 100 * K; bytes += 100) {
        struct tare_need needs[TARE_MOST_NEEDS];
        struct tare_demand d = { 1, 1000, 300, TARE_ARITHMETIC_F32, 1, bytes, false };
        size_t n = tare_demand_needs(needs, &d, close);
        most = n > most ? n : most;
    }
    assert_in_range(most, 5, TARE_MOST_NEEDS);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_least_time_is_that_of_the_slowest_part),
    cmocka_unit_test(arithmetic_and_memory_are_told_apart),
    cmocka_unit_test(the_least_time_grows_with_the_working_set_without_a_step),
    cmocka_unit_test(caches_that_are_not_there_hand_over_to_memory),
    cmocka_unit_test(needs_never_overflow),
};

TARE_TEST_MAIN(tests)
