/* The tokenizer in a GGUF: the input is the file; what opens must encode and decode. */
#include "models/io/reader.h"
#include "models/tokenizer/tokenizer.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/tokenizer_common.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct lm_file *f;
    struct lm_tokenizer *t;
    if (lm_file_open_memory(&f, "input.gguf", data, size))
        return 0;
    lm_chat_template(f);
    if (lm_tokenizer_parse_gguf(&t, f) == 0) {
        round_trip(t, "Once upon\n a <s> ab abc time \xC3\xA9", 31, LM_ENCODE_BOS | LM_ENCODE_SPECIAL, 0);
        round_trip(t, (const char *)data, size < 64 ? size : 64, 0, 0);
    }
    lm_tokenizer_free(t);
    lm_file_close(f);
    return 0;
}
