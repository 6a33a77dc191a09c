#include "benches/roofs/roofs.h"

const struct roof_isa *const roof_isas[] = {
    &roof_isa_ref,
#if defined(__x86_64__)
    &roof_isa_avx2,
    &roof_isa_avx512,
    &roof_isa_avx512_vnni,
#endif
};
const size_t roof_n_isas = sizeof roof_isas / sizeof *roof_isas;
