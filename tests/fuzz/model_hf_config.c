/* config.json beside a safetensors file of one tensor. */
#include "models/io/hf.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/model_common.h"

static const char tensors[] = "\112\0\0\0\0\0\0\0{\"model.embed_tokens.weight\":{\"dtype\":\"F32\",\"shape\":[2,8],"
                              "\"data_offsets\":[0,64]}}";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char file[sizeof tensors - 1 + 64] = { 0 };
    struct lm_file *f;
    memcpy(file, tensors, sizeof tensors - 1);
    file[0] = sizeof tensors - 1 - 8;
    if (lm_file_open_memory(&f, "input.safetensors", file, sizeof file))
        abort();
    if (hf_parse_config(f, "input.json", (const char *)data, size) || lm_index(f))
        check_message();
    else
        use_model(f);
    lm_file_close(f);
    return 0;
}
