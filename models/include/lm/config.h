/* What a model is: its architecture and sizes, read from a file's metadata or from the table of known ones. */
#ifndef LM_CONFIG_H
#define LM_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

struct lm_file;

enum lm_arch {
#define LM_ARCH(name, description) LM_ARCH_##name,
#include "models/arch.def"
#undef LM_ARCH
    LM_N_ARCHS
};

enum lm_rope { LM_ROPE_NONE, LM_ROPE_PAIRS, LM_ROPE_HALVES };

struct lm_config {
    enum lm_arch arch;
    char name[64]; /* "tinyllama-1.1b", general.name of a file, "" */
    size_t n_vocab, n_ctx;
    size_t n_embd, n_layers, n_ff;
    size_t n_heads, n_kv_heads;
    size_t head_dim;   /* of keys and values */
    size_t rope_dims;  /* of head_dim, how many are turned */
    enum lm_rope rope; /* which pairing the weights expect */
    double rope_base;
    const float *rope_factors; /* [rope_dims / 2] divisors of the frequencies (Llama 3, Phi-3), or NULL; the file's */
    double rope_scale;         /* multiplies cos and sin (Phi-3 long contexts); 1 otherwise */
    double norm_eps;
    bool tied; /* the output head is the token embedding */
};

/* Reads and checks the configuration of a file; a clear error with file and key for what is missing, of the wrong type,
 * zero, not divisible, or absurd. `expected` is the user's --model-type, or NULL: "Model type mismatch: expected
 * 'llama' but detected 'gpt'". */
int lm_config_read(struct lm_config *c, const struct lm_file *f, const char *expected);

/* A configuration by name from models/configs.def ("tiny", "llama-3.2-1b"); NULL when there is none. */
const struct lm_config *lm_config_find(const char *name);
const struct lm_config *lm_configs(size_t *n);

const char *lm_arch_name(enum lm_arch arch); /* as GGUF has it: "llama", "qwen2", "gpt2", "phi3" */

/* Weights in all, and multiply-adds of one token's forward pass without attention's scores. */
size_t lm_config_parameters(const struct lm_config *c);

#endif
