#include "framework/result/dive.h"

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

void tare_dive_free(struct tare_dive *d)
{
    *d = (struct tare_dive){ 0 };
}
