#include "framework/platform/accounts.h"
#include "framework/platform/topology.h"
#include "tests/harness.h"

#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static void touching_new_pages_is_counted_as_faults(void **state)
{
    (void)state;
    enum { PAGES = 64 };
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    struct tare_accounts before, after;
    char *p = mmap(NULL, PAGES * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(p != MAP_FAILED);
    madvise(p, PAGES * page, MADV_NOHUGEPAGE);
    tare_accounts_read(&before);
    for (size_t i = 0; i < PAGES; i++)
        ((volatile char *)p)[i * page] = 1;
    tare_accounts_read(&after);
    assert_true(after.faults >= before.faults + PAGES);
    munmap(p, PAGES * page);
}

static void the_cpu_is_the_one_the_thread_is_bound_to(void **state)
{
    (void)state;
    cpu_set_t allowed;
    assert_int_equal(sched_getaffinity(0, sizeof allowed, &allowed), 0);
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
        struct tare_accounts a;
        if (!CPU_ISSET(cpu, &allowed))
            continue;
        assert_int_equal(tare_bind_cpu(cpu), 0);
        tare_accounts_read(&a);
        assert_int_equal(a.cpu, cpu);
    }
    assert_int_equal(sched_setaffinity(0, sizeof allowed, &allowed), 0);
}

/* A child that is never idle on the same CPU must sooner or later push this thread off it. */
static void being_pushed_off_the_cpu_is_counted(void **state)
{
    (void)state;
    cpu_set_t allowed;
    struct tare_accounts before, now;
    assert_int_equal(sched_getaffinity(0, sizeof allowed, &allowed), 0);
    assert_int_equal(tare_bind_cpu(sched_getcpu()), 0);
    tare_accounts_read(&before);
    int64_t delay_before = tare_run_delay_ns(), delay = delay_before;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (volatile int i = 0;; i = i + 1)
            ;
    }
    do
        for (volatile int i = 0; i < 10000000; i = i + 1)
            ;
    while (tare_accounts_read(&now), delay = tare_run_delay_ns(),
           now.preempted == before.preempted || (delay_before >= 0 && delay == delay_before));
    kill(child, SIGKILL);
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_int_equal(sched_setaffinity(0, sizeof allowed, &allowed), 0);
    assert_true(now.preempted > before.preempted);
    assert_true(delay_before < 0 || delay > delay_before);
}

static void stolen_time_is_the_eighth_figure_of_a_cpus_line(void **state)
{
    (void)state;
    static const char stat[] = "cpu  6767 1 3764 571655 669 2 55 11 3 4\n"
                               "cpu0 1999 0 1484 287859 27 0 13 4 0 0\n"
                               "cpu1 4768 1 2279 283795 641 2 41 7 0 0\n"
                               "cpu10 1 2 3 4 5 6 7 80 9 10\n"
                               "intr 286834 0 0\n";
    static const struct {
        const char *stat;
        int cpu;
        int64_t ticks;
    } table[] = {
        { stat, -1, 11 }, { stat, 0, 4 }, { stat, 1, 7 }, { stat, 10, 80 },
        { stat, 2, -1 },  { "", 0, -1 },  { "", -1, -1 }, { "cpu  1 2 3 4\n", -1, -1 },
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        assert_int_equal(tare_steal_ticks(table[i].stat, table[i].cpu), table[i].ticks);
}

static void stolen_time_of_this_machine_never_falls(void **state)
{
    (void)state;
    int64_t all = tare_steal_ns(-1);
    if (all < 0)
        skip();
    assert_true(tare_steal_ns(sched_getcpu()) >= 0);
    assert_int_equal(tare_steal_ns(1 << 20), -1);
    assert_true(tare_steal_ns(-1) >= all);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(touching_new_pages_is_counted_as_faults),
    cmocka_unit_test(the_cpu_is_the_one_the_thread_is_bound_to),
    cmocka_unit_test(being_pushed_off_the_cpu_is_counted),
    cmocka_unit_test(stolen_time_is_the_eighth_figure_of_a_cpus_line),
    cmocka_unit_test(stolen_time_of_this_machine_never_falls),
};

TARE_TEST_MAIN(tests)
