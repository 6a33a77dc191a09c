/* Panels element by element. */
#include <kn/ops.h>

/* As bits: a NaN stays the one it is. */
typedef uint32_t __attribute__((may_alias)) word;
typedef uint16_t __attribute__((may_alias)) half;

#define PACK(name, element)                                                                                            \
    void name(const struct kn_pack *a)                                                                                 \
    {                                                                                                                  \
        const element *w = a->w;                                                                                       \
        element *y = a->y;                                                                                             \
        for (size_t n = 0; n < a->n; n += KN_PANEL)                                                                    \
            for (size_t k = 0; k < a->k; k++)                                                                          \
                for (size_t i = n; i < n + KN_PANEL; i++)                                                              \
                    *y++ = i < a->n ? w[i * a->k + k] : 0;                                                             \
    }
PACK(kn_pack_f32_ref, word)
PACK(kn_pack_f16_ref, half)
PACK(kn_pack_bf16_ref, half)
