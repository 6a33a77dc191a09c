#include "kernels/quant/activations.h"

#include "kernels/quant/half.h"

static const bool rounds_x[KN_N_TYPES] = {
    [KN_TYPE_i8] = true,   [KN_TYPE_q8_0] = true, [KN_TYPE_q4_0] = true, [KN_TYPE_q4_1] = true,
    [KN_TYPE_q5_0] = true, [KN_TYPE_q5_1] = true, [KN_TYPE_q2_k] = true, [KN_TYPE_q3_k] = true,
    [KN_TYPE_q4_k] = true, [KN_TYPE_q5_k] = true, [KN_TYPE_q6_k] = true,
};

bool kn_type_rounds_x(enum kn_type type)
{
    return rounds_x[type];
}

static void quantise_block(const float *x, size_t n, int8_t *q, float *scale, int32_t *sum)
{
    uint32_t bits = 0; /* of the largest magnitude; those of infinity and NaN are larger than all */
    for (size_t i = 0; i < n; i++) {
        uint32_t magnitude = kn_bits_of(x[i]) & 0x7fffffff;
        bits = magnitude > bits ? magnitude : bits;
    }
    float largest = kn_float_of(bits), inverse = largest >= 0x1p-119f ? 127 / largest : 0;
    *scale = largest < 0x1p-119f ? 0 : largest / 127;
    *sum = 0;
    for (size_t i = 0; i < n; i++) {
        q[i] = (int8_t)kn_nearest(x[i] * inverse, -127, 127);
        *sum += q[i];
    }
}

void kn_act_quantise_ref(const float *x, size_t m, size_t k, size_t block, void *work)
{
    memset(work, 0, m * kn_act_bytes(k, block));
    for (size_t row = 0; row < m; row++) {
        struct kn_act a = kn_act_at(work, k, block, row);
        for (size_t b = 0, i = 0; i < k; b++, i += block)
            quantise_block(x + row * k + i, k - i < block ? k - i : block, a.q + i, &a.scale[b], &a.sum[b]);
    }
}
