#include "framework/base/pool.h"

#include "framework/base/error.h"
#include "framework/base/mem.h"

#include <assert.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#if defined(__x86_64__)
#include <emmintrin.h>
#endif

enum { SPIN_NS = 20000, CACHE_LINE = 64 };

/* A word that threads wait on to change: they spin a short while, then sleep in the kernel. All that happens before
 * `signal_set` or `signal_add` is seen by those who saw the new value. */
struct signal {
    _Alignas(CACHE_LINE) atomic_uint value;
    atomic_uint sleepers;
};

struct tare_pool {
    int n_threads;
    int n_started; /* workers that run: threads[0 .. n_started) */
    bool stop;     /* written before `job` changes */
    void (*task)(void *ctx, int thread, int n_threads);
    void *ctx;
    struct signal job;                        /* counts the runs; workers wait for the next */
    struct signal pending;                    /* workers that are not done with this run */
    struct signal phase;                      /* counts the barriers passed */
    _Alignas(CACHE_LINE) atomic_uint arrived; /* threads that wait at the barrier */
    struct worker {
        pthread_t thread;
        struct tare_pool *pool;
        int index;
    } * workers; /* [n_threads - 1]; thread i of a run is workers[i - 1] */
};

static void relax(void)
{
#if defined(__x86_64__)
    _mm_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

static int64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* Returns once the value is not `old` any more. */
static void signal_wait(struct signal *s, unsigned old)
{
    int64_t end = now_ns() + SPIN_NS;
    do {
        for (int i = 0; i < 32; i++) {
            if (atomic_load_explicit(&s->value, memory_order_acquire) != old)
                return;
            relax();
        }
    } while (now_ns() < end);
    /* Either the one who changes the value sees this sleeper and wakes it, or the kernel sees the changed value and
     * does not put it to sleep: both orders are sequentially consistent. */
    atomic_fetch_add(&s->sleepers, 1);
    while (atomic_load(&s->value) == old)
        syscall(SYS_futex, &s->value, FUTEX_WAIT_PRIVATE, old, NULL, NULL, 0);
    atomic_fetch_sub(&s->sleepers, 1);
}

static void signal_wake(struct signal *s)
{
    if (atomic_load(&s->sleepers))
        syscall(SYS_futex, &s->value, FUTEX_WAKE_PRIVATE, INT32_MAX, NULL, NULL, 0);
}

static void *work(void *arg)
{
    const struct worker *w = arg;
    struct tare_pool *p = w->pool;
    for (unsigned seen = 0;; seen++) {
        signal_wait(&p->job, seen);
        if (p->stop)
            return NULL;
        p->task(p->ctx, w->index, p->n_threads);
        if (atomic_fetch_sub(&p->pending.value, 1) == 1)
            signal_wake(&p->pending);
    }
}

static int start_worker(struct tare_pool *p, int index, const int *cpus)
{
    struct worker *w = &p->workers[index - 1];
    *w = (struct worker){ .pool = p, .index = index };
    cpu_set_t *set = NULL;
    pthread_attr_t attr;
    pthread_attr_init(&attr);
    int rc = 0;
    if (cpus) {
        int cpu = cpus[index];
        size_t bytes = CPU_ALLOC_SIZE(cpu + 1);
        set = cpu >= 0 ? CPU_ALLOC(cpu + 1) : NULL;
        if (!set) {
            rc = tare_fail(TARE_EIO, "cannot bind a thread to CPU %d: no such CPU", cpu);
            goto done;
        }
        CPU_ZERO_S(bytes, set);
        CPU_SET_S(cpu, bytes, set);
        pthread_attr_setaffinity_np(&attr, bytes, set);
    }
    int error = pthread_create(&w->thread, &attr, work, w);
    if (error && cpus)
        rc = tare_fail(TARE_EIO, "cannot start a thread on CPU %d: %s", cpus[index], strerror(error));
    else if (error)
        rc = tare_fail(TARE_EIO, "cannot start thread %d of %d: %s", index, p->n_threads, strerror(error));
    else
        p->n_started++;
done:
    pthread_attr_destroy(&attr);
    CPU_FREE(set);
    return rc;
}

int tare_pool_create(struct tare_pool **out, int n_threads, const int *cpus)
{
    assert(n_threads >= 1);
    *out = NULL;
    struct tare_pool *p = tare_aligned(CACHE_LINE, sizeof *p);
    if (!p)
        return TARE_ENOMEM;
    memset(p, 0, sizeof *p);
    p->n_threads = n_threads;
    p->workers = tare_calloc((size_t)n_threads - 1, sizeof *p->workers);
    int rc = p->workers ? TARE_OK : TARE_ENOMEM;

    sigset_t every, before; /* signals are for the threads of the program */
    sigfillset(&every);
    pthread_sigmask(SIG_SETMASK, &every, &before);
    for (int i = 1; i < n_threads && !rc; i++)
        rc = start_worker(p, i, cpus);
    pthread_sigmask(SIG_SETMASK, &before, NULL);

    if (rc)
        tare_pool_free(p);
    else
        *out = p;
    return rc;
}

void tare_pool_free(struct tare_pool *p)
{
    if (!p)
        return;
    p->stop = true;
    atomic_fetch_add(&p->job.value, 1);
    signal_wake(&p->job);
    for (int i = 0; i < p->n_started; i++)
        pthread_join(p->workers[i].thread, NULL);
    free(p->workers);
    free(p);
}

int tare_pool_threads(const struct tare_pool *p)
{
    return p->n_threads;
}

void tare_pool_run(struct tare_pool *p, void (*task)(void *ctx, int thread, int n_threads), void *ctx)
{
    if (p->n_threads == 1) {
        task(ctx, 0, 1);
        return;
    }
    p->task = task;
    p->ctx = ctx;
    atomic_store(&p->pending.value, (unsigned)p->n_threads - 1);
    atomic_fetch_add(&p->job.value, 1);
    signal_wake(&p->job);
    task(ctx, 0, p->n_threads);
    for (unsigned left; (left = atomic_load_explicit(&p->pending.value, memory_order_acquire)) != 0;)
        signal_wait(&p->pending, left);
}

void tare_pool_barrier(struct tare_pool *p)
{
    unsigned phase = atomic_load(&p->phase.value);
    if (atomic_fetch_add(&p->arrived, 1) + 1 < (unsigned)p->n_threads) {
        signal_wait(&p->phase, phase);
        return;
    }
    atomic_store(&p->arrived, 0);
    atomic_fetch_add(&p->phase.value, 1);
    signal_wake(&p->phase);
}

void tare_pool_split(size_t n, size_t grain, int thread, int n_threads, size_t *begin, size_t *end)
{
    assert(grain >= 1 && thread >= 0 && thread < n_threads);
    if (n_threads == 1) { /* without the divisions */
        *begin = 0;
        *end = n;
        return;
    }
    size_t grains = n / grain + (n % grain != 0);
    size_t each = grains / (size_t)n_threads, extra = grains % (size_t)n_threads, t = (size_t)thread;
    size_t first = t * each + (t < extra ? t : extra);
    size_t last = first + each + (t < extra);
    *begin = first < grains ? first * grain : n;
    *end = last < grains ? last * grain : n;
}
