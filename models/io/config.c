/* A model's configuration from the metadata of its file. Source of the keys: ggml, docs/gguf.md; llama.cpp,
 * llama-arch.cpp and llama-model.cpp. */
#include <lm/config.h>
#include <lm/file.h>

#include "framework/base/error.h"
#include "framework/base/text.h"
#include "models/io/reader.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* What users and files call the architectures; the first word of each is what messages say. */
static const struct {
    const char *word;
    enum lm_arch arch;
} words[] = {
    { "llama", LM_ARCH_llama }, { "mistral", LM_ARCH_llama }, { "tinyllama", LM_ARCH_llama },
    { "qwen2", LM_ARCH_qwen2 }, { "qwen", LM_ARCH_qwen2 },    { "qwen2.5", LM_ARCH_qwen2 },
    { "gpt", LM_ARCH_gpt2 },    { "gpt2", LM_ARCH_gpt2 },     { "gpt-2", LM_ARCH_gpt2 },
    { "phi3", LM_ARCH_phi3 },   { "phi", LM_ARCH_phi3 },      { "phi-3", LM_ARCH_phi3 },
};
enum { N_WORDS = sizeof words / sizeof *words };

const char *lm_arch_name(enum lm_arch arch)
{
    static const char *const names[] = {
#define LM_ARCH(name, description) #name,
#include "models/arch.def"
#undef LM_ARCH
    };
    return names[arch];
}

bool lm_arch_find(enum lm_arch *arch, const char *word)
{
    for (size_t i = 0; i < N_WORDS; i++)
        if (strcasecmp(words[i].word, word) == 0) {
            *arch = words[i].arch;
            return true;
        }
    return false;
}

int lm_arch_expect(enum lm_arch detected, const char *expected)
{
    enum lm_arch arch;
    if (!lm_arch_find(&arch, expected)) {
        const char *names[N_WORDS];
        for (size_t i = 0; i < N_WORDS; i++)
            names[i] = words[i].word;
        const char *near = tare_nearest(expected, names, N_WORDS);
        return tare_fail(TARE_EUSAGE, "unknown model type '%s': %s%s%s", expected, near ? "did you mean '" : "",
                         near ? near : "llama, qwen2, gpt, phi3 are known", near ? "'?" : "");
    }
    if (arch == detected)
        return 0;
    size_t i = 0;
    while (words[i].arch != detected)
        i++;
    return tare_fail(TARE_EUSAGE, "Model type mismatch: expected '%s' but detected '%s'", expected, words[i].word);
}

static int fail_key(const struct lm_file *f, const char *key, const char *why)
{
    return lm_fail_at(TARE_EPARSE, lm_file_path(f), "key", key, lm_file_offset(f, key), "%s", why);
}

/* A whole number, or an array of equal ones; *found false where the key is absent. */
static int read_whole(const struct lm_file *f, const char *key, uint64_t *value, bool *found)
{
    struct lm_value v = lm_file_value(f, key);
    size_t n = lm_file_array_length(f, key);
    if (n)
        v = lm_file_array_at(f, key, 0);
    *found = n || lm_file_offset(f, key) != SIZE_MAX || v.kind != LM_VALUE_NONE;
    if (!*found)
        return 0;
    if (v.kind != LM_VALUE_UINT && !(v.kind == LM_VALUE_INT && v.i >= 0))
        return fail_key(f, key, "is no whole number, or below 0");
    *value = v.u; /* a positive i has the same bits */
    for (size_t i = 1; i < n; i++)
        if (lm_file_array_at(f, key, i).u != *value)
            return lm_fail_at(TARE_EUNSUP, lm_file_path(f), "key", key, lm_file_offset(f, key),
                              "layers of different sizes are not supported");
    return 0;
}

static int read_real(const struct lm_file *f, const char *key, double *value, bool *found)
{
    struct lm_value v = lm_file_value(f, key);
    *found = v.kind != LM_VALUE_NONE;
    if (!*found)
        return 0;
    if (v.kind != LM_VALUE_REAL && v.kind != LM_VALUE_UINT && v.kind != LM_VALUE_INT)
        return fail_key(f, key, "is no number");
    *value = v.kind == LM_VALUE_REAL ? v.real : v.kind == LM_VALUE_UINT ? (double)v.u : (double)v.i;
    return 0;
}

