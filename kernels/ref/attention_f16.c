#define NAME      kn_attention_f16_ref
#define NAME_WORK kn_attention_f16_ref_work
#define TYPE      KN_TYPE_f16
#include "kernels/ref/attention.inc"
