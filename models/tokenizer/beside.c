/* tokenizer_config.json, generation_config.json and config.json as transformers write them. */
#include "models/tokenizer/beside.h"

#include "framework/base/error.h"
#include "framework/base/file.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { CONFIG_BYTES = 16 << 20 };

int lm_json_beside(json_t **root, const char *path, const char *name)
{
    const char *slash = strrchr(path, '/');
    char *file = tare_format("%.*s%s", slash ? (int)(slash - path) + 1 : 0, path, name), *text = NULL;
    size_t len = 0;
    json_error_t e;
    int rc = file ? TARE_OK : TARE_ENOMEM;
    *root = NULL;
    if (!rc && tare_path_exists(file))
        rc = tare_file_read(&text, &len, file, CONFIG_BYTES);
    if (!rc && text && !(*root = json_loadb(text, len, 0, &e)))
        rc = tare_fail(TARE_EPARSE, "%s: offset %d: %s", file, e.position, e.text);
    if (*root && !json_is_object(*root)) {
        rc = tare_fail(TARE_EPARSE, "%s: is no JSON object", file);
        json_decref(*root);
        *root = NULL;
    }
    free(text);
    free(file);
    return rc;
}

/* "</s>", or { "content": "</s>", ... }; LM_NO_TOKEN where the field is absent or null. */
static int read_token(const struct lm_tokenizer *t, const char *path, const json_t *root, const char *field,
                      int32_t *id)
{
    const json_t *j = json_object_get(root, field), *text = json_is_object(j) ? json_object_get(j, "content") : j;
    *id = LM_NO_TOKEN;
    if (!j || json_is_null(j))
        return TARE_OK;
    if (!json_is_string(text))
        return tare_fail(TARE_EPARSE, "%s: %s: neither a text nor an object with content", path, field);
    *id = lm_vocab_find_special(&t->vocab, json_string_value(text), json_string_length(text));
    if (*id == LM_NO_TOKEN)
        *id = lm_vocab_find(&t->vocab, json_string_value(text), json_string_length(text));
    if (*id == LM_NO_TOKEN)
        return tare_fail(TARE_EPARSE, "%s: %s: '%.64s' is no token of the vocabulary", path, field,
                         json_string_value(text));
    return TARE_OK;
}

/* Id number i of a field that holds one or a list of them; LM_NO_TOKEN behind the last. */
static int read_id(const struct lm_tokenizer *t, const char *path, const json_t *root, const char *field, size_t i,
                   int32_t *id)
{
    const json_t *j = json_object_get(root, field);
    *id = LM_NO_TOKEN;
    if (!j || json_is_null(j) || i >= (json_is_array(j) ? json_array_size(j) : 1))
        return TARE_OK;
    const json_t *one = json_is_array(j) ? json_array_get(j, i) : j;
    json_int_t value = json_is_integer(one) ? json_integer_value(one) : -1;
    if (value < 0 || (uint64_t)value >= t->vocab.n)
        return tare_fail(TARE_EPARSE, "%s: %s: not an id below %zu, or a list of such", path, field, t->vocab.n);
    *id = (int32_t)value;
    return TARE_OK;
}

static void say(int32_t *to, bool *said, int32_t id)
{
    if (id == LM_NO_TOKEN || *said)
        return;
    *to = id;
    *said = true;
}

int lm_name_ends_by(struct lm_tokenizer *t, struct lm_named *said, const char *path, const json_t *root)
{
    const json_t *adds = json_object_get(root, "add_bos_token");
    int32_t id;
    int rc = read_token(t, path, root, "bos_token", &id);
    if (rc)
        return rc;
    say(&t->bos, &said->bos, id);
    rc = read_token(t, path, root, "eos_token", &id);
    if (rc)
        return rc;
    say(&t->eos, &said->eos, id);
    rc = read_id(t, path, root, "bos_token_id", 0, &id);
    if (rc)
        return rc;
    say(&t->bos, &said->bos, id);
    for (size_t i = 0; !(rc = read_id(t, path, root, "eos_token_id", i, &id)) && id != LM_NO_TOKEN; i++) {
        say(&t->eos, &said->eos, id);
        t->vocab.tokens[id].ends = true;
    }
    if (!rc && adds && !json_is_null(adds) && !json_is_boolean(adds))
        rc = tare_fail(TARE_EPARSE, "%s: add_bos_token: neither true nor false", path);
    if (!rc && json_is_boolean(adds))
        t->adds_bos = json_is_true(adds);
    return rc;
}

int lm_name_ends(struct lm_tokenizer *t, const char *path)
{
    static const char *const names[] = { "tokenizer_config.json", "generation_config.json", "config.json" };
    struct lm_named said = { .bos = t->adds_bos }; /* the template that adds it has named it */
    const char *slash = strrchr(path, '/');
    int rc = TARE_OK;
    if (t->eos != LM_NO_TOKEN)
        t->vocab.tokens[t->eos].ends = false; /* a guess */
    for (size_t i = 0; i < sizeof names / sizeof *names && !rc; i++) {
        json_t *root = NULL;
        char *file = tare_format("%.*s%s", slash ? (int)(slash - path) + 1 : 0, path, names[i]);
        rc = file ? lm_json_beside(&root, path, names[i]) : TARE_ENOMEM;
        if (!rc && root)
            rc = lm_name_ends_by(t, &said, file, root);
        json_decref(root);
        free(file);
    }
    lm_tokenizer_mark_ends(t);
    return rc;
}
