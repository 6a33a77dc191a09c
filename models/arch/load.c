/* From the tensors of a file to the parts of a model. */
#include <lm/file.h>

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "framework/base/error.h"
#include "models/arch/convert.h"

struct load {
    const struct lm_file *file;
    const struct lm_load *how;
    struct lm_model *model;
    bool quantizes;
    enum kn_type type; /* where it does */
};

/* What a tensor's bytes must be aligned to for the kernels. */
static size_t alignment_of(enum kn_type type)
{
    return type == KN_TYPE_f32 || type == KN_TYPE_i8 || type == KN_TYPE_nf4 ? sizeof(float) : sizeof(uint16_t);
}

/* A copy of a tensor in a type of the model's own. */
static int load_copy(const struct load *l, const struct lm_tensor *t, enum kn_type type, const void **out)
{
    size_t bytes = lm_tensor_rows(t) * kn_row_bytes(type, t->dims[t->n_dims - 1]);
    bool damaged;
    void *data = lm_model_memory(l->model, bytes);
    if (!data)
        return TARE_ENOMEM;
    int rc = lm_convert(t, type, data, l->how->pool, &damaged);
    if (!rc && damaged)
        rc = lm_tensor_check(l->file, t);
    *out = data;
    return rc;
}

static int load_matrix(const struct load *l, const struct lm_tensor_spec *spec, const struct lm_tensor *t,
                       struct lm_matrix *w)
{
    bool looked_up = strcmp(spec->name, "position_embd.weight") == 0, damaged = false;
    int rc = TARE_OK;
    *w = (struct lm_matrix){ .type = t->type, .rows = t->dims[0], .cols = t->dims[1], .data = t->data };
    if (l->quantizes && !looked_up)
        w->type = lm_type_fitting(l->type, w->cols);
    if (w->type != t->type || t->transposed || (uintptr_t)t->data % alignment_of(t->type) != 0) {
        rc = load_copy(l, t, w->type, &w->data);
        lm_file_forget(l->file, t);
    } else if (l->how->check_weights) {
        rc = lm_convert(t, KN_TYPE_f32, NULL, l->how->pool, &damaged);
        if (!rc && damaged)
            rc = lm_tensor_check(l->file, t);
    }
    return rc;
}

/* A bias that this model has, whether its architecture usually has it or not. */
static int load_bias(const struct load *l, const struct lm_slot *slot, size_t layer,
                     const struct lm_tensor_spec *weight)
{
    char name[LM_MAX_NAME];
    const struct lm_tensor *t;
    const void *bias;
    snprintf(name, sizeof name, "%.*s.bias", (int)(strlen(weight->name) - strlen(".weight")), weight->name);
    if (!lm_file_tensor(l->file, name))
        return TARE_OK;
    int rc = lm_file_want(&t, l->file, name, 1, weight->dims);
    if (!rc)
        rc = load_copy(l, t, KN_TYPE_f32, &bias);
    if (!rc)
        lm_slot_put_bias(l->model, slot, layer, bias, weight->dims[0]);
    return rc;
}

static int load_tensor(const struct load *l, const struct lm_tensor_spec *spec)
{
    size_t layer;
    bool is_bias;
    const struct lm_tensor *t;
    const struct lm_slot *slot = lm_slot_find(l->model, spec, &layer, &is_bias);
    if (spec->factor || !slot)
        return TARE_OK;
    int rc = lm_file_want(&t, l->file, spec->name, spec->n_dims, spec->dims);
    if (rc || is_bias) /* which came with its weight */
        return rc;
    struct lm_matrix w = { .type = KN_TYPE_f32, .rows = spec->dims[0], .cols = 1 };
    if (spec->n_dims > 1)
        rc = load_matrix(l, spec, t, &w);
    else
        rc = load_copy(l, t, KN_TYPE_f32, &w.data);
    if (rc)
        return rc;
    lm_slot_put(l->model, slot, layer, &w);
    return load_bias(l, slot, layer, spec);
}

int lm_model_open(struct lm_model **out, const struct lm_file *f, const struct lm_load *how)
{
    struct lm_config c;
    struct lm_tensor_spec spec;
    struct load l = { .file = f, .how = how, .quantizes = how->quantize != NULL };
    *out = NULL;
    int rc = how->quantize ? lm_type_find(&l.type, how->quantize) : TARE_OK;
    if (!rc)
        rc = lm_config_read(&c, f, how->expected);
    if (!rc)
        rc = lm_model_make(&l.model, &c);
    for (size_t i = 0; !rc && lm_config_tensor(&c, i, &spec); i++)
        rc = load_tensor(&l, &spec);
    if (rc) {
        lm_model_free(l.model);
        return rc;
    }
    lm_model_finish(l.model);
    *out = l.model;
    return TARE_OK;
}
