/*
 * The operations: what each reads and writes, how exact it is, and what it does with infinities and NaN.
 *
 * Every kernel is a plain function of one argument structure. It runs on the calling thread, allocates nothing and
 * keeps nothing. Pointers need the alignment of their element type only; outputs may not overlap inputs except where a
 * structure says so. All counts may be 0. Matrices are stored row by row; weights lie as [N][K], as models keep them.
 *
 * Exactness is stated with u = 2^-24 (half an ulp of 1) and gamma(n) = n u / (1 - n u), after Higham, "Accuracy and
 * Stability of Numerical Algorithms", 2nd ed., 2002, section 3.1. `ref` sums in double and rounds once; the other
 * variants sum in float, in an order of their own, hence gamma. Bounds hold where no intermediate sum or square
 * overflows a float; results below FLT_MIN are off by up to their last place besides. Denormal inputs count in full.
 * A NaN in gives NaN out; which NaN (sign, payload) is not defined.
 */
#ifndef KN_OPS_H
#define KN_OPS_H

#include <kn/types.h>

#include <stddef.h>
#include <stdint.h>

enum kn_op {
#define KN_OP(name, kind, formula) KN_OP_##name,
#include "kernels/ops.def"
#undef KN_OP
    KN_N_OPS
};

/* y[m][n] = x[m][k] w[n][k]^T.
 * |y - exact| <= gamma(k) sum |x||w|, with w as kn_decode_row has it. K = 0 gives 0. A NaN or infinity touches only its
 * own row of y (from x) or column (from w), as IEEE sums do.
 *
 * Where w is of integers with a scale a row or block (i8 and all q types), variants other than `ref` may
 * round x to int8 first, in blocks of 32 (a whole row for i8), so that an integer dot product does the work
 * (kernels/quant/activations.h). An element is then off by half a step, the largest |x| of its block / 254, and
 *     |y - exact| <= sum over blocks (max |x| / 254 (1 + 2^-10) sum |w|) + gamma(k) sum |x||w|
 * where |w| in the second sum is d sc q + dmin m for a type with a minimum. The errors have no common sign: of random
 * data they come to sqrt(k / 3) steps, not to k. Blocks of x below 2^-119 count as 0, and where the exact result is an
 * infinity the variant's may be a NaN. */
struct kn_matmul {
    const float *x; /* [m][k] */
    const void *w;  /* [n][k] of the kernel's type, or where it wants them packed, as struct kn_pack has it */
    float *y;       /* [m][ldy]; columns from n on are left alone */
    size_t m, n, k;
    size_t ldy;  /* floats from one row of y to the next, >= n */
    void *work;  /* of kn_work_bytes() bytes, aligned to 64; its contents mean nothing between calls */
    size_t step; /* bytes of `work` that one thread owns; set by kn_case_args() */
};

/* Weights repacked once, for the kernels of matmul that want them so (kn_kernel.packed): in panels of KN_PANEL rows,
 * each [k][KN_PANEL], the last one filled up with zeros. The elements' bits stay as they are. kn_packed_bytes() says
 * how many bytes that takes. */
enum { KN_PANEL = 32 };
struct kn_pack {
    const void *w; /* [n][k] of the kernel's type */
    void *y;       /* [ceil(n / KN_PANEL)][k][KN_PANEL] */
    size_t n, k;
};

/* y[0] = sum a[i] b[i]. |y - exact| <= gamma(n) sum |a||b|. n = 0 gives 0. */
struct kn_dot {
    const float *a, *b; /* [n] */
    float *y;           /* [1] */
    size_t n;
};

/* y[i] = f(x[i]); y may be x. Errors relative to |y|:
 *   relu       exact; relu(-0) = -0
 *   silu       5 u
 *   gelu       8 u
 *   gelu_tanh  (5 + 4 |v|) u with v = 2 sqrt(2/pi) (x + 0.044715 x^3), the argument of its exponential, clipped at 104
 * and |x| 2^-149 more: what x is multiplied by is a float too, and may lie below FLT_MIN where y does not.
 * f(+inf) = +inf. relu(-inf) = 0; the others give NaN at -inf, where the formula reads -inf * 0. */
