#include "framework/measure/answer.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "framework/base/error.h"
#include "framework/base/mem.h"

enum { MOST_OUTPUTS = 64, MOST_FIELDS = 512 };

/* ---- elements, as bits ---- */

struct format {
    uint8_t bytes;
    uint8_t mantissa, exponent; /* bits stored; exponent 0: an integer */
    bool is_signed;
};

static const struct format formats[] = {
    [TARE_OUTPUT_F32] = { 4, 23, 8, true }, [TARE_OUTPUT_F64] = { 8, 52, 11, true },
    [TARE_OUTPUT_F16] = { 2, 10, 5, true }, [TARE_OUTPUT_BF16] = { 2, 7, 8, true },
    [TARE_OUTPUT_I8] = { 1, 0, 0, true },   [TARE_OUTPUT_U8] = { 1, 0, 0, false },
    [TARE_OUTPUT_I16] = { 2, 0, 0, true },  [TARE_OUTPUT_U16] = { 2, 0, 0, false },
    [TARE_OUTPUT_I32] = { 4, 0, 0, true },  [TARE_OUTPUT_U32] = { 4, 0, 0, false },
    [TARE_OUTPUT_I64] = { 8, 0, 0, true },  [TARE_OUTPUT_U64] = { 8, 0, 0, false },
};
static const size_t n_formats = sizeof formats / sizeof *formats;

static uint64_t load(const void *data, size_t i, const struct format *f)
{
    const unsigned char *at = (const unsigned char *)data + i * f->bytes;
    uint16_t x16;
    uint32_t x32;
    uint64_t x64;
    switch (f->bytes) {
    case 1:
        return *at;
    case 2:
        memcpy(&x16, at, sizeof x16);
        return x16;
    case 4:
        memcpy(&x32, at, sizeof x32);
        return x32;
    default:
        memcpy(&x64, at, sizeof x64);
        return x64;
    }
}

static bool is_negative(uint64_t bits, const struct format *f)
{
    return f->is_signed && bits >> (8 * f->bytes - 1);
}

/* Of a float: the bits without the sign, which are in the order of the magnitudes. */
static uint64_t magnitude(uint64_t bits, const struct format *f)
{
    return bits & (((uint64_t)1 << (8 * f->bytes - 1)) - 1);
}

static uint64_t infinity(const struct format *f)
{
    return (((uint64_t)1 << f->exponent) - 1) << f->mantissa;
}

static int least_exponent(const struct format *f)
{
    return 2 - (1 << (f->exponent - 1));
}

/* The number that the magnitude of a finite float stands for. */
static double number(uint64_t magnitude, const struct format *f)
{
    uint64_t fraction = magnitude & (((uint64_t)1 << f->mantissa) - 1);
    int exponent = (int)(magnitude >> f->mantissa);
    if (exponent > 0)
        fraction |= (uint64_t)1 << f->mantissa;
    else
        exponent = 1; /* a denormal */
    return ldexp((double)fraction, least_exponent(f) + exponent - 1 - f->mantissa);
}

/* The step from `scale` to the next number above it. */
static double ulp_of(double scale, const struct format *f)
{
    int exponent = scale > 0 ? ilogb(scale) : least_exponent(f);
    return ldexp(1, (exponent > least_exponent(f) ? exponent : least_exponent(f)) - f->mantissa);
}

static int64_t extended(uint64_t bits, const struct format *f)
{
    unsigned unused = 64 - 8u * f->bytes;
    return (int64_t)(bits << unused) >> unused;
}

static double integer_distance(uint64_t a, uint64_t b, const struct format *f)
{
    if (!f->is_signed)
        return (double)(a > b ? a - b : b - a);
    int64_t x = extended(a, f), y = extended(b, f);
    return (double)(x > y ? (uint64_t)x - (uint64_t)y : (uint64_t)y - (uint64_t)x);
}

/* In units of `unit`, or where that is 0 in steps from number to number. */
static double distance(uint64_t a, uint64_t b, const struct format *f, double unit)
{
    if (a == b)
        return 0;
    if (f->exponent == 0)
        return integer_distance(a, b, f);
    uint64_t x = magnitude(a, f), y = magnitude(b, f), inf = infinity(f);
    if (x > inf || y > inf)
        return x > inf && y > inf ? 0 : INFINITY;
    if (x == 0 && y == 0)
        return 0;
    if (x == inf || y == inf)
        return INFINITY;
    bool same_side = is_negative(a, f) == is_negative(b, f);
    if (unit > 0)
        return (same_side ? fabs(number(x, f) - number(y, f)) : number(x, f) + number(y, f)) / unit;
    return same_side ? (double)(x > y ? x - y : y - x) : (double)x + (double)y;
}

