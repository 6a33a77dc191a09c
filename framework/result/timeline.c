/* A history, and its JSON. */
#include "framework/result/timeline.h"

#include <stdlib.h>

#include "framework/base/error.h"
#include "framework/result/fields.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

void tare_timeline_free(struct tare_timeline *h)
{
    for (size_t i = 0; i < h->n_baselines; i++) {
        free(h->baselines[i].name);
        free(h->baselines[i].date);
        free(h->baselines[i].commit);
        free(h->baselines[i].problem);
    }
    for (size_t i = 0; i < h->n_cases; i++) {
        free(h->cases[i].id);
        free(h->cases[i].message);
        free(h->cases[i].points);
    }
    free(h->baselines);
    free(h->cases);
    *h = (struct tare_timeline){ 0 };
}

bool tare_timeline_is_step(const struct tare_timeline_point *p)
{
    return p->measured && (p->verdict == TARE_REGRESSED || p->verdict == TARE_IMPROVED);
}

/* ---- JSON ---- */

#define FIELD(type, name, kind)                                                                                        \
    {                                                                                                                  \
#name, TARE_FIELD_##kind, offsetof(struct type, name), NULL, 0                                                 \
    }

static const struct tare_field baseline_fields[] = {
    FIELD(tare_timeline_baseline, name, TEXT),
    FIELD(tare_timeline_baseline, date, TEXT),
    FIELD(tare_timeline_baseline, commit, TEXT_OR),
    FIELD(tare_timeline_baseline, problem, TEXT_OR),
};
static const struct tare_field case_fields[] = {
    FIELD(tare_timeline_case, id, TEXT),
    FIELD(tare_timeline_case, message, TEXT_OR),
    { "quantity", TARE_FIELD_NAME, offsetof(struct tare_timeline_case, quantity), tare_quantity_names,
      TARE_QUANTITIES },
    FIELD(tare_timeline_case, time_ns, INTERVAL),
};
static const struct tare_field check_fields[] = { FIELD(tare_timeline_case, check, INTERVAL) };
static const struct tare_field point_fields[] = {
    FIELD(tare_timeline_point, ratio, INTERVAL),
    FIELD(tare_timeline_point, step, INTERVAL),
    FIELD(tare_timeline_point, q, NUMBER),
};

static int no_memory(void)
{
    return tare_fail(TARE_ENOMEM, "out of memory");
}

static struct tare_place place(const char *path)
{
    return (struct tare_place){ "this timeline", path };
}

/* A new object at the end of an array; NULL when out of memory. Borrowed. */
static json_t *append_object(json_t *array)
{
    json_t *object = json_object();
    return json_array_append_new(array, object) ? NULL : object;
}

static int write_points(json_t *to, const struct tare_timeline_case *c, size_t n)
{
    json_t *points = json_array();
    if (json_object_set_new(to, "points", points))
        return no_memory();
    for (size_t i = 0; i < n; i++) {
        const struct tare_timeline_point *p = &c->points[i];
        if (!p->measured) {
            if (json_array_append_new(points, json_null()))
                return no_memory();
            continue;
        }
        json_t *object = append_object(points);
        int rc =
            object ? tare_fields_write(object, p, point_fields, COUNT(point_fields), place("points")) : no_memory();
        if (rc == 0 && json_object_set_new(object, "verdict", json_string(tare_verdict_name(p->verdict))))
            rc = no_memory();
        if (rc != 0)
            return rc;
    }
    return 0;
}

static int write_cases(json_t *to, const struct tare_timeline *h)
{
    json_t *cases = json_array();
    if (json_object_set_new(to, "cases", cases))
        return no_memory();
    for (size_t i = 0; i < h->n_cases; i++) {
        const struct tare_timeline_case *c = &h->cases[i];
        json_t *object = append_object(cases);
        int rc = object ? tare_fields_write(object, c, case_fields, COUNT(case_fields), place("cases")) : no_memory();
        if (rc == 0 && c->has_check)
            rc = tare_fields_write(object, c, check_fields, COUNT(check_fields), place("cases"));
        else if (rc == 0 && json_object_set_new(object, "check", json_null()))
            rc = no_memory();
        if (rc == 0)
            rc = write_points(object, c, h->n_baselines);
        if (rc != 0)
            return rc;
    }
    return 0;
}

static int write_baselines(json_t *to, const struct tare_timeline *h)
{
    json_t *baselines = json_array();
    if (json_object_set_new(to, "baselines", baselines))
        return no_memory();
    for (size_t i = 0; i < h->n_baselines; i++) {
        json_t *object = append_object(baselines);
        if (!object)
            return no_memory();
        int rc =
            tare_fields_write(object, &h->baselines[i], baseline_fields, COUNT(baseline_fields), place("baselines"));
        if (rc != 0)
            return rc;
    }
    return 0;
}

int tare_timeline_to_json(struct tare_buf *out, const struct tare_timeline *h)
{
    json_t *object = json_object();
    int rc = json_object_set_new(object, "schema", json_string(TARE_TIMELINE_SCHEMA)) ? no_memory() : 0;
    if (rc == 0)
        rc = tare_run_write(object, h->run);
    if (rc == 0)
        rc = write_baselines(object, h);
    if (rc == 0)
        rc = write_cases(object, h);
    if (rc == 0)
        rc = tare_json_append(out, object, JSON_INDENT(2));
    tare_buf_str(out, "\n");
    json_decref(object);
    return rc == 0 && out->failed ? TARE_ENOMEM : rc;
}
