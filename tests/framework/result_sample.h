/* Runs with something in every field, and their comparison, for the tests of `result` and `store`. */
#ifndef TARE_TESTS_RESULT_SAMPLE_H
#define TARE_TESTS_RESULT_SAMPLE_H

#include "framework/base/rng.h"
#include "framework/result/result.h"

/* Fills an empty run with n_results cases of n_samples each. Numbers are drawn from the seed: doubles of any size with
 * all their digits (the samples: seven). Optional fields are there in one case and not in the next. */
void sample_run(struct tare_run *run, size_t n_results, size_t n_samples, uint64_t seed);
void sample_result(struct tare_result *r, size_t index, size_t n_samples, struct tare_rng *rng);

/* Fails the test when a field differs. `paths`: the builds' paths too. */
void assert_same_run(const struct tare_run *a, const struct tare_run *b, bool paths);
void assert_same_result(const struct tare_result *a, const struct tare_result *b);

#endif
