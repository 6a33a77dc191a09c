/* PyTorch: operations on elements and rows. Its product of matrices is the sgemm of whatever BLAS it was linked with.
 */
#include <string.h>

#include "benches/peers/library.h"
#include "benches/peers/list.h"
#include "benches/peers/torch_module.h"
#include "framework/base/error.h"

static LIBRARY_POINTER(torch_call_make);
static LIBRARY_POINTER(torch_call_run);
static LIBRARY_POINTER(torch_call_free);
static const struct library_function functions[] = {
    LIBRARY_FUNCTION(torch_call_make),
    LIBRARY_FUNCTION(torch_call_run),
    LIBRARY_FUNCTION(torch_call_free),
};
static bool opened;

static int make(void **call, struct torch_problem t, int n_threads)
{
    char why[256] = "";
    int rc = library_open(&opened, PEER_TORCH, functions, sizeof functions / sizeof *functions);
    if (rc != 0)
        return rc;
    t.n_threads = n_threads;
    *call = p_torch_call_make(&t, why, sizeof why);
    why[strcspn(why, "\n")] = '\0'; /* behind it, where in PyTorch */
    return *call ? 0 : tare_fail(TARE_EUNSUP, "PyTorch: %s", why);
}

static int open_unary(void **call, const struct peer_problem *p)
{
    static const enum torch_op ops[KN_N_OPS] = {
        [KN_OP_relu] = TORCH_RELU,
        [KN_OP_silu] = TORCH_SILU,
        [KN_OP_gelu] = TORCH_GELU,
        [KN_OP_gelu_tanh] = TORCH_GELU_TANH,
    };
    const struct kn_unary *a = &p->args->unary;
    return make(call, (struct torch_problem){ .op = ops[p->c->op], .rows = 1, .cols = a->n, .x = a->x, .y = a->y },
                p->n_threads);
}

static int open_binary(void **call, const struct peer_problem *p)
{
    static const enum torch_op ops[KN_N_OPS] = { [KN_OP_add] = TORCH_ADD, [KN_OP_mul] = TORCH_MUL };
    const struct kn_binary *a = &p->args->binary;
    return make(call,
                (struct torch_problem){ .op = ops[p->c->op], .rows = 1, .cols = a->n, .x = a->a, .b = a->b, .y = a->y },
                p->n_threads);
}

static int open_softmax(void **call, const struct peer_problem *p)
{
    const struct kn_softmax *a = &p->args->softmax;
    return make(call,
                (struct torch_problem){ .op = TORCH_SOFTMAX, .rows = a->rows, .cols = a->cols, .x = a->x, .y = a->y },
                p->n_threads);
}

static int open_norm(void **call, const struct peer_problem *p)
{
    const struct kn_norm *a = &p->args->norm;
    return make(call,
                (struct torch_problem){ .op = TORCH_LAYERNORM,
                                        .rows = a->rows,
                                        .cols = a->cols,
                                        .x = a->x,
                                        .w = a->w,
                                        .off = a->b,
                                        .y = a->y,
                                        .eps = (double)a->eps },
                p->n_threads);
}

static void run_call(void *call)
{
    p_torch_call_run(call);
}

static void close_call(void *call)
{
    p_torch_call_free(call);
}

static bool takes(const struct kn_dims *d)
{
    return d->m > 0 && d->n > 0;
}

/* Of x its gelus lose this much: they add 1 to an erf or tanh that is close to -1. */
#define PEER(op_, open_, rounding_)                                                                                    \
    {                                                                                                                  \
        .variant = "peer_torch", .op = KN_OP_##op_, .type = KN_TYPE_f32, .takes = takes, .open = open_,                \
        .run = run_call, .close = close_call, .rounding = rounding_                                                    \
    }

const struct peer peers_of_torch[] = {
    PEER(softmax, open_softmax, 0), PEER(layernorm, open_norm, 0),   PEER(relu, open_unary, 0),
    PEER(silu, open_unary, 0),      PEER(gelu, open_unary, 0x1p-24), PEER(gelu_tanh, open_unary, 0x1p-24),
    PEER(add, open_binary, 0),      PEER(mul, open_binary, 0),
};
const size_t n_peers_of_torch = sizeof peers_of_torch / sizeof *peers_of_torch;
