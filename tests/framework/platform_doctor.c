/* A made-up machine for every ailment, and one for its absence. */
#include "framework/base/sanitized.h"
#include "framework/platform/machine.h"
#include "tests/framework/base_scratch.h"

#define CPU "sys/devices/system/cpu/"
#define GUEST                                                                                                          \
    {                                                                                                                  \
        "proc/cpuinfo", "processor : 0\nflags\t: fpu hypervisor\n"                                                     \
    }
#define METAL                                                                                                          \
    {                                                                                                                  \
        "proc/cpuinfo", "processor : 0\nflags\t: fpu lm\n"                                                             \
    }
#define GOVERNORS(a, b)                                                                                                \
    { CPU "cpu0/cpufreq/scaling_governor", a },                                                                        \
    {                                                                                                                  \
        CPU "cpu1/cpufreq/scaling_governor", b                                                                         \
    }
#define LIMITS(set, most)                                                                                              \
    { CPU "cpu0/cpufreq/scaling_max_freq", set },                                                                      \
    {                                                                                                                  \
        CPU "cpu0/cpufreq/cpuinfo_max_freq", most                                                                      \
    }
#define PARANOID(level)                                                                                                \
    {                                                                                                                  \
        "proc/sys/kernel/perf_event_paranoid", level                                                                   \
    }
#define HAS_PMU                                                                                                        \
    {                                                                                                                  \
        "sys/bus/event_source/devices/cpu/type", "4\n"                                                                 \
    }
#define THP(text)                                                                                                      \
    {                                                                                                                  \
        "sys/kernel/mm/transparent_hugepage/enabled", text                                                             \
    }

static struct tare_cpu cpus[] = { { 0, 0, 0, -1 }, { 1, 1, 0, -1 } };
static const struct tare_topology topology = {
    .source = "test", .n_packages = 1, .n_cores = 2, .n_numa = 1, .cpus = cpus, .n_cpus = 2
};

/* A machine, and what is to be said of one thing there. remedy NULL: there is none, the reason is checked instead. */
struct scene {
    const char *name;
    const char *files[6][2];
    bool present;
    enum tare_ailment_level level;
    const char *finding; /* all of it */
    const char *remedy;  /* all of it */
    const char *reason;  /* part of it */
};

