#include <math.h>
#include <stdio.h>

#include "framework/result/result.h"

/* The median time of an iteration; 0 where it was not measured, or something else was. */
static double time_of(const struct tare_result *r)
{
    bool measured = r->status == TARE_CASE_OK && r->summary.n_used > 0 && r->quantity == TARE_QUANTITY_TIME;
    return measured && r->summary.time_ns.value > 0 ? r->summary.time_ns.value : 0;
}

bool tare_result_rate(double *rate, char *unit, const struct tare_result *r)
{
    static const struct {
        double factor; /* of the rate a second */
        const char *prefix;
    } scales[] = { { 1e9, "G" }, { 1e6, "M" }, { 1e3, "k" }, { 1, "" } };
    enum { UNIT_SIZE = 32 };

    double ns = time_of(r);
    double bytes = r->work.bytes_read + r->work.bytes_written;
    bool items = r->work.items > 0 && r->work.item_unit;
    if (!(ns > 0))
        return false;
    if (r->work.flops > 0 && !items) {
        *rate = r->work.flops / ns;
        snprintf(unit, UNIT_SIZE, "GFLOP/s");
    } else if (bytes > 0 && !items) {
        *rate = bytes / ns;
        snprintf(unit, UNIT_SIZE, "GB/s");
    } else if (r->work.items > 0) {
        double per_second = r->work.items / ns * 1e9;
        size_t i = 0;
        while (i + 1 < sizeof scales / sizeof scales[0] && per_second < scales[i].factor)
            i++;
        *rate = per_second / scales[i].factor;
        snprintf(unit, UNIT_SIZE, "%s%.28s/s", scales[i].prefix, r->work.item_unit ? r->work.item_unit : "items");
    } else {
        return false;
    }
    return isfinite(*rate);
}

bool tare_result_bandwidth(double *rate, const struct tare_result *r)
{
    double ns = time_of(r), bytes = r->work.bytes_read + r->work.bytes_written;
    if (!(ns > 0) || !(bytes > 0))
        return false;
    *rate = bytes / ns;
    return isfinite(*rate);
}

bool tare_result_share(double *share, const struct tare_result *r)
{
    double ns = time_of(r);
    if (!(ns > 0) || !(r->bound.ns > 0))
        return false;
    *share = r->bound.ns / ns;
    return isfinite(*share);
}

bool tare_result_utilisation(double *mfu, double *mbu, const struct tare_result *r)
{
    double ns = time_of(r);
    *mfu = ns > 0 ? r->bound.arithmetic_ns / ns : 0;
    *mbu = ns > 0 ? r->bound.memory_ns / ns : 0;
    return *mfu > 0 || *mbu > 0;
}

struct tare_demand tare_work_demand(const struct tare_work_done *w)
{
    return (struct tare_demand){
        .flops = w->flops,
        .bytes_read = w->bytes_read,
        .bytes_written = w->bytes_written,
        .arithmetic = w->arithmetic,
        .n_threads = w->n_threads,
        .working_set = w->working_set,
        .cold = w->cold,
    };
}

void tare_run_bound(struct tare_run *run)
{
    for (size_t i = 0; i < run->n_results; i++) {
        struct tare_demand d = tare_work_demand(&run->results[i].work);
        run->results[i].bound = tare_roofs_bound(&run->roofs, &d);
    }
}
