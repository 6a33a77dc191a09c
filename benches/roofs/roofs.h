/* The roofs of a machine: how much it computes and how many bytes it moves at the very most. One structure an
 * instruction set; what runs on every machine is `ref`. */
#ifndef BENCHES_ROOFS_ROOFS_H
#define BENCHES_ROOFS_ROOFS_H

#include <tare/bench.h>

#include <stdbool.h>

enum roof_op { ROOF_FMA_F32, ROOF_DOT_INT8, ROOF_READ, ROOF_ADD, ROOF_COPY, ROOF_FILL, ROOF_OPS };

enum {
    ROOF_GRAIN = 4096,      /* an array's bytes are a multiple */
    ROOF_MOST_FLOATS = 512, /* of roof_fma_fn's and roof_dot_fn's accumulators */
    ROOF_VALUE = 0x55,      /* what every byte is filled with */
};

/* One walk through memory. y is read by none, a and b are written by none; which are used, by operation:
 *   read   a               the exclusive or of its 64-bit words is returned; 0 where `passes` is even
 *   add    y[i] = a[i] + b[i], floats
 *   copy   y[i] = a[i]
 *   fill   y[i] = ROOF_VALUE, bytes */
struct roof_walk {
    char *y;           /* [bytes] */
    const char *a, *b; /* [bytes] */
    size_t bytes;      /* a multiple of ROOF_GRAIN */
    size_t passes;     /* how often, from the beginning each time */
};
typedef uint64_t roof_walk_fn(const struct roof_walk *w);

/* acc[i] = acc[i] m + x, `rounds` times; two operations each. */
typedef void roof_fma_fn(float *acc, float m, float x, uint64_t rounds);

/* acc[i] += a[4j] b[4j] + ... + a[4j+3] b[4j+3] modulo 2^32, j = i mod (vector / 4), `rounds` times; eight operations
 * each. */
typedef void roof_dot_fn(int32_t *acc, const uint8_t *a, const int8_t *b, uint64_t rounds);

/* One way to do an operation on memory: which is the fastest hangs on the machine and on the level. */
struct roof_pattern {
    enum roof_op op;
    const char *name; /* "4s+p1024": four streams side by side, prefetched 1024 bytes ahead */
    roof_walk_fn *walk;
};

struct roof_isa {
    const char *variant;
    unsigned level;                      /* enum tare_cpu_level: what it must have */
    roof_fma_fn *fma;                    /* or NULL: the same as a weaker one's */
    size_t n_fma;                        /* accumulators: floats */
    roof_dot_fn *dot;                    /* or NULL */
    size_t n_dot;                        /* accumulators: int32 */
    size_t dot_bytes;                    /* of a and of b: one vector */
    const struct roof_pattern *patterns; /* [n_patterns], or NULL */
    size_t n_patterns;
};

extern const struct roof_isa roof_isa_ref;
#if defined(__x86_64__)
extern const struct roof_isa roof_isa_avx2, roof_isa_avx512, roof_isa_avx512_vnni;
#endif
extern const struct roof_isa *const roof_isas[]; /* weakest first */
extern const size_t roof_n_isas;

/* ---- the memory's levels ---- */

enum { ROOF_LEVELS = 4 }; /* L1, L2, L3, DRAM */

struct roof_level {
    const char *name;
    size_t bytes;   /* what to walk through so that it comes from this level, by all threads; 0: no such level */
    bool in_memory; /* no cache: what is read makes up `bytes` alone, for what is written may go past the caches */
};

/* What one cache of a level holds, and how many of them the threads have between them; 0 where there is none. */
struct roof_cache {
    size_t bytes;
    size_t count;
};

/* Reads root/sys/devices/system/cpu: the data caches of the CPUs that n threads run on (cpus[n], or NULL: the first
 * n). caches[k] is level k + 1. */
void roof_caches(struct roof_cache caches[3], const char *root, const int *cpus, int n);

/* A cache is met with four times what the caches before it hold, at most three quarters of itself; the memory with
 * twice the last cache, but no more than an eighth of what the machine has (a copy takes that twice). */
void roof_levels(struct roof_level levels[ROOF_LEVELS], const struct roof_cache caches[3], size_t memory_bytes);

/* ---- one case ---- */

struct roof {
    const struct roof_isa *isa;
    const struct roof_pattern *pattern; /* NULL: the fastest, found at setup */
    enum roof_op op;
    size_t bytes; /* as in struct roof_level; 0 for arithmetic */
    bool in_memory;
    uint32_t n_threads;
};

/* What one thread does in one iteration: rounds of arithmetic, or bytes of each array. */
uint64_t roof_rounds(const struct roof *r);
size_t roof_part(const struct roof *r);    /* bytes of each array that a thread has */
size_t roof_stretch(const struct roof *r); /* bytes of each array that it walks through: part of them, or passes */

extern const char *const roof_groups[ROOF_OPS]; /* "read" */

/* The levels of this machine, for the host's first n threads. */
void roof_find_levels(struct roof_level levels[ROOF_LEVELS], const struct tare_host *host, int n_threads);

/* What a case of the suite measures, from its group, params and arg (the instruction set). */
void roof_of_case(struct roof *r, const struct tare_case *c, const struct tare_host *host);
struct tare_work roof_work(const struct roof *r); /* of an iteration, all threads together */

int roof_setup(void **fixture, const struct tare_case *c, const struct tare_host *host);
void roof_run(void *fixture, const struct tare_loop *loop);
void roof_teardown(void *fixture);

#endif
