#include "kernels/avx512/vec.h"

#include <kn/ops.h>

#include <stdbool.h>

#include "kernels/simd/unroll.h"

enum { SQUARE = 16 };

/* The first n <= 16 words or halves of p as words, zeros behind; and the words back. Bits are moved, no numbers. */
KN_INLINE vf load_words(const char *p, size_t n)
{
    return vf_load_n((const float *)(const void *)p, n);
}
KN_INLINE void store_words(char *p, vf v)
{
    vf_store((float *)(void *)p, v);
}
KN_INLINE vf load_halves(const char *p, size_t n)
{
    return _mm512_castsi512_ps(_mm512_cvtepu16_epi32(_mm256_maskz_loadu_epi16(first(n), p)));
}
KN_INLINE void store_halves(char *p, vf v)
{
    _mm256_storeu_si256((__m256i *)(void *)p, _mm512_cvtepi32_epi16(_mm512_castps_si512(v)));
}

typedef vf load_fn(const char *p, size_t n);
typedef void store_fn(char *p, vf v);

/* Sixteen rows of w, `cols` <= 16 columns of them, to half a panel; of rows that lack, zeros. */
KN_INLINE void pack_square(load_fn load, store_fn store, const size_t size, const char *w, size_t row, size_t rows,
                           size_t cols, char *y)
{
    vf r[SQUARE];
    UNROLL
    for (size_t i = 0; i < SQUARE; i++)
        r[i] = i < rows ? load(w + i * row, cols) : vf_set(0);
    vf_transpose(r);
    UNROLL
    for (size_t i = 0; i < SQUARE; i++)
        if (i < cols)
            store(y + i * KN_PANEL * size, r[i]);
}

KN_INLINE void pack_half(load_fn load, store_fn store, const size_t size, const char *w, size_t rows, size_t k, char *y)
{
    size_t whole = rows >= SQUARE ? k / SQUARE * SQUARE : 0;
    for (size_t i = 0; i < whole; i += SQUARE)
        pack_square(load, store, size, w + i * size, k * size, SQUARE, SQUARE, y + i * KN_PANEL * size);
    for (size_t i = whole; i < k; i += SQUARE)
        pack_square(load, store, size, w + i * size, k * size, rows, k - i < SQUARE ? k - i : SQUARE,
                    y + i * KN_PANEL * size);
}

KN_INLINE void pack(load_fn load, store_fn store, const size_t size, const struct kn_pack *a)
{
    const char *w = a->w;
    char *y = a->y;
    for (size_t n = 0; n < a->n; n += KN_PANEL, w += KN_PANEL * a->k * size, y += KN_PANEL * a->k * size) {
        size_t rows = a->n - n, second = rows > SQUARE ? rows - SQUARE : 0;
        pack_half(load, store, size, w, rows, a->k, y);
        pack_half(load, store, size, second ? w + SQUARE * a->k * size : w, second, a->k, y + SQUARE * size);
    }
}

void kn_pack_f32_avx512(const struct kn_pack *a)
{
    pack(load_words, store_words, sizeof(uint32_t), a);
}
void kn_pack_f16_avx512(const struct kn_pack *a)
{
    pack(load_halves, store_halves, sizeof(uint16_t), a);
}
void kn_pack_bf16_avx512(const struct kn_pack *a)
{
    pack(load_halves, store_halves, sizeof(uint16_t), a);
}
