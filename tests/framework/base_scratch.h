/* A temporary folder of a test, and files in it. */
#ifndef TARE_TESTS_BASE_SCRATCH_H
#define TARE_TESTS_BASE_SCRATCH_H

#include "framework/base/file.h"
#include "framework/base/mem.h"
#include "tests/harness.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* cmocka setup: *state is the folder's path. */
static inline int scratch_make(void **state)
{
    const char *where = getenv("TMPDIR");
    char *path = tare_format("%s/tare-test-XXXXXX", where && *where ? where : "/tmp");
    *state = path;
    return path && mkdtemp(path) ? 0 : -1;
}

/* cmocka teardown. */
static inline int scratch_remove(void **state)
{
    int rc = tare_dir_remove(*state);
    free(*state);
    return rc;
}

/* Writes text to a file below root, making its folders. */
static inline void scratch_put(const char *root, const char *path, const char *text)
{
    char *full = tare_path_join(root, path);
    assert_non_null(full);
    char *slash = strrchr(full, '/');
    *slash = '\0';
    assert_int_equal(tare_dir_make(full), 0);
    *slash = '/';
    FILE *f = fopen(full, "w");
    assert_non_null(f);
    assert_int_equal(fwrite(text, 1, strlen(text), f), strlen(text));
    assert_int_equal(fclose(f), 0);
    free(full);
}

/* How many things lie in a folder. */
static inline int scratch_count(const char *path)
{
    DIR *dir = opendir(path);
    assert_non_null(dir);
    int n = 0;
    for (const struct dirent *e; (e = readdir(dir)) != NULL;)
        n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
    closedir(dir);
    return n;
}

#endif
