/* From the tensors of a file to the slots of a model. */
#include <lm/file.h>

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "framework/base/error.h"
#include "models/arch/convert.h"

enum { NAME_MAX_BYTES = 64 };

struct load {
    const struct lm_file *file;
    const struct lm_load *how;
    struct lm_model *model;
    bool quantizes;
    enum kn_type type;
    bool transposed; /* GPT-2's matrices lie as [in][out] in safetensors, but for the embeddings */
};

static void shape_text(char *text, size_t size, const size_t *dims, size_t n)
{
    size_t at = 0;
    text[0] = '\0';
    for (size_t i = 0; i < n && at < size; i++)
        at += (size_t)snprintf(text + at, size - at, i ? " x %zu" : "%zu", dims[i]);
}

/* The tensor of that name, of that shape. */
static int find_tensor(const struct load *l, const char *name, const size_t *dims, size_t n, const struct lm_tensor **t)
{
    const char *path = lm_file_path(l->file);
    *t = lm_file_tensor(l->file, name);
    if (!*t)
        return tare_fail(TARE_EPARSE, "%s: tensor '%s' is missing: %s models of %zu layers have it", path, name,
                         lm_arch_name(l->model->config.arch), l->model->config.n_layers);
    if ((*t)->n_dims != n || memcmp((*t)->dims, dims, n * sizeof *dims) != 0) {
        char is[96], must[96];
        shape_text(is, sizeof is, (*t)->dims, (*t)->n_dims);
        shape_text(must, sizeof must, dims, n);
        return tare_fail(TARE_EPARSE, "%s: tensor '%s' at offset %zu is %s, where the model's sizes want %s", path,
                         name, lm_file_offset(l->file, name), is, must);
    }
    return TARE_OK;
}

static int damaged(const struct load *l, const char *name, size_t row)
{
    return tare_fail(TARE_EPARSE, "%s: tensor '%s' at offset %zu holds a value that is no finite number, in row %zu",
                     lm_file_path(l->file), name, lm_file_offset(l->file, name), row);
}

/* A norm or a bias, as f32. */
static int load_vector(const struct load *l, const char *name, size_t n, const float **out)
{
    const struct lm_tensor *t;
    int rc = find_tensor(l, name, &n, 1, &t);
    if (rc)
        return rc;
    if (kn_type_block(t->type) > 1)
        return tare_fail(TARE_EPARSE, "%s: tensor '%s' is stored as %s, where numbers of their own are wanted",
                         lm_file_path(l->file), name, kn_type_name(t->type));
    float *x = lm_model_memory(l->model, n * sizeof *x);
    if (!x)
        return TARE_ENOMEM;
    struct lm_matrix from = { .type = t->type, .rows = 1, .cols = n, .data = t->data }, to = from;
    to.type = KN_TYPE_f32;
    size_t bad;
    rc = lm_convert(&from, &to, x, false, NULL, &bad);
    if (!rc && bad < 1)
        rc = damaged(l, name, 0);
    *out = x;
    return rc;
}

/* Where a matrix must be copied: to be quantised, turned, or aligned. */
static int load_copy(const struct load *l, const struct lm_tensor *t, struct lm_matrix *w, bool transposed,
                     enum kn_type type)
{
    struct lm_matrix to = *w;
    size_t bad;
    to.type = type;
    void *data = lm_model_memory(l->model, to.rows * kn_row_bytes(type, to.cols));
    if (!data)
        return TARE_ENOMEM;
    int rc = lm_convert(w, &to, data, transposed, l->how->pool, &bad);
    if (rc)
        return rc;
    if (bad < w->rows)
        return damaged(l, t->name, bad);
    lm_file_forget(l->file, t);
    *w = to;
    w->data = data;
    return TARE_OK;
}

static size_t element_bytes(enum kn_type type)
{
    return type == KN_TYPE_f32 || type == KN_TYPE_i8 ? 4 : 2;
}

