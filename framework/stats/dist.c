#include "framework/stats/dist.h"

#include <math.h>
#include <stdbool.h>

#include "framework/stats/bisect.h"

double tare_normal_cdf(double z)
{
    return 0.5 * erfc(-z * M_SQRT1_2);
}

/* Two polynomials of degree 7, lowest power first. */
struct rational {
    double num[8], den[8];
};

static double rational_value(const struct rational *r, double x)
{
    double num = r->num[7], den = r->den[7];
    for (int i = 6; i >= 0; i--) {
        num = num * x + r->num[i];
        den = den * x + r->den[i];
    }
    return num / den;
}

/* Wichura, Algorithm AS 241, PPND16: |p - 0.5| <= 0.425, then r = sqrt(-ln tail) up to 5, then beyond. */
static const struct rational normal_centre = {
    { 3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3, 1.3731693765509461125e4,
      4.5921953931549871457e4, 6.7265770927008700853e4, 3.3430575583588128105e4, 2.5090809287301226727e3 },
    { 1.0, 4.2313330701600911252e1, 6.8718700749205790830e2, 5.3941960214247511077e3, 2.1213794301586595867e4,
      3.9307895800092710610e4, 2.8729085735721942674e4, 5.2264952788528545610e3 },
};
static const struct rational normal_flank = {
    { 1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0, 3.64784832476320460504e0,
      1.27045825245236838258e0, 2.41780725177450611770e-1, 2.27238449892691845833e-2, 7.74545014278341407640e-4 },
    { 1.0, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1, 1.48103976427480074590e-1,
      1.51986665636164571966e-2, 5.47593808499534494600e-4, 1.05075007164441684324e-9 },
};
static const struct rational normal_tail = {
    { 6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0, 2.96560571828504891230e-1,
      2.65321895265761230930e-2, 1.24266094738807843860e-3, 2.71155556874348757815e-5, 2.01033439929228813265e-7 },
    { 1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2, 7.86869131145613259100e-4,
      1.84631831751005468180e-5, 1.42151175831644588870e-7, 2.04426310338993978564e-15 },
};

double tare_normal_quantile(double p)
{
    if (!(p > 0 && p < 1))
        return p == 0 ? -INFINITY : p == 1 ? INFINITY : NAN;
    double q = p - 0.5;
    if (fabs(q) <= 0.425)
        return q * rational_value(&normal_centre, 0.180625 - q * q);
    double r = sqrt(-log(q < 0 ? p : 1 - p));
    double z = r <= 5 ? rational_value(&normal_flank, r - 1.6) : rational_value(&normal_tail, r - 5);
    return q < 0 ? -z : z;
}

/* ---- the incomplete beta function ---- */

/* ln Gamma(a) minus Stirling's (a - 1/2) ln a - a + ln(2 pi) / 2. The series has an error under 1e-16 from 15 on. */
static double stirling_error(double a)
{
    if (a < 15) {
        int sign;
        return lgamma_r(a, &sign) - ((a - 0.5) * log(a) - a + 0.5 * log(2 * M_PI));
    }
    double s = 1 / (a * a);
    return (1. / 12 - s * (1. / 360 - s * (1. / 1260 - s * (1. / 1680 - s * (1. / 1188 - s * 691. / 360360))))) / a;
}

/* x^a y^b / B(a, b) with y = 1 - x. Written around its peak at x = a / (a + b): the plain formula takes the difference
 * of logarithms of the order of a + b, and loses as many digits as that has. */
static double beta_power(double a, double b, double x, double y)
{
    double n = a + b, d = b * x - a * y; /* d = n x - a */
    double left = d / a > -0.9 ? log1p(d / a) : log(x) + log(n / a);
    double right = d / b < 0.9 ? log1p(-d / b) : log(y) + log(n / b);
    double errors = stirling_error(a) + stirling_error(b) - stirling_error(n);
    return sqrt(a / n * b / (2 * M_PI)) * exp(a * left + b * right - errors);
}

/* Continued fraction of the incomplete beta function (Abramowitz and Stegun 26.5.8) by the modified Lentz method;
 * converges in O(sqrt(max(a, b))) steps for x < (a + 1) / (a + b + 2). */
