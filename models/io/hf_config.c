/* config.json as transformers writes it, turned into GGUF's keys. */
#include "models/io/hf.h"

#include "framework/base/error.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CONFIG_BYTES = 1 << 20, MAX_FACTORS = 4096 };

struct config {
    struct lm_file *f;
    const char *path;
    json_t *root, *rope; /* rope: rope_scaling or rope_parameters, or NULL */
    const char *arch;
};

static int fail_field(const struct config *c, const char *field, const char *why)
{
    return lm_fail_at(TARE_EPARSE, c->path, "field", field, SIZE_MAX, "%s", why);
}

/* The architectures by transformers' model_type. */
static const struct {
    const char *type;
    enum lm_arch arch;
} types[] = { { "llama", LM_ARCH_llama },
              { "mistral", LM_ARCH_llama },
              { "qwen2", LM_ARCH_qwen2 },
              { "gpt2", LM_ARCH_gpt2 },
              { "phi3", LM_ARCH_phi3 } };

static bool arch_of(enum lm_arch *arch, const json_t *root)
{
    const char *type = json_string_value(json_object_get(root, "model_type"));
    for (size_t i = 0; type && i < sizeof types / sizeof *types; i++)
        if (strcmp(types[i].type, type) == 0) {
            *arch = types[i].arch;
            return true;
        }
    return false;
}

/* A JSON object. */
static int parse(json_t **root, const char *path, const char *text, size_t len)
{
    json_error_t e;
    *root = json_loadb(text, len, JSON_REJECT_DUPLICATES, &e);
    if (!*root)
        return lm_fail_at(TARE_EPARSE, path, "JSON", "", e.position > 0 ? (size_t)e.position : 0, "%s", e.text);
    if (json_is_object(*root))
        return 0;
    json_decref(*root);
    *root = NULL;
    return lm_fail_at(TARE_EPARSE, path, "JSON", "", 0, "is no object");
}

/* Reads a small file; *text NULL where there is none. */
static int read_text(char **text, size_t *len, const char *path)
{
    *text = NULL;
    return tare_path_exists(path) ? tare_file_read(text, len, path, CONFIG_BYTES) : 0;
}

static const struct {
    const char *field, *key;
    bool gpt2, real;
} fields[] = {
    { "hidden_size", "embedding_length", false, false },
    { "intermediate_size", "feed_forward_length", false, false },
    { "num_hidden_layers", "block_count", false, false },
    { "num_attention_heads", "attention.head_count", false, false },
    { "num_key_value_heads", "attention.head_count_kv", false, false },
    { "head_dim", "attention.key_length", false, false },
    { "max_position_embeddings", "context_length", false, false },
    { "original_max_position_embeddings", "rope.scaling.original_context_length", false, false },
    { "rms_norm_eps", "attention.layer_norm_rms_epsilon", false, true },
    { "rope_theta", "rope.freq_base", false, true },
    { "n_embd", "embedding_length", true, false },
    { "n_inner", "feed_forward_length", true, false },
    { "n_layer", "block_count", true, false },
    { "n_head", "attention.head_count", true, false },
    { "n_positions", "context_length", true, false },
    { "layer_norm_epsilon", "attention.layer_norm_epsilon", true, true },
};

static int add_whole(const struct config *c, const char *field, const json_t *v, const char *key)
{
    if (!json_is_integer(v) || json_integer_value(v) < 0 || json_integer_value(v) > UINT32_MAX)
        return fail_field(c, field, "is no whole number of 32 bits");
    return lm_add_u32(c->f, key, (uint32_t)json_integer_value(v));
}

static int add_field(const struct config *c, size_t i)
{
    char key[96];
    const json_t *v = json_object_get(c->root, fields[i].field);
    if (!v && c->rope && fields[i].real)
        v = json_object_get(c->rope, fields[i].field); /* rope_parameters has the base inside */
    if (!v || json_is_null(v))
        return 0;
    snprintf(key, sizeof key, "%s.%s", c->arch, fields[i].key);
    if (!fields[i].real)
        return add_whole(c, fields[i].field, v, key);
    return json_is_number(v) ? lm_add_f32(c->f, key, (float)json_number_value(v))
                             : fail_field(c, fields[i].field, "is no number");
}

static double number_in(const json_t *object, const char *field, double otherwise)
{
    const json_t *v = json_object_get(object, field);
    return json_is_number(v) ? json_number_value(v) : otherwise;
}

/* The window of Mistral and Phi-3, null for none. Qwen2's counts where it is switched on, from a layer on
 * (transformers, configuration_qwen2.py). */
static int add_window(const struct config *c)
{
    char key[96];
    const json_t *v = json_object_get(c->root, "sliding_window");
    if (!v || json_is_null(v))
        return 0;
    if (strcmp(c->arch, "qwen2") == 0) {
        double first = number_in(c->root, "max_window_layers", 28);
        if (!json_is_true(json_object_get(c->root, "use_sliding_window")) ||
            first >= number_in(c->root, "num_hidden_layers", 0))
            return 0;
        if (first > 0 && json_number_value(v) < number_in(c->root, "max_position_embeddings", 0))
            return lm_fail_at(TARE_EUNSUP, c->path, "field", "max_window_layers", SIZE_MAX,
                              "layers with a window beside layers without one are not supported");
    }
    snprintf(key, sizeof key, "%s.attention.sliding_window", c->arch);
    return add_whole(c, "sliding_window", v, key);
}

