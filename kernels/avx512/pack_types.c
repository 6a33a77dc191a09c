#include "kernels/avx512/vec.h"

#include <kn/ops.h>

#include <stdbool.h>

#include "kernels/simd/unroll.h"

enum { SQUARE = 16 };

/* Sixteen rows of w from column k on, `cols` <= 16 of them, to half a panel; of rows that lack, zeros. */
KN_INLINE void pack_square(const float *w, size_t ld, size_t rows, size_t cols, float *y)
{
    vf r[SQUARE];
    UNROLL
    for (size_t i = 0; i < SQUARE; i++)
        r[i] = i < rows ? vf_load_n(w + i * ld, cols) : vf_set(0);
    vf_transpose(r);
    UNROLL
    for (size_t i = 0; i < SQUARE; i++)
        if (i < cols)
            vf_store(y + i * KN_PANEL, r[i]);
}

static void pack_half(const float *w, size_t ld, size_t rows, size_t k, float *y)
{
    size_t whole = rows >= SQUARE ? k / SQUARE * SQUARE : 0;
    for (size_t i = 0; i < whole; i += SQUARE)
        pack_square(w + i, ld, SQUARE, SQUARE, y + i * KN_PANEL);
    for (size_t i = whole; i < k; i += SQUARE)
        pack_square(w + i, ld, rows, k - i < SQUARE ? k - i : SQUARE, y + i * KN_PANEL);
}

void kn_pack_f32_avx512(const struct kn_pack *a)
{
    const float *w = a->w;
    float *y = a->y;
    for (size_t n = 0; n < a->n; n += KN_PANEL, w += KN_PANEL * a->k, y += KN_PANEL * a->k) {
        size_t rows = a->n - n;
        pack_half(w, a->k, rows, a->k, y);
        pack_half(rows > SQUARE ? w + SQUARE * a->k : w, a->k, rows > SQUARE ? rows - SQUARE : 0, a->k, y + SQUARE);
    }
}
