/* Values computed elsewhere: R 4.2.2, with pnorm, plogis and plain double arithmetic. */
#include <math.h>
#include <string.h>

#include "tests/harness.h"
#include "tests/kernels/trial.h"

/* x, x*pnorm(x), x*plogis(2*sqrt(2/pi)*(x + 0.044715*x^3)), x*plogis(x) */
static const double activations[][4] = {
    { -40, -0, -0, -1.6993417021166355e-16 },
    { -12.5, -4.6657053735971423e-35, -8.1019964644735969e-69, -4.6582991052332013e-05 },
    { -5, -1.4332578593959695e-06, -2.2917961966295041e-07, -0.033464254621424279 },
    { -3, -0.0040496940948902835, -0.0036373920817730191, -0.14227761953270035 },
    { -1.5, -0.1002108019032871, -0.10042842301976704, -0.27363828570953452 },
    { -1, -0.15865525393145705, -0.15880800939172326, -0.2689414213699951 },
    { -0.5, -0.15426876936299347, -0.15428599017485609, -0.1887703343990727 },
    { 0, 0, 0, 0 },
    { 0.25, 0.14967658142073093, 0.149675350701685, 0.14054412522144952 },
    { 0.5, 0.3457312306370065, 0.34571400982514394, 0.3112296656009273 },
    { 1, 0.84134474606854293, 0.84119199060827676, 0.7310585786300049 },
    { 2, 1.9544997361036416, 1.9545976940877752, 1.7615941559557646 },
    { 3.5, 3.4991857982233756, 3.4993838023446262, 3.3974071923702529 },
    { 8, 7.9999999999999947, 8, 7.997317198956269 },
};
enum { N_ACTIVATIONS = sizeof activations / sizeof *activations };

/* Runs every kernel on inputs given here and compares: relative error `ulps` * 2^-24. */
static void check(enum kn_op op, struct kn_dims d, const float *const in[KN_MAX_INPUTS], const double *want,
                  double ulps)
{
    struct trial t;
    trial_make(&t, op, d, 0);
    for (size_t i = 0; i < t.c.n_in; i++)
        memcpy(t.in[i], in[i], t.c.in[i].bytes);
    const struct kn_kernel *kernel;
    for (size_t v = 0; (kernel = trial_kernel(op, v)) != NULL; v++) {
        trial_run(&t, kernel, NULL);
        for (size_t i = 0; i < t.c.out_count; i++)
            if (!(fabs((double)t.y[i] - want[i]) <= ulps * 0x1p-24 * fabs(want[i]) + 0x1p-149))
                fail_msg("%s %s: y[%zu] is %.9g, not %.9g", kn_op_name(op), kernel->variant, i, (double)t.y[i],
                         want[i]);
    }
    trial_free(&t);
}

static void activations_agree_with_r(void **state)
{
    (void)state;
    static const struct {
        enum kn_op op;
        size_t column;
        double ulps;
    } ops[] = { { KN_OP_gelu, 1, 8 }, { KN_OP_gelu_tanh, 2, 60 }, { KN_OP_silu, 3, 5 } };
    float x[N_ACTIVATIONS];
    double want[N_ACTIVATIONS];
    for (size_t o = 0; o < sizeof ops / sizeof *ops; o++) {
        for (size_t i = 0; i < N_ACTIVATIONS; i++) {
            x[i] = (float)activations[i][0];
            want[i] = activations[i][ops[o].column];
        }
        check(ops[o].op, (struct kn_dims){ 1, N_ACTIVATIONS, 1 }, (const float *[]){ x, NULL, NULL }, want,
              ops[o].ulps);
    }
}

static const float row[] = { 1, 2, 3, 4, -1 }, weight[] = { 1, 0.5f, -1, 2, 0.25f },
                   bias[] = { 0, 1, 0.5f, -0.5f, 0.125f };

