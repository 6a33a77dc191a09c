/* Processors on which a branch that touches a 32-byte boundary costs time: Intel's "Mitigations for Jump Conditional
 * Code Erratum", November 2019. */
#ifndef TARE_PLATFORM_JCC_H
#define TARE_PLATFORM_JCC_H

#include <stdbool.h>

/* By the numbers of cpuid leaf 1, extended family and model included, of an Intel processor: the Skylake family up to
 * Comet Lake and Cascade Lake. */
bool tare_jcc_affects(unsigned family, unsigned model, unsigned stepping);

/* Whether this processor is one. */
bool tare_jcc_here(void);

#endif
