#include "models/io/hf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *hf, *gguf;
    bool transposed;
} of_model[] = {
    { "embed_tokens", "token_embd", false }, { "norm", "output_norm", false },   { "lm_head", "output", false },
    { "wte", "token_embd", false },          { "wpe", "position_embd", false }, { "ln_f", "output_norm", false },
}, of_layer[] = {
    { "input_layernorm", "attn_norm", false },
    { "self_attn.q_proj", "attn_q", false },
    { "self_attn.k_proj", "attn_k", false },
    { "self_attn.v_proj", "attn_v", false },
    { "self_attn.o_proj", "attn_output", false },
    { "post_attention_layernorm", "ffn_norm", false },
    { "mlp.gate_proj", "ffn_gate", false },
    { "mlp.up_proj", "ffn_up", false },
    { "mlp.down_proj", "ffn_down", false },
    { "self_attn.qkv_proj", "attn_qkv", false }, /* Phi-3 */
    { "mlp.gate_up_proj", "ffn_up", false },
    { "ln_1", "attn_norm", false }, /* GPT-2, whose matrices are those of a Conv1D */
    { "attn.c_attn", "attn_qkv", true },
    { "attn.c_proj", "attn_output", true },
    { "ln_2", "ffn_norm", false },
    { "mlp.c_fc", "ffn_up", true },
    { "mlp.c_proj", "ffn_down", true },
};

/* Buffers that old versions saved with the weights. */
static const char *const ignored[] = { "attn.bias", "attn.masked_bias", "self_attn.rotary_emb.inv_freq",
                                       "rotary_emb.inv_freq" };

static const char *without(const char *name, const char *start)
{
    size_t n = strlen(start);
    return strncmp(name, start, n) == 0 ? name + n : name;
}

/* "layers.12." or "h.12." in front: what is behind it, and the number; NULL where there is none. */
static const char *behind_layer(const char *name, unsigned long *layer)
{
    const char *digits = without(name, "layers.");
    char *end;
    if (digits == name)
        digits = without(name, "h.");
    if (digits == name || *digits < '0' || *digits > '9')
        return NULL;
    *layer = strtoul(digits, &end, 10);
    return *end == '.' && *layer < LM_MAX_LAYERS ? end + 1 : NULL;
}

static bool is_stem(const char *name, const char *dot, const char *stem)
{
    return strlen(stem) == (size_t)(dot - name) && memcmp(name, stem, strlen(stem)) == 0;
}

bool hf_translate(struct hf_name *out, const char *name)
{
    *out = (struct hf_name){ .ignored = false };
    unsigned long layer = 0;
    const char *rest = without(without(name, "transformer."), "model.");
    const char *inner = behind_layer(rest, &layer);
    for (size_t i = 0; i < sizeof ignored / sizeof *ignored; i++)
        out->ignored |= strcmp(inner ? inner : rest, ignored[i]) == 0;
    if (out->ignored)
        return true;
    rest = inner ? inner : rest;
    const char *dot = strrchr(rest, '.');
    if (!dot || (strcmp(dot, ".weight") != 0 && strcmp(dot, ".bias") != 0))
        return false;
    for (size_t i = 0; inner && i < sizeof of_layer / sizeof *of_layer; i++)
        if (is_stem(rest, dot, of_layer[i].hf)) {
            out->transposed = of_layer[i].transposed && strcmp(dot, ".weight") == 0;
            return snprintf(out->gguf, sizeof out->gguf, "blk.%lu.%s%s", layer, of_layer[i].gguf, dot) > 0;
        }
    for (size_t i = 0; !inner && i < sizeof of_model / sizeof *of_model; i++)
        if (is_stem(rest, dot, of_model[i].hf))
            return snprintf(out->gguf, sizeof out->gguf, "%s%s", of_model[i].gguf, dot) > 0;
    return false;
}
