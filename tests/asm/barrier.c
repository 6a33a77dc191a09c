/* Compiled, never run: barrier.cmake looks for the work in the assembly of each function. The work is one
 * multiplication (or store) an iteration, of values that do not change: what a compiler would do once, or not at all.
 */
#include <tare/bench.h>

struct pair {
    int a, b;
};
struct big {
    double d[8];
};
typedef float vector4 __attribute__((vector_size(16)));

#ifdef __cplusplus
#define FUNCTION extern "C" void
#else
#define FUNCTION void
#endif

/* kept_T: must multiply inside the loop. moved_T: lacks tare_hide, may multiply before the loop. gone_T: lacks both,
 * may not multiply at all. The last two show that the test would see the difference. */
#define FUNCTIONS(name, type)                                                                                          \
    FUNCTION kept_##name(long n, type a, type b);                                                                      \
    FUNCTION kept_##name(long n, type a, type b)                                                                       \
    {                                                                                                                  \
        for (long i = 0; i < n; i++) {                                                                                 \
            tare_hide(a);                                                                                              \
            tare_use(a *b);                                                                                            \
        }                                                                                                              \
    }                                                                                                                  \
    FUNCTION moved_##name(long n, type a, type b);                                                                     \
    FUNCTION moved_##name(long n, type a, type b)                                                                      \
    {                                                                                                                  \
        for (long i = 0; i < n; i++)                                                                                   \
            tare_use(a *b);                                                                                            \
    }                                                                                                                  \
    FUNCTION gone_##name(long n, type a, type b);                                                                      \
    FUNCTION gone_##name(long n, type a, type b)                                                                       \
    {                                                                                                                  \
        for (long i = 0; i < n; i++) {                                                                                 \
            type c = a * b;                                                                                            \
            (void)c;                                                                                                   \
        }                                                                                                              \
    }

FUNCTIONS(char, signed char)
FUNCTIONS(int, int)
FUNCTIONS(long, long)
FUNCTIONS(float, float)
FUNCTIONS(double, double)
FUNCTIONS(vector, vector4)

/* A known value is known no more. */
FUNCTION kept_constant(long n, long *out);
FUNCTION kept_constant(long n, long *out)
{
    for (long i = 0; i < n; i++) {
        long a = 3, b = 1234567;
        tare_hide(a);
        tare_hide(b);
        *out = a * b;
    }
}

/* What a pointer points at is produced every time. */
FUNCTION kept_store(long n, double *out, double x);
FUNCTION kept_store(long n, double *out, double x)
{
    for (long i = 0; i < n; i++) {
        *out = x;
        tare_use(out);
    }
}

FUNCTION moved_store(long n, double *out, double x);
FUNCTION moved_store(long n, double *out, double x)
{
    for (long i = 0; i < n; i++)
        *out = x;
}

/* A variable of one's own, by its address, and an array. */
FUNCTION kept_local(long n, double x, double y);
FUNCTION kept_local(long n, double x, double y)
{
    for (long i = 0; i < n; i++) {
        double local[4] = { 0, 0, 0, 0 };
        tare_hide(x);
        local[1] = x * y;
        tare_use(local);
    }
}

/* What is read through a hidden pointer is read again. */
FUNCTION kept_load(long n, const double *in, double y);
FUNCTION kept_load(long n, const double *in, double y)
{
    for (long i = 0; i < n; i++) {
        tare_hide(in);
        tare_use(*in * y);
    }
}

FUNCTION moved_load(long n, const double *in, double y);
FUNCTION moved_load(long n, const double *in, double y)
{
    double z = *in * y;
    for (long i = 0; i < n; i++)
        tare_use(z);
}

/* Structures that fit registers, and that do not. */
FUNCTION kept_pair(long n, struct pair p);
FUNCTION kept_pair(long n, struct pair p)
{
    for (long i = 0; i < n; i++) {
        tare_hide(p);
        struct pair q = { p.a * p.b, p.a };
        tare_use(q);
    }
}

FUNCTION kept_big(long n, struct big *p, double y);
FUNCTION kept_big(long n, struct big *p, double y)
{
    for (long i = 0; i < n; i++) {
        struct big q = *p;
        tare_hide(q);
        q.d[7] = q.d[7] * y;
        tare_use(q);
    }
}

/* A scalar stays in its register on the way through: nothing is stored or loaded. */
FUNCTION still_double(long n, double x, double y);
FUNCTION still_double(long n, double x, double y)
{
    for (long i = 0; i < n; i++) {
        x = x * y;
        tare_hide(x);
    }
    tare_use(x);
}

FUNCTION still_long(long n, long x, long y);
FUNCTION still_long(long n, long x, long y)
{
    for (long i = 0; i < n; i++) {
        x = x * y;
        tare_hide(x);
    }
    tare_use(x);
}
