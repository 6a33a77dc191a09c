/* tare model quantize: the tensors of a model, of any format, as GGUF with other types, a piece of rows at a time. */
#include "models/cli/model.h"

#include <lm/tokenizer.h>

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "framework/base/error.h"
#include "framework/base/mem.h"
#include "framework/base/pool.h"
#include "models/arch/convert.h"
#include "models/arch/metadata.h"
#include "models/arch/mix.h"
#include "models/io/gguf_write.h"
#include "models/tokenizer/write.h"

enum { CHUNK_BYTES = 16 << 20, NO_ERROR_ROW = -1 };

struct piece {
    const struct lm_tensor *from;
    enum kn_type type; /* to this */
    size_t head_dim;   /* rows of each head go from halves to pairs; 0 = they stay */
    size_t first, n;   /* rows of the result */
    uint8_t *out;
    atomic_llong bad; /* a row with a NaN or an infinity */
    atomic_bool failed;
};

/* The row of a published Llama checkpoint, where element i turns with i + half, that GGUF keeps at r, where 2i turns
 * with 2i + 1. */
static size_t source_row(size_t r, size_t head_dim)
{
    if (!head_dim)
        return r;
    size_t i = r % head_dim;
    return r - i + i % 2 * (head_dim / 2) + i / 2;
}

static void convert(void *ctx, int thread, int n_threads)
{
    struct piece *p = ctx;
    size_t columns = p->from->dims[p->from->n_dims - 1], row_bytes = kn_row_bytes(p->type, columns), begin, end;
    const struct kn_kernel *encoder = lm_encoder(p->type);
    tare_pool_split(p->n, 1, thread, n_threads, &begin, &end);
    float *x = begin < end ? tare_alloc(columns * sizeof *x) : NULL;
    if (begin < end && !x)
        atomic_store(&p->failed, true);
    for (size_t i = begin; x && i < end; i++) {
        lm_tensor_row(p->from, source_row(p->first + i, p->head_dim), x);
        if (!lm_all_finite(x, columns))
            atomic_store(&p->bad, (long long)(p->first + i));
        else
            lm_encode_row(encoder, x, p->out + i * row_bytes, columns);
    }
    free(x);
}

static int write_tensor(struct gguf_writer *w, const struct lm_file *f, struct piece *p, struct tare_pool *pool)
{
    size_t columns = p->from->dims[p->from->n_dims - 1], rows = lm_tensor_rows(p->from);
    size_t row_bytes = kn_row_bytes(p->type, columns), at_once = CHUNK_BYTES / row_bytes + 1;
    p->out = tare_alloc((at_once < rows ? at_once : rows) * row_bytes);
    int rc = p->out ? 0 : TARE_ENOMEM;
    for (size_t r = 0; r < rows && !rc; r += at_once) {
        p->first = r;
        p->n = rows - r < at_once ? rows - r : at_once;
        tare_pool_run(pool, convert, p);
        if (atomic_load(&p->failed))
            rc = tare_fail(TARE_ENOMEM, "out of memory: a row of weights");
        else if (atomic_load(&p->bad) != NO_ERROR_ROW)
            rc = lm_tensor_check(f, p->from);
        if (!rc)
            rc = gguf_data(w, p->out, p->n * row_bytes);
    }
    lm_file_forget(f, p->from);
    free(p->out);
    return rc;
}

/* All keys but those that the new types change. */
static void write_keys(struct gguf_writer *w, const struct lm_file *f, const struct mix *mix)
{
    static const char *const changed[] = { "general.file_type", "general.quantization_version", "general.alignment" };
    const char *key;
    for (size_t i = 0; (key = lm_file_key(f, i)) != NULL; i++) {
        bool keep = true;
        for (size_t k = 0; k < sizeof changed / sizeof *changed; k++)
            keep &= strcmp(key, changed[k]) != 0;
        if (keep)
            gguf_copy(w, f, key);
    }
    gguf_u32(w, "general.file_type", mix->file_type);
    if (kn_type_block(mix->type) > 1)
        gguf_u32(w, "general.quantization_version", 2);
}

