#include <string.h>

#include "framework/store/baseline.h"

static const char *fact_or(const struct tare_facts *f, const char *key, const char *otherwise)
{
    const char *value = tare_facts_get(f, key);
    return value ? value : otherwise;
}

/* One warning for each identity fact of `of` that differs. skip: facts that `skip` has too are left out. */
static int warn_of(struct tare_run *run, const struct tare_run *baseline, const struct tare_facts *of,
                   const struct tare_facts *skip)
{
    int n = 0;
    for (size_t i = 0; i < of->n; i++) {
        const char *key = of->items[i].key;
        if (!of->items[i].identity || (skip && tare_facts_get(skip, key)))
            continue;
        const char *here = fact_or(&run->machine, key, "unknown");
        const char *there = fact_or(&baseline->machine, key, "unknown");
        if (strcmp(here, there) == 0)
            continue;
        int rc = tare_run_warn(run, "another machine: %s is %s here and %s in the baseline", key, here, there);
        if (rc)
            return rc;
        n++;
    }
    return n;
}

int tare_baseline_compare_machines(struct tare_run *run, const struct tare_run *baseline)
{
    int here = warn_of(run, baseline, &run->machine, NULL);
    if (here < 0)
        return here;
    int there = warn_of(run, baseline, &baseline->machine, &run->machine);
    return there < 0 ? there : here + there;
}
