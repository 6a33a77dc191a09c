/* Sampling for real: a loop that runs until samples of it arrive. What the kernel refuses is skipped with its reason.
 */
#include "framework/base/error.h"
#include "framework/platform/clock.h"
#include "framework/platform/counters/perf.h"
#include "framework/platform/jcc.h"
#include "framework/platform/sampler.h"
#include "tests/harness.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

struct seen {
    uint64_t n, inside;
};

static __attribute__((noinline)) void spin(void)
{
    for (int i = 0; i < 100000; i++)
        __asm__ volatile("" ::: "memory");
}

static void see(void *ctx, uint64_t ip)
{
    struct seen *s = ctx;
    s->n++;
    s->inside += ip - (uint64_t)(uintptr_t)spin < 256;
}

static void check_kind(enum tare_sampler_kind kind)
{
    struct tare_sampler *s = NULL;
    int rc = tare_sampler_open(&s, kind, 97003);
    if (rc == TARE_EUNSUP) {
        print_message("%s\n", tare_error());
        skip();
    }
    assert_int_equal(rc, 0);
    struct seen seen = { 0 };
    struct tare_ring_sink sink = { .sample = see, .ctx = &seen };
    uint64_t begin = tare_clock_system();
    while (seen.n < 20 && tare_clock_system() - begin < 60000000000u) {
        tare_sampler_start(s);
        spin();
        tare_sampler_stop(s);
        tare_sampler_drain(s, &sink);
    }
    uint64_t n = seen.n;
    for (int i = 0; i < 100; i++) /* not started: nothing more comes */
        spin();
    tare_sampler_drain(s, &sink);
    tare_sampler_close(s);
    assert_true(n >= 20);
    assert_int_equal(seen.n, n);
    assert_true(2 * seen.inside > seen.n);
}

static void the_clock_event_finds_the_loop_that_runs(void **state)
{
    (void)state;
    check_kind(TARE_SAMPLER_CLOCK);
}

static void the_timer_finds_the_loop_that_runs(void **state)
{
    (void)state;
    check_kind(TARE_SAMPLER_TIMER);
    check_kind(TARE_SAMPLER_TIMER); /* and can be had again */
}

static void a_refusal_names_the_setting_and_the_command(void **state)
{
    (void)state;
    static const struct {
        int error, paranoid;
        const char *says[2];
        bool in_kernel;
    } cases[] = {
        { EACCES, 2, { "paranoid is 2 and hides", "sysctl kernel.perf_event_paranoid=1" }, true },
        { EPERM, 2, { "although kernel.perf_event_paranoid is 2", "seccomp" }, true },
        { EACCES, 3, { "kernel.perf_event_paranoid is 3", "sysctl kernel.perf_event_paranoid=2" } },
        { EPERM, 4, { "kernel.perf_event_paranoid is 4", "sysctl" } },
        { EPERM, 1, { "although kernel.perf_event_paranoid is 1", "seccomp" } },
        { EACCES, INT_MIN, { "refused", "refused" } },
        { ENOENT, 2, { "no such counter", "virtual" } },
        { EOPNOTSUPP, 2, { "no such counter", "virtual" } },
        { ENOSYS, INT_MIN, { "CONFIG_PERF_EVENTS", "kernel" } },
        { EMFILE, 2, { "ulimit -n", "open files" } },
        { EBUSY, 2, { "nmi_watchdog=0", "sysctl" } },
        { E2BIG, 2, { "perf_event_open: ", "too long" } },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[256];
        tare_perf_explain(text, sizeof text, cases[i].error, cases[i].paranoid, cases[i].in_kernel);
        for (size_t k = 0; k < 2; k++)
            if (!strstr(text, cases[i].says[k]))
                fail_msg("errno %d, paranoid %d: '%s' lacks '%s'", cases[i].error, cases[i].paranoid, text,
                         cases[i].says[k]);
    }
}

static void processors_with_the_erratum_are_told_from_the_others(void **state)
{
    (void)state;
    static const struct {
        unsigned family, model, stepping;
        bool affected;
    } cases[] = {
        { 6, 0x55, 4, true },   /* Skylake-X */
        { 6, 0x55, 7, true },   /* Cascade Lake */
        { 6, 0x55, 11, false }, /* Cooper Lake */
        { 6, 0x5e, 3, true },   /* Skylake */
        { 6, 0x9e, 10, true },  /* Coffee Lake */
        { 6, 0x3c, 3, false },  /* Haswell */
        { 6, 0x6a, 6, false },  /* Ice Lake */
        { 6, 0xcf, 2, false },  /* Emerald Rapids */
        { 0x19, 0x55, 0, false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (tare_jcc_affects(cases[i].family, cases[i].model, cases[i].stepping) != cases[i].affected)
            fail_msg("family %u model %#x stepping %u", cases[i].family, cases[i].model, cases[i].stepping);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_clock_event_finds_the_loop_that_runs),
    cmocka_unit_test(the_timer_finds_the_loop_that_runs),
    cmocka_unit_test(a_refusal_names_the_setting_and_the_command),
    cmocka_unit_test(processors_with_the_erratum_are_told_from_the_others),
};

TARE_TEST_MAIN(tests)
