/* Weights of the right shape that mean nothing: what is computed takes as long as with real ones. */
#include <math.h>
#include <stdio.h>

#include "framework/base/error.h"
#include "models/arch/convert.h"
#include "models/arch/memory.h"

enum { N_PATTERNS = 64, MAX_SETS = 8 };

/* Encoding is slow, and differs from one quantised matrix to the next by nothing that matters: all of a type and width
 * are made of the same rows, each in an order of its own. */
struct making {
    struct lm_model *model;
    enum kn_type type;
    struct tare_pool *pool;
    struct lm_matrix sets[MAX_SETS]; /* [N_PATTERNS][cols], the model's memory */
    size_t n_sets;
};

static int make_rows(struct making *k, struct lm_matrix *w, float middle, float range, uint64_t seed)
{
    void *data = lm_model_memory(k->model, w->rows * kn_row_bytes(w->type, w->cols));
    w->data = data;
    return data ? lm_fill(w, data, middle, range, seed, k->pool) : TARE_ENOMEM;
}

static float range_of(size_t cols)
{
    return sqrtf(3 / (float)cols);
}

static const struct lm_matrix *patterns_of(struct making *k, const struct lm_matrix *w)
{
    for (size_t i = 0; i < k->n_sets; i++)
        if (k->sets[i].type == w->type && k->sets[i].cols == w->cols)
            return &k->sets[i];
    if (k->n_sets == MAX_SETS)
        return NULL;
    struct lm_matrix *set = &k->sets[k->n_sets];
    *set = (struct lm_matrix){ .type = w->type, .rows = N_PATTERNS, .cols = w->cols };
    return make_rows(k, set, 0, range_of(w->cols), w->cols) ? NULL : &k->sets[k->n_sets++];
}

static int make_matrix(struct making *k, struct lm_matrix *w, uint64_t seed)
{
    const struct lm_matrix *patterns = kn_type_block(w->type) > 1 || w->type == KN_TYPE_i8 ? patterns_of(k, w) : NULL;
    if (!patterns)
        return make_rows(k, w, 0, range_of(w->cols), seed);
    void *data = lm_model_memory(k->model, w->rows * kn_row_bytes(w->type, w->cols));
    w->data = data;
    return data ? lm_fill_from(w, data, patterns, seed, k->pool) : TARE_ENOMEM;
}

static int make_tensor(struct making *k, const struct lm_tensor_spec *spec, uint64_t seed)
{
    if (spec->factor)
        return TARE_OK;
    struct lm_matrix w = { .type = KN_TYPE_f32, .rows = spec->dims[0], .cols = 1 };
    int rc;
    if (spec->n_dims > 1) {
        w.cols = spec->dims[1];
        w.type = lm_type_fitting(k->type, w.cols);
        rc = make_matrix(k, &w, seed);
    } else {
        rc = make_rows(k, &w, spec->bias ? 0 : 1, 0.2f, seed); /* a norm's weights stand around 1 */
    }
    if (rc)
        return rc;
    if (spec->bias)
        lm_model_put_bias(k->model, spec, w.data);
    else
        lm_model_put(k->model, spec, &w);
    return TARE_OK;
}

/* Bytes of all that make_tensor() will make. */
static size_t bytes_of(const struct lm_config *c, enum kn_type type)
{
    struct lm_tensor_spec spec;
    size_t bytes = 0;
    for (size_t i = 0; lm_config_tensor(c, i, &spec); i++)
        if (spec.n_dims > 1)
            bytes += spec.dims[0] * kn_row_bytes(lm_type_fitting(type, spec.dims[1]), spec.dims[1]);
    return bytes;
}

static int lacks(size_t bytes, enum kn_type type)
{
    char what[128];
    snprintf(what, sizeof what, "the weights take %.1f GiB as %s", (double)bytes / 0x1p30, kn_type_name(type));
    return lm_memory_lacks(what, "a smaller type (--quantize q4_0) or configuration takes less");
}

int lm_model_random(struct lm_model **out, const struct lm_config *c, enum kn_type type, uint64_t seed,
                    struct tare_pool *pool)
{
    struct lm_tensor_spec spec;
    size_t bytes = bytes_of(c, type);
    *out = NULL;
    if (!lm_memory_for(bytes))
        return lacks(bytes, type);
    struct making k = { .type = type, .pool = pool };
    int rc = lm_model_make(&k.model, c);
    for (size_t i = 0; !rc && lm_config_tensor(c, i, &spec); i++)
        rc = make_tensor(&k, &spec, seed + ((uint64_t)(i + 1) << 32));
    if (rc == TARE_ENOMEM)
        rc = lacks(bytes, type);
    if (rc) {
        lm_model_free(k.model);
        return rc;
    }
    lm_model_finish(k.model);
    *out = k.model;
    return TARE_OK;
}
