#include "framework/platform/probe.h"
#include "tests/framework/base_scratch.h"

static void a_line_is_read_without_the_blanks_around_it(void **state)
{
    static const struct {
        const char *text, *line;
        int64_t number;
        bool is_number;
    } table[] = {
        { "42\n", "42", 42, true },
        { "  -7 \nsecond\n", "-7", -7, true },
        { "performance", "performance", 0, false },
        { "12 kB\n", "12 kB", 0, false },
        { "", "", 0, false },
        { "99999999999999999999\n", "99999999999999999999", 0, false },
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char line[TARE_PROBE_TEXT];
        int64_t number = -1;
        scratch_put(*state, "sys/devices/system/cpu/cpu3/file", table[i].text);
        assert_true(tare_probe_text(line, *state, "sys/devices/system/cpu/cpu3/file"));
        assert_string_equal(line, table[i].line);
        assert_true(tare_probe_cpu_text(line, *state, 3, "file"));
        assert_string_equal(line, table[i].line);
        assert_int_equal(tare_probe_cpu_number(&number, *state, 3, "file"), table[i].is_number);
        if (table[i].is_number)
            assert_int_equal(number, table[i].number);
    }
    char line[TARE_PROBE_TEXT];
    assert_false(tare_probe_text(line, *state, "absent"));
    assert_false(tare_probe_cpu_text(line, *state, 4, "file"));
    assert_false(tare_probe_exists(*state, "absent"));
    assert_true(tare_probe_exists(*state, "sys/devices"));
}

static void a_long_line_is_cut(void **state)
{
    char text[1000], line[TARE_PROBE_TEXT];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    scratch_put(*state, "file", text);
    assert_true(tare_probe_text(line, *state, "file"));
    assert_int_equal(strlen(line), TARE_PROBE_TEXT - 1);
}

static void a_field_is_found_by_its_whole_key(void **state)
{
    static const struct {
        const char *key, *value;
    } table[] = {
        { "model", "17" },       { "model name", "AMD EPYC" },
        { "empty", "" },         { "PRETTY_NAME", "Debian 12" },
        { "MemTotal", "16 kB" }, { "name", NULL },
        { "mode", NULL },        { "last", "one" },
    };
    scratch_put(*state, "file",
                "model name\t: AMD EPYC\nmodel\t\t: 17\nmodel: 18\nempty:\nPRETTY_NAME=\"Debian 12\"\n"
                "MemTotal:       16 kB\n\nlast : one");
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char value[TARE_PROBE_TEXT];
        assert_int_equal(tare_probe_field(value, *state, "file", table[i].key), table[i].value != NULL);
        if (table[i].value)
            assert_string_equal(value, table[i].value);
    }
}

static bool join(void *text, int cpu)
{
    char *at = (char *)text + strlen(text);
    snprintf(at, 16, "%d ", cpu);
    return cpu != 99;
}

static void a_list_of_cpus_names_each(void **state)
{
    (void)state;
    static const struct {
        const char *list;
        bool right;
        const char *named;
    } table[] = {
        { "0", true, "0 " },  { "0-3,8,10-11", true, "0 1 2 3 8 10 11 " },
        { "", true, "" },     { "5-5", true, "5 " },
        { "3-1", false, "" }, { "1,", true, "1 " },
        { "a", false, "" },   { "1-", false, "" },
        { "-1", false, "" },  { "0-99999999999", false, "" },
        { "1;2", false, "" }, { "97-105", false, "97 98 99 " }, /* the callback stops it */
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char named[256] = "";
        assert_int_equal(tare_probe_list(table[i].list, join, named), table[i].right);
        assert_string_equal(named, table[i].named);
    }
}

static void a_guest_is_told_by_the_processors_flags(void **state)
{
    static const struct {
        const char *cpuinfo;
        int guest;
    } table[] = {
        { "processor : 0\nflags\t\t: fpu hypervisor lm\nbugs : x\n", 1 },
        { "processor : 0\nflags\t\t: fpu lm hypervisor\nbugs : x\n", 1 },
        { "processor : 0\nflags\t\t: fpu hypervisor2 lm\nbugs : hypervisor\n", 0 },
        { "processor : 0\nFeatures : fp asimd\n", -1 },
    };
    assert_int_equal(tare_probe_guest(*state), -1);
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        scratch_put(*state, "proc/cpuinfo", table[i].cpuinfo);
        assert_int_equal(tare_probe_guest(*state), table[i].guest);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown(a_line_is_read_without_the_blanks_around_it, scratch_make, scratch_remove),
    cmocka_unit_test_setup_teardown(a_long_line_is_cut, scratch_make, scratch_remove),
    cmocka_unit_test_setup_teardown(a_field_is_found_by_its_whole_key, scratch_make, scratch_remove),
    cmocka_unit_test(a_list_of_cpus_names_each),
    cmocka_unit_test_setup_teardown(a_guest_is_told_by_the_processors_flags, scratch_make, scratch_remove),
};

TARE_TEST_MAIN(tests)
