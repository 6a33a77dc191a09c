/* What the bytes of a row mean, a line a type. */
#include <kn/types.h>

#include <string.h>

static void copy_out(const void *row, float *x, size_t k)
{
    memcpy(x, row, k * sizeof *x);
}

static void copy_in(const float *x, void *row, size_t k)
{
    memcpy(row, x, k * sizeof *x);
}

static const struct {
    void (*decode)(const void *row, float *x, size_t k);
    void (*encode)(const float *x, void *row, size_t k);
} rows[KN_N_TYPES] = {
    [KN_TYPE_f32] = { copy_out, copy_in },
};

void kn_decode_row(enum kn_type type, const void *row, float *x, size_t k)
{
    rows[type].decode(row, x, k);
}

void kn_encode_row(enum kn_type type, const float *x, void *row, size_t k)
{
    rows[type].encode(x, row, k);
}