static void print_element(char *text, size_t n, uint64_t bits, const struct format *f)
{
    if (f->exponent == 0 && f->is_signed)
        snprintf(text, n, "%" PRId64, extended(bits, f));
    else if (f->exponent == 0)
        snprintf(text, n, "%" PRIu64, bits);
    else if (magnitude(bits, f) > infinity(f))
        snprintf(text, n, "NaN");
    else if (magnitude(bits, f) == infinity(f))
        snprintf(text, n, "%sinfinity", is_negative(bits, f) ? "-" : "");
    else
        snprintf(text, n, "%s%.*g", is_negative(bits, f) ? "-" : "", f->mantissa > 23 ? 17 : 9,
                 number(magnitude(bits, f), f));
}

/* ---- an output, and the copy that is kept of it ---- */

struct kept {
    struct tare_output o;
    char name[64];
    void *data; /* [n]: elements first, first + step, ... ; owned */
    size_t first, step, n;
};

/* 1 and the output, 0 behind the last one, or an error. */
static int ask_output(struct tare_output *o, const struct tare_fixture *arm, size_t index)
{
    union {
        struct tare_output o;
        unsigned char room[MOST_FIELDS]; /* a suite of a later header may know more fields */
    } asked = { .room = { 0 } };
    if (!arm->c->output(arm->data, index, &asked.o))
        return 0;
    *o = asked.o;
    if (o->size < offsetof(struct tare_output, row) || o->size > MOST_FIELDS)
        return tare_fail(TARE_EUSAGE, "output %zu says it is %u bytes: set .size = sizeof(struct tare_output)", index,
                         o->size);
    if (o->type >= n_formats || formats[o->type].bytes == 0)
        return tare_fail(TARE_EUSAGE, "output %zu: %u is no type of an output", index, o->type);
    if (o->count > 0 && !o->data)
        return tare_fail(TARE_EUSAGE, "output %zu: %zu elements at NULL", index, o->count);
    if (!(o->scale >= 0) || isinf(o->scale) || !(o->bound >= 0))
        return tare_fail(TARE_EUSAGE, "output %zu: its scale or its bound is negative or not a number", index);
    return index < MOST_OUTPUTS ? 1 : tare_fail(TARE_EUSAGE, "more than %d outputs", MOST_OUTPUTS);
}

static void name_output(char *name, size_t n, const struct tare_output *o, size_t index)
{
    if (o->name)
        snprintf(name, n, "%s", o->name);
    else
        snprintf(name, n, "output %zu", index);
}

/* An odd step meets every column of a matrix whose width is a power of two. */
static int keep(struct kept *k, const struct tare_output *o, size_t index, size_t parts, uint64_t seed)
{
    const struct format *f = &formats[o->type];
    *k = (struct kept){ .o = *o, .step = parts > 1 ? parts | 1 : 1 };
    name_output(k->name, sizeof k->name, o, index);
    k->first = o->count > 0 ? seed % (k->step < o->count ? k->step : o->count) : 0;
    k->n = o->count > 0 ? (o->count - k->first - 1) / k->step + 1 : 0;
    k->data = tare_alloc(k->n * f->bytes + 1);
    if (!k->data)
        return TARE_ENOMEM;
    if (k->step == 1)
        memcpy(k->data, o->data ? o->data : "", k->n * f->bytes);
    for (size_t i = 0; k->step > 1 && i < k->n; i++)
        memcpy((char *)k->data + i * f->bytes, (const char *)o->data + (k->first + i * k->step) * f->bytes, f->bytes);
    return 0;
}

/* The elements of k->data from `from` on that stand in one row; *unit is what their distances are told in. */
static size_t end_of_row(const struct kept *k, size_t from, double *unit)
{
    const struct format *f = &formats[k->o.type];
    *unit = k->o.scale > 0 ? ulp_of(k->o.scale, f) : 0;
    if (k->o.scale > 0 || k->o.row == 0 || f->exponent == 0)
        return k->n;
    size_t row = (k->first + from * k->step) / k->o.row, to = from;
    uint64_t largest = 0;
    for (; to < k->n && (k->first + to * k->step) / k->o.row == row; to++) {
        uint64_t m = magnitude(load(k->data, to, f), f);
        if (m > largest && m < infinity(f))
            largest = m;
    }
    *unit = ulp_of(number(largest, f), f);
    return to;
}

static void describe(struct tare_answer *a, const struct kept *k, const struct tare_output *now, size_t at, double unit)
{
    const struct format *f = &formats[k->o.type];
    size_t i = k->first + at * k->step;
    char was[40], is[40], in[40] = "", part[64] = "";
    print_element(was, sizeof was, load(k->data, at, f), f);
    print_element(is, sizeof is, load(now->data, i, f), f);
    if (unit > 0 && f->exponent > 0)
        snprintf(in, sizeof in, ", 1 ulp being %.3g", unit);
    if (k->step > 1)
        snprintf(part, sizeof part, "; one element in %zu was looked at", k->step);
    snprintf(a->what, sizeof a->what, "%.40s[%zu] was %s and is %s%s%s", k->name, i, was, is, in, part);
}

