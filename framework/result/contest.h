/* Variants of the same work measured side by side: what `tare compare --variants` fills and its reports print. */
#ifndef TARE_RESULT_CONTEST_H
#define TARE_RESULT_CONTEST_H

#include "framework/base/mem.h"
#include "framework/result/result.h"

#define TARE_CONTEST_SCHEMA "tare.contest/1"

/* How the first variant stands to another on one case. */
struct tare_rival {
    bool measured;              /* false: it does not have the case */
    struct tare_interval ratio; /* ln(its time / the first one's): above 0 the first is faster */
    enum tare_verdict
        verdict; /* of its time: REGRESSED where the first variant is faster, UNCHANGED where both are even */
    double q;    /* the false-discovery rate at which it counts as a difference */
};

struct tare_contest_case {
    char *group;   /* "kernels/matmul/f32" */
    char *name;    /* the params: "llama-1b.ffn_up/m=1/threads=1" */
    char *message; /* why it failed, or NULL */
    enum tare_quantity quantity;
    struct tare_interval time_ns; /* of the first variant: of the fastest sample of a block */
    struct tare_interval check;   /* the first variant against itself, ln */
    bool has_check;
    struct tare_rival *rivals; /* [n_rivals] */
    struct tare_rival best;    /* the first one against the fastest of the others */
};

struct tare_contest {
    const struct tare_run *run; /* machine, seed, margin, warnings; without results. Borrowed */
    char *first;
    char **rivals; /* [n_rivals] */
    size_t n_rivals;
    struct tare_contest_case *cases; /* [n_cases], those of a group together */
    size_t n_cases;
};

/* The word for how the first variant did: "faster", "slower", "even", "open"; "" where nothing was measured. */
const char *tare_rival_word(const struct tare_rival *r);

/* The fastest of the rivals. Its ratio is the least of theirs, and so are the bounds: where all their intervals hold,
 * so does this one. */
struct tare_rival tare_rivals_best(const struct tare_rival *rivals, size_t n);

/* Many cases together. */
struct tare_contest_sum {
    size_t cases;
    struct tare_interval mean; /* of the log-ratios: the geometric mean's logarithm */
    size_t won, even, lost, open;
};

/* Of the cases [from, to) against one rival, or with rival = n_rivals against the best of them. */
struct tare_contest_sum tare_contest_sum(const struct tare_contest *c, size_t from, size_t to, size_t rival);

/* One past the last case of the group that begins at `from`. */
size_t tare_contest_group(const struct tare_contest *c, size_t from);

void tare_contest_free(struct tare_contest *c); /* what it owns, not itself */

/* One document, schema "tare.contest/1" (docs/json.md). */
int tare_contest_to_json(struct tare_buf *out, const struct tare_contest *c);

#endif
