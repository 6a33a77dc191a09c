/* Whether two builds compute the same. The arms here are structures that hold what a build would write. */
#include "tests/harness.h"

#include <math.h>
#include <string.h>

#include "framework/base/error.h"
#include "framework/measure/answer.h"
#include "framework/measure/visit.h"

/* An arm: run copies `writes` to `data`, which is what output tells of. */
struct arm {
    struct tare_output o[2];
    size_t n;
    const void *writes;
    void *data;
    size_t bytes;
    int runs, resets;
    float add; /* to the first float at each run: an answer that does not repeat itself */
};

static void arm_reset(void *fixture)
{
    struct arm *a = fixture;
    a->resets++;
    memset(a->data, 0, a->bytes);
}

static void arm_run(void *fixture, const struct tare_loop *loop)
{
    struct arm *a = fixture;
    assert_int_equal(loop->iters, 1);
    assert_int_equal(a->runs + 1, a->resets);
    memcpy(a->data, a->writes, a->bytes);
    if (a->add != 0)
        *(float *)a->data += a->add * (float)a->runs;
    a->runs++;
}

static int arm_output(void *fixture, size_t index, struct tare_output *out)
{
    const struct arm *a = fixture;
    if (index >= a->n)
        return 0;
    *out = a->o[index];
    return 1;
}

static const struct tare_case arm_case = {
    .size = sizeof arm_case, .group = "g", .reset = arm_reset, .run = arm_run, .output = arm_output
};

/* All arms write to one memory, as those of a lab do. */
static _Alignas(64) char memory[4096];

static struct arm make_arm(struct tare_output o, const void *writes, size_t bytes)
{
    assert_true(bytes <= sizeof memory);
    o.size = sizeof o;
    o.data = memory;
    return (struct arm){ .o = { o }, .n = 1, .writes = writes, .data = memory, .bytes = bytes };
}

static int check_arms(struct tare_answer *answer, struct arm **arms, size_t n, size_t most_bytes, uint64_t seed)
{
    struct tare_fixture fixtures[3];
    struct tare_fixture *pointers[3];
    for (size_t i = 0; i < n; i++) {
        fixtures[i] = (struct tare_fixture){ .c = &arm_case, .data = arms[i], .ready = true };
        pointers[i] = &fixtures[i];
    }
    return tare_answer_check(answer, pointers, n, most_bytes, seed);
}

static struct tare_answer answer_of(struct arm *old, struct arm *new)
{
    struct tare_answer answer;
    struct arm *arms[] = { old, old, new };
    if (check_arms(&answer, arms, 3, 1 << 20, 0) != 0)
        fail_msg("%s", tare_error());
    return answer;
}

static float next(float x, int steps)
{
    for (; steps > 0; steps--)
        x = nextafterf(x, INFINITY);
    for (; steps < 0; steps++)
        x = nextafterf(x, -INFINITY);
    return x;
}

/* Distances by hand: IEEE 754 numbers in order, nextafterf(3) for the steps. */
static void floats_differ_by_the_numbers_between_them(void **state)
{
    (void)state;
    const float denormal = 1e-45f; /* the least: one step from 0 */
    const struct {
        float old, new;
        double ulp;
    } table[] = {
        { 1, 1, 0 },
        { 0.0f, -0.0f, 0 },
        { 1, next(1, 1), 1 },
        { 1, next(1, -3), 3 },
        { -1, next(-1, 7), 7 },
        { denormal, -denormal, 2 },
        { 0, denormal, 1 },
        { 1, 2, 1 << 23 },
        { 1, -1, 2.0 * 127 * (1 << 23) },
        { NAN, NAN, 0 },
        { NAN, -NAN, 0 },
        { NAN, 1, INFINITY },
        { 1, NAN, INFINITY },
        { INFINITY, INFINITY, 0 },
        { INFINITY, -INFINITY, INFINITY },
        { INFINITY, 3.4028234e38f, INFINITY },
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        float a[2] = { 5, table[i].old }, b[2] = { 5, table[i].new };
        const struct tare_output o = { .type = TARE_OUTPUT_F32, .name = "y", .count = 2, .bound = 4 };
        struct arm old = make_arm(o, a, sizeof a), new = make_arm(o, b, sizeof b);
        struct tare_answer answer = answer_of(&old, &new);
        assert_true(answer.compared && !answer.unsteady);
        if (answer.ulp != table[i].ulp)
            fail_msg("%a and %a: %g ulp, not %g", (double)a[1], (double)b[1], answer.ulp, table[i].ulp);
        assert_int_equal(tare_answer_wrong(&answer), table[i].ulp > 4);
        assert_int_equal(old.runs, 2);
        assert_int_equal(new.runs, 1);
    }
}

