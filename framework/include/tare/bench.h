/*
 * The suite interface of Tare: everything a benchmark suite needs, and nothing of the framework.
 *
 * A suite is a shared object that exports one symbol, `tare_suite`, and links nothing of Tare. The runner loads it,
 * asks it to emit its cases, and measures each. Two builds of one suite can be loaded side by side, which is how a
 * change is measured against its baseline in turns.
 *
 * Life of a case in the worker process, once a visit:
 *     setup -> { reset -> run(iters) } ... -> teardown
 * `run` does the work of a case `loop->iters` times; only `run` is timed. All of it happens on one thread. Where builds
 * are compared, their answers are too: reset -> run(1) -> output(0), output(1) ...
 *
 * Every structure begins with its size, so that a suite built yesterday stays loadable when fields are added at the
 * end: a field that lies beyond `size` reads as zero. TARE_SUITE_ABI changes only when that is not enough.
 */
#ifndef TARE_BENCH_H
#define TARE_BENCH_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TARE_SUITE_ABI 1u

#if defined(__GNUC__) || defined(__clang__)
#define TARE_EXPORT            __attribute__((visibility("default")))
#define TARE_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#else
#error "tare/bench.h needs gcc or clang"
#endif

struct tare_host;
struct tare_case;

/* One axis of a case. In an id it reads `name=text`, or `name=num` where text is NULL, or the bare text where name is
 * NULL (`llama-1b.ffn_up`). */
struct tare_param {
    const char *name;
    int64_t num;
    const char *text;
};

enum tare_output_type {
    TARE_OUTPUT_F32 = 1,
    TARE_OUTPUT_F64,
    TARE_OUTPUT_F16,
    TARE_OUTPUT_BF16,
    TARE_OUTPUT_I8,
    TARE_OUTPUT_U8,
    TARE_OUTPUT_I16,
    TARE_OUTPUT_U16,
    TARE_OUTPUT_I32,
    TARE_OUTPUT_U32,
    TARE_OUTPUT_I64,
    TARE_OUTPUT_U64,
};

/* An array that `run` wrote. Where two builds of a case are measured in turns, both compute it from the same inputs,
 * and each element of the new one is held against the old one's. Their distance is told in ulp, and may be `bound`: as
 * a rule         in how many steps from number to number of the type one comes to the other; -0 is 0 with a `scale`
 * |new - old| in ulp of the scale, the step to the next number above it. For sums, whose terms may cancel: what is left
 * of them is no measure of their error. The scale is the size of the terms' sum, or what size a result usually has with
 * a `row`      likewise in ulp of the largest old magnitude among the `row` elements it stands with, for a scale that
 * is not known beforehand Integers differ by |new - old|. NaN is like NaN, infinity like the same infinity, and
 * infinitely far from all else. If a right result may be c u |y| off (u = half an ulp of 1), two right ones lie within
 * 2 c ulp, and within 2 c ulp of a scale s if it may be c u s off. */
struct tare_output {
    uint32_t size;    /* sizeof(struct tare_output) */
    uint32_t type;    /* enum tare_output_type */
    const char *name; /* "y"; NULL = by its number */
    const void *data; /* [count], until the next run, reset or teardown */
    size_t count;
    size_t row;   /* 0 = none */
    double scale; /* 0 = none */
    double bound; /* ulp; 0 = the same value, INFINITY = any: the distance is told and nothing else */
};

/* What one iteration does, declared by the suite; 0 = not declared. Rates in reports come from these figures. */
struct tare_work {
    double flops;         /* floating-point operations; an FMA counts as two */
    double bytes_read;    /* bytes the algorithm must read, each once */
    double bytes_written; /* bytes it must write, each once */
    double items;         /* anything countable: tokens, elements, requests */
};

struct tare_loop {
    uint32_t size;
    uint64_t iters; /* how often to do the work of the case; 1 where it tells a value */
    double *value;  /* where `tare_tell` puts it; NULL where the case is timed */
};

