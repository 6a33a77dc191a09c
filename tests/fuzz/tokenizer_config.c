/* What lies beside a tokenizer.json: the input is the file, read twice as two of them are. */
#include "models/tokenizer/beside.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/tokenizer_common.h"

#include <jansson.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char vocabulary[] =
        "{\"added_tokens\":[{\"id\":3,\"content\":\"<s>\",\"special\":true},{\"id\":4,\"content\":\"</s>\","
        "\"special\":true}],\"pre_tokenizer\":{\"type\":\"ByteLevel\"},"
        "\"model\":{\"vocab\":{\"a\":0,\"b\":1,\"ab\":2},\"merges\":[\"a b\"]}}";
    struct lm_tokenizer *t = NULL;
    struct lm_named said = { 0 };
    json_t *root = json_loadb((const char *)data, size, 0, NULL);
    if (!root)
        return 0;
    if (lm_tokenizer_parse_json(&t, "made", vocabulary, sizeof vocabulary - 1, 0))
        abort();
    if (!lm_name_ends_by(t, &said, "input", root) && !lm_name_ends_by(t, &said, "input", root)) {
        lm_tokenizer_mark_ends(t);
        round_trip(t, "ab abc <s>\n", 11, LM_ENCODE_BOS | LM_ENCODE_SPECIAL, 0);
    }
    lm_tokenizer_free(t);
    json_decref(root);
    return 0;
}
