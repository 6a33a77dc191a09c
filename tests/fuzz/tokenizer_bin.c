/* llama2.c's tokenizer.bin: the input is the file; what opens must encode and decode. */
#include "models/tokenizer/tokenizer.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/tokenizer_common.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const size_t sizes[] = { 0, 3, 40, 512 };
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct lm_tokenizer *t = NULL;
        if (lm_tokenizer_parse_bin(&t, "input", data, size, sizes[i]) == 0) {
            round_trip(t, "Once upon\n a <s> time \xC3\xA9", 24, LM_ENCODE_BOS | LM_ENCODE_SPECIAL, 0);
            round_trip(t, (const char *)data, size < 64 ? size : 64, 0, 0);
        }
        lm_tokenizer_free(t);
    }
    return 0;
}
