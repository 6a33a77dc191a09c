/* The index of a model in several files: the input is the index, beside two files of one tensor each. */
#include "framework/base/file.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/model_common.h"

#include <stdio.h>
#include <unistd.h>

static char folder[] = "/tmp/tare-fuzz-XXXXXX";
static const char *const shards[] = { "a.safetensors", "b.safetensors" };
static const char *const names[] = { "model.norm.weight", "lm_head.weight" };

static void remove_shards(void)
{
    for (size_t i = 0; i < 2; i++) {
        char *path = tare_path_join(folder, shards[i]);
        if (path)
            unlink(path);
        free(path);
    }
    rmdir(folder);
}

static void make_shards(void)
{
    if (!mkdtemp(folder))
        abort();
    atexit(remove_shards);
    for (size_t i = 0; i < 2; i++) {
        char json[128], data[8] = { 0 };
        char *path = tare_path_join(folder, shards[i]);
        FILE *out = path ? fopen(path, "wb") : NULL;
        data[0] = (char)snprintf(json, sizeof json, "{\"%s\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}",
                                 names[i]);
        if (!out || fwrite(data, 1, 8, out) != 8 || fputs(json, out) < 0)
            abort();
        memset(data, 0, sizeof data);
        if (fwrite(data, 1, 8, out) != 8 || fclose(out))
            abort();
        free(path);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct lm_file *f;
    static bool made;
    if (!made)
        make_shards();
    made = true;
    char path[sizeof folder + 40];
    snprintf(path, sizeof path, "%s/input.safetensors.index.json", folder);
    if (lm_file_open_memory(&f, path, data, size)) {
        if (!strstr(tare_error(), folder) || strchr(tare_error(), '\n'))
            abort();
        return 0;
    }
    size_t n;
    const struct lm_tensor *t = lm_file_tensors(f, &n);
    for (size_t i = 0; i < n; i++)
        use_tensor(f, &t[i]);
    lm_file_close(f);
    return 0;
}
