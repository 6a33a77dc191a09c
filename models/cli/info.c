/* tare model info: sizes, types and tensors of a model file. */
#include "models/cli/model.h"

#include <lm/config.h>
#include <lm/file.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "framework/base/error.h"

enum { MAX_TEXT = 60, SHOWN_ELEMENTS = 3 };

/* Bytes of the UTF-8 character at text, 0 where there is none. */
static size_t character(const unsigned char *text, size_t len)
{
    size_t n = text[0] < 0x80   ? 1
               : text[0] < 0xc2 ? 0
               : text[0] < 0xe0 ? 2
               : text[0] < 0xf0 ? 3
               : text[0] < 0xf5 ? 4
                                : 0;
    if (n > len)
        return 0;
    for (size_t i = 1; i < n; i++)
        if ((text[i] & 0xc0) != 0x80)
            return 0;
    return n;
}

/* Text as a JSON string, or as it is on a terminal, control characters aside; about `max` bytes of it at most. */
static void print_text(const char *text, size_t len, bool json, size_t max)
{
    const unsigned char *at = (const unsigned char *)text, *end = at + len;
    if (json)
        putchar('"');
    while (at < end && (size_t)(at - (const unsigned char *)text) < max) {
        size_t n = character(at, (size_t)(end - at));
        if (n == 0)
            printf("%s", json ? "\\ufffd" : "\357\277\275");
        else if (*at < 0x20 || *at == 0x7f)
            printf(json ? "\\u%04x" : "\\x%02x", *at);
        else
            printf("%s%.*s", json && (*at == '"' || *at == '\\') ? "\\" : "", (int)n, (const char *)at);
        at += n ? n : 1;
    }
    printf("%s%s", at < end ? "..." : "", json ? "\"" : "");
}

static void print_value(struct lm_value v, bool json)
{
    switch (v.kind) {
    case LM_VALUE_INT:
        printf("%" PRId64, v.i);
        break;
    case LM_VALUE_UINT:
        printf("%" PRIu64, v.u);
        break;
    case LM_VALUE_REAL:
        if (json && !(v.real - v.real == 0)) /* JSON has no NaN and no infinity */
            printf("null");
        else
            printf("%.9g", v.real);
        break;
    case LM_VALUE_BOOL:
        printf("%s", v.u ? "true" : "false");
        break;
    case LM_VALUE_TEXT:
        print_text(v.text, v.len, json, MAX_TEXT);
        break;
    default:
        printf("null");
    }
}

static void print_key(const struct lm_file *f, const char *key, bool json)
{
    size_t n = lm_file_array_length(f, key);
    struct lm_value v = lm_file_value(f, key);
    if (v.kind != LM_VALUE_NONE) {
        print_value(v, json);
        return;
    }
    printf(json ? "{\"length\": %zu, \"first\": [" : "%zu of ", n);
    for (size_t i = 0; i < n && i < SHOWN_ELEMENTS; i++) {
        printf("%s", i ? ", " : "");
        print_value(lm_file_array_at(f, key, i), json);
    }
    printf("%s", json ? "]}" : n > SHOWN_ELEMENTS ? ", ..." : "");
}

static void print_shape(const struct lm_tensor *t)
{
    printf("[");
    for (size_t i = 0; i < t->n_dims; i++)
        printf("%s%zu", i ? ", " : "", t->dims[i]);
    printf("]");
}

/* Which types take how much. */
static void print_types(const struct lm_file *f)
{
    size_t n, bytes[KN_N_TYPES] = { 0 }, count[KN_N_TYPES] = { 0 };
    const struct lm_tensor *t = lm_file_tensors(f, &n);
    for (size_t i = 0; i < n; i++) {
        bytes[t[i].type] += t[i].bytes;
        count[t[i].type]++;
    }
    const char *between = "";
    for (size_t i = 0; i < KN_N_TYPES; i++)
        if (count[i]) {
            printf("%s%zu %s (%.4g MiB)", between, count[i], kn_type_name((enum kn_type)i), (double)bytes[i] / 0x1p20);
            between = ", ";
        }
    printf("\n");
}

