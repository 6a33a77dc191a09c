/* From the tensors of a file to the parts of a model. */
#include <lm/file.h>

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "framework/base/error.h"
#include "models/arch/convert.h"
#include "models/arch/memory.h"

/* A model with no more bytes of matrices than this stays in the nearer caches, where a load that straddles two of their
 * lines costs a second one; to copy it takes a few milliseconds. */
enum { SMALL = 16 << 20, LINE = 64 };

struct load {
    const struct lm_file *file;
    const struct lm_load *how;
    struct lm_model *model;
    bool quantizes;
    enum kn_type type; /* where it does */
    bool small;        /* what does not begin at a line is copied */
    size_t needed;     /* bytes of all matrices that leave the file */
};

/* What a tensor's bytes must be aligned to for the kernels. */
static size_t alignment_of(enum kn_type type)
{
    return type == KN_TYPE_f32 || type == KN_TYPE_i8 || type == KN_TYPE_nf4 ? sizeof(float) : sizeof(uint16_t);
}

/* What becomes of a matrix: the type it gets, and whether it must leave the file for that. */
struct fate {
    enum kn_type type;
    bool converted; /* row by row: another type, another order, or badly aligned */
    bool copied;    /* as it is */
};

static struct fate fate_of(const struct load *l, const struct lm_tensor_spec *spec, const struct lm_tensor *t)
{
    bool looked_up = spec->role == LM_ROLE_places;
    struct fate fate = { .type = t->type };
    if (l->quantizes && !looked_up)
        fate.type = lm_type_fitting(l->type, t->dims[t->n_dims - 1]);
    fate.converted = fate.type != t->type || t->transposed;
    bool straddles = l->small && (uintptr_t)t->data % LINE != 0;
    fate.copied = !fate.converted && (l->how->unmapped || straddles);
    fate.converted |= !fate.copied && (uintptr_t)t->data % alignment_of(t->type) != 0;
    return fate;
}

static size_t bytes_as(const struct lm_tensor *t, enum kn_type type)
{
    return lm_tensor_rows(t) * kn_row_bytes(type, t->dims[t->n_dims - 1]);
}

static int lacks(const struct load *l, size_t bytes)
{
    char what[128];
    const char *verb = l->quantizes ? "the quantised weights take" : "a copy of the weights takes";
    const char *advice = l->quantizes       ? "a smaller type (--quantize q4_0) takes less"
                         : l->how->unmapped ? "without --no-mmap they stay in the file"
                                            : "tare model quantize makes a GGUF that needs no copy";
    snprintf(what, sizeof what, "%s %.1f GiB", verb, (double)bytes / 0x1p30);
    return lm_memory_lacks(what, advice);
}

/* Bytes of all matrices as they will be, or of those that leave the file; what is wrong with a tensor is told when it
 * is loaded. */
static size_t matrix_bytes(const struct load *l, const struct lm_config *c, bool all)
{
    struct lm_tensor_spec spec;
    size_t bytes = 0;
    for (size_t i = 0; lm_config_tensor(c, i, &spec); i++) {
        const struct lm_tensor *t = lm_file_tensor(l->file, spec.name);
        if (!t || spec.n_dims < 2 || spec.factor || t->n_dims != spec.n_dims)
            continue;
        struct fate fate = fate_of(l, &spec, t);
        if (all || fate.converted || fate.copied)
            bytes += bytes_as(t, fate.type);
    }
    return bytes;
}

/* TARE_ENOMEM before any work where the matrices that leave the file do not fit. */
static int check_memory(struct load *l, const struct lm_config *c)
{
    l->small = matrix_bytes(l, c, true) <= SMALL;
    l->needed = matrix_bytes(l, c, false);
    return l->needed == 0 || lm_memory_for(l->needed) ? TARE_OK : lacks(l, l->needed);
}

/* Reads a tensor, converted to `data` (or not, where it is NULL), and finds out which weight is damaged if one is. */
static int convert(const struct load *l, const struct lm_tensor *t, enum kn_type type, void *data)
{
    bool damaged;
    int rc = lm_convert(t, type, data, l->how->pool, &damaged);
    return !rc && damaged ? lm_tensor_check(l->file, t) : rc;
}

/* A copy of a vector in f32. */
static int load_vector(const struct load *l, const struct lm_tensor *t, const void **out)
{
    void *data = lm_model_memory(l->model, bytes_as(t, KN_TYPE_f32));
    *out = data;
    return data ? convert(l, t, KN_TYPE_f32, data) : TARE_ENOMEM;
}

static int load_matrix(const struct load *l, const struct lm_tensor_spec *spec, const struct lm_tensor *t,
                       struct lm_matrix *w)
{
    struct fate fate = fate_of(l, spec, t);
    *w = (struct lm_matrix){ .type = fate.type, .rows = t->dims[0], .cols = t->dims[1], .data = t->data };
    int rc = l->how->check_weights && !fate.converted ? convert(l, t, KN_TYPE_f32, NULL) : TARE_OK;
    bool stays = !fate.converted && !fate.copied;
    l->model->is_mapped |= stays;
    if (rc || stays)
        return rc;
    void *data = lm_model_memory(l->model, bytes_as(t, fate.type));
    if (!data)
        return lacks(l, l->needed);
    w->data = data;
    if (fate.copied)
        return lm_copy(l->file, t, data, l->how->pool);
    rc = convert(l, t, fate.type, data);
    lm_file_forget(l->file, t);
    return rc;
}

/* A bias that this model has, whether its architecture usually has it or not. */
static int load_bias(const struct load *l, const struct lm_tensor_spec *weight)
{
    char name[LM_MAX_NAME];
    const struct lm_tensor *t;
    const void *bias;
    snprintf(name, sizeof name, "%.*s.bias", (int)(strlen(weight->name) - strlen(".weight")), weight->name);
    if (!lm_file_tensor(l->file, name))
        return TARE_OK;
    int rc = lm_file_want(&t, l->file, name, 1, weight->dims);
    if (!rc)
        rc = load_vector(l, t, &bias);
    if (!rc)
        lm_model_put_bias(l->model, weight, bias);
    return rc;
}

static int load_tensor(const struct load *l, const struct lm_tensor_spec *spec)
{
    const struct lm_tensor *t;
    if (spec->factor)
        return TARE_OK;
    int rc = lm_file_want(&t, l->file, spec->name, spec->n_dims, spec->dims);
    if (rc || spec->bias) /* which came with its weight */
        return rc;
    struct lm_matrix w = { .type = KN_TYPE_f32, .rows = spec->dims[0], .cols = 1 };
    if (spec->n_dims > 1)
        rc = load_matrix(l, spec, t, &w);
    else
        rc = load_vector(l, t, &w.data);
    if (rc)
        return rc;
    lm_model_put(l->model, spec, &w);
    return load_bias(l, spec);
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
        rc = check_memory(&l, &c);
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
