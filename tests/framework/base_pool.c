#include "framework/base/error.h"
#include "framework/base/pool.h"
#include "tests/harness.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { MAX_THREADS = 9 };
static const int sizes[] = { 1, 2, 3, 4, MAX_THREADS };

static struct tare_pool *pool_of(int n_threads)
{
    struct tare_pool *pool;
    assert_int_equal(tare_pool_create(&pool, n_threads, NULL), 0);
    assert_int_equal(tare_pool_threads(pool), n_threads);
    return pool;
}

/* Plain memory, each thread its own: the sanitizer sees a missing order between the threads. */
struct tally {
    int runs[MAX_THREADS];
    int n_threads;
    long in, out[MAX_THREADS];
};

static void count(void *ctx, int thread, int n_threads)
{
    struct tally *t = ctx;
    t->runs[thread]++;
    t->out[thread] = t->in + thread;
    if (thread == 0)
        t->n_threads = n_threads;
}

static void every_thread_runs_the_task_once_a_run(void **state)
{
    (void)state;
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        struct tare_pool *pool = pool_of(sizes[s]);
        struct tally t = { .in = 0 };
        enum { RUNS = 2000 };
        for (int i = 0; i < RUNS; i++) {
            t.in = i;
            tare_pool_run(pool, count, &t);
            for (int k = 0; k < sizes[s]; k++)
                assert_int_equal(t.out[k], i + k);
        }
        assert_int_equal(t.n_threads, sizes[s]);
        for (int k = 0; k < MAX_THREADS; k++)
            assert_int_equal(t.runs[k], k < sizes[s] ? RUNS : 0);
        tare_pool_free(pool);
    }
}

struct relay {
    struct tare_pool *pool;
    int phases;
    int slot[MAX_THREADS]; /* written by its thread in even halves, read by all in odd ones */
    int wrong[MAX_THREADS];
};

static void pass_phases(void *ctx, int thread, int n_threads)
{
    struct relay *r = ctx;
    for (int phase = 1; phase <= r->phases; phase++) {
        r->slot[thread] = phase;
        tare_pool_barrier(r->pool);
        for (int k = 0; k < n_threads; k++)
            r->wrong[thread] += r->slot[k] != phase;
        tare_pool_barrier(r->pool);
    }
}

static void a_barrier_separates_what_is_before_from_what_is_after(void **state)
{
    (void)state;
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        struct relay r = { .pool = pool_of(sizes[s]), .phases = 100 };
        for (int i = 0; i < 3; i++)
            tare_pool_run(r.pool, pass_phases, &r);
        for (int k = 0; k < MAX_THREADS; k++)
            assert_int_equal(r.wrong[k], 0);
        tare_pool_free(r.pool);
    }
}

static void note_id(void *ctx, int thread, int n_threads)
{
    (void)n_threads;
    ((int *)ctx)[thread] = (int)gettid();
}

/* The state letter of a thread of this process. */
static char thread_state(int id)
{
    char path[64], line[256] = "";
    snprintf(path, sizeof path, "/proc/self/task/%d/stat", id);
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    assert_non_null(fgets(line, sizeof line, f));
    fclose(f);
    return strrchr(line, ')')[2];
}

static void idle_threads_sleep_in_the_kernel_and_wake_again(void **state)
{
    (void)state;
    struct tare_pool *pool = pool_of(3);
    int ids[3];
    for (int round = 0; round < 20; round++) {
        tare_pool_run(pool, note_id, ids);
        for (int k = 1; k < 3; k++) {
            int tries = 0;
            while (thread_state(ids[k]) != 'S') {
                assert_true(tries++ < 20000);
                nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
            }
        }
    }
    tare_pool_free(pool);
}

