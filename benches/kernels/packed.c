#include "benches/kernels/packed.h"

#include <stdio.h>
#include <string.h>

#include <kn/case.h>

#include "framework/base/error.h"

struct copy {
    double bytes, file_bytes;
};

static int setup(void **fixture, const struct tare_case *c, const struct tare_host *host)
{
    const struct kn_kernel *k = c->arg;
    const struct kn_dims *d = &kn_shape_find(KN_KIND_pack, c->params[0].text)->dims;
    struct copy *copy = host->alloc(host, sizeof *copy);
    size_t bytes;
    if (!copy)
        return -1;
    if (kn_packed_bytes(k->type, d->n, d->k, &bytes) != 0)
        return host->fail(host, "%s", tare_error());
    *copy = (struct copy){ (double)bytes, (double)d->n * (double)kn_row_bytes(k->type, d->k) };
    *fixture = copy;
    return 0;
}

static void tell_bytes(void *fixture, const struct tare_loop *loop)
{
    const struct copy *copy = fixture;
    tare_tell(loop, copy->bytes);
}

static void tell_ratio(void *fixture, const struct tare_loop *loop)
{
    const struct copy *copy = fixture;
    tare_tell(loop, copy->bytes / copy->file_bytes);
}

static const struct figure {
    const char *name;
    uint32_t value;
    void (*tell)(void *fixture, const struct tare_loop *loop);
} figures[] = {
    { "packed_bytes", TARE_VALUE_BYTES, tell_bytes },
    { "packed_ratio", TARE_VALUE_RATIO, tell_ratio },
};

/* The default run tells of the shape that it packs. */
static const char core_shape[] = "llama-1b.attn_q";

static int add_figure(const struct tare_host *host, const struct figure *f, const struct kn_kernel *k,
                      const struct kn_shape *shape)
{
    char group[64];
    snprintf(group, sizeof group, "%s/%s", f->name, kn_type_name(k->type));
    const struct tare_param params[] = { { .text = shape->name } };
    bool core = f->value == TARE_VALUE_BYTES && k->type == KN_TYPE_f32 && strcmp(shape->name, core_shape) == 0;
    return host->add(host, &(struct tare_case){ .size = sizeof(struct tare_case),
                                                .flags = core ? TARE_CASE_CORE : 0,
                                                .group = group,
                                                .variant = k->variant,
                                                .params = params,
                                                .n_params = 1,
                                                .arg = k,
                                                .setup = setup,
                                                .run = f->tell,
                                                .value = f->value });
}

int packed_emit(const struct tare_host *host, unsigned levels)
{
    size_t n_kernels, n_shapes;
    const struct kn_kernel *kernels = kn_kernels(&n_kernels);
    const struct kn_shape *shapes = kn_shapes(&n_shapes);
    int rc = 0;
    for (size_t f = 0; f < sizeof figures / sizeof *figures; f++)
        for (size_t s = 0; s < n_shapes; s++)
            for (size_t k = 0; k < n_kernels && rc == 0; k++)
                if (kernels[k].packed && kn_allowed(&kernels[k], levels) && shapes[s].kind == KN_KIND_pack)
                    rc = add_figure(host, &figures[f], &kernels[k], &shapes[s]);
    return rc;
}
