/* Sixteen bytes. Included by the dot.h of each folder of NEON. */
#ifndef KN_NEON_BYTES_H
#define KN_NEON_BYTES_H

#include "kernels/neon/vec.h"

/* A vector of bytes or int32. */
typedef int32x4_t vi;
enum { WIDTH = 16 };

KN_INLINE int8x16_t vi_as_bytes(vi v)
{
    return vreinterpretq_s8_s32(v);
}
KN_INLINE vi vi_zero(void)
{
    return vdupq_n_s32(0);
}
KN_INLINE vi vi_load(const void *p)
{
    return vreinterpretq_s32_u8(vld1q_u8(p));
}
/* The first n bytes, zeros behind them; reads nothing else. */
KN_INLINE vi vi_load_n(const void *p, size_t n)
{
    char bytes[WIDTH] = { 0 };
    __builtin_memcpy(bytes, p, n);
    return vi_load(bytes);
}
KN_INLINE int32_t vi_sum(vi v)
{
    return vaddvq_s32(v);
}
/* The sum of the lanes of v[0], of v[1], of v[2], of v[3]. */
KN_INLINE vi vi_sum_fours(const vi v[4])
{
    return vpaddq_s32(vpaddq_s32(v[0], v[1]), vpaddq_s32(v[2], v[3]));
}

#endif
