/* Weights of the right shape that mean nothing: what is computed takes as long as with real ones. */
#include <math.h>

#include "framework/base/error.h"
#include "models/arch/convert.h"

static uint64_t seed_of(uint64_t seed, size_t part, size_t layer)
{
    return seed + ((uint64_t)part << 56) + ((uint64_t)layer << 40) + 1;
}

/* Memory for a matrix, filled; w->data is set. */
static int make_rows(struct lm_model *m, struct lm_matrix *w, float middle, float range, uint64_t seed,
                     struct tare_pool *pool)
{
    void *data = lm_model_memory(m, w->rows * kn_row_bytes(w->type, w->cols));
    if (!data)
        return TARE_ENOMEM;
    w->data = data;
    return lm_fill(w, data, middle, range, seed, pool);
}

static int make_part(struct lm_model *m, const struct lm_slot *p, size_t layer, enum kn_type type, uint64_t seed,
                     struct tare_pool *pool)
{
    const struct lm_config *c = &m->config;
    struct lm_matrix w = { .type = KN_TYPE_f32, .rows = lm_slot_rows(p, c), .cols = lm_size_of(c, p->cols) };
    struct lm_matrix bias = { .type = KN_TYPE_f32, .rows = w.rows, .cols = 1 };
    bool norm = p->kind == LM_SLOT_NORM;
    if (p->kind == LM_SLOT_MATRIX)
        w.type = lm_type_fitting(type, w.cols);
    int rc = make_rows(m, &w, norm ? 1 : 0, norm ? 0.25f : sqrtf(3 / (float)w.cols), seed, pool);
    if (!rc && p->biased >> c->arch & 1) {
        rc = make_rows(m, &bias, 0, 0.1f, ~seed, pool);
        w.bias = bias.data;
    }
    if (!rc)
        lm_model_put(m, p, layer, &w);
    return rc;
}

int lm_model_random(struct lm_model **out, const struct lm_config *c, enum kn_type type, uint64_t seed,
                    struct tare_pool *pool)
{
    size_t n;
    const struct lm_slot *slots = lm_slots(&n);
    int rc = lm_model_make(out, c);
    for (size_t i = 0; i < n && !rc; i++) {
        if (!(slots[i].archs >> c->arch & 1) || (slots[i].may_lack && c->tied))
            continue;
        for (size_t layer = 0; layer < (slots[i].in_layer ? c->n_layers : 1) && !rc; layer++)
            rc = make_part(*out, &slots[i], layer, type, seed_of(seed, i, layer), pool);
    }
    if (!rc) {
        lm_model_finish(*out);
        return TARE_OK;
    }
    lm_model_free(*out);
    *out = NULL;
    return rc;
}