static void two_pools_take_turns(void **state)
{
    (void)state;
    struct tare_pool *a = pool_of(3), *b = pool_of(2);
    struct tally x = { 0 }, y = { 0 };
    for (int i = 0; i < 500; i++) {
        tare_pool_run(a, count, &x);
        tare_pool_run(b, count, &y);
    }
    assert_int_equal(x.runs[2], 500);
    assert_int_equal(y.runs[1], 500);
    tare_pool_free(a);
    tare_pool_free(b);
}

static void pools_come_and_go(void **state)
{
    (void)state;
    for (int i = 0; i < 100; i++) {
        struct tare_pool *pool = pool_of(1 + i % 4);
        struct tally t = { 0 };
        if (i % 2)
            tare_pool_run(pool, count, &t);
        tare_pool_free(pool);
    }
    tare_pool_free(NULL);
}

static void note_cpu(void *ctx, int thread, int n_threads)
{
    (void)n_threads;
    ((int *)ctx)[thread] = sched_getcpu();
}

static void workers_are_bound_to_their_cpus(void **state)
{
    (void)state;
    cpu_set_t allowed;
    assert_int_equal(sched_getaffinity(0, sizeof allowed, &allowed), 0);
    int cpus[MAX_THREADS], on[MAX_THREADS], n = 0;
    for (int i = 0; i < CPU_SETSIZE && n < 4; i++)
        if (CPU_ISSET(i, &allowed))
            cpus[n++] = i;
    while (n < 4) { /* more threads than CPUs */
        cpus[n] = cpus[n - 1];
        n++;
    }
    struct tare_pool *pool;
    assert_int_equal(tare_pool_create(&pool, n, cpus), 0);
    for (int i = 0; i < 20; i++) {
        tare_pool_run(pool, note_cpu, on);
        for (int k = 1; k < n; k++)
            assert_int_equal(on[k], cpus[k]);
    }
    tare_pool_free(pool);
}

static void a_cpu_that_does_not_exist_is_an_error(void **state)
{
    (void)state;
    static const int table[] = { 1000000, -1 };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct tare_pool *pool = (struct tare_pool *)state;
        char number[16];
        snprintf(number, sizeof number, "CPU %d", table[i]);
        assert_int_equal(tare_pool_create(&pool, 2, (const int[]){ 0, table[i] }), TARE_EIO);
        assert_null(pool);
        assert_non_null(strstr(tare_error(), number));
    }
}

static void a_split_covers_everything_once_in_whole_grains(void **state)
{
    (void)state;
    static const size_t counts[] = { 0, 1, 2, 7, 8, 63, 64, 65, 1000, SIZE_MAX, SIZE_MAX - 1 };
    static const size_t grains[] = { 1, 2, 8, 64, 4096 };
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        for (size_t g = 0; g < sizeof grains / sizeof *grains; g++)
            for (int n = 1; n <= 17; n++) {
                size_t at = 0, least = SIZE_MAX, most = 0;
                for (int t = 0; t < n; t++) {
                    size_t begin, end;
                    tare_pool_split(counts[i], grains[g], t, n, &begin, &end);
                    assert_true(begin == at && end >= begin);
                    assert_true(begin % grains[g] == 0 || begin == counts[i]);
                    size_t whole = (end - begin) / grains[g] + ((end - begin) % grains[g] != 0);
                    least = whole < least ? whole : least;
                    most = whole > most ? whole : most;
                    at = end;
                }
                assert_true(at == counts[i]);
                assert_true(most - least <= 1);
            }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(every_thread_runs_the_task_once_a_run),
    cmocka_unit_test(a_barrier_separates_what_is_before_from_what_is_after),
    cmocka_unit_test(idle_threads_sleep_in_the_kernel_and_wake_again),
    cmocka_unit_test(two_pools_take_turns),
    cmocka_unit_test(pools_come_and_go),
    cmocka_unit_test(workers_are_bound_to_their_cpus),
    cmocka_unit_test(a_cpu_that_does_not_exist_is_an_error),
    cmocka_unit_test(a_split_covers_everything_once_in_whole_grains),
};

TARE_TEST_MAIN(tests)
