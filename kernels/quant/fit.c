#include "kernels/quant/fit.h"

#include <math.h>

#include "kernels/quant/half.h"

/* Both searches try a few scales around the one that spans the range, round to levels, and solve the least squares
 * that those levels leave: a scale that clips the largest values a little often serves the others better. */
float kn_fit_scale(const float *x, size_t n, int low, int high)
{
    float widest = 0, best = 0, best_gain = 0;
    for (size_t i = 0; i < n; i++)
        widest = fabsf(x[i]) > fabsf(widest) ? x[i] : widest;
    for (int t = 0; t < KN_FIT_TRIES; t++) {
        /* the widest value on a level from low - 0.6 to low + 1 */
        float inverse = ((float)low + 0.2f * (float)(t - 3)) * kn_inverse(widest);
        float xq = 0, qq = 0;
        for (size_t i = 0; i < n; i++) {
            float q = (float)kn_nearest(x[i] * inverse, low, high);
            xq += x[i] * q;
            qq += q * q;
        }
        float gain = qq > 0 ? xq * (xq / qq) : 0; /* how much less than sum x^2 the error is */
        if (gain > best_gain) {
            best_gain = gain;
            best = xq / qq;
        }
    }
    return best_gain > 0 ? best : widest / (float)low;
}

float kn_fit_error(const float *x, size_t n, int low, int high, struct kn_line at)
{
    float error = 0, inverse = kn_inverse(at.d);
    for (size_t i = 0; i < n; i++) {
        float e = at.m + at.d * (float)kn_nearest((x[i] - at.m) * inverse, low, high) - x[i];
        error += e * e;
    }
    return error;
}

/* The line of least squares through x over the levels that `at` gives. */
static struct kn_line refit(const float *x, size_t n, int high, int below, struct kn_line at)
{
    float q1 = 0, qq = 0, x1 = 0, xq = 0, inverse = kn_inverse(at.d), count = (float)n;
    for (size_t i = 0; i < n; i++) {
        float q = (float)kn_nearest((x[i] - at.m) * inverse, 0, high);
        q1 += q;
        qq += q * q;
        x1 += x[i];
        xq += x[i] * q;
    }
    float det = count * qq - q1 * q1;
    if (!(det > 0))
        return at;
    struct kn_line fit = { (count * xq - q1 * x1) / det, (qq * x1 - q1 * xq) / det };
    if (below && fit.m > 0)
        fit = (struct kn_line){ xq / qq, 0 };
    return fit.d > 0 ? fit : at;
}

struct kn_line kn_fit_line(const float *x, size_t n, int high, int below)
{
    float least = below ? 0 : x[0], most = x[0];
    for (size_t i = 0; i < n; i++) {
        least = x[i] < least ? x[i] : least; /* of 0 and -0 the first, as in every instruction set */
        most = x[i] > most ? x[i] : most;
    }
    most = least > most ? least : most;
    struct kn_line best = { (most - least) / (float)high, least };
    if (!(best.d > 0))
        return best;
    float best_error = kn_fit_error(x, n, 0, high, best);
    for (int t = 0; t < KN_FIT_TRIES; t++) {
        /* from a step more to a step less than the range */
        float levels = (float)high + 0.25f * (float)(t - 4);
        struct kn_line at = { (most - least) / levels, least };
        for (int pass = 0; pass < 2; pass++) {
            at = refit(x, n, high, below, at);
            float error = kn_fit_error(x, n, 0, high, at);
            if (error < best_error) {
                best_error = error;
                best = at;
            }
        }
    }
    return best;
}
