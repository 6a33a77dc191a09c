/* llama2.c checkpoints. Source: karpathy/llama2.c, export.py, run.c and runq.c. Little endian:
 *
 *     v0:     seven i32 (dim, hidden, layers, heads, kv_heads, vocab, seq; a negative vocab: the head has weights of
 * its own), then f32 tensors, among them two tables of RoPE that nobody reads any more v1, v2: u32 "ak42", i32 version,
 * the seven, u8 shared head, (v2: i32 group), zeros up to byte 256, then tensors; v2 keeps norms in f32 and of every
 * matrix int8 values, then an f32 scale for each group of them
 *
 * Matrices of one kind lie together, layer by layer. RoPE turns neighbouring pairs. */
#include "models/io/reader.h"

#include "framework/base/error.h"

#include <stdio.h>
#include <string.h>

enum { MAGIC = 0x616b3432, V0_HEAD = 28, HEAD = 256, MAX_SIZE = 1 << 24 };

struct shape {
    size_t dim, hidden, layers, heads, kv_heads, vocab, seq;
    size_t group; /* v2, else 0 */
    bool shared;
    int version;
};

/* Which of a model's sizes a dimension is. */
enum size { ONE, DIM, KV_DIM, HIDDEN, VOCAB };

struct item {
    const char *name; /* behind "blk.N." where it is in every layer; NULL for the tables of RoPE */
    bool layered, norm, own_head;
    enum size rows, columns;
};

static const struct item v0_items[] = {
    { .name = "token_embd.weight", .rows = VOCAB, .columns = DIM },
    { .name = "attn_norm.weight", .layered = true, .norm = true, .rows = ONE, .columns = DIM },
    { .name = "attn_q.weight", .layered = true, .rows = DIM, .columns = DIM },
    { .name = "attn_k.weight", .layered = true, .rows = KV_DIM, .columns = DIM },
    { .name = "attn_v.weight", .layered = true, .rows = KV_DIM, .columns = DIM },
    { .name = "attn_output.weight", .layered = true, .rows = DIM, .columns = DIM },
    { .name = "ffn_norm.weight", .layered = true, .norm = true, .rows = ONE, .columns = DIM },
    { .name = "ffn_gate.weight", .layered = true, .rows = HIDDEN, .columns = DIM },
    { .name = "ffn_down.weight", .layered = true, .rows = DIM, .columns = HIDDEN },
    { .name = "ffn_up.weight", .layered = true, .rows = HIDDEN, .columns = DIM },
    { .name = "output_norm.weight", .norm = true, .rows = ONE, .columns = DIM },
    { .name = NULL },
    { .name = "output.weight", .own_head = true, .rows = VOCAB, .columns = DIM },
};

static const struct item v1_items[] = {
    { .name = "attn_norm.weight", .layered = true, .norm = true, .rows = ONE, .columns = DIM },
    { .name = "ffn_norm.weight", .layered = true, .norm = true, .rows = ONE, .columns = DIM },
    { .name = "output_norm.weight", .norm = true, .rows = ONE, .columns = DIM },
    { .name = "token_embd.weight", .rows = VOCAB, .columns = DIM },
    { .name = "attn_q.weight", .layered = true, .rows = DIM, .columns = DIM },
    { .name = "attn_k.weight", .layered = true, .rows = KV_DIM, .columns = DIM },
    { .name = "attn_v.weight", .layered = true, .rows = KV_DIM, .columns = DIM },
    { .name = "attn_output.weight", .layered = true, .rows = DIM, .columns = DIM },
    { .name = "ffn_gate.weight", .layered = true, .rows = HIDDEN, .columns = DIM },
    { .name = "ffn_down.weight", .layered = true, .rows = DIM, .columns = HIDDEN },
    { .name = "ffn_up.weight", .layered = true, .rows = HIDDEN, .columns = DIM },
    { .name = "output.weight", .own_head = true, .rows = VOCAB, .columns = DIM },
};

static int check_size(const char *path, const char *field, size_t offset, int64_t value, int64_t max, size_t *out)
{
    if (value < 1 || value > max)
        return lm_fail_at(TARE_EPARSE, path, field, "", offset, "is %lld, 1 to %lld are possible", (long long)value,
                          (long long)max);
    *out = (size_t)value;
    return 0;
}

