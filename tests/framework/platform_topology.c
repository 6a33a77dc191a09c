#include "framework/base/error.h"
#include "framework/platform/topology.h"
#include "framework/platform/topology_sources.h"
#include "tests/framework/base_scratch.h"

#include <sched.h>
#include <unistd.h>

enum { MAX_CPUS = 16 };

/* Machines as lists of { os_index, core, package, kind }, ended by an os_index of -1. */
#define END                                                                                                            \
    {                                                                                                                  \
        -1, 0, 0, 0                                                                                                    \
    }

static const struct tare_cpu one_cpu[] = { { 0, 0, 0, -1 }, END };
static const struct tare_cpu two_cores[] = { { 0, 0, 0, -1 }, { 1, 1, 0, -1 }, END };
static const struct tare_cpu smt[] = { { 0, 0, 0, -1 }, { 1, 1, 0, -1 }, { 2, 0, 0, -1 }, { 3, 1, 0, -1 }, END };
static const struct tare_cpu smt_adjacent[] = {
    { 0, 0, 0, -1 }, { 1, 0, 0, -1 }, { 2, 1, 0, -1 }, { 3, 1, 0, -1 }, END
};
static const struct tare_cpu without_zero[] = { { 4, 2, 0, -1 }, { 5, 3, 0, -1 }, { 7, 3, 0, -1 }, END };
/* Two fast cores of two threads, two slow ones of one. */
static const struct tare_cpu hybrid[] = {
    { 0, 0, 0, 1 }, { 1, 0, 0, 1 }, { 2, 1, 0, 1 }, { 3, 1, 0, 1 }, { 4, 2, 0, 0 }, { 5, 3, 0, 0 }, END
};
static const struct tare_cpu slow_first[] = { { 0, 0, 0, 0 }, { 1, 1, 0, 0 }, { 2, 2, 0, 1 }, { 3, 3, 0, 1 }, END };

static struct tare_topology of(const struct tare_cpu *cpus)
{
    size_t n = 0;
    while (cpus[n].os_index >= 0)
        n++;
    return (struct tare_topology){ .cpus = (struct tare_cpu *)(uintptr_t)cpus, .n_cpus = n };
}

static void cpus_are_picked_core_by_core_fastest_first_and_the_first_cpu_last(void **state)
{
    (void)state;
    static const struct {
        const struct tare_cpu *cpus;
        int order[MAX_CPUS]; /* ended by -1 */
    } table[] = {
        { one_cpu, { 0, -1 } },
        { two_cores, { 1, 0, -1 } },
        { smt, { 1, 2, 3, 0, -1 } },
        { smt_adjacent, { 2, 1, 3, 0, -1 } },
        { without_zero, { 4, 5, 7, -1 } },
        { hybrid, { 2, 1, 4, 5, 3, 0, -1 } },
        { slow_first, { 2, 3, 1, 0, -1 } },
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct tare_topology t = of(table[i].cpus);
        for (size_t want = 0; want <= t.n_cpus + 2; want++) {
            int cpus[MAX_CPUS];
            size_t n = tare_topology_pick(cpus, want, &t);
            assert_int_equal(n, want < t.n_cpus ? want : t.n_cpus);
            for (size_t k = 0; k < n; k++)
                assert_int_equal(cpus[k], table[i].order[k]);
        }
        assert_int_equal(table[i].order[t.n_cpus], -1);
    }
}

static void pinning_is_auto_none_or_a_cpu(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t n_threads, n;
        int cpus[4];
    } table[] = {
        { "none", 3, 0, { 0 } },          { "auto", 1, 1, { 1 } }, { "auto", 3, 3, { 1, 2, 3 } },
        { "auto", 9, 4, { 1, 2, 3, 0 } }, { "0", 1, 1, { 0 } },    { "3", 3, 3, { 3, 1, 2 } },
        { "1", 9, 4, { 1, 2, 3, 0 } },
    };
    struct tare_topology t = of(smt);
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        int cpus[9];
        size_t n = 77;
        assert_int_equal(tare_pin_parse(cpus, &n, table[i].n_threads, table[i].text, &t), 0);
        assert_int_equal(n, table[i].n);
        for (size_t k = 0; k < n; k++)
            assert_int_equal(cpus[k], table[i].cpus[k]);
    }
}

static void a_pin_that_cannot_be_is_refused_with_the_choices(void **state)
{
    (void)state;
    static const char *const texts[] = { "6", "-1", "", "x", "5x", " 5", "99999999999999999999", "AUTO", "+5" };
    struct tare_topology t = of(without_zero);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        int cpus[4];
        size_t n = 77;
        char *wanted = tare_format("pin '%s': give auto, none or one of the CPUs 4-5, 7", texts[i]);
        assert_int_equal(tare_pin_parse(cpus, &n, 2, texts[i], &t), TARE_EUSAGE);
        assert_string_equal(tare_error(), wanted);
        assert_int_equal(n, 0);
        free(wanted);
    }
}