static void key_of(char *key, size_t size, const struct lm_config *c, const char *suffix)
{
    snprintf(key, size, "%s.%s", lm_arch_name(c->arch), suffix);
}

/* Sizes, with the greatest that makes sense: products of three of them fit into 64 bits. */
static const struct {
    const char *key;
    size_t at;
    uint64_t max;
    bool required;
} sizes[] = {
    { "context_length", offsetof(struct lm_config, n_ctx), 1 << 30, true },
    { "embedding_length", offsetof(struct lm_config, n_embd), 1 << 20, true },
    { "block_count", offsetof(struct lm_config, n_layers), LM_MAX_LAYERS, true },
    { "feed_forward_length", offsetof(struct lm_config, n_ff), 1 << 22, true },
    { "attention.head_count", offsetof(struct lm_config, n_heads), 1 << 16, true },
    { "attention.head_count_kv", offsetof(struct lm_config, n_kv_heads), 1 << 16, false },
    { "attention.key_length", offsetof(struct lm_config, head_dim), 1 << 16, false },
    { "rope.dimension_count", offsetof(struct lm_config, rope_dims), 1 << 16, false },
    { "vocab_size", offsetof(struct lm_config, n_vocab), 1 << 24, false },
};

static int read_sizes(struct lm_config *c, const struct lm_file *f)
{
    char key[96];
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        uint64_t value = 0;
        bool found;
        key_of(key, sizeof key, c, sizes[i].key);
        int rc = read_whole(f, key, &value, &found);
        if (rc)
            return rc;
        if (!found && sizes[i].required)
            return tare_fail(TARE_EPARSE, "%s: key '%s' is missing", lm_file_path(f), key);
        if (found && (value == 0 || value > sizes[i].max))
            return lm_fail_at(TARE_EPARSE, lm_file_path(f), "key", key, lm_file_offset(f, key),
                              "is %llu, 1 to %llu are possible", (unsigned long long)value,
                              (unsigned long long)sizes[i].max);
        *(size_t *)(void *)((char *)c + sizes[i].at) = (size_t)value;
    }
    return 0;
}

static int check_heads(struct lm_config *c, const struct lm_file *f)
{
    char key[96];
    uint64_t value_length;
    bool found;
    key_of(key, sizeof key, c, "attention.head_count");
    if (!c->n_kv_heads)
        c->n_kv_heads = c->n_heads;
    if (!c->head_dim) {
        if (c->n_embd % c->n_heads)
            return fail_key(f, key, "does not divide the embedding length");
        c->head_dim = c->n_embd / c->n_heads;
    }
    if (c->n_heads % c->n_kv_heads)
        return fail_key(f, key, "is no multiple of the number of key/value heads");
    key_of(key, sizeof key, c, "attention.value_length");
    int rc = read_whole(f, key, &value_length, &found);
    if (!rc && found && value_length != c->head_dim)
        rc = lm_fail_at(TARE_EUNSUP, lm_file_path(f), "key", key, lm_file_offset(f, key),
                        "values of another length than keys are not supported");
    return rc;
}

/* Positive and finite, or what it is where the key is absent. */
static int read_positive(const struct lm_config *c, const struct lm_file *f, const char *suffix, bool required,
                         double *value)
{
    char key[96];
    bool found;
    key_of(key, sizeof key, c, suffix);
    int rc = read_real(f, key, value, &found);
    if (rc)
        return rc;
    if (!found && required)
        return tare_fail(TARE_EPARSE, "%s: key '%s' is missing", lm_file_path(f), key);
    return isfinite(*value) && *value > 0 ? 0 : fail_key(f, key, "is not a finite number above 0");
}

