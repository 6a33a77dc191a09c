#include "models/arch/mix.h"

#include <lm/model.h>

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "framework/base/error.h"
#include "framework/base/text.h"

/* As llama.cpp's quantiser mixes them (src/llama-quant.cpp): the head of quantised files in Q6_K, and in Q4_K_M the
 * matrices that errors hurt most. */
static const struct mix mixes[] = {
    { "f32", KN_TYPE_f32, KN_TYPE_f32, KN_TYPE_f32, 0 },
    { "f16", KN_TYPE_f16, KN_TYPE_f16, KN_TYPE_f16, 1 },
    { "bf16", KN_TYPE_bf16, KN_TYPE_bf16, KN_TYPE_bf16, 32 },
    { "q8_0", KN_TYPE_q8_0, KN_TYPE_q8_0, KN_TYPE_q8_0, 7 },
    { "q4_0", KN_TYPE_q4_0, KN_TYPE_q4_0, KN_TYPE_q6_k, 2 },
    { "q4_1", KN_TYPE_q4_1, KN_TYPE_q4_1, KN_TYPE_q6_k, 3 },
    { "q5_0", KN_TYPE_q5_0, KN_TYPE_q5_0, KN_TYPE_q6_k, 8 },
    { "q5_1", KN_TYPE_q5_1, KN_TYPE_q5_1, KN_TYPE_q6_k, 9 },
    { "q2_k", KN_TYPE_q2_k, KN_TYPE_q2_k, KN_TYPE_q6_k, 10 },
    { "q3_k", KN_TYPE_q3_k, KN_TYPE_q3_k, KN_TYPE_q6_k, 11 },
    { "q4_k", KN_TYPE_q4_k, KN_TYPE_q4_k, KN_TYPE_q6_k, 14 },
    { "q5_k", KN_TYPE_q5_k, KN_TYPE_q5_k, KN_TYPE_q6_k, 16 },
    { "q6_k", KN_TYPE_q6_k, KN_TYPE_q6_k, KN_TYPE_q6_k, 18 },
    { "q4_K_M", KN_TYPE_q4_k, KN_TYPE_q6_k, KN_TYPE_q6_k, 15 },
    { "q5_K_M", KN_TYPE_q5_k, KN_TYPE_q6_k, KN_TYPE_q6_k, 17 },
};
enum { N_MIXES = sizeof mixes / sizeof *mixes };

int mix_find(const struct mix **m, const char *word)
{
    const char *names[N_MIXES];
    for (size_t i = 0; i < N_MIXES; i++) {
        names[i] = mixes[i].name;
        *m = &mixes[i];
        if (strcasecmp(word, names[i]) == 0)
            return 0;
    }
    const char *near = tare_nearest(word, names, N_MIXES);
    return tare_fail(TARE_EUSAGE, "--type '%s': %s%s%s", word, near ? "did you mean '" : "",
                     near ? near : "f32, f16, bf16, q8_0, q4_0, q4_1, q5_0, q5_1, q2_k to q6_k, q4_K_M, q5_K_M",
                     near ? "'?" : "");
}

/* The first eighth of the layers, the last, and every third of those between. */
static bool gets_more(size_t layer, size_t n_layers)
{
    size_t eighth = n_layers / 8;
    return layer < eighth || layer >= 7 * n_layers / 8 || (layer - eighth) % 3 == 2;
}

enum kn_type mix_type(const struct mix *m, const struct lm_config *c, const struct lm_tensor *t)
{
    size_t layer = 0;
    const char *name = t->name, *dot;
    if (t->n_dims == 1 || strcmp(name, "position_embd.weight") == 0)
        return KN_TYPE_f32;
    enum kn_type type = m->type;
    if (sscanf(name, "blk.%zu.", &layer) == 1 && (dot = strchr(name + 4, '.')) != NULL) {
        name = dot + 1;
        if (strcmp(name, "attn_qkv.weight") == 0 && m->more != m->type)
            type = KN_TYPE_q5_k;
        else if ((strcmp(name, "attn_v.weight") == 0 || strcmp(name, "ffn_down.weight") == 0) &&
                 gets_more(layer, c->n_layers))
            type = m->more;
    } else if (strcmp(name, c->tied ? "token_embd.weight" : "output.weight") == 0) {
        type = m->output;
    }
    return lm_type_fitting(type, t->dims[t->n_dims - 1]);
}
