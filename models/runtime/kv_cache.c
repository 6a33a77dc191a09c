#include "models/runtime/kv_cache.h"

#include <lm/session.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "framework/base/error.h"
#include "framework/base/mem.h"
#include "models/arch/memory.h"

enum { LINE = 64 };

static size_t element_bytes(enum kn_type type)
{
    return kn_row_bytes(type, 2) - kn_row_bytes(type, 1);
}

size_t lm_kv_formula(const struct lm_config *c, size_t n_sequences, size_t n_ctx, enum kn_type kv)
{
    size_t bytes = element_bytes(kv);
    const size_t factors[] = { c->n_layers, 2, n_sequences, c->n_kv_heads, n_ctx, c->head_dim };
    for (size_t i = 0; i < sizeof factors / sizeof *factors; i++)
        if (!tare_mul(bytes, factors[i], &bytes))
            return SIZE_MAX;
    return bytes;
}

int lm_kv_create(struct lm_kv *kv, const struct lm_config *c, size_t n_sequences, size_t n_ctx, enum kn_type type,
                 unsigned levels)
{
    if (type != KN_TYPE_f32 && type != KN_TYPE_f16 && type != KN_TYPE_i8)
        return tare_fail(TARE_EUSAGE, "a KV cache is f32, f16 or int8, not %s", kn_type_name(type));
    size_t formula = lm_kv_formula(c, n_sequences, n_ctx, type);
    *kv = (struct lm_kv){ .type = type, .head_dim = c->head_dim, .row_bytes = kn_row_bytes(type, c->head_dim) };
    kv->encode = kn_best(KN_OP_quantise, type, levels);
    bool fits = formula < SIZE_MAX / 4; /* scales and alignment take less than that */
    if (fits) {
        kv->head_bytes = (n_ctx * kv->row_bytes + LINE - 1) / LINE * LINE;
        kv->sequence_bytes = kv->head_bytes * c->n_kv_heads;
        kv->layer_bytes = kv->sequence_bytes * n_sequences;
        kv->bytes = 2 * kv->layer_bytes * c->n_layers;
    }
    kv->k = fits && lm_memory_for(kv->bytes) ? tare_aligned(LINE, kv->bytes) : NULL;
    if (!kv->k) {
        char what[160];
        snprintf(what, sizeof what, "the KV cache of %zu sequences of %zu tokens in %s takes %.2f GiB", n_sequences,
                 n_ctx, kn_type_name(type), (double)formula / 0x1p30);
        return lm_memory_lacks(what, "a shorter --ctx or --kv int8 takes less");
    }
    kv->v = kv->k + kv->bytes / 2;
    return TARE_OK;
}

void lm_kv_free(struct lm_kv *kv)
{
    free(kv->k);
    kv->k = kv->v = NULL;
}

size_t lm_kv_offset(const struct lm_kv *kv, size_t layer, size_t sequence, size_t head, size_t position)
{
    return layer * kv->layer_bytes + sequence * kv->sequence_bytes + head * kv->head_bytes + position * kv->row_bytes;
}

void lm_kv_store(const struct lm_kv *kv, size_t offset, size_t n, const float *k, const float *v)
{
    union kn_args args = { .rows = { .x = k,
                                     .y = kv->k + offset,
                                     .rows = n,
                                     .cols = kv->head_dim,
                                     .x_stride = kv->head_dim * sizeof(float),
                                     .y_stride = kv->head_bytes } };
    kn_call(kv->encode, &args);
    args.rows.x = v;
    args.rows.y = kv->v + offset;
    kn_call(kv->encode, &args);
}