/* A tensor of n factors: as Llama 3 computes them (list NULL), or a list of the file's. */
static int add_factors(const struct config *c, const char *name, size_t dims, const json_t *list)
{
    void *data;
    struct lm_tensor t = { .name = name, .type = KN_TYPE_f32, .n_dims = 1, .dims = { dims / 2 } };
    int rc = lm_make_tensor(c->f, &t, &data);
    if (rc)
        return rc;
    float *x = data;
    if (!list) {
        double base = number_in(c->root, "rope_theta", number_in(c->rope, "rope_theta", 10000));
        lm_rope_llama3(x, dims, base, number_in(c->rope, "factor", 1), number_in(c->rope, "low_freq_factor", 1),
                       number_in(c->rope, "high_freq_factor", 4),
                       number_in(c->rope, "original_max_position_embeddings", 8192));
        return 0;
    }
    for (size_t i = 0; i < dims / 2; i++) {
        const json_t *v = json_array_get(list, i);
        if (!json_is_number(v))
            return fail_field(c, "rope_scaling", "holds a factor that is no number");
        x[i] = (float)json_number_value(v);
    }
    return 0;
}

/* Phi-3: two lists, and one factor of all cosines (transformers, _compute_longrope_parameters). */
static int add_long(const struct config *c)
{
    static const char *const names[][2] = { { "short_factor", "rope_factors_short.weight" },
                                            { "long_factor", "rope_factors_long.weight" } };
    int rc = 0;
    for (size_t i = 0; i < 2 && !rc; i++) {
        const json_t *list = json_object_get(c->rope, names[i][0]);
        size_t n = json_array_size(list);
        if (n == 0 || n > MAX_FACTORS)
            return fail_field(c, names[i][0], "is no list of factors");
        rc = add_factors(c, names[i][1], 2 * n, list);
    }
    char key[96];
    double all = number_in(c->root, "max_position_embeddings", 0);
    double original = number_in(c->root, "original_max_position_embeddings", all);
    snprintf(key, sizeof key, "%s.rope.scaling.attn_factor", c->arch);
    if (!rc && original > 1 && all > original)
        rc = lm_add_f32(c->f, key, (float)sqrt(1 + log(all / original) / log(original)));
    return rc;
}

static int add_rope(const struct config *c)
{
    char key[96];
    const json_t *type = json_object_get(c->rope, "rope_type");
    const char *name = json_string_value(type ? type : json_object_get(c->rope, "type"));
    if (!name || strcmp(name, "default") == 0)
        return 0;
    double heads = number_in(c->root, "num_attention_heads", 0);
    double head_dim = number_in(c->root, "head_dim", heads > 0 ? number_in(c->root, "hidden_size", 0) / heads : 0);
    if (strcmp(name, "llama3") == 0 && head_dim >= 2 && head_dim <= 2 * MAX_FACTORS)
        return add_factors(c, "rope_freqs.weight", (size_t)head_dim, NULL);
    if (strcmp(name, "longrope") == 0 || strcmp(name, "su") == 0)
        return add_long(c);
    snprintf(key, sizeof key, "%s.rope.scaling.type", c->arch);
    return lm_add_text(c->f, key, name);
}

static int add_all(struct config *c)
{
    enum lm_arch arch;
    char key[96];
    const char *type = json_string_value(json_object_get(c->root, "model_type"));
    if (!type)
        return fail_field(c, "model_type", "is missing");
    if (!arch_of(&arch, c->root))
        return lm_add_text(c->f, "general.architecture", type); /* whoever needs one that is known says so */
    c->arch = lm_arch_name(arch);
    c->rope = json_object_get(c->root, "rope_scaling");
    if (!json_is_object(c->rope))
        c->rope = json_object_get(c->root, "rope_parameters");
    int rc = lm_add_text(c->f, "general.architecture", c->arch);
    for (size_t i = 0; i < sizeof fields / sizeof *fields && !rc; i++)
        if (fields[i].gpt2 == (arch == LM_ARCH_gpt2))
            rc = add_field(c, i);
    if (!rc && arch != LM_ARCH_gpt2)
        rc = add_window(c);
    snprintf(key, sizeof key, "%s.vocab_size", c->arch);
    const json_t *vocab = json_object_get(c->root, "vocab_size");
    if (!rc && vocab)
        rc = add_whole(c, "vocab_size", vocab, key);
    snprintf(key, sizeof key, "%s.feed_forward_length", c->arch);
    double hidden = number_in(c->root, "n_embd", 0);
    if (!rc && arch == LM_ARCH_gpt2 && !json_is_number(json_object_get(c->root, "n_inner")) && hidden > 0 &&
        hidden < 1 << 20)
        rc = lm_add_u32(c->f, key, (uint32_t)(4 * hidden)); /* n_inner is null in the published ones */
    return rc || arch == LM_ARCH_gpt2 ? rc : add_rope(c);
}

char *lm_folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == path ? tare_strdup("/") : slash ? tare_strndup(path, (size_t)(slash - path)) : tare_strdup(".");
}

int hf_parse_config(struct lm_file *f, const char *path, const char *text, size_t len)
{
    struct config c = { .f = f, .path = path };
    int rc = parse(&c.root, path, text, len);
    if (!rc)
        rc = add_all(&c);
    json_decref(c.root);
    return rc;
}

int hf_read_config(struct lm_file *f)
{
    char *folder = lm_folder_of(f->path), *path = folder ? tare_path_join(folder, "config.json") : NULL, *text = NULL;
    size_t len;
    int rc = path ? read_text(&text, &len, path) : TARE_ENOMEM;
    if (!rc && text)
        rc = hf_parse_config(f, path, text, len);
    free(text);
    free(path);
    free(folder);
    return rc;
}

bool hf_detect(enum lm_arch *arch, const char *folder)
{
    char *path = tare_path_join(folder, "config.json"), *text = NULL;
    size_t len;
    json_t *root = NULL;
    bool known = path && !read_text(&text, &len, path) && text && !parse(&root, path, text, len) && arch_of(arch, root);
    json_decref(root);
    free(text);
    free(path);
    return known;
}
