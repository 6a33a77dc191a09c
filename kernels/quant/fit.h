/* Scales that make the squared error of a few quantised numbers small. */
#ifndef KERNELS_QUANT_FIT_H
#define KERNELS_QUANT_FIT_H

#include <stddef.h>

enum { KN_FIT_TRIES = 9 };

/* d of x ~ d q with q in [low, high], low < 0; its sign is that of which more levels are wanted. */
float kn_fit_scale(const float *x, size_t n, int low, int high);

/* d >= 0 and m of x ~ d q + m with q in [0, high]. With `below` m is 0 or less, as where its negative is stored. */
struct kn_line {
    float d, m;
};
struct kn_line kn_fit_line(const float *x, size_t n, int high, int below);

/* The squared error that x ~ d q + m leaves, q in [low, high]. */
float kn_fit_error(const float *x, size_t n, int low, int high, struct kn_line at);

#endif
