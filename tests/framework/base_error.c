#include "framework/base/error.h"
#include "tests/harness.h"

#include <pthread.h>
#include <string.h>

static void the_message_is_formatted_and_the_code_returned(void **state)
{
    (void)state;
    assert_int_equal(tare_fail(TARE_EPARSE, "%s: line %d", "results", 7), TARE_EPARSE);
    assert_string_equal(tare_error(), "results: line 7");
    tare_error_clear();
    assert_string_equal(tare_error(), "");
}

/* What a file or a user wrote may neither break the line nor speak to the terminal. */
static void control_characters_do_not_come_through(void **state)
{
    (void)state;
    tare_fail(TARE_EPARSE, "%s: \t'%s'", "a\nb", "\x1b[2J\r\x7f\x01\xC3\xA9");
    assert_string_equal(tare_error(), "a?b: ?'?[2J???\xC3\xA9'");
}

static void a_long_message_is_cut_at_1023_bytes(void **state)
{
    (void)state;
    char text[3000];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    tare_fail(TARE_EIO, "%s", text);
    assert_int_equal(strlen(tare_error()), 1023);
}

static void *fail_elsewhere(void *before)
{
    *(int *)before = (int)strlen(tare_error());
    tare_fail(TARE_EIO, "there");
    return NULL;
}

static void every_thread_has_a_message_of_its_own(void **state)
{
    (void)state;
    int before = -1;
    pthread_t thread;
    tare_fail(TARE_EIO, "here");
    assert_int_equal(pthread_create(&thread, NULL, fail_elsewhere, &before), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(before, 0);
    assert_string_equal(tare_error(), "here");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_message_is_formatted_and_the_code_returned),
    cmocka_unit_test(control_characters_do_not_come_through),
    cmocka_unit_test(a_long_message_is_cut_at_1023_bytes),
    cmocka_unit_test(every_thread_has_a_message_of_its_own),
};

TARE_TEST_MAIN(tests)
