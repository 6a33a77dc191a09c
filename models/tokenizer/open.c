/* Where a model's tokenizer is: in the file, or beside it. */
#include "framework/base/error.h"
#include "framework/base/file.h"
#include "models/tokenizer/beside.h"
#include "models/tokenizer/tokenizer.h"

#include <lm/file.h>

#include <glob.h>
#include <stdlib.h>
#include <string.h>

typedef int parse(struct lm_tokenizer **out, const char *path, const void *data, size_t size, size_t n_vocab);

int lm_tokenizer_read(struct lm_tokenizer **out, const char *path, size_t n_vocab)
{
    struct tare_map map;
    struct lm_tokenizer *t = NULL;
    *out = NULL;
    if (n_vocab > INT32_MAX)
        return tare_fail(TARE_EUSAGE, "%s: a vocabulary of %zu tokens", path, n_vocab);
    int rc = tare_map_open(&map, path);
    if (rc)
        return rc;
    size_t len = strlen(path);
    bool json = len > 5 && strcmp(path + len - 5, ".json") == 0;
    parse *read = json ? lm_tokenizer_parse_json : lm_tokenizer_parse_bin;
    rc = read(&t, path, map.data, map.size, n_vocab);
    tare_map_close(&map);
    if (!rc && json)
        rc = lm_name_ends(t, path);
    if (rc) {
        lm_tokenizer_free(t);
        return rc;
    }
    *out = t;
    return TARE_OK;
}

/* Names beside a model, the likeliest first. */
static const char *const beside[] = { "tokenizer.json", "tokenizer.bin", "tok*.bin" };

/* The folder's path with every character that glob takes for a sign escaped; the caller frees. */
static char *escape(const char *folder, size_t len)
{
    struct tare_buf b = { 0 };
    tare_buf_add(&b, "", 0);
    for (size_t i = 0; i < len; i++) {
        if (strchr("*?[\\", folder[i]))
            tare_buf_add(&b, "\\", 1);
        tare_buf_add(&b, &folder[i], 1);
    }
    if (b.failed)
        tare_buf_free(&b);
    return b.data;
}

/* Files beside `path` that could hold a tokenizer. */
static int find_beside(const char *path, glob_t *found)
{
    const char *slash = strrchr(path, '/');
    char *folder = escape(path, slash ? (size_t)(slash - path) + 1 : 0);
    int rc = folder ? TARE_OK : TARE_ENOMEM;
    for (size_t i = 0; i < sizeof beside / sizeof *beside && !rc; i++) {
        char *pattern = tare_format("%s%s", folder, beside[i]);
        int status = pattern ? glob(pattern, GLOB_APPEND, NULL, found) : GLOB_NOSPACE;
        if (status == GLOB_NOSPACE)
            rc = tare_fail(TARE_ENOMEM, "out of memory (names of files)");
        free(pattern);
    }
    free(folder);
    return rc;
}

int lm_tokenizer_open(struct lm_tokenizer **out, const struct lm_file *f)
{
    *out = NULL;
    bool gguf = strcmp(lm_file_format(f), "gguf") == 0;
    if (gguf && lm_file_value(f, "tokenizer.ggml.model").kind != LM_VALUE_NONE) {
        struct lm_tokenizer *t = NULL;
        int rc = lm_tokenizer_parse_gguf(&t, f);
        if (rc)
            lm_tokenizer_free(t);
        else
            *out = t;
        return rc;
    }
    const struct lm_tensor *embedding = lm_file_tensor(f, "token_embd.weight");
    size_t n_vocab = embedding && embedding->n_dims == 2 ? embedding->dims[0] : 0;
    glob_t found = { 0 };
    int rc = find_beside(lm_file_path(f), &found);
    for (size_t i = 0; i < found.gl_pathc && !rc && !*out; i++) {
        int status = lm_tokenizer_read(out, found.gl_pathv[i], n_vocab);
        if (status && i + 1 == found.gl_pathc)
            rc = status; /* the message is that of the last */
    }
    if (!rc && !*out)
        rc = tare_fail(TARE_ENOENT, "%s: no tokenizer %sbeside it (tokenizer.json, tokenizer.bin, tok*.bin)",
                       lm_file_path(f), gguf ? "in it (tokenizer.ggml.model) nor " : "");
    globfree(&found);
    return rc;
}
