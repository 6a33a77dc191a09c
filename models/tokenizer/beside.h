/* Files beside a tokenizer.json, which does not say itself which tokens begin and end a text. */
#ifndef LM_TOKENIZER_BESIDE_H
#define LM_TOKENIZER_BESIDE_H

#include "models/tokenizer/tokenizer.h"

struct json_t; /* jansson */

/* The JSON object in the file `name` of the folder `path` lies in, which the caller gives up; NULL where there is no
 * such file. TARE_EPARSE. */
int lm_json_beside(struct json_t **root, const char *path, const char *name);

/* Sets bos, eos and what else ends a text by tokenizer_config.json, generation_config.json and config.json beside
 * `path`, the first that says it; what none says stays as it is. TARE_EPARSE with file and field for what is no token
 * of the vocabulary. */
int lm_name_ends(struct lm_tokenizer *t, const char *path);

/* What was said so far, and the same of one file. */
struct lm_named {
    bool bos, eos;
};
int lm_name_ends_by(struct lm_tokenizer *t, struct lm_named *said, const char *path, const struct json_t *root);

#endif
