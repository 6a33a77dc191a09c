/* What a fuzz target defines; returns 0. It may not depend on anything but the input. */
#ifndef TARE_TESTS_FUZZ_H
#define TARE_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>

__attribute__((visibility("default"))) int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
