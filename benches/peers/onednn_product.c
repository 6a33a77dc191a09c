#include "benches/peers/onednn.h"

#include "framework/base/error.h"

int onednn_check(dnnl_status_t status, const char *what)
{
    return status == dnnl_success ? 0 : tare_fail(TARE_EUNSUP, "oneDNN: %s: status %d", what, (int)status);
}

static dnnl_status_t describe(dnnl_memory_desc_t *d, size_t rows, size_t cols, dnnl_data_type_t type, size_t row_stride,
                              size_t col_stride)
{
    const dnnl_dims_t dims = { (dnnl_dim_t)rows, (dnnl_dim_t)cols };
    const dnnl_dims_t strides = { (dnnl_dim_t)row_stride, (dnnl_dim_t)col_stride };
    return p_dnnl_memory_desc_init_by_strides(d, 2, dims, type, strides);
}

/* y = (x w) column_scales row_scales: the columns' scales as the primitive's own, the rows' as a product behind it. */
static int make_attributes(dnnl_primitive_attr_t *attr, const struct onednn_shape *s,
                           const dnnl_memory_desc_t *row_scales)
{
    dnnl_post_ops_t ops;
    int rc = onednn_check(p_dnnl_primitive_attr_create(attr), "attributes");
    if (rc != 0 || !s->column_scales)
        return rc;
    rc = onednn_check(p_dnnl_primitive_attr_set_output_scales(*attr, (dnnl_dim_t)s->n, 1 << 1, s->column_scales),
                      "scales of columns");
    if (rc == 0)
        rc = onednn_check(p_dnnl_post_ops_create(&ops), "post-operations");
    if (rc != 0)
        return rc;
    rc = onednn_check(p_dnnl_post_ops_append_binary(ops, dnnl_binary_mul, row_scales), "scales of rows");
    if (rc == 0)
        rc = onednn_check(p_dnnl_primitive_attr_set_post_ops(*attr, ops), "scales of rows");
    p_dnnl_post_ops_destroy(ops);
    return rc;
}

static int repack(struct onednn_product *p, const dnnl_memory_desc_t *from, const void *w, const dnnl_memory_desc_t *to)
{
    dnnl_memory_t plain = NULL;
    dnnl_primitive_desc_t desc = NULL;
    dnnl_primitive_t reorder = NULL;
    int rc = onednn_check(p_dnnl_memory_create(&plain, from, onednn_engine, (void *)(uintptr_t)w), "weights");
    if (rc == 0)
        rc = onednn_check(p_dnnl_memory_create(&p->w, to, onednn_engine, DNNL_MEMORY_ALLOCATE), "repacked weights");
    if (rc == 0)
        rc = onednn_check(p_dnnl_reorder_primitive_desc_create(&desc, from, onednn_engine, to, onednn_engine, NULL),
                          "repacking");
    if (rc == 0)
        rc = onednn_check(p_dnnl_primitive_create(&reorder, desc), "repacking");
    const dnnl_exec_arg_t args[] = { { DNNL_ARG_FROM, plain }, { DNNL_ARG_TO, p->w } };
    if (rc == 0)
        rc = onednn_check(p_dnnl_primitive_execute(reorder, onednn_stream, 2, args), "repacking");
    if (rc == 0)
        rc = onednn_check(p_dnnl_stream_wait(onednn_stream), "repacking");
    p->repacked_bytes = p_dnnl_memory_desc_get_size(to);
    if (reorder)
        p_dnnl_primitive_destroy(reorder);
    if (desc)
        p_dnnl_primitive_desc_destroy(desc);
    if (plain)
        p_dnnl_memory_destroy(plain);
    return rc;
}

struct descriptions {
    dnnl_memory_desc_t x, w, packed, y, row_scales;
};

static int describe_all(struct descriptions *d, const struct onednn_shape *s)
{
    const dnnl_dims_t dims = { (dnnl_dim_t)s->k, (dnnl_dim_t)s->n };
    bool ok = describe(&d->x, s->m, s->k, s->type, s->k, 1) == dnnl_success &&
              describe(&d->w, s->k, s->n, s->type, 1, s->w_stride) == dnnl_success &&
              describe(&d->y, s->m, s->n, dnnl_f32, s->ldy, 1) == dnnl_success &&
              describe(&d->row_scales, s->m, 1, dnnl_f32, 1, 1) == dnnl_success &&
              p_dnnl_memory_desc_init_by_tag(&d->packed, 2, dims, s->type, dnnl_format_tag_any) == dnnl_success;
    return ok ? 0 : onednn_check(dnnl_invalid_arguments, "shape");
}

static int make_memories(struct onednn_product *p, const struct descriptions *d, const struct onednn_shape *s)
{
    int rc = onednn_check(p_dnnl_memory_create(&p->x, &d->x, onednn_engine, s->x), "x");
    if (rc == 0)
        rc = onednn_check(p_dnnl_memory_create(&p->y, &d->y, onednn_engine, s->y), "y");
    if (rc == 0 && s->row_scales)
        rc = onednn_check(p_dnnl_memory_create(&p->row_scales, &d->row_scales, onednn_engine, s->row_scales),
                          "scales of rows");
    return rc;
}

int onednn_product_make(struct onednn_product *p, const struct onednn_shape *s)
{
    struct descriptions d;
    dnnl_matmul_desc_t op;
    dnnl_primitive_attr_t attr = NULL;
    dnnl_primitive_desc_t desc = NULL;
    *p = (struct onednn_product){ 0 };
    int rc = describe_all(&d, s);
    if (rc == 0)
        rc = make_attributes(&attr, s, &d.row_scales);
    if (rc == 0)
        rc = onednn_check(p_dnnl_matmul_desc_init(&op, &d.x, &d.packed, NULL, &d.y), "product");
    if (rc == 0)
        rc = onednn_check(p_dnnl_primitive_desc_create(&desc, &op, attr, onednn_engine, NULL), "product");
    if (rc == 0)
        rc = onednn_check(p_dnnl_primitive_create(&p->primitive, desc), "product");
    if (rc == 0)
        rc = repack(p, &d.w, s->w, p_dnnl_primitive_desc_query_md(desc, dnnl_query_weights_md, 0));
    if (rc == 0)
        rc = make_memories(p, &d, s);
    if (attr)
        p_dnnl_primitive_attr_destroy(attr);
    if (desc)
        p_dnnl_primitive_desc_destroy(desc);
    if (rc != 0)
        onednn_product_free(p);
    return rc;
}

void onednn_product_run(struct onednn_product *p)
{
    const dnnl_exec_arg_t args[] = {
        { DNNL_ARG_SRC, p->x },
        { DNNL_ARG_WEIGHTS, p->w },
        { DNNL_ARG_DST, p->y },
        { DNNL_ARG_ATTR_MULTIPLE_POST_OP(0) | DNNL_ARG_SRC_1, p->row_scales },
    };
    p_dnnl_primitive_execute(p->primitive, onednn_stream, p->row_scales ? 4 : 3, args);
    p_dnnl_stream_wait(onednn_stream);
}

void onednn_product_free(struct onednn_product *p)
{
    dnnl_memory_t memories[] = { p->x, p->w, p->y, p->row_scales };
    for (size_t i = 0; i < sizeof memories / sizeof *memories; i++)
        if (memories[i])
            p_dnnl_memory_destroy(memories[i]);
    if (p->primitive)
        p_dnnl_primitive_destroy(p->primitive);
    *p = (struct onednn_product){ 0 };
}
