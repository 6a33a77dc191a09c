/* ggml: a graph of one operation over our own memory, built once; each run computes it. */
#include "benches/peers/ggml_graphs.h"

#include <stdio.h>
#include <stdlib.h>

#include "benches/peers/library.h"
#include "benches/peers/list.h"
#include "framework/base/error.h"
#include "framework/base/mem.h"

#define POINTER(f) LIBRARY_POINTER(f);
#define ROW(f)     LIBRARY_FUNCTION(f),
GGML_OF_BASE(POINTER)
GGML_OF_CPU(POINTER)
static const struct library_function of_base[] = { GGML_OF_BASE(ROW) }, of_cpu[] = { GGML_OF_CPU(ROW) };
#undef POINTER
#undef ROW

/* Of every tensor that it repacks it says so. */
static void log_what_matters(enum ggml_log_level level, const char *text, void *data)
{
    (void)data;
    if (level == GGML_LOG_LEVEL_WARN || level == GGML_LOG_LEVEL_ERROR)
        fputs(text, stderr);
}

static int open_library(void)
{
    static bool base, cpu;
    if (cpu)
        return 0;
    int rc = library_open(&base, PEER_GGML_BASE, of_base, sizeof of_base / sizeof *of_base);
    if (rc == 0)
        rc = library_open(&cpu, PEER_GGML, of_cpu, sizeof of_cpu / sizeof *of_cpu);
    if (rc == 0) {
        p_ggml_log_set(log_what_matters, NULL);
        p_ggml_cpu_init();
    }
    return rc;
}

static void close_call(void *call)
{
    struct ggml_call *c = call;
    if (c->threads)
        p_ggml_threadpool_free(c->threads);
    if (c->buffer)
        p_ggml_backend_buffer_free(c->buffer);
    if (c->context)
        p_ggml_free(c->context);
    free(c->plan.work_data);
    free(c->extra);
    free(c);
}

static int build(struct ggml_call *c, const struct peer_problem *p, graph_builder *tensors)
{
    struct ggml_threadpool_params threads = p_ggml_threadpool_params_default(p->n_threads);
    size_t bytes =
        GRAPH_MOST_NODES * p_ggml_tensor_overhead() + p_ggml_graph_overhead_custom(GRAPH_MOST_NODES, false) + 4096;
    c->context = p_ggml_init((struct ggml_init_params){ .mem_size = bytes, .no_alloc = true });
    c->graph = c->context ? p_ggml_new_graph_custom(c->context, GRAPH_MOST_NODES, false) : NULL;
    struct ggml_tensor *y = c->graph ? tensors(c, p) : NULL;
    if (!y && tensors == graph_build_repacked)
        return tare_fail(TARE_EUNSUP, "ggml: this build repacks no weights of %s here", kn_type_name(p->c->type));
    if (!y)
        return tare_fail(TARE_ENOMEM, "ggml: no memory for a graph");
    p_ggml_build_forward_expand(c->graph, y);
    c->threads = p_ggml_threadpool_new(&threads);
    if (!c->threads)
        return tare_fail(TARE_ENOMEM, "ggml: no memory for threads");
    c->plan = p_ggml_graph_plan(c->graph, p->n_threads, c->threads);
    c->plan.work_data = tare_aligned(64, c->plan.work_size + 64);
    return c->plan.work_data ? 0 : TARE_ENOMEM;
}

static int open_with(void **call, const struct peer_problem *p, graph_builder *tensors)
{
    int rc = open_library();
    struct ggml_call *c = rc == 0 ? tare_calloc(1, sizeof *c) : NULL;
    if (!c)
        return rc != 0 ? rc : TARE_ENOMEM;
    rc = build(c, p, tensors);
    if (rc == 0)
        *call = c;
    else
        close_call(c);
    return rc;
}

static int open_call(void **call, const struct peer_problem *p)
{
    return open_with(call, p, graph_builders[p->c->op]);
}

static int open_repacked(void **call, const struct peer_problem *p)
{
    return open_with(call, p, graph_build_repacked);
}

static const void *repacked(void *call, size_t *bytes)
{
    const struct ggml_call *c = call;
    *bytes = p_ggml_nbytes(c->repacked);
    return c->repacked->data;
}

static void run_call(void *call)
{
    struct ggml_call *c = call;
    p_ggml_graph_compute(c->graph, &c->plan);
}

static bool takes(const struct kn_dims *d)
{
    return d->m > 0 && d->n > 0 && d->k > 0;
}

/* Eight rows of w lie interleaved. */
static bool takes_repacked(const struct kn_dims *d)
{
    return takes(d) && d->n % 8 == 0;
}

/* What it rounds: x to f16 beside weights in f16, to bf16 beside bf16; angles multiplied up in float; q and the sum
 * over v in f16. */
#define PEER(op_, type_, rounding_)                                                                                    \
    {                                                                                                                  \
        .variant = "peer_ggml", .op = KN_OP_##op_, .type = KN_TYPE_##type_, .takes = takes, .open = open_call,         \
        .run = run_call, .close = close_call, .rounding = rounding_                                                    \
    }

#define REPACKED(type_)                                                                                                \
    {                                                                                                                  \
        .variant = "peer_ggml_repacked", .op = KN_OP_matmul, .type = KN_TYPE_##type_, .takes = takes_repacked,         \
        .open = open_repacked, .run = run_call, .close = close_call, .repacked = repacked                              \
    }

const struct peer peers_of_ggml[] = {
    PEER(matmul, f32, 0),
    PEER(matmul, f16, 0x1p-11),
    PEER(matmul, bf16, 0x1p-9),
    PEER(matmul, q8_0, 0),
    PEER(matmul, q4_0, 0),
    PEER(matmul, q4_k, 0),
    PEER(matmul, q6_k, 0),
    REPACKED(q4_0), /* q8_0 and q6_k it repacks for Arm only */
    REPACKED(q4_k),
    PEER(softmax, f32, 0x1p-20),
    PEER(rmsnorm, f32, 0x1p-22),
    PEER(rope_pairs, f32, 0x1p-16),
    PEER(rope_halves, f32, 0x1p-17),
    PEER(rope_pairs_computed, f32, 0x1p-6), /* an angle at position 130,000 is a float with steps of 1/128 */
    PEER(rope_halves_computed, f32, 0x1p-6),
    PEER(attention, f16, 0x1p-9),
};
const size_t n_peers_of_ggml = sizeof peers_of_ggml / sizeof *peers_of_ggml;
