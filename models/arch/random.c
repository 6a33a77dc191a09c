/* Weights of the right shape that mean nothing: what is computed takes as long as with real ones. */
#include <math.h>

#include "framework/base/error.h"
#include "models/arch/convert.h"

/* Memory for rows, filled; w->data is set. */
static int make_rows(struct lm_model *m, struct lm_matrix *w, float middle, float range, uint64_t seed,
                     struct tare_pool *pool)
{
    void *data = lm_model_memory(m, w->rows * kn_row_bytes(w->type, w->cols));
    if (!data)
        return TARE_ENOMEM;
    w->data = data;
    return lm_fill(w, data, middle, range, seed, pool);
}

static int make_tensor(struct lm_model *m, const struct lm_tensor_spec *spec, enum kn_type type, uint64_t seed,
                       struct tare_pool *pool)
{
    size_t layer;
    bool is_bias;
    const struct lm_slot *slot = lm_slot_find(m, spec, &layer, &is_bias);
    if (spec->factor || !slot)
        return TARE_OK;
    struct lm_matrix w = { .type = KN_TYPE_f32, .rows = spec->dims[0], .cols = spec->n_dims > 1 ? spec->dims[1] : 1 };
    if (spec->n_dims > 1)
        w.type = lm_type_fitting(type, w.cols);
    float middle = spec->n_dims > 1 || is_bias ? 0 : 1; /* a norm's weights stand around 1 */
    int rc = make_rows(m, &w, middle, spec->n_dims > 1 ? sqrtf(3 / (float)w.cols) : 0.2f, seed, pool);
    if (rc)
        return rc;
    if (is_bias)
        lm_slot_put_bias(m, slot, layer, w.data, w.rows);
    else
        lm_slot_put(m, slot, layer, &w);
    return TARE_OK;
}

int lm_model_random(struct lm_model **out, const struct lm_config *c, enum kn_type type, uint64_t seed,
                    struct tare_pool *pool)
{
    struct lm_tensor_spec spec;
    int rc = lm_model_make(out, c);
    for (size_t i = 0; !rc && lm_config_tensor(c, i, &spec); i++)
        rc = make_tensor(*out, &spec, type, seed + ((uint64_t)(i + 1) << 32), pool);
    if (!rc) {
        lm_model_finish(*out);
        return TARE_OK;
    }
    lm_model_free(*out);
    *out = NULL;
    return rc;
}