/* What a case measures; of everything less is better. */
enum tare_value {
    TARE_VALUE_TIME,  /* how long `run` takes; the others are found out by `run` itself, which tells them (tare_tell) */
    TARE_VALUE_NS,    /* a time in nanoseconds that is not all of run's: of a part of its work, a percentile */
    TARE_VALUE_BYTES, /* memory */
    TARE_VALUE_RATIO, /* a number without a unit */
};

enum tare_case_flags {
    TARE_CASE_CORE = 1u << 0,    /* in the default run; others need `--preset thorough` or a pattern that names them */
    TARE_CASE_COLD = 1u << 1,    /* its data come from memory at every iteration, however few they are */
    TARE_CASE_COUNTED = 1u << 2, /* an iteration is a whole repetition of something long: a preset promises how many of
                                    them there are at least, whatever they take */
};

/* The arithmetic whose peak on this machine bounds a case. */
enum tare_peak {
    TARE_PEAK_NONE, /* not said: with flops declared, the case has no roof */
    TARE_PEAK_F32,  /* fused multiply-adds of float, whatever the numbers are stored as */
    TARE_PEAK_INT8, /* dot products of 8-bit integers, summed in 32 bits */
};

struct tare_case {
    uint32_t size;       /* sizeof(struct tare_case) */
    uint32_t flags;      /* enum tare_case_flags */
    const char *group;   /* "matmul/q8_0" */
    const char *variant; /* "avx2_r4", or NULL */
    const struct tare_param *params;
    size_t n_params;
    struct tare_work work;
    const char *item_unit; /* what work.items counts: "tokens"; the throughput is then told in it, whatever else is
                              declared. NULL = "items" */
    const void *arg;       /* the suite's own; not copied, must outlive the suite */
    /* Prepares inputs. Returns 0 and sets *fixture, or returns what host->fail returned; teardown is then not called.
     */
    int (*setup)(void **fixture, const struct tare_case *c, const struct tare_host *host);
    void (*reset)(void *fixture); /* untimed, before every sample; NULL = nothing to reset */
    void (*run)(void *fixture, const struct tare_loop *loop);
    void (*teardown)(void *fixture); /* NULL = nothing the host does not release itself */
    /* Fills *out for output `index` (from 0) of the last run and returns 1, or returns 0 behind the last one. Called
     * after a reset and a run of one iteration, untimed. NULL = nothing to compare. */
    int (*output)(void *fixture, size_t index, struct tare_output *out);
    /* What bounds it: the share of the machine's roof comes from these and from `work`. Bytes are held against what the
     * level moves that holds the working set. */
    uint32_t peak;      /* enum tare_peak */
    uint32_t n_threads; /* how many it runs on; 0 = 1 */
    double working_set; /* bytes that one iteration touches, each once; 0 = not said: no roof of the memory */
    uint32_t value;     /* enum tare_value; other than TIME: `work` is not looked at */
};

/* What the runner lends to a suite. All pointers stay valid until the call that got them returns, except memory, which
 * is released after teardown. */
struct tare_host {
    uint32_t size;
    uint32_t abi;
    int n_threads;   /* how many threads a case may use, the calling one included; at least 1 */
    const int *cpus; /* [n_threads] the logical CPUs to run them on; cpus[0] is the calling thread's own; NULL = not
                        pinned */
    const char *cpu_mask; /* the strongest instruction set allowed ("avx2"), or NULL: all that the machine has */
    void *state;          /* the host's own */

    /* Hands one case to the runner, which copies it (the strings and params too, `arg` not). Only inside emit.
     * Returns 0, or a negative value to be returned from emit. */
    int (*add)(const struct tare_host *h, const struct tare_case *c);

    /* Records why something failed; the message goes to the user behind the id of the case. Returns -1. */
    int (*fail)(const struct tare_host *h, const char *fmt, ...) TARE_PRINTF(2, 3);

