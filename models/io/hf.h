/* What lies beside safetensors files, and what tensors are called there, as Hugging Face's transformers write them. */
#ifndef LM_IO_HF_H
#define LM_IO_HF_H

#include "models/io/reader.h"

struct hf_name {
    char gguf[LM_MAX_NAME];
    bool ignored;    /* a buffer that is no weight */
    bool transposed; /* Conv1D: stored as [in][out] */
};

/* "model.layers.0.self_attn.q_proj.weight" is "blk.0.attn_q.weight". False where the name is not known. */
bool hf_translate(struct hf_name *out, const char *name);

/* Fills metadata from config.json in the folder of f's path; nothing where there is none. Makes the tensors of factors
 * that divide RoPE's frequencies. */
int hf_read_config(struct lm_file *f);
int hf_parse_config(struct lm_file *f, const char *path, const char *text, size_t len); /* the same, of a text */

/* The architecture that a config.json names; false where there is none, or it is not known. */
bool hf_detect(enum lm_arch *arch, const char *folder);

/* The folder a path lies in, "." for none; the caller frees. */
char *lm_folder_of(const char *path);

#endif
