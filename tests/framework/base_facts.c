#include "framework/base/facts.h"
#include "tests/harness.h"

#include <stdio.h>
#include <string.h>

static void facts_keep_their_order_and_are_replaced_by_key(void **state)
{
    (void)state;
    struct tare_facts f = { 0 };
    assert_int_equal(tare_facts_set(&f, "cpu.model", true, "%s %d", "EPYC", 9), 0);
    assert_int_equal(tare_facts_set(&f, "governor", false, "powersave"), 0);
    assert_int_equal(tare_facts_set(&f, "cpu.model", false, "%s", "Xeon"), 0);
    assert_int_equal(f.n, 2);
    assert_string_equal(f.items[0].key, "cpu.model");
    assert_string_equal(f.items[0].value, "Xeon");
    assert_false(f.items[0].identity);
    assert_string_equal(f.items[1].key, "governor");
    assert_string_equal(tare_facts_get(&f, "governor"), "powersave");
    assert_null(tare_facts_get(&f, "cpu"));
    tare_facts_free(&f);
    assert_int_equal(f.n, 0);
}

static void a_value_may_come_from_the_list_itself(void **state)
{
    (void)state;
    struct tare_facts f = { 0 };
    assert_int_equal(tare_facts_set(&f, "a", true, "one"), 0);
    assert_int_equal(tare_facts_set(&f, "a", true, "%s, two", tare_facts_get(&f, "a")), 0);
    assert_string_equal(tare_facts_get(&f, "a"), "one, two");
    tare_facts_free(&f);
}

static void a_copy_stands_on_its_own(void **state)
{
    (void)state;
    struct tare_facts f = { 0 }, copy;
    for (int i = 0; i < 100; i++) {
        char key[16];
        snprintf(key, sizeof key, "key%d", i);
        assert_int_equal(tare_facts_set(&f, key, i % 2 == 0, "%d%% of %%s", i), 0);
    }
    assert_int_equal(tare_facts_copy(&copy, &f), 0);
    tare_facts_free(&f);
    assert_int_equal(copy.n, 100);
    assert_string_equal(copy.items[99].key, "key99");
    assert_string_equal(tare_facts_get(&copy, "key42"), "42% of %s");
    assert_true(copy.items[42].identity);
    assert_false(copy.items[43].identity);
    tare_facts_free(&copy);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(facts_keep_their_order_and_are_replaced_by_key),
    cmocka_unit_test(a_value_may_come_from_the_list_itself),
    cmocka_unit_test(a_copy_stands_on_its_own),
};

TARE_TEST_MAIN(tests)