/* One step of each format: the least bit of the pattern. */
static void every_type_counts_its_own_steps(void **state)
{
    (void)state;
    static const struct {
        enum tare_output_type type;
        size_t bytes;
        uint64_t old, new;
        double ulp;
        const char *what;
    } table[] = {
        { TARE_OUTPUT_F64, 8, 0x3ff0000000000000, 0x3ff0000000000003, 3, "y[0] was 1 and is 1.0000000000000007" },
        { TARE_OUTPUT_F64, 8, 0x8000000000000001, 0x0000000000000001, 2, NULL },
        { TARE_OUTPUT_F16, 2, 0x3c00, 0x3c01, 1, "y[0] was 1 and is 1.00097656" },
        { TARE_OUTPUT_F16, 2, 0x7c00, 0x7bff, INFINITY, "y[0] was infinity and is 65504" },
        { TARE_OUTPUT_F16, 2, 0x0001, 0x8000, 1, NULL },
        { TARE_OUTPUT_BF16, 2, 0xbf80, 0xbf82, 2, "y[0] was -1 and is -1.015625" },
        { TARE_OUTPUT_BF16, 2, 0x7fc0, 0x0000, INFINITY, "y[0] was NaN and is 0" },
        { TARE_OUTPUT_I8, 1, 0x80, 0x7f, 255, "y[0] was -128 and is 127" },
        { TARE_OUTPUT_U8, 1, 0x80, 0x7f, 1, "y[0] was 128 and is 127" },
        { TARE_OUTPUT_I16, 2, 0xffff, 0x0001, 2, NULL },
        { TARE_OUTPUT_U16, 2, 0xffff, 0x0001, 65534, NULL },
        { TARE_OUTPUT_I32, 4, 0x80000000, 0x7fffffff, 4294967295.0, NULL },
        { TARE_OUTPUT_U32, 4, 0x80000000, 0x7fffffff, 1, NULL },
        { TARE_OUTPUT_I64, 8, 0x8000000000000000, 0x7fffffffffffffff, 18446744073709551615.0, NULL },
        { TARE_OUTPUT_U64, 8, 1, 0, 1, NULL },
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        const struct tare_output o = { .type = table[i].type, .name = "y", .count = 1 };
        struct arm old = make_arm(o, &table[i].old, table[i].bytes), new = make_arm(o, &table[i].new, table[i].bytes);
        struct tare_answer answer = answer_of(&old, &new);
        if (answer.ulp != table[i].ulp || (table[i].what && strcmp(answer.what, table[i].what) != 0))
            fail_msg("case %zu: %g ulp, '%s'", i, answer.ulp, answer.what);
        assert_true(tare_answer_wrong(&answer)); /* the bound is 0 */
    }
}

static void sums_that_cancel_are_told_in_ulp_of_their_scale_or_row(void **state)
{
    (void)state;
    float a[6] = { 1e-7f, 3, -2, 1e-7f, 300, -200 }, b[6];
    memcpy(b, a, sizeof b);
    b[0] = 1e-7f + 0x1p-22f; /* an ulp of 2 */
    b[3] = 1e-7f + 0x1p-15f; /* an ulp of 256 */
    const struct {
        struct tare_output o;
        double ulp;
        bool wrong;
    } table[] = {
        { { .bound = 4 }, 0, true }, /* millions */
        { { .scale = 2, .bound = 129 }, 128, false },
        { { .scale = 300, .bound = 1.01 }, 1, false },
        { { .row = 3, .bound = 1.01 }, 1, false },
        { { .row = 6, .bound = 0.5 }, 1, true },
        { { .row = 6, .bound = INFINITY }, 1, false },
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct tare_output o = table[i].o;
        o.type = TARE_OUTPUT_F32;
        o.count = 6;
        struct arm old = make_arm(o, a, sizeof a), new = make_arm(o, b, sizeof b);
        struct tare_answer answer = answer_of(&old, &new);
        if (tare_answer_wrong(&answer) != table[i].wrong ||
            (table[i].ulp > 0 && fabs(answer.ulp - table[i].ulp) > 0.01))
            fail_msg("case %zu: %g ulp, '%s'", i, answer.ulp, answer.what);
        assert_non_null(strstr(answer.what, "output 0["));
    }
}

