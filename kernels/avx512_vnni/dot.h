/* Integer dot products of AVX-512 VNNI: four neighbouring bytes a lane. Included by the files of this folder only. */
#ifndef KN_AVX512_VNNI_DOT_H
#define KN_AVX512_VNNI_DOT_H

#include "kernels/avx512/bytes.h"

/* sum + u x; u unsigned, x signed. */
enum { MOST_UNSIGNED = 255 };
KN_INLINE vi dot_unsigned(vi sum, vi u, vi x)
{
    return _mm512_dpbusd_epi32(sum, u, x);
}

/* sum + (w - SIGNED_OFFSET) x, both signed: w + 128 is unsigned. */
enum { SIGNED_OFFSET = -128 };
KN_INLINE vi dot_signed(vi sum, vi w, vi x)
{
    return _mm512_dpbusd_epi32(sum, _mm512_xor_si512(w, _mm512_set1_epi8(-128)), x);
}

#endif
