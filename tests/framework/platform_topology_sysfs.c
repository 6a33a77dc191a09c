/* Machines made of files: the sysfs of machines that are not at hand. */
#include "framework/base/error.h"
#include "framework/platform/topology_sources.h"
#include "tests/framework/base_scratch.h"

static void put_cpu(const char *root, int cpu, const char *name, const char *text)
{
    char path[128];
    snprintf(path, sizeof path, "sys/devices/system/cpu/cpu%d/%s", cpu, name);
    scratch_put(root, path, text);
}

static void put_cache(const char *root, int cpu, int index, const char *level, const char *type, const char *size,
                      const char *shared)
{
    const struct {
        const char *name, *text;
    } files[] = { { "level", level },
                  { "type", type },
                  { "size", size },
                  { "shared_cpu_list", shared },
                  { "coherency_line_size", "64\n" } };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char name[64];
        snprintf(name, sizeof name, "cache/index%d/%s", index, files[i].name);
        put_cpu(root, cpu, name, files[i].text);
    }
}

static void assert_cpus(const struct tare_topology *t, const struct tare_cpu *expected, size_t n)
{
    assert_int_equal(t->n_cpus, n);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(t->cpus[i].os_index, expected[i].os_index);
        assert_int_equal(t->cpus[i].core, expected[i].core);
        assert_int_equal(t->cpus[i].package, expected[i].package);
        assert_int_equal(t->cpus[i].kind, expected[i].kind);
    }
}

static bool same_cache(const struct tare_cache *a, const struct tare_cache *b)
{
    return a->level == b->level && a->type == b->type && a->bytes == b->bytes && a->line_bytes == b->line_bytes &&
           a->count == b->count && a->shared_by == b->shared_by;
}

/* Two packages of two cores of two threads, numbered as on Intel servers; CPU 6 is off, package ids 0 and 3. */
static void packages_cores_threads_and_caches_are_counted(void **state)
{
    static const struct tare_cpu expected[] = { { 0, 0, 0, -1 }, { 1, 1, 0, -1 }, { 2, 2, 1, -1 }, { 3, 3, 1, -1 },
                                                { 4, 0, 0, -1 }, { 5, 1, 0, -1 }, { 7, 3, 1, -1 } };
    static const struct tare_cache caches[] = {
        { 1, 'd', 48 << 10, 64, 3, 2 }, { 1, 'd', 48 << 10, 64, 1, 1 }, { 1, 'i', 32 << 10, 64, 3, 2 },
        { 1, 'i', 32 << 10, 64, 1, 1 }, { 3, 'u', 36 << 20, 64, 1, 4 }, { 3, 'u', 36 << 20, 64, 1, 3 },
    };
    scratch_put(*state, "sys/devices/system/cpu/online", "0-5,7\n");
    scratch_put(*state, "sys/devices/system/node/online", "0-1\n");
    scratch_put(*state, "proc/meminfo", "MemTotal:        1048576 kB\nMemFree: 3 kB\n");
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        static const char *const siblings[] = { "0,4", "1,5", "2", "3,7" };
        int cpu = expected[i].os_index, core = cpu % 4;
        put_cpu(*state, cpu, i % 2 ? "topology/core_cpus_list" : "topology/thread_siblings_list", siblings[core]);
        put_cpu(*state, cpu, "topology/physical_package_id", core < 2 ? "0\n" : "3\n");
        put_cache(*state, cpu, 0, "1", "Data", "48K", siblings[core]);
        put_cache(*state, cpu, 1, "1", "Instruction", "32K", siblings[core]);
        put_cache(*state, cpu, 2, "3", "Unified", "36M", core < 2 ? "0-1,4-5" : "2-3,7");
    }
    struct tare_topology t;
    assert_int_equal(tare_topology_sysfs(&t, *state), 0);
    assert_cpus(&t, expected, sizeof expected / sizeof *expected);
    assert_int_equal(t.n_packages, 2);
    assert_int_equal(t.n_cores, 4);
    assert_int_equal(t.n_numa, 2);
    assert_int_equal(t.memory_bytes, 1 << 30);
    assert_string_equal(t.source, "sysfs");
    assert_int_equal(t.n_caches, sizeof caches / sizeof *caches);
    for (size_t i = 0; i < t.n_caches; i++) { /* caches of one size come in no stated order */
        size_t k = 0;
        while (k < t.n_caches && !same_cache(&t.caches[i], &caches[k]))
            k++;
        assert_true(k < t.n_caches);
        assert_true(i == 0 || t.caches[i].level >= t.caches[i - 1].level);
    }
    tare_topology_free(&t);
}