static const struct scene scenes[] = {
    { "governor",
      { GOVERNORS("powersave\n", "performance\n") },
      true,
      TARE_AILMENT_WARN,
      "powersave on 1 of 2 CPUs",
      "echo performance | sudo tee /sys/devices/system/cpu/cpu*/cpufreq/scaling_governor",
      NULL },
    { "governor", { GOVERNORS("performance\n", "performance\n") }, false, 0, "performance on 2 of 2 CPUs", NULL, NULL },
    { "governor", { GUEST }, false, 0, "not seen from here: the host rules the frequency", NULL, NULL },
    { "governor", { METAL }, false, 0, "not told by this kernel", NULL, NULL },
    { "turbo",
      { { CPU "intel_pstate/no_turbo", "0\n" } },
      true,
      TARE_AILMENT_WARN,
      "on",
      "echo 1 | sudo tee /sys/devices/system/cpu/intel_pstate/no_turbo",
      NULL },
    { "turbo", { { CPU "intel_pstate/no_turbo", "1\n" } }, false, 0, "off", NULL, NULL },
    { "turbo",
      { { CPU "cpufreq/boost", "1\n" } },
      true,
      TARE_AILMENT_WARN,
      "on",
      "echo 0 | sudo tee /sys/devices/system/cpu/cpufreq/boost",
      NULL },
    { "turbo", { { CPU "cpufreq/boost", "0\n" } }, false, 0, "off", NULL, NULL },
    { "turbo", { GUEST }, false, 0, "not seen from here: the host rules the frequency", NULL, NULL },
    { "frequency limits",
      { LIMITS("2000000\n", "4700000\n") },
      true,
      TARE_AILMENT_NOTE,
      "1 of 1 CPUs held at 2000 of 4700 MHz",
      "echo 4700000 | sudo tee /sys/devices/system/cpu/cpu*/cpufreq/scaling_max_freq",
      "on purpose" },
    { "frequency limits", { LIMITS("4700000\n", "4700000\n") }, false, 0, "none on 1 CPUs", NULL, NULL },
    { "smt",
      { { CPU "smt/active", "1\n" } },
      true,
      TARE_AILMENT_NOTE,
      "on",
      "echo off | sudo tee /sys/devices/system/cpu/smt/control",
      NULL },
    { "smt", { { CPU "smt/active", "0\n" }, METAL }, false, 0, "off", NULL, NULL },
    { "smt", { { CPU "smt/active", "0\n" }, GUEST }, false, 0, "off, as far as a guest can see", NULL, NULL },
    { "load",
      { { "proc/loadavg", "0.08 1.20 3.05 1/123 4567\n" } },
      false,
      0,
      "0.08 over the last minute",
      NULL,
      NULL },
    { "load",
      { { "proc/loadavg", "1.20 0.08 0.05 1/123 4567\n" } },
      true,
      TARE_AILMENT_WARN,
      "1.20 over the last minute, on 2 CPUs",
      "ps -eo pcpu,pid,user,comm --sort=-pcpu | head",
      "end or pause" },
    { "load",
      { { "proc/loadavg", "2.00 0.08 0.05 1/123 4567\n" } },
      true,
      TARE_AILMENT_BAD,
      "2.00 over the last minute, on 2 CPUs",
      "ps -eo pcpu,pid,user,comm --sort=-pcpu | head",
      "end or pause" },
    { "load", { { "proc/loadavg", "?\n" } }, false, 0, "not told by this kernel", NULL, NULL },
    { "steal",
      { { "proc/stat", "cpu  100 0 100 9795 0 0 0 5 0 0\ncpu0 1 2\n" } },
      false,
      0,
      "0.050% of the time since boot",
      NULL,
      NULL },
    { "steal",
      { { "proc/stat", "cpu  100 0 100 9750 0 0 0 50 0 0\ncpu0 1 2\n" } },
      true,
      TARE_AILMENT_WARN,
      "0.50% of the time since boot",
      NULL,
      "on the host" },
    { "steal",
      { { "proc/stat", "cpu  100 0 100 9300 0 0 0 500 0 0\ncpu0 1 2\n" } },
      true,
      TARE_AILMENT_BAD,
      "5.00% of the time since boot",
      NULL,
      "on the host" },
    { "steal", { { "proc/stat", "cpu  1 2 3 4\n" } }, false, 0, "not told by this kernel", NULL, NULL },
    { "aslr",
      { { "proc/sys/kernel/randomize_va_space", "2\n" } },
      true,
      TARE_AILMENT_NOTE,
      "addresses are randomised (level 2)",
      "setarch -R tare run ...",
      NULL },
    { "aslr", { { "proc/sys/kernel/randomize_va_space", "0\n" } }, false, 0, "off", NULL, NULL },
    { "thp",
      { THP("[always] madvise never\n") },
      true,
      TARE_AILMENT_NOTE,
      "[always] madvise never",
      "echo madvise | sudo tee /sys/kernel/mm/transparent_hugepage/enabled",
      NULL },
    { "thp",
      { THP("always madvise [never]\n") },
      true,
      TARE_AILMENT_NOTE,
      "always madvise [never]",
      "echo madvise | sudo tee /sys/kernel/mm/transparent_hugepage/enabled",
      NULL },
    { "thp", { THP("always [madvise] never\n") }, false, 0, "always [madvise] never", NULL, NULL },
    { "swap",
      { { "proc/meminfo", "MemTotal: 9 kB\nSwapTotal: 2097152 kB\nSwapFree: 2097152 kB\n" } },
      true,
      TARE_AILMENT_NOTE,
      "0 of 2048 MiB in use",
      "sudo swapoff -a",
      NULL },
    { "swap",
      { { "proc/meminfo", "SwapTotal: 2097152 kB\nSwapFree: 1048576 kB\n" } },
      true,
      TARE_AILMENT_WARN,
      "1024 of 2048 MiB in use",
      "sudo swapoff -a",
      NULL },
    { "swap", { { "proc/meminfo", "SwapTotal: 0 kB\nSwapFree: 0 kB\n" } }, false, 0, "none", NULL, NULL },
    { "pmu", { HAS_PMU, PARANOID("2\n") }, false, 0, "hardware counters are ready", NULL, NULL },
    { "pmu",
      { HAS_PMU, PARANOID("3\n") },
      true,
      TARE_AILMENT_NOTE,
      "kernel.perf_event_paranoid keeps the counters from users",
      "sudo sysctl kernel.perf_event_paranoid=2",
      NULL },
    { "pmu", { GUEST, PARANOID("2\n") }, true, TARE_AILMENT_NOTE, "no hardware counters", NULL, "on the host" },
    { "pmu", { METAL, PARANOID("2\n") }, true, TARE_AILMENT_NOTE, "no hardware counters", NULL, "no driver" },
    { "pmu",
      { METAL },
      true,
      TARE_AILMENT_NOTE,
      "the kernel was built without perf events",
      NULL,
      "CONFIG_PERF_EVENTS" },
    { "hypervisor", { GUEST }, true, TARE_AILMENT_NOTE, "this is a virtual machine", NULL, "on the host" },
    { "hypervisor", { METAL }, false, 0, "none seen", NULL, NULL },
};

