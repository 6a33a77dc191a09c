/* What bounds a kernel: the arithmetic it may be done in at the best, and where its data lie. */
#include "benches/kernels/fixture.h"

/* By what is stored: blocks of integers meet int8 activations, the others are widened to float. */
static const uint32_t peaks[KN_N_TYPES] = {
    [KN_TYPE_f32] = TARE_PEAK_F32,   [KN_TYPE_f16] = TARE_PEAK_F32,   [KN_TYPE_bf16] = TARE_PEAK_F32,
    [KN_TYPE_nf4] = TARE_PEAK_F32,   [KN_TYPE_i8] = TARE_PEAK_INT8,   [KN_TYPE_q8_0] = TARE_PEAK_INT8,
    [KN_TYPE_q4_0] = TARE_PEAK_INT8, [KN_TYPE_q4_1] = TARE_PEAK_INT8, [KN_TYPE_q5_0] = TARE_PEAK_INT8,
    [KN_TYPE_q5_1] = TARE_PEAK_INT8, [KN_TYPE_q2_k] = TARE_PEAK_INT8, [KN_TYPE_q3_k] = TARE_PEAK_INT8,
    [KN_TYPE_q4_k] = TARE_PEAK_INT8, [KN_TYPE_q5_k] = TARE_PEAK_INT8, [KN_TYPE_q6_k] = TARE_PEAK_INT8,
};

void bench_roof(struct tare_case *c, const struct bench *b)
{
    c->peak = peaks[b->type];
    c->n_threads = (uint32_t)b->n_threads;
    c->working_set = c->work.bytes_read + (b->in_place ? 0 : c->work.bytes_written);
}
