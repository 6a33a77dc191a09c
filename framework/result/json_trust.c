/* What `tare trust` found, as JSON. */
#include <jansson.h>
#include <math.h>

#include "framework/base/error.h"
#include "framework/result/fields.h"
#include "framework/result/json.h"
#include "framework/result/trust.h"

static json_t *number(double x)
{
    return isfinite(x) ? json_real(x) : json_null();
}

static json_t *rate(struct tare_rate r)
{
    double value = r.n > 0 ? (double)r.k / (double)r.n : NAN;
    return json_pack("{s:I,s:I,s:o,s:f,s:f}", "count", (json_int_t)r.k, "of", (json_int_t)r.n, "rate", number(value),
                     "lo", r.lo, "hi", r.hi);
}

/* Members are NULL only when memory is out; json_pack then fails as a whole. */
static json_t *row_object(const struct tare_trust_row *row)
{
    double median, most;
    if (tare_trust_visible(&median, row, 0.5) != 0 || tare_trust_visible(&most, row, 0.95) != 0)
        return NULL;
    size_t right = tare_trust_right(row), wrong = tare_trust_wrong(row);
    json_t *verdicts = json_object();
    for (unsigned v = TARE_UNDECIDED + 1; verdicts && v < TARE_VERDICTS; v++)
        json_object_set_new(verdicts, tare_verdict_name(v), json_integer((json_int_t)row->verdicts[v]));
    return json_pack("{s:s,s:s,s:b,s:b,s:o,s:f,s:f,s:I,s:I,s:o,s:o,s:o,s:o,s:o,s:o,s:o}", "load",
                     tare_load_names[row->load], "memory", tare_memory_names[row->memory], "kernel", row->kernel,
                     "suite", row->suite, "id", tare_json_text(row->id ? row->id : ""), "change", row->change,
                     "budget_ns", row->budget_ns, "comparisons", (json_int_t)row->n, "failed", (json_int_t)row->failed,
                     "verdicts", verdicts, "right", rate(tare_rate_of(right, row->n)), "wrong",
                     rate(tare_rate_of(wrong, row->n)), "covered", rate(tare_rate_of(row->covered, row->n)),
                     "visible_median", number(median), "visible_p95", number(most), "mean_time_ns",
                     number(row->n > 0 ? row->time_ns / (double)(row->n + row->failed) : NAN));
}

static bool load_tried(const struct tare_trust *t, enum tare_load load)
{
    for (size_t i = 0; i < t->n_rows; i++)
        if (t->rows[i].load == load)
            return true;
    return false;
}

static json_t *load_object(const struct tare_trust *t, enum tare_load load, double confidence)
{
    json_t *believe = json_object(), *covered = json_object();
    for (unsigned m = 0; believe && covered && m < TARE_MEMORIES; m++) {
        json_object_set_new(believe, tare_memory_names[m], number(tare_trust_believe(t, load, m, confidence)));
        json_object_set_new(covered, tare_memory_names[m], rate(tare_trust_coverage(t, load, m)));
    }
    return json_pack("{s:s,s:o,s:o,s:o,s:o}", "load", tare_load_names[load], "believe", believe, "false_alarms",
                     rate(tare_trust_alarms(t, load)), "reversed", rate(tare_trust_reversed(t, load)), "covered",
                     covered);
}

static int add_parts(json_t *to, const struct tare_trust *t, const struct tare_run *run)
{
    json_t *rows = json_array(), *loads = json_array();
    bool failed = json_object_set_new(to, "loads", loads) != 0;
    failed |= json_object_set_new(to, "rows", rows) != 0;
    for (unsigned load = 0; !failed && load < TARE_LOADS; load++)
        if (load_tried(t, load))
            failed = json_array_append_new(loads, load_object(t, load, run->confidence)) != 0;
    for (size_t i = 0; !failed && i < t->n_rows; i++)
        failed = json_array_append_new(rows, row_object(&t->rows[i])) != 0;
    json_t *suite = json_pack("{s:I,s:I,s:I,s:o}", "wanted", (json_int_t)t->suite_wanted, "runs",
                              (json_int_t)t->suite_runs, "cases", (json_int_t)t->suite_cases, "with_alarm",
                              rate(tare_rate_of(t->suite_alarms, t->suite_runs)));
    failed |= json_object_set_new(to, "suite", suite) != 0;
    return failed ? tare_fail(TARE_ENOMEM, "out of memory") : 0;
}

int tare_trust_document(struct tare_buf *out, const struct tare_trust *t, const struct tare_run *run)
{
    json_t *object = json_pack("{s:s}", "schema", TARE_TRUST_SCHEMA);
    int rc = object ? tare_run_write(object, run) : tare_fail(TARE_ENOMEM, "out of memory");
    if (rc == 0 && json_object_set_new(object, "minutes", json_real(t->minutes)) != 0)
        rc = tare_fail(TARE_ENOMEM, "out of memory");
    if (rc == 0)
        rc = add_parts(object, t, run);
    if (rc == 0)
        rc = tare_json_append(out, object, JSON_INDENT(2));
    tare_buf_str(out, "\n");
    json_decref(object);
    return rc == 0 && out->failed ? TARE_ENOMEM : rc;
}
