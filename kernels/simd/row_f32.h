/* Rows in f32, for a file that has included a vec.h. */
#ifndef KN_SIMD_ROW_F32_H
#define KN_SIMD_ROW_F32_H

enum { ROW_HAS_SCALE = 0, ROW_ELEMENT = 4 /* bytes */ };

#define ROW_BYTES(dims) (4 * (dims))

KN_INLINE vf row_load(const char *row, size_t i)
{
    return vf_load((const float *)(const void *)row + i);
}
/* The first n of them, zeros behind; reads nothing else. */
KN_INLINE vf row_load_n(const char *row, size_t i, size_t n)
{
    return vf_load_n((const float *)(const void *)row + i, n);
}
KN_INLINE float row_scale(const char *row)
{
    (void)row;
    return 1;
}

#endif