static void print_console(const struct lm_file *f, const struct lm_config *c)
{
    size_t n;
    const struct lm_tensor *t = lm_file_tensors(f, &n);
    printf("%s: %s, %.4g MiB\n", lm_file_path(f), lm_file_format(f), (double)lm_file_bytes(f) / 0x1p20);
    if (c) {
        printf("  %s%s%s\n", lm_arch_name(c->arch), c->name[0] ? ", " : "", c->name);
        printf("  %zu parameters: %zu layers of %zu, ffn %zu, %zu heads of %zu (%zu for keys and values)\n",
               lm_config_parameters(c), c->n_layers, c->n_embd, c->n_ff, c->n_heads, c->head_dim, c->n_kv_heads);
        printf("  vocabulary %zu%s, context %zu", c->n_vocab, c->tied ? " (head tied to the embedding)" : "", c->n_ctx);
        if (c->window)
            printf(", of which a token sees the last %zu", c->window);
        printf("\n");
    }
    printf("  %zu tensors: ", n);
    print_types(f);
    printf("\n");
    const char *key;
    for (size_t i = 0; (key = lm_file_key(f, i)) != NULL; i++) {
        printf("  %-44s ", key);
        print_key(f, key, false);
        printf("\n");
    }
    printf("\n");
    for (size_t i = 0; i < n; i++) {
        printf("  %-32s %-5s ", t[i].name, kn_type_name(t[i].type));
        print_shape(&t[i]);
        printf("%s\n", t[i].transposed ? " (stored transposed)" : "");
    }
}

static void print_json_config(const struct lm_config *c)
{
    static const char *const rope[] = { "none", "pairs", "halves" };
    printf("  \"config\": {\"architecture\": \"%s\", \"parameters\": %zu, \"layers\": %zu, \"hidden\": %zu, "
           "\"ffn\": %zu, \"heads\": %zu, \"kv_heads\": %zu, \"head_dim\": %zu, \"vocabulary\": %zu, "
           "\"context\": %zu, \"window\": %zu, \"tied\": %s, \"rope\": \"%s\", \"rope_base\": %.9g},\n",
           lm_arch_name(c->arch), lm_config_parameters(c), c->n_layers, c->n_embd, c->n_ff, c->n_heads, c->n_kv_heads,
           c->head_dim, c->n_vocab, c->n_ctx, c->window ? c->window : c->n_ctx, c->tied ? "true" : "false",
           rope[c->rope], c->rope_base);
}

static void print_json(const struct lm_file *f, const struct lm_config *c)
{
    size_t n;
    const struct lm_tensor *t = lm_file_tensors(f, &n);
    printf("{\n  \"file\": ");
    print_text(lm_file_path(f), strlen(lm_file_path(f)), true, SIZE_MAX);
    printf(",\n  \"format\": \"%s\",\n  \"bytes\": %zu,\n", lm_file_format(f), lm_file_bytes(f));
    if (c)
        print_json_config(c);
    printf("  \"metadata\": {");
    const char *key;
    for (size_t i = 0; (key = lm_file_key(f, i)) != NULL; i++) {
        printf("%s\n    ", i ? "," : "");
        print_text(key, strlen(key), true, SIZE_MAX);
        printf(": ");
        print_key(f, key, true);
    }
    printf("\n  },\n  \"tensors\": [");
    for (size_t i = 0; i < n; i++) {
        printf("%s\n    {\"name\": ", i ? "," : "");
        print_text(t[i].name, strlen(t[i].name), true, SIZE_MAX);
        printf(", \"type\": \"%s\", \"shape\": ", kn_type_name(t[i].type));
        print_shape(&t[i]);
        printf(", \"bytes\": %zu, \"offset\": ", t[i].bytes);
        size_t offset = lm_file_offset(f, t[i].name);
        if (offset == SIZE_MAX)
            printf("null}");
        else
            printf("%zu}", offset);
    }
    printf("\n  ]\n}\n");
}

int model_info(const struct model_options *o)
{
    bool json = strcmp(o->format, "json") == 0;
    if (!json && strcmp(o->format, "console") != 0)
        return tare_fail(TARE_EUSAGE, "--format '%s': console and json are possible", o->format);
    struct lm_file *f = NULL;
    struct lm_config c;
    int rc = o->model_type ? lm_model_expect(o->words[0], o->model_type) : 0;
    if (!rc)
        rc = lm_file_open(&f, o->words[0]);
    if (rc)
        return rc;
    bool vocabulary_alone = !lm_file_tensor(f, "token_embd.weight") && !o->model_type;
    if (!vocabulary_alone)
        rc = lm_config_read(&c, f, o->model_type);
    if (!rc)
        (json ? print_json : print_console)(f, vocabulary_alone ? NULL : &c);
    lm_file_close(f);
    return rc;
}
