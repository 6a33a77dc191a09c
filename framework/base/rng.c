#include "framework/base/rng.h"

#include <assert.h>
#include <math.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

__extension__ typedef unsigned __int128 wide;

/* splitmix64: Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014. */
static uint64_t splitmix64(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static uint64_t rotate_left(uint64_t x, int k)
{
    return (x << k) | (x >> (64 - k));
}

void tare_rng_seed(struct tare_rng *r, uint64_t seed)
{
    for (int i = 0; i < 4; i++)
        r->s[i] = splitmix64(&seed);
}

uint64_t tare_rng_u64(struct tare_rng *r)
{
    uint64_t *s = r->s;
    uint64_t result = rotate_left(s[1] * 5, 7) * 9;
    uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate_left(s[3], 45);
    return result;
}

/* Lemire, "Fast random integer generation in an interval", 2019: the high half of a product, rejecting the low halves
 * that would make some values more frequent. */
uint64_t tare_rng_below(struct tare_rng *r, uint64_t n)
{
    assert(n >= 1);
    wide product = (wide)tare_rng_u64(r) * n;
    if ((uint64_t)product < n) {
        uint64_t threshold = -n % n;
        while ((uint64_t)product < threshold)
            product = (wide)tare_rng_u64(r) * n;
    }
    return (uint64_t)(product >> 64);
}

double tare_rng_uniform(struct tare_rng *r)
{
    return (double)(tare_rng_u64(r) >> 11) * 0x1p-53;
}

/* Marsaglia's polar method; the second value is given up so that the state stays four words. */
double tare_rng_normal(struct tare_rng *r)
{
    double u, square;
    do {
        u = 2 * tare_rng_uniform(r) - 1;
        double v = 2 * tare_rng_uniform(r) - 1;
        square = u * u + v * v;
    } while (square >= 1 || square == 0);
    return u * sqrt(-2 * log(square) / square);
}

/* Fisher-Yates. */
void tare_rng_shuffle(struct tare_rng *r, size_t *index, size_t n)
{
    for (size_t i = n; i > 1; i--) {
        size_t j = (size_t)tare_rng_below(r, i);
        size_t swap = index[i - 1];
        index[i - 1] = index[j];
        index[j] = swap;
    }
}

uint64_t tare_rng_fresh_seed(void)
{
    uint64_t seed;
    if (getrandom(&seed, sizeof seed, 0) == (ssize_t)sizeof seed)
        return seed;
    struct timespec now; /* a kernel without getrandom */
    clock_gettime(CLOCK_REALTIME, &now);
    seed = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec + ((uint64_t)getpid() << 40);
    return splitmix64(&seed);
}
