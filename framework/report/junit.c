/* JUnit's XML as continuous integration reads it: a testsuite a suite, a testcase a case; failure = regressed or a
 * wrong answer, error = failed, skipped = not measured or gone. */
#include <math.h>
#include <string.h>

#include "framework/report/formats.h"
#include "framework/report/pick.h"
#include "framework/report/text.h"

struct counts {
    size_t tests, failures, errors, skipped;
    double seconds;
};

static bool is_skipped(const struct tare_result *r)
{
    return tare_is_unmeasured(r) || tare_is_gone(r);
}

static const char *suite_of(const struct tare_result *r)
{
    return r->suite ? r->suite : "";
}

/* suite NULL: of the whole run */
static struct counts count(const struct tare_run *run, const char *suite)
{
    struct counts c = { 0 };
    for (size_t i = 0; i < run->n_results; i++) {
        const struct tare_result *r = &run->results[i];
        if (suite && strcmp(suite_of(r), suite) != 0)
            continue;
        c.tests++;
        c.failures += tare_is_regressed(r) || tare_is_wrong(r);
        c.errors += tare_is_failed(r);
        c.skipped += is_skipped(r);
        c.seconds += isfinite(r->measured_ns) ? r->measured_ns / 1e9 : 0;
    }
    return c;
}

static void put_attribute(struct tare_buf *out, const char *name, const char *value)
{
    tare_buf_fmt(out, " %s=\"", name);
    tare_text_xml(out, value);
    tare_buf_str(out, "\"");
}

static void put_counts(struct tare_buf *out, struct counts c)
{
    tare_buf_fmt(out, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\" time=\"%.6f\"", c.tests,
                 c.failures, c.errors, c.skipped, c.seconds);
}

/* An element with the outcome as its message. */
static void put_outcome(struct tare_buf *out, const char *element, const char *type, const char *message)
{
    tare_buf_fmt(out, "      <%s", element);
    put_attribute(out, "message", message);
    if (type)
        put_attribute(out, "type", type);
    tare_buf_str(out, "/>\n");
}

static void put_figures(struct tare_buf *out, const struct tare_result *r)
{
    char time[80], change[96], rate[96];
    if (!tare_is_measured(r))
        return;
    tare_buf_fmt(out, "      <system-out>%s", r->quantity == TARE_QUANTITY_TIME ? "time " : "");
    tare_text_xml(out, tare_format_value_interval(time, sizeof time, r->quantity, r->summary.time_ns));
    if (*tare_format_rate(rate, sizeof rate, r)) {
        tare_buf_str(out, ", ");
        tare_text_xml(out, rate);
    }
    if (tare_is_compared(r))
        tare_buf_fmt(out, ", %s %s%s%s", tare_outcome(r), tare_format_change(change, sizeof change, r->change.ratio),
                     tare_is_state_dependent(r) ? " (depends on the machine's state)" : "",
                     tare_is_layout_dependent(r) ? " (layout)" : "");
    tare_buf_str(out, "</system-out>\n");
}

/* A wrong answer weighs more than the time it took. */
static void put_wrong(struct tare_buf *out, const struct tare_result *r)
{
    struct tare_buf text = { 0 };
    tare_text_answer(&text, &r->change.answer);
    put_outcome(out, "failure", "wrong answer", text.data ? text.data : "");
    out->failed |= text.failed;
    tare_buf_free(&text);
}

static void put_case(struct tare_buf *out, const struct tare_result *r)
{
    char heading[256], class[256], change[96];
    const char *name;
    tare_text_heading(heading, sizeof heading, &name, r);
    size_t len = strlen(heading);
    for (size_t i = 0; i <= len; i++)
        class[i] = heading[i] == '/' ? '.' : heading[i]; /* readers make a tree of the dots */
    tare_buf_str(out, "    <testcase");
    put_attribute(out, "classname", class);
    put_attribute(out, "name", name);
    tare_buf_fmt(out, " time=\"%.6f\">\n", isfinite(r->measured_ns) ? r->measured_ns / 1e9 : 0);
    if (tare_is_failed(r))
        put_outcome(out, "error", "failed", r->message ? r->message : "failed");
    else if (tare_is_wrong(r))
        put_wrong(out, r);
    else if (tare_is_regressed(r))
        put_outcome(out, "failure", "regressed", tare_format_change(change, sizeof change, r->change.ratio));
    else if (is_skipped(r))
        put_outcome(out, "skipped", NULL, tare_is_gone(r) ? "gone: in the baseline only" : "not measured");
    put_figures(out, r);
    tare_buf_str(out, "    </testcase>\n");
}

static bool is_first_of_suite(const struct tare_run *run, size_t i)
{
    for (size_t k = 0; k < i; k++) {
        if (strcmp(suite_of(&run->results[k]), suite_of(&run->results[i])) == 0)
            return false;
    }
    return true;
}

static void put_suite(struct tare_buf *out, const struct tare_run *run, const char *suite)
{
    tare_buf_str(out, "  <testsuite");
    put_attribute(out, "name", suite);
    put_counts(out, count(run, suite));
    if (run->date)
        put_attribute(out, "timestamp", run->date);
    tare_buf_str(out, ">\n");
    for (size_t i = 0; i < run->n_results; i++) {
        if (strcmp(suite_of(&run->results[i]), suite) == 0)
            put_case(out, &run->results[i]);
    }
    tare_buf_str(out, "  </testsuite>\n");
}

static int end(const struct tare_report_options *o, const struct tare_run *run)
{
    struct tare_buf out = { 0 };
    tare_buf_str(&out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"tare\"");
    put_counts(&out, count(run, NULL));
    tare_buf_str(&out, ">\n");
    for (size_t i = 0; i < run->n_results; i++) {
        if (is_first_of_suite(run, i))
            put_suite(&out, run, suite_of(&run->results[i]));
    }
    tare_buf_str(&out, "</testsuites>\n");
    return tare_report_flush(o, &out);
}

const struct tare_report tare_report_junit = {
    .name = "junit",
    .description = "JUnit XML: a regression is a failure, a failed case an error",
    .end = end,
};