/* The seven numbers, from c->pos on. */
static int read_sizes(struct lm_cursor *c, struct shape *s)
{
    static const struct {
        const char *field;
        int64_t max;
        size_t at;
    } fields[] = {
        { "dim", MAX_SIZE, offsetof(struct shape, dim) },
        { "hidden_dim", MAX_SIZE, offsetof(struct shape, hidden) },
        { "n_layers", LM_MAX_LAYERS, offsetof(struct shape, layers) },
        { "n_heads", 65536, offsetof(struct shape, heads) },
        { "n_kv_heads", 65536, offsetof(struct shape, kv_heads) },
        { "vocab_size", MAX_SIZE, offsetof(struct shape, vocab) },
        { "seq_len", 1 << 30, offsetof(struct shape, seq) },
    };
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        size_t offset = c->pos;
        const uint8_t *p;
        int rc = lm_take(c, 4, fields[i].field, "", &p);
        if (rc)
            return rc;
        int64_t value = (int32_t)lm_u32(p);
        if (s->version == 0 && fields[i].at == offsetof(struct shape, vocab)) {
            s->shared = value > 0;
            value = value < 0 ? -value : value;
        }
        rc = check_size(c->path, fields[i].field, offset, value, fields[i].max,
                        (size_t *)(void *)((char *)s + fields[i].at));
        if (rc)
            return rc;
    }
    size_t begin = c->pos - V0_HEAD;
    if (s->dim % s->heads || s->dim / s->heads % 2)
        return lm_fail_at(TARE_EPARSE, c->path, "n_heads", "", begin + 12,
                          "%zu heads do not divide a dim of %zu evenly", s->heads, s->dim);
    if (s->heads % s->kv_heads)
        return lm_fail_at(TARE_EPARSE, c->path, "n_kv_heads", "", begin + 16, "%zu do not divide %zu heads",
                          s->kv_heads, s->heads);
    return 0;
}

static int read_head(struct lm_cursor *c, struct shape *s)
{
    const uint8_t *p;
    *s = (struct shape){ 0 };
    if (c->size < 4 || lm_u32(c->data) != MAGIC)
        return read_sizes(c, s);
    int rc = lm_take(c, 8, "version", "", &p);
    if (rc)
        return rc;
    s->version = (int32_t)lm_u32(p + 4);
    if (s->version != 1 && s->version != 2)
        return lm_fail_at(TARE_EVERSION, c->path, "version", "", 4, "is %d, only 1 and 2 are read", s->version);
    if ((rc = read_sizes(c, s)) != 0 || (rc = lm_take(c, 1, "shared classifier", "", &p)) != 0)
        return rc;
    if (*p > 1)
        return lm_fail_at(TARE_EPARSE, c->path, "shared classifier", "", c->pos - 1, "is %u, not 0 or 1", *p);
    s->shared = *p;
    if (s->version == 2) {
        if ((rc = lm_take(c, 4, "group size", "", &p)) != 0)
            return rc;
        rc = check_size(c->path, "group size", c->pos - 4, (int32_t)lm_u32(p), MAX_SIZE, &s->group);
    }
    return rc ? rc : lm_take(c, HEAD - c->pos, "header", "", &p);
}

static size_t size_of(const struct shape *s, enum size size)
{
    const size_t sizes[] = { 1, s->dim, s->dim / s->heads * s->kv_heads, s->hidden, s->vocab };
    return sizes[size];
}

/* As q8_0: groups of 32, whose scales are rounded to f16 (off by at most 2^-11 of a scale, or 2^-25). */
static int make_q8_0(struct lm_file *f, struct lm_tensor *t, const uint8_t *q, const uint8_t *scales, size_t group)
{
    void *made;
    t->type = KN_TYPE_q8_0;
    int rc = lm_make_tensor(f, t, &made);
    if (rc)
        return rc;
    uint8_t *block = made;
    size_t block_bytes = kn_row_bytes(KN_TYPE_q8_0, 32);
    for (size_t i = 0; i < t->dims[0] * t->dims[1]; i += 32, block += block_bytes) {
        float scale = lm_f32(scales + i / group * 4);
        kn_encode_row(KN_TYPE_f16, &scale, block, 1);
        memcpy(block + 2, q + i, 32);
    }
    return 0;
}

/* Groups that are no blocks of q8_0, or do not end with the rows: as f32, exactly. */
static int make_f32(struct lm_file *f, struct lm_tensor *t, const uint8_t *q, const uint8_t *scales, size_t group)
{
    void *made;
    t->type = KN_TYPE_f32;
    int rc = lm_make_tensor(f, t, &made);
    if (rc)
        return rc;
    float *x = made;
    for (size_t i = 0; i < t->dims[0] * t->dims[1]; i++)
        x[i] = (float)(int8_t)q[i] * lm_f32(scales + i / group * 4);
    return 0;
}

static int read_groups(struct lm_file *f, struct lm_cursor *c, struct lm_tensor *t, size_t group)
{
    size_t n = t->dims[0] * t->dims[1]; /* both are at most MAX_SIZE */
    const uint8_t *q, *scales;
    if (n % group)
        return lm_fail_at(TARE_EPARSE, c->path, "tensor", t->name, c->pos, "%zu weights are no whole groups of %zu", n,
                          group);
    int rc = lm_take(c, n, "weights of tensor", t->name, &q);
    if (!rc)
        rc = lm_take(c, n / group * 4, "scales of tensor", t->name, &scales);
    if (rc)
        return rc;
    bool blocks = group % 32 == 0 && t->dims[1] % 32 == 0;
    return (blocks ? make_q8_0 : make_f32)(f, t, q, scales, group);
}

