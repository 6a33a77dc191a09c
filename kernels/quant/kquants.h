/* Blocks of 256 taken apart: what an encoder looks for, apart from where its bits lie. */
#ifndef KERNELS_QUANT_KQUANTS_H
#define KERNELS_QUANT_KQUANTS_H

#include <stddef.h>
#include <stdint.h>

enum { KN_K_BLOCK = 256, KN_K_MOST_SUBS = 16 };

/* A block unpacked: levels and the integers they are scaled with. */
struct kn_k_parts {
    float d, dmin;
    int sc[KN_K_MOST_SUBS], m[KN_K_MOST_SUBS];
    int8_t q[KN_K_BLOCK];
};

struct kn_k_format {
    size_t bytes;
    int sub;             /* elements that share a scale */
    int low, high;       /* of q; from 0 on where the type has minima */
    int sc_low, sc_high; /* of the scales; of m 0 to sc_high */
    void (*unpack)(const uint8_t *b, struct kn_k_parts *p);
    void (*pack)(const struct kn_k_parts *p, uint8_t *b);
};

extern const struct kn_k_format kn_q2_k, kn_q3_k, kn_q4_k, kn_q5_k, kn_q6_k;

#endif
