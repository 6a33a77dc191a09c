/* Pre-tokenizers: the patterns that cut a text into words before any merging, through PCRE2. */
#ifndef LM_TOKENIZER_PATTERN_H
#define LM_TOKENIZER_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

struct lm_pattern {
    const char *name;  /* tokenizer.ggml.pre */
    const char *regex; /* PCRE2 */
    const char *json;  /* the same as tokenizer.json writes it; NULL where it has a name of its own */
    bool adds_bos;     /* where the file does not say */
    bool whole_words;  /* a word that is a token needs no merging */
};

const struct lm_pattern *lm_pattern_find(const char *name, size_t len); /* NULL for one that is not known */
const struct lm_pattern *lm_pattern_find_json(const char *regex, size_t len);

/* The names of all, for messages: "gpt-2, llama-bpe, qwen2". */
const char *lm_pattern_names(void);

struct lm_words;
int lm_words_compile(struct lm_words **out, const struct lm_pattern *pattern);
void lm_words_free(struct lm_words *w);

/* Calls word(ctx, begin, end) for the parts of text[begin, end), in order and without gaps: what no alternative of the
 * pattern matches is a word of its own. text is valid UTF-8. Stops at the first error. */
int lm_words_split(const struct lm_words *w, const char *text, size_t begin, size_t end,
                   int (*word)(void *ctx, size_t begin, size_t end), void *ctx);

#endif
