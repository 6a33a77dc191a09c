#define NAME      kn_rope_halves_computed_f32_ref
#define FIRST(i)  ((i))
#define SECOND(i) (half + (i))
#include "kernels/ref/rope_computed.inc"
