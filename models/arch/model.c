/* A model's memory, and its weights put in their places. */
#include <stdlib.h>
#include <string.h>

#include "framework/base/error.h"
#include "framework/base/mem.h"
#include "framework/base/text.h"
#include "models/arch/weights.h"

int lm_model_make(struct lm_model **out, const struct lm_config *c)
{
    *out = NULL;
    struct lm_model *m = tare_calloc(1, sizeof *m);
    if (!m)
        return TARE_ENOMEM;
    m->config = *c;
    m->rules = lm_rules_of(c->arch);
    m->layers = tare_calloc(c->n_layers, sizeof *m->layers);
    if (!m->layers) {
        lm_model_free(m);
        return TARE_ENOMEM;
    }
    *out = m;
    return TARE_OK;
}

void lm_model_free(struct lm_model *m)
{
    if (!m)
        return;
    for (size_t i = 0; i < m->n_blocks; i++)
        free(m->blocks[i]);
    free(m->blocks);
    free(m->layers);
    free(m);
}

void *lm_model_memory(struct lm_model *m, size_t bytes)
{
    if (tare_grow(&m->blocks, &m->cap_blocks, m->n_blocks + 1, sizeof *m->blocks))
        return NULL;
    void *block = tare_huge(bytes);
    if (block)
        m->blocks[m->n_blocks++] = block;
    return block;
}

void lm_model_finish(struct lm_model *m)
{
    if (m->config.tied)
        m->output = m->embd;
}

const struct lm_config *lm_model_config(const struct lm_model *m)
{
    return &m->config;
}

size_t lm_model_bytes(const struct lm_model *m)
{
    return m->bytes;
}

bool lm_model_is_mapped(const struct lm_model *m)
{
    return m->is_mapped;
}

static size_t table_bytes(const struct lm_matrix *w)
{
    return w->rows ? (w->rows - 1) * kn_row_bytes(w->type, w->cols) : 0;
}

size_t lm_model_token_bytes(const struct lm_model *m)
{
    return m->bytes - table_bytes(&m->places) - (m->config.tied ? 0 : table_bytes(&m->embd));
}

enum kn_type lm_model_type(const struct lm_model *m)
{
    size_t best = 0;
    for (size_t i = 1; i < KN_N_TYPES; i++)
        if (m->type_bytes[i] > m->type_bytes[best])
            best = i;
    return (enum kn_type)best;
}

static const struct {
    const char *word;
    enum kn_type type;
} words[] = {
    { "int8", KN_TYPE_i8 },
    { "float16", KN_TYPE_f16 },
    { "float32", KN_TYPE_f32 },
    { "bfloat16", KN_TYPE_bf16 },
};

int lm_type_find(enum kn_type *type, const char *word)
{
    enum { N_WORDS = sizeof words / sizeof *words };
    const char *known[N_WORDS + KN_N_TYPES];
    if (kn_type_find(type, word))
        return TARE_OK;
    for (size_t i = 0; i < N_WORDS; i++) {
        known[i] = words[i].word;
        if (strcasecmp(words[i].word, word) == 0) {
            *type = words[i].type;
            return TARE_OK;
        }
    }
    for (size_t i = 0; i < KN_N_TYPES; i++)
        known[N_WORDS + i] = kn_type_name((enum kn_type)i);
    const char *near = tare_nearest(word, known, N_WORDS + KN_N_TYPES);
    return tare_fail(TARE_EUSAGE, "unknown type '%s': did you mean '%s'?", word, near ? near : "q8_0");
}

enum kn_type lm_type_fitting(enum kn_type type, size_t k)
{
    static const enum kn_type smaller[KN_N_TYPES] = {
        /* about as many bits, in shorter blocks */
        [KN_TYPE_q2_k] = KN_TYPE_q4_0, [KN_TYPE_q3_k] = KN_TYPE_q4_0, [KN_TYPE_q4_k] = KN_TYPE_q4_1,
        [KN_TYPE_q5_k] = KN_TYPE_q5_1, [KN_TYPE_q6_k] = KN_TYPE_q8_0, [KN_TYPE_nf4] = KN_TYPE_q4_0,
    };
    if (k % kn_type_block(type) != 0 && smaller[type])
        type = smaller[type];
    return k % kn_type_block(type) == 0 ? type : KN_TYPE_f16;
}
