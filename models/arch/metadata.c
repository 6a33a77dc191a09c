#include "models/arch/metadata.h"

#include <stdio.h>
#include <string.h>

static void write_sizes(struct gguf_writer *w, const struct lm_config *c)
{
    const struct {
        const char *key;
        size_t value; /* 0 = not written */
    } keys[] = {
        { "context_length", c->n_ctx },
        { "embedding_length", c->n_embd },
        { "block_count", c->n_layers },
        { "feed_forward_length", c->n_ff },
        { "attention.head_count", c->n_heads },
        { "attention.head_count_kv", c->n_kv_heads },
        { "attention.key_length", c->head_dim },
        { "attention.value_length", c->head_dim },
        { "attention.sliding_window", c->window },
        { "rope.dimension_count", c->rope_dims },
        { "rope.scaling.original_context_length", c->rope_long ? c->n_ctx_short : 0 },
        { "vocab_size", c->n_vocab },
    };
    char key[96];
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        snprintf(key, sizeof key, "%s.%s", lm_arch_name(c->arch), keys[i].key);
        if (keys[i].value)
            gguf_u32(w, key, (uint32_t)keys[i].value);
    }
}

void write_config(struct gguf_writer *w, const struct lm_config *c, const struct mix *mix)
{
    char key[96];
    const char *arch = lm_arch_name(c->arch);
    gguf_text(w, "general.architecture", arch);
    if (c->name[0])
        gguf_text(w, "general.name", c->name);
    gguf_u32(w, "general.file_type", mix->file_type);
    if (kn_type_block(mix->type) > 1)
        gguf_u32(w, "general.quantization_version", 2);
    write_sizes(w, c);
    snprintf(key, sizeof key, "%s.attention.%s", arch,
             c->arch == LM_ARCH_gpt2 ? "layer_norm_epsilon" : "layer_norm_rms_epsilon");
    gguf_f32(w, key, (float)c->norm_eps);
    if (c->rope == LM_ROPE_NONE)
        return;
    snprintf(key, sizeof key, "%s.rope.freq_base", arch);
    gguf_f32(w, key, (float)c->rope_base);
    if (c->rope_scale < 1 || c->rope_scale > 1) {
        snprintf(key, sizeof key, "%s.rope.scaling.attn_factor", arch);
        gguf_f32(w, key, (float)c->rope_scale);
    }
}

enum { N_SPECIAL = 3, N_BYTES = 256, N_LETTERS = 26, NORMAL = 1, UNKNOWN = 2, CONTROL = 3, BYTE = 6 };

/* Token i of a vocabulary of n, and its type: <unk> <s> </s>, the 256 bytes where there is room for them, then the
 * letters, with and without a space before them, then longer words, each of which is one with a letter added. */
static int token(char *text, size_t size, size_t i, size_t n)
{
    static const char *const special[N_SPECIAL] = { "<unk>", "<s>", "</s>" };
    size_t bytes = n >= N_SPECIAL + N_BYTES + 2 * N_LETTERS ? N_BYTES : 0;
    if (i < N_SPECIAL) {
        snprintf(text, size, "%s", special[i]);
        return i == 0 ? UNKNOWN : CONTROL;
    }
    i -= N_SPECIAL;
    if (i < bytes) {
        snprintf(text, size, "<0x%02zX>", i);
        return BYTE;
    }
    i -= bytes;
    bool space = i % 2 == 0;
    char word[16], *end = word + sizeof word - 1, *p = end;
    *end = '\0';
    for (i = i / 2 + 1; i > 0 && p > word; i = (i - 1) / N_LETTERS) /* counts a, b, ... z, aa, ab, ... */
        *--p = (char)('a' + (i - 1) % N_LETTERS);
    snprintf(text, size, "%s%s", space ? "\342\226\201" : "", p);
    return NORMAL;
}

void write_vocabulary(struct gguf_writer *w, size_t n)
{
    char text[32];
    gguf_text(w, "tokenizer.ggml.model", "llama");
    gguf_text(w, "tokenizer.ggml.pre", "default");
    gguf_texts(w, "tokenizer.ggml.tokens", n);
    for (size_t i = 0; i < n; i++) {
        token(text, sizeof text, i, n);
        gguf_add_text(w, text, strlen(text));
    }
    gguf_f32s(w, "tokenizer.ggml.scores", n);
    for (size_t i = 0; i < n; i++)
        gguf_add_f32(w, token(text, sizeof text, i, n) == NORMAL ? -(float)i : 0);
    gguf_i32s(w, "tokenizer.ggml.token_type", n);
    for (size_t i = 0; i < n; i++)
        gguf_add_i32(w, token(text, sizeof text, i, n));
    gguf_u32(w, "tokenizer.ggml.bos_token_id", 1);
    gguf_u32(w, "tokenizer.ggml.eos_token_id", 2);
    gguf_u32(w, "tokenizer.ggml.unknown_token_id", 0);
    gguf_bool(w, "tokenizer.ggml.add_bos_token", true);
}
