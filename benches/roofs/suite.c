/* The suite `roofs`: what the machine computes and moves at most, on one thread and on more. */
#include "benches/roofs/roofs.h"
#include "framework/base/cpu.h"
#include "framework/base/error.h"

static int add_case(const struct tare_host *host, const struct roof *r, const char *level, bool core)
{
    static const uint32_t peaks[ROOF_OPS] = {
        [ROOF_FMA_F32] = TARE_PEAK_F32, [ROOF_DOT_INT8] = TARE_PEAK_INT8, [ROOF_ADD] = TARE_PEAK_F32
    };
    struct tare_param params[3];
    size_t n = 0;
    if (level)
        params[n++] = (struct tare_param){ .text = level };
    params[n++] = (struct tare_param){ .name = "threads", .num = r->n_threads };
    if (r->pattern)
        params[n++] = (struct tare_param){ .name = "pattern", .text = r->pattern->name };
    struct tare_case c = {
        .size = sizeof c,
        .flags = core ? TARE_CASE_CORE : 0,
        .group = roof_groups[r->op],
        .variant = r->isa->variant,
        .params = params,
        .n_params = n,
        .work = roof_work(r),
        .arg = r->isa,
        .setup = roof_setup,
        .run = roof_run,
        .teardown = roof_teardown,
        .peak = peaks[r->op],
        .n_threads = r->n_threads,
        .working_set = (double)r->bytes,
    };
    return host->add(host, &c);
}

static bool can(const struct roof_isa *isa, unsigned levels, enum roof_op op)
{
    bool has = op == ROOF_FMA_F32 ? isa->fma != NULL : op == ROOF_DOT_INT8 ? isa->dot != NULL : isa->n_patterns > 0;
    return has && (isa->level & ~levels) == 0;
}

/* Arithmetic. The strongest multiply-add on one thread is in the default run. */
static int add_arithmetic(const struct tare_host *host, unsigned levels, enum roof_op op, int n_threads)
{
    size_t last = 0;
    for (size_t i = 0; i < roof_n_isas; i++)
        last = can(roof_isas[i], levels, op) ? i : last;
    int rc = 0;
    for (size_t i = 0; i < roof_n_isas && rc == 0; i++) {
        struct roof r = { .isa = roof_isas[i], .op = op, .n_threads = (uint32_t)n_threads };
        if (can(roof_isas[i], levels, op))
            rc = add_case(host, &r, NULL, op == ROOF_FMA_F32 && n_threads == 1 && i == last);
    }
    return rc;
}

/* An operation on a level: at its fastest, and by each pattern. */
static int add_memory(const struct tare_host *host, struct roof *r, const char *level)
{
    enum roof_op op = r->op;
    r->pattern = NULL;
    int rc = add_case(host, r, level, false);
    for (size_t i = 0; i < r->isa->n_patterns && rc == 0; i++) {
        r->pattern = &r->isa->patterns[i];
        if (r->pattern->op == op)
            rc = add_case(host, r, level, false);
    }
    return rc;
}

static int add_level(const struct tare_host *host, unsigned levels, enum roof_op op, int n_threads,
                     const struct roof_level *level)
{
    int rc = 0;
    for (size_t i = 0; i < roof_n_isas && rc == 0; i++) {
        struct roof r = { .isa = roof_isas[i],
                          .op = op,
                          .bytes = level->bytes,
                          .in_memory = level->in_memory,
                          .n_threads = (uint32_t)n_threads };
        if (can(roof_isas[i], levels, op))
            rc = add_memory(host, &r, level->name);
    }
    return rc;
}

/* What is to be compared stands together: the instruction sets of one roof, the weakest first. */
static int add_threads(const struct tare_host *host, unsigned levels, int n_threads)
{
    struct roof_level memory[ROOF_LEVELS];
    roof_find_levels(memory, host, n_threads);
    int rc = add_arithmetic(host, levels, ROOF_FMA_F32, n_threads);
    if (rc == 0)
        rc = add_arithmetic(host, levels, ROOF_DOT_INT8, n_threads);
    for (enum roof_op op = ROOF_READ; op < ROOF_OPS; op++)
        for (int k = 0; k < ROOF_LEVELS && rc == 0; k++)
            if (memory[k].bytes > 0)
                rc = add_level(host, levels, op, n_threads, &memory[k]);
    return rc;
}

/* One thread, twice as many and so on, and all. */
static int emit(const struct tare_host *host)
{
    unsigned levels;
    if (tare_cpu_mask(&levels, host->cpu_mask, tare_cpu_levels()) != 0)
        return host->fail(host, "%s", tare_error());
    int rc = 0;
    for (int n = 1; n < host->n_threads && rc == 0; n *= 2)
        rc = add_threads(host, levels, n);
    return rc == 0 ? add_threads(host, levels, host->n_threads) : rc;
}

TARE_EXPORT const struct tare_suite tare_suite = {
    TARE_SUITE_HEAD,
    .name = "roofs",
    .description = "what the machine computes and moves at most",
    .emit = emit,
};
