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
    void **blocks;                 /* [n_blocks] memory of its own */
    size_t n_blocks, cap_blocks;
};

const struct lm_rules *lm_rules_of(enum lm_arch arch);

/* An empty model of a configuration; memory that it will free (tare_huge). */
int lm_model_make(struct lm_model **out, const struct lm_config *c);
void *lm_model_memory(struct lm_model *m, size_t bytes);

/* A tensor's name taken apart: where it goes, its layer, and whether it is a bias. Every tensor of models/tensors.def
 * that is a weight has a slot; NULL for another. */
struct lm_slot;
const struct lm_slot *lm_slot_find(const struct lm_model *m, const struct lm_tensor_spec *spec, size_t *layer,
                                   bool *is_bias);

/* Puts rows (of a vector: one f32 a row), or a bias [whole->rows], into their slot. */
void lm_slot_put(struct lm_model *m, const struct lm_slot *slot, size_t layer, const struct lm_matrix *whole);
void lm_slot_put_bias(struct lm_model *m, const struct lm_slot *slot, size_t layer, const float *bias, size_t n);

/* All is in its slot: a tied output head is the embedding. */
void lm_model_finish(struct lm_model *m);

#endif
