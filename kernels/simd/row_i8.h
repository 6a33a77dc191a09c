/* Rows of a cache in i8: one f32 scale, then the codes. For a file that has included a vec.h. */
#ifndef KN_SIMD_ROW_I8_H
#define KN_SIMD_ROW_I8_H

enum { ROW_HAS_SCALE = 1 };

#define ROW_BYTES(dims) (4 + (dims))

KN_INLINE vf row_load(const char *row, size_t i)
{
    return vf_load_i8(row + 4 + i);
}
/* The first n of them, zeros behind; reads nothing else. */
KN_INLINE vf row_load_n(const char *row, size_t i, size_t n)
{
    return vf_load_i8_n(row + 4 + i, n);
}
KN_INLINE float row_scale(const char *row)
{
    float scale;
    __builtin_memcpy(&scale, row, sizeof scale);
    return scale;
}

#endif
