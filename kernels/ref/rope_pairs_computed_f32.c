#define NAME      kn_rope_pairs_computed_f32_ref
#define FIRST(i)  (2 * (i))
#define SECOND(i) (2 * (i) + 1)
#include "kernels/ref/rope_computed.inc"
