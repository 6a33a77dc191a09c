/* Opening: which reader a file needs, by its contents and then by its name, and which file of a directory is the model.
 */
#include "models/io/reader.h"

#include "framework/base/error.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static bool ends_with(const char *text, const char *ending)
{
    size_t n = strlen(text), k = strlen(ending);
    return n >= k && strcmp(text + n - k, ending) == 0;
}

static bool is_index(const struct lm_part *p)
{
    return ends_with(p->path, ".safetensors.index.json");
}

static const struct format {
    const char *name, *ending;
    bool (*looks)(const struct lm_part *p);
    int (*read)(struct lm_file *f);
} formats[] = {
    { "gguf", ".gguf", lm_gguf_looks, lm_gguf_read },
    { "safetensors", ".safetensors", lm_safetensors_looks, lm_safetensors_read },
    { "safetensors", ".safetensors.index.json", is_index, lm_safetensors_read_index },
    { "llama2.c", ".bin", lm_llama2c_looks, lm_llama2c_read },
};
enum { N_FORMATS = sizeof formats / sizeof *formats };

/* Files that are known to be no model, by their first bytes, and what to do. */
static const struct {
    const char *start;
    size_t len;
    const char *text;
} strangers[] = {
    { "PK\003\004", 4, "is a PyTorch checkpoint or another zip archive: convert it to safetensors or GGUF" },
    { "\200\002", 2, "is a pickled PyTorch checkpoint: convert it to safetensors or GGUF" },
    { "lmgg", 4, "is of the format before GGUF: convert it" },
    { "fmgg", 4, "is of the format before GGUF: convert it" },
    { "tjgg", 4, "is of the format before GGUF: convert it" },
    { "version https://git-lfs", 23, "is a pointer of Git LFS: fetch the file itself (git lfs pull)" },
};

static const struct format *format_by_content(const struct lm_part *p)
{
    for (size_t i = 0; i < N_FORMATS; i++)
        if (formats[i].looks(p))
            return &formats[i];
    return NULL;
}

static int find_format(const struct lm_part *p, const struct format **format)
{
    *format = format_by_content(p);
    for (size_t i = 0; !*format && i < sizeof strangers / sizeof *strangers; i++)
        if (p->map.size >= strangers[i].len && memcmp(p->map.data, strangers[i].start, strangers[i].len) == 0)
            return tare_fail(TARE_EUNSUP, "%s: %s", p->path, strangers[i].text);
    for (size_t i = 0; !*format && i < N_FORMATS; i++)
        if (ends_with(p->path, formats[i].ending))
            *format = &formats[i];
    if (!*format)
        return tare_fail(TARE_EPARSE, "%s: is no model that can be read (GGUF, safetensors, llama2.c)", p->path);
    return 0;
}

static bool is_model(const char *path)
{
    struct lm_part p = { .path = (char *)(uintptr_t)path };
    if (tare_map_open(&p.map, path))
        return false;
    bool is = p.map.data && format_by_content(&p);
    tare_map_close(&p.map);
    return is;
}

/* The model in a directory: by the name that a published one has (the index first, for its parts lie beside it), else
 * the one file that is a model by name and content. */
static int search(char **out, const char *folder)
{
    static const char *const usual[] = { "model.safetensors.index.json", "model.safetensors" };
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++) {
        *out = tare_path_join(folder, usual[i]);
        if (!*out || tare_path_exists(*out))
            return *out ? 0 : TARE_ENOMEM;
        free(*out);
    }
    *out = NULL;
    DIR *dir = opendir(folder);
    if (!dir)
        return tare_fail(TARE_EIO, "%s: cannot open: %s", folder, strerror(errno));
    int rc = 0;
    for (const struct dirent *e; !rc && (e = readdir(dir)) != NULL;) {
        bool named = false;
        for (size_t i = 0; i < N_FORMATS; i++)
            named |= ends_with(e->d_name, formats[i].ending);
        char *path = named ? tare_path_join(folder, e->d_name) : NULL;
        if (named && !path) {
            rc = TARE_ENOMEM;
        } else if (path && is_model(path)) {
            if (*out) {
                const char *one = strrchr(*out, '/') + 1, *other = strrchr(path, '/') + 1;
                bool ordered = strcmp(one, other) < 0;
                rc = tare_fail(TARE_EUSAGE, "%s: holds several models (%s, %s): name one", folder,
                               ordered ? one : other, ordered ? other : one);
            } else {
                *out = path;
                path = NULL;
            }
        }
        free(path);
    }
    closedir(dir);
    if (!rc && !*out)
        rc = tare_fail(TARE_EUSAGE, "%s: holds no model (.gguf, .safetensors, .bin of llama2.c)", folder);
    if (rc) {
        free(*out);
        *out = NULL;
    }
    return rc;
}

/* Reads f->parts[0]. */
static int read_first(struct lm_file *f)
{
    const struct format *format;
    int rc = 0;
    if (f->parts[0].map.size == 0)
        rc = lm_fail_at(TARE_EPARSE, f->path, "header", "", 0, "the file is empty");
    if (!rc)
        rc = find_format(&f->parts[0], &format);
    if (rc)
        return rc;
    f->format = format->name;
    return format->read(f);
}

static int open_file(struct lm_file *f, const char *path)
{
    f->path = tare_arena_strdup(&f->arena, path);
    int rc = f->path ? lm_add_part(f, path) : TARE_ENOMEM;
    return rc ? rc : read_first(f);
}

int lm_file_open_memory(struct lm_file **out, const char *path, const void *data, size_t size)
{
    struct lm_file *f = *out = tare_calloc(1, sizeof *f);
    int rc = f ? tare_grow(&f->parts, &f->parts_capacity, 1, sizeof *f->parts) : TARE_ENOMEM;
    if (!rc) {
        f->path = tare_arena_strdup(&f->arena, path);
        f->parts[f->n_parts++] = (struct lm_part){ f->path, { data, size }, true };
        rc = f->path ? read_first(f) : TARE_ENOMEM;
    }
    if (rc) {
        lm_file_close(f);
        *out = NULL;
    }
    return rc;
}

int lm_file_open(struct lm_file **out, const char *path)
{
    *out = NULL;
    struct stat st;
    char *found = NULL;
    struct lm_file *f = tare_calloc(1, sizeof *f);
    int rc = f ? 0 : TARE_ENOMEM;
    if (!rc && !*path)
        rc = tare_fail(TARE_EUSAGE, "the name of the model is empty");
    if (!rc && stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        rc = search(&found, path);
    if (!rc)
        rc = open_file(f, found ? found : path);
    free(found);
    if (rc)
        lm_file_close(f);
    else
        *out = f;
    return rc;
}

void lm_file_close(struct lm_file *f)
{
    if (!f)
        return;
    for (size_t i = 0; i < f->n_parts; i++)
        if (!f->parts[i].borrowed)
            tare_map_close(&f->parts[i].map);
    tare_arena_free(&f->arena);
    free(f->parts);
    free(f->tensors);
    free(f->places);
    free(f->entries);
    free(f);
}
