/* Texts: the first byte chooses a tokenizer and flags, the rest is the text. Byte-level vocabularies give it back. */
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/tokenizer_common.h"
#include "tests/fuzz/tokenizer_made.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    unsigned which = data[0] % N_TOKENIZERS, special = data[0] & 0x80;
    unsigned flags = (data[0] & 0x40 ? LM_ENCODE_BOS : 0) | (special ? LM_ENCODE_SPECIAL : 0);
    round_trip(made_tokenizer(which), (const char *)data + 1, size - 1, flags, which < SPM && !special);
    return 0;
}