static void softmax_and_norms_agree_with_r(void **state)
{
    (void)state;
    /* e <- exp(x - max(x)); e / sum(e) */
    static const double soft[] = { 0.031920112758713086, 0.086767862474373514, 0.23585950385832299, 0.64113260340744538,
                                   0.0043199175011450494 };
    /* x / sqrt(mean(x^2) + eps) * w, with eps the float nearest to 1e-5 */
    static const double rms[] = { 0.40160934057288772, 0.40160934057288772, -1.2048280217186631, 3.2128747245831017,
                                  -0.10040233514322193 };
    /* (x - mean(x)) / sqrt(mean((x - mean(x))^2) + eps) * w + b */
    static const double layer[] = { -0.4649897695202686, 1.0581237211900336, -0.19748465428040285, 2.0574437323614774,
                                    -0.28186604833023499 };
    const float *const in[] = { row, weight, bias };
    struct kn_dims d = { 1, 5, 1 };
    check(KN_OP_softmax, d, in, soft, 16);
    check(KN_OP_rmsnorm, d, in, rms, 12);
    check(KN_OP_layernorm, d, in, layer, 40);
}

/* p = (1, 2), q = (3, -4), angles 0.5 and 1.25: p cos - q sin, q cos + p sin */
static void rope_agrees_with_r(void **state)
{
    (void)state;
    static const float c[] = { 0.87758256189037276f, 0.31532236239526867f };
    static const float s[] = { 0.47942553860420301f, 0.9489846193555862f };
    static const float pairs[] = { 1, 3, 2, -4 }, halves[] = { 1, 2, 3, -4 };
    static const double turned_pairs[] = { -0.56069405392223626, 3.1121732242753213, 4.4265832022128819,
                                           0.63667978913009771 };
    static const double turned_halves[] = { -0.56069405392223626, 4.4265832022128819, 3.1121732242753213,
                                            0.63667978913009771 };
    struct kn_dims d = { 1, 1, 4 };
    check(KN_OP_rope_pairs, d, (const float *[]){ pairs, c, s }, turned_pairs, 12);
    check(KN_OP_rope_halves, d, (const float *[]){ halves, c, s }, turned_halves, 12);
}

/* The same p and q, at position 130000 with a base of 500000: angles 130000 and 130000 / sqrt(500000), by bc. */
static void rope_with_its_own_angles_agrees_with_bc(void **state)
{
    (void)state;
    static const float pairs[] = { 1, 3, 2, -4 }, halves[] = { 1, 2, 3, -4 };
    static const double turned_pairs[] = { -1.7177496106693201, 2.6550586198887208, 3.8625624888176282,
                                           2.2540210779801883 };
    static const double turned_halves[] = { -1.7177496106693201, 3.8625624888176282, 2.6550586198887208,
                                            2.2540210779801883 };
    struct kn_dims d = { 1, 1, 4 };
    check(KN_OP_rope_pairs_computed, d, (const float *[]){ pairs, NULL, NULL }, turned_pairs, 12);
    check(KN_OP_rope_halves_computed, d, (const float *[]){ halves, NULL, NULL }, turned_halves, 12);
}

/* [1 2; 3 4] [5 6; 7 8]^T, by hand. */
static void matmul_multiplies_with_the_transpose(void **state)
{
    (void)state;
    static const float x[] = { 1, 2, 3, 4 }, w[] = { 5, 6, 7, 8 };
    static const double y[] = { 17, 23, 39, 53 };
    check(KN_OP_matmul, (struct kn_dims){ 2, 2, 2 }, (const float *[]){ x, w, NULL }, y, 0);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(activations_agree_with_r),
    cmocka_unit_test(softmax_and_norms_agree_with_r),
    cmocka_unit_test(rope_agrees_with_r),
    cmocka_unit_test(rope_with_its_own_angles_agrees_with_bc),
    cmocka_unit_test(matmul_multiplies_with_the_transpose),
};

TARE_TEST_MAIN(tests)
