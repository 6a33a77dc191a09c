/* Libraries of others, measured beside our kernels: each computes what an operation of kn/ops.h is, from the same
 * inputs into the same output. They are opened while the suite runs; nothing is linked against them. */
#ifndef BENCHES_PEERS_PEER_H
#define BENCHES_PEERS_PEER_H

#include <kn/case.h>

struct peer_problem {
    const struct kn_case *c;
    const union kn_args *args; /* as a kernel gets them, without a work area */
    int n_threads;
    const int *cpus; /* [n_threads] to run on, or NULL */
};

struct peer {
    const char *variant; /* "peer_openblas" */
    enum kn_op op;
    enum kn_type type;
    bool (*takes)(const struct kn_dims *d); /* NULL = every shape */
    /* All that is done once and not timed: finding the library, setting its threads, making its primitives or graphs,
     * repacking the weights. 0 or an error; after an error there is nothing to close. */
    int (*open)(void **call, const struct peer_problem *p);
    void (*run)(void *call);
    void (*close)(void *call);
    /* The copy of the weights that the library repacked into memory of its own; NULL where it has none. */
    const void *(*repacked)(void *call, size_t *bytes);
    double rounding; /* how far, relative, it rounds what it multiplies (2^-11 for f16); 0 = computes in float */
};

/* The peers of this build, none where it was configured without them. */
const struct peer *bench_peers(size_t *n);

/* How far its answer and another's may lie apart: as kernels', and what its rounding of the inputs comes to. */
struct kn_answer bench_peer_answer(const struct peer *p, const struct kn_case *c);

/* Opens a peer, and runs it once so that the library's threads exist: on the CPUs behind the first one, where
 * that one is the calling thread's. */
int bench_peer_open(const struct peer *peer, void **call, const struct peer_problem *p);

/* Threads of libraries spin for a while when their work is done. Waits until they sleep, so that they do not take time
 * from whoever is measured next. */
void bench_peers_settle(void);

#endif
