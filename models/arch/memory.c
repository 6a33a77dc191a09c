#include "models/arch/memory.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "framework/base/error.h"
#include "framework/base/file.h"

size_t lm_memory_free(void)
{
    char *text;
    size_t len, bytes = SIZE_MAX;
    if (tare_file_read(&text, &len, "/proc/meminfo", 0)) {
        tare_error_clear();
        return SIZE_MAX;
    }
    const char *line = strstr(text, "MemAvailable:");
    unsigned long long kib;
    if (line && sscanf(line, "MemAvailable: %llu kB", &kib) == 1 && kib < SIZE_MAX / 1024)
        bytes = (size_t)kib * 1024;
    free(text);
    return bytes;
}

bool lm_memory_for(size_t bytes)
{
    return bytes <= lm_memory_free();
}
