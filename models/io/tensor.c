/* One tensor: that it is there and has its shape, its rows as floats, and that they are numbers. */
#include "models/io/reader.h"

#include "framework/base/cpu.h"
#include "framework/base/error.h"

#include <kn/registry.h>

#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "[32000, 2048]" */
static const char *shape_text(char *text, size_t size, size_t n_dims, const size_t *dims)
{
    size_t at = (size_t)snprintf(text, size, "[");
    for (size_t i = 0; i < n_dims && at < size; i++)
        at += (size_t)snprintf(text + at, size - at, "%s%zu", i ? ", " : "", dims[i]);
    if (at < size)
        snprintf(text + at, size - at, "]");
    return text;
}

int lm_file_want(const struct lm_tensor **out, const struct lm_file *f, const char *name, size_t n_dims,
                 const size_t *dims)
{
    char has[100], wanted[100];
    const struct lm_tensor *t = *out = lm_file_tensor(f, name);
    if (!t)
        return tare_fail(TARE_EPARSE, "%s: tensor '%s' is missing", f->path, name);
    if (t->n_dims == n_dims && memcmp(t->dims, dims, n_dims * sizeof *dims) == 0)
        return 0;
    return lm_fail_at(TARE_EPARSE, f->path, "tensor", name, lm_file_offset(f, name), "has the shape %s, not %s",
                      shape_text(has, sizeof has, t->n_dims, t->dims), shape_text(wanted, sizeof wanted, n_dims, dims));
}

size_t lm_tensor_rows(const struct lm_tensor *t)
{
    size_t rows = 1;
    for (size_t i = 0; i + 1 < t->n_dims; i++)
        rows *= t->dims[i];
    return rows;
}

/* As kn_decode_row does, by the strongest kernel of this machine. */
static void decode(enum kn_type type, const void *row, float *x, size_t n)
{
    static const struct kn_kernel *_Atomic decoders[KN_N_TYPES];
    const struct kn_kernel *k = atomic_load_explicit(&decoders[type], memory_order_relaxed);
    if (!k) {
        k = kn_best(KN_OP_dequantise, type, tare_cpu_levels());
        atomic_store_explicit(&decoders[type], k, memory_order_relaxed);
    }
    kn_call(k, &(union kn_args){ .rows = { .x = row, .y = x, .rows = 1, .cols = n } });
}

/* Copies where the bytes may lie at any address: decoding reads them as their type. */
static void decode_unaligned(enum kn_type type, const uint8_t *from, float *x, size_t n)
{
    _Alignas(64) uint8_t piece[4096];
    size_t width = kn_row_bytes(type, 1), at_once = sizeof piece / width;
    for (size_t i = 0; i < n; i += at_once) {
        size_t k = n - i < at_once ? n - i : at_once;
        memcpy(piece, from + i * width, k * width);
        decode(type, piece, x + i, k);
    }
}

void lm_tensor_row(const struct lm_tensor *t, size_t r, float *x)
{
    size_t columns = t->dims[t->n_dims - 1];
    const uint8_t *data = t->data;
    if (t->transposed) { /* of a type whose block is one element: safetensors has no other */
        size_t width = kn_row_bytes(t->type, 1), rows = lm_tensor_rows(t);
        for (size_t c = 0; c < columns; c++)
            decode_unaligned(t->type, data + (c * rows + r) * width, x + c, 1);
        return;
    }
    data += r * kn_row_bytes(t->type, columns);
    if (kn_type_block(t->type) == 1 && t->type != KN_TYPE_i8)
        decode_unaligned(t->type, data, x, columns);
    else
        decode(t->type, data, x, columns);
}

int lm_tensor_check(const struct lm_file *f, const struct lm_tensor *t)
{
    size_t columns = t->dims[t->n_dims - 1], rows = lm_tensor_rows(t);
    float *x = tare_alloc(columns * sizeof *x);
    int rc = x ? 0 : TARE_ENOMEM;
    for (size_t r = 0; r < rows && !rc; r++) {
        lm_tensor_row(t, r, x);
        for (size_t c = 0; c < columns && !rc; c++)
            if (!isfinite(x[c]))
                rc = lm_fail_at(TARE_EPARSE, f->path, "tensor", t->name, lm_file_offset(f, t->name),
                                "weight %zu of row %zu is %s", c, r, isnan(x[c]) ? "not a number" : "infinite");
    }
    free(x);
    return rc;
}