static int load_matrix(const struct load *l, const struct lm_slot *p, const char *name, struct lm_matrix *w)
{
    const struct lm_tensor *t;
    bool transposed = l->transposed && p->in_layer;
    size_t dims[2] = { transposed ? w->cols : w->rows, transposed ? w->rows : w->cols };
    int rc = find_tensor(l, name, dims, 2, &t);
    if (rc)
        return rc;
    w->type = t->type;
    w->data = t->data;
    if (dims[1] % kn_type_block(t->type) != 0 || (transposed && kn_type_block(t->type) > 1))
        return tare_fail(TARE_EPARSE, "%s: tensor '%s' of type %s has rows of %zu elements, no whole number of blocks",
                         lm_file_path(l->file), name, kn_type_name(t->type), dims[1]);
    enum kn_type type = l->quantizes && p->kind == LM_SLOT_MATRIX ? lm_type_fitting(l->type, w->cols) : t->type;
    if (type != t->type || transposed || (uintptr_t)t->data % element_bytes(t->type) != 0)
        return load_copy(l, t, w, transposed, type);
    size_t bad = w->rows;
    if (l->how->check_weights)
        rc = lm_find_damage(w, l->how->pool, &bad);
    return rc ? rc : bad < w->rows ? damaged(l, name, bad) : TARE_OK;
}

static int load_part(const struct load *l, const struct lm_slot *p, size_t layer)
{
    char stem[NAME_MAX_BYTES], name[NAME_MAX_BYTES + 8];
    const struct lm_config *c = &l->model->config;
    struct lm_matrix w = { .rows = lm_slot_rows(p, c), .cols = lm_size_of(c, p->cols) };
    if (p->in_layer)
        snprintf(stem, sizeof stem, "blk.%zu.%s", layer, p->name);
    else
        snprintf(stem, sizeof stem, "%s", p->name);
    snprintf(name, sizeof name, "%s.weight", stem);
    if (p->may_lack && !lm_file_tensor(l->file, name))
        return TARE_OK;
    int rc;
    if (p->kind == LM_SLOT_NORM) {
        const float *weight = NULL;
        rc = load_vector(l, name, w.rows, &weight);
        w.data = weight;
    } else {
        rc = load_matrix(l, p, name, &w);
    }
    snprintf(name, sizeof name, "%s.bias", stem);
    if (!rc && (p->biased >> c->arch & 1 || lm_file_tensor(l->file, name)))
        rc = load_vector(l, name, w.rows, &w.bias);
    if (!rc)
        lm_model_put(l->model, p, layer, &w);
    return rc;
}

static int load_all(const struct load *l)
{
    size_t n;
    const struct lm_slot *slots = lm_slots(&n);
    const struct lm_config *c = &l->model->config;
    int rc = TARE_OK;
    for (size_t i = 0; i < n && !rc; i++)
        for (size_t layer = 0; layer < (slots[i].in_layer ? c->n_layers : 1) && !rc; layer++)
            if (slots[i].archs >> c->arch & 1)
                rc = load_part(l, &slots[i], layer);
    return rc;
}

int lm_model_open(struct lm_model **out, const struct lm_file *f, const struct lm_load *how)
{
    struct lm_config c;
    struct load l = { .file = f, .how = how, .quantizes = how->quantize != NULL };
    *out = NULL;
    int rc = how->quantize ? lm_type_find(&l.type, how->quantize) : TARE_OK;
    if (!rc)
        rc = lm_config_read(&c, f, how->expected);
    if (!rc)
        rc = lm_model_make(&l.model, &c);
    if (rc)
        return rc;
    l.transposed = c.arch == LM_ARCH_gpt2 && strcmp(lm_file_format(f), "safetensors") == 0;
    rc = load_all(&l);
    if (rc) {
        lm_model_free(l.model);
        return rc;
    }
    lm_model_finish(l.model);
    *out = l.model;
    return TARE_OK;
}
