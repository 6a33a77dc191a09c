/* The suite `blocks`: the parts of a transformer in the shapes of real models, and small models whole. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "benches/blocks/block.h"
#include "framework/base/cpu.h"
#include "framework/base/error.h"

static const char *const configs[] = { "tinyllama-1.1b", "llama-3.2-1b", "qwen2.5-0.5b", "phi-3-mini", "gpt2" };
static const size_t lengths[] = { 1, 5, 10, 20, 128, 512 };

static const struct {
    const char *name;
    bool typed, threaded;
} parts[N_BLOCKS] = {
#define BLOCK(name, typed, threaded) { #name, typed, threaded },
#include "benches/blocks/blocks.def"
#undef BLOCK
};

#define BLOCK(name, typed, threaded)                                                                                   \
    { BLOCK_##name, KN_TYPE_f32 }, { BLOCK_##name, KN_TYPE_q8_0 }, { BLOCK_##name, KN_TYPE_q4_0 },
static const struct block_kind kinds[] = {
#include "benches/blocks/blocks.def"
};
#undef BLOCK

static const struct {
    enum block_part part;
    enum kn_type type;
    const char *config;
    size_t length;
} core[] = {
#define BLOCK_CORE(part, type, config, length) { BLOCK_##part, KN_TYPE_##type, config, length },
#include "benches/blocks/core.def"
#undef BLOCK_CORE
};

static bool is_core(const struct block_kind *k, const char *config, size_t length, int n_threads)
{
    for (size_t i = 0; i < sizeof core / sizeof *core; i++)
        if (core[i].part == k->part && core[i].type == k->type && core[i].length == length && n_threads == 1 &&
            strcmp(core[i].config, config) == 0)
            return true;
    return false;
}

static int add(const struct tare_host *host, const struct block_kind *k, const char *config, size_t length,
               int n_threads)
{
    char group[32];
    const struct tare_param params[] = { { .text = config },
                                         { .name = "length", .num = (int64_t)length },
                                         { .name = "threads", .num = n_threads } };
    snprintf(group, sizeof group, "%s/%s", parts[k->part].name, kn_type_name(k->type));
    struct tare_case c = {
        .size = sizeof c,
        .flags = is_core(k, config, length, n_threads) ? TARE_CASE_CORE : 0,
        .group = parts[k->part].typed ? group : parts[k->part].name,
        .params = params,
        .n_params = parts[k->part].threaded ? 3 : 2,
        .work = block_work(lm_config_find(config), k, length),
        .arg = k,
        .setup = block_setup,
        .reset = block_reset,
        .run = block_run,
        .teardown = block_teardown,
        .output = block_output,
        .peak = k->type == KN_TYPE_f32 ? TARE_PEAK_F32 : TARE_PEAK_INT8,
        .n_threads = (uint32_t)n_threads,
    };
    c.working_set = block_touches(&c.work);
    return host->add(host, &c);
}

static int add_kind(const struct tare_host *host, const struct block_kind *k)
{
    int most = parts[k->part].threaded ? host->n_threads : 1, rc = 0;
    for (size_t i = 0; i < sizeof configs / sizeof *configs; i++) {
        if (k->part == BLOCK_rope && lm_config_find(configs[i])->rope == LM_ROPE_NONE)
            continue;
        for (size_t l = 0; l < sizeof lengths / sizeof *lengths; l++)
            for (int n = 1; n <= most && !rc; n = n < most ? most : n + 1)
                rc = add(host, k, configs[i], lengths[l], n);
    }
    return rc;
}

static int emit(const struct tare_host *host)
{
    unsigned levels;
    if (tare_cpu_mask(&levels, host->cpu_mask, tare_cpu_levels()) != 0)
        return host->fail(host, "%s", tare_error());
    int rc = 0;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds && !rc; i++)
        if (parts[kinds[i].part].typed || kinds[i].type == KN_TYPE_f32)
            rc = add_kind(host, &kinds[i]);
    return rc ? rc : forward_emit(host, levels);
}

TARE_EXPORT const struct tare_suite tare_suite = {
    TARE_SUITE_HEAD,
    .name = "blocks",
    .description = "transformer blocks, and small models whole",
    .emit = emit,
};
