/* Hashing of short byte strings and of pairs, for tables of a power of two. */
#ifndef LM_TOKENIZER_HASH_H
#define LM_TOKENIZER_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

__extension__ typedef unsigned __int128 lm_hash_product;

static inline uint64_t lm_hash_mix(uint64_t a, uint64_t b)
{
    lm_hash_product product = (lm_hash_product)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* The seed keeps a made-up file from choosing texts that collide. */
static inline uint64_t lm_hash_bytes(const char *data, size_t n, uint64_t seed)
{
    uint64_t h = seed ^ n, part;
    for (; n > sizeof part; n -= sizeof part, data += sizeof part) {
        memcpy(&part, data, sizeof part);
        h = lm_hash_mix(h ^ part, 0x9E3779B97F4A7C15u);
    }
    if (n >= 4) { /* its two halves, which overlap */
        uint32_t low, high;
        memcpy(&low, data, sizeof low);
        memcpy(&high, data + n - sizeof high, sizeof high);
        part = (uint64_t)high << 32 | low;
    } else if (n) {
        const unsigned char *byte = (const unsigned char *)data;
        part = (uint64_t)byte[n - 1] << 16 | (uint64_t)byte[n / 2] << 8 | byte[0];
    } else {
        part = 0;
    }
    return lm_hash_mix(h ^ part, 0xD6E8FEB86659FD93u ^ seed);
}

static inline uint64_t lm_hash_pair(uint64_t pair, uint64_t seed)
{
    return lm_hash_mix(pair ^ seed, 0x9E3779B97F4A7C15u);
}

/* The size of a table for n entries: a power of two, at most half full. */
static inline size_t lm_hash_slots(size_t n)
{
    size_t slots = 16;
    while (slots < 2 * n)
        slots *= 2;
    return slots;
}

#endif
