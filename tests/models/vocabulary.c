#include "tests/models/vocabulary.h"

#include "framework/base/error.h"
#include "tests/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How GPT-2's encoder.py writes bytes: those that print as themselves, the others from U+0100 on. */
static void write_letters(struct vocabulary *v)
{
    int next = 0x100;
    for (int b = 0; b < 256; b++) {
        int c = (b >= '!' && b <= '~') || (b >= 0xA1 && b <= 0xAC) || (b >= 0xAE && b <= 0xFF) ? b : next++;
        if (c < 0x80)
            snprintf(v->letters[b], sizeof v->letters[b], "%c", c);
        else
            snprintf(v->letters[b], sizeof v->letters[b], "%c%c", 0xC0 | c >> 6, 0x80 | (c & 0x3F));
    }
}

/* The text is the caller's, or lies in v. */
static void add(struct vocabulary *v, const char *text, int kind)
{
    assert_true(v->n < VOCABULARY_MAX);
    v->tokens[v->n] = text;
    v->kinds[v->n++] = kind;
}

void vocabulary_make(struct vocabulary *v, const char *pre, const char *const *merges, const char *const *controls)
{
    memset(v, 0, sizeof *v);
    write_letters(v);
    for (int b = 0; b < 256; b++)
        add(v, v->letters[b], 1);
    for (; merges && *merges; merges++) {
        char *joined = v->joined[v->n_merges];
        const char *gap = strchr(*merges, ' ');
        snprintf(joined, sizeof *v->joined, "%.*s%s", (int)(gap - *merges), *merges, gap + 1);
        v->merges[v->n_merges++] = *merges;
        add(v, joined, 1);
    }
    for (; controls && *controls; controls++)
        add(v, *controls, 3);
    struct lm_file *f = &v->file;
    table_text(f, "tokenizer.ggml.model", "gpt2");
    table_text(f, "tokenizer.ggml.pre", pre);
    table_texts(f, "tokenizer.ggml.tokens", v->tokens, v->n);
    table_ints(f, "tokenizer.ggml.token_type", v->kinds, v->n);
    table_texts(f, "tokenizer.ggml.merges", v->merges, v->n_merges);
}

struct lm_tokenizer *vocabulary_open(struct vocabulary *v)
{
    struct lm_tokenizer *t;
    if (lm_tokenizer_open(&t, &v->file))
        fail_msg("%s", tare_error());
    return t;
}

void assert_ids(const struct lm_tokenizer *t, const char *text, unsigned flags, const int32_t *expected, size_t n)
{
    int32_t *ids;
    size_t got;
    if (lm_encode(t, text, strlen(text), flags, &ids, &got))
        fail_msg("%s", tare_error());
    for (size_t i = 0; i < got && i < n; i++)
        if (ids[i] != expected[i])
            fail_msg("'%s': token %zu is %d, not %d", text, i, (int)ids[i], (int)expected[i]);
    if (got != n)
        fail_msg("'%s': %zu tokens, not %zu", text, got, n);
    free(ids);
}
