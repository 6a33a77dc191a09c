/* The architectures as tables: how each computes, and where its tensors go. */
#include <stdio.h>
#include <string.h>

#include "models/arch/weights.h"

/* Touvron et al., "Llama 2", 2023; Yang et al., "Qwen2", 2024; Radford et al., "Language Models are Unsupervised
 * Multitask Learners", 2019, whose GELU is the one with tanh; Abdin et al., "Phi-3", 2024. */
static const struct lm_rules rules[LM_N_ARCHS] = {
    [LM_ARCH_llama] = { .norm = KN_OP_rmsnorm, .activation = KN_OP_swiglu, .gated = true },
    [LM_ARCH_qwen2] = { .norm = KN_OP_rmsnorm, .activation = KN_OP_swiglu, .gated = true },
    [LM_ARCH_gpt2] = { .norm = KN_OP_layernorm, .activation = KN_OP_gelu_tanh, .learned_places = true },
    [LM_ARCH_phi3] = { .norm = KN_OP_rmsnorm, .activation = KN_OP_swiglu, .gated = true },
};

const struct lm_rules *lm_rules_of(enum lm_arch arch)
{
    return &rules[arch];
}

enum size { NONE, EMBD, Q, KV, FF, VOCAB, CTX };
enum { MAX_INTO = 3 };

struct lm_slot {
    const char *name; /* of the tensor, without "blk.N." and ".weight" or ".bias" */
    bool in_layer, is_norm;
    struct {
        size_t offset; /* of a struct lm_matrix or lm_norm, in struct lm_layer or lm_model */
        enum size rows;
    } into[MAX_INTO]; /* which rows of the tensor, one behind the other */
};

#define OF_LAYER(field) offsetof(struct lm_layer, field)
#define OF_MODEL(field) offsetof(struct lm_model, field)

/* clang-format off */
static const struct lm_slot slots[] = {
    { "token_embd", false, false, { { OF_MODEL(embd), VOCAB } } },
    { "position_embd", false, false, { { OF_MODEL(places), CTX } } },
    { "output_norm", false, true, { { OF_MODEL(output_norm), EMBD } } },
    { "output", false, false, { { OF_MODEL(output), VOCAB } } },
    { "attn_norm", true, true, { { OF_LAYER(attn_norm), EMBD } } },
    { "attn_q", true, false, { { OF_LAYER(q), Q } } },
    { "attn_k", true, false, { { OF_LAYER(k), KV } } },
    { "attn_v", true, false, { { OF_LAYER(v), KV } } },
    { "attn_qkv", true, false, { { OF_LAYER(q), Q }, { OF_LAYER(k), KV }, { OF_LAYER(v), KV } } },
    { "attn_output", true, false, { { OF_LAYER(attn_out), EMBD } } },
    { "ffn_norm", true, true, { { OF_LAYER(ffn_norm), EMBD } } },
    { "ffn_gate", true, false, { { OF_LAYER(gate), FF } } },
    { "ffn_up", true, false, { { OF_LAYER(up), FF } } },
    { "ffn_up", true, false, { { OF_LAYER(gate), FF }, { OF_LAYER(up), FF } } }, /* both in one, where it is as tall */
    { "ffn_down", true, false, { { OF_LAYER(down), EMBD } } },
};
/* clang-format on */

static size_t size_of(const struct lm_config *c, enum size size)
{
    const size_t sizes[] = {
        [NONE] = 0,
        [EMBD] = c->n_embd,
        [Q] = c->n_heads * c->head_dim,
        [KV] = c->n_kv_heads * c->head_dim,
        [FF] = c->n_ff,
        [VOCAB] = c->n_vocab,
        [CTX] = c->n_ctx,
    };
    return sizes[size];
}

static size_t rows_of(const struct lm_slot *slot, const struct lm_config *c)
{
    size_t rows = 0;
    for (size_t i = 0; i < MAX_INTO; i++)
        rows += size_of(c, slot->into[i].rows);
    return rows;
}

const struct lm_slot *lm_slot_find(const struct lm_model *m, const struct lm_tensor_spec *spec, size_t *layer,
                                   bool *is_bias)
{
    const char *name = spec->name;
    int at = 0;
    bool in_layer = sscanf(name, "blk.%zu.%n", layer, &at) == 1 && at > 0;
    if (in_layer)
        name += at;
    const char *dot = strchr(name, '.');
    if (!dot || (in_layer && *layer >= m->config.n_layers))
        return NULL;
    *is_bias = strcmp(dot, ".bias") == 0;
    for (size_t i = 0; i < sizeof slots / sizeof *slots; i++)
        if (slots[i].in_layer == in_layer && strlen(slots[i].name) == (size_t)(dot - name) &&
            strncmp(slots[i].name, name, (size_t)(dot - name)) == 0 && rows_of(&slots[i], &m->config) == spec->dims[0])
            return &slots[i];
    return NULL;
}

/* The struct lm_matrix or lm_norm that part i of a slot goes to. */
static void *place_of(struct lm_model *m, const struct lm_slot *slot, size_t layer, size_t i)
{
    char *base = slot->in_layer ? (char *)&m->layers[layer] : (char *)m;
    return base + slot->into[i].offset;
}

void lm_slot_put(struct lm_model *m, const struct lm_slot *slot, size_t layer, const struct lm_matrix *whole)
{
    size_t row_bytes = kn_row_bytes(whole->type, whole->cols), begin = 0;
    m->bytes += whole->rows * row_bytes;
    if (slot->is_norm) {
        ((struct lm_norm *)place_of(m, slot, layer, 0))->weight = whole->data;
        return;
    }
    m->type_bytes[whole->type] += whole->rows * row_bytes;
    for (size_t i = 0; i < MAX_INTO && slot->into[i].rows != NONE; i++) {
        struct lm_matrix *w = place_of(m, slot, layer, i);
        *w = *whole;
        w->rows = size_of(&m->config, slot->into[i].rows);
        w->data = (const char *)whole->data + begin * row_bytes;
        begin += w->rows;
    }
}

void lm_slot_put_bias(struct lm_model *m, const struct lm_slot *slot, size_t layer, const float *bias, size_t n)
{
    m->bytes += n * sizeof *bias;
    if (slot->is_norm) {
        ((struct lm_norm *)place_of(m, slot, layer, 0))->bias = bias;
        return;
    }
    for (size_t i = 0; i < MAX_INTO && slot->into[i].rows != NONE; i++) {
        struct lm_matrix *w = place_of(m, slot, layer, i);
        w->bias = bias;
        bias += w->rows;
    }
}
