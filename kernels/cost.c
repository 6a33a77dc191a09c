/* What one call costs. Counting rule in kn/case.h; the counts a term are beside each formula. */
#include "kernels/kinds/kind.h"

/* Operations an element (a pair for RoPE, a multiply-add for products), by the formula of kernels/ops.def. */
static const double flops_each[] = {
    [KN_OP_matmul] = 2, /* multiply, add */
    [KN_OP_pack] = 0,
    [KN_OP_dot] = 2,    /* multiply, add */
    [KN_OP_add] = 1,    /* add */
    [KN_OP_mul] = 1,    /* multiply */
    [KN_OP_axpy] = 2,   /* multiply, add */
    [KN_OP_swiglu] = 5, /* negate, exp, add, divide, multiply */
    [KN_OP_copy] = 0,
    [KN_OP_sum] = 1,                /* add */
    [KN_OP_argmax] = 1,             /* compare */
    [KN_OP_sample_temperature] = 5, /* compare, subtract, multiply, exp, add */
    [KN_OP_sample_top_k] = 1,       /* compare; what is kept is few */
    [KN_OP_sample_top_p] = 5,       /* as temperature */
    [KN_OP_relu] = 1,               /* compare */
    [KN_OP_gelu] = 5,               /* two multiplies, erf, add, multiply */
    [KN_OP_gelu_tanh] = 9,          /* x^3 in two, two multiplies, add, tanh, add, two multiplies */
    [KN_OP_silu] = 4,               /* negate, exp, add, divide */
    [KN_OP_softmax] = 5,            /* compare, subtract, exp, add, divide */
    [KN_OP_rmsnorm] = 4,            /* multiply, add; two multiplies */
    [KN_OP_layernorm] = 7,          /* add; subtract, multiply, add; multiply, multiply, add */
    [KN_OP_rope_pairs] = 6,         /* four multiplies, two adds */
    [KN_OP_rope_halves] = 6,
    [KN_OP_rope_pairs_computed] = 1, /* counted with its angles */
    [KN_OP_rope_halves_computed] = 1,
    [KN_OP_attention] = 1,  /* counted with its scores */
    [KN_OP_dequantise] = 1, /* multiply */
    [KN_OP_quantise] = 4,   /* compare, compare; multiply, round: of the simplest encoder */
    [KN_OP_embedding] = 1,  /* multiply */
};

struct kn_cost kn_case_cost(const struct kn_case *c)
{
    struct kn_cost cost = {
        .flops = flops_each[c->op] * kn_kind_rules(kn_op_kind(c->op))->count(c),
        .bytes_written = 4.0 * (double)c->out_count,
    };
    for (size_t i = 0; i < c->n_in; i++)
        cost.bytes_read += (double)c->in[i].bytes;
    if (c->op == KN_OP_embedding) /* of the table only the rows that are asked for */
        cost.bytes_read = (double)c->dims.m * (double)(kn_row_bytes(c->type, c->dims.k) + sizeof(int32_t));
    return cost;
}
