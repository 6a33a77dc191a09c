/* What a generation asks of the machine, by its algorithm: what reports hold against the measured roofs (MBU, MFU). */
#include <lm/file.h>
#include <lm/model.h>

#include <math.h>

#include "benches/generation/generation.h"

/* By what is stored: blocks of integers meet int8 activations, the others are widened to float. */
static bool is_float(enum kn_type type)
{
    return type == KN_TYPE_f32 || type == KN_TYPE_f16 || type == KN_TYPE_bf16 || type == KN_TYPE_nf4;
}

static enum kn_type type_of(const struct lm_tensor_spec *spec, enum kn_type type, const struct lm_file *stored)
{
    const struct lm_tensor *t = stored ? lm_file_tensor(stored, spec->name) : NULL;
    if (t)
        return t->type;
    return spec->matrix ? lm_type_fitting(type, spec->dims[1]) : KN_TYPE_f32;
}

void generation_weigh(struct weights *w, const struct lm_config *c, enum kn_type type, const struct lm_file *stored)
{
    struct lm_tensor_spec spec;
    double float_bytes = 0, other_bytes = 0;
    *w = (struct weights){ 0 };
    for (size_t i = 0; lm_config_tensor(c, i, &spec); i++) {
        enum kn_type own = type_of(&spec, type, stored);
        bool embedding = spec.role == LM_ROLE_embd;
        size_t rows = spec.n_dims == 1 ? 1 : spec.dims[0], columns = spec.n_dims == 1 ? spec.dims[0] : spec.dims[1];
        double row_bytes = (double)kn_row_bytes(own, columns), bytes = (double)rows * row_bytes;
        bool head = spec.matrix && (embedding || spec.role == LM_ROLE_output);
        if (embedding)
            w->row_bytes = row_bytes;
        if (spec.factor || (spec.n_dims == 2 && !spec.matrix)) /* of tables a row is read */
            continue;
        *(head ? &w->head_bytes : &w->layer_bytes) += bytes;
        if (spec.matrix)
            *(head ? &w->head_madds : &w->layer_madds) += (double)rows * (double)columns;
        *(is_float(own) ? &float_bytes : &other_bytes) += bytes;
    }
    w->peak = float_bytes >= other_bytes ? TARE_PEAK_F32 : TARE_PEAK_INT8;
}

/* Positions that the n tokens behind `past` see, together: all before them and their own, or the last `window`. */
static double seen_by(double past, double n, double window)
{
    double growing = window > 0 ? fmin(n, fmax(0, window - past)) : n; /* tokens that see all */
    return growing * past + growing * (growing + 1) / 2 + (n - growing) * window;
}

/* A pass of n tokens each of `batch` sequences behind `past` ones, with the logits behind the last. */
static void add_pass(struct tare_work *t, const struct lm_config *c, const struct weights *w, double batch, double past,
                     double n)
{
    double layers = (double)c->n_layers, q = (double)(c->n_heads * c->head_dim);
    double kv = 2 * layers * (double)(c->n_kv_heads * c->head_dim) * sizeof(float); /* of a token */
    double window = (double)c->window, before = window > 0 ? fmin(past, window - 1) : past;
    t->flops += batch * (2 * n * w->layer_madds + 2 * w->head_madds + 4 * q * layers * seen_by(past, n, window));
    t->bytes_read += w->layer_bytes + w->head_bytes + batch * (n * w->row_bytes + before * kv);
    t->bytes_written += batch * (n * kv + (double)c->n_vocab * sizeof(float));
}

/* Decoding behind `past` tokens, n of them. */
static void add_steps(struct tare_work *t, const struct scenario *s, const struct lm_config *c, const struct weights *w,
                      size_t past, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        if (s->uncached)
            add_pass(t, c, w, (double)s->batch, 0, (double)(past + k + 1));
        else
            add_pass(t, c, w, (double)s->batch, (double)(past + k), 1);
    }
}

/* Tokens that come out; of a prompt those that go in, and both. */
static double items_of(const struct scenario *s)
{
    double batch = (double)s->batch;
    const double tokens[N_METRICS] = {
        [METRIC_prefill] = batch * (double)s->prompt,
        [METRIC_ttft] = 1,
        [METRIC_tpot] = batch * ((double)s->n_new - 1),
        [METRIC_itl] = batch,
        [METRIC_e2e] = batch * (double)s->n_new,
        [METRIC_total] = batch * (double)(s->prompt + s->n_new),
        [METRIC_sampling] = 1,
        [METRIC_load] = 1,
    };
    return tokens[s->metric];
}

void generation_declare(struct tare_case *c, const struct scenario *s, const struct lm_config *config,
                        const struct weights *w)
{
    struct tare_work *t = &c->work;
    size_t before = s->depth + s->prompt; /* tokens in the cache when decoding begins */
    t->items = items_of(s);
    c->item_unit = s->metric == METRIC_load ? "loads" : "tok";
    if (s->text || s->value != TARE_VALUE_TIME)
        return;
    if (s->metric == METRIC_prefill || s->metric == METRIC_ttft || s->metric == METRIC_e2e || s->metric == METRIC_total)
        add_pass(t, config, w, (double)s->batch, (double)s->depth, (double)s->prompt);
    if (s->metric == METRIC_tpot || s->metric == METRIC_e2e || s->metric == METRIC_total)
        add_steps(t, s, config, w, before, s->n_new - 1);
    if (s->metric == METRIC_itl) /* one, in the middle of those that take turns */
        add_steps(t, s, config, w, before + (s->n_new - 1) / 2, 1);
    if (!(t->flops > 0))
        return;
    double kv = (double)(2 * config->n_layers * s->batch * config->n_kv_heads * config->head_dim) * sizeof(float);
    c->peak = w->peak;
    c->working_set = w->layer_bytes + w->head_bytes + kv * (double)(before + s->n_new);
}
