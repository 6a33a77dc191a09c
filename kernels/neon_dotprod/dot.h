/* Integer dot products of Arm's extension for them: four neighbouring bytes a lane. Included by the files of this
 * folder only. */
#ifndef KN_NEON_DOTPROD_DOT_H
#define KN_NEON_DOTPROD_DOT_H

#include "kernels/neon/bytes.h"

/* sum + w x, both signed. */
enum { SIGNED_OFFSET = 0 };
KN_INLINE vi dot_signed(vi sum, vi w, vi x)
{
    return vdotq_s32(sum, vi_as_bytes(w), vi_as_bytes(x));
}

/* The same of levels up to 127. */
KN_INLINE vi dot_unsigned(vi sum, vi u, vi x)
{
    return dot_signed(sum, u, x);
}

#endif
