/* Integer dot products of plain NEON: products of eight bytes in 16 bits, added to the eight others', then by pairs.
 * Included by the files of this folder only. */
#ifndef KN_NEON_DOT_H
#define KN_NEON_DOT_H

#include "kernels/neon/bytes.h"

/* sum + w x, both signed, x -127 at least: all lanes together make the sum, each alone has products of other places. */
enum { SIGNED_OFFSET = 0 };
KN_INLINE vi dot_signed(vi sum, vi w, vi x)
{
    int8x16_t a = vi_as_bytes(w), b = vi_as_bytes(x);
    return vpadalq_s16(sum, vmlal_high_s8(vmull_s8(vget_low_s8(a), vget_low_s8(b)), a, b));
}

/* The same of levels up to 127. */
KN_INLINE vi dot_unsigned(vi sum, vi u, vi x)
{
    return dot_signed(sum, u, x);
}

#endif
