#include "framework/report/pick.h"

#include <math.h>
#include <stdlib.h>

#include "framework/base/error.h"
#include "framework/base/mem.h"

bool tare_is_gone(const struct tare_result *r)
{
    return r->change.presence == TARE_ONLY_OLD;
}

bool tare_is_failed(const struct tare_result *r)
{
    return r->status == TARE_CASE_FAILED && !tare_is_gone(r);
}

bool tare_is_unmeasured(const struct tare_result *r)
{
    return r->status == TARE_CASE_UNMEASURED && !tare_is_gone(r);
}

bool tare_is_measured(const struct tare_result *r)
{
    return r->status == TARE_CASE_OK && !tare_is_gone(r);
}

bool tare_is_new(const struct tare_result *r)
{
    return tare_is_measured(r) && r->change.presence == TARE_ONLY_NEW;
}

bool tare_is_comparison(const struct tare_run *run)
{
    return run->method != TARE_METHOD_NONE || run->baseline;
}

bool tare_is_compared(const struct tare_result *r)
{
    return tare_is_measured(r) && r->change.method != TARE_METHOD_NONE && r->change.presence == TARE_IN_BOTH;
}

bool tare_is_regressed(const struct tare_result *r)
{
    return tare_is_compared(r) && r->change.verdict == TARE_REGRESSED;
}

bool tare_is_improved(const struct tare_result *r)
{
    return tare_is_compared(r) && r->change.verdict == TARE_IMPROVED;
}

bool tare_is_inconclusive(const struct tare_result *r)
{
    return tare_is_compared(r) && r->change.verdict == TARE_INCONCLUSIVE;
}

bool tare_is_state_dependent(const struct tare_result *r)
{
    return tare_is_compared(r) && r->change.state_dependent;
}

bool tare_is_layout_dependent(const struct tare_result *r)
{
    return tare_is_compared(r) && r->change.layout_dependent;
}

bool tare_is_wrong(const struct tare_result *r)
{
    return tare_is_compared(r) && tare_answer_wrong(&r->change.answer);
}

bool tare_is_imprecise(const struct tare_result *r)
{
    return tare_is_measured(r) && !r->precise;
}

static double size_of_change(const struct tare_result *r)
{
    double size = fabs(r->change.ratio.value);
    return isnan(size) ? -1 : size;
}

/* Falling size; equal sizes keep the run's order, in which the results lie in memory. */
static int compare_size(const void *a, const void *b)
{
    const struct tare_result *x = *(const struct tare_result *const *)a, *y = *(const struct tare_result *const *)b;
    double p = size_of_change(x), q = size_of_change(y);
    if (p != q)
        return p < q ? 1 : -1;
    return x < y ? -1 : x > y;
}

int tare_pick(const struct tare_result ***picked, size_t *n, const struct tare_run *run,
              bool (*want)(const struct tare_result *r), bool by_size)
{
    *picked = NULL;
    *n = 0;
    size_t count = 0;
    for (size_t i = 0; i < run->n_results; i++)
        count += want(&run->results[i]);
    if (count == 0)
        return 0;
    const struct tare_result **list = tare_calloc(count, sizeof *list);
    if (!list)
        return TARE_ENOMEM;
    for (size_t i = 0; i < run->n_results; i++) {
        if (want(&run->results[i]))
            list[(*n)++] = &run->results[i];
    }
    if (by_size)
        qsort(list, count, sizeof *list, compare_size);
    *picked = list;
    return 0;
}

bool tare_has_bandwidth(const struct tare_result *r)
{
    double rate;
    return r->work.flops > 0 && tare_result_bandwidth(&rate, r);
}

bool tare_any_bandwidth(const struct tare_run *run)
{
    for (size_t i = 0; i < run->n_results; i++)
        if (tare_has_bandwidth(&run->results[i]))
            return true;
    return false;
}

bool tare_any_share(const struct tare_run *run)
{
    double share;
    for (size_t i = 0; i < run->n_results; i++)
        if (tare_result_share(&share, &run->results[i]))
            return true;
    return false;
}

bool tare_any_utilisation(const struct tare_run *run)
{
    double mfu, mbu;
    for (size_t i = 0; i < run->n_results; i++) {
        const struct tare_result *r = &run->results[i];
        if (r->work.items > 0 && r->work.item_unit && tare_result_utilisation(&mfu, &mbu, r) && mfu > 0 && mbu > 0)
            return true;
    }
    return false;
}
