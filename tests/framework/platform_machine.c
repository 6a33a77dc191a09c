#include "framework/base/cpu.h"
#include "framework/platform/machine.h"
#include "framework/platform/pmu.h"
#include "tests/framework/base_scratch.h"

#include <unistd.h>

static struct tare_cpu cpus[] = { { 0, 0, 0, -1 }, { 1, 1, 0, -1 } };
static struct tare_cache caches[] = {
    { 1, 'd', 48 << 10, 64, 8, 2 }, { 1, 'd', 32 << 10, 64, 4, 1 },  { 1, 'i', 32 << 10, 64, 8, 2 },
    { 2, 'u', 1 << 20, 64, 8, 2 },  { 3, 'u', 36 << 20, 64, 1, 24 },
};
static const struct tare_topology topology = {
    .source = "test",
    .n_packages = 1,
    .n_cores = 12,
    .n_numa = 2,
    .cpus = cpus,
    .n_cpus = 2,
    .caches = caches,
    .n_caches = 5,
    .memory_bytes = 16000000000,
};

static void facts_come_from_the_files_of_the_kernel(void **state)
{
    static const char *const files[][2] = {
        { "proc/cpuinfo", "processor : 0\nmodel name\t: Some CPU @ 3.00GHz\nmicrocode\t: 0x123\ncpu MHz : 2596.142\n"
                          "flags\t\t: fpu lm\nbugs :\n\nprocessor : 1\nmodel name : Other\n" },
        { "sys/devices/system/cpu/online", "0-19\n" },
        { "sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "powersave\n" },
        { "sys/devices/system/cpu/cpu1/cpufreq/scaling_governor", "powersave\n" },
        { "sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_min_freq", "800000\n" },
        { "sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq", "4700000\n" },
        { "sys/devices/system/cpu/intel_pstate/no_turbo", "0\n" },
        { "sys/devices/system/cpu/smt/control", "on\n" },
        { "sys/devices/system/memory/block_size_bytes", "8000000\n" },
        { "sys/devices/system/memory/memory0/state", "online\n" },
        { "sys/devices/system/memory/memory1/state", "online\n" },
        { "sys/devices/system/memory/memory32/state", "online\n" },
        { "sys/devices/system/clocksource/clocksource0/current_clocksource", "tsc\n" },
        { "sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never\n" },
        { "sys/bus/event_source/devices/cpu/type", "4\n" },
        { "proc/sys/kernel/perf_event_paranoid", "2\n" },
        { "proc/sys/kernel/osrelease", "6.1.0-18-amd64\n" },
        { "proc/sys/kernel/hostname", "bench-1\n" },
        { "proc/sys/kernel/randomize_va_space", "2\n" },
        { "etc/os-release", "NAME=\"Debian\"\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n" },
    };
    static const struct {
        const char *key, *value;
        bool identity;
    } expected[] = {
        { "cpu.model", "Some CPU @ 3.00GHz", true },
        { "cpu.packages", "1", true },
        { "cpu.cores", "12", true },
        { "cpu.logical", "20", true },
        { "cache.l1d", "48 KiB x 8 + 32 KiB x 4", true },
        { "cache.l1i", "32 KiB x 8", true },
        { "cache.l2", "1 MiB x 8", true },
        { "cache.l3", "36 MiB x 1", true },
        { "memory.bytes", "402653184", true }, /* 3 blocks of 0x8000000 bytes */
        { "numa.nodes", "2", true },
        { "hypervisor", "none", true },
        { "kernel", "6.1.0-18-amd64", false },
        { "os", "Debian GNU/Linux 12 (bookworm)", false },
        { "governor", "powersave", false },
        { "turbo", "on", false },
        { "smt", "on", false },
        { "cpu.microcode", "0x123", false },
        { "cpu.frequency", "800 to 4700 MHz", false },
        { "thp", "madvise", false },
        { "aslr", "2", false },
        { "clock.source", "tsc", false },
        { "pmu", "ready", false },
        { "hostname", "bench-1", false },
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        scratch_put(*state, files[i][0], files[i][1]);
    struct tare_facts f = { 0 };
    assert_int_equal(tare_machine_facts_at(&f, &topology, *state), 0);
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        size_t k = 0;
        while (k < f.n && strcmp(f.items[k].key, expected[i].key) != 0)
            k++;
        assert_true(k < f.n);
        assert_string_equal(f.items[k].value, expected[i].value);
        assert_int_equal(f.items[k].identity, expected[i].identity);
    }
    assert_non_null(tare_facts_get(&f, "cpu.levels"));
    assert_int_equal(f.n, sizeof expected / sizeof *expected + 1);
    tare_facts_free(&f);
}

static void other_machines_tell_the_same_facts_in_other_files(void **state)
{
    static const char *const files[][2] = {
        { "proc/cpuinfo", "processor : 0\nCPU implementer\t: 0x41\nCPU part\t: 0xd0c\n" },
        { "sys/devices/system/cpu/cpufreq/boost", "0\n" },
        { "sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "performance\n" },
        { "sys/devices/system/cpu/cpu1/cpufreq/scaling_governor", "schedutil\n" },
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        scratch_put(*state, files[i][0], files[i][1]);
    struct tare_facts f = { 0 };
    assert_int_equal(tare_machine_facts_at(&f, &topology, *state), 0);
    assert_string_equal(tare_facts_get(&f, "cpu.model"), "implementer 0x41 part 0xd0c");
    assert_string_equal(tare_facts_get(&f, "turbo"), "off");
    assert_string_equal(tare_facts_get(&f, "governor"), "mixed");
    assert_string_equal(tare_facts_get(&f, "cpu.logical"), "2");
    assert_string_equal(tare_facts_get(&f, "memory.bytes"), "16000000000");
    assert_null(tare_facts_get(&f, "hypervisor")); /* these processors do not tell */
    tare_facts_free(&f);
}

static void what_cannot_be_read_is_absent(void **state)
{
    static const char *const absent[] = { "cpu.model", "hypervisor",    "kernel",   "os",
                                          "governor",  "turbo",         "smt",      "thp",
                                          "aslr",      "cpu.microcode", "hostname", "clock.source" };
    struct tare_facts f = { 0 };
    struct tare_topology bare = { .source = "test", .n_packages = 1, .n_cores = 1, .n_numa = 1 };
    assert_int_equal(tare_machine_facts_at(&f, &bare, *state), 0);
    for (size_t i = 0; i < sizeof absent / sizeof *absent; i++)
        assert_null(tare_facts_get(&f, absent[i]));
    assert_null(tare_facts_get(&f, "cache.l1d"));
    assert_null(tare_facts_get(&f, "memory.bytes"));
    assert_string_equal(tare_facts_get(&f, "pmu"), "not in the kernel");
    tare_facts_free(&f);
}

static void this_machine_has_a_fingerprint(void **state)
{
    (void)state;
    struct tare_topology t;
    struct tare_facts f = { 0 };
    char host[256] = "";
    assert_int_equal(tare_topology_read(&t), 0);
    assert_int_equal(tare_machine_facts(&f, &t), 0);
    assert_int_equal(gethostname(host, sizeof host - 1), 0);
    if (tare_facts_get(&f, "hostname"))
        assert_string_equal(tare_facts_get(&f, "hostname"), host);
    assert_int_equal(atoi(tare_facts_get(&f, "cpu.cores")), t.n_cores);
    assert_int_equal(atoi(tare_facts_get(&f, "cpu.logical")), sysconf(_SC_NPROCESSORS_ONLN));
    const char *levels = tare_facts_get(&f, "cpu.levels");
    assert_int_equal(strstr(levels, "avx2") != NULL, (tare_cpu_levels() & TARE_CPU_AVX2) != 0);
    for (size_t i = 0; i < f.n; i++)
        assert_true(*f.items[i].value);
    tare_topology_free(&t);
    tare_facts_free(&f);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown(facts_come_from_the_files_of_the_kernel, scratch_make, scratch_remove),
    cmocka_unit_test_setup_teardown(other_machines_tell_the_same_facts_in_other_files, scratch_make, scratch_remove),
    cmocka_unit_test_setup_teardown(what_cannot_be_read_is_absent, scratch_make, scratch_remove),
    cmocka_unit_test(this_machine_has_a_fingerprint),
};

TARE_TEST_MAIN(tests)
