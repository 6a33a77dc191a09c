/* One case of the suite, from setup to teardown. */
#ifndef BENCHES_KERNELS_FIXTURE_H
#define BENCHES_KERNELS_FIXTURE_H

#include <tare/bench.h>

#include <kn/case.h>

#include "benches/peers/peer.h"

/* What a case measures: a kernel, or a library beside it. */
struct bench {
    enum kn_op op;
    enum kn_type type;
    const char *variant;
    const struct kn_kernel *kernel; /* or */
    const struct peer *peer;
    struct kn_dims dims;
    int n_threads;
    bool cold;     /* its weights, or cache of keys and values, come from memory at every iteration */
    size_t align;  /* inputs and y begin so many bytes behind the beginning of a line; 0 = on one */
    bool in_place; /* y is x */
};

/* The dimension of a shape that is an axis of its own where the shape leaves it open: m, or the positions of attention.
 */
size_t *bench_axis(enum kn_op op, struct kn_dims *d);

/* Fills peak, n_threads and working_set of a case whose work is declared. */
void bench_roof(struct tare_case *c, const struct bench *b);

/* Whether the problem has the axis cache=hot|cold, and whether enough of it can be cold to be worth measuring. */
bool bench_has_cache(const struct bench *b);
bool bench_can_be_cold(const struct kn_case *c);

/* Whether the problem has cases y=x: operations that turn or even out what they are given, so that it does not matter
 * how often they did so before. */
bool bench_has_place(const struct bench *b);

/* The inputs that are cold in a cold case: weights, keys and values. Returns how many, from in[*first] on. */
size_t bench_cold_inputs(enum kn_op op, size_t *first);

/* The case's `arg` is the kernel, or the peer; its params are the shape, its axis and, where it has them, threads,
 * cache, align and y. */
int bench_setup(void **fixture, const struct tare_case *c, const struct tare_host *host);
int bench_setup_peer(void **fixture, const struct tare_case *c, const struct tare_host *host);
void bench_reset(void *fixture);
void bench_run(void *fixture, const struct tare_loop *loop);
void bench_teardown(void *fixture);
int bench_output(void *fixture, size_t index, struct tare_output *out);

#endif
