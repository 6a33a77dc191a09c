/* RoPE with its own angles: every position, base and length of head within the bound of kn/ops.h, in every variant. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "framework/base/cpu.h"
#include "framework/base/rng.h"
#include "tests/harness.h"
#include "tests/kernels/trial.h"

enum { HEADS = 2, MOST_DIM = 514, FLOATS = HEADS * MOST_DIM };

static const enum kn_op ops[] = { KN_OP_rope_pairs_computed, KN_OP_rope_halves_computed };

/* One token. */
struct turn {
    enum kn_op op;
    size_t dim;
    uint32_t position;
    float base;
    float x[FLOATS], y[FLOATS];
};

static void run(const struct kn_kernel *k, struct turn *t)
{
    struct kn_dims d = { 1, HEADS, t->dim };
    void *work = aligned_alloc(64, kn_work_bytes(k, &d, 1) + 64);
    assert_non_null(work);
    union kn_args args = { .rope_computed = { t->x, t->y, 1, HEADS, t->dim, t->position, t->base, work,
                                              kn_work_bytes(k, &d, 1) } };
    kn_call(k, &args);
    free(work);
}

static void check_place(const struct kn_kernel *k, const struct turn *t, size_t i)
{
    size_t half = t->dim / 2;
    bool pairs = t->op == KN_OP_rope_pairs_computed, is_ref = strcmp(k->variant, "ref") == 0;
    long double angle = (long double)t->position * powl((long double)t->base, -(long double)i / (long double)half);
    long double c = cosl(angle), s = sinl(angle), moved = (long double)t->position + 1;
    for (size_t h = 0; h < HEADS; h++) {
        size_t first = h * t->dim + (pairs ? 2 * i : i), second = first + (pairs ? 1 : half);
        long double p = t->x[first], q = t->x[second], size = fabsl(p) + fabsl(q);
        long double want[2] = { p * c - q * s, q * c + p * s }, got[2] = { t->y[first], t->y[second] };
        for (size_t j = 0; j < 2; j++) {
            long double bound = is_ref ? 0x1p-24L * fabsl(want[j]) + 0x1p-50L * moved * size + 0x1p-60L
                                       : (5 * 0x1p-24L + 0x1p-48L * moved) * size;
            if (!(fabsl(got[j] - want[j]) <= bound))
                fail_msg("%s %s: position %u, base %g, %zu: place %zu is %La, not %La", kn_op_name(t->op), k->variant,
                         t->position, (double)t->base, t->dim, i, got[j], want[j]);
        }
    }
}

static void check(struct turn *t)
{
    size_t n;
    const struct kn_kernel *all = kn_kernels(&n);
    for (size_t v = 0; v < n; v++) {
        if (all[v].op != t->op || !kn_allowed(&all[v], tare_cpu_levels()))
            continue;
        run(&all[v], t);
        for (size_t i = 0; i < t->dim / 2; i++)
            check_place(&all[v], t, i);
    }
}

static void fill(struct turn *t)
{
    struct tare_rng rng;
    tare_rng_seed(&rng, t->position + t->dim);
    for (size_t i = 0; i < FLOATS; i++)
        t->x[i] = (float)(int32_t)tare_rng_u64(&rng) * 0x1p-31f;
}

static void any_position_and_base_stays_within_the_bound(void **state)
{
    (void)state;
    static const uint32_t positions[] = { 0, 1, 2, 63, 4096, 65535, 131071, 131072, 1048575, (1u << 24) - 1 };
    static const float bases[] = { 1000, 10000, 500000, 1e6f };
    static const size_t dims[] = { 2, 6, 64, 128, MOST_DIM };
    struct turn t;
    for (size_t o = 0; o < 2; o++)
        for (size_t p = 0; p < sizeof positions / sizeof *positions; p++)
            for (size_t b = 0; b < sizeof bases / sizeof *bases; b++)
                for (size_t d = 0; d < sizeof dims / sizeof *dims; d++) {
                    t.op = ops[o];
                    t.position = positions[p];
                    t.base = bases[b];
                    t.dim = dims[d];
                    fill(&t);
                    check(&t);
                }
}

/* With one place a head the angle is the position in radians: every eighth of a turn, and the edges between. */
static void every_part_of_a_turn_is_met(void **state)
{
    (void)state;
    struct turn t = { .dim = 2, .base = 10000 };
    for (size_t o = 0; o < 2; o++)
        for (t.op = ops[o], t.position = 0; t.position < 3000; t.position++) {
            fill(&t);
            check(&t);
        }
}

/* Position 0 turns nothing. */
static void the_first_position_is_left_as_it_is(void **state)
{
    (void)state;
    struct turn t = { .dim = 64, .base = 10000 };
    size_t n;
    const struct kn_kernel *all = kn_kernels(&n);
    fill(&t);
    for (size_t v = 0; v < n; v++)
        if ((all[v].op == ops[0] || all[v].op == ops[1]) && kn_allowed(&all[v], tare_cpu_levels())) {
            t.op = all[v].op;
            run(&all[v], &t);
            assert_memory_equal(t.y, t.x, HEADS * t.dim * sizeof(float));
        }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(any_position_and_base_stays_within_the_bound),
    cmocka_unit_test(every_part_of_a_turn_is_met),
    cmocka_unit_test(the_first_position_is_left_as_it_is),
};

TARE_TEST_MAIN(tests)
