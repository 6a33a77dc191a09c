/* The bits of a vector of floats, in the compiler's own vectors; for a file that has included a vec.h. */
#ifndef KN_SIMD_BITS_F32_H
#define KN_SIMD_BITS_F32_H

typedef uint32_t vu __attribute__((vector_size(sizeof(vf))));
typedef int32_t vs __attribute__((vector_size(sizeof(vf))));
typedef float vplain __attribute__((vector_size(sizeof(vf))));
typedef uint16_t vhalf __attribute__((vector_size(sizeof(vf) / 2)));

KN_INLINE vu vu_load(const uint32_t *p)
{
    vu v;
    __builtin_memcpy(&v, p, sizeof v);
    return v;
}
/* yes where the mask is all ones, no where it is 0. */
KN_INLINE vu vu_select(vu mask, vu yes, vu no)
{
    return (yes & mask) | (no & ~mask);
}

#endif
