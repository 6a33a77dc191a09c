#include "framework/platform/clock.h"
#include "tests/framework/base_scratch.h"

/* Is the word on the flags line of /proc/cpuinfo? */
static bool cpu_has(const char *word)
{
    char *text, wanted[64];
    snprintf(wanted, sizeof wanted, " %s ", word);
    assert_int_equal(tare_file_read(&text, NULL, "/proc/cpuinfo", 0), 0);
    char *flags = strstr(text, "\nflags");
    bool has = false;
    if (flags) {
        flags[1 + strcspn(flags + 1, "\n")] = '\0';
        has = strstr(flags, wanted) != NULL;
    }
    free(text);
    return has;
}

static void the_systems_clock_serves_where_the_counter_may_not(void **state)
{
    (void)state;
    struct tare_clock c;
    tare_clock_calibrate(&c, false);
    assert_false(c.tsc);
    assert_true(c.ns_per_tick == 1 && c.frequency_ghz == 1);
    assert_true(c.overhead_ns > 0);
    assert_true(c.resolution_ns > 0);
}

/* The kernel's word on the processor is the other source. */
static void the_counter_is_used_only_when_it_is_invariant(void **state)
{
    (void)state;
    struct tare_clock c;
    tare_clock_calibrate(&c, true);
    if (c.tsc)
        assert_true(cpu_has("constant_tsc") && cpu_has("nonstop_tsc") && cpu_has("rdtscp"));
    assert_true(c.overhead_ns > 0);
    assert_true(c.resolution_ns > 0);
    assert_true(c.frequency_ghz * c.ns_per_tick > 0.999999 && c.frequency_ghz * c.ns_per_tick < 1.000001);
}

/* Readings nest: what the system's clock says between two readings is less than what the clock says, and what it says
 * around them is more, however long anything was interrupted. */
static void a_stretch_is_as_long_as_the_system_says(void **state)
{
    (void)state;
    for (int allow_tsc = 0; allow_tsc <= 1; allow_tsc++) {
        struct tare_clock c;
        tare_clock_calibrate(&c, allow_tsc);
        uint64_t outer = tare_clock_system(), begin = tare_clock_begin(&c), inner = tare_clock_system();
        nanosleep(&(struct timespec){ .tv_nsec = 30000000 }, NULL);
        double within = (double)(tare_clock_system() - inner);
        uint64_t end = tare_clock_end(&c);
        double around = (double)(tare_clock_system() - outer), ns = tare_clock_ns(&c, begin, end);
        assert_true(ns > within * 0.999 && ns < around * 1.001); /* 0.1%: far above the calibration's error */
    }
}

static void readings_never_go_back(void **state)
{
    (void)state;
    const struct tare_clock *c = tare_clock_get();
    uint64_t before = tare_clock_begin(c);
    for (int i = 0; i < 100000; i++) {
        uint64_t now = i % 2 ? tare_clock_begin(c) : tare_clock_end(c);
        assert_true((int64_t)(now - before) >= 0);
        before = now;
    }
}

static void the_clock_is_chosen_once(void **state)
{
    (void)state;
    const struct tare_clock *first = tare_clock_init(false);
    struct tare_clock copy = *first;
    assert_ptr_equal(tare_clock_init(true), first);
    assert_ptr_equal(tare_clock_get(), first);
    assert_int_equal(first->tsc, copy.tsc);
    assert_true(first->overhead_ns == copy.overhead_ns && first->ns_per_tick == copy.ns_per_tick);
}

static void a_difference_of_readings_may_be_negative(void **state)
{
    (void)state;
    const struct tare_clock c = { .ns_per_tick = 0.5 };
    assert_true(tare_clock_ns(&c, 100, 300) == 100);
    assert_true(tare_clock_ns(&c, 300, 100) == -100);
    assert_true(tare_clock_ns(&c, UINT64_MAX - 1, 2) == 2);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_systems_clock_serves_where_the_counter_may_not),
    cmocka_unit_test(the_counter_is_used_only_when_it_is_invariant),
    cmocka_unit_test(a_stretch_is_as_long_as_the_system_says),
    cmocka_unit_test(readings_never_go_back),
    cmocka_unit_test(the_clock_is_chosen_once),
    cmocka_unit_test(a_difference_of_readings_may_be_negative),
};

TARE_TEST_MAIN(tests)
