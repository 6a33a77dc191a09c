/* Runs a fuzz target over the files of folders, where there is no fuzzer. */
#include "framework/base/error.h"
#include "framework/base/file.h"
#include "framework/base/mem.h"
#include "tests/fuzz/fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The input in memory of just its size, so that a sanitizer sees what is read beyond. */
static int replay(const char *folder, const char *name)
{
    char *path = tare_path_join(folder, name), *text = NULL;
    size_t len = 0;
    int rc = path ? tare_file_read(&text, &len, path, 0) : TARE_ENOMEM;
    uint8_t *data = rc ? NULL : tare_alloc(len);
    if (data) {
        memcpy(data, text, len);
        LLVMFuzzerTestOneInput(data, len);
    } else {
        fprintf(stderr, "%s\n", tare_error());
        rc = 1;
    }
    free(data);
    free(text);
    free(path);
    return rc;
}

int main(int argc, char **argv)
{
    int n = 0, rc = 0;
    for (int i = 1; i < argc; i++) {
        DIR *folder = opendir(argv[i]);
        for (struct dirent *entry; folder && (entry = readdir(folder));)
            if (entry->d_name[0] != '.') {
                rc |= replay(argv[i], entry->d_name);
                n++;
            }
        if (folder)
            closedir(folder);
    }
    printf("%d inputs\n", n);
    return rc || !n;
}
