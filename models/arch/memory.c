#include "models/arch/memory.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "framework/base/error.h"
#include "framework/base/file.h"

/* The sum of the lines "NAME: N kB" of a file of /proc; *n_found of the names were there. */
static size_t sum_of(const char *path, const char *const *names, size_t n_names, size_t *n_found)
{
    char *text;
    size_t bytes = 0;
    *n_found = 0;
    if (tare_file_read(&text, NULL, path, 0)) {
        tare_error_clear();
        return 0;
    }
    for (size_t i = 0; i < n_names; i++) {
        const char *line = strstr(text, names[i]);
        unsigned long long kib;
        if (line && sscanf(line + strlen(names[i]), ": %llu kB", &kib) == 1 && kib < SIZE_MAX / 4096) {
            bytes += (size_t)kib * 1024;
            ++*n_found;
        }
    }
    free(text);
    return bytes;
}

/* What is left of the limit of the process's addresses. */
static size_t addresses_free(void)
{
    struct rlimit limit;
    unsigned long long pages = 0;
    FILE *f = NULL;
    if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY || !(f = fopen("/proc/self/statm", "re")))
        return SIZE_MAX;
    size_t left = SIZE_MAX;
    if (fscanf(f, "%llu", &pages) == 1) {
        size_t used = (size_t)pages * (size_t)sysconf(_SC_PAGESIZE);
        left = used < limit.rlim_cur ? (size_t)limit.rlim_cur - used : 0;
    }
    fclose(f);
    return left;
}

size_t lm_memory_free(void)
{
    static const char *const name[] = { "MemAvailable" };
    size_t found, bytes = sum_of("/proc/meminfo", name, 1, &found), limit = addresses_free();
    if (!found)
        bytes = SIZE_MAX;
    if (limit < bytes)
        bytes = limit;
    limit = lm_memory_of_groups("");
    return bytes < limit ? bytes : limit;
}

bool lm_memory_for(size_t bytes)
{
    return bytes <= lm_memory_free();
}

int lm_memory_lacks(const char *what, const char *advice)
{
    return tare_fail(TARE_ENOMEM, "not enough memory: %s, and %.1f GiB are free: %s", what,
                     (double)lm_memory_free() / 0x1p30, advice);
}

size_t lm_memory_huge(void)
{
    static const char *const names[] = { "AnonHugePages", "ShmemPmdMapped", "FilePmdMapped" };
    size_t found;
    return sum_of("/proc/self/smaps_rollup", names, sizeof names / sizeof *names, &found);
}
