#include "framework/runner/trust_plan.h"

#include <math.h>

#define L1   TARE_MEMORY_L1
#define DRAM TARE_MEMORY_DRAM
const struct trust_wish trust_wishes[] = {
    { L1, false, "0", 0, "default", 50, 50 },        { DRAM, false, "0", 0, "default", 50, 50 },
    { L1, true, "0", 0, "default", 25, 20 },         { DRAM, true, "0", 0, "default", 10, 8 },
    { L1, false, "0.5", 0.005, "default", 110, 15 }, { DRAM, false, "0.5", 0.005, "default", 110, 15 },
    { L1, false, "1", 0.01, "default", 110, 20 },    { DRAM, false, "1", 0.01, "default", 110, 20 },
    { L1, false, "2", 0.02, "default", 40, 45 },     { DRAM, false, "2", 0.02, "default", 40, 45 },
    { L1, false, "5", 0.05, "default", 40, 15 },     { DRAM, false, "5", 0.05, "default", 40, 15 },
    { L1, false, "1", 0.01, "quick", 110, 15 },
};
const size_t trust_n_wishes = sizeof trust_wishes / sizeof *trust_wishes;

/* Parts of the time: the comparisons alone, those under each load, the runs over a suite. */
static const double part_alone = 0.44, part_loaded = 0.1, part_suite = 0.36;

size_t trust_phases(struct trust_phase phases[TRUST_PHASES], double seconds, unsigned loads, size_t suite_runs)
{
    size_t n = 0;
    double parts = 0;
    for (unsigned load = 0; load < TARE_LOADS; load++) {
        if (!(loads & 1u << load))
            continue;
        phases[n++] = (struct trust_phase){ load, false, load == TARE_LOAD_NONE ? part_alone : part_loaded };
        if (suite_runs > 0 && n == 1)
            phases[n++] = (struct trust_phase){ load, true, part_suite };
    }
    for (size_t i = 0; i < n; i++)
        parts += phases[i].seconds;
    for (size_t i = 0; i < n; i++)
        phases[i].seconds *= seconds / parts;
    return n;
}

size_t trust_suite_runs(double minutes)
{
    return minutes < 10 ? 0 : minutes > 20 ? 20 : (size_t)minutes;
}

double trust_suite_seconds(double budget_s, size_t cases)
{
    /* An unchanged case in L1 is settled after two of four rounds, others take more; setting up and warming up comes on
     * top. */
    const double part_used = 0.9, besides_s = 0.065;
    return (double)cases * (part_used * budget_s + besides_s);
}

double trust_suite_budget(double seconds, size_t runs, size_t cases)
{
    static const double budgets[] = { 0.25, 0.1, 0.075, 0.05 };
    enum { LAST = sizeof budgets / sizeof *budgets - 1 };
    size_t i = 0;
    while (i < LAST && (double)runs * trust_suite_seconds(budgets[i], cases) > seconds)
        i++;
    return budgets[i];
}

/* The kind that is furthest behind, or n. */
static size_t most_due(const size_t *counts, const struct trust_demand *demands, size_t n)
{
    size_t due = n;
    double least = INFINITY;
    for (size_t i = 0; i < n; i++) {
        double part = ((double)(demands[i].done + counts[i]) + 0.5) / demands[i].weight;
        if (demands[i].weight > 0 && part < least) {
            least = part;
            due = i;
        }
    }
    return due;
}

size_t trust_batch(size_t *counts, const struct trust_demand *demands, size_t n, double seconds)
{
    size_t planned = 0, done = 0;
    double cost = 0;
    for (size_t i = 0; i < n; i++) {
        counts[i] = 0;
        done += demands[i].done;
    }
    for (;;) {
        size_t due = most_due(counts, demands, n);
        if (due == n)
            break;
        bool first = planned == 0 && done == 0;
        if (cost + demands[due].cost > seconds && !first)
            break;
        cost += demands[due].cost;
        counts[due]++;
        planned++;
    }
    return planned;
}

double trust_batch_seconds(double left)
{
    const double usual = 30;
    return left > 1.5 * usual ? usual : left;
}
