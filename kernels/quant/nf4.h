/* The sixteen values of NF4, ascending. */
#ifndef KERNELS_QUANT_NF4_H
#define KERNELS_QUANT_NF4_H

extern const float kn_nf4_codes[16];

#endif