/* Where the new output lies furthest from the one kept. */
static struct tare_answer compare(const struct kept *k, const struct tare_output *now)
{
    const struct format *f = &formats[k->o.type];
    struct tare_answer a = { .compared = true, .bound = k->o.bound };
    if (now->type != k->o.type || now->count != k->o.count) {
        a.ulp = INFINITY;
        snprintf(a.what, sizeof a.what, "%.40s had %zu elements of %u bytes and has %zu of %u", k->name, k->o.count,
                 f->bytes, now->count, formats[now->type].bytes);
        return a;
    }
    if (k->step == 1 && k->n > 0 && memcmp(k->data, now->data, k->n * f->bytes) == 0)
        return a;
    size_t worst = 0;
    double worst_unit = 0, unit = 0;
    for (size_t i = 0, end = 0; i < k->n; i++) {
        if (i == end)
            end = end_of_row(k, i, &unit);
        double d = distance(load(k->data, i, f), load(now->data, k->first + i * k->step, f), f, unit);
        if (d > a.ulp) {
            a.ulp = d;
            worst = i;
            worst_unit = unit;
        }
    }
    if (a.ulp > 0)
        describe(&a, k, now, worst, worst_unit);
    return a;
}

/* ---- the arms ---- */

static void run_once(struct tare_fixture *arm)
{
    const struct tare_loop once = { .size = sizeof once, .iters = 1 };
    if (arm->lab)
        tare_fixture_spoil(arm);
    if (arm->c->reset)
        arm->c->reset(arm->data);
    arm->c->run(arm->data, &once);
}

/* How many parts the outputs are to be cut into so that a copy of one fits. */
static int count_parts(size_t *parts, const struct tare_fixture *arm, size_t most_bytes)
{
    struct tare_output o;
    double bytes = 0;
    int rc = 1;
    for (size_t i = 0; (rc = ask_output(&o, arm, i)) > 0; i++)
        bytes += (double)o.count * formats[o.type].bytes;
    double wanted = ceil(bytes / (double)(most_bytes > 0 ? most_bytes : 1));
    *parts = wanted > 1 ? (size_t)wanted : 1;
    return rc;
}

/* Copies what the arm wrote; *n outputs. */
static int keep_all(struct kept *kept, size_t *n, const struct tare_fixture *arm, size_t most_bytes, uint64_t seed)
{
    size_t parts;
    struct tare_output o;
    int rc = count_parts(&parts, arm, most_bytes);
    for (*n = 0; rc == 0; ++*n) {
        int there = ask_output(&o, arm, *n);
        if (there <= 0)
            return there;
        rc = keep(&kept[*n], &o, *n, parts, seed);
    }
    return rc;
}

static int compare_all(struct tare_answer *answer, const struct kept *kept, size_t n, const struct tare_fixture *arm)
{
    *answer = (struct tare_answer){ 0 };
    for (size_t i = 0; i < n; i++) {
        struct tare_output now;
        int there = ask_output(&now, arm, i);
        if (there < 0)
            return there;
        struct tare_answer one = { .compared = true, .ulp = INFINITY };
        if (there)
            one = compare(&kept[i], &now);
        else
            snprintf(one.what, sizeof one.what, "%.40s is no longer there", kept[i].name);
        tare_answer_add(answer, &one);
        if (!there)
            break;
    }
    return 0;
}

int tare_answer_check(struct tare_answer *answer, struct tare_fixture *const *arms, size_t n_arms, size_t most_bytes,
                      uint64_t seed)
{
    struct kept kept[MOST_OUTPUTS] = { 0 };
    size_t n = 0;
    *answer = (struct tare_answer){ 0 };
    for (size_t i = 0; i < n_arms; i++)
        if (!arms[i]->c->output)
            return 0;
    if (n_arms < 2)
        return 0;
    run_once(arms[0]);
    int rc = keep_all(kept, &n, arms[0], most_bytes, seed);
    if (rc == 0 && n_arms > 2) {
        run_once(arms[1]);
        rc = compare_all(answer, kept, n, arms[1]);
    }
    if (rc == 0 && tare_answer_wrong(answer)) {
        answer->compared = false;
        answer->unsteady = true;
    } else if (rc == 0) {
        run_once(arms[n_arms - 1]);
        rc = compare_all(answer, kept, n, arms[n_arms - 1]);
    }
    for (size_t i = 0; i < MOST_OUTPUTS; i++)
        free(kept[i].data);
    return rc;
}
