/* Real data: $TARE_TEST_DATA, else shared/data beside the source tree. Tests that need a file skip without it. */
#ifndef TARE_TESTS_MODELS_DATA_H
#define TARE_TESTS_MODELS_DATA_H

#include "framework/base/file.h"
#include "framework/base/mem.h"
#include "tests/harness.h"

#include <stdio.h>
#include <stdlib.h>

/* The path of a file of the data, which must be freed; skips the running test where it is absent. */
static inline char *data_file(const char *name)
{
    const char *folder = getenv("TARE_TEST_DATA");
    char *path = tare_path_join(folder && *folder ? folder : TARE_SOURCE_ROOT "/../shared/data", name);
    assert_non_null(path);
    if (!tare_path_exists(path)) {
        printf("%s is absent: set TARE_TEST_DATA\n", path);
        free(path);
        skip();
    }
    return path;
}

#endif
