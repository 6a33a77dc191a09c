/* One problem of an operation, held so that a kernel which reads or writes beside its own data is found: inputs end
 * where their memory ends (AddressSanitizer watches), outputs lie between canaries. And what the results should be,
 * computed apart from the kernels, with the error that kn/ops.h allows. */
#ifndef TESTS_KERNELS_TRIAL_H
#define TESTS_KERNELS_TRIAL_H

#include <kn/case.h>

#include <stdbool.h>

struct trial {
    struct kn_case c;
    size_t offset;            /* floats from the 64-byte boundary that the arrays begin at */
    float *in[KN_MAX_INPUTS]; /* may be changed before a run; where the type is another than f32, what it decodes to */
    void *raw[KN_MAX_INPUTS]; /* what a kernel reads: in itself, or its encoded rows */
    float *ref;               /* [out_count] what `ref` gives, after trial_reference */
    float *y;                 /* [out_count] of the last run */
    void *blocks[2 * KN_MAX_INPUTS + 1];
};

/* A problem of floats, and one whose weights are of a type. */
void trial_make(struct trial *t, enum kn_op op, struct kn_dims d, size_t offset);
void trial_make_typed(struct trial *t, enum kn_op op, enum kn_type type, struct kn_dims d, size_t offset);
void trial_free(struct trial *t);

/* After a change of `in` (or of `raw`): encodes it again where it has a type, and decodes what became of it. */
void trial_encode(struct trial *t, size_t input);
void trial_decode(struct trial *t, size_t input);

/* Runs a kernel (on a pool, or NULL) into t->y, its work area and y filled with NaN before; fails the test when
 * anything around y changed. */
void trial_run(struct trial *t, const struct kn_kernel *k, struct tare_pool *pool);

/* Runs `ref` into t->ref. */
void trial_reference(struct trial *t);

/* The exact result of element i (in long double, by the definition), the error that a variant may have, and what `ref`
 * may have beside its one rounding. */
struct expected {
    long double value, error, ref_error;
};
struct expected trial_expected(const struct trial *t, size_t i);

/* Fails unless t->y has NaN and infinities where t->ref has them, and all else within the bound. Where x is rounded an
 * infinity may be a NaN. */
void trial_check_like_ref(const struct trial *t, const struct kn_kernel *k);

/* The i-th kernel of an operation on floats, or on the problem's type, that this machine can run; NULL behind the last.
 * i = 0 is `ref`. */
const struct kn_kernel *trial_kernel(enum kn_op op, size_t i);
const struct kn_kernel *trial_variant(const struct trial *t, size_t i);

#endif
