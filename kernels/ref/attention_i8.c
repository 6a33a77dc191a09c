#define NAME      kn_attention_i8_ref
#define NAME_WORK kn_attention_i8_ref_work
#define TYPE      KN_TYPE_i8
#include "kernels/ref/attention.inc"
