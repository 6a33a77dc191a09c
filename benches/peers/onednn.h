/* oneDNN's functions, and a product made of one primitive over weights that were repacked once. */
#ifndef BENCHES_PEERS_ONEDNN_H
#define BENCHES_PEERS_ONEDNN_H

#include <oneapi/dnnl/dnnl.h>

#include "benches/peers/peer.h"

#define ONEDNN_FUNCTIONS(X)                                                                                            \
    X(dnnl_sgemm)                                                                                                      \
    X(dnnl_engine_create)                                                                                              \
    X(dnnl_stream_create)                                                                                              \
    X(dnnl_stream_wait)                                                                                                \
    X(dnnl_memory_desc_init_by_strides)                                                                                \
    X(dnnl_memory_desc_init_by_tag)                                                                                    \
    X(dnnl_memory_desc_get_size)                                                                                       \
    X(dnnl_memory_create)                                                                                              \
    X(dnnl_memory_destroy)                                                                                             \
    X(dnnl_memory_get_data_handle)                                                                                     \
    X(dnnl_matmul_desc_init)                                                                                           \
    X(dnnl_post_ops_create)                                                                                            \
    X(dnnl_post_ops_append_binary)                                                                                     \
    X(dnnl_post_ops_destroy)                                                                                           \
    X(dnnl_primitive_attr_create)                                                                                      \
    X(dnnl_primitive_attr_set_post_ops)                                                                                \
    X(dnnl_primitive_attr_set_output_scales)                                                                           \
    X(dnnl_primitive_attr_destroy)                                                                                     \
    X(dnnl_primitive_desc_create)                                                                                      \
    X(dnnl_primitive_desc_query_md)                                                                                    \
    X(dnnl_primitive_desc_destroy)                                                                                     \
    X(dnnl_reorder_primitive_desc_create)                                                                              \
    X(dnnl_primitive_create)                                                                                           \
    X(dnnl_primitive_execute)                                                                                          \
    X(dnnl_primitive_destroy)                                                                                          \
    X(omp_set_num_threads)

void omp_set_num_threads(int n); /* of the OpenMP that oneDNN came with */

#define ONEDNN_POINTER(f) extern __typeof__(&(f)) p_##f;
ONEDNN_FUNCTIONS(ONEDNN_POINTER)
#undef ONEDNN_POINTER

extern dnnl_engine_t onednn_engine;
extern dnnl_stream_t onednn_stream;

/* Opens the library and sets its threads. */
int onednn_open(int n_threads);

/* Records a failure as TARE_EUNSUP where status is one. */
int onednn_check(dnnl_status_t status, const char *what);

struct onednn_product {
    dnnl_primitive_t primitive;
    dnnl_memory_t x, w, y, row_scales; /* w is the repacked copy; row_scales, one a row of x, of int8 only */
    size_t repacked_bytes;
};

/* What a product is made of. */
struct onednn_shape {
    size_t m, n, k, ldy;
    dnnl_data_type_t type;      /* of x and w */
    size_t w_stride;            /* elements from one row of w to the next */
    const float *column_scales; /* [n], or NULL; with them y is scaled by row_scales too */
    void *x, *y, *row_scales;
    const void *w;
};

/* The library chooses the weights' layout and repacks them. */
int onednn_product_make(struct onednn_product *p, const struct onednn_shape *s);
void onednn_product_run(struct onednn_product *p);
void onednn_product_free(struct onednn_product *p);

/* The peer over int8, for the table in onednn.c. */
int onednn_int8_open(void **call, const struct peer_problem *p);
void onednn_int8_run(void *call);
void onednn_int8_close(void *call);
const void *onednn_int8_repacked(void *call, size_t *bytes);

#endif