static void another_shape_is_infinitely_far(void **state)
{
    (void)state;
    float x[4] = { 1, 2, 3, 4 };
    const struct tare_output o = { .type = TARE_OUTPUT_F32, .name = "y", .count = 4, .bound = 4 };
    const struct tare_output others[] = {
        { .type = TARE_OUTPUT_F32, .name = "y", .count = 3, .bound = 4 },
        { .type = TARE_OUTPUT_I32, .name = "y", .count = 4, .bound = 4 },
    };
    for (size_t i = 0; i < 2; i++) {
        struct arm old = make_arm(o, x, sizeof x), new = make_arm(others[i], x, sizeof x);
        struct tare_answer answer = answer_of(&old, &new);
        assert_true(isinf(answer.ulp) && tare_answer_wrong(&answer));
        assert_non_null(strstr(answer.what, "y had 4 elements"));
    }
    struct arm old = make_arm(o, x, sizeof x), new = make_arm(o, x, sizeof x);
    new.n = 0;
    struct tare_answer answer = answer_of(&old, &new);
    assert_true(tare_answer_wrong(&answer));
    assert_non_null(strstr(answer.what, "no longer there"));
}

static void of_several_outputs_the_worst_against_its_bound_is_told(void **state)
{
    (void)state;
    float a[2] = { 1, 1 }, b[2] = { next(1, 90), next(1, 3) };
    struct tare_output o = { .type = TARE_OUTPUT_F32, .name = "loose", .count = 1, .bound = 100 };
    struct arm old = make_arm(o, a, sizeof a), new = make_arm(o, b, sizeof b);
    struct arm *both[] = { &old, &new };
    for (size_t i = 0; i < 2; i++) {
        both[i]->n = 2;
        both[i]->o[1] = both[i]->o[0];
        both[i]->o[1].name = "tight";
        both[i]->o[1].data = memory + sizeof(float);
        both[i]->o[1].bound = 2;
    }
    struct tare_answer answer = answer_of(&old, &new);
    assert_true(tare_answer_wrong(&answer));
    assert_true(answer.ulp == 3 && answer.bound == 2);
    assert_non_null(strstr(answer.what, "tight[0]"));
}

static void an_answer_that_does_not_repeat_itself_is_not_compared(void **state)
{
    (void)state;
    float a[1] = { 1 }, b[1] = { 1 };
    const struct tare_output o = { .type = TARE_OUTPUT_F32, .name = "y", .count = 1, .bound = 4 };
    struct arm old = make_arm(o, a, sizeof a), new = make_arm(o, b, sizeof b);
    old.add = 0.5f;
    struct tare_answer answer = answer_of(&old, &new);
    assert_true(!answer.compared && answer.unsteady && !tare_answer_wrong(&answer));
    struct tare_answer wrong = { .compared = true, .ulp = INFINITY };
    tare_answer_add(&wrong, &answer);
    assert_true(wrong.unsteady);
}

static void nothing_runs_where_an_arm_declares_no_outputs(void **state)
{
    (void)state;
    static const struct tare_case silent = { .size = sizeof silent, .group = "g", .reset = arm_reset, .run = arm_run };
    float x[1] = { 1 };
    struct arm old = make_arm((struct tare_output){ .type = TARE_OUTPUT_F32, .count = 1 }, x, sizeof x), new = old;
    struct tare_fixture f[2] = { { .c = &arm_case, .data = &old }, { .c = &silent, .data = &new } };
    struct tare_fixture *arms[2] = { &f[0], &f[1] };
    struct tare_answer answer;
    assert_int_equal(tare_answer_check(&answer, arms, 2, 1 << 20, 0), 0);
    assert_false(answer.compared);
    assert_int_equal(old.runs + new.runs, 0);
}

/* 1,000 floats, 1,000 bytes for the copy: a part is looked at, another one with another seed, and an error anywhere is
 * found within as many looks as there are parts. */
static void large_outputs_are_looked_at_in_parts(void **state)
{
    (void)state;
    float a[1000] = { 0 }, b[1000] = { 0 };
    b[777] = 1;
    const struct tare_output o = { .type = TARE_OUTPUT_F32, .name = "y", .count = 1000, .bound = 4 };
    size_t found = 0;
    for (uint64_t seed = 0; seed < 5; seed++) {
        struct tare_answer answer;
        struct arm old = make_arm(o, a, sizeof a), new = make_arm(o, b, sizeof b);
        struct arm *arms[] = { &old, &new };
        assert_int_equal(check_arms(&answer, arms, 2, 1000, seed), 0);
        assert_true(answer.compared);
        if (tare_answer_wrong(&answer)) {
            found++;
            assert_non_null(strstr(answer.what, "y[777] was 0 and is 1"));
            assert_non_null(strstr(answer.what, "one element in 5 was looked at"));
        }
    }
    assert_int_equal(found, 1);
}

