#define PCRE2_CODE_UNIT_WIDTH 8
#include "models/tokenizer/pattern.h"

#include "framework/base/error.h"
#include "framework/base/mem.h"

#include <pcre2.h>
#include <stdlib.h>
#include <string.h>

/* White space as Unicode defines it; PCRE2's own \s takes in U+180E besides. For use inside [ ]. */
#define S  "\\t-\\r\\x{85}\\p{Z}"
#define LN "\\p{L}\\p{N}"

/* Llama 3 and Qwen 2 differ in how many digits make a word. */
#define CONTRACTIONS "(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])"
#define LLAMA3(digits)                                                                                                 \
    CONTRACTIONS "|[^\\r\\n" LN "]?\\p{L}+|" digits "| ?[^" S LN "]+[\\r\\n]*|[" S "]*[\\r\\n]+|[" S "]+(?![^" S       \
                 "])|[" S "]+"
#define LLAMA3_JSON(digits)                                                                                            \
    "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|" digits                                               \
    "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"

static const struct lm_pattern patterns[] = {
    { .name = "gpt-2",
      .regex = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^" S LN "]+|[" S "]+(?![^" S "])",
      .json = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+" },
    { .name = "llama-bpe",
      .regex = LLAMA3("\\p{N}{1,3}"),
      .json = LLAMA3_JSON("\\p{N}{1,3}"),
      .adds_bos = true,
      .whole_words = true },
    { .name = "qwen2", .regex = LLAMA3("\\p{N}"), .json = LLAMA3_JSON("\\p{N}") },
};
enum { N_PATTERNS = sizeof patterns / sizeof *patterns };

const struct lm_pattern *lm_pattern_find(const char *name, size_t len)
{
    for (size_t i = 0; i < N_PATTERNS; i++)
        if (strlen(patterns[i].name) == len && memcmp(patterns[i].name, name, len) == 0)
            return &patterns[i];
    return NULL;
}

const struct lm_pattern *lm_pattern_find_json(const char *regex, size_t len)
{
    for (size_t i = 0; i < N_PATTERNS; i++)
        if (strlen(patterns[i].json) == len && memcmp(patterns[i].json, regex, len) == 0)
            return &patterns[i];
    return NULL;
}

const char *lm_pattern_names(void)
{
    return "gpt-2, llama-bpe, qwen2";
}

struct lm_words {
    pcre2_code *code;
    pcre2_match_context *limits;
};

int lm_words_compile(struct lm_words **out, const struct lm_pattern *pattern)
{
    int error;
    PCRE2_SIZE offset;
    struct lm_words *w = *out = tare_calloc(1, sizeof *w);
    if (!w)
        return TARE_ENOMEM;
    w->limits = pcre2_match_context_create(NULL);
    if (!w->limits)
        return tare_fail(TARE_ENOMEM, "out of memory (a pattern)");
    w->code = pcre2_compile((PCRE2_SPTR)pattern->regex, PCRE2_ZERO_TERMINATED, PCRE2_UTF | PCRE2_NEVER_BACKSLASH_C,
                            &error, &offset, NULL);
    if (!w->code) {
        PCRE2_UCHAR why[128] = "";
        pcre2_get_error_message(error, why, sizeof why);
        return tare_fail(TARE_EUNSUP, "pattern %s: PCRE2: %s", pattern->name, (const char *)why);
    }
    pcre2_set_match_limit(w->limits, UINT32_MAX);   /* no pattern backtracks over more than one run of characters */
    pcre2_jit_compile(w->code, PCRE2_JIT_COMPLETE); /* without it the pattern is interpreted */
    return TARE_OK;
}

void lm_words_free(struct lm_words *w)
{
    if (!w)
        return;
    pcre2_code_free(w->code);
    pcre2_match_context_free(w->limits);
    free(w);
}

int lm_words_split(const struct lm_words *w, const char *text, size_t begin, size_t end,
                   int (*word)(void *ctx, size_t begin, size_t end), void *ctx)
{
    pcre2_match_data *match = pcre2_match_data_create(1, NULL);
    if (!match)
        return tare_fail(TARE_ENOMEM, "out of memory (a pattern)");
    const PCRE2_SIZE *span = pcre2_get_ovector_pointer(match);
    int rc = TARE_OK;
    while (begin < end && !rc) {
        int found = pcre2_match(w->code, (PCRE2_SPTR)text, end, begin, PCRE2_NO_UTF_CHECK, match, w->limits);
        if (found < 0 && found != PCRE2_ERROR_NOMATCH) {
            PCRE2_UCHAR why[128] = "";
            pcre2_get_error_message(found, why, sizeof why);
            rc = tare_fail(TARE_EUNSUP, "text at offset %zu: PCRE2: %s", begin, (const char *)why);
            break;
        }
        size_t from = found < 0 ? end : span[0], to = found < 0 ? end : span[1];
        if (begin < from)
            rc = word(ctx, begin, from);
        if (from < to && !rc)
            rc = word(ctx, from, to);
        begin = to;
    }
    pcre2_match_data_free(match);
    return rc;
}
