/* The kernels of this build, and which of them a machine may run. */
#ifndef KN_REGISTRY_H
#define KN_REGISTRY_H

#include <kn/ops.h>

#include <stdbool.h>

struct tare_pool;

struct kn_kernel {
    enum kn_op op;
    enum kn_type type;
    const char *variant;    /* "avx2": the instruction set, with a tag behind it where there are several */
    unsigned level;         /* enum tare_cpu_level: what it must have */
    union kn_fn fn;         /* fn.<op> */
    kn_work_fn *work_bytes; /* NULL = needs no work area */
    bool packed;            /* of matmul: w is what the operation `pack` of its type makes of it (struct kn_pack) */
};

/* All kernels, grouped by instruction set, weakest first. */
const struct kn_kernel *kn_kernels(size_t *n);

/* The kernel of that variant, or the strongest that a set of levels (tare_cpu_levels, tare_cpu_mask) allows; NULL when
 * there is none. `ref` needs no level. The strongest takes weights as they lie in a file: whoever repacks them asks for
 * its kernel by name. */
const struct kn_kernel *kn_find(enum kn_op op, enum kn_type type, const char *variant);
const struct kn_kernel *kn_best(enum kn_op op, enum kn_type type, unsigned levels);
int kn_allowed(const struct kn_kernel *k, unsigned levels);

const char *kn_op_name(enum kn_op op);
const char *kn_op_formula(enum kn_op op);
enum kn_kind kn_op_kind(enum kn_op op);

/* Bytes of n rows of k when packed. TARE_EUSAGE for a type that has no such layout, or where they overflow. */
int kn_packed_bytes(enum kn_type type, size_t n, size_t k, size_t *bytes);

/* Calls the kernel on the calling thread. */
void kn_call(const struct kn_kernel *k, const union kn_args *a);

/* The part of a call that falls to one of n_threads: its own rows, columns of y or elements, and its own stretch of the
 * work area; of packed weights, whole panels. Parts share no output, so they need no lock and no barrier. */
void kn_split(const struct kn_kernel *k, const union kn_args *whole, int thread, int n_threads, union kn_args *part);

/* Calls the kernel on all threads of a pool, each on its part; NULL = the calling thread alone. What is one number
 * (a dot product, a sum, a token drawn) is one part: thread 0 does it. */
void kn_run(const struct kn_kernel *k, const union kn_args *a, struct tare_pool *pool);

struct kn_shape {
    enum kn_kind kind;
    const char *name;    /* "llama-1b.ffn_up" */
    struct kn_dims dims; /* m = 0: an axis of the caller's */
};

const struct kn_shape *kn_shapes(size_t *n);
const struct kn_shape *kn_shape_find(enum kn_kind kind, const char *name); /* NULL when there is none */

#endif