struct kn_unary {
    const float *x; /* [n] */
    float *y;       /* [n] */
    size_t n;
};

/* y[i] = f(a[i], b[i]); y may be a or b. Infinities and NaN as IEEE 754 has them.
 *   add, mul   rounded once
 *   axpy       alpha a + b: |y - exact| <= 2 u (|alpha a| + |b|)
 *   swiglu     silu(a) b (Shazeer, "GLU Variants Improve Transformer", 2020): relative error 6 u and |a b| 2^-149; NaN
 *              at a = -inf */
struct kn_binary {
    const float *a, *b; /* [n] */
    float *y;           /* [n] */
    size_t n;
    float alpha; /* axpy only */
};

/* A number of many: y[0] from x[n].
 *   sum      |y - exact| <= gamma(n) sum |x|; n = 0 gives 0
 *   argmax   the index of the largest x as a float (so n <= 2^24), of equal ones the first; a NaN is never the largest,
 * and where there is nothing else y = 0 */
struct kn_reduce {
    const float *x; /* [n] */
    float *y;       /* [1] */
    size_t n;
};

/* A token drawn from logits: y[0] is its index as a float (so n <= 2^24). Among the tokens kept, in the order of their
 * indices, it is the first at which the running sum of w[i] = exp((x[i] - max) / temperature) passes u times the sum of
 * all. sample_temperature   keeps all sample_top_k         the top_k largest logits (Fan et al., 2018), of equal ones
 * those that come first sample_top_p         in falling order, of equal ones the first, as many as it takes to reach
 * top_p of the sum (Holtzman et al., "The Curious Case of Neural Text Degeneration", 2020); at least one Sums are of
 * floats rounded in an order of their own: where u falls within gamma(n) of a token's end its neighbour may be drawn. A
 * NaN among the logits makes y = NaN, as does n = 0. */
struct kn_sample {
    const float *x; /* [n] */
    float *y;       /* [1] */
    size_t n;
    float temperature; /* > 0 */
    size_t top_k;      /* > 0 */
    float top_p;       /* in (0, 1] */
    float u;           /* in [0, 1) */
    void *work;        /* as in struct kn_matmul */
    size_t step;
};

/* Rows of y sum to 1; y may be x. Relative error (6 + max - x[i]) u + gamma(cols).
 * A row that holds a NaN or +inf, or nothing but -inf, becomes NaN; another -inf becomes 0. */
struct kn_softmax {
    const float *x; /* [rows][cols] */
    float *y;       /* [rows][cols] */
    size_t rows, cols;
};

/* RMSNorm (Zhang and Sennrich, 2019) and LayerNorm (Ba, Kiros and Hinton, 2016, the variance over cols); y may be x.
 *   rmsnorm    relative error 8 u + gamma(cols) / 2
 *   layernorm  |y - exact| <= (8 u + 3 gamma(cols)) |w| (|x - mean| + max |x|) / sqrt(var + eps) + u |y|
 * The bound of layernorm holds where var + eps >= gamma(cols) max x^2. Below, in variants that sum in float, the mean's
 * own error enters the variance squared: the scale may be off by (gamma(cols) max |x|)^2 / (2 (var + eps)) of itself.
 * A NaN makes its whole row NaN. An infinity makes NaN of itself and 0 of the others (rmsnorm), or NaN of the row
 * (layernorm). So do values whose squares sum to more than FLT_MAX, in variants that sum in float. */
struct kn_norm {
    const float *x; /* [rows][cols] */
    const float *w; /* [cols] */
    const float *b; /* [cols]; layernorm only */
    float *y;       /* [rows][cols] */
    size_t rows, cols;
    float eps;
};

