#include "kernels/avx512/vec.h"
#include "kernels/simd/row_f32.h"

#include <kn/ops.h>

static void attend_wide(const struct kn_attention *a);

#define NAME      attend_wide
#define NAME_WORK kn_attention_f32_avx512_work
enum { MR = 14, COLUMNS = 4 };
#include "kernels/simd/attention.inc"

#include "kernels/avx512/attention_narrow.h"

void kn_attention_f32_avx512(const struct kn_attention *a)
{
    (is_narrow(a) ? attend_narrow : attend_wide)(a);
}
