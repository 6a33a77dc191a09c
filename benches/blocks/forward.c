/* Whole models: one forward pass of a batch, the same model and input on each level of kernels. */
#include <lm/model.h>
#include <lm/session.h>

#include <stdbool.h>
#include <stdio.h>

#include "benches/blocks/block.h"
#include "framework/base/cpu.h"
#include "framework/base/error.h"
#include "framework/base/rng.h"
#include "models/runtime/state.h"

enum { BATCH = 4, LENGTH = 32, SEED = 1 };

struct forward {
    struct lm_model *model;
    struct lm_session *session;
    enum kn_type type;
    int32_t ids[BATCH * LENGTH];
};

static const enum kn_type types[] = { KN_TYPE_f32, KN_TYPE_q8_0 };
static const char *const models[] = { "tiny", "small" };

static void teardown(void *fixture)
{
    struct forward *f = fixture;
    lm_session_free(f->session);
    lm_model_free(f->model);
}

static int setup(void **fixture, const struct tare_case *c, const struct tare_host *host)
{
    struct forward *f = host->alloc(host, sizeof *f);
    if (!f)
        return -1;
    f->type = *(const enum kn_type *)c->arg;
    struct lm_config config = *lm_config_find(c->params[0].text);
    config.n_ctx = BATCH * LENGTH; /* a chunk is no longer than the context, and one holds the whole batch */
    struct lm_session_plan plan = { .n_sequences = BATCH, .chunk = BATCH * LENGTH };
    struct tare_rng rng;
    tare_rng_seed(&rng, SEED);
    for (size_t i = 0; i < BATCH * LENGTH; i++)
        f->ids[i] = (int32_t)(tare_rng_u64(&rng) % config.n_vocab);
    int rc = tare_cpu_mask(&plan.levels, c->variant, tare_cpu_levels());
    if (!rc)
        rc = lm_model_random(&f->model, &config, f->type, SEED, NULL);
    if (!rc)
        rc = lm_session_create(&f->session, f->model, &plan);
    if (rc) {
        teardown(f);
        return host->fail(host, "%s", tare_error());
    }
    *fixture = f;
    return 0;
}

static void run(void *fixture, const struct tare_loop *loop)
{
    struct forward *f = fixture;
    struct lm_session *s = f->session;
    for (uint64_t i = 0; i < loop->iters; i++) {
        lm_pass_begin(s);
        for (size_t k = 0; k < BATCH; k++) {
            lm_session_cut(s, k, 0);
            lm_pass_add(s, k, f->ids + k * LENGTH, LENGTH, 1);
        }
        s->pass.logits = s->logits;
        lm_pass_run(s);
    }
}

static int output(void *fixture, size_t index, struct tare_output *out)
{
    const struct forward *f = fixture;
    size_t n_vocab = lm_model_config(f->model)->n_vocab;
    if (index > 0)
        return 0;
    *out = (struct tare_output){ .size = sizeof *out,
                                 .type = TARE_OUTPUT_F32,
                                 .name = "logits",
                                 .data = lm_session_logits(f->session, 0),
                                 .count = BATCH * n_vocab,
                                 .row = n_vocab,
                                 .bound = 2 * block_bound(f->type) };
    return 1;
}

/* The layers on every token, the head on the last of each sequence. */
static struct tare_work work_of(const struct lm_config *c, enum kn_type type)
{
    const struct block_kind layer = { BLOCK_layer, type }, head = { BLOCK_head, type };
    struct tare_work one = block_work(c, &layer, LENGTH), last = block_work(c, &head, BATCH);
    double layers = (double)c->n_layers, weights = one.bytes_read - one.bytes_written;
    return (struct tare_work){ .flops = BATCH * layers * one.flops + last.flops,
                               .bytes_read = layers * weights + last.bytes_read,
                               .bytes_written = last.bytes_written,
                               .items = BATCH * LENGTH };
}

static int add(const struct tare_host *host, const char *model, const enum kn_type *type, const char *level, bool core)
{
    char group[32];
    snprintf(group, sizeof group, "forward/%s", kn_type_name(*type));
    const struct tare_param params[] = { { .text = model },
                                         { .name = "batch", .num = BATCH },
                                         { .name = "length", .num = LENGTH } };
    struct tare_case c = {
        .size = sizeof c,
        .flags = core ? TARE_CASE_CORE : 0,
        .group = group,
        .variant = level,
        .params = params,
        .n_params = sizeof params / sizeof *params,
        .work = work_of(lm_config_find(model), *type),
        .item_unit = "tok",
        .arg = type,
        .setup = setup,
        .run = run,
        .teardown = teardown,
        .output = output,
        .peak = *type == KN_TYPE_f32 ? TARE_PEAK_F32 : TARE_PEAK_INT8,
    };
    c.working_set = block_touches(&c.work);
    return host->add(host, &c);
}

/* Of what the level adds, a product of the type is part: else it is the level before it again. */
static bool has_products(enum kn_type type, unsigned level)
{
    unsigned up_to = 0;
    if (tare_cpu_mask(&up_to, tare_cpu_level_name(level), tare_cpu_levels()) != 0)
        return false;
    const struct kn_kernel *best = kn_best(KN_OP_matmul, type, up_to);
    return best && best->level == level;
}

int forward_emit(const struct tare_host *host, unsigned levels)
{
    int rc = 0;
    for (size_t m = 0; m < sizeof models / sizeof *models; m++)
        for (size_t t = 0; t < sizeof types / sizeof *types && !rc; t++) {
            rc = add(host, models[m], &types[t], tare_cpu_level_name(TARE_CPU_REF), false);
            for (unsigned level = 1; level && level <= levels && !rc; level <<= 1)
                if ((levels & level) && has_products(types[t], level))
                    rc = add(host, models[m], &types[t], tare_cpu_level_name(level), types[t] == KN_TYPE_f32);
        }
    return rc;
}
