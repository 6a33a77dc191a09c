/* Variants side by side: the best of many, means over cases, and JSON. */
#include "framework/result/contest.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "framework/base/error.h"
#include "framework/result/fields.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

void tare_contest_free(struct tare_contest *c)
{
    for (size_t i = 0; i < c->n_cases; i++) {
        free(c->cases[i].group);
        free(c->cases[i].name);
        free(c->cases[i].message);
        free(c->cases[i].rivals);
    }
    for (size_t i = 0; i < c->n_rivals; i++)
        free(c->rivals[i]);
    free(c->rivals);
    free(c->cases);
    free(c->first);
    *c = (struct tare_contest){ 0 };
}

const char *tare_rival_word(const struct tare_rival *r)
{
    static const char *const words[TARE_VERDICTS] = { [TARE_UNDECIDED] = "",
                                                      [TARE_UNCHANGED] = "even",
                                                      [TARE_IMPROVED] = "slower",
                                                      [TARE_REGRESSED] = "faster",
                                                      [TARE_INCONCLUSIVE] = "open" };
    return r->measured ? words[r->verdict] : "";
}

struct tare_rival tare_rivals_best(const struct tare_rival *rivals, size_t n)
{
    struct tare_rival best = { .ratio = { INFINITY, INFINITY, INFINITY } };
    size_t counts[TARE_VERDICTS] = { 0 };
    for (size_t i = 0; i < n; i++) {
        const struct tare_rival *r = &rivals[i];
        if (!r->measured)
            continue;
        best.measured = true;
        best.ratio.value = fmin(best.ratio.value, r->ratio.value);
        best.ratio.lo = fmin(best.ratio.lo, r->ratio.lo);
        best.ratio.hi = fmin(best.ratio.hi, r->ratio.hi);
        best.q = fmax(best.q, r->q);
        counts[r->verdict]++;
    }
    best.verdict = counts[TARE_IMPROVED]       ? TARE_IMPROVED
                   : counts[TARE_INCONCLUSIVE] ? TARE_INCONCLUSIVE
                   : counts[TARE_UNCHANGED]    ? TARE_UNCHANGED
                   : counts[TARE_REGRESSED]    ? TARE_REGRESSED
                                               : TARE_UNDECIDED;
    return best;
}

struct tare_contest_sum tare_contest_sum(const struct tare_contest *c, size_t from, size_t to, size_t rival)
{
    struct tare_contest_sum s = { 0 };
    double sum = 0, below = 0, above = 0;
    for (size_t i = from; i < to; i++) {
        const struct tare_rival *r = rival < c->n_rivals ? &c->cases[i].rivals[rival] : &c->cases[i].best;
        if (!r->measured)
            continue;
        s.cases++;
        s.won += r->verdict == TARE_REGRESSED;
        s.lost += r->verdict == TARE_IMPROVED;
        s.even += r->verdict == TARE_UNCHANGED;
        s.open += r->verdict == TARE_INCONCLUSIVE;
        sum += r->ratio.value;
        below += (r->ratio.value - r->ratio.lo) * (r->ratio.value - r->ratio.lo);
        above += (r->ratio.hi - r->ratio.value) * (r->ratio.hi - r->ratio.value);
    }
    double n = (double)s.cases, mean = s.cases ? sum / n : NAN;
    s.mean = (struct tare_interval){ mean, s.cases ? mean - sqrt(below) / n : -INFINITY,
                                     s.cases ? mean + sqrt(above) / n : INFINITY };
    return s;
}

size_t tare_contest_group(const struct tare_contest *c, size_t from)
{
    size_t to = from;
    while (to < c->n_cases && strcmp(c->cases[to].group, c->cases[from].group) == 0)
        to++;
    return to;
}

/* ---- JSON ---- */

#define FIELD(type, name, kind)                                                                                        \
    {                                                                                                                  \
#name, TARE_FIELD_##kind, offsetof(struct type, name), NULL, 0                                                 \
    }

static const struct tare_field case_fields[] = {
    FIELD(tare_contest_case, group, TEXT),
    FIELD(tare_contest_case, name, TEXT),
    FIELD(tare_contest_case, message, TEXT_OR),
    { "quantity", TARE_FIELD_NAME, offsetof(struct tare_contest_case, quantity), tare_quantity_names, TARE_QUANTITIES },
    FIELD(tare_contest_case, time_ns, INTERVAL),
};
static const struct tare_field check_fields[] = { FIELD(tare_contest_case, check, INTERVAL) };
static const struct tare_field rival_fields[] = {
    FIELD(tare_rival, ratio, INTERVAL),
    FIELD(tare_rival, q, NUMBER),
};
static const struct tare_field sum_fields[] = {
    FIELD(tare_contest_sum, cases, SIZE), FIELD(tare_contest_sum, mean, INTERVAL), FIELD(tare_contest_sum, won, SIZE),
    FIELD(tare_contest_sum, even, SIZE),  FIELD(tare_contest_sum, lost, SIZE),     FIELD(tare_contest_sum, open, SIZE),
};

