/* Integer dot products of AVX-512 BW: pairs of bytes, then pairs of these. Included by the files of this folder only.
 */
#ifndef KN_AVX512_DOT_H
#define KN_AVX512_DOT_H

#include "kernels/avx512/bytes.h"

/* sum + u x; u unsigned, so small that no pair overflows 16 bits; x signed, -127 at least. */
enum { MOST_UNSIGNED = 128 };
KN_INLINE vi dot_unsigned(vi sum, vi u, vi x)
{
    return _mm512_add_epi32(sum, _mm512_madd_epi16(_mm512_maddubs_epi16(u, x), _mm512_set1_epi16(1)));
}

/* sum + (w - SIGNED_OFFSET) x, both signed: |w| times x with the sign of w. */
enum { SIGNED_OFFSET = 0 };
KN_INLINE vi dot_signed(vi sum, vi w, vi x)
{
    x = _mm512_mask_sub_epi8(x, _mm512_movepi8_mask(w), vi_zero(), x);
    return dot_unsigned(sum, _mm512_abs_epi8(w), x);
}

#endif
