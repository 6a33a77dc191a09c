#include "tests/models/slow.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/harness.h"

/* Everything is [n][...] for n tokens. */
struct net {
    struct lm_file *f;
    const struct lm_config *c;
    const int32_t *ids;
    size_t n;
    size_t layer;
    double *x; /* [n][n_embd] */
};

static double *zeros(size_t n)
{
    double *p = calloc(n ? n : 1, sizeof *p);
    assert_non_null(p);
    return p;
}

static const float *tensor(const struct net *t, const char *stem, const char *suffix, bool of_layer)
{
    char name[96];
    if (of_layer)
        snprintf(name, sizeof name, "blk.%zu.%s.%s", t->layer, stem, suffix);
    else
        snprintf(name, sizeof name, "%s.%s", stem, suffix);
    return fake_tensor(t->f, name)->data;
}

/* y = W x + b for every token; W [rows][cols]. */
static double *linear(const struct net *t, const double *x, const float *w, const float *b, size_t rows, size_t cols)
{
    double *y = zeros(t->n * rows);
    for (size_t i = 0; i < t->n; i++)
        for (size_t r = 0; r < rows; r++) {
            double sum = b ? (double)b[r] : 0;
            for (size_t j = 0; j < cols; j++)
                sum += (double)w[r * cols + j] * x[i * cols + j];
            y[i * rows + r] = sum;
        }
    return y;
}

/* x / sqrt(mean of squares + eps) * g */
static double *rms_norm(const struct net *t, const float *g)
{
    size_t e = t->c->n_embd;
    double *y = zeros(t->n * e);
    for (size_t i = 0; i < t->n; i++) {
        double squares = 0;
        for (size_t j = 0; j < e; j++)
            squares += t->x[i * e + j] * t->x[i * e + j];
        for (size_t j = 0; j < e; j++)
            y[i * e + j] = t->x[i * e + j] / sqrt(squares / (double)e + t->c->norm_eps) * (double)g[j];
    }
    return y;
}

static double *layer_norm(const struct net *t, const float *g, const float *b)
{
    size_t e = t->c->n_embd;
    double *y = zeros(t->n * e);
    for (size_t i = 0; i < t->n; i++) {
        double mean = 0, variance = 0;
        for (size_t j = 0; j < e; j++)
            mean += t->x[i * e + j] / (double)e;
        for (size_t j = 0; j < e; j++)
            variance += (t->x[i * e + j] - mean) * (t->x[i * e + j] - mean) / (double)e;
        for (size_t j = 0; j < e; j++)
            y[i * e + j] = (t->x[i * e + j] - mean) / sqrt(variance + t->c->norm_eps) * (double)g[j] + (double)b[j];
    }
    return y;
}

/* RoFormer: the pair of place i is turned by m / base^(2i/d) at position m. */
static void turn(const struct net *t, double *x, size_t heads)
{
    size_t d = t->c->rope_dims, half = d / 2;
    for (size_t m = 0; m < t->n; m++)
        for (size_t h = 0; h < heads; h++)
            for (size_t i = 0; i < half; i++) {
                double *head = x + (m * heads + h) * t->c->head_dim;
                double *a = t->c->rope == LM_ROPE_PAIRS ? &head[2 * i] : &head[i];
                double *b = t->c->rope == LM_ROPE_PAIRS ? &head[2 * i + 1] : &head[i + half];
                double angle = (double)m / pow(t->c->rope_base, 2 * (double)i / (double)d);
                if (t->c->rope_factors)
                    angle =
                        (double)m / (pow(t->c->rope_base, 2 * (double)i / (double)d) * (double)t->c->rope_factors[i]);
                double p = *a, q = *b;
                *a = t->c->rope_scale * (p * cos(angle) - q * sin(angle));
                *b = t->c->rope_scale * (p * sin(angle) + q * cos(angle));
            }
}

static double *attention(const struct net *t, const double *q, const double *k, const double *v)
{
    size_t heads = t->c->n_heads, kv_heads = t->c->n_kv_heads, d = t->c->head_dim;
    double *y = zeros(t->n * heads * d), *p = zeros(t->n);
    for (size_t i = 0; i < t->n; i++)
        for (size_t h = 0; h < heads; h++) {
            size_t g = h * kv_heads / heads, from = t->c->window && i >= t->c->window ? i - t->c->window + 1 : 0;
            double total = 0;
            for (size_t j = from; j <= i; j++) {
                double dot = 0;
                for (size_t e = 0; e < d; e++)
                    dot += q[(i * heads + h) * d + e] * k[(j * kv_heads + g) * d + e];
                total += p[j] = exp(dot / sqrt((double)d));
            }
            for (size_t j = from; j <= i; j++)
                for (size_t e = 0; e < d; e++)
                    y[(i * heads + h) * d + e] += p[j] / total * v[(j * kv_heads + g) * d + e];
        }
    free(p);
    return y;
}

static void add_to_stream(const struct net *t, double *y)
{
    for (size_t i = 0; i < t->n * t->c->n_embd; i++)
        t->x[i] += y[i];
    free(y);
}

/* Columns [first, first + cols) of every row. */
static double *columns(const struct net *t, const double *x, size_t ld, size_t first, size_t cols)
{
    double *y = zeros(t->n * cols);
    for (size_t i = 0; i < t->n; i++)
        memcpy(y + i * cols, x + i * ld + first, cols * sizeof *y);
    return y;
}

