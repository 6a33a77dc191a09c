/* How far two right answers may lie apart (kn_case_answer): no right kernel goes further, and a mistake does. */
#include <math.h>
#include <string.h>

#include "tests/harness.h"
#include "tests/kernels/trial.h"

/* The place of a float among all floats; -0 and 0 share one. */
static double place(float x)
{
    int32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits < 0 ? -(double)(bits & INT32_MAX) : (double)bits;
}

/* The largest distance in units of the bound; a bound of nothing counts as a millionth. */
static double largest_distance(const struct trial *t, const float *y)
{
    struct kn_answer a = kn_case_answer(&t->c);
    double worst = 0, scale = (double)nextafterf((float)a.scale, INFINITY) - (double)(float)a.scale;
    for (size_t i = 0; i < t->c.out_count; i++) {
        double d = a.scale > 0 ? fabs((double)y[i] - (double)t->ref[i]) / scale : fabs(place(y[i]) - place(t->ref[i]));
        worst = d > worst ? d : worst;
    }
    return worst / (a.bound > 0 ? a.bound : 1e-6);
}

static const struct {
    enum kn_op op;
    struct kn_dims d;
} problems[] = {
    { KN_OP_matmul, { 1, 512, 2048 } },
    { KN_OP_matmul, { 4, 64, 8192 } },
    { KN_OP_matmul, { 33, 40, 64 } },
    { KN_OP_matmul, { 3, 5, 2 } },
    { KN_OP_dot, { 1, 4096, 1 } },
    { KN_OP_dot, { 1, 17, 1 } },
    { KN_OP_add, { 4, 4096, 1 } },
    { KN_OP_mul, { 4, 4096, 1 } },
    { KN_OP_relu, { 4, 4096, 1 } },
    { KN_OP_gelu, { 32, 4096, 1 } },
    {
        KN_OP_gelu_tanh,
        { 32, 4096, 1 },
    },
    { KN_OP_silu, { 32, 4096, 1 } },
    { KN_OP_softmax, { 32, 512, 1 } },
    { KN_OP_softmax, { 1, 128256, 1 } },
    { KN_OP_rmsnorm, { 16, 2048, 1 } },
    { KN_OP_rmsnorm, { 16, 5, 1 } },
    { KN_OP_layernorm, { 16, 2048, 1 } },
    { KN_OP_layernorm, { 16, 5, 1 } },
    { KN_OP_rope_pairs, { 64, 32, 64 } },
    { KN_OP_rope_halves, { 64, 32, 64 } },
    { KN_OP_rope_pairs_computed, { 64, 32, 64 } },
    { KN_OP_rope_halves_computed, { 512, 32, 128 } },
};
enum { N_PROBLEMS = sizeof problems / sizeof *problems };

static void every_kernel_answers_within_the_bound(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_PROBLEMS; i++) {
        struct trial t;
        trial_make(&t, problems[i].op, problems[i].d, 0);
        trial_reference(&t);
        const struct kn_kernel *k;
        for (size_t v = 1; (k = trial_kernel(problems[i].op, v)) != NULL; v++) {
            trial_run(&t, k, NULL);
            double d = largest_distance(&t, t.y);
            if (d > 1)
                fail_msg("%s %s: %g of the bound, problem %zu", kn_op_name(k->op), k->variant, d, i);
        }
        trial_free(&t);
    }
}

/* What a beginner writes, in float throughout: the longest chains of roundings there are. `drop` leaves out the last
 * term, `coarse` rounds inputs to bf16. */
struct slip {
    size_t drop;
    bool coarse;
};

