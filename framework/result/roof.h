/* The roofs of a machine, as measured, and how near to them a case comes: the roofline model (Williams, Waterman and
 * Patterson, 2009), with a bandwidth for each level of the memory. Pure functions of figures. */
#ifndef TARE_RESULT_ROOF_H
#define TARE_RESULT_ROOF_H

#include <stdbool.h>
#include <stddef.h>

#include "framework/stats/sample.h"

enum tare_roof_kind {
    TARE_ROOF_F32,  /* fused multiply-adds of float */
    TARE_ROOF_INT8, /* dot products of int8 in int32 */
    TARE_ROOF_READ, /* from here on bytes of a level of the memory, what is read and what is written together */
    TARE_ROOF_ADD,  /* two arrays read, one written */
    TARE_ROOF_COPY, /* one read, one written */
    TARE_ROOF_FILL, /* one written */
    TARE_ROOF_KINDS
};
extern const char *const tare_roof_names[TARE_ROOF_KINDS]; /* "f32", "int8", "read", "add", "copy", "fill" */

enum tare_level { TARE_LEVEL_NONE, TARE_LEVEL_L1, TARE_LEVEL_L2, TARE_LEVEL_L3, TARE_LEVEL_DRAM, TARE_LEVELS };
extern const char *const tare_level_names[TARE_LEVELS]; /* "", "L1", "L2", "L3", "DRAM" */

struct tare_roof {
    enum tare_roof_kind kind;
    enum tare_level level; /* NONE for arithmetic */
    int n_threads;
    char *variant; /* instruction set: "avx512" */
    double bytes;  /* that were walked through to meet the level; 0 for arithmetic */
    /* Operations or bytes a nanosecond (so G/s) that the fastest tenth of the samples reach: before the cases were
     * measured, and behind them. A value of NaN: not measured. */
    struct tare_interval first, last;
};

/* One level's caches: what one holds, how many there are; 0 where there are none. */
struct tare_roof_cache {
    double bytes;
    int count;
};

struct tare_roofs {
    struct tare_roof *items;
    size_t n, capacity;
    struct tare_roof_cache caches[3]; /* L1, L2, L3 */
    char *problem;                    /* why there are none, though cases need them; or NULL */
};

void tare_roofs_free(struct tare_roofs *r);
struct tare_roof *tare_roofs_find(const struct tare_roofs *r, enum tare_roof_kind kind, enum tare_level level,
                                  int n_threads); /* NULL when there is none */

/* The roof's height: the higher of the two; 0 where it was not measured. */
double tare_roof_rate(const struct tare_roof *r);

/* Which arithmetic bounds a case. */
enum tare_arithmetic { TARE_ARITHMETIC_NONE, TARE_ARITHMETIC_F32, TARE_ARITHMETIC_INT8, TARE_ARITHMETICS };

/* What one iteration of a case asks of the machine. */
struct tare_demand {
    double flops, bytes_read, bytes_written;
    enum tare_arithmetic arithmetic;
    int n_threads;      /* 0 = 1 */
    double working_set; /* bytes; 0: not said */
    bool cold;          /* the data come from memory, whatever their size */
};

/* A part of a demand, and the roof that it is held against. */
struct tare_need {
    enum tare_roof_kind kind;
    enum tare_level level;
    double amount; /* operations or bytes */
};
enum { TARE_MOST_NEEDS = 1 + 2 * (TARE_LEVELS - 1) };

/* What a demand needs: the arithmetic, and of one or two levels one or two mixes of reading and writing; bytes whose
 * working set is not said need nothing. Returns how many, 0 where nothing can be said: nothing is declared, or
 * operations are and not of which kind.
 *
 * A working set comes from the level that holds it; what `n_threads` caches hold together counts. Up to twice the size
 * of a level a part of it may stay there however it is walked through, so that only the rest, 2 (1 - size / working
 * set), is asked of the next one. Bytes are split so that mixes with a roof of their own make them up: reads and
 * writes in the ratios 1:0, 2:1, 1:1 and 0:1; below 2% writes are counted as reads. */
size_t tare_demand_needs(struct tare_need needs[TARE_MOST_NEEDS], const struct tare_demand *d,
                         const struct tare_roof_cache caches[3]);

/* The time that the machine needs at least, and what it waits for. */
struct tare_bound {
    double ns; /* 0: not known */
    enum tare_roof_kind kind;
    enum tare_level level;
    double arithmetic_ns, memory_ns; /* for the operations alone, and for the bytes alone; 0: none, or not known */
};

/* The longest of: the arithmetic, and the bytes of each level. ns = 0 where nothing is needed or a roof is missing: a
 * share of a roof that stands too high would be no share. */
struct tare_bound tare_roofs_bound(const struct tare_roofs *r, const struct tare_demand *d);

#endif
