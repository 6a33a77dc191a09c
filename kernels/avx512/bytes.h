/* Sixty-four bytes. Included by the dot.h of each folder of AVX-512. */
#ifndef KN_AVX512_BYTES_H
#define KN_AVX512_BYTES_H

#include "kernels/avx512/vec.h"

/* A vector of bytes or int32. */
typedef __m512i vi;
enum { WIDTH = 64 };

KN_INLINE vi vi_zero(void)
{
    return _mm512_setzero_si512();
}
KN_INLINE vi vi_load(const void *p)
{
    return _mm512_loadu_si512(p);
}
/* The first n bytes, zeros behind them; reads nothing else. */
KN_INLINE vi vi_load_n(const void *p, size_t n)
{
    return _mm512_maskz_loadu_epi8(((__mmask64)1 << n) - 1, p);
}
KN_INLINE int32_t vi_sum(vi v)
{
    return _mm512_reduce_add_epi32(v);
}

#endif
