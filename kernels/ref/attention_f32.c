#define NAME      kn_attention_f32_ref
#define NAME_WORK kn_attention_f32_ref_work
#define TYPE      KN_TYPE_f32
#include "kernels/ref/attention.inc"