static int read_tensor(struct lm_file *f, struct lm_cursor *c, const struct shape *s, const struct item *item,
                       size_t layer)
{
    char name[LM_MAX_NAME];
    if (item->layered)
        snprintf(name, sizeof name, "blk.%zu.%s", layer, item->name);
    else
        snprintf(name, sizeof name, "%s", item->name);
    struct lm_tensor t = {
        .name = name, .type = KN_TYPE_f32, .n_dims = 2, .dims = { size_of(s, item->rows), size_of(s, item->columns) }
    };
    if (s->version == 2 && !item->norm)
        return read_groups(f, c, &t, s->group);
    if (item->rows == ONE) {
        t.n_dims = 1;
        t.dims[0] = t.dims[1];
    }
    size_t offset = c->pos;
    const uint8_t *p;
    if (!lm_tensor_bytes(t.type, t.n_dims, t.dims, &t.bytes))
        return lm_fail_at(TARE_EPARSE, c->path, "size of tensor", name, offset, "is more than memory holds");
    int rc = lm_take(c, t.bytes, "tensor", name, &p);
    t.data = p;
    return rc ? rc : lm_add_tensor(f, &t, (struct lm_place){ 0, offset });
}

static int read_tensors(struct lm_file *f, struct lm_cursor *c, const struct shape *s)
{
    const struct item *items = s->version == 0 ? v0_items : v1_items;
    size_t n = s->version == 0 ? sizeof v0_items / sizeof *v0_items : sizeof v1_items / sizeof *v1_items;
    int rc = 0;
    const uint8_t *tables;
    for (size_t i = 0; i < n && !rc; i++) {
        if (items[i].own_head && s->shared)
            continue;
        if (!items[i].name) /* seq <= 2^30 and dim <= 2^24: no overflow */
            rc = lm_take(c, s->seq * (s->dim / s->heads / 2) * 2 * sizeof(float), "tables of RoPE", "", &tables);
        for (size_t layer = 0; items[i].name && layer < (items[i].layered ? s->layers : 1) && !rc; layer++)
            rc = read_tensor(f, c, s, &items[i], layer);
    }
    if (!rc && c->pos != c->size)
        rc = lm_fail_at(TARE_EPARSE, c->path, "end of the tensors", "", c->pos, "%zu more bytes follow",
                        c->size - c->pos);
    return rc;
}

static int add_metadata(struct lm_file *f, const struct shape *s)
{
    const struct {
        const char *key;
        size_t value;
    } keys[] = {
        { "llama.context_length", s->seq },         { "llama.embedding_length", s->dim },
        { "llama.block_count", s->layers },         { "llama.feed_forward_length", s->hidden },
        { "llama.attention.head_count", s->heads }, { "llama.attention.head_count_kv", s->kv_heads },
        { "llama.vocab_size", s->vocab },
    };
    int rc = lm_add_text(f, "general.architecture", "llama");
    for (size_t i = 0; i < sizeof keys / sizeof *keys && !rc; i++)
        rc = lm_add_u32(f, keys[i].key, (uint32_t)keys[i].value);
    if (!rc)
        rc = lm_add_f32(f, "llama.attention.layer_norm_rms_epsilon", 1e-5f);
    return rc ? rc : lm_add_f32(f, "llama.rope.freq_base", 10000);
}

/* Version 0 has no magic: its numbers must make sense and the size must be what follows from them. */
bool lm_llama2c_looks(const struct lm_part *p)
{
    struct lm_cursor c = { p->path, p->map.data, p->map.size, 0 };
    struct shape s;
    if (c.size >= 4 && lm_u32(c.data) == MAGIC)
        return true;
    if (read_head(&c, &s))
        return false;
    size_t kv_dim = size_of(&s, KV_DIM), layer, total, head = (s.shared ? 1 : 2) * s.vocab;
    return !__builtin_mul_overflow(2 * s.dim + 2 * kv_dim + 3 * s.hidden + 2, s.dim, &layer) &&
           !__builtin_mul_overflow(layer, s.layers, &total) &&
           !__builtin_add_overflow(total, (head + 1) * s.dim + s.seq * (s.dim / s.heads), &total) &&
           c.size % sizeof(float) == 0 && total == (c.size - V0_HEAD) / sizeof(float);
}

int lm_llama2c_read(struct lm_file *f)
{
    const struct lm_part *p = &f->parts[0];
    struct lm_cursor c = { p->path, p->map.data, p->map.size, 0 };
    struct shape s;
    int rc = read_head(&c, &s);
    if (!rc)
        rc = read_tensors(f, &c, &s);
    if (!rc)
        rc = add_metadata(f, &s);
    return rc ? rc : lm_index(f);
}
