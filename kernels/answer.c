/* How far two right answers may lie apart, a line an operation. u is half an ulp of 1, and an error of c u of a
 * magnitude is at most c ulp of it: two errors make 2 c. */
#include <kn/case.h>

#include <math.h>

/* What n roundings come to, in u of what they round: ten standard deviations of a random walk whose steps are uniform
 * in (-u, u), and never more than all of them together. */
static double walk(size_t n)
{
    double most = (double)n, random = 10 * sqrt((double)n / 3);
    return random < most ? random : most;
}

/* A sum of n positive terms: its partial sums are smaller than it, in the mean square by a third. */
static double walk_positive(size_t n)
{
    return walk(n / 3 + 1);
}

/* The inputs' values are uniform in [-scale, scale): their root mean square. */
static double rms(const struct kn_case *c, size_t input)
{
    return (double)c->in[input].scale / sqrt(3);
}

static struct kn_answer sum_of_products(const struct kn_case *c, size_t n)
{
    double usual = sqrt((double)n) * rms(c, 0) * rms(c, 1);
    return (struct kn_answer){ usual, ceil(2 * (1 + walk(n))) };
}

static struct kn_answer answer_matmul(const struct kn_case *c)
{
    return sum_of_products(c, c->dims.k);
}

static struct kn_answer answer_dot(const struct kn_case *c)
{
    return sum_of_products(c, c->dims.n);
}

static struct kn_answer answer_unary(const struct kn_case *c)
{
    double x = (double)c->in[0].scale, v = 2 * sqrt(2 / M_PI) * (x + 0.044715 * x * x * x);
    double u = c->op == KN_OP_silu ? 5 : c->op == KN_OP_gelu ? 8 : c->op == KN_OP_gelu_tanh ? 5 + 4 * v : 0;
    return (struct kn_answer){ 0, ceil(2 * u) };
}

/* Rounded once: there is one right answer. */
static struct kn_answer answer_binary(const struct kn_case *c)
{
    (void)c;
    return (struct kn_answer){ 0, 0 };
}

static struct kn_answer answer_softmax(const struct kn_case *c)
{
    double range = 2 * (double)c->in[0].scale; /* the largest max - x[i] */
    return (struct kn_answer){ 0, ceil(2 * (6 + range + walk_positive(c->dims.n))) };
}

/* rmsnorm is relative to y; layernorm to |w| (|x - mean| + max |x|) / sqrt(var + eps), of values within sqrt(3)
 * deviations of 0. Its mean is a sum that cancels, and adds to the 8 u what its roundings leave after division by n. */
static struct kn_answer answer_norm(const struct kn_case *c)
{
    double sum = walk_positive(c->dims.n);
    if (c->op == KN_OP_rmsnorm)
        return (struct kn_answer){ 0, ceil(2 * (8 + sum / 2)) };
    return (struct kn_answer){ 2 * sqrt(3), ceil(2 * (8 + sum / 2) + 2) };
}

/* 2 u (|p c| + |q s|), and that is at most sqrt(2) of the largest x. */
static struct kn_answer answer_rope(const struct kn_case *c)
{
    return (struct kn_answer){ sqrt(2) * (double)c->in[0].scale, 4 };
}

struct kn_answer kn_case_answer(const struct kn_case *c)
{
    static struct kn_answer (*const kinds[])(const struct kn_case *) = {
#define KN_KIND(kind) answer_##kind,
        KN_KINDS(KN_KIND)
#undef KN_KIND
    };
    return kinds[kn_op_kind(c->op)](c);
}
