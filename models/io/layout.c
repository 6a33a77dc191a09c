/* Which tensors a model has, from models/tensors.def, and what follows from that. */
#include <lm/config.h>
#include <lm/file.h>

#include "framework/base/error.h"

#include <stdio.h>
#include <string.h>

enum where { HEAD, LAYER, TAIL, OWN, LLAMA3, LONG };
enum size { ONE, EMBD, VOCAB, CTX, Q, KV, QKV, FF, GATE_UP, ROPE };

static const struct line {
    enum lm_arch arch;
    enum where where;
    const char *name;
    enum lm_role role;
    enum size rows, columns;
} lines[] = {
#define LM_TENSOR(arch, where, name, role, rows, columns)                                                              \
    { LM_ARCH_##arch, where, name, LM_ROLE_##role, rows, columns },
#include "models/tensors.def"
#undef LM_TENSOR
};
enum { N_LINES = sizeof lines / sizeof *lines };

static size_t size_of(const struct lm_config *c, enum size size)
{
    size_t q = c->n_heads * c->head_dim, kv = c->n_kv_heads * c->head_dim;
    const size_t sizes[] = { 1,  c->n_embd,  c->n_vocab, c->n_ctx,    q,
                             kv, q + 2 * kv, c->n_ff,    2 * c->n_ff, c->rope_dims / 2 };
    return sizes[size];
}

static bool has_line(const struct lm_config *c, const struct line *l)
{
    return l->arch == c->arch && !(l->where == OWN && c->tied) && !(l->where == LLAMA3 && !c->rope_factors) &&
           !(l->where == LONG && !c->rope_long);
}

static void fill(const struct lm_config *c, const struct line *l, size_t layer, struct lm_tensor_spec *spec)
{
    *spec = (struct lm_tensor_spec){ .n_dims = 2, .dims = { size_of(c, l->rows), size_of(c, l->columns) } };
    if (l->rows == ONE) {
        spec->n_dims = 1;
        spec->dims[0] = spec->dims[1];
        spec->dims[1] = 0;
    }
    spec->factor = l->role == LM_ROLE_none;
    spec->bias = strstr(l->name, ".bias") != NULL;
    spec->role = l->role;
    spec->layer = layer;
    spec->matrix = l->rows != ONE && (l->where != HEAD || (l->rows == VOCAB && c->tied));
    if (l->where == LAYER)
        snprintf(spec->name, sizeof spec->name, "blk.%zu.%s", layer, l->name);
    else
        snprintf(spec->name, sizeof spec->name, "%s", l->name);
}

bool lm_config_tensor(const struct lm_config *c, size_t index, struct lm_tensor_spec *spec)
{
    size_t i = 0;
    while (i < N_LINES) {
        if (!has_line(c, &lines[i])) {
            i++;
            continue;
        }
        size_t n = 1, repeats = 1; /* lines in a row that belong to a layer, and how often they come */
        if (lines[i].where == LAYER) {
            repeats = c->n_layers;
            while (i + n < N_LINES && lines[i + n].where == LAYER && lines[i + n].arch == c->arch)
                n++;
        }
        if (index < n * repeats) {
            fill(c, &lines[i + index % n], index / n, spec);
            return true;
        }
        index -= n * repeats;
        i += n;
    }
    return false;
}

int lm_config_check_tensors(const struct lm_config *c, const struct lm_file *f)
{
    struct lm_tensor_spec spec;
    const struct lm_tensor *t;
    int rc = 0;
    for (size_t i = 0; !rc && lm_config_tensor(c, i, &spec); i++)
        rc = lm_file_want(&t, f, spec.name, spec.n_dims, spec.dims);
    return rc;
}

static size_t elements(const struct lm_tensor_spec *spec)
{
    return spec->n_dims == 1 ? spec->dims[0] : spec->dims[0] * spec->dims[1];
}

size_t lm_config_parameters(const struct lm_config *c)
{
    struct lm_tensor_spec spec;
    size_t n = 0;
    for (size_t i = 0; lm_config_tensor(c, i, &spec); i++)
        n += spec.factor ? 0 : elements(&spec);
    return n;
}

size_t lm_config_madds(const struct lm_config *c)
{
    struct lm_tensor_spec spec;
    size_t n = 0;
    for (size_t i = 0; lm_config_tensor(c, i, &spec); i++)
        n += spec.matrix ? elements(&spec) : 0;
    return n;
}
