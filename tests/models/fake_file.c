#include "tests/models/fake_file.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "framework/base/error.h"
#include "framework/base/mem.h"
#include "framework/base/rng.h"
#include "tests/harness.h"

const struct lm_config fake_configs[] = {
    { LM_ARCH_llama, "grouped, untied", .n_vocab = 97, .n_ctx = 64, .n_embd = 48, .n_layers = 3, .n_ff = 88,
      .n_heads = 6, .n_kv_heads = 2, .head_dim = 8, .rope_dims = 8, .rope = LM_ROPE_PAIRS, .rope_base = 10000,
      .rope_scale = 1, .norm_eps = 1e-5 },
    { LM_ARCH_llama, "halves, tied, stretched", .n_vocab = 64, .n_ctx = 64, .n_embd = 64, .n_layers = 2, .n_ff = 96,
      .n_heads = 4, .n_kv_heads = 4, .head_dim = 16, .rope_dims = 16, .rope = LM_ROPE_HALVES, .rope_base = 500000,
      .rope_factors = (const float[]){ 1, 1, 1.5f, 2, 3, 5, 8, 8 }, .rope_scale = 1, .norm_eps = 1e-6, .tied = true },
    { LM_ARCH_qwen2, "biased", .n_vocab = 80, .n_ctx = 64, .n_embd = 56, .n_layers = 2, .n_ff = 72, .n_heads = 7,
      .n_kv_heads = 1, .head_dim = 8, .rope_dims = 8, .rope = LM_ROPE_HALVES, .rope_base = 1000000, .rope_scale = 1,
      .norm_eps = 1e-6, .tied = true },
    { LM_ARCH_gpt2, "learned places", .n_vocab = 70, .n_ctx = 64, .n_embd = 36, .n_layers = 2, .n_ff = 144,
      .n_heads = 3, .n_kv_heads = 3, .head_dim = 12, .rope = LM_ROPE_NONE, .rope_scale = 1, .norm_eps = 1e-5,
      .tied = true },
    { LM_ARCH_phi3, "fused, half turned", .n_vocab = 66, .n_ctx = 64, .n_embd = 40, .n_layers = 2, .n_ff = 56,
      .n_heads = 4, .n_kv_heads = 2, .head_dim = 10, .rope_dims = 6, .rope = LM_ROPE_HALVES, .rope_base = 10000,
      .rope_scale = 1.19, .norm_eps = 1e-5 },
    { LM_ARCH_llama, "grouped, with a window", .n_vocab = 75, .n_ctx = 64, .window = 11, .n_embd = 40, .n_layers = 3,
      .n_ff = 56, .n_heads = 5, .n_kv_heads = 1, .head_dim = 8, .rope_dims = 8, .rope = LM_ROPE_PAIRS,
      .rope_base = 10000, .rope_scale = 1, .norm_eps = 1e-5 },
    { LM_ARCH_phi3, "one head, a window of 2", .n_vocab = 64, .n_ctx = 64, .window = 2, .n_embd = 16, .n_layers = 2,
      .n_ff = 40, .n_heads = 1, .n_kv_heads = 1, .head_dim = 16, .rope_dims = 16, .rope = LM_ROPE_HALVES,
      .rope_base = 10000, .rope_scale = 1, .norm_eps = 1e-5 },
};
const size_t n_fake_configs = sizeof fake_configs / sizeof *fake_configs;

void fake_make(struct lm_file *f, const struct lm_config *c)
{
    memset(f, 0, sizeof *f);
    f->config = *c;
    f->format = "gguf";
}

void fake_free(struct lm_file *f)
{
    for (size_t i = 0; i < f->n_tensors; i++)
        free((void *)f->tensors[i].data);
}

float *fake_add(struct lm_file *f, const char *name, size_t rows, size_t cols, float middle, float range)
{
    struct tare_rng rng;
    size_t n = rows * (cols ? cols : 1), at = f->n_tensors++;
    assert_true(at < FAKE_TENSORS);
    float *data = tare_aligned(64, n * sizeof *data);
    assert_non_null(data);
    tare_rng_seed(&rng, at + 1);
    for (size_t i = 0; i < n; i++)
        data[i] = middle + range * (float)(2 * tare_rng_uniform(&rng) - 1);
    snprintf(f->names[at], sizeof f->names[at], "%s", name);
    f->tensors[at] = (struct lm_tensor){ .name = f->names[at],
                                         .type = KN_TYPE_f32,
                                         .n_dims = cols ? 2 : 1,
                                         .dims = { rows, cols },
                                         .data = data,
                                         .bytes = n * sizeof *data };
    return data;
}

