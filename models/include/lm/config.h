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

/* How RoPE pairs the elements of a head. It goes with the order of the rows of attn_q and attn_k, so with the
 * architecture and the format: converters to GGUF reorder Llama's rows from halves to pairs. */
enum lm_rope { LM_ROPE_NONE, LM_ROPE_PAIRS, LM_ROPE_HALVES };

struct lm_config {
    enum lm_arch arch;
    char name[64]; /* "tinyllama-1.1b", general.name of a file, "" */
    size_t n_vocab, n_ctx;
    size_t window; /* positions that a token sees, its own among them (Mistral, Phi-3); 0 = all before it */
    size_t n_embd, n_layers, n_ff;
    size_t n_heads, n_kv_heads;
    size_t head_dim;   /* of keys and values */
    size_t rope_dims;  /* of head_dim, how many are turned */
    enum lm_rope rope; /* which pairing the weights expect */
    double rope_base;
    const float *rope_factors; /* [rope_dims / 2] divisors of the frequencies (Llama 3, Phi-3), or NULL; the file's */
    const float *rope_long;    /* the same for contexts longer than n_ctx_short (Phi-3), or NULL */
    size_t n_ctx_short;
    double rope_scale; /* multiplies cos and sin (Phi-3 long contexts); 1 otherwise */
    double norm_eps;
    bool tied; /* the output head is the token embedding */
};

/* Reads and checks the configuration of a file; a clear error with file and key for what is missing, of the wrong type,
 * zero, not divisible, or absurd. `expected` is the user's --model-type, or NULL: "Model type mismatch: expected
 * 'llama' but detected 'gpt'". That all tensors are there is lm_config_check_tensors(). */
int lm_config_read(struct lm_config *c, const struct lm_file *f, const char *expected);

/* A configuration by name from models/configs.def ("tiny", "llama-3.2-1b"); NULL when there is none. */
const struct lm_config *lm_config_find(const char *name);
const char *lm_config_nearest(const char *name); /* the name that was probably meant; NULL when none is near */
const struct lm_config *lm_configs(size_t *n);

const char *lm_arch_name(enum lm_arch arch); /* as GGUF has it: "llama", "qwen2", "gpt2", "phi3" */

/* An architecture by a word of users and files: its name, or "gpt", "mistral", "qwen", "phi"; false for none. */
bool lm_arch_find(enum lm_arch *arch, const char *word);

/* Whether a file or directory can be of the architecture that a user names (--model-type), before anything is opened:
 * by config.json, else, where nothing in a directory can be read, by its name. 0, or TARE_EUSAGE with the message of
 * lm_config_read(). */
int lm_model_expect(const char *path, const char *expected);

/* What of a network a tensor is, under whatever name. Fused ones hold the rows of several parts, one behind the other.
 */
enum lm_role {
    LM_ROLE_none, /* no weight: divisors of RoPE's frequencies */
    LM_ROLE_embd,
    LM_ROLE_places,
    LM_ROLE_output_norm,
    LM_ROLE_output,
    LM_ROLE_attn_norm,
    LM_ROLE_q,
    LM_ROLE_k,
    LM_ROLE_v,
    LM_ROLE_qkv,
    LM_ROLE_attn_out,
    LM_ROLE_ffn_norm,
    LM_ROLE_gate,
    LM_ROLE_up,
    LM_ROLE_gate_up,
    LM_ROLE_down,
    LM_N_ROLES
};

/* The tensors of a model, one after another in the order of a file (models/tensors.def). */
struct lm_tensor_spec {
    char name[64]; /* "blk.0.attn_q.weight" */
    size_t n_dims; /* 1 or 2 */
    size_t dims[2];
    bool matrix; /* multiplied with once a token (the token embedding too, where it is the output head) */
    bool factor; /* a divisor of RoPE's frequencies: no weight, and always f32 */
    bool bias;   /* of its part, not its weight */
    enum lm_role role;
    size_t layer; /* 0 where it belongs to none */
};
bool lm_config_tensor(const struct lm_config *c, size_t index, struct lm_tensor_spec *spec); /* false beyond the last */

/* TARE_EPARSE with the name of a tensor that the file lacks, or that has another shape. */
int lm_config_check_tensors(const struct lm_config *c, const struct lm_file *f);

size_t lm_config_parameters(const struct lm_config *c); /* weights in all */
size_t
lm_config_madds(const struct lm_config *c); /* multiply-adds of one token in matrices, attention's scores aside */

/* Llama 3's divisors of the frequencies base^(-2i/dims) into factors[dims / 2]: those of wavelengths above context /
 * low are divided by `factor`, those below context / high are left, between them it goes over linearly in 1/wavelength.
 * Source: Meta, llama-models, apply_scaling(). */
void lm_rope_llama3(float *factors, size_t dims, double base, double factor, double low, double high, double context);

#endif
