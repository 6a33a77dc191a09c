/* Source of the keys: ggml, docs/gguf.md; llama.cpp, llama-vocab.cpp (which wants no two tokens of one text, none that
 * is empty, and as many as the embedding has rows). */
#include "models/tokenizer/write.h"

#include "framework/base/error.h"
#include "models/io/gguf_write.h"
#include "models/tokenizer/pattern.h"
#include "models/tokenizer/tokenizer.h"

#include <stdlib.h>
#include <string.h>

#define KEY "tokenizer.ggml."

/* Whether there is a token of this id that has a text. */
static bool has_text(const struct lm_tokenizer *t, size_t id)
{
    return id < t->vocab.n && t->vocab.tokens[id].len > 0;
}

/* A token's text as files have it, in place of what `text` held. */
static void text_of(const struct lm_tokenizer *t, size_t id, struct tare_buf *text)
{
    text->len = 0;
    if (!has_text(t, id)) {
        tare_buf_fmt(text, "[PAD%zu]", id);
        return;
    }
    const struct lm_token *token = &t->vocab.tokens[id];
    const char *bytes = lm_vocab_text(&t->vocab, (int32_t)id);
    if (token->kind == LM_TOKEN_BYTE)
        tare_buf_fmt(text, "<0x%02X>", (unsigned char)bytes[0]);
    else if (token->kind != LM_TOKEN_NORMAL)
        tare_buf_add(text, bytes, token->len);
    else if (t->scheme == &lm_scheme_bpe)
        lm_bpe_letters(text, bytes, token->len);
    else
        lm_spm_spaces(text, bytes, token->len);
}

static int write_tokens(const struct lm_tokenizer *t, struct gguf_writer *w, size_t n_vocab)
{
    struct tare_buf text = { 0 };
    gguf_texts(w, KEY "tokens", n_vocab);
    for (size_t id = 0; id < n_vocab; id++) {
        text_of(t, id, &text);
        if (!text.failed)
            gguf_add_text(w, text.data, text.len);
    }
    if (t->scheme == &lm_scheme_spm) {
        gguf_f32s(w, KEY "scores", n_vocab);
        for (size_t id = 0; id < n_vocab; id++)
            gguf_add_f32(w, has_text(t, id) ? t->vocab.tokens[id].score : 0);
    }
    gguf_i32s(w, KEY "token_type", n_vocab);
    for (size_t id = 0; id < n_vocab; id++)
        gguf_add_i32(w, has_text(t, id) ? t->vocab.tokens[id].kind : LM_TOKEN_UNUSED);
    int rc = text.failed ? TARE_ENOMEM : TARE_OK;
    tare_buf_free(&text);
    return rc;
}

/* The merges by their ranks, which have no gaps. */
static int write_merges(const struct lm_tokenizer *t, struct gguf_writer *w)
{
    const struct lm_pairs *p = &t->pairs;
    size_t n = 0;
    for (size_t i = 0; i <= p->mask; i++)
        n += p->slots[i].pair != UINT64_MAX;
    uint64_t *pairs = tare_alloc(n * sizeof *pairs);
    struct tare_buf text = { 0 };
    if (!pairs)
        return TARE_ENOMEM;
    for (size_t i = 0; i <= p->mask; i++)
        if (p->slots[i].pair != UINT64_MAX)
            pairs[p->slots[i].rank] = p->slots[i].pair;
    gguf_texts(w, KEY "merges", n);
    for (size_t i = 0; i < n && !text.failed; i++) {
        const int32_t sides[] = { (int32_t)(pairs[i] >> 32), (int32_t)(uint32_t)pairs[i] };
        text.len = 0;
        for (size_t k = 0; k < 2; k++) {
            if (k > 0)
                tare_buf_str(&text, " ");
            lm_bpe_letters(&text, lm_vocab_text(&t->vocab, sides[k]), t->vocab.tokens[sides[k]].len);
        }
        if (!text.failed)
            gguf_add_text(w, text.data, text.len);
    }
    int rc = text.failed ? TARE_ENOMEM : TARE_OK;
    tare_buf_free(&text);
    free(pairs);
    return rc;
}

int lm_tokenizer_write(const struct lm_tokenizer *t, struct gguf_writer *w, size_t n_vocab)
{
    bool bpe = t->scheme == &lm_scheme_bpe;
    if (!bpe && t->scheme != &lm_scheme_spm)
        return tare_fail(TARE_EUNSUP, "a tokenizer of bytes alone has no keys in GGUF");
    if (bpe && t->whole_words && !t->pattern->whole_words) /* Llama 3's first files lacked it, and were mended */
        return tare_fail(TARE_EUNSUP,
                         "ignore_merges: GGUF has no word for it but the pattern, and %s is none of that kind",
                         t->pattern->name);
    const struct {
        const char *key;
        int32_t id;
    } ids[] = { { KEY "bos_token_id", t->bos },
                { KEY "eos_token_id", t->eos },
                { KEY "unknown_token_id", t->unknown } };
    gguf_text(w, KEY "model", bpe ? "gpt2" : "llama");
    gguf_text(w, KEY "pre", bpe ? t->pattern->name : "default");
    int rc = write_tokens(t, w, n_vocab);
    if (!rc && bpe)
        rc = write_merges(t, w);
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
        if (ids[i].id != LM_NO_TOKEN)
            gguf_u32(w, ids[i].key, (uint32_t)ids[i].id);
    gguf_bool(w, KEY "add_bos_token", lm_tokenizer_adds_bos(t));
    if (!bpe)
        gguf_bool(w, KEY "add_space_prefix", t->space_prefix);
    return rc;
}

int lm_chat_write(const struct lm_file *f, struct gguf_writer *w)
{
    char *text;
    int rc = lm_chat_read(&text, f);
    if (text)
        gguf_text(w, "tokenizer.chat_template", text);
    free(text);
    return rc;
}