static void add_layer(struct lm_file *f, size_t layer)
{
    const struct lm_config *c = &f->config;
    size_t q = c->n_heads * c->head_dim, kv = c->n_kv_heads * c->head_dim, e = c->n_embd;
    bool gpt2 = c->arch == LM_ARCH_gpt2, phi3 = c->arch == LM_ARCH_phi3, qwen2 = c->arch == LM_ARCH_qwen2;
    const struct {
        const char *name;
        size_t rows, cols;
        bool there, biased;
    } all[] = {
        { "attn_norm", e, 0, true, gpt2 },
        { "attn_q", q, e, !gpt2 && !phi3, qwen2 },
        { "attn_k", kv, e, !gpt2 && !phi3, qwen2 },
        { "attn_v", kv, e, !gpt2 && !phi3, qwen2 },
        { "attn_qkv", q + 2 * kv, e, gpt2 || phi3, gpt2 },
        { "attn_output", e, q, true, gpt2 },
        { "ffn_norm", e, 0, true, gpt2 },
        { "ffn_gate", c->n_ff, e, !gpt2 && !phi3, false },
        { "ffn_up", phi3 ? 2 * c->n_ff : c->n_ff, e, true, gpt2 },
        { "ffn_down", e, c->n_ff, true, gpt2 },
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        char name[64];
        if (!all[i].there)
            continue;
        snprintf(name, sizeof name, "blk.%zu.%s.weight", layer, all[i].name);
        fake_add(f, name, all[i].rows, all[i].cols, all[i].cols ? 0 : 1, all[i].cols ? 0.3f : 0.4f);
        snprintf(name, sizeof name, "blk.%zu.%s.bias", layer, all[i].name);
        if (all[i].biased)
            fake_add(f, name, all[i].rows, 0, 0, 0.5f);
    }
}

void fake_add_all(struct lm_file *f)
{
    const struct lm_config *c = &f->config;
    fake_add(f, "token_embd.weight", c->n_vocab, c->n_embd, 0, 1);
    if (c->arch == LM_ARCH_gpt2)
        fake_add(f, "position_embd.weight", c->n_ctx, c->n_embd, 0, 0.5f);
    fake_add(f, "output_norm.weight", c->n_embd, 0, 1, 0.4f);
    if (c->arch == LM_ARCH_gpt2)
        fake_add(f, "output_norm.bias", c->n_embd, 0, 0, 0.4f);
    if (!c->tied)
        fake_add(f, "output.weight", c->n_vocab, c->n_embd, 0, 0.3f);
    for (size_t i = 0; i < c->n_layers; i++)
        add_layer(f, i);
}

struct lm_tensor *fake_tensor(struct lm_file *f, const char *name)
{
    for (size_t i = 0; i < f->n_tensors; i++)
        if (strcmp(f->names[i], name) == 0)
            return &f->tensors[i];
    fail_msg("no tensor %s", name);
    return NULL;
}

/* --- what lm/file.h and lm/config.h promise --- */

const struct lm_tensor *lm_file_tensor(const struct lm_file *f, const char *name)
{
    for (size_t i = 0; i < f->n_tensors; i++)
        if (strcmp(f->names[i], name) == 0)
            return &f->tensors[i];
    return NULL;
}

int lm_file_want(const struct lm_tensor **out, const struct lm_file *f, const char *name, size_t n_dims,
                 const size_t *dims)
{
    *out = lm_file_tensor(f, name);
    if (!*out)
        return tare_fail(TARE_EPARSE, "tensor '%s' is missing", name);
    if ((*out)->n_dims != n_dims || memcmp((*out)->dims, dims, n_dims * sizeof *dims) != 0)
        return tare_fail(TARE_EPARSE, "tensor '%s' has another shape", name);
    return 0;
}

size_t lm_tensor_rows(const struct lm_tensor *t)
{
    return t->n_dims == 1 ? 1 : t->dims[0];
}

void lm_tensor_row(const struct lm_tensor *t, size_t r, float *x)
{
    size_t cols = t->dims[t->n_dims - 1], rows = lm_tensor_rows(t);
    const float *data = t->data;
    for (size_t i = 0; i < cols; i++)
        memcpy(&x[i], t->transposed ? &data[i * rows + r] : &data[r * cols + i], sizeof *x);
}

int lm_tensor_check(const struct lm_file *f, const struct lm_tensor *t)
{
    (void)f;
    float x[256];
    for (size_t r = 0; r < lm_tensor_rows(t); r++) {
        lm_tensor_row(t, r, x);
        for (size_t i = 0; i < t->dims[t->n_dims - 1]; i++)
            if (!isfinite(x[i]))
                return tare_fail(TARE_EPARSE, "tensor '%s' is damaged", t->name);
    }
    return 0;
}

const char *lm_file_path(const struct lm_file *f)
{
    (void)f;
    return "fake";
}

const char *lm_file_format(const struct lm_file *f)
{
    return f->format;
}

size_t lm_file_offset(const struct lm_file *f, const char *name)
{
    const struct lm_tensor *t = lm_file_tensor(f, name);
    return t ? (size_t)(t - f->tensors) * 4096 : (size_t)-1;
}

int lm_file_copy(const struct lm_file *f, const struct lm_tensor *t, size_t first, size_t n, void *to)
{
    if (f->unreadable == t)
        return tare_fail(TARE_EIO, "cannot read");
    memcpy(to, (const char *)t->data + first, n);
    return 0;
}

void lm_file_forget(const struct lm_file *f, const struct lm_tensor *t)
{
    (void)f;
    (void)t;
}

int lm_config_read(struct lm_config *c, const struct lm_file *f, const char *expected)
{
    (void)expected;
    *c = f->config;
    return 0;
}

const char *lm_arch_name(enum lm_arch arch)
{
    static const char *const names[] = {
#define LM_ARCH(name, description) #name,
#include "models/arch.def"
#undef LM_ARCH
    };
    return names[arch];
}