static void attention_layer(const struct net *t, double *normed, double *q, double *k, double *v, const float *bias)
{
    size_t e = t->c->n_embd, heads = t->c->n_heads * t->c->head_dim;
    if (t->c->arch != LM_ARCH_gpt2) {
        turn(t, q, t->c->n_heads);
        turn(t, k, t->c->n_kv_heads);
    }
    double *y = attention(t, q, k, v);
    add_to_stream(t, linear(t, y, tensor(t, "attn_output", "weight", true), bias, e, heads));
    free(normed);
    free(q);
    free(k);
    free(v);
    free(y);
}

static void gated_layer(const struct net *t, double *normed, double *gate, double *up)
{
    size_t ff = t->c->n_ff;
    for (size_t i = 0; i < t->n * ff; i++)
        up[i] *= gate[i] / (1 + exp(-gate[i]));
    add_to_stream(t, linear(t, up, tensor(t, "ffn_down", "weight", true), NULL, t->c->n_embd, ff));
    free(normed);
    free(gate);
    free(up);
}

static void llama_layer(const struct net *t)
{
    size_t e = t->c->n_embd, nq = t->c->n_heads * t->c->head_dim, nkv = t->c->n_kv_heads * t->c->head_dim;
    bool biased = t->c->arch == LM_ARCH_qwen2;
    double *x = rms_norm(t, tensor(t, "attn_norm", "weight", true));
    double *q =
        linear(t, x, tensor(t, "attn_q", "weight", true), biased ? tensor(t, "attn_q", "bias", true) : NULL, nq, e);
    double *k =
        linear(t, x, tensor(t, "attn_k", "weight", true), biased ? tensor(t, "attn_k", "bias", true) : NULL, nkv, e);
    double *v =
        linear(t, x, tensor(t, "attn_v", "weight", true), biased ? tensor(t, "attn_v", "bias", true) : NULL, nkv, e);
    attention_layer(t, x, q, k, v, NULL);
    x = rms_norm(t, tensor(t, "ffn_norm", "weight", true));
    double *gate = linear(t, x, tensor(t, "ffn_gate", "weight", true), NULL, t->c->n_ff, e);
    gated_layer(t, x, gate, linear(t, x, tensor(t, "ffn_up", "weight", true), NULL, t->c->n_ff, e));
}

static void phi3_layer(const struct net *t)
{
    size_t e = t->c->n_embd, nq = t->c->n_heads * t->c->head_dim, nkv = t->c->n_kv_heads * t->c->head_dim;
    size_t all = nq + 2 * nkv, ff = t->c->n_ff;
    double *x = rms_norm(t, tensor(t, "attn_norm", "weight", true));
    double *qkv = linear(t, x, tensor(t, "attn_qkv", "weight", true), NULL, all, e);
    attention_layer(t, x, columns(t, qkv, all, 0, nq), columns(t, qkv, all, nq, nkv),
                    columns(t, qkv, all, nq + nkv, nkv), NULL);
    free(qkv);
    x = rms_norm(t, tensor(t, "ffn_norm", "weight", true));
    double *both = linear(t, x, tensor(t, "ffn_up", "weight", true), NULL, 2 * ff, e);
    gated_layer(t, x, columns(t, both, 2 * ff, 0, ff), columns(t, both, 2 * ff, ff, ff));
    free(both);
}

static void gpt2_layer(const struct net *t)
{
    size_t e = t->c->n_embd, ff = t->c->n_ff;
    double *x = layer_norm(t, tensor(t, "attn_norm", "weight", true), tensor(t, "attn_norm", "bias", true));
    double *qkv = linear(t, x, tensor(t, "attn_qkv", "weight", true), tensor(t, "attn_qkv", "bias", true), 3 * e, e);
    attention_layer(t, x, columns(t, qkv, 3 * e, 0, e), columns(t, qkv, 3 * e, e, e), columns(t, qkv, 3 * e, 2 * e, e),
                    tensor(t, "attn_output", "bias", true));
    free(qkv);
    x = layer_norm(t, tensor(t, "ffn_norm", "weight", true), tensor(t, "ffn_norm", "bias", true));
    double *up = linear(t, x, tensor(t, "ffn_up", "weight", true), tensor(t, "ffn_up", "bias", true), ff, e);
    for (size_t i = 0; i < t->n * ff; i++)
        up[i] = 0.5 * up[i] * (1 + tanh(sqrt(2 / M_PI) * (up[i] + 0.044715 * up[i] * up[i] * up[i])));
    add_to_stream(t, linear(t, up, tensor(t, "ffn_down", "weight", true), tensor(t, "ffn_down", "bias", true), e, ff));
    free(x);
    free(up);
}

double *slow_logits(struct lm_file *f, const int32_t *ids, size_t n)
{
    const struct lm_config *c = &f->config;
    size_t e = c->n_embd;
    bool gpt2 = c->arch == LM_ARCH_gpt2;
    struct net t = { .f = f, .c = c, .ids = ids, .n = n, .x = zeros(n * e) };
    const float *words = tensor(&t, "token_embd", "weight", false);
    const float *places = gpt2 ? tensor(&t, "position_embd", "weight", false) : NULL;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < e; j++)
            t.x[i * e + j] = (double)words[(size_t)ids[i] * e + j] + (places ? (double)places[i * e + j] : 0);
    for (t.layer = 0; t.layer < c->n_layers; t.layer++)
        (gpt2 ? gpt2_layer : c->arch == LM_ARCH_phi3 ? phi3_layer : llama_layer)(&t);
    double *x =
        gpt2 ? layer_norm(&t, tensor(&t, "output_norm", "weight", false), tensor(&t, "output_norm", "bias", false))
             : rms_norm(&t, tensor(&t, "output_norm", "weight", false));
    double *logits = linear(&t, x, c->tied ? words : tensor(&t, "output", "weight", false), NULL, c->n_vocab, e);
    free(x);
    free(t.x);
    return logits;
}