static int no_memory(void)
{
    return tare_fail(TARE_ENOMEM, "out of memory");
}

static struct tare_place place(const char *path)
{
    return (struct tare_place){ "this comparison", path };
}

/* `value` becomes a member of an object or, with name NULL, the end of an array. */
static int put(json_t *to, const char *name, json_t *value)
{
    bool failed = name ? json_object_set_new(to, name, value) : json_array_append_new(to, value);
    return failed ? no_memory() : 0;
}

static int put_rival(json_t *to, const char *name, const struct tare_rival *r)
{
    if (!r->measured)
        return put(to, name, json_null());
    json_t *object = json_object();
    int rc = put(to, name, object);
    if (rc == 0)
        rc = tare_fields_write(object, r, rival_fields, COUNT(rival_fields), place("rivals"));
    return rc == 0 ? put(object, "word", json_string(tare_rival_word(r))) : rc;
}

static int put_case(json_t *to, const struct tare_contest *c, const struct tare_contest_case *row)
{
    json_t *object = json_object(), *rivals = json_array();
    int rc = put(to, NULL, object);
    if (rc == 0)
        rc = tare_fields_write(object, row, case_fields, COUNT(case_fields), place("cases"));
    if (rc == 0 && row->has_check)
        rc = tare_fields_write(object, row, check_fields, COUNT(check_fields), place("cases"));
    else if (rc == 0)
        rc = put(object, "check", json_null());
    if (rc == 0)
        rc = put_rival(object, "best", &row->best);
    if (rc != 0) {
        json_decref(rivals);
        return rc;
    }
    rc = put(object, "rivals", rivals);
    for (size_t i = 0; i < c->n_rivals && rc == 0; i++)
        rc = put_rival(rivals, NULL, &row->rivals[i]);
    return rc;
}

/* A group's sums (or, with group NULL, those of all cases): against each rival, then against the best. */
static int put_sums(json_t *to, const struct tare_contest *c, const char *group, size_t from, size_t to_case)
{
    json_t *object = json_object();
    int rc = put(to, NULL, object);
    if (rc == 0)
        rc = put(object, "group", group ? tare_json_text(group) : json_null());
    json_t *rivals = json_array();
    if (rc == 0)
        rc = put(object, "rivals", rivals);
    else
        json_decref(rivals);
    for (size_t i = 0; i <= c->n_rivals && rc == 0; i++) {
        struct tare_contest_sum s = tare_contest_sum(c, from, to_case, i);
        json_t *sum = json_object();
        rc = i < c->n_rivals ? put(rivals, NULL, sum) : put(object, "best", sum);
        if (rc == 0)
            rc = tare_fields_write(sum, &s, sum_fields, COUNT(sum_fields), place("sums"));
    }
    return rc;
}

static int put_contest(json_t *object, const struct tare_contest *c)
{
    json_t *rivals = json_array(), *cases = json_array(), *sums = json_array();
    int rc = put(object, "first", tare_json_text(c->first));
    rc = put(object, "rivals", rivals) != 0 ? TARE_ENOMEM : rc;
    rc = put(object, "cases", cases) != 0 ? TARE_ENOMEM : rc;
    rc = put(object, "sums", sums) != 0 ? TARE_ENOMEM : rc;
    for (size_t i = 0; i < c->n_rivals && rc == 0; i++)
        rc = put(rivals, NULL, tare_json_text(c->rivals[i]));
    for (size_t i = 0; i < c->n_cases && rc == 0; i++)
        rc = put_case(cases, c, &c->cases[i]);
    for (size_t from = 0, to; from < c->n_cases && rc == 0; from = to) {
        to = tare_contest_group(c, from);
        rc = put_sums(sums, c, c->cases[from].group, from, to);
    }
    return rc == 0 ? put_sums(sums, c, NULL, 0, c->n_cases) : rc;
}

int tare_contest_to_json(struct tare_buf *out, const struct tare_contest *c)
{
    json_t *object = json_object();
    int rc = put(object, "schema", json_string(TARE_CONTEST_SCHEMA));
    if (rc == 0)
        rc = tare_run_write(object, c->run);
    if (rc == 0)
        rc = put_contest(object, c);
    if (rc == 0)
        rc = tare_json_append(out, object, JSON_INDENT(2));
    tare_buf_str(out, "\n");
    json_decref(object);
    return rc == 0 && out->failed ? TARE_ENOMEM : rc;
}
