#include "models/arch/synth.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "framework/base/error.h"
#include "framework/base/mem.h"
#include "models/arch/convert.h"
#include "models/arch/metadata.h"

enum { CHUNK_BYTES = 16 << 20 };

/* One tensor, a chunk of rows at a time. */
static int write_tensor(struct gguf_writer *w, const struct lm_tensor *t, const struct lm_tensor_spec *spec,
                        const struct lm_config *c, uint64_t seed, struct tare_pool *pool, void *chunk)
{
    if (spec->factor)
        return gguf_data(w, c->rope_factors, t->dims[0] * sizeof(float));
    bool vector = t->n_dims == 1, bias = strstr(t->name, ".bias") != NULL;
    size_t columns = vector ? 1 : t->dims[1], row_bytes = kn_row_bytes(t->type, columns);
    size_t at_once = CHUNK_BYTES / row_bytes;
    float middle = vector && !bias ? 1 : 0, range = bias ? 0.1f : vector ? 0.25f : sqrtf(3 / (float)columns);
    int rc = 0;
    for (size_t r = 0; r < t->dims[0] && !rc; r += at_once) {
        size_t n = t->dims[0] - r < at_once ? t->dims[0] - r : at_once;
        struct lm_matrix m = { .type = t->type, .rows = n, .cols = columns };
        rc = lm_fill(&m, chunk, middle, range, seed + ((uint64_t)r << 24), pool);
        if (!rc)
            rc = gguf_data(w, chunk, n * row_bytes);
    }
    return rc;
}

static void tensor_of(struct lm_tensor *t, const struct lm_tensor_spec *spec, const struct mix *mix,
                      const struct lm_config *c)
{
    *t = (struct lm_tensor){ .name = spec->name, .n_dims = spec->n_dims, .dims = { spec->dims[0], spec->dims[1] } };
    t->type = mix_type(mix, c, t);
}

int write_random(struct gguf_writer *w, const struct lm_config *c, const struct mix *mix, uint64_t seed,
                 struct tare_pool *pool)
{
    struct lm_tensor_spec spec;
    struct lm_tensor t;
    void *chunk = tare_alloc(CHUNK_BYTES);
    int rc = chunk ? 0 : TARE_ENOMEM;
    write_config(w, c, mix);
    write_vocabulary(w, c->n_vocab);
    for (size_t i = 0; !rc && lm_config_tensor(c, i, &spec); i++) {
        tensor_of(&t, &spec, mix, c);
        rc = gguf_declare(w, &t);
    }
    if (!rc)
        rc = gguf_begin_data(w);
    for (size_t i = 0; !rc && lm_config_tensor(c, i, &spec); i++) {
        tensor_of(&t, &spec, mix, c);
        rc = write_tensor(w, &t, &spec, c, seed * 0x9e3779b97f4a7c15u + ((uint64_t)i << 48), pool, chunk);
    }
    free(chunk);
    return rc;
}
