/* Storage types of weights and caches: what they are called, how many bytes they take, and what their bytes mean. */
#ifndef KN_TYPES_H
#define KN_TYPES_H

#include <stdbool.h>
#include <stddef.h>

/* KN_TYPE_f32 and so on, in the order of kernels/types.def. Activations are always f32. */
enum kn_type {
#define KN_TYPE(name, block, bytes, row) KN_TYPE_##name,
#include "kernels/types.def"
#undef KN_TYPE
    KN_N_TYPES
};

const char *kn_type_name(enum kn_type type);
bool kn_type_find(enum kn_type *type, const char *name); /* by its name, upper or lower case ("Q4_K") */

/* Elements a block: a row's length is a multiple of it. */
size_t kn_type_block(enum kn_type type);

/* Bytes of a row of k elements; k must be a multiple of the block. Rows of a matrix lie one behind the other. */
size_t kn_row_bytes(enum kn_type type, size_t k);

/* What the bytes of a row mean: k floats, exact but for the one rounding of each product that the format's definition
 * has. Plain C, the yardstick of every kernel that reads the type. */
void kn_decode_row(enum kn_type type, const void *row, float *x, size_t k);

/* The row that stands for k floats: deterministic, finite values only. How far decode(encode(x)) may lie from x is
 * stated per type in kernels/quant/README.md. Plain C. */
void kn_encode_row(enum kn_type type, const float *x, void *row, size_t k);

#endif
