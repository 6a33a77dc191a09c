#include <kn/types.h>

#include <assert.h>
#include <strings.h>

static const struct {
    const char *name;
    size_t block, bytes, row;
} types[] = {
#define KN_TYPE(name, block, bytes, row) { #name, block, bytes, row },
#include "kernels/types.def"
#undef KN_TYPE
};

const char *kn_type_name(enum kn_type type)
{
    return types[type].name;
}

bool kn_type_find(enum kn_type *type, const char *name)
{
    for (size_t i = 0; i < KN_N_TYPES; i++)
        if (strcasecmp(types[i].name, name) == 0) {
            *type = (enum kn_type)i;
            return true;
        }
    return false;
}

size_t kn_type_block(enum kn_type type)
{
    return types[type].block;
}

size_t kn_row_bytes(enum kn_type type, size_t k)
{
    assert(k % types[type].block == 0);
    return types[type].row + k / types[type].block * types[type].bytes;
}
