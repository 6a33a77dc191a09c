/* The architectures as tables: how each computes, and which tensors it is made of. */
#include "models/arch/weights.h"

#define LLAMA (1u << LM_ARCH_llama)
#define QWEN2 (1u << LM_ARCH_qwen2)
#define GPT2  (1u << LM_ARCH_gpt2)
#define PHI3  (1u << LM_ARCH_phi3)
#define EVERY (LLAMA | QWEN2 | GPT2 | PHI3)

/* Touvron et al., "Llama 2", 2023; Yang et al., "Qwen2", 2024; Radford et al., "Language Models are Unsupervised
 * Multitask Learners", 2019, whose GELU is the one with tanh; Abdin et al., "Phi-3", 2024. */
static const struct lm_rules rules[LM_N_ARCHS] = {
    [LM_ARCH_llama] = { .norm = KN_OP_rmsnorm, .activation = KN_OP_silu, .gated = true },
    [LM_ARCH_qwen2] = { .norm = KN_OP_rmsnorm, .activation = KN_OP_silu, .gated = true },
    [LM_ARCH_gpt2] = { .norm = KN_OP_layernorm, .activation = KN_OP_gelu_tanh, .learned_places = true },
    [LM_ARCH_phi3] = { .norm = KN_OP_rmsnorm, .activation = KN_OP_silu, .gated = true },
};

#define OF_LAYER(field) offsetof(struct lm_layer, field)
#define OF_MODEL(field) offsetof(struct lm_model, field)

/* clang-format off */
static const struct lm_slot slots[] = {
    { "token_embd", EVERY, 0, .kind = LM_SLOT_MATRIX, .cols = LM_EMBD, .into = { { OF_MODEL(embd), LM_VOCAB } } },
    { "position_embd", GPT2, 0, .kind = LM_SLOT_ROWS, .cols = LM_EMBD, .into = { { OF_MODEL(places), LM_CTX } } },
    { "output_norm", EVERY, GPT2, .kind = LM_SLOT_NORM, .into = { { OF_MODEL(output_norm), LM_EMBD } } },
    { "output", EVERY, 0, .may_lack = true, .kind = LM_SLOT_MATRIX, .cols = LM_EMBD,
      .into = { { OF_MODEL(output), LM_VOCAB } } },

    { "attn_norm", EVERY, GPT2, .in_layer = true, .kind = LM_SLOT_NORM, .into = { { OF_LAYER(attn_norm), LM_EMBD } } },
    { "attn_q", LLAMA | QWEN2, QWEN2, .in_layer = true, .cols = LM_EMBD, .into = { { OF_LAYER(q), LM_Q } } },
    { "attn_k", LLAMA | QWEN2, QWEN2, .in_layer = true, .cols = LM_EMBD, .into = { { OF_LAYER(k), LM_KV } } },
    { "attn_v", LLAMA | QWEN2, QWEN2, .in_layer = true, .cols = LM_EMBD, .into = { { OF_LAYER(v), LM_KV } } },
    { "attn_qkv", GPT2 | PHI3, GPT2, .in_layer = true, .cols = LM_EMBD,
      .into = { { OF_LAYER(q), LM_Q }, { OF_LAYER(k), LM_KV }, { OF_LAYER(v), LM_KV } } },
    { "attn_output", EVERY, GPT2, .in_layer = true, .cols = LM_Q, .into = { { OF_LAYER(attn_out), LM_EMBD } } },

    { "ffn_norm", EVERY, GPT2, .in_layer = true, .kind = LM_SLOT_NORM, .into = { { OF_LAYER(ffn_norm), LM_EMBD } } },
    { "ffn_gate", LLAMA | QWEN2, 0, .in_layer = true, .cols = LM_EMBD, .into = { { OF_LAYER(gate), LM_FF } } },
    { "ffn_up", LLAMA | QWEN2 | GPT2, GPT2, .in_layer = true, .cols = LM_EMBD, .into = { { OF_LAYER(up), LM_FF } } },
    { "ffn_up", PHI3, 0, .in_layer = true, .cols = LM_EMBD, .into = { { OF_LAYER(gate), LM_FF }, { OF_LAYER(up), LM_FF } } },
    { "ffn_down", EVERY, GPT2, .in_layer = true, .cols = LM_FF, .into = { { OF_LAYER(down), LM_EMBD } } },
};
/* clang-format on */

const struct lm_rules *lm_rules_of(enum lm_arch arch)
{
    return &rules[arch];
}

const struct lm_slot *lm_slots(size_t *n)
{
    *n = sizeof slots / sizeof *slots;
    return slots;
}

size_t lm_size_of(const struct lm_config *c, enum lm_size size)
{
    const size_t sizes[] = {
        [LM_NONE] = 1,
        [LM_EMBD] = c->n_embd,
        [LM_Q] = c->n_heads * c->head_dim,
        [LM_KV] = c->n_kv_heads * c->head_dim,
        [LM_FF] = c->n_ff,
        [LM_VOCAB] = c->n_vocab,
        [LM_CTX] = c->n_ctx,
    };
    return sizes[size];
}

size_t lm_slot_rows(const struct lm_slot *p, const struct lm_config *c)
{
    size_t rows = 0;
    for (size_t i = 0; i < sizeof p->into / sizeof *p->into && p->into[i].rows != LM_NONE; i++)
        rows += lm_size_of(c, p->into[i].rows);
    return rows;
}