    /* Memory of the fixture alone: zeroed, aligned to 64 bytes, released by the host after teardown. NULL after
     * recording a failure. Only inside setup. */
    void *(*alloc)(const struct tare_host *h, size_t bytes);

    /* Memory whose contents are lost between samples: outputs and work areas. When two builds are measured in turns
     * both get the same memory, so that its address cannot favour one. Otherwise like alloc. */
    void *(*scratch)(const struct tare_host *h, size_t bytes);

    /* Read-only input of a name: the first who asks has it filled (`fill` writes all `bytes`), the others, another
     * build of the suite included, get the same memory. The key must name the content: kind, shape, seed. NULL after
     * recording a failure. Only inside setup. */
    const void *(*input)(const struct tare_host *h, const char *key, size_t bytes,
                         void (*fill)(void *dst, size_t bytes, const void *ctx), const void *ctx);
};

enum tare_suite_flags {
    TARE_SUITE_UNOPTIMISED = 1u << 0, /* built without optimisation: figures mean little */
    TARE_SUITE_SANITIZED = 1u << 1,   /* built with a sanitizer */
};

struct tare_suite {
    uint32_t size;
    uint32_t abi;         /* TARE_SUITE_ABI when the suite was built */
    uint32_t flags;       /* enum tare_suite_flags: TARE_BUILD_FLAGS */
    const char *compiler; /* TARE_BUILD_COMPILER */
    const char *options;  /* TARE_BUILD_OPTIONS: the compiler's options */
    const char *name;     /* first part of every id: "kernels" */
    const char *description;
    /* Emits the cases through host->add. Returns 0, or what host->add or host->fail returned. */
    int (*emit)(const struct tare_host *host);
};

/* The first fields of every suite (C++20: no TARE_EXPORT, and the others in order: name, description, emit):
 *     TARE_EXPORT const struct tare_suite tare_suite = { TARE_SUITE_HEAD, .name = "mine", .emit = emit }; */
#define TARE_SUITE_HEAD                                                                                                \
    .size = sizeof(struct tare_suite), .abi = TARE_SUITE_ABI, .flags = TARE_BUILD_FLAGS,                               \
    .compiler = TARE_BUILD_COMPILER, .options = TARE_BUILD_OPTIONS

extern TARE_EXPORT const struct tare_suite tare_suite;

#if defined(__OPTIMIZE__)
#define TARE_BUILD_OPT_FLAG 0u
#else
#define TARE_BUILD_OPT_FLAG TARE_SUITE_UNOPTIMISED
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define TARE_BUILD_SAN_FLAG TARE_SUITE_SANITIZED
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define TARE_BUILD_SAN_FLAG TARE_SUITE_SANITIZED
#endif
#endif
#ifndef TARE_BUILD_SAN_FLAG
#define TARE_BUILD_SAN_FLAG 0u
#endif
#define TARE_BUILD_FLAGS (TARE_BUILD_OPT_FLAG | TARE_BUILD_SAN_FLAG)

#if defined(__clang__)
#define TARE_BUILD_COMPILER "clang " __clang_version__
#else
#define TARE_BUILD_COMPILER "gcc " __VERSION__
#endif
#ifndef TARE_BUILD_OPTIONS /* tare_add_suite() in CMake defines it */
#define TARE_BUILD_OPTIONS ""
#endif

/* What `run` found out, where the case has a `value`: a finite number above 0, once a run. */
static inline __attribute__((always_inline, unused)) void tare_tell(const struct tare_loop *loop, double value)
{
    if (loop->size >= offsetof(struct tare_loop, value) + sizeof loop->value && loop->value)
        *loop->value = value;
}

/* ---- the barrier: what keeps the compiler from removing or moving the work of a case ---- */

