/* A thread pool for data-parallel work. Its threads park on a futex when there is nothing to do, so that two pools (two
 * builds of one suite) share the cores without disturbing each other. */
#ifndef TARE_BASE_POOL_H
#define TARE_BASE_POOL_H

#include <stddef.h>

struct tare_pool;

/* A pool of n_threads (>= 1), of which the caller of tare_pool_run is one; cpus is [n_threads] logical CPUs to bind
 * to (the caller, cpus[0], is not bound here), or NULL. */
int tare_pool_create(struct tare_pool **out, int n_threads, const int *cpus);
void tare_pool_free(struct tare_pool *pool);

int tare_pool_threads(const struct tare_pool *pool);

/* Calls task(ctx, thread, n_threads) once on every thread, thread 0 being the caller; returns when all are done. Not
 * reentrant. */
void tare_pool_run(struct tare_pool *pool, void (*task)(void *ctx, int thread, int n_threads), void *ctx);

/* All threads of the running task wait here for each other. */
void tare_pool_barrier(struct tare_pool *pool);

/* The part [*begin, *end) of n elements that falls to one thread, in multiples of `grain` (>= 1). */
void tare_pool_split(size_t n, size_t grain, int thread, int n_threads, size_t *begin, size_t *end);

#endif