static void a_thread_is_bound_where_it_is_told(void **state)
{
    (void)state;
    cpu_set_t before, now;
    assert_int_equal(sched_getaffinity(0, sizeof before, &before), 0);
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
        if (!CPU_ISSET(cpu, &before))
            continue;
        assert_int_equal(tare_bind_cpu(cpu), 0);
        assert_int_equal(sched_getaffinity(0, sizeof now, &now), 0);
        assert_int_equal(CPU_COUNT(&now), 1);
        assert_true(CPU_ISSET(cpu, &now));
    }
    assert_int_equal(sched_setaffinity(0, sizeof before, &before), 0);
    assert_int_equal(tare_bind_cpu(1000000), TARE_EIO);
    assert_non_null(strstr(tare_error(), "CPU 1000000: cannot bind: "));
    assert_int_equal(tare_bind_cpu(-1), TARE_EIO);
}

/* A narrower affinity, as from taskset or a container, leaves fewer CPUs of the same machine. */
static void only_cpus_that_this_process_may_use_are_listed(void **state)
{
    (void)state;
    cpu_set_t before, one;
    struct tare_topology all, few;
    assert_int_equal(sched_getaffinity(0, sizeof before, &before), 0);
    assert_int_equal(tare_topology_read(&all), 0);
    assert_int_equal(all.n_cpus, CPU_COUNT(&before));
    assert_true(all.n_cores >= 1 && all.n_packages >= 1 && all.n_numa >= 1);
    /* another source: pages that the C library counts */
    assert_int_equal(all.memory_bytes, (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE));
    for (size_t i = 0; i < all.n_cpus; i++) {
        const struct tare_cpu *c = &all.cpus[i];
        assert_true(CPU_ISSET(c->os_index, &before));
        assert_true(i == 0 || c->os_index > all.cpus[i - 1].os_index);
        assert_true(c->core < all.n_cores && c->package < all.n_packages);
    }
    int last = all.cpus[all.n_cpus - 1].os_index;
    CPU_ZERO(&one);
    CPU_SET(last, &one);
    assert_int_equal(sched_setaffinity(0, sizeof one, &one), 0);
    int rc = tare_topology_read(&few);
    assert_int_equal(sched_setaffinity(0, sizeof before, &before), 0);
    assert_int_equal(rc, 0);
    assert_int_equal(few.n_cpus, 1);
    assert_int_equal(few.cpus[0].os_index, last);
    assert_int_equal(few.n_cores, all.n_cores);
    tare_topology_free(&all);
    tare_topology_free(&few);
    assert_null(all.cpus);
}

/* Skips in a build without hwloc. */
static void need_hwloc(void)
{
    struct tare_topology t;
    bool this_system;
    if (tare_topology_hwloc(&t, &this_system) == TARE_EUNSUP)
        skip();
    tare_topology_free(&t);
}

static const struct tare_cache *cache_of(const struct tare_topology *t, int level, char type)
{
    for (size_t i = 0; i < t->n_caches; i++)
        if (t->caches[i].level == level && t->caches[i].type == type)
            return &t->caches[i];
    return NULL;
}

static void a_synthetic_machine_is_read_as_described(void **state)
{
    (void)state;
    need_hwloc();
    struct tare_topology t;
    setenv("HWLOC_SYNTHETIC", "pack:2 numa:1 l3:1(size=33554432) core:8 pu:2", 1);
    int rc = tare_topology_read(&t);
    unsetenv("HWLOC_SYNTHETIC");
    assert_int_equal(rc, 0);
    assert_int_equal(t.n_packages, 2);
    assert_int_equal(t.n_numa, 2);
    assert_int_equal(t.n_cores, 16);
    assert_int_equal(t.n_cpus, 32);
    for (int i = 0; i < 32; i++) {
        assert_int_equal(t.cpus[i].os_index, i);
        assert_int_equal(t.cpus[i].core, i / 2);
        assert_int_equal(t.cpus[i].package, i / 16);
        assert_int_equal(t.cpus[i].kind, -1);
    }
    const struct tare_cache *l3 = cache_of(&t, 3, 'u');
    assert_non_null(l3);
    assert_int_equal(l3->count, 2);
    assert_int_equal(l3->shared_by, 16);
    assert_int_equal(l3->bytes, 32u << 20);
    assert_non_null(strstr(t.source, "hwloc"));
    assert_non_null(strstr(t.source, "synthetic"));
    tare_topology_free(&t);
}

