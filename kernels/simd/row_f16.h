/* Rows in f16, for a file that has included a vec.h. */
#ifndef KN_SIMD_ROW_F16_H
#define KN_SIMD_ROW_F16_H

enum { ROW_HAS_SCALE = 0, ROW_ELEMENT = 2 /* bytes */ };

#define ROW_BYTES(dims) (2 * (dims))

KN_INLINE vf row_load(const char *row, size_t i)
{
    return vf_load_f16(row + 2 * i);
}
/* The first n of them, zeros behind; reads nothing else. */
KN_INLINE vf row_load_n(const char *row, size_t i, size_t n)
{
    return vf_load_f16_n(row + 2 * i, n);
}
KN_INLINE float row_scale(const char *row)
{
    (void)row;
    return 1;
}

#endif