#if defined(__x86_64__) || defined(__i386__)
#define TARE_FLOAT_REGISTER "x"
#elif defined(__aarch64__)
#define TARE_FLOAT_REGISTER "w"
#else
#define TARE_FLOAT_REGISTER "m"
#endif
#ifdef __cplusplus
#define TARE_AUTO auto
#else
#define TARE_AUTO __extension__ __auto_type
#endif
#define TARE_INLINE static inline __attribute__((always_inline))

/* Reads and writes a value as bits, whatever its type. */
typedef uint8_t __attribute__((may_alias)) tare_bits8;
typedef uint16_t __attribute__((may_alias)) tare_bits16;
typedef uint32_t __attribute__((may_alias)) tare_bits32;
typedef uint64_t __attribute__((may_alias)) tare_bits64;

/* Type classes of __builtin_classify_type: 1 to 5 are integers, characters, enumerations, booleans and pointers. */
#define TARE_CLASS_POINTER 5
#define TARE_CLASS_REAL    8

TARE_INLINE void tare_use_at(const void *v, int type_class, size_t size)
{
    int whole = type_class >= 1 && type_class <= TARE_CLASS_POINTER;
    if (type_class == TARE_CLASS_REAL && size == sizeof(float))
        __asm__ volatile("" : : TARE_FLOAT_REGISTER(*(const float *)v) : "memory");
    else if (type_class == TARE_CLASS_REAL && size == sizeof(double))
        __asm__ volatile("" : : TARE_FLOAT_REGISTER(*(const double *)v) : "memory");
    else if (whole && size == 1)
        __asm__ volatile("" : : "r"(*(const tare_bits8 *)v) : "memory");
    else if (whole && size == 2)
        __asm__ volatile("" : : "r"(*(const tare_bits16 *)v) : "memory");
    else if (whole && size == 4)
        __asm__ volatile("" : : "r"(*(const tare_bits32 *)v) : "memory");
    else if (whole && size == 8 && sizeof(void *) == 8)
        __asm__ volatile("" : : "r"(*(const tare_bits64 *)v) : "memory");
    else
        __asm__ volatile("" : : "r"(v) : "memory");
}

TARE_INLINE void tare_hide_at(void *v, int type_class, size_t size)
{
    int whole = type_class >= 1 && type_class <= TARE_CLASS_POINTER;
    if (type_class == TARE_CLASS_REAL && size == sizeof(float))
        __asm__ volatile("" : "+" TARE_FLOAT_REGISTER(*(float *)v) : : "memory");
    else if (type_class == TARE_CLASS_REAL && size == sizeof(double))
        __asm__ volatile("" : "+" TARE_FLOAT_REGISTER(*(double *)v) : : "memory");
    else if (whole && size == 1)
        __asm__ volatile("" : "+r"(*(tare_bits8 *)v) : : "memory");
    else if (whole && size == 2)
        __asm__ volatile("" : "+r"(*(tare_bits16 *)v) : : "memory");
    else if (whole && size == 4)
        __asm__ volatile("" : "+r"(*(tare_bits32 *)v) : : "memory");
    else if (whole && size == 8 && sizeof(void *) == 8)
        __asm__ volatile("" : "+r"(*(tare_bits64 *)v) : : "memory");
    else
        __asm__ volatile("" : : "r"(v) : "memory");
}

/* The compiler must produce the value, or what a pointer points at, and may not know what happens to it. Any type:
 * integers, pointers, float and double stay in a register; vectors and structures are written to the stack (give
 * the address of a large one). */
#define tare_use(value)                                                                                                \
    do {                                                                                                               \
        TARE_AUTO tare_value = (value);                                                                                \
        tare_use_at(&tare_value, __builtin_classify_type(tare_value), sizeof tare_value);                              \
    } while (0)

/* The compiler may no longer know what the variable holds, nor what memory holds: nothing before can be folded into
 * what comes after, and what depends on it cannot leave a loop. */
#define tare_hide(variable) tare_hide_at(&(variable), __builtin_classify_type(variable), sizeof(variable))

#ifdef __cplusplus
}
#endif

#endif