/* Four CPUs in three cores, two kinds, and a cpuset that leaves three of them. The form is that of hwloc2.dtd. */
static const char xml[] =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE topology SYSTEM \"hwloc2.dtd\">\n<topology "
    "version=\"2.0\">\n"
    "<object type=\"Machine\" os_index=\"0\" cpuset=\"0xf\" complete_cpuset=\"0xf\" allowed_cpuset=\"0xd\" "
    "nodeset=\"0x1\" complete_nodeset=\"0x1\" allowed_nodeset=\"0x1\" gp_index=\"1\">\n"
    "<object type=\"Package\" os_index=\"0\" cpuset=\"0xf\" complete_cpuset=\"0xf\" nodeset=\"0x1\" "
    "complete_nodeset=\"0x1\" gp_index=\"2\">\n"
    "<object type=\"NUMANode\" os_index=\"0\" cpuset=\"0xf\" complete_cpuset=\"0xf\" nodeset=\"0x1\" "
    "complete_nodeset=\"0x1\" gp_index=\"3\" local_memory=\"4294967296\"/>\n"
    "<object type=\"Core\" os_index=\"0\" cpuset=\"0x3\" complete_cpuset=\"0x3\" nodeset=\"0x1\" "
    "complete_nodeset=\"0x1\" gp_index=\"4\">\n"
    "<object type=\"PU\" os_index=\"0\" cpuset=\"0x1\" complete_cpuset=\"0x1\" nodeset=\"0x1\" "
    "complete_nodeset=\"0x1\" gp_index=\"5\"/>\n"
    "<object type=\"PU\" os_index=\"1\" cpuset=\"0x2\" complete_cpuset=\"0x2\" nodeset=\"0x1\" "
    "complete_nodeset=\"0x1\" gp_index=\"6\"/>\n</object>\n"
    "<object type=\"Core\" os_index=\"1\" cpuset=\"0x4\" complete_cpuset=\"0x4\" nodeset=\"0x1\" "
    "complete_nodeset=\"0x1\" gp_index=\"7\">\n"
    "<object type=\"PU\" os_index=\"2\" cpuset=\"0x4\" complete_cpuset=\"0x4\" nodeset=\"0x1\" "
    "complete_nodeset=\"0x1\" gp_index=\"8\"/>\n</object>\n"
    "<object type=\"Core\" os_index=\"2\" cpuset=\"0x8\" complete_cpuset=\"0x8\" nodeset=\"0x1\" "
    "complete_nodeset=\"0x1\" gp_index=\"9\">\n"
    "<object type=\"PU\" os_index=\"3\" cpuset=\"0x8\" complete_cpuset=\"0x8\" nodeset=\"0x1\" "
    "complete_nodeset=\"0x1\" gp_index=\"10\"/>\n</object>\n"
    "</object>\n</object>\n"
    "<cpukind cpuset=\"0xc\" forced_efficiency=\"0\"/>\n<cpukind cpuset=\"0x3\" forced_efficiency=\"1\"/>\n"
    "</topology>\n";

static void a_described_machine_keeps_its_cpuset_and_its_kinds(void **state)
{
    need_hwloc();
    static const struct tare_cpu expected[] = { { 0, 0, 0, 1 }, { 2, 1, 0, 0 }, { 3, 2, 0, 0 } };
    struct tare_topology t;
    scratch_put(*state, "machine.xml", xml);
    char *path = tare_path_join(*state, "machine.xml");
    setenv("HWLOC_XMLFILE", path, 1);
    int rc = tare_topology_read(&t);
    unsetenv("HWLOC_XMLFILE");
    free(path);
    assert_int_equal(rc, 0);
    assert_int_equal(t.n_cores, 3);
    assert_int_equal(t.memory_bytes, 4294967296);
    assert_int_equal(t.n_cpus, 3);
    assert_memory_equal(t.cpus, expected, sizeof expected);
    tare_topology_free(&t);
}

static void a_description_that_cannot_be_read_is_an_error(void **state)
{
    need_hwloc();
    scratch_put(*state, "broken.xml", "<topology");
    char *broken = tare_path_join(*state, "broken.xml"), *absent = tare_path_join(*state, "absent.xml");
    const struct {
        const char *variable, *value;
    } table[] = { { "HWLOC_SYNTHETIC", "pack:x" }, { "HWLOC_XMLFILE", absent }, { "HWLOC_XMLFILE", broken } };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct tare_topology t;
        setenv(table[i].variable, table[i].value, 1);
        int rc = tare_topology_read(&t);
        unsetenv(table[i].variable);
        assert_int_equal(rc, TARE_EIO);
        assert_non_null(strstr(tare_error(), table[i].variable));
        assert_non_null(strstr(tare_error(), table[i].value));
        assert_null(t.cpus);
    }
    free(broken);
    free(absent);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(cpus_are_picked_core_by_core_fastest_first_and_the_first_cpu_last),
    cmocka_unit_test(pinning_is_auto_none_or_a_cpu),
    cmocka_unit_test(a_pin_that_cannot_be_is_refused_with_the_choices),
    cmocka_unit_test(a_thread_is_bound_where_it_is_told),
    cmocka_unit_test(only_cpus_that_this_process_may_use_are_listed),
    cmocka_unit_test(a_synthetic_machine_is_read_as_described),
    cmocka_unit_test_setup_teardown(a_described_machine_keeps_its_cpuset_and_its_kinds, scratch_make, scratch_remove),
    cmocka_unit_test_setup_teardown(a_description_that_cannot_be_read_is_an_error, scratch_make, scratch_remove),
};

TARE_TEST_MAIN(tests)