static void hybrid_x86_is_ranked_by_the_names_of_its_counters(void **state)
{
    static const struct tare_cpu expected[] = { { 0, 0, 0, 1 }, { 1, 0, 0, 1 }, { 2, 1, 0, 0 }, { 3, 2, 0, 0 } };
    scratch_put(*state, "sys/devices/system/cpu/online", "0-3");
    scratch_put(*state, "sys/devices/cpu_core/cpus", "0-1\n");
    scratch_put(*state, "sys/devices/cpu_atom/cpus", "2-3\n");
    put_cpu(*state, 0, "topology/core_cpus_list", "0-1");
    put_cpu(*state, 1, "topology/core_cpus_list", "0-1");
    struct tare_topology t;
    assert_int_equal(tare_topology_sysfs(&t, *state), 0);
    assert_cpus(&t, expected, 4);
    tare_topology_free(&t);
}

static void arm_is_ranked_by_capacity(void **state)
{
    static const struct {
        const char *capacity[3];
        int kind[3];
    } table[] = {
        { { "446", "871", "1024" }, { 0, 1, 2 } },
        { { "1024", "446", "446" }, { 1, 0, 0 } },
        { { "1024", "1024", "1024" }, { -1, -1, -1 } },
    };
    scratch_put(*state, "sys/devices/system/cpu/online", "0-2");
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct tare_topology t;
        for (int cpu = 0; cpu < 3; cpu++)
            put_cpu(*state, cpu, "cpu_capacity", table[i].capacity[cpu]);
        assert_int_equal(tare_topology_sysfs(&t, *state), 0);
        for (int cpu = 0; cpu < 3; cpu++)
            assert_int_equal(t.cpus[cpu].kind, table[i].kind[cpu]);
        tare_topology_free(&t);
    }
}

static void a_bare_list_of_cpus_is_enough(void **state)
{
    static const struct tare_cpu expected[] = { { 1, 0, 0, -1 }, { 3, 1, 0, -1 } };
    scratch_put(*state, "sys/devices/system/cpu/online", "1,3\n");
    struct tare_topology t;
    assert_int_equal(tare_topology_sysfs(&t, *state), 0);
    assert_cpus(&t, expected, 2);
    assert_int_equal(t.n_packages, 1);
    assert_int_equal(t.n_numa, 1);
    assert_int_equal(t.n_caches, 0);
    assert_int_equal(t.memory_bytes, 0);
    tare_topology_free(&t);
}

static void a_list_that_is_absent_or_wrong_is_an_error_that_names_the_file(void **state)
{
    static const char *const lists[] = { NULL, "", "two\n", "0-\n" };
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        struct tare_topology t;
        if (lists[i])
            scratch_put(*state, "sys/devices/system/cpu/online", lists[i]);
        assert_int_equal(tare_topology_sysfs(&t, *state), TARE_EIO);
        assert_non_null(strstr(tare_error(), "/sys/devices/system/cpu/online: cannot read a list of CPUs"));
        assert_null(t.cpus);
    }
}

/* The real machine, by both ways. */
static void sysfs_and_hwloc_tell_of_the_same_machine(void **state)
{
    (void)state;
    struct tare_topology a, b;
    bool this_system;
    if (tare_topology_hwloc(&a, &this_system) == TARE_EUNSUP)
        skip();
    assert_int_equal(tare_topology_sysfs(&b, ""), 0);
    assert_int_equal(a.n_packages, b.n_packages);
    assert_int_equal(a.n_cores, b.n_cores);
    assert_int_equal(a.n_numa, b.n_numa);
    for (size_t i = 0; i < a.n_cpus; i++) {
        size_t k = 0;
        while (k < b.n_cpus && b.cpus[k].os_index != a.cpus[i].os_index)
            k++;
        assert_true(k < b.n_cpus);
    }
    tare_topology_free(&a);
    tare_topology_free(&b);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown(packages_cores_threads_and_caches_are_counted, scratch_make, scratch_remove),
    cmocka_unit_test_setup_teardown(hybrid_x86_is_ranked_by_the_names_of_its_counters, scratch_make, scratch_remove),
    cmocka_unit_test_setup_teardown(arm_is_ranked_by_capacity, scratch_make, scratch_remove),
    cmocka_unit_test_setup_teardown(a_bare_list_of_cpus_is_enough, scratch_make, scratch_remove),
    cmocka_unit_test_setup_teardown(a_list_that_is_absent_or_wrong_is_an_error_that_names_the_file, scratch_make,
                                    scratch_remove),
    cmocka_unit_test(sysfs_and_hwloc_tell_of_the_same_machine),
};

TARE_TEST_MAIN(tests)
