#include <kn/registry.h>

#include <string.h>

#include "framework/base/cpu.h"

static const struct kn_kernel kernels[] = {
#define KN_KERNEL_OF(op_, type_, variant_, work_, packed_)                                                             \
    { .op = KN_OP_##op_,                                                                                               \
      .type = KN_TYPE_##type_,                                                                                         \
      .variant = #variant_,                                                                                            \
      .level = KN_LEVEL,                                                                                               \
      .fn.op_ = kn_##op_##_##type_##_##variant_,                                                                       \
      .work_bytes = work_,                                                                                             \
      .packed = packed_ },
#define KN_KERNEL(op, type, variant)        KN_KERNEL_OF(op, type, variant, NULL, false)
#define KN_KERNEL_WORK(op, type, variant)   KN_KERNEL_OF(op, type, variant, kn_##op##_##type##_##variant##_work, false)
#define KN_KERNEL_PACKED(op, type, variant) KN_KERNEL_OF(op, type, variant, kn_##op##_##type##_##variant##_work, true)
#include "kernels/all.def"
#undef KN_KERNEL
#undef KN_KERNEL_WORK
#undef KN_KERNEL_PACKED
};

static const struct {
    const char *name, *formula;
    enum kn_kind kind;
} ops[] = {
#define KN_OP(name, kind, formula) { #name, formula, KN_KIND_##kind },
#include "kernels/ops.def"
#undef KN_OP
};

static const struct kn_shape shapes[] = {
#define KN_SHAPE(kind, name, ...) { KN_KIND_##kind, name, { __VA_ARGS__ } },
#include "kernels/shapes.def"
#undef KN_SHAPE
};

const struct kn_kernel *kn_kernels(size_t *n)
{
    *n = sizeof kernels / sizeof *kernels;
    return kernels;
}

int kn_allowed(const struct kn_kernel *k, unsigned levels)
{
    return (k->level & ~levels) == 0;
}

const struct kn_kernel *kn_find(enum kn_op op, enum kn_type type, const char *variant)
{
    for (size_t i = 0; i < sizeof kernels / sizeof *kernels; i++)
        if (kernels[i].op == op && kernels[i].type == type && strcmp(kernels[i].variant, variant) == 0)
            return &kernels[i];
    return NULL;
}

const struct kn_kernel *kn_best(enum kn_op op, enum kn_type type, unsigned levels)
{
    const struct kn_kernel *best = NULL;
    for (size_t i = 0; i < sizeof kernels / sizeof *kernels; i++)
        if (kernels[i].op == op && kernels[i].type == type && !kernels[i].packed && kn_allowed(&kernels[i], levels))
            best = &kernels[i];
    return best;
}

const char *kn_op_name(enum kn_op op)
{
    return ops[op].name;
}

const char *kn_op_formula(enum kn_op op)
{
    return ops[op].formula;
}

enum kn_kind kn_op_kind(enum kn_op op)
{
    return ops[op].kind;
}

const struct kn_shape *kn_shapes(size_t *n)
{
    *n = sizeof shapes / sizeof *shapes;
    return shapes;
}

const struct kn_shape *kn_shape_find(enum kn_kind kind, const char *name)
{
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        if (shapes[i].kind == kind && strcmp(shapes[i].name, name) == 0)
            return &shapes[i];
    return NULL;
}
