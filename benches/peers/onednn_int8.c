/* oneDNN's int8 product with a scale a row of w. It takes integers: rows of x are rounded to int8 here, by their
 * largest element, in the time that is measured, as kernels do; oneDNN then scales what it has summed. */
#include "benches/peers/onednn.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "framework/base/error.h"
#include "framework/base/mem.h"

struct int8_call {
    struct onednn_product product;
    struct kn_matmul a;
    int8_t *x;         /* [m][k] */
    float *row_scales; /* [m] */
};

__attribute__((target_clones("avx512f", "avx2", "default"))) static float largest_of(const float *x, size_t n)
{
    uint32_t most = 0; /* positive floats order as their bits do */
    for (size_t i = 0; i < n; i++) {
        uint32_t bits;
        memcpy(&bits, &x[i], sizeof bits);
        bits &= 0x7fffffff;
        most = bits > most ? bits : most;
    }
    float largest;
    memcpy(&largest, &most, sizeof largest);
    return largest;
}

__attribute__((target_clones("avx512f", "avx2", "default"))) static void round_row(int8_t *q, const float *x, size_t n,
                                                                                   float inverse)
{
    for (size_t i = 0; i < n;
         i++) { /* |x inverse| <= 127: adding 1.5 2^23 leaves its nearest integer in the low bits */
        float shifted = x[i] * inverse + 0x1.8p23f;
        int32_t bits;
        memcpy(&bits, &shifted, sizeof bits);
        q[i] = (int8_t)bits;
    }
}

void onednn_int8_run(void *call)
{
    struct int8_call *c = call;
    for (size_t i = 0; i < c->a.m; i++) {
        const float *x = c->a.x + i * c->a.k;
        float d = largest_of(x, c->a.k) / 127;
        round_row(c->x + i * c->a.k, x, c->a.k, d > 0 ? 1 / d : 0);
        c->row_scales[i] = d;
    }
    onednn_product_run(&c->product);
}

void onednn_int8_close(void *call)
{
    struct int8_call *c = call;
    onednn_product_free(&c->product);
    free(c->x);
    free(c->row_scales);
    free(c);
}

/* w as oneDNN's repacking takes it: its rows without gaps, and the scales that stood in front of them. */
struct parted {
    int8_t *w;     /* [n][k] */
    float *scales; /* [n] */
};

static int part(struct parted *p, const struct kn_matmul *a)
{
    p->w = tare_aligned(64, a->n * a->k + 64);
    p->scales = tare_calloc(a->n, sizeof *p->scales);
    if (!p->w || !p->scales)
        return TARE_ENOMEM;
    for (size_t i = 0; i < a->n; i++) {
        const char *row = (const char *)a->w + i * kn_row_bytes(KN_TYPE_i8, a->k);
        memcpy(&p->scales[i], row, sizeof *p->scales);
        memcpy(p->w + i * a->k, row + sizeof *p->scales, a->k);
    }
    return 0;
}

static int make_product(struct int8_call *c, const struct parted *parted)
{
    const struct kn_matmul *a = &c->a;
    return onednn_product_make(&c->product, &(struct onednn_shape){ .m = a->m,
                                                                    .n = a->n,
                                                                    .k = a->k,
                                                                    .ldy = a->ldy,
                                                                    .type = dnnl_s8,
                                                                    .w_stride = a->k,
                                                                    .column_scales = parted->scales,
                                                                    .x = c->x,
                                                                    .w = parted->w,
                                                                    .y = a->y,
                                                                    .row_scales = c->row_scales });
}

int onednn_int8_open(void **call, const struct peer_problem *p)
{
    const struct kn_matmul *a = &p->args->matmul;
    struct parted parted = { 0 };
    struct int8_call *c = NULL;
    int rc = onednn_open(p->n_threads);
    if (rc == 0)
        rc = part(&parted, a);
    if (rc == 0 && !(c = tare_calloc(1, sizeof *c)))
        rc = TARE_ENOMEM;
    if (rc == 0) {
        c->a = *a;
        c->x = tare_aligned(64, a->m * a->k + 64);
        c->row_scales = tare_calloc(a->m, sizeof *c->row_scales);
        rc = c->x && c->row_scales ? make_product(c, &parted) : TARE_ENOMEM;
    }
    if (rc == 0)
        *call = c;
    else if (c)
        onednn_int8_close(c);
    free(parted.w);
    free(parted.scales);
    return rc;
}

const void *onednn_int8_repacked(void *call, size_t *bytes)
{
    struct int8_call *c = call;
    void *data = NULL;
    p_dnnl_memory_get_data_handle(c->product.w, &data);
    *bytes = c->product.repacked_bytes;
    return data;
}
