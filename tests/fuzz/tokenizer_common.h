/* What is asked of any tokenizer that opened. */
#ifndef TARE_TESTS_FUZZ_TOKENIZER_COMMON_H
#define TARE_TESTS_FUZZ_TOKENIZER_COMMON_H

#include <lm/tokenizer.h>

#include <stdlib.h>
#include <string.h>

/* Encodes a text and decodes the ids, as a whole and as a stream; both must agree, and with `exact` be the text. */
static inline void round_trip(const struct lm_tokenizer *t, const char *text, size_t len, unsigned flags, int exact)
{
    int32_t *ids;
    size_t n, back_len, streamed = 0;
    char *back;
    static char out[LM_STREAM_MAX];
    struct lm_stream s = { 0 };
    if (lm_encode(t, text, len, flags, &ids, &n))
        return;
    if (lm_decode(t, ids, n, &back, &back_len))
        abort();
    if (exact && (back_len != len || memcmp(back, text, len) != 0))
        abort();
    for (size_t i = 0; i < n; i++) {
        size_t part = lm_stream_add(t, &s, ids[i], out);
        if (part > sizeof out || (exact && memcmp(out, text + streamed, part) != 0))
            abort();
        streamed += part;
    }
    streamed += lm_stream_end(&s, out);
    if (exact && streamed != len)
        abort();
    free(ids);
    free(back);
}

#endif
