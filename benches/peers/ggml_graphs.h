/* ggml's functions, and graphs of one operation over our own memory. */
#ifndef BENCHES_PEERS_GGML_GRAPHS_H
#define BENCHES_PEERS_GGML_GRAPHS_H

#include <ggml-backend.h>
#include <ggml-cpu.h>
#include <ggml.h>

#include "benches/peers/library.h"
#include "benches/peers/peer.h"

#define GGML_OF_BASE(X)                                                                                                \
    X(ggml_init)                                                                                                       \
    X(ggml_free)                                                                                                       \
    X(ggml_tensor_overhead)                                                                                            \
    X(ggml_graph_overhead_custom)                                                                                      \
    X(ggml_new_tensor_4d)                                                                                              \
    X(ggml_new_graph_custom)                                                                                           \
    X(ggml_build_forward_expand)                                                                                       \
    X(ggml_mul_mat)                                                                                                    \
    X(ggml_mul)                                                                                                        \
    X(ggml_soft_max)                                                                                                   \
    X(ggml_rms_norm)                                                                                                   \
    X(ggml_rope_ext)                                                                                                   \
    X(ggml_flash_attn_ext)                                                                                             \
    X(ggml_fp32_to_fp16)                                                                                               \
    X(ggml_threadpool_params_default)                                                                                  \
    X(ggml_log_set)                                                                                                    \
    X(ggml_nbytes)                                                                                                     \
    X(ggml_backend_reg_dev_get)                                                                                        \
    X(ggml_backend_reg_get_proc_address)                                                                               \
    X(ggml_backend_buft_name)                                                                                          \
    X(ggml_backend_buft_alloc_buffer)                                                                                  \
    X(ggml_backend_buffer_get_base)                                                                                    \
    X(ggml_backend_buffer_free)                                                                                        \
    X(ggml_backend_tensor_alloc)                                                                                       \
    X(ggml_backend_tensor_set)
#define GGML_OF_CPU(X)                                                                                                 \
    X(ggml_cpu_init)                                                                                                   \
    X(ggml_graph_plan)                                                                                                 \
    X(ggml_graph_compute)                                                                                              \
    X(ggml_backend_cpu_reg)                                                                                            \
    X(ggml_threadpool_new)                                                                                             \
    X(ggml_threadpool_free)

#define GGML_POINTER(f) extern LIBRARY_POINTER(f);
GGML_OF_BASE(GGML_POINTER)
GGML_OF_CPU(GGML_POINTER)
#undef GGML_POINTER

struct ggml_call {
    struct ggml_context *context;
    struct ggml_cgraph *graph;
    struct ggml_threadpool *threads;
    struct ggml_cplan plan;
    void *extra; /* positions, or the mask */
    struct ggml_tensor *repacked;
    ggml_backend_buffer_t buffer; /* that holds it */
};

/* Adds an operation's tensors to the call's context, the last of them over y; NULL when there is no memory. */
typedef struct ggml_tensor *graph_builder(struct ggml_call *c, const struct peer_problem *p);

enum { GRAPH_MOST_NODES = 16 };
extern graph_builder *const graph_builders[KN_N_OPS];

/* A product with weights that ggml repacks now; NULL also where it has no layout for their type on this processor. */
graph_builder graph_build_repacked;

#endif
