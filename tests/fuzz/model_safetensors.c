/* Safetensors files: any bytes are refused with a message, or are a model of which everything can be asked. */
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/model_common.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    try_model("input.safetensors", data, size);
    return 0;
}
