/* Records in the kernel's ring, made by hand. */
#include "framework/platform/ring.h"
#include "tests/harness.h"

#include <linux/perf_event.h>
#include <string.h>

enum { SIZE = 256 };

struct ring {
    char data[SIZE];
    uint64_t head;
};

static void put(struct ring *r, const void *from, size_t n)
{
    for (size_t i = 0; i < n; i++)
        r->data[r->head++ % SIZE] = ((const char *)from)[i];
}

static void put_record(struct ring *r, uint32_t type, uint16_t size, const uint64_t *body, size_t words)
{
    const struct perf_event_header h = { .type = type, .size = size };
    put(r, &h, sizeof h);
    put(r, body, words * sizeof *body);
}

static void put_sample(struct ring *r, uint64_t ip)
{
    put_record(r, PERF_RECORD_SAMPLE, 16, &ip, 1);
}

struct seen {
    uint64_t ips[64];
    size_t n;
};

static void see(void *ctx, uint64_t ip)
{
    struct seen *s = ctx;
    assert_true(s->n < 64);
    s->ips[s->n++] = ip;
}

static void samples_and_losses_are_read_in_order(void **state)
{
    (void)state;
    struct ring r = { .head = 0 };
    struct seen seen = { .n = 0 };
    struct tare_ring_sink sink = { .sample = see, .ctx = &seen };
    put_sample(&r, 0x1000);
    put_record(&r, PERF_RECORD_LOST, 24, (const uint64_t[]){ 7, 41 }, 2);
    put_record(&r, PERF_RECORD_THROTTLE, 32, (const uint64_t[]){ 1, 2, 3 }, 3);
    put_sample(&r, UINT64_MAX);
    assert_int_equal(tare_ring_read(&sink, r.data, SIZE, 0, r.head), r.head);
    assert_int_equal(seen.n, 2);
    assert_true(seen.ips[0] == 0x1000 && seen.ips[1] == UINT64_MAX);
    assert_int_equal(sink.lost, 41);
}

static void a_record_that_wraps_is_read_whole(void **state)
{
    (void)state;
    for (uint64_t start = SIZE - 24; start < SIZE; start += 8) {
        struct ring r = { .head = start + 5 * SIZE };
        struct seen seen = { .n = 0 };
        struct tare_ring_sink sink = { .sample = see, .ctx = &seen };
        uint64_t tail = r.head;
        put_sample(&r, 0x0123456789abcdef);
        put_record(&r, PERF_RECORD_LOST, 24, (const uint64_t[]){ 7, 3 }, 2);
        put_sample(&r, 0xfedcba9876543210);
        assert_int_equal(tare_ring_read(&sink, r.data, SIZE, tail, r.head), r.head);
        assert_int_equal(seen.n, 2);
        assert_true(seen.ips[0] == 0x0123456789abcdef && seen.ips[1] == 0xfedcba9876543210);
        assert_int_equal(sink.lost, 3);
    }
}

static void a_record_of_an_impossible_size_ends_the_reading(void **state)
{
    (void)state;
    static const uint16_t sizes[] = { 0, 4, 7, 300, UINT16_MAX };
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct ring r = { .head = 0 };
        struct seen seen = { .n = 0 };
        struct tare_ring_sink sink = { .sample = see, .ctx = &seen };
        put_sample(&r, 1);
        put_record(&r, PERF_RECORD_SAMPLE, sizes[i], (const uint64_t[]){ 2 }, 1);
        assert_int_equal(tare_ring_read(&sink, r.data, SIZE, 0, r.head), r.head);
        assert_int_equal(seen.n, 1);
    }
}

static void a_sample_without_its_address_is_passed_over(void **state)
{
    (void)state;
    struct ring r = { .head = 0 };
    struct seen seen = { .n = 0 };
    struct tare_ring_sink sink = { .sample = see, .ctx = &seen };
    put_record(&r, PERF_RECORD_SAMPLE, 8, NULL, 0);
    put_record(&r, PERF_RECORD_LOST, 16, (const uint64_t[]){ 7 }, 1);
    put_sample(&r, 9);
    tare_ring_read(&sink, r.data, SIZE, 0, r.head);
    assert_int_equal(seen.n, 1);
    assert_int_equal(seen.ips[0], 9);
    assert_int_equal(sink.lost, 0);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(samples_and_losses_are_read_in_order),
    cmocka_unit_test(a_record_that_wraps_is_read_whole),
    cmocka_unit_test(a_record_of_an_impossible_size_ends_the_reading),
    cmocka_unit_test(a_sample_without_its_address_is_passed_over),
};

TARE_TEST_MAIN(tests)
