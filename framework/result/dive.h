/* What `tare dive` found out about one case. */
#ifndef TARE_RESULT_DIVE_H
#define TARE_RESULT_DIVE_H

#include "framework/base/mem.h"
#include "framework/result/result.h"

#define TARE_DIVE_SCHEMA "tare.dive/1"

/* How instruction pointers were sampled. */
enum tare_sampling {
    TARE_SAMPLING_NONE,
    TARE_SAMPLING_CLOCK, /* the kernel's clock event, on all threads of the process */
    TARE_SAMPLING_TIMER, /* a timer signal on the thread that measures */
};
#define TARE_SAMPLINGS 3
extern const char *const tare_sampling_names[TARE_SAMPLINGS]; /* "none", "clock event", "timer signal" */

/* How a branch lies to the 32-byte boundaries of its file, which are those of memory. */
enum tare_boundary { TARE_BOUNDARY_CLEAR, TARE_BOUNDARY_CROSSES, TARE_BOUNDARY_ENDS };
#define TARE_BOUNDARIES 3
extern const char *const tare_boundary_names[TARE_BOUNDARIES]; /* "", "crosses", "ends on" */

struct tare_hot_function {
    char *name;   /* "?" where the file has no symbol for it */
    char *object; /* the library's path; NULL: the suite itself */
    uint64_t address, size, samples;
};

struct tare_instruction {
    uint64_t address; /* in the file */
    unsigned bytes;
    char *text; /* as disassembled: "vfmadd231ps %zmm1,%zmm2,%zmm3" */
    uint64_t samples;
    bool fused;                  /* a jump that the processor makes one with the comparison before it */
    enum tare_boundary boundary; /* of a branch, the comparison it is fused with included */
};

struct tare_code {
    struct tare_instruction *items; /* [n] by address */
    size_t n, capacity;
    size_t loop_begin, loop_end; /* the hottest loop, [begin, end); equal: none holds most samples */
};

struct tare_hot {
    enum tare_sampling method;
    char *note; /* why it is not the clock event, or why there are no samples; NULL */
    double period_ns;
    uint64_t samples, lost;
    struct tare_hot_function *functions; /* [n] hottest first */
    size_t n_functions, capacity;
    struct tare_code code; /* of the first function that is the suite's */
    size_t code_of;        /* its index in functions; n_functions: none */
    char *problem;         /* why there is no code, or NULL */
    bool slow_here;        /* this processor is one on which a branch at a boundary costs time */
};

/* An event, counted on the thread that measures. Plain data: it travels between processes as it is. */
enum { TARE_MOST_COUNTS = 40 };
struct tare_count {
    char name[56];
    double value;      /* an iteration; NaN: not counted */
    double coverage;   /* share of the time that it had a counter; the value is scaled by it */
    char why_not[320]; /* of one that was not counted */
};

/* Shares of the pipeline's slots (top-down analysis, level 1). */
struct tare_slots {
    bool known;
    double frontend, bad_speculation, retiring, backend;
};

struct tare_counts {
    struct tare_count items[TARE_MOST_COUNTS]; /* [n] */
    size_t n;
    struct tare_slots slots;
};

const struct tare_count *tare_count_find(const struct tare_counts *c, const char *name); /* NULL unless counted */

/* Instructions that an iteration executes, as valgrind counts them. */
struct tare_executed {
    bool asked;
    double value;
    char *id;      /* the case that was counted: another variant where valgrind hides the instruction set; NULL: none */
    char *levels;  /* the instruction sets that valgrind lets the code see: "avx2" */
    char *problem; /* why nothing was counted */
};

struct tare_dive {
    const struct tare_result *result; /* time and declared work; borrowed from the run */
    bool looked;                      /* `hot` and `counts` are filled */
    struct tare_hot hot;
    struct tare_counts counts;
    struct tare_executed executed;
};

void tare_dive_free(struct tare_dive *d); /* what it owns */
void tare_code_free(struct tare_code *c); /* likewise */

/* Samples in a range of instructions. */
uint64_t tare_code_samples(const struct tare_code *c, size_t begin, size_t end);

/* Declared work over the median time: 0 where nothing is declared or measured. */
double tare_dive_gflops(const struct tare_result *r); /* GFLOP/s */
double tare_dive_gbytes(const struct tare_result *r); /* GB/s, read and written */

/* Declared operations a byte of memory, FLOP/byte; 0 where either is not declared. */
double tare_dive_intensity(const struct tare_result *r);

/* The document for `--format json`. TARE_ENOMEM; TARE_EPARSE for a number that JSON can't hold. */
int tare_dive_document(struct tare_buf *out, const struct tare_dive *d, const struct tare_run *run);

#endif
