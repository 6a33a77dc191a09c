#include "framework/stats/dist.h"

#include "tests/framework/stats_check.h"

/* Expected values in this file: R 4.2.2, functions qnorm, pnorm, qt, pt, pbeta, pbinom, binom.test, printed with 17
 * digits. */

static void normal_quantiles_are_those_of_r(void **state)
{
    static const struct {
        double p, z;
    } table[] = {
        { 1e-300, -37.04709629936120052 }, { 1e-20, -9.26234008979840517 },    { 1e-5, -4.26489079392282555 },
        { 0.001, -3.09023230616781319 },   { 0.025, -1.95996398454005383 },    { 0.07, -1.47579102817917018 },
        { 0.08, -1.40507156030963221 },    { 0.3, -0.52440051270804067 },      { 0.5, 0 },
        { 0.6, 0.25334710313579978 },      { 0.925, 1.43953147093845590 },     { 0.95, 1.64485362695147153 },
        { 0.999, 3.09023230616781319 },    { 0.9999999, 5.19933758229066179 },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(table); i++)
        assert_near(tare_normal_quantile(table[i].p), table[i].z, 4e-16, i);
    assert_near(tare_normal_quantile(0), -INFINITY, 0, 0);
    assert_near(tare_normal_quantile(1), INFINITY, 0, 0);
    assert_true(isnan(tare_normal_quantile(-0.1)) && isnan(tare_normal_quantile(1.1)) &&
                isnan(tare_normal_quantile(NAN)));
}

static void normal_probabilities_are_those_of_r(void **state)
{
    static const struct {
        double z, p;
    } table[] = {
        { -10, 7.6198530241605269e-24 },  { -1.96, 2.4997895148220428e-02 },
        { -0.3, 3.8208857781104733e-01 }, { 0, 0.5 },
        { 1, 8.4134474606854293e-01 },    { 3, 9.9865010196836990e-01 },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(table); i++)
        assert_near(tare_normal_cdf(table[i].z), table[i].p, 1e-14, i);
}

static void normal_quantile_inverts_the_probability(void **state)
{
    (void)state;
    for (double z = -30; z <= 5; z += 0.37)
        assert_near(tare_normal_quantile(tare_normal_cdf(z)), z, 1e-9, 0);
}

static void student_quantiles_are_those_of_r(void **state)
{
    static const struct {
        double p, df, t;
    } table[] = {
        { 0.975, 1, 1.2706204736174694e+01 },   { 0.975, 2, 4.3026527297494619e+00 },
        { 0.025, 3, -3.1824463052837091 },      { 0.995, 4.5, 4.2728239930112917 },
        { 0.9, 10, 1.3721836411103356 },        { 0.75, 30, 0.68275569332129227 },
        { 0.999, 120, 3.1595387433171100 },     { 0.6, 1e6, 0.25334717053784167 },
        { 1e-10, 1, -3.1830988618379064e+09 },  { 1e-8, 5, -6.2404506110967276e+01 },
        { 0.975, 0.5, 1.6455767348049446e+02 },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(table); i++)
        assert_near(tare_student_quantile(table[i].p, table[i].df), table[i].t, 1e-11, i);
    assert_near(tare_student_quantile(0.5, 7), 0, 0, 0);
    assert_near(tare_student_quantile(1, 7), INFINITY, 0, 0);
    assert_near(tare_student_quantile(0.975, INFINITY), 1.95996398454005383, 1e-15, 0);
    assert_true(isnan(tare_student_quantile(0.9, 0)) && isnan(tare_student_quantile(NAN, 3)));
}

static void student_probabilities_are_those_of_r(void **state)
{
    static const struct {
        double t, df, p;
    } table[] = {
        { 2, 1, 0.85241638234956674 },
        { -3, 2.5, 0.036288047774515921 },
        { 0.1, 7, 0.53842597019760374 },
        { 10, 3, 0.99893580047079289 },
        { -40, 12, 1.9256147903860184e-14 },
        { 1.5, 1e5, 0.93319122023858470 },
        { -0.001, 4, 0.49962500007812499 },
        { 0, 3, 0.5 },
        { -INFINITY, 3, 0 },
        { INFINITY, 3, 1 },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(table); i++)
        assert_near(tare_student_cdf(table[i].t, table[i].df), table[i].p, 1e-12, i);
}

