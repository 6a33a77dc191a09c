/* tokenizer.json: the input is the file; what opens must encode and decode. */
#include "models/tokenizer/tokenizer.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/tokenizer_common.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    for (size_t n_vocab = 0; n_vocab <= 300; n_vocab += 300) {
        struct lm_tokenizer *t = NULL;
        if (lm_tokenizer_parse_json(&t, "input", data, size, n_vocab) == 0) {
            round_trip(t, "ab abc <s>\n a \xC3\xA9", 16, LM_ENCODE_BOS | LM_ENCODE_SPECIAL, 0);
            round_trip(t, (const char *)data, size < 64 ? size : 64, 0, 0);
        }
        lm_tokenizer_free(t);
    }
    return 0;
}
