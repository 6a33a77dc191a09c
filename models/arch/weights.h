/* The weights of a model by their part in the network. */
#ifndef MODELS_ARCH_WEIGHTS_H
#define MODELS_ARCH_WEIGHTS_H

#include <lm/model.h>

/* y = x w^T + bias. */
struct lm_matrix {
    enum kn_type type;
    size_t rows, cols;
    const void *data;  /* [rows][cols] */
    const float *bias; /* [rows], or NULL */
};

struct lm_norm {
    const float *weight; /* [n_embd] */
    const float *bias;   /* of LayerNorm; NULL = none */
};

struct lm_layer {
    struct lm_norm attn_norm, ffn_norm;
    struct lm_matrix q, k, v; /* rows of one tensor, where an architecture fuses them */
    struct lm_matrix attn_out;
    struct lm_matrix gate; /* no rows where the architecture has none */
    struct lm_matrix up, down;
};

/* How an architecture computes, beside its sizes (which are struct lm_config's). */
struct lm_rules {
    enum kn_op norm;       /* rmsnorm or layernorm */
    enum kn_op activation; /* of up; swiglu: of gate and up */
    bool gated;
    bool learned_places; /* a row of position_embd is added for every place */
};

struct lm_model {
    struct lm_config config;
    const struct lm_rules *rules;
    struct lm_matrix embd;   /* [n_vocab][n_embd] */
    struct lm_matrix places; /* [n_ctx][n_embd], where rules->learned_places */
    struct lm_norm output_norm;
    struct lm_matrix output;       /* [n_vocab][n_embd]; embd where they are tied */
    struct lm_layer *layers;       /* [n_layers] */
    size_t bytes;                  /* of all weights */
    size_t type_bytes[KN_N_TYPES]; /* of matrices alone */
    bool is_mapped;                /* some of them lie in the file */
    void **blocks;                 /* [n_blocks] memory of its own */
    size_t n_blocks, cap_blocks;
};

const struct lm_rules *lm_rules_of(enum lm_arch arch);

/* An empty model of a configuration; memory that it will free (tare_huge). */
int lm_model_make(struct lm_model **out, const struct lm_config *c);
void *lm_model_memory(struct lm_model *m, size_t bytes);

/* Puts a weight's rows (of a vector: one f32 a row), or a bias [dims[0]] of the weight or the bias that `spec` is,
 * where they belong. Not for what is no weight. */
void lm_model_put(struct lm_model *m, const struct lm_tensor_spec *spec, const struct lm_matrix *whole);
void lm_model_put_bias(struct lm_model *m, const struct lm_tensor_spec *spec, const float *bias);

/* All is in its place: a tied output head is the embedding. */
void lm_model_finish(struct lm_model *m);

#endif
