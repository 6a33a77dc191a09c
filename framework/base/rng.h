/* A small seeded generator: xoshiro256** (Blackman and Vigna, 2018), seeded through splitmix64. Not for secrets. */
#ifndef TARE_BASE_RNG_H
#define TARE_BASE_RNG_H

#include <stddef.h>
#include <stdint.h>

struct tare_rng {
    uint64_t s[4];
};

void tare_rng_seed(struct tare_rng *r, uint64_t seed);
uint64_t tare_rng_u64(struct tare_rng *r);
uint64_t tare_rng_below(struct tare_rng *r, uint64_t n); /* unbiased, in [0, n); n >= 1 */
double tare_rng_uniform(struct tare_rng *r);             /* [0, 1) */
double tare_rng_normal(struct tare_rng *r);              /* mean 0, deviation 1 */
void tare_rng_shuffle(struct tare_rng *r, size_t *index, size_t n);

/* A seed that is new every time (getrandom). */
uint64_t tare_rng_fresh_seed(void);

#endif
