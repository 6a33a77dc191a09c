/* How far two right answers may lie apart, as the kinds have it. u is half an ulp of 1, and an error of c u of a
 * magnitude is at most c ulp of it: two errors make 2 c. */
#include <math.h>

#include "kernels/kinds/kind.h"

/* What n roundings come to, in u of what they round: ten standard deviations of a random walk whose steps are uniform
 * in (-u, u), and never more than all of them together. */
double kn_walk(size_t n)
{
    double most = (double)n, random = 10 * sqrt((double)n / 3);
    return random < most ? random : most;
}

/* A sum of n positive terms: its partial sums are smaller than it, in the mean square by a third. */
double kn_walk_positive(size_t n)
{
    return kn_walk(n / 3 + 1);
}

/* The inputs' values are uniform in [-scale, scale): their root mean square. */
static double rms(const struct kn_case *c, size_t input)
{
    return (double)c->in[input].scale / sqrt(3);
}

struct kn_answer kn_answer_products(const struct kn_case *c, size_t n)
{
    double usual = sqrt((double)n) * rms(c, 0) * rms(c, 1);
    return (struct kn_answer){ usual, ceil(2 * (1 + kn_walk(n))) };
}

struct kn_answer kn_case_answer(const struct kn_case *c)
{
    return kn_kind_rules(kn_op_kind(c->op))->answer(c);
}
