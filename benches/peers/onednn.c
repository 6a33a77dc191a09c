/* oneDNN: sgemm over weights as they lie, and products over weights that it repacked, in f32 and int8. */
#include "benches/peers/onednn.h"

#include <stdlib.h>

#include "benches/peers/library.h"
#include "benches/peers/list.h"
#include "framework/base/error.h"
#include "framework/base/mem.h"

#define ONEDNN_POINTER(f) __typeof__(&(f)) p_##f;
ONEDNN_FUNCTIONS(ONEDNN_POINTER)
#undef ONEDNN_POINTER

dnnl_engine_t onednn_engine;
dnnl_stream_t onednn_stream;

int onednn_open(int n_threads)
{
    static const struct library_function functions[] = {
#define ONEDNN_ROW(f) LIBRARY_FUNCTION(f),
        ONEDNN_FUNCTIONS(ONEDNN_ROW)
#undef ONEDNN_ROW
    };
    static bool opened;
    int rc = library_open(&opened, PEER_ONEDNN, functions, sizeof functions / sizeof *functions);
    if (rc != 0)
        return rc;
    p_omp_set_num_threads(n_threads);
    if (!onednn_engine)
        rc = onednn_check(p_dnnl_engine_create(&onednn_engine, dnnl_cpu, 0), "engine");
    if (rc == 0 && !onednn_stream)
        rc = onednn_check(p_dnnl_stream_create(&onednn_stream, onednn_engine, dnnl_stream_default_flags), "stream");
    return rc;
}

static int open_sgemm(void **call, const struct peer_problem *p)
{
    int rc = onednn_open(p->n_threads);
    struct kn_matmul *a = rc == 0 ? tare_alloc(sizeof *a) : NULL;
    if (!a)
        return rc != 0 ? rc : TARE_ENOMEM;
    *a = p->args->matmul;
    *call = a;
    return 0;
}

static void run_sgemm(void *call)
{
    const struct kn_matmul *a = call;
    dnnl_dim_t m = (dnnl_dim_t)a->m, n = (dnnl_dim_t)a->n, k = (dnnl_dim_t)a->k, ldy = (dnnl_dim_t)a->ldy;
    p_dnnl_sgemm('N', 'T', m, n, k, 1, a->x, k, a->w, k, 0, a->y, ldy);
}

static int open_repacked(void **call, const struct peer_problem *p)
{
    const struct kn_matmul *a = &p->args->matmul;
    int rc = onednn_open(p->n_threads);
    struct onednn_product *product = rc == 0 ? tare_alloc(sizeof *product) : NULL;
    if (!product)
        return rc != 0 ? rc : TARE_ENOMEM;
    rc = onednn_product_make(product, &(struct onednn_shape){ .m = a->m,
                                                              .n = a->n,
                                                              .k = a->k,
                                                              .ldy = a->ldy,
                                                              .type = dnnl_f32,
                                                              .w_stride = a->k,
                                                              .x = (void *)(uintptr_t)a->x,
                                                              .w = a->w,
                                                              .y = a->y });
    if (rc != 0)
        free(product);
    else
        *call = product;
    return rc;
}

static void run_repacked(void *call)
{
    onednn_product_run(call);
}

static void close_repacked(void *call)
{
    onednn_product_free(call);
    free(call);
}

static const void *repacked(void *call, size_t *bytes)
{
    struct onednn_product *p = call;
    void *data = NULL;
    p_dnnl_memory_get_data_handle(p->w, &data);
    *bytes = p->repacked_bytes;
    return data;
}

static bool takes(const struct kn_dims *d)
{
    return d->m > 0 && d->n > 0 && d->k > 0;
}

const struct peer peers_of_onednn[] = {
    { .variant = "peer_onednn",
      .op = KN_OP_matmul,
      .type = KN_TYPE_f32,
      .takes = takes,
      .open = open_sgemm,
      .run = run_sgemm,
      .close = free },
    { .variant = "peer_onednn_repacked",
      .op = KN_OP_matmul,
      .type = KN_TYPE_f32,
      .takes = takes,
      .open = open_repacked,
      .run = run_repacked,
      .close = close_repacked,
      .repacked = repacked },
    { .variant = "peer_onednn",
      .op = KN_OP_matmul,
      .type = KN_TYPE_i8,
      .takes = takes,
      .open = onednn_int8_open,
      .run = onednn_int8_run,
      .close = onednn_int8_close,
      .repacked = onednn_int8_repacked },
};
const size_t n_peers_of_onednn = sizeof peers_of_onednn / sizeof *peers_of_onednn;
