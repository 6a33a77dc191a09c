#include "framework/result/trust.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "framework/base/error.h"
#include "framework/stats/dist.h"

static const double rate_confidence = 0.95, least_found = 0.9;

const char *const tare_load_names[TARE_LOADS] = { "none", "cpu", "memory" };
const char *const tare_load_titles[TARE_LOADS] = { "alone", "beside a busy process", "beside a full memory bus" };
const char *const tare_memory_names[TARE_MEMORIES] = { "L1", "DRAM" };

struct tare_rate tare_rate_of(size_t k, size_t n)
{
    struct tare_rate r = { k, n, 0, 1 };
    if (n > 0)
        tare_proportion_interval(&r.lo, &r.hi, k, n, rate_confidence);
    return r;
}

struct tare_trust_row *tare_trust_row(struct tare_trust *t)
{
    if (tare_grow(&t->rows, &t->capacity, t->n_rows + 1, sizeof *t->rows) != 0)
        return NULL;
    struct tare_trust_row *row = &t->rows[t->n_rows++];
    *row = (struct tare_trust_row){ 0 };
    return row;
}

void tare_trust_free(struct tare_trust *t)
{
    for (size_t i = 0; i < t->n_rows; i++) {
        free(t->rows[i].id);
        free(t->rows[i].visible);
    }
    free(t->rows);
    *t = (struct tare_trust){ 0 };
}

int tare_trust_count(struct tare_trust_row *row, const struct tare_result *r)
{
    const struct tare_change *c = &r->change;
    row->time_ns += r->measured_ns + r->warmup_ns;
    if (r->status != TARE_CASE_OK || c->verdict == TARE_UNDECIDED) {
        row->failed++;
        return 0;
    }
    if (tare_grow(&row->visible, &row->visible_capacity, row->n + 1, sizeof *row->visible) != 0)
        return TARE_ENOMEM;
    double truth = log1p(row->change);
    row->visible[row->n++] = c->smallest_visible;
    row->verdicts[c->verdict]++;
    row->covered += c->ratio.lo <= truth && truth <= c->ratio.hi;
    return 0;
}

/* The verdict that is true; identical code has none that must be reached. */
static enum tare_verdict truth_of(const struct tare_trust_row *row, bool reversed)
{
    return (row->change > 0) != reversed ? TARE_REGRESSED : TARE_IMPROVED;
}

size_t tare_trust_right(const struct tare_trust_row *row)
{
    return row->change != 0 ? row->verdicts[truth_of(row, false)] : row->n - tare_trust_wrong(row);
}

size_t tare_trust_wrong(const struct tare_trust_row *row)
{
    return row->change != 0 ? row->verdicts[truth_of(row, true)]
                            : row->verdicts[TARE_REGRESSED] + row->verdicts[TARE_IMPROVED];
}

int tare_trust_visible(double *out, const struct tare_trust_row *row, double p)
{
    double *sorted = tare_calloc(row->n + 1, sizeof *sorted);
    if (!sorted)
        return TARE_ENOMEM;
    if (row->n > 0)
        memcpy(sorted, row->visible, row->n * sizeof *sorted);
    tare_sort(sorted, row->n);
    *out = row->n > 0 ? sorted[(size_t)ceil(p * (double)row->n) - (p > 0)] : NAN; /* one that occurred */
    free(sorted);
    return 0;
}

/* Wrong verdicts of a load's comparisons, of identical code or of planted changes. */
static struct tare_rate wrong_of(const struct tare_trust *t, enum tare_load load, bool planted)
{
    size_t k = 0, n = 0;
    for (size_t i = 0; i < t->n_rows; i++) {
        const struct tare_trust_row *row = &t->rows[i];
        if (row->load == load && (row->change != 0) == planted) {
            k += tare_trust_wrong(row);
            n += row->n;
        }
    }
    return tare_rate_of(k, n);
}

struct tare_rate tare_trust_alarms(const struct tare_trust *t, enum tare_load load)
{
    return wrong_of(t, load, false);
}

struct tare_rate tare_trust_reversed(const struct tare_trust *t, enum tare_load load)
{
    return wrong_of(t, load, true);
}

struct tare_rate tare_trust_coverage(const struct tare_trust *t, enum tare_load load, enum tare_memory m)
{
    size_t k = 0, n = 0;
    for (size_t i = 0; i < t->n_rows; i++) {
        const struct tare_trust_row *row = &t->rows[i];
        if (row->load == load && row->memory == m) {
            k += row->covered;
            n += row->n;
        }
    }
    return tare_rate_of(k, n);
}

/* The row of the greatest planted change below `below` at the longest budget; NULL when there is none. */
static const struct tare_trust_row *next_planted(const struct tare_trust *t, enum tare_load load, enum tare_memory m,
                                                 double below)
{
    const struct tare_trust_row *found = NULL;
    for (size_t i = 0; i < t->n_rows; i++) {
        const struct tare_trust_row *row = &t->rows[i];
        if (row->load != load || row->memory != m || !(row->change > 0 && row->change < below))
            continue;
        if (!found || row->change > found->change ||
            (row->change == found->change && row->budget_ns > found->budget_ns))
            found = row;
    }
    return found;
}

double tare_trust_believe(const struct tare_trust *t, enum tare_load load, enum tare_memory m, double confidence)
{
    if (tare_trust_alarms(t, load).lo > 1 - confidence)
        return INFINITY;
    double least = INFINITY;
    bool some = false;
    for (;;) {
        const struct tare_trust_row *row = next_planted(t, load, m, least);
        if (!row)
            break;
        bool enough = tare_rate_of(row->n, row->n).lo >= least_found; /* finding all would have shown it */
        struct tare_rate found = tare_rate_of(tare_trust_right(row), row->n);
        some |= enough;
        if (found.lo < least_found || tare_trust_wrong(row) > 0)
            break;
        least = row->change;
    }
    return isfinite(least) || some ? least : NAN;
}
