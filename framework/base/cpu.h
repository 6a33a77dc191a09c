/* Instruction sets: what the processor and the operating system support, ordered weakest first. */
#ifndef TARE_BASE_CPU_H
#define TARE_BASE_CPU_H

#include <stdint.h>

/* One bit an instruction set level; a level's bit implies the features listed with it. */
enum tare_cpu_level {
    TARE_CPU_REF = 0,         /* plain C */
    TARE_CPU_AVX2 = 1 << 0,   /* AVX2, FMA, F16C */
    TARE_CPU_AVX512 = 1 << 1, /* AVX-512 F, BW, CD, DQ, VL */
    TARE_CPU_AVX512_VNNI = 1 << 2,
    TARE_CPU_NEON = 1 << 3,
    TARE_CPU_NEON_DOTPROD = 1 << 4,
};

/* What this machine can run (cpuid and xgetbv, or the auxiliary vector); the same at every call. */
unsigned tare_cpu_levels(void);

/* Name of one level: "ref", "avx2", "avx512", "avx512_vnni", "neon", "neon_dotprod". */
const char *tare_cpu_level_name(unsigned level);

/* Turns a --cpu-mask into the set of levels it leaves of `have`: the named level and all weaker ones of its family.
 * NULL leaves `have`. TARE_EUSAGE for an unknown name (the message lists the names) or a level that is not in `have`.
 */
int tare_cpu_mask(unsigned *levels, const char *mask, unsigned have);

/* The processor's name as it gives it ("AMD EPYC ..."), "" where it gives none. */
const char *tare_cpu_brand(void);

#endif
