/* kernels/quant/fit.c with a group of numbers in each lane: the same operations in the same order, hence the same bits.
 * Element i of all groups is x[i]. For a file that has included a vec.h. */
#ifndef KN_SIMD_FIT_F32_H
#define KN_SIMD_FIT_F32_H

#include "kernels/quant/fit.h"

#include <math.h>
#include <stdbool.h>

struct vf_line {
    vf d, m;
};

KN_INLINE vf vf_size(vf x)
{
    return vf_sub(vf_set(0), vf_neg_abs(x));
}

/* kn_nearest: ties to even, a NaN to the lowest; as a float, and 0 not -0. */
KN_INLINE vf vf_nearest(vf x, float low, float high)
{
    vf inside = vf_min(vf_max(x, vf_set(low)), vf_set(high)), shift = vf_set(0x1.8p23f);
    return vf_sub(vf_add(inside, shift), shift);
}

/* kn_inverse */
KN_INLINE vf vf_inverse(vf d)
{
    vf inverse = vf_div(vf_set(1), d);
    return vf_where_more(vf_set(INFINITY), vf_size(inverse), inverse, vf_set(0));
}

/* Groups of n (a multiple of LANES) one behind the other, as many as LANES; zeros where there are fewer. */
KN_INLINE void fit_gather(const float *x, size_t groups, size_t n, vf *t)
{
    for (size_t i = 0; i < n; i += LANES) {
        for (size_t g = 0; g < LANES; g++)
            t[i + g] = g < groups ? vf_load(x + g * n + i) : vf_set(0);
        vf_transpose(t + i);
    }
}

/* And back, as bytes: LANES groups of n. Loses q. */
KN_INLINE void fit_scatter(vf *q, size_t n, uint8_t *bytes)
{
    for (size_t i = 0; i < n; i += LANES) {
        vf_transpose(q + i);
        for (size_t g = 0; g < LANES; g++)
            vf_store_bytes(bytes + g * n + i, q[i + g]);
    }
}

enum { FIT_AT_ONCE = 3 }; /* tries that share a pass */
_Static_assert(KN_FIT_TRIES % FIT_AT_ONCE == 0, "whole passes");

static vf fit_scale(const vf *x, size_t n, int low, int high)
{
    float lowest = (float)low, highest = (float)high;
    vf zero = vf_set(0), widest = zero, size = zero, best = zero, best_gain = zero;
    for (size_t i = 0; i < n; i++) {
        widest = vf_where_more(vf_size(x[i]), size, x[i], widest);
        size = vf_size(widest);
    }
    vf inverse = vf_inverse(widest);
    for (int t = 0; t < KN_FIT_TRIES; t += FIT_AT_ONCE) {
        vf per[FIT_AT_ONCE], xq[FIT_AT_ONCE], qq[FIT_AT_ONCE];
        for (int j = 0; j < FIT_AT_ONCE; j++) {
            per[j] = vf_mul(vf_set(lowest + 0.2f * (float)(t + j - 3)), inverse);
            xq[j] = qq[j] = zero;
        }
        for (size_t i = 0; i < n; i++)
            for (int j = 0; j < FIT_AT_ONCE; j++) {
                vf q = vf_nearest(vf_mul(x[i], per[j]), lowest, highest);
                xq[j] = vf_add(xq[j], vf_mul(x[i], q));
                qq[j] = vf_add(qq[j], vf_mul(q, q));
            }
        for (int j = 0; j < FIT_AT_ONCE; j++) {
            vf d = vf_div(xq[j], qq[j]), gain = vf_mul(xq[j], d); /* a NaN, which is not more, where all q are 0 */
            best = vf_where_more(gain, best_gain, d, best);
            best_gain = vf_where_more(gain, best_gain, gain, best_gain);
        }
    }
    return vf_where_more(best_gain, zero, best, vf_div(widest, vf_set(lowest)));
}

static vf fit_error(const vf *x, size_t n, int low, int high, struct vf_line at)
{
    vf error = vf_set(0), inverse = vf_inverse(at.d);
    for (size_t i = 0; i < n; i++) {
        vf q = vf_nearest(vf_mul(vf_sub(x[i], at.m), inverse), (float)low, (float)high);
        vf e = vf_sub(vf_add(at.m, vf_mul(at.d, q)), x[i]);
        error = vf_add(error, vf_mul(e, e));
    }
    return error;
}

static struct vf_line fit_again(const vf *x, size_t n, int high, bool below, struct vf_line at)
{
    vf zero = vf_set(0), q1 = zero, qq = zero, x1 = zero, xq = zero;
    vf inverse = vf_inverse(at.d), count = vf_set((float)n);
    for (size_t i = 0; i < n; i++) {
        vf q = vf_nearest(vf_mul(vf_sub(x[i], at.m), inverse), 0, (float)high);
        q1 = vf_add(q1, q);
        qq = vf_add(qq, vf_mul(q, q));
        x1 = vf_add(x1, x[i]);
        xq = vf_add(xq, vf_mul(x[i], q));
    }
    vf det = vf_sub(vf_mul(count, qq), vf_mul(q1, q1));
    vf d = vf_div(vf_sub(vf_mul(count, xq), vf_mul(q1, x1)), det);
    vf m = vf_div(vf_sub(vf_mul(qq, x1), vf_mul(q1, xq)), det);
    if (below) {
        d = vf_where_more(m, zero, vf_div(xq, qq), d);
        m = vf_where_more(m, zero, zero, m);
    }
    m = vf_where_more(d, zero, m, at.m);
    d = vf_where_more(d, zero, d, at.d);
    return (struct vf_line){ vf_where_more(det, zero, d, at.d), vf_where_more(det, zero, m, at.m) };
}

static struct vf_line fit_line(const vf *x, size_t n, int high, bool below)
{
    vf zero = vf_set(0), least = below ? zero : x[0], most = x[0];
    for (size_t i = 0; i < n; i++) {
        least = vf_min(x[i], least);
        most = vf_max(x[i], most);
    }
    most = vf_max(least, most);
    vf range = vf_sub(most, least);
    struct vf_line plain = { vf_div(range, vf_set((float)high)), least }, best = plain;
    vf best_error = fit_error(x, n, 0, high, best);
    for (int t = 0; t < KN_FIT_TRIES; t++) {
        struct vf_line at = { vf_div(range, vf_set((float)high + 0.25f * (float)(t - 4))), least };
        for (int pass = 0; pass < 2; pass++) {
            at = fit_again(x, n, high, below, at);
            vf error = fit_error(x, n, 0, high, at);
            best.d = vf_where_more(best_error, error, at.d, best.d);
            best.m = vf_where_more(best_error, error, at.m, best.m);
            best_error = vf_where_more(best_error, error, error, best_error);
        }
    }
    return (struct vf_line){ vf_where_more(plain.d, zero, best.d, plain.d), /* or all are equal */
                             vf_where_more(plain.d, zero, best.m, plain.m) };
}

#endif
