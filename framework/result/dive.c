#include "framework/result/dive.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const tare_sampling_names[TARE_SAMPLINGS] = { "none", "clock event", "timer signal" };
const char *const tare_boundary_names[TARE_BOUNDARIES] = { "", "crosses", "ends on" };

static double per_ns(const struct tare_result *r, double work)
{
    double ns = r->summary.time_ns.value;
    return r->status == TARE_CASE_OK && r->summary.n_used > 0 && ns > 0 ? work / ns : 0;
}

double tare_dive_gflops(const struct tare_result *r)
{
    return per_ns(r, r->work.flops);
}

double tare_dive_gbytes(const struct tare_result *r)
{
    return per_ns(r, r->work.bytes_read + r->work.bytes_written);
}

double tare_dive_intensity(const struct tare_result *r)
{
    double bytes = r->work.bytes_read + r->work.bytes_written;
    return bytes > 0 ? r->work.flops / bytes : 0;
}

const struct tare_count *tare_count_find(const struct tare_counts *c, const char *name)
{
    for (size_t i = 0; i < c->n; i++)
        if (strcmp(c->items[i].name, name) == 0 && isfinite(c->items[i].value))
            return &c->items[i];
    return NULL;
}

uint64_t tare_code_samples(const struct tare_code *c, size_t begin, size_t end)
{
    uint64_t sum = 0;
    for (size_t i = begin; i < end; i++)
        sum += c->items[i].samples;
    return sum;
}

void tare_code_free(struct tare_code *c)
{
    for (size_t i = 0; i < c->n; i++)
        free(c->items[i].text);
    free(c->items);
    *c = (struct tare_code){ 0 };
}

static void hot_free(struct tare_hot *h)
{
    for (size_t i = 0; i < h->n_functions; i++) {
        free(h->functions[i].name);
        free(h->functions[i].object);
    }
    free(h->functions);
    free(h->note);
    free(h->problem);
    tare_code_free(&h->code);
}

void tare_dive_free(struct tare_dive *d)
{
    hot_free(&d->hot);
    free(d->executed.id);
    free(d->executed.levels);
    free(d->executed.problem);
    *d = (struct tare_dive){ 0 };
}
