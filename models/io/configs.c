/* The configurations that have names, from models/configs.def. */
#include <lm/config.h>

#include <math.h>
#include <pthread.h>
#include <string.h>
#include <strings.h>

#include "framework/base/text.h"

/* What Llama 3.1 and 3.2 were published with. */
#define LLAMA3_LOW     1.0
#define LLAMA3_HIGH    4.0
#define LLAMA3_CONTEXT 8192.0

enum { MAX_HALF_HEAD = 64 };

static const struct {
    struct lm_config config;
    double factor;
} table[] = {
#define LM_CONFIG(title, architecture, vocab, context, embd, layers, ff, heads, kv, base, eps, tie, scaling, sees)     \
    { { .arch = LM_ARCH_##architecture,                                                                                \
        .name = title,                                                                                                 \
        .n_vocab = vocab,                                                                                              \
        .n_ctx = context,                                                                                              \
        .window = sees,                                                                                                \
        .n_embd = embd,                                                                                                \
        .n_layers = layers,                                                                                            \
        .n_ff = ff,                                                                                                    \
        .n_heads = heads,                                                                                              \
        .n_kv_heads = kv,                                                                                              \
        .head_dim = (embd) / (heads),                                                                                  \
        .rope_base = base,                                                                                             \
        .rope_scale = 1,                                                                                               \
        .norm_eps = eps,                                                                                               \
        .tied = tie },                                                                                                 \
      scaling },
#include "models/configs.def"
#undef LM_CONFIG
};
enum { N_CONFIGS = sizeof table / sizeof *table };

static struct lm_config configs[N_CONFIGS];
static float factors[N_CONFIGS][MAX_HALF_HEAD];
static pthread_once_t made = PTHREAD_ONCE_INIT;

void lm_rope_llama3(float *out, size_t dims, double base, double factor, double low, double high, double context)
{
    for (size_t i = 0; i < dims / 2; i++) {
        double wavelength = 2 * M_PI * pow(base, 2.0 * (double)i / (double)dims);
        double kept = (context / wavelength - low) / (high - low); /* the share of the frequency that is not divided */
        kept = fmin(fmax(kept, 0), 1);
        out[i] = (float)(1 / (kept + (1 - kept) / factor));
    }
}

static void make(void)
{
    /* the pairing of GGUF, which random weights are written as */
    static const enum lm_rope rope[LM_N_ARCHS] = { [LM_ARCH_llama] = LM_ROPE_PAIRS,
                                                   [LM_ARCH_qwen2] = LM_ROPE_HALVES,
                                                   [LM_ARCH_gpt2] = LM_ROPE_NONE,
                                                   [LM_ARCH_phi3] = LM_ROPE_HALVES };
    for (size_t i = 0; i < N_CONFIGS; i++) {
        struct lm_config *c = &configs[i];
        *c = table[i].config;
        c->rope = rope[c->arch];
        c->rope_dims = c->rope == LM_ROPE_NONE ? 0 : c->head_dim;
        c->n_ctx_short = c->n_ctx;
        if (table[i].factor > 0 && c->rope_dims / 2 <= MAX_HALF_HEAD) {
            lm_rope_llama3(factors[i], c->rope_dims, c->rope_base, table[i].factor, LLAMA3_LOW, LLAMA3_HIGH,
                           LLAMA3_CONTEXT);
            c->rope_factors = factors[i];
        }
    }
}

const struct lm_config *lm_configs(size_t *n)
{
    pthread_once(&made, make);
    *n = N_CONFIGS;
    return configs;
}

const struct lm_config *lm_config_find(const char *name)
{
    size_t n;
    const struct lm_config *all = lm_configs(&n);
    for (size_t i = 0; i < n; i++)
        if (strcasecmp(all[i].name, name) == 0)
            return &all[i];
    return NULL;
}

const char *lm_config_nearest(const char *name)
{
    const char *names[N_CONFIGS];
    size_t n;
    const struct lm_config *all = lm_configs(&n);
    for (size_t i = 0; i < n; i++)
        names[i] = all[i].name;
    return tare_nearest(name, names, n);
}
