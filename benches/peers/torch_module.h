/* PyTorch's kernels behind a C interface, as a shared object of their own: torch_module.cpp is the one that is C++. */
#ifndef BENCHES_PEERS_TORCH_MODULE_H
#define BENCHES_PEERS_TORCH_MODULE_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

enum torch_op {
    TORCH_RELU,
    TORCH_SILU,
    TORCH_GELU,
    TORCH_GELU_TANH,
    TORCH_ADD,
    TORCH_MUL,
    TORCH_SOFTMAX,
    TORCH_LAYERNORM,
};

/* Over memory of the caller's, which stays where it is until the call is freed. */
struct torch_problem {
    enum torch_op op;
    size_t rows, cols;
    const float *x;       /* [rows][cols] */
    const float *b;       /* the other factor or term, as x */
    const float *w, *off; /* [cols], what a norm multiplies by and adds */
    float *y;             /* as x */
    double eps;
    int n_threads;
};

struct torch_call;

/* NULL with a reason in why. */
struct torch_call *torch_call_make(const struct torch_problem *p, char *why, size_t why_size);
void torch_call_run(struct torch_call *call);
void torch_call_free(struct torch_call *call);

#ifdef __cplusplus
}
#endif

#endif
