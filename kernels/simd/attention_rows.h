/* Rows of a KV cache, for a file that has included a vec.h and the row_<type>.h of the cache. */
#ifndef KN_SIMD_ATTENTION_ROWS_H
#define KN_SIMD_ATTENTION_ROWS_H

#include <kn/ops.h>

KN_INLINE size_t round_up(size_t n, size_t grain)
{
    return (n + grain - 1) / grain * grain;
}

KN_INLINE size_t at_most(size_t n, size_t limit)
{
    return n < limit ? n : limit;
}

KN_INLINE const char *row_at(const struct kn_attention *a, const void *cache, size_t kv_head, size_t position)
{
    return (const char *)cache + kv_head * a->head_stride + position * a->position_stride;
}

/* Elements d to d + LANES of a row, zeros behind its `dims`. */
KN_INLINE vf row_part(const char *row, size_t d, size_t dims)
{
    vf part = d + LANES <= dims ? row_load(row, d) : row_load_n(row, d, dims - d);
    return vf_mul(part, vf_set(row_scale(row)));
}

#endif