/* Divisors of the frequencies; NULL where the file has none. */
static int read_factors(const struct lm_config *c, const struct lm_file *f, const char *name, const float **factors)
{
    const struct lm_tensor *t = lm_file_tensor(f, name);
    *factors = NULL;
    if (!t)
        return 0;
    size_t n = c->rope_dims / 2;
    int rc = lm_file_want(&t, f, name, 1, &n);
    if (rc)
        return rc;
    size_t at = lm_file_offset(f, name);
    if (t->type != KN_TYPE_f32 || (uintptr_t)t->data % sizeof(float))
        return lm_fail_at(TARE_EPARSE, lm_file_path(f), "tensor", name, at, "is not of type f32, or not aligned");
    *factors = t->data;
    for (size_t i = 0; i < n; i++)
        if (!isfinite((*factors)[i]) || (*factors)[i] <= 0)
            return lm_fail_at(TARE_EPARSE, lm_file_path(f), "tensor", name, at,
                              "factor %zu is not a finite number above 0", i);
    return 0;
}

/* Scaling by a key, not by factors: none, and the kinds that come with factors. */
static int check_scaling(const struct lm_config *c, const struct lm_file *f)
{
    char key[96];
    key_of(key, sizeof key, c, "rope.scaling.type");
    struct lm_value v = lm_file_value(f, key);
    if (v.kind == LM_VALUE_NONE)
        return 0;
    static const char *const fine[] = { "none", "llama3", "longrope" };
    for (size_t i = 0; v.kind == LM_VALUE_TEXT && i < sizeof fine / sizeof *fine; i++)
        if (v.len == strlen(fine[i]) && memcmp(v.text, fine[i], v.len) == 0)
            return 0;
    return lm_fail_at(TARE_EUNSUP, lm_file_path(f), "key", key, lm_file_offset(f, key),
                      "only factors by frequency are supported (Llama 3, longrope)");
}

static int read_rope(struct lm_config *c, const struct lm_file *f)
{
    char key[96];
    uint64_t original = 0;
    bool found;
    bool gguf_order = strcmp(lm_file_format(f), "safetensors") != 0;
    static const enum lm_rope pairing[LM_N_ARCHS][2] = { /* of published weights, and as GGUF and llama2.c have them */
                                                         [LM_ARCH_llama] = { LM_ROPE_HALVES, LM_ROPE_PAIRS },
                                                         [LM_ARCH_qwen2] = { LM_ROPE_HALVES, LM_ROPE_HALVES },
                                                         [LM_ARCH_gpt2] = { LM_ROPE_NONE, LM_ROPE_NONE },
                                                         [LM_ARCH_phi3] = { LM_ROPE_HALVES, LM_ROPE_HALVES }
    };
    c->rope = pairing[c->arch][gguf_order];
    c->rope_base = 10000;
    c->rope_scale = 1;
    c->n_ctx_short = c->n_ctx;
    if (c->rope == LM_ROPE_NONE) {
        c->rope_dims = 0;
        return 0;
    }
    if (!c->rope_dims)
        c->rope_dims = c->head_dim;
    key_of(key, sizeof key, c, "rope.dimension_count");
    if (c->rope_dims % 2 || c->rope_dims > c->head_dim)
        return fail_key(f, key, "is odd, or more than a head has");
    int rc = read_positive(c, f, "rope.freq_base", false, &c->rope_base);
    if (!rc)
        rc = read_positive(c, f, "rope.scaling.attn_factor", false, &c->rope_scale);
    if (!rc)
        rc = check_scaling(c, f);
    key_of(key, sizeof key, c, "rope.scaling.original_context_length");
    if (!rc)
        rc = read_whole(f, key, &original, &found);
    if (!rc && found && original)
        c->n_ctx_short = (size_t)original;
    bool two = lm_file_tensor(f, "rope_factors_long.weight") != NULL;
    if (!rc)
        rc = read_factors(c, f, two ? "rope_factors_short.weight" : "rope_freqs.weight", &c->rope_factors);
    return rc ? rc : read_factors(c, f, "rope_factors_long.weight", &c->rope_long);
}

/* A window as long as the context hides nothing. */
static int read_window(struct lm_config *c, const struct lm_file *f)
{
    char key[96];
    uint64_t window = 0;
    bool found;
    key_of(key, sizeof key, c, "attention.sliding_window");
    int rc = read_whole(f, key, &window, &found);
    c->window = !rc && window < c->n_ctx ? (size_t)window : 0;
    return rc;
}

