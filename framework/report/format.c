/* Units. Nothing here depends on the locale's grouping; the decimal point follows the C locale, which the program
 * keeps. */
#include <math.h>
#include <string.h>

#include "framework/report/text.h"

/* Decimals that make four significant digits of 0 <= v; below 1 there are four decimals. */
static int decimals_of(double v)
{
    return v < 0.99995 ? 4 : v < 9.9995 ? 3 : v < 99.995 ? 2 : v < 999.95 ? 1 : 0;
}

char *tare_format_number(char *buf, size_t n, double x)
{
    double size = fabs(x);
    if (isnan(x))
        snprintf(buf, n, "n/a");
    else if (isinf(x))
        snprintf(buf, n, x < 0 ? "-inf" : "inf");
    else if ((size > 0 && size < 1e-3) || size >= 1e7)
        snprintf(buf, n, "%.3e", x);
    else
        snprintf(buf, n, "%.*f", decimals_of(size), x);
    return buf;
}

struct tare_unit tare_time_unit(double ns)
{
    static const struct tare_unit units[] = { { 1, "ns" }, { 1e3, "µs" }, { 1e6, "ms" }, { 1e9, "s" } };
    size_t u = 0;
    /* 999.96 of a unit would print as 1000: it belongs to the next one. */
    while (u + 1 < sizeof units / sizeof *units && fabs(ns) >= 999.95 * units[u].ns)
        u++;
    return units[u];
}

char *tare_format_time(char *buf, size_t n, double ns)
{
    if (!isfinite(ns))
        return tare_format_number(buf, n, ns);
    struct tare_unit unit = tare_time_unit(ns);
    double v = ns / unit.ns;
    snprintf(buf, n, "%.*f %s", decimals_of(fabs(v)), v, unit.name);
    return buf;
}

char *tare_format_duration(char *buf, size_t n, double ns)
{
    double s = ns / 1e9;
    if (!isfinite(s))
        return tare_format_number(buf, n, s);
    if (s < 1)
        return snprintf(buf, n, "%.0f ms", s * 1e3), buf;
    if (s < 9.95)
        return snprintf(buf, n, "%.1f s", s), buf;
    if (s < 119.5)
        return snprintf(buf, n, "%.0f s", s), buf;
    double minutes = floor(round(s) / 60);
    if (minutes < 120)
        return snprintf(buf, n, "%.0f min %.0f s", minutes, round(s) - 60 * minutes), buf;
    double hours = floor(round(s / 60) / 60);
    return snprintf(buf, n, "%.0f h %.0f min", hours, round(s / 60) - 60 * hours), buf;
}

char *tare_format_percent(char *buf, size_t n, double log_ratio)
{
    double percent = 100 * expm1(log_ratio), size = fabs(percent);
    if (isnan(percent))
        snprintf(buf, n, "n/a");
    else if (isinf(percent))
        snprintf(buf, n, "+inf%%");
    else if (size < 0.005)
        snprintf(buf, n, "0.00%%"); /* a sign before zeros would say more than the digits */
    else if (size >= 99999.5)
        snprintf(buf, n, "%+.1e%%", percent);
    else
        snprintf(buf, n, "%+.*f%%", size < 9.995 ? 2 : size < 99.95 ? 1 : 0, percent);
    return buf;
}

char *tare_format_bytes(char *buf, size_t n, double bytes)
{
    static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB" };
    if (!isfinite(bytes))
        return tare_format_number(buf, n, bytes);
    size_t u = 0;
    while (u + 1 < sizeof units / sizeof *units && fabs(bytes) >= (u == 0 ? 1023.5 : 1023.95)) {
        bytes /= 1024;
        u++;
    }
    snprintf(buf, n, "%.*f %s", u == 0 ? 0 : 1, bytes, units[u]);
    return buf;
}

char *tare_format_count(char *buf, size_t n, uint64_t count)
{
    char digits[24], grouped[32];
    int len = snprintf(digits, sizeof digits, "%llu", (unsigned long long)count);
    char *at = grouped;
    for (int i = 0; i < len; i++) {
        if (i > 0 && (len - i) % 3 == 0)
            *at++ = ',';
        *at++ = digits[i];
    }
    *at = '\0';
    snprintf(buf, n, "%s", grouped);
    return buf;
}

