/* One case of the suite, from setup to teardown. */
#ifndef BENCHES_KERNELS_FIXTURE_H
#define BENCHES_KERNELS_FIXTURE_H

#include <tare/bench.h>

#include <kn/case.h>

/* What a case measures. Its `arg` is the kernel; its params are the shape, its axis and, where it has that axis,
 * threads. */
struct bench {
    const struct kn_kernel *kernel;
    struct kn_dims dims;
    int n_threads;
};

/* The dimension of a shape that is an axis of its own where the shape leaves it open: m, or the positions of attention.
 */
size_t *bench_axis(enum kn_op op, struct kn_dims *d);

int bench_setup(void **fixture, const struct tare_case *c, const struct tare_host *host);
void bench_run(void *fixture, const struct tare_loop *loop);
void bench_teardown(void *fixture);
int bench_output(void *fixture, size_t index, struct tare_output *out);

#endif
