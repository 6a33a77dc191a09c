#include "models/tokenizer/tokenizer.h"

#include "framework/base/error.h"
#include "models/tokenizer/pattern.h"

#include <stdlib.h>
#include <string.h>

int lm_tokenizer_new(struct lm_tokenizer **out, const struct lm_scheme *scheme, size_t n, size_t text_bytes)
{
    struct lm_tokenizer *t = *out = tare_calloc(1, sizeof *t);
    if (!t)
        return TARE_ENOMEM;
    t->scheme = scheme;
    t->bos = t->eos = t->unknown = LM_NO_TOKEN;
    return lm_vocab_start(&t->vocab, n, text_bytes);
}

void lm_tokenizer_free(struct lm_tokenizer *t)
{
    if (!t)
        return;
    lm_vocab_free(&t->vocab);
    free(t->pairs.slots);
    lm_words_free(t->words);
    free(t);
}

int lm_tokenizer_plain(struct lm_tokenizer **out, size_t n_vocab)
{
    *out = NULL;
    if (n_vocab == 0 || n_vocab > INT32_MAX)
        return tare_fail(TARE_EUSAGE, "a vocabulary of %zu tokens", n_vocab);
    struct lm_tokenizer *t = NULL;
    int rc = lm_tokenizer_new(&t, &lm_scheme_plain, n_vocab, 256);
    for (size_t b = 0; b < 256 && !rc; b++)
        tare_buf_add(&t->vocab.text, &(char){ (char)b }, 1);
    for (size_t i = 0; i < n_vocab && !rc; i++)
        t->vocab.tokens[i] = (struct lm_token){ .at = i % 256, .len = 1, .kind = LM_TOKEN_NORMAL };
    if (rc) {
        lm_tokenizer_free(t);
        return rc;
    }
    *out = t;
    return TARE_OK;
}

/* Special tokens that end a turn, whatever a file calls its eos. */
static const char *const enders[] = {
    "<|eot_id|>", "<|eom_id|>", "<|end_of_text|>", "<|im_end|>", "<|end|>", "<|endoftext|>",
};

void lm_tokenizer_mark_ends(struct lm_tokenizer *t)
{
    if (t->eos != LM_NO_TOKEN)
        t->vocab.tokens[t->eos].ends = true;
    for (size_t i = 0; i < sizeof enders / sizeof *enders; i++) {
        int32_t id = lm_vocab_find_special(&t->vocab, enders[i], strlen(enders[i]));
        if (id != LM_NO_TOKEN)
            t->vocab.tokens[id].ends = true;
    }
}

/* Has any normal token a space behind something else? */
static bool crosses_spaces(const struct lm_vocab *v)
{
    for (size_t i = 0; i < v->n; i++) {
        const char *text = lm_vocab_text(v, (int32_t)i);
        if (v->tokens[i].kind != LM_TOKEN_NORMAL)
            continue;
        for (size_t j = 1; j < v->tokens[i].len; j++)
            if (text[j] == ' ' && text[j - 1] != ' ')
                return true;
    }
    return false;
}

int lm_tokenizer_seal(struct lm_tokenizer *t, const char *path, const char *field)
{
    int rc = lm_vocab_seal(&t->vocab, path, field);
    if (rc)
        return rc;
    lm_tokenizer_mark_ends(t);
    if (t->scheme == &lm_scheme_spm)
        t->cuts_spaces = !crosses_spaces(&t->vocab);
    else
        for (unsigned b = 0; b < 256; b++)
            t->vocab.bytes[b] = lm_vocab_find(&t->vocab, &(char){ (char)b }, 1);
    return TARE_OK;
}

size_t lm_tokenizer_size(const struct lm_tokenizer *t)
{
    return t->vocab.n;
}

int32_t lm_tokenizer_bos(const struct lm_tokenizer *t)
{
    return t->bos;
}

int32_t lm_tokenizer_eos(const struct lm_tokenizer *t)
{
    return t->eos;
}

bool lm_tokenizer_is_end(const struct lm_tokenizer *t, int32_t id)
{
    return id >= 0 && (size_t)id < t->vocab.n && t->vocab.tokens[id].ends;
}

bool lm_tokenizer_adds_bos(const struct lm_tokenizer *t)
{
    return t->adds_bos && t->bos != LM_NO_TOKEN;
}
