/* What a kind of operation is, beside its kernels: one file a kind, one table of what it must know. */
#ifndef KERNELS_KINDS_KIND_H
#define KERNELS_KINDS_KIND_H

#include <kn/case.h>

#include <stdbool.h>

/* What the arguments of a call point to. */
struct kn_memory {
    const void *const *in; /* [c->n_in] */
    void *out;
    void *work;
    size_t step; /* bytes of work a thread */
};

/* Which of n_threads parts is wanted. */
struct kn_share {
    int thread, n_threads;
};

struct kn_kind_rules {
    /* Lays out inputs and output for c->dims; false for dimensions that make no sense or overflow. */
    bool (*make)(struct kn_case *c);
    void (*bind)(const struct kn_case *c, const struct kn_memory *at, union kn_args *args);
    /* The part of a call that falls to one thread; parts share no output. NULL: one thread does all. */
    void (*split)(const union kn_args *whole, const struct kn_share *s, enum kn_type type, union kn_args *part);
    /* How often the formula's operations (cost.c) are done. */
    double (*count)(const struct kn_case *c);
    struct kn_answer (*answer)(const struct kn_case *c);
};

#define KN_KIND(kind) extern const struct kn_kind_rules kn_kind_##kind;
KN_KINDS(KN_KIND)
#undef KN_KIND

const struct kn_kind_rules *kn_kind_rules(enum kn_kind kind);

/* Adds an input of rows x cols; false when the size overflows or a row is no whole number of blocks. */
bool kn_add_input(struct kn_case *c, const char *name, enum kn_type type, enum kn_fill fill, float scale, size_t rows,
                  size_t cols);
bool kn_set_output(struct kn_case *c, size_t rows, size_t cols);

/* The stretch of n things, in multiples of `grain`, that is one thread's. */
void kn_share_of(const struct kn_share *s, size_t n, size_t grain, size_t *begin, size_t *count);

/* What n roundings come to, in u of what they round (kernels/answer.c): of any signs, or of n positive terms. */
double kn_walk(size_t n);
double kn_walk_positive(size_t n);

/* How far two sums of n products of the first two inputs may lie apart. */
struct kn_answer kn_answer_products(const struct kn_case *c, size_t n);

#endif