char *tare_format_relative(char *buf, size_t n, double fraction)
{
    double percent = 100 * fraction;
    if (isnan(percent))
        snprintf(buf, n, "n/a");
    else if (isinf(percent))
        snprintf(buf, n, "inf");
    else if (percent > 0 && percent < 0.005)
        snprintf(buf, n, "<0.01%%");
    else
        snprintf(buf, n, "%.*f%%", percent < 0.095 ? 2 : percent < 9.95 ? 1 : 0, percent);
    return buf;
}

char *tare_format_half_width(char *buf, size_t n, struct tare_interval i)
{
    double below = i.value - i.lo, above = i.hi - i.value;
    double half = (below > above || isnan(below) ? below : above) / i.value;
    /* No width at all means that the clock's ticks were too coarse to show one, not that the figure is exact. */
    if (half == 0)
        return snprintf(buf, n, "<0.01%%"), buf;
    return tare_format_relative(buf, n, half);
}

char *tare_format_change(char *buf, size_t n, struct tare_interval log_ratio)
{
    char value[32], lo[32], hi[32];
    tare_format_percent(value, sizeof value, log_ratio.value);
    if (isinf(log_ratio.lo) && isinf(log_ratio.hi)) { /* too few samples bound it on neither side */
        snprintf(buf, n, "%s [unbounded]", value);
        return buf;
    }
    tare_format_percent(lo, sizeof lo, log_ratio.lo);
    tare_format_percent(hi, sizeof hi, log_ratio.hi);
    snprintf(buf, n, "%s [%s, %s]", value, lo, hi);
    return buf;
}

char *tare_format_time_interval(char *buf, size_t n, struct tare_interval ns)
{
    char value[32], half[32];
    tare_format_time(value, sizeof value, ns.value);
    tare_format_half_width(half, sizeof half, ns);
    snprintf(buf, n, "%s ± %s", value, half);
    return buf;
}

char *tare_format_rate(char *buf, size_t n, const struct tare_result *r)
{
    double rate;
    char unit[32], number[32];
    if (n > 0)
        buf[0] = '\0';
    if (tare_result_rate(&rate, unit, r) && isfinite(rate))
        snprintf(buf, n, "%s %s", tare_format_number(number, sizeof number, rate), unit);
    return buf;
}

char *tare_format_bandwidth(char *buf, size_t n, const struct tare_result *r)
{
    double rate;
    char number[32];
    if (n > 0)
        buf[0] = '\0';
    if (tare_result_bandwidth(&rate, r))
        snprintf(buf, n, "%s GB/s", tare_format_number(number, sizeof number, rate));
    return buf;
}

char *tare_format_share(char *buf, size_t n, const struct tare_result *r)
{
    double share;
    if (n > 0)
        buf[0] = '\0';
    if (!tare_result_share(&share, r))
        return buf;
    const char *level = tare_level_names[r->bound.level];
    snprintf(buf, n, "%.*f%% %s%s%s", share < 0.0995 ? 1 : 0, 100 * share, level, *level ? " " : "",
             tare_roof_names[r->bound.kind]);
    return buf;
}

char *tare_format_roof_name(char *buf, size_t n, const struct tare_roof *r)
{
    const char *level = tare_level_names[r->level];
    snprintf(buf, n, "%s%s%s on %d thread%s", level, *level ? " " : "", tare_roof_names[r->kind], r->n_threads,
             r->n_threads == 1 ? "" : "s");
    return buf;
}

char *tare_format_roof_rate(char *buf, size_t n, enum tare_roof_kind kind, double rate)
{
    char number[32];
    const char *unit = kind == TARE_ROOF_F32 ? "GFLOP/s" : kind == TARE_ROOF_INT8 ? "GOP/s" : "GB/s";
    snprintf(buf, n, "%s %s", tare_format_number(number, sizeof number, rate), unit);
    return buf;
}