static double beta_fraction(double a, double b, double x)
{
    const double tiny = 1e-300;
    double c = 1, d = 1 - (a + b) * x / (a + 1);
    d = 1 / (fabs(d) < tiny ? tiny : d);
    double f = d;
    for (double m = 1; m < 1e7; m++) {
        double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
        double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
        double step = 1;
        const double terms[] = { even, odd };
        for (int i = 0; i < 2; i++) {
            d = 1 + terms[i] * d;
            d = 1 / (fabs(d) < tiny ? tiny : d);
            c = 1 + terms[i] / c;
            c = fabs(c) < tiny ? tiny : c;
            f *= c * d;
            step *= c * d;
        }
        if (fabs(step - 1) < 1e-16)
            break;
    }
    return f;
}

/* I_x(a, b) with y = 1 - x given apart, so that neither tail loses its digits. */
static double beta_lower(double a, double b, double x, double y)
{
    if (!(a > 0 && b > 0) || isnan(x))
        return NAN;
    if (x <= 0 || y <= 0)
        return x <= 0 ? 0 : 1;
    double power = beta_power(a, b, x, y);
    if (x < (a + 1) / (a + b + 2))
        return fmin(1, power * beta_fraction(a, b, x) / a);
    return fmax(0, 1 - power * beta_fraction(b, a, y) / b);
}

double tare_incomplete_beta(double a, double b, double x)
{
    return beta_lower(a, b, x, 1 - x);
}

/* ---- Student ---- */

/* P(T > t) for t > 0, and through *density, unless NULL, the density there. */
static double student_tail(double t, double df, double *density)
{
    double x = df / (df + t * t), y = t * t / (df + t * t);
    if (density)
        *density = beta_power(df / 2, 0.5, x, y) / t;
    return 0.5 * beta_lower(df / 2, 0.5, x, y);
}

double tare_student_cdf(double t, double df)
{
    if (isnan(t) || !(df > 0))
        return NAN;
    if (isinf(t) || t == 0)
        return t == 0 ? 0.5 : t > 0;
    if (isinf(df))
        return tare_normal_cdf(t);
    double tail = student_tail(fabs(t), df, NULL);
    return t < 0 ? tail : 1 - tail;
}

double tare_student_quantile(double p, double df)
{
    double z = tare_normal_quantile(p);
    if (!(df > 0))
        return NAN;
    if (!isfinite(z) || z == 0 || isinf(df))
        return z;
    /* Newton's method from the normal quantile. The tail is convex and heavier than the normal one, so that the start
     * is too near to 0 and every step stays so: it cannot overshoot. Heavy tails take a step for each doubling. */
    double q = p < 0.5 ? p : 1 - p, t = fabs(z);
    for (int i = 0; i < 2000; i++) {
        double density, tail = student_tail(t, df, &density);
        double step = (tail - q) / density;
        if (!(step > 1e-15 * t))
            break;
        t += step;
    }
    return p < 0.5 ? -t : t;
}

/* ---- binomial ---- */

double tare_binomial_cdf(size_t k, size_t n, double p)
{
    if (k >= n)
        return 1;
    return beta_lower((double)(n - k), (double)k + 1, 1 - p, p);
}

/* The p at which the incomplete beta function of a and b reaches `level`, from its own tail: upper = 1 - I. */
static double beta_solve(double a, double b, double level, bool upper)
{
    uint64_t lo = double_to_key(0.0), hi = double_to_key(1.0);
    while (hi - lo > 1) {
        uint64_t mid = lo + (hi - lo) / 2;
        double p = double_of_key(mid);
        bool above = upper ? beta_lower(b, a, 1 - p, p) < level : beta_lower(a, b, p, 1 - p) > level;
        if (above)
            hi = mid;
        else
            lo = mid;
    }
    return double_of_key(hi);
}

void tare_proportion_interval(double *lo, double *hi, size_t k, size_t n, double confidence)
{
    double tail = (1 - confidence) / 2, hits = (double)k, misses = (double)(n - k);
    bool bounded = tail > 0;
    *lo = k == 0 || !bounded ? 0 : beta_solve(hits, misses + 1, tail, false);
    *hi = k == n || !bounded ? 1 : beta_solve(hits + 1, misses, tail, true);
}
