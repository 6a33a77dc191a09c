/* One part of a transformer at work, of a configuration's shape, on random weights of one layer. */
#ifndef BENCHES_BLOCKS_BLOCK_H
#define BENCHES_BLOCKS_BLOCK_H

#include <kn/types.h>

#include <lm/config.h>

#include <tare/bench.h>

enum block_part {
#define BLOCK(name, typed, threaded) BLOCK_##name,
#include "benches/blocks/blocks.def"
#undef BLOCK
    N_BLOCKS
};

/* The argument of a case. Its params: [0] the configuration, [1] the length, [2] the threads where it is split. */
struct block_kind {
    enum block_part part;
    enum kn_type type;
};

int block_setup(void **fixture, const struct tare_case *c, const struct tare_host *host);
void block_reset(void *fixture);
void block_run(void *fixture, const struct tare_loop *loop);
void block_teardown(void *fixture);
int block_output(void *fixture, size_t index, struct tare_output *out);

/* What one run on `length` tokens takes, attention from an empty context, and the bytes it touches. */
struct tare_work block_work(const struct lm_config *c, const struct block_kind *k, size_t length);
double block_touches(const struct tare_work *work);

/* What a build's answer may differ from another's by, in ulp of the largest value of its row: where x is float
 * throughout 2,048 (some 2e-4: sums of up to 14,336 terms in another order), with x rounded to int8 for a product a
 * hundredth or so. */
double block_bound(enum kn_type type);

/* Emits whole models: forward passes of a batch, on each level of kernels. */
int forward_emit(const struct tare_host *host, unsigned levels);

#endif
