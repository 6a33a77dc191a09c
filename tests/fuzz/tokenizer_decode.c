/* Ids: the first byte chooses a tokenizer, each two that follow are an id. The stream is always whole characters, and
 * where the text of all ids is, it is that text. */
#include "models/tokenizer/utf8.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/tokenizer_made.h"

enum { MAX_IDS = 256 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char out[MAX_IDS * LM_STREAM_MAX];
    int32_t ids[MAX_IDS];
    struct lm_stream stream = { 0 };
    size_t n = 0, n_out = 0, len;
    char *text;
    if (size == 0)
        return 0;
    const struct lm_tokenizer *t = made_tokenizer(data[0]);
    for (size_t i = 1; i + 1 < size && n < MAX_IDS; i += 2)
        ids[n++] = (int32_t)((data[i] | (unsigned)data[i + 1] << 8) % lm_tokenizer_size(t));
    if (lm_decode(t, ids, n, &text, &len))
        abort();
    for (size_t i = 0; i < n; i++)
        n_out += lm_stream_add(t, &stream, ids[i], out + n_out);
    n_out += lm_stream_end(&stream, out + n_out);
    if (lm_utf8_valid(out, n_out) != n_out)
        abort();
    if (lm_utf8_valid(text, len) == len && (n_out != len || memcmp(out, text, len) != 0))
        abort();
    free(text);
    return 0;
}