static void incomplete_beta_is_that_of_r(void **state)
{
    static const struct {
        double a, b, x, value;
    } table[] = {
        { 0.5, 0.5, 0.1, 0.20483276469913345 },
        { 2, 3, 0.4, 0.52480000000000004 },
        { 10, 2, 0.9, 0.69735688019999997 },
        { 0.01, 5, 0.001, 0.95279588000707727 },
        { 100, 200, 0.3, 0.10884306564490982 },
        { 5e5, 5e5 + 1, 0.5, 0.50039894218066583 },
        { 5e5, 5e5, 0.499, 0.022750050961631570 },
        { 1e6, 3, 0.999998, 0.67667533351428721 },
        { 30, 0.5, 0.7, 4.0772109946605480e-06 },
        { 1, 1, 0.25, 0.25 },
        { 3, 4, 0, 0 },
        { 3, 4, 1, 1 },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(table); i++)
        assert_near(tare_incomplete_beta(table[i].a, table[i].b, table[i].x), table[i].value, 2e-11, i);
    assert_true(isnan(tare_incomplete_beta(0, 1, 0.5)) && isnan(tare_incomplete_beta(1, 1, NAN)));
}

static void binomial_probabilities_are_those_of_r(void **state)
{
    static const struct {
        size_t k, n;
        double p, value;
    } table[] = {
        { 0, 5, 0.5, 0.03125 },
        { 3, 10, 0.5, 0.171875 },
        { 469, 1000, 0.5, 0.026838924822505078 },
        { 4, 1000, 0.001, 0.996363121970478272 },
        { 499000, 1000000, 0.5, 0.022804149932691052 },
        { 94, 100, 0.95, 0.384000872043860408 },
        { 0, 1000000, 1e-6, 0.367879257231645107 },
        { 500, 1000, 0.5, 0.512612509089180435 },
        { 7, 7, 0.3, 1 },
        { 0, 0, 0.3, 1 },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(table); i++)
        assert_near(tare_binomial_cdf(table[i].k, table[i].n, table[i].p), table[i].value, 2e-11, i);
}

static void binomial_probabilities_add_up_their_terms(void **state)
{
    (void)state;
    for (size_t n = 1; n <= 60; n += 7)
        for (double p = 0.07; p < 1; p += 0.31) {
            double term = pow(1 - p, (double)n), sum = 0; /* P(X = 0), then by the ratio of neighbours */
            for (size_t k = 0; k <= n; k++) {
                sum += term;
                assert_near(tare_binomial_cdf(k, n, p), sum, 1e-12, k);
                term *= (double)(n - k) / (double)(k + 1) * p / (1 - p);
            }
        }
}

static void proportion_intervals_are_those_of_r(void **state)
{
    static const struct {
        size_t k, n;
        double confidence, lo, hi;
    } table[] = {
        { 0, 150, 0.95, 0, 0.024292597166108543 },
        { 30, 30, 0.95, 0.88429669177797221, 1 },
        { 7, 20, 0.95, 0.15390920478454115, 0.59218853453282816 },
        { 1, 1000000, 0.99, 5.0125418109815012e-09, 7.4301056119785301e-06 },
        { 35, 54, 0.9, 0.52773183292193648, 0.75586877523374429 },
        { 15, 54, 0.95, 0.16455470627671315, 0.41643501183684617 },
        { 1000, 2000, 0.99, 0.47097940998242516, 0.52902059001757484 },
        { 0, 0, 0.95, 0, 1 },
        { 5, 9, 1, 0, 1 },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        double lo, hi;
        tare_proportion_interval(&lo, &hi, table[i].k, table[i].n, table[i].confidence);
        assert_near(lo, table[i].lo, 1e-10, i);
        assert_near(hi, table[i].hi, 1e-10, i);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(normal_quantiles_are_those_of_r),
    cmocka_unit_test(normal_probabilities_are_those_of_r),
    cmocka_unit_test(normal_quantile_inverts_the_probability),
    cmocka_unit_test(student_quantiles_are_those_of_r),
    cmocka_unit_test(student_probabilities_are_those_of_r),
    cmocka_unit_test(incomplete_beta_is_that_of_r),
    cmocka_unit_test(binomial_probabilities_are_those_of_r),
    cmocka_unit_test(binomial_probabilities_add_up_their_terms),
    cmocka_unit_test(proportion_intervals_are_those_of_r),
};

TARE_TEST_MAIN(tests)