static float bf16(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    bits = (bits + 0x8000u) & 0xffff0000u;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static void plain_sum(const struct trial *t, float *y, struct slip slip)
{
    bool dot = t->c.op == KN_OP_dot;
    size_t k = dot ? t->c.dims.n : t->c.dims.k, n = dot ? 1 : t->c.dims.n;
    for (size_t i = 0; i < t->c.out_count; i++) {
        const float *a = t->in[0] + i / n * k, *b = t->in[1] + i % n * k;
        volatile float sum = 0;
        for (size_t l = 0; l + slip.drop < k; l++) {
            volatile float product = slip.coarse ? bf16(a[l]) * bf16(b[l]) : a[l] * b[l];
            sum += product;
        }
        y[i] = sum;
    }
}

static void plain_softmax(const struct trial *t, float *y, struct slip slip)
{
    size_t n = t->c.dims.n;
    for (size_t r = 0; r < t->c.dims.m; r++) {
        const float *x = t->in[0] + r * n;
        float max = x[0];
        volatile float sum = 0;
        for (size_t i = 1; i < n; i++)
            max = fmaxf(max, x[i]);
        for (size_t i = 0; i < n; i++)
            y[r * n + i] = expf((slip.coarse ? bf16(x[i]) : x[i]) - max);
        for (size_t i = 0; i + slip.drop < n; i++)
            sum += y[r * n + i];
        for (size_t i = 0; i < n; i++)
            y[r * n + i] /= sum;
    }
}

static void plain_norm(const struct trial *t, float *y, struct slip slip)
{
    bool layer = t->c.op == KN_OP_layernorm;
    size_t n = t->c.dims.n;
    for (size_t r = 0; r < t->c.dims.m; r++) {
        const float *x = t->in[0] + r * n;
        volatile float mean = 0, squares = 0;
        for (size_t i = 0; layer && i < n; i++)
            mean += x[i];
        mean /= (float)n;
        for (size_t i = 0; i + slip.drop < n; i++)
            squares += (x[i] - mean) * (x[i] - mean);
        float scale = 1 / sqrtf(squares / (float)n + 1e-5f);
        for (size_t i = 0; i < n; i++)
            y[r * n + i] = ((slip.coarse ? bf16(x[i]) : x[i]) - mean) * scale * t->in[1][i] + (layer ? t->in[2][i] : 0);
    }
}

static const struct {
    enum kn_op op;
    struct kn_dims d;
    void (*run)(const struct trial *t, float *y, struct slip slip);
} plain[] = {
    { KN_OP_matmul, { 2, 300, 64 }, plain_sum },      { KN_OP_matmul, { 2, 300, 2048 }, plain_sum },
    { KN_OP_matmul, { 2, 100, 8192 }, plain_sum },    { KN_OP_dot, { 1, 4096, 1 }, plain_sum },
    { KN_OP_softmax, { 32, 512, 1 }, plain_softmax }, { KN_OP_softmax, { 1, 128256, 1 }, plain_softmax },
    { KN_OP_rmsnorm, { 16, 2048, 1 }, plain_norm },   { KN_OP_layernorm, { 16, 2048, 1 }, plain_norm },
};
enum { N_PLAIN = sizeof plain / sizeof *plain };

static void a_plain_loop_in_float_answers_within_the_bound(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_PLAIN; i++) {
        struct trial t;
        trial_make(&t, plain[i].op, plain[i].d, 0);
        trial_reference(&t);
        plain[i].run(&t, t.y, (struct slip){ 0 });
        double d = largest_distance(&t, t.y);
        if (d > 1)
            fail_msg("%s: %g of the bound, loop %zu", kn_op_name(plain[i].op), d, i);
        trial_free(&t);
    }
}

static void one_term_too_few_or_coarse_inputs_lie_beyond_the_bound(void **state)
{
    (void)state;
    static const struct slip slips[] = { { .drop = 1 }, { .coarse = true } };
    for (size_t i = 0; i < N_PLAIN; i++)
        for (size_t s = 0; s < 2; s++) {
            struct trial t;
            trial_make(&t, plain[i].op, plain[i].d, 0);
            trial_reference(&t);
            plain[i].run(&t, t.y, slips[s]);
            double d = largest_distance(&t, t.y);
            bool lost =
                plain[i].op == KN_OP_softmax && plain[i].d.n > 1000 && s == 0; /* a term in 100,000 is nothing */
            if (d <= 1 && !lost)
                fail_msg("%s: %g of the bound only, loop %zu, slip %zu", kn_op_name(plain[i].op), d, i, s);
            trial_free(&t);
        }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(every_kernel_answers_within_the_bound),
    cmocka_unit_test(a_plain_loop_in_float_answers_within_the_bound),
    cmocka_unit_test(one_term_too_few_or_coarse_inputs_lie_beyond_the_bound),
};

TARE_TEST_MAIN(tests)
