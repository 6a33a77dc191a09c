/* The weights of a model by their part in the network, and the tables that say which tensors an architecture has. */
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
    enum kn_op activation; /* of gate, or of up where there is none */
    bool gated;            /* the ffn is act(gate) * up */
    bool learned_places;   /* a row of position_embd is added for every place */
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

/* Sizes of a configuration, by what they count. */
enum lm_size { LM_NONE, LM_EMBD, LM_Q, LM_KV, LM_FF, LM_VOCAB, LM_CTX };
size_t lm_size_of(const struct lm_config *c, enum lm_size size);

enum lm_slot_kind { LM_SLOT_MATRIX, LM_SLOT_NORM, LM_SLOT_ROWS /* looked up, not multiplied */ };

/* A tensor of an architecture ("NAME.weight", with a "NAME.bias"), and where its rows go. */
struct lm_slot {
    const char *name; /* "attn_q", behind "blk.N." where it is a layer's */
    unsigned archs;   /* a bit for each enum lm_arch that has it */
    unsigned biased;  /* those whose bias must be there; others may have one */
    bool in_layer, may_lack;
    enum lm_slot_kind kind;
    enum lm_size cols; /* LM_NONE for a norm */
    struct {
        size_t offset; /* of a struct lm_matrix or lm_norm, in struct lm_layer or lm_model */
        enum lm_size rows;
    } into[3];
};
const struct lm_slot *lm_slots(size_t *n);

/* Rows of a part in all. */
size_t lm_slot_rows(const struct lm_slot *p, const struct lm_config *c);

/* An empty model of a configuration; memory that it will free (aligned to 64 bytes, with slack behind it for vectors).
 */
int lm_model_make(struct lm_model **out, const struct lm_config *c);
void *lm_model_memory(struct lm_model *m, size_t bytes);

/* Gives a part its weights: `whole` holds its rows in order, and its bias. */
void lm_model_put(struct lm_model *m, const struct lm_slot *p, size_t layer, const struct lm_matrix *whole);

/* What all parts have been put: the output is tied where it lacks. */
void lm_model_finish(struct lm_model *m);

#endif