/* The vocabulary: as the metadata says it, as long as the embedding is, and the lists of the tokenizer fit it. */
static int check_vocabulary(struct lm_config *c, const struct lm_file *f)
{
    static const char *const lists[] = { "tokenizer.ggml.scores", "tokenizer.ggml.token_type" };
    static const char *const ids[] = { "tokenizer.ggml.bos_token_id", "tokenizer.ggml.eos_token_id",
                                       "tokenizer.ggml.unknown_token_id", "tokenizer.ggml.padding_token_id" };
    const struct lm_tensor *t = lm_file_tensor(f, "token_embd.weight");
    size_t n_tokens = lm_file_array_length(f, "tokenizer.ggml.tokens");
    if (!t)
        return tare_fail(TARE_EPARSE, "%s: tensor 'token_embd.weight' is missing%s", lm_file_path(f),
                         n_tokens ? ": the file holds a vocabulary alone" : "");
    if (!c->n_vocab)
        c->n_vocab = n_tokens ? n_tokens : t->dims[0];
    for (size_t i = 0; n_tokens && i < sizeof lists / sizeof *lists; i++) {
        size_t n = lm_file_array_length(f, lists[i]);
        if (n && n != n_tokens)
            return lm_fail_at(TARE_EPARSE, lm_file_path(f), "key", lists[i], lm_file_offset(f, lists[i]),
                              "has %zu elements, but there are %zu tokens", n, n_tokens);
    }
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        struct lm_value v = lm_file_value(f, ids[i]);
        if (v.kind == LM_VALUE_UINT && v.u >= c->n_vocab && v.u != UINT32_MAX)
            return lm_fail_at(TARE_EPARSE, lm_file_path(f), "key", ids[i], lm_file_offset(f, ids[i]),
                              "%llu is beyond the %zu tokens there are", (unsigned long long)v.u, c->n_vocab);
    }
    return lm_file_want(&t, f, "token_embd.weight", 2, (size_t[]){ c->n_vocab, c->n_embd });
}

static int read_arch(struct lm_config *c, const struct lm_file *f)
{
    struct lm_value v = lm_file_value(f, "general.architecture");
    if (v.kind == LM_VALUE_NONE)
        return tare_fail(TARE_EPARSE, "%s: key 'general.architecture' is missing%s", lm_file_path(f),
                         strcmp(lm_file_format(f), "safetensors") == 0 ? ": config.json belongs beside it" : "");
    if (v.kind != LM_VALUE_TEXT)
        return fail_key(f, "general.architecture", "is no text");
    for (size_t i = 0; i < LM_N_ARCHS; i++) {
        const char *name = lm_arch_name((enum lm_arch)i);
        if (v.len == strlen(name) && memcmp(v.text, name, v.len) == 0) {
            c->arch = (enum lm_arch)i;
            return 0;
        }
    }
    return lm_fail_at(TARE_EUNSUP, lm_file_path(f), "key", "general.architecture",
                      lm_file_offset(f, "general.architecture"),
                      "is none of the architectures known (llama, qwen2, gpt2, phi3)");
}

static void read_name(struct lm_config *c, const struct lm_file *f)
{
    struct lm_value v = lm_file_value(f, "general.name");
    if (v.kind == LM_VALUE_TEXT)
        for (size_t i = 0; i < v.len && i + 1 < sizeof c->name; i++)
            c->name[i] = (unsigned char)v.text[i] < 0x20 || v.text[i] == 0x7f ? '?' : v.text[i];
}

int lm_config_read(struct lm_config *c, const struct lm_file *f, const char *expected)
{
    *c = (struct lm_config){ 0 };
    int rc = read_arch(c, f);
    if (!rc && expected)
        rc = lm_arch_expect(c->arch, expected);
    if (!rc)
        rc = read_sizes(c, f);
    if (!rc)
        rc = check_heads(c, f);
    if (!rc)
        rc = read_window(c, f);
    if (!rc)
        rc = read_rope(c, f);
    if (!rc)
        rc = read_positive(
            c, f, c->arch == LM_ARCH_gpt2 ? "attention.layer_norm_epsilon" : "attention.layer_norm_rms_epsilon", true,
            &c->norm_eps);
    if (!rc)
        rc = check_vocabulary(c, f);
    c->tied = !lm_file_tensor(f, "output.weight");
    read_name(c, f);
    return rc;
}