/* Turns each pair (p, q) of a head by the angle of its place i: (p c - q s, q c + p s); y may be x.
 *   rope_pairs   (x[2i], x[2i+1]), as in the first paper (Su et al., 2021) and llama2.c
 *   rope_halves  (x[i], x[i + head_dim/2]), as in GPT-NeoX and the published Llama checkpoints
 * |y - exact| <= 2 u (|p c| + |q s|). Infinities and NaN as IEEE 754 has them, within their pair. */
struct kn_rope {
    const float *x;         /* [tokens][heads][head_dim]; head_dim is even */
    const float *cos, *sin; /* [tokens][head_dim/2] */
    float *y;               /* as x */
    size_t tokens, heads, head_dim;
};

/* The same with the angles (position + t) base^(-2i/head_dim) of token t, found in the call.
 * |y - exact| <= (5 u + 2^-48 (position + tokens)) (|p| + |q|), for a base from 1000 on and positions below 2^24: an
 * angle is reduced to an eighth of a turn in integers, exactly; the sine and cosine of what is left are within 3 u, of
 * which its own roundings (3 u of at most pi/4) make up most, and turning adds 2 u. The second term is what the
 * frequencies are off by, products of at most 128 factors in double. `ref` computes in double throughout: it adds
 * 2^-50 (position + tokens) (|p| + |q|) to its one rounding. Infinities and NaN as IEEE 754 has them, within their
 * pair. */
struct kn_rope_computed {
    const float *x; /* [tokens][heads][head_dim]; head_dim is even */
    float *y;       /* as x; y may be x */
    size_t tokens, heads, head_dim;
    uint32_t position; /* of the first token */
    float base;        /* at least 1; 10000 in the first paper, 500000 in Llama 3 */
    void *work;        /* as in struct kn_matmul */
    size_t step;
};

/* Causal attention of `tokens` queries to a cache of past + tokens positions (Vaswani et al., 2017), heads in groups
 * that share a KV head (Ainslie et al., "GQA", 2023): token t sees positions 0 to past + t, of which a window (Jiang
 * et al., "Mistral 7B", 2023) leaves the last; y[t][h] = sum_p w[p]
 * v[g][p], w = softmax over p of scale q[t][h] k[g][p], g = h / (heads / kv_heads) With S = max_p scale sum |q||k|, r
 * the largest score less the smallest, and n = past + t + 1 positions: |y - exact| <= (2 gamma(head_dim + 4) S + (10 +
 * r + n / 64) u + gamma(n)) sum w|v|. A NaN or infinity in q or k makes NaN of the rows that see it; one in v may also
 * reach tokens of the same call that stand before its position. */
struct kn_attention {
    const float *q;    /* [tokens][heads][head_dim] */
    const void *k, *v; /* rows of head_dim elements of the kernel's type, at head_stride and position_stride bytes */
    float *y;          /* as q */
    size_t tokens, past;
    size_t window;                    /* how many positions a token sees at most, the last ones; 0 = all */
    size_t heads, kv_heads, head_dim; /* kv_heads divides heads */
    size_t head_begin, head_count;    /* the heads to compute */
    size_t head_stride, position_stride;
    float scale; /* 1 / sqrt(head_dim), as a rule */
    void *work;  /* as in struct kn_matmul */
    size_t step;
};

/* Rows of a type to the floats that they stand for (dequantise), and floats to rows (quantise), as kn_decode_row and
 * kn_encode_row have it: there is one right result, for finite x. f16 and bf16 keep infinities and NaN; of other types
 * a row that holds one has no meaning. Strides in bytes. */
struct kn_rows {
    const void *x; /* [rows][cols]; floats, or of the kernel's type */
    void *y;
    size_t rows, cols; /* cols: whole blocks */
    size_t x_stride, y_stride;
};

