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

/* The units of each quantity, rising; the last has no name. */
static const struct tare_unit time_units[] = { { 1, "ns" }, { 1e3, "µs" }, { 1e6, "ms" }, { 1e9, "s" }, { 0, NULL } };
static const struct tare_unit byte_units[] = { { 1, "B" },        { 0x1p10, "KiB" }, { 0x1p20, "MiB" },
                                               { 0x1p30, "GiB" }, { 0x1p40, "TiB" }, { 0, NULL } };
static const struct tare_unit no_units[] = { { 1, "" }, { 0, NULL } };
static const struct {
    const struct tare_unit *units;
    const char *text;
} quantities[TARE_QUANTITIES] = {
    [TARE_QUANTITY_TIME] = { time_units, "time of one iteration" },
    [TARE_QUANTITY_NS] = { time_units, "time" },
    [TARE_QUANTITY_BYTES] = { byte_units, "memory" },
    [TARE_QUANTITY_RATIO] = { no_units, "ratio" },
};

struct tare_unit tare_value_unit(enum tare_quantity q, double x)
{
    const struct tare_unit *u = quantities[q].units;
    /* 999.96 of a unit would print as 1000: it belongs to the next one. */
    while (u[1].name && fabs(x) >= (u[1].size / u[0].size - 0.05) * u[0].size)
        u++;
    return *u;
}

const char *tare_quantity_text(enum tare_quantity q)
{
    return quantities[q].text;
}

char *tare_format_value(char *buf, size_t n, enum tare_quantity q, double x)
{
    struct tare_unit unit = tare_value_unit(q, x);
    double v = x / unit.size;
    if (!isfinite(x) || !*unit.name)
        return tare_format_number(buf, n, x);
    snprintf(buf, n, "%.*f %s", *unit.name == 'B' ? 0 : decimals_of(fabs(v)), v, unit.name);
    return buf;
}

char *tare_format_time(char *buf, size_t n, double ns)
{
    return tare_format_value(buf, n, TARE_QUANTITY_TIME, ns);
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

char *tare_format_value_interval(char *buf, size_t n, enum tare_quantity q, struct tare_interval i)
{
    char value[32], half[32];
    tare_format_value(value, sizeof value, q, i.value);
    tare_format_half_width(half, sizeof half, i);
    snprintf(buf, n, "%s ± %s", value, half);
    return buf;
}

char *tare_format_time_interval(char *buf, size_t n, struct tare_interval ns)
{
    return tare_format_value_interval(buf, n, TARE_QUANTITY_TIME, ns);
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
    char part[32];
    snprintf(buf, n, "%s %s%s%s", tare_format_part(part, sizeof part, share), level, *level ? " " : "",
             tare_roof_names[r->bound.kind]);
    return buf;
}

char *tare_format_part(char *buf, size_t n, double part)
{
    if (n > 0)
        buf[0] = '\0';
    if (part > 0)
        snprintf(buf, n, "%.*f%%", part < 0.0995 ? 1 : 0, 100 * part);
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
