/* A problem ready to be computed: which inputs an operation wants for given dimensions, what is in them, and what the
 * work costs. Tests and benches both build their calls here. */
#ifndef KN_CASE_H
#define KN_CASE_H

#include <kn/registry.h>

#include <stdint.h>

enum { KN_MAX_INPUTS = 3 };

/* What an input is filled with. */
enum kn_fill {
    KN_FILL_UNIFORM, /* seeded, in [-scale, scale) */
    KN_FILL_COS,     /* cos and sin of RoPE's angles: row * 10000^(-col/cols) */
    KN_FILL_SIN,
    KN_FILL_IDS, /* int32, seeded, in [0, scale) */
};

struct kn_input {
    const char *name; /* as in the argument structure: "x" */
    enum kn_type type;
    enum kn_fill fill;
    float scale;
    uint64_t seed;
    size_t rows, cols;
    size_t bytes;
};

struct kn_case {
    enum kn_op op;
    enum kn_type type;
    struct kn_dims dims;
    struct kn_input in[KN_MAX_INPUTS];
    size_t n_in;
    size_t out_count; /* floats written; of encoded rows their bytes / 4, rounded up */
};

/* Lays a problem out. TARE_EUSAGE for dimensions that make no sense (an odd head_dim) or whose product overflows. */
int kn_case_make(struct kn_case *c, enum kn_op op, enum kn_type type, const struct kn_dims *d);

/* How long the rows are that an operation has in its type, which must be whole blocks of it; 0 where it has none. */
size_t kn_op_row(enum kn_op op, const struct kn_dims *d);

/* Fills `dst`, of in->bytes bytes; the same on every machine and in every build but for libm's cos and sin. */
void kn_input_fill(const struct kn_input *in, void *dst);

/* A key that names the content: "f32/uniform/2048x512/1/3". Returns what snprintf does. */
int kn_input_key(const struct kn_input *in, char *key, size_t size);

/* Work area for n_threads, or 0. */
size_t kn_work_bytes(const struct kn_kernel *k, const struct kn_dims *d, int n_threads);

/* Arguments for a kernel: `in` [n_in] as laid out, `out` [out_count], `work` of kn_work_bytes() or NULL. */
void kn_case_args(const struct kn_case *c, const struct kn_kernel *k, const void *const *in, float *out, void *work,
                  union kn_args *args);

/* How far two right answers to the problem may lie apart, in ulp of f32: of the scale, or where that is 0 of each
 * element (as struct tare_output of tare/bench.h has it).
 *
 * Twice the error that kn/ops.h states, with one difference: gamma(n), which holds for any data, lets an error through
 * that is larger than what a term too few makes. The inputs here are random, so that roundings do not add up but walk:
 * they come to sqrt(n) u of a sum of positive terms, and of one whose terms cancel to sqrt(n) u of the size that its
 * result usually has (Higham and Mary, "A New Approach to Probabilistic Rounding Error Analysis", SIAM J. Sci. Comput.
 * 41, 2019; "Sharper Probabilistic Backward Error Analysis ... with Random Data", ibid. 42, 2020). Plain
 * loops in float stay below these bounds; one term too few, or inputs rounded to bf16, does not. */
struct kn_answer {
    double scale, bound;
};
struct kn_answer kn_case_answer(const struct kn_case *c);

/* What one call costs by the count of the algorithm: an add, multiply, compare, division, root or exponential is one
 * operation, every input is read once and every output written once. */
struct kn_cost {
    double flops, bytes_read, bytes_written;
};

struct kn_cost kn_case_cost(const struct kn_case *c);

#endif