/* y[t] = the row ids[t] of a table, as floats. An id that is no row of the table is the caller's to refuse. */
struct kn_embedding {
    const void *table;  /* [..][width] of the kernel's type */
    const int32_t *ids; /* [tokens] */
    float *y;           /* [tokens][width] */
    size_t tokens, width;
    size_t row_bytes; /* of the table */
};

typedef void kn_matmul_fn(const struct kn_matmul *a);
typedef void kn_pack_fn(const struct kn_pack *a);
typedef void kn_dot_fn(const struct kn_dot *a);
typedef void kn_unary_fn(const struct kn_unary *a);
typedef void kn_binary_fn(const struct kn_binary *a);
typedef void kn_reduce_fn(const struct kn_reduce *a);
typedef void kn_sample_fn(const struct kn_sample *a);
typedef void kn_softmax_fn(const struct kn_softmax *a);
typedef void kn_norm_fn(const struct kn_norm *a);
typedef void kn_rope_fn(const struct kn_rope *a);
typedef void kn_rope_computed_fn(const struct kn_rope_computed *a);
typedef void kn_attention_fn(const struct kn_attention *a);
typedef void kn_rows_fn(const struct kn_rows *a);
typedef void kn_embedding_fn(const struct kn_embedding *a);

/* The size of a problem. What m, n and k mean for a kind, and 1 where they mean nothing:
 *   matmul         m rows of x, n rows of w, of k each
 *   pack           n rows of w, of k each
 *   dot            n elements
 *   reduce, sample n elements
 *   unary, binary  m tokens of n
 *   softmax, norm  m rows of n
 *   rope, rope_computed  m tokens of n heads of k
 *   rows           m rows of n
 *   embedding      m tokens, a table of n rows of k
 *   attention      the last m tokens of n positions, `heads` heads over kv_heads of k */
struct kn_dims {
    size_t m, n, k;
    size_t heads, kv_heads; /* attention only */
};

/* The kinds: operations that share an argument structure. */
#define KN_KINDS(X)                                                                                                    \
    X(matmul)                                                                                                          \
    X(pack)                                                                                                            \
    X(dot)                                                                                                             \
    X(unary) X(binary) X(softmax) X(reduce) X(sample) X(norm) X(rope) X(rope_computed) X(attention) X(rows) X(embedding)

enum kn_kind {
#define KN_KIND(kind) KN_KIND_##kind,
    KN_KINDS(KN_KIND)
#undef KN_KIND
        KN_N_KINDS
};

union kn_args {
#define KN_KIND(kind) struct kn_##kind kind;
    KN_KINDS(KN_KIND)
#undef KN_KIND
};

/* A pointer of the operation's own type: kernel->fn.softmax(&args). */
union kn_fn {
#define KN_OP(name, kind, formula) kn_##kind##_fn *name;
#include "kernels/ops.def"
#undef KN_OP
};

/* Bytes of work area one thread needs for a problem of these dimensions. */
typedef size_t kn_work_fn(const struct kn_dims *d);

/* Every kernel's declaration: kn_<op>_<type>_<variant>. */
#define KN_OP_DECL(op, kind)       typedef kn_##kind##_fn kn_op_##op##_fn;
#define KN_OP(name, kind, formula) KN_OP_DECL(name, kind)
#include "kernels/ops.def"
#undef KN_OP
#define KN_KERNEL(op, type, variant)        kn_op_##op##_fn kn_##op##_##type##_##variant;
#define KN_KERNEL_WORK(op, type, variant)   KN_KERNEL(op, type, variant) kn_work_fn kn_##op##_##type##_##variant##_work;
#define KN_KERNEL_PACKED(op, type, variant) KN_KERNEL_WORK(op, type, variant)
#include "kernels/all.def"
#undef KN_KERNEL
#undef KN_KERNEL_WORK
#undef KN_KERNEL_PACKED
#undef KN_OP_DECL

#endif