static const struct tare_ailment *named(const struct tare_ailments *a, const char *name)
{
    for (size_t i = 0; i < a->n; i++)
        if (strcmp(a->items[i].name, name) == 0)
            return &a->items[i];
    fail_msg("nothing is said of %s", name);
    return NULL;
}

static void assert_scene(const struct scene *s, const struct tare_ailment *a)
{
    print_message("%s: %s\n", s->name, a->finding);
    assert_int_equal(a->present, s->present);
    assert_string_equal(a->finding, s->finding);
    if (s->present)
        assert_int_equal(a->level, s->level);
    assert_int_equal(a->remedy != NULL, s->remedy != NULL);
    if (s->remedy)
        assert_string_equal(a->remedy, s->remedy);
    assert_int_equal(a->reason != NULL, s->reason != NULL);
    if (s->reason)
        assert_non_null(strstr(a->reason, s->reason));
}

static void every_ailment_is_found_where_it_is_and_only_there(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof scenes / sizeof *scenes; i++) {
        void *root;
        struct tare_ailments a;
        assert_int_equal(scratch_make(&root), 0);
        for (size_t k = 0; k < 6 && scenes[i].files[k][0]; k++)
            scratch_put(root, scenes[i].files[k][0], scenes[i].files[k][1]);
        assert_int_equal(tare_doctor_examine(&a, &topology, root), 0);
        assert_scene(&scenes[i], named(&a, scenes[i].name));
        tare_ailments_free(&a);
        assert_int_equal(scratch_remove(&root), 0);
    }
}

/* What every list must hold: a finding each; where something is present, what it does and what to do or why not. */
static void assert_complete(const struct tare_ailments *a)
{
    for (size_t i = 0; i < a->n; i++) {
        const struct tare_ailment *x = &a->items[i];
        assert_true(x->finding && *x->finding);
        assert_int_equal(x->present, x->effect != NULL);
        assert_int_equal(x->present, x->remedy || x->reason);
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(x->name, a->items[k].name);
    }
}

static void an_empty_root_is_a_machine_that_tells_nothing(void **state)
{
    struct tare_ailments a;
    assert_int_equal(tare_doctor_examine(&a, &topology, *state), 0);
    assert_complete(&a);
    for (size_t i = 0; i < a.n; i++) /* the build is that of this test, the counters need a kernel that has them */
        if (strcmp(a.items[i].name, "build") != 0 && strcmp(a.items[i].name, "pmu") != 0)
            assert_false(a.items[i].present);
    tare_ailments_free(&a);
    assert_null(a.items);
}

static void this_machine_is_examined(void **state)
{
    (void)state;
    struct tare_topology t;
    struct tare_ailments a;
    assert_int_equal(tare_topology_read(&t), 0);
    assert_int_equal(tare_doctor_examine(&a, &t, ""), 0);
    assert_complete(&a);
    for (size_t i = 0; i < a.n; i++)
        print_message("%s %s: %s\n", a.items[i].present ? "!" : " ", a.items[i].name, a.items[i].finding);
    tare_ailments_free(&a);
    tare_topology_free(&t);
}

/* This file is compiled with the same flags as the program. */
static void a_build_that_is_not_for_measuring_is_bad(void **state)
{
#if TARE_SANITIZED || !defined(__OPTIMIZE__)
    static const bool bad = true;
#else
    static const bool bad = false;
#endif
    struct tare_ailments a;
    assert_int_equal(tare_doctor_examine(&a, &topology, *state), 0);
    const struct tare_ailment *build = named(&a, "build");
    assert_int_equal(build->present, bad);
    if (bad) {
        assert_int_equal(build->level, TARE_AILMENT_BAD);
        assert_string_equal(build->remedy, "make build");
    }
    tare_ailments_free(&a);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(every_ailment_is_found_where_it_is_and_only_there),
    cmocka_unit_test_setup_teardown(an_empty_root_is_a_machine_that_tells_nothing, scratch_make, scratch_remove),
    cmocka_unit_test(this_machine_is_examined),
    cmocka_unit_test_setup_teardown(a_build_that_is_not_for_measuring_is_bad, scratch_make, scratch_remove),
};

TARE_TEST_MAIN(tests)
