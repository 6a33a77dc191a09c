/* As tables: how each architecture computes, and where the parts of models/tensors.def go. */
#include <stddef.h>

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

enum { MAX_INTO = 3 };

/* Where the rows of a tensor go: offsets of a struct lm_matrix or lm_norm in struct lm_layer or lm_model. */
struct slot {
    bool in_layer, is_norm;
    size_t n_into, into[MAX_INTO];
};

#define OF_LAYER(field) offsetof(struct lm_layer, field)
#define OF_MODEL(field) offsetof(struct lm_model, field)

/* clang-format off */
static const struct slot slots[LM_N_ROLES] = {
    [LM_ROLE_embd] = { false, false, 1, { OF_MODEL(embd) } },
    [LM_ROLE_places] = { false, false, 1, { OF_MODEL(places) } },
    [LM_ROLE_output_norm] = { false, true, 1, { OF_MODEL(output_norm) } },
    [LM_ROLE_output] = { false, false, 1, { OF_MODEL(output) } },
    [LM_ROLE_attn_norm] = { true, true, 1, { OF_LAYER(attn_norm) } },
    [LM_ROLE_q] = { true, false, 1, { OF_LAYER(q) } },
    [LM_ROLE_k] = { true, false, 1, { OF_LAYER(k) } },
    [LM_ROLE_v] = { true, false, 1, { OF_LAYER(v) } },
    [LM_ROLE_qkv] = { true, false, 3, { OF_LAYER(q), OF_LAYER(k), OF_LAYER(v) } },
    [LM_ROLE_attn_out] = { true, false, 1, { OF_LAYER(attn_out) } },
    [LM_ROLE_ffn_norm] = { true, true, 1, { OF_LAYER(ffn_norm) } },
    [LM_ROLE_gate] = { true, false, 1, { OF_LAYER(gate) } },
    [LM_ROLE_up] = { true, false, 1, { OF_LAYER(up) } },
    [LM_ROLE_gate_up] = { true, false, 2, { OF_LAYER(gate), OF_LAYER(up) } },
    [LM_ROLE_down] = { true, false, 1, { OF_LAYER(down) } },
};
/* clang-format on */

/* Rows of a tensor that go to the i-th place: keys and values have those of their heads, all others share evenly. */
static size_t rows_into(const struct lm_model *m, const struct lm_tensor_spec *spec, size_t i)
{
    size_t rows = spec->dims[0], kv = m->config.n_kv_heads * m->config.head_dim;
    return spec->role != LM_ROLE_qkv ? rows / slots[spec->role].n_into : i > 0 ? kv : rows - 2 * kv;
}

/* The struct lm_matrix or lm_norm of the i-th place. */
static void *place_of(struct lm_model *m, const struct lm_tensor_spec *spec, size_t i)
{
    const struct slot *slot = &slots[spec->role];
    char *base = slot->in_layer ? (char *)&m->layers[spec->layer] : (char *)m;
    return base + slot->into[i];
}

void lm_model_put(struct lm_model *m, const struct lm_tensor_spec *spec, const struct lm_matrix *whole)
{
    size_t row_bytes = kn_row_bytes(whole->type, whole->cols), begin = 0;
    m->bytes += whole->rows * row_bytes;
    if (slots[spec->role].is_norm) {
        ((struct lm_norm *)place_of(m, spec, 0))->weight = whole->data;
        return;
    }
    m->type_bytes[whole->type] += whole->rows * row_bytes;
    for (size_t i = 0; i < slots[spec->role].n_into; i++) {
        struct lm_matrix *w = place_of(m, spec, i);
        *w = *whole;
        w->rows = rows_into(m, spec, i);
        w->data = (const char *)whole->data + begin * row_bytes;
        begin += w->rows;
    }
}

void lm_model_put_bias(struct lm_model *m, const struct lm_tensor_spec *spec, const float *bias)
{
    m->bytes += spec->dims[0] * sizeof *bias;
    if (slots[spec->role].is_norm) {
        ((struct lm_norm *)place_of(m, spec, 0))->bias = bias;
        return;
    }
    for (size_t i = 0; i < slots[spec->role].n_into; i++) {
        struct lm_matrix *w = place_of(m, spec, i);
        w->bias = bias;
        bias += w->rows;
    }
}