/* The tokenizer beside a file that has none in it. A model does without where nobody can tell what it is. */
static int write_tokenizer(struct gguf_writer *w, const struct lm_file *f, const struct lm_config *c)
{
    struct lm_tokenizer *t = NULL;
    if (lm_file_value(f, "tokenizer.ggml.model").kind != LM_VALUE_NONE)
        return 0; /* copied with the other keys */
    int rc = lm_tokenizer_open(&t, f);
    if (!rc)
        rc = lm_tokenizer_write(t, w, c->n_vocab);
    lm_tokenizer_free(t);
    if (!rc)
        return lm_file_value(f, "tokenizer.chat_template").kind == LM_VALUE_NONE ? lm_chat_write(f, w) : 0;
    if (rc != TARE_ENOENT && rc != TARE_EUNSUP)
        return rc;
    fprintf(stderr, "written without a tokenizer: %s\n", tare_error());
    return 0;
}

/* Whose rows lie in another order in GGUF. */
static bool is_turned(const struct lm_config *c, const char *name)
{
    return c->arch == LM_ARCH_llama && c->rope == LM_ROPE_HALVES &&
           (strstr(name, ".attn_q.") != NULL || strstr(name, ".attn_k.") != NULL);
}

static int write_model(struct gguf_writer *w, const struct lm_file *f, const struct lm_config *c, const struct mix *mix,
                       struct tare_pool *pool)
{
    size_t n;
    const struct lm_tensor *tensors = lm_file_tensors(f, &n);
    write_keys(w, f, mix);
    int rc = write_tokenizer(w, f, c);
    for (size_t i = 0; i < n && !rc; i++) {
        struct lm_tensor t = tensors[i];
        t.type = mix_type(mix, c, &t);
        rc = gguf_declare(w, &t);
    }
    if (!rc)
        rc = gguf_begin_data(w);
    for (size_t i = 0; i < n && !rc; i++) {
        struct piece p = { .from = &tensors[i], .type = mix_type(mix, c, &tensors[i]), .bad = NO_ERROR_ROW };
        p.head_dim = is_turned(c, tensors[i].name) && tensors[i].n_dims == 2 ? c->head_dim : 0;
        rc = write_tensor(w, f, &p, pool);
    }
    return rc;
}

int model_quantize(const struct model_options *o)
{
    const struct mix *mix;
    struct lm_config c;
    struct lm_file *f = NULL;
    struct gguf_writer *w = NULL;
    struct tare_pool *pool = NULL;
    int rc = o->type ? mix_find(&mix, o->type) : tare_fail(TARE_EUSAGE, "model quantize needs --type TYPE");
    if (!rc && o->model_type)
        rc = lm_model_expect(o->words[0], o->model_type);
    if (!rc)
        rc = lm_file_open(&f, o->words[0]);
    if (!rc)
        rc = lm_config_read(&c, f, o->model_type);
    if (!rc)
        rc = lm_config_check_tensors(&c, f);
    if (!rc)
        rc = tare_pool_create(&pool, model_threads(o), NULL);
    if (!rc)
        rc = gguf_create(&w, o->words[1]);
    if (!rc)
        rc = write_model(w, f, &c, mix, pool);
    if (!rc) {
        size_t bytes = gguf_file_bytes(w);
        rc = gguf_finish(w);
        w = NULL;
        if (!rc)
            fprintf(stderr, "%s: %s, %.4g MiB, from %.4g MiB\n", o->words[1], mix->name, (double)bytes / 0x1p20,
                    (double)lm_file_bytes(f) / 0x1p20);
    }
    gguf_abandon(w);
    tare_pool_free(pool);
    lm_file_close(f);
    return rc;
}
