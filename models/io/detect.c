/* Which architecture a path is of, before a model is opened. */
#include "models/io/hf.h"

#include "framework/base/error.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Parts of names that tell; the first that is found. */
static const struct {
    const char *part;
    enum lm_arch arch;
} parts[] = { { "llama", LM_ARCH_llama }, { "mistral", LM_ARCH_llama }, { "qwen2", LM_ARCH_qwen2 },
              { "gpt", LM_ARCH_gpt2 },    { "phi-3", LM_ARCH_phi3 },    { "phi3", LM_ARCH_phi3 } };

static bool detect_by_name(enum lm_arch *arch, const char *path)
{
    char *copy = tare_strdup(path);
    size_t n = copy ? strlen(copy) : 0;
    while (n > 1 && copy[n - 1] == '/')
        copy[--n] = '\0';
    const char *slash = copy ? strrchr(copy, '/') : NULL, *name = slash ? slash + 1 : copy;
    bool found = false;
    for (size_t i = 0; name && !found && i < sizeof parts / sizeof *parts; i++)
        if (strcasestr(name, parts[i].part)) {
            *arch = parts[i].arch;
            found = true;
        }
    free(copy);
    return found;
}

static bool can_be_opened(const char *path)
{
    struct lm_file *f;
    if (lm_file_open(&f, path))
        return false;
    lm_file_close(f);
    return true;
}

int lm_model_expect(const char *path, const char *expected)
{
    struct stat st;
    enum lm_arch arch;
    if (stat(path, &st))
        return 0; /* who opens it says so */
    if (!S_ISDIR(st.st_mode))
        return 0;
    if (hf_detect(&arch, path) || (!can_be_opened(path) && detect_by_name(&arch, path)))
        return lm_arch_expect(arch, expected);
    return 0;
}
