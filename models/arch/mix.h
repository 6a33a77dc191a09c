/* Which type each tensor of a file gets under one word of --type. */
#ifndef LM_ARCH_MIX_H
#define LM_ARCH_MIX_H

#include <lm/config.h>
#include <lm/file.h>

struct mix {
    const char *name;    /* "q4_K_M" */
    enum kn_type type;   /* of matrices */
    enum kn_type more;   /* of attn_v and ffn_down in half of the layers, and of fused attn_qkv in all */
    enum kn_type output; /* of the output head, or of the embedding that is tied to it */
    unsigned file_type;  /* general.file_type */
};

/* A type's name or a mix's, upper or lower case. TARE_EUSAGE with the nearest. */
int mix_find(const struct mix **m, const char *word);

/* The type of a tensor: f32 for what has one dimension and for the places of GPT-2, else as the mix has it, or where
 * rows are no whole blocks of that, the nearest type that fits. */
enum kn_type mix_type(const struct mix *m, const struct lm_config *c, const struct lm_tensor *t);

#endif