static void outputs_that_make_no_sense_are_refused(void **state)
{
    (void)state;
    static const struct {
        struct tare_output o;
        const char *message;
    } table[] = {
        { { .size = 4, .type = TARE_OUTPUT_F32 }, ".size" },
        { { .size = sizeof(struct tare_output), .type = 0 }, "no type" },
        { { .size = sizeof(struct tare_output), .type = 99 }, "no type" },
        { { .size = sizeof(struct tare_output), .type = TARE_OUTPUT_F32, .count = 1 }, "NULL" },
        { { .size = sizeof(struct tare_output), .type = TARE_OUTPUT_F32, .bound = -1 }, "negative" },
        { { .size = sizeof(struct tare_output), .type = TARE_OUTPUT_F32, .scale = NAN }, "not a number" },
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct tare_answer answer;
        struct arm arm = { .o = { table[i].o }, .n = 1, .writes = memory, .data = memory };
        struct arm *arms[] = { &arm, &arm };
        assert_int_equal(check_arms(&answer, arms, 2, 1 << 20, 0), TARE_EUSAGE);
        if (!strstr(tare_error(), table[i].message))
            fail_msg("case %zu: %s", i, tare_error());
    }
}

/* ---- with a lab ---- */

struct lazy {
    float *y;
    bool writes;
};

static int lazy_setup(void **fixture, const struct tare_case *c, const struct tare_host *host)
{
    struct lazy *f = host->alloc(host, sizeof *f);
    f->y = host->scratch(host, 2 * sizeof(float));
    f->writes = c->arg == NULL;
    *fixture = f;
    return 0;
}

static void lazy_run(void *fixture, const struct tare_loop *loop)
{
    (void)loop;
    struct lazy *f = fixture;
    f->y[0] = 1;
    if (f->writes)
        f->y[1] = 2;
}

static int lazy_output(void *fixture, size_t index, struct tare_output *out)
{
    const struct lazy *f = fixture;
    *out = (struct tare_output){
        .size = sizeof *out, .type = TARE_OUTPUT_F32, .name = "y", .data = f->y, .count = 2, .bound = 4
    };
    return index == 0;
}

static void what_an_arm_leaves_unwritten_is_not_taken_from_the_other(void **state)
{
    (void)state;
    const struct tare_case c[2] = {
        { .size = sizeof *c, .group = "g", .setup = lazy_setup, .run = lazy_run, .output = lazy_output },
        { .size = sizeof *c, .group = "g", .setup = lazy_setup, .run = lazy_run, .output = lazy_output, .arg = c },
    };
    struct tare_lab *lab;
    const struct tare_case *arms[3] = { &c[0], &c[0], &c[1] };
    assert_int_equal(tare_lab_create(&lab, &(struct tare_lab_options){ .n_threads = 1 }), 0);
    const struct tare_visit_plan plan = {
        .budget_ns = 1e5, .sample_ns = 1e4, .max_samples = 4, .cpu = -1, .answer_bytes = 1 << 20
    };
    struct tare_visit v;
    assert_int_equal(tare_visit_run(&v, lab, arms, 3, &plan), 0);
    assert_true(tare_answer_wrong(&v.answer));
    assert_non_null(strstr(v.answer.what, "y[1] was 2 and is NaN"));
    assert_true(v.n > 0); /* it is measured all the same */
    tare_visit_free(&v);
    tare_lab_free(lab);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(floats_differ_by_the_numbers_between_them),
    cmocka_unit_test(every_type_counts_its_own_steps),
    cmocka_unit_test(sums_that_cancel_are_told_in_ulp_of_their_scale_or_row),
    cmocka_unit_test(another_shape_is_infinitely_far),
    cmocka_unit_test(of_several_outputs_the_worst_against_its_bound_is_told),
    cmocka_unit_test(an_answer_that_does_not_repeat_itself_is_not_compared),
    cmocka_unit_test(nothing_runs_where_an_arm_declares_no_outputs),
    cmocka_unit_test(large_outputs_are_looked_at_in_parts),
    cmocka_unit_test(outputs_that_make_no_sense_are_refused),
    cmocka_unit_test(what_an_arm_leaves_unwritten_is_not_taken_from_the_other),
};

TARE_TEST_MAIN(tests)
