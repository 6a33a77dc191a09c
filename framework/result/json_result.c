/* One case <-> one line of JSON. */
#include "framework/result/json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "framework/base/error.h"
#include "framework/result/fields.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *const status_names[] = {
    [TARE_CASE_OK] = "ok",
    [TARE_CASE_FAILED] = "failed",
    [TARE_CASE_UNMEASURED] = "unmeasured",
};
static const char *const presence_names[] = {
    [TARE_IN_BOTH] = "both",
    [TARE_ONLY_NEW] = "new",
    [TARE_ONLY_OLD] = "old",
};
static const char *const verdict_names[TARE_VERDICTS] = {
    [TARE_UNDECIDED] = "undecided", [TARE_UNCHANGED] = "unchanged",       [TARE_IMPROVED] = "improved",
    [TARE_REGRESSED] = "regressed", [TARE_INCONCLUSIVE] = "inconclusive",
};

#define RESULT(name, kind)                                                                                             \
    {                                                                                                                  \
#name, TARE_FIELD_##kind, offsetof(struct tare_result, name), NULL, 0                                          \
    }
#define RESULT_NAME(name, names)                                                                                       \
    {                                                                                                                  \
#name, TARE_FIELD_NAME, offsetof(struct tare_result, name), names, COUNT(names)                                \
    }
static const struct tare_field result_fields[] = {
    RESULT(id, TEXT),
    RESULT(suite, TEXT),
    RESULT(group, TEXT),
    RESULT(variant, TEXT_OR),
    RESULT_NAME(status, status_names),
    RESULT(message, TEXT_OR),
    RESULT(iters, U64),
    RESULT(rounds, SIZE),
    RESULT(warmup_ns, AMOUNT),
    RESULT(steady, BOOL),
    RESULT(precise, BOOL),
    RESULT(measured_ns, AMOUNT),
};

#define PARAM(name, kind)                                                                                              \
    {                                                                                                                  \
#name, TARE_FIELD_##kind, offsetof(struct tare_param_value, name), NULL, 0                                     \
    }
static const struct tare_field param_fields[] = { PARAM(name, TEXT_OR), PARAM(text, TEXT) };

#define WORK(name, kind)                                                                                               \
    {                                                                                                                  \
#name, TARE_FIELD_##kind, offsetof(struct tare_work_done, name), NULL, 0                                       \
    }
static const struct tare_field work_fields[] = {
    WORK(flops, AMOUNT), WORK(bytes_read, AMOUNT), WORK(bytes_written, AMOUNT),
    WORK(items, AMOUNT), WORK(item_unit, TEXT_OR),
};

static const char *const arithmetic_names[TARE_ARITHMETICS] = { "none", "f32", "int8" };

/* What bounds it; absent in results of before roofs were measured. */
static const struct tare_field demand_fields[] = {
    { "arithmetic", TARE_FIELD_NAME, offsetof(struct tare_work_done, arithmetic), arithmetic_names,
      COUNT(arithmetic_names) },
    { "threads", TARE_FIELD_INT, offsetof(struct tare_work_done, n_threads), NULL, 0 },
    WORK(working_set, AMOUNT),
    WORK(cold, BOOL),
};

/* What a case measures; absent in results of before there was more than its time. */
static const struct tare_field quantity_field = RESULT_NAME(quantity, tare_quantity_names);

static const struct tare_field bound_fields[] = {
    { "bound_ns", TARE_FIELD_AMOUNT, offsetof(struct tare_bound, ns), NULL, 0 },
    { "kind", TARE_FIELD_NAME, offsetof(struct tare_bound, kind), tare_roof_names, TARE_ROOF_KINDS },
    { "level", TARE_FIELD_NAME, offsetof(struct tare_bound, level), tare_level_names, TARE_LEVELS },
};

/* Absent in results of before it was kept. */
static const struct tare_field utilisation_fields[] = {
    { "arithmetic_ns", TARE_FIELD_AMOUNT, offsetof(struct tare_bound, arithmetic_ns), NULL, 0 },
    { "memory_ns", TARE_FIELD_AMOUNT, offsetof(struct tare_bound, memory_ns), NULL, 0 },
};

#define SUMMARY(name, kind)                                                                                            \
    {                                                                                                                  \
#name, TARE_FIELD_##kind, offsetof(struct tare_summary, name), NULL, 0                                         \
    }
static const struct tare_field summary_fields[] = {
    SUMMARY(n, SIZE),         SUMMARY(n_used, SIZE),  SUMMARY(time_ns, INTERVAL), SUMMARY(confidence, FRACTION),
    SUMMARY(mean_ns, AMOUNT), SUMMARY(sd_ns, AMOUNT), SUMMARY(mad_ns, AMOUNT),    SUMMARY(min_ns, AMOUNT),
    SUMMARY(max_ns, AMOUNT),  SUMMARY(p5_ns, AMOUNT), SUMMARY(p95_ns, AMOUNT),    SUMMARY(round_spread, AMOUNT),
};

#define CHANGE(name, kind)                                                                                             \
    {                                                                                                                  \
#name, TARE_FIELD_##kind, offsetof(struct tare_change, name), NULL, 0                                          \
    }
#define CHANGE_NAME(name, names)                                                                                       \
    {                                                                                                                  \
#name, TARE_FIELD_NAME, offsetof(struct tare_change, name), names, COUNT(names)                                \
    }
static const struct tare_field change_fields[] = {
    CHANGE_NAME(method, tare_method_names),
    CHANGE_NAME(presence, presence_names),
    CHANGE_NAME(verdict, verdict_names),
    CHANGE(ratio, INTERVAL),
    CHANGE(trimmed, INTERVAL),
    CHANGE(state_dependent, BOOL),
    CHANGE(check, INTERVAL),
    CHANGE(has_check, BOOL),
    CHANGE(drift, AMOUNT),
    CHANGE(blocks, SIZE),
    CHANGE(blocks_set_aside, SIZE),
    CHANGE(p, FRACTION),
    CHANGE(q, FRACTION),
    CHANGE(smallest_visible, HIGH),
    CHANGE(needed_ns, HIGH),
    CHANGE(old_time_ns, INTERVAL),
};

/* Absent in runs of before it was kept. */
static const struct tare_field drift_runs_field = CHANGE(drift_runs, SIZE);

static const char *const gauge_names[TARE_GAUGES] = {
    [TARE_GAUGE_CLOCK] = "clock",
    [TARE_GAUGE_MEMORY] = "memory",
};

#define STATE(name, kind)                                                                                              \
    {                                                                                                                  \
#name, TARE_FIELD_##kind, offsetof(struct tare_state, name), NULL, 0                                           \
    }
static const struct tare_field state_fields[] = {
    { "gauge", TARE_FIELD_NAME, offsetof(struct tare_state, gauge), gauge_names, TARE_GAUGES },
    STATE(bin, SIZE),
    STATE(low, FRACTION),
    STATE(high, FRACTION),
    STATE(blocks, SIZE),
    STATE(ratio, INTERVAL),
};

#define LAYOUT(name, kind)                                                                                             \
    {                                                                                                                  \
#name, TARE_FIELD_##kind, offsetof(struct tare_layout, name), NULL, 0                                          \
    }
static const struct tare_field layout_fields[] = { LAYOUT(shift, SIZE), LAYOUT(ratio, INTERVAL) };
static const struct tare_field layout_dependent_field = CHANGE(layout_dependent, BOOL);

#define SPREAD(name, kind)                                                                                             \
    {                                                                                                                  \
#name, TARE_FIELD_##kind, offsetof(struct tare_spread, name), NULL, 0                                          \
    }
static const struct tare_field spread_fields[] = { SPREAD(least, VALUE), SPREAD(most, VALUE), SPREAD(width, INTERVAL) };

#define ANSWER(name, kind)                                                                                             \
    {                                                                                                                  \
#name, TARE_FIELD_##kind, offsetof(struct tare_answer, name), NULL, 0                                          \
    }
static const struct tare_field answer_fields[] = {
    ANSWER(compared, BOOL),
    ANSWER(unsteady, BOOL),
    ANSWER(ulp, HIGH),
    ANSWER(bound, HIGH),
};

static int no_memory(void)
{
    return tare_fail(TARE_ENOMEM, "out of memory");
}

static bool is_compared(const struct tare_change *c)
{
    return c->method != TARE_METHOD_NONE || c->presence != TARE_IN_BOTH;
}

/* ---- writing ---- */

/* Adds a new object `name` with the fields of base. */
static int write_object(json_t *to, const char *name, const void *base, const struct tare_field *fields, size_t n,
                        const char *where)
{
    json_t *object = json_object();
    if (json_object_set_new(to, name, object)) /* a NULL object fails here */
        return no_memory();
    return tare_fields_write(object, base, fields, n, (struct tare_place){ where, name });
}

/* Items of one size, and what each holds. */
struct list {
    void *items;
    size_t size;
    const struct tare_field *fields;
    size_t n_fields;
};

/* Adds a new array `name` of n objects. */
static int write_list(json_t *to, const char *name, const struct list *list, size_t n, struct tare_place at)
{
    json_t *array = json_array();
    if (json_object_set_new(to, name, array))
        return no_memory();
    for (size_t i = 0; i < n; i++) {
        json_t *item = json_object();
        if (json_array_append_new(array, item))
            return no_memory();
        int rc = tare_fields_write(item, (const char *)list->items + i * list->size, list->fields, list->n_fields, at);
        if (rc)
            return rc;
    }
    return 0;
}

static int write_params(json_t *to, const struct tare_result *r, const char *where)
{
    const struct list params = { r->params, sizeof *r->params, param_fields, COUNT(param_fields) };
    return write_list(to, "params", &params, r->n_params, (struct tare_place){ where, "params" });
}

/* "set_aside": an object with the causes that occurred. */
static int write_set_aside(json_t *result, const size_t *set_aside)
{
    json_t *counts = json_object();
    if (json_object_set_new(json_object_get(result, "summary"), "set_aside", counts))
        return no_memory();
    for (unsigned c = TARE_CAUSE_NONE + 1; c < TARE_CAUSES; c++)
        if (set_aside[c] && json_object_set_new(counts, tare_cause_name(c), json_integer((json_int_t)set_aside[c])))
            return no_memory();
    return 0;
}

/* "answer" of the object "change": null where there was none. */
static int write_answer(json_t *change, const struct tare_answer *a, const char *where)
{
    if (!a->compared && !a->unsteady)
        return json_object_set_new(change, "answer", json_null()) ? no_memory() : 0;
    int rc = write_object(change, "answer", a, answer_fields, COUNT(answer_fields), where);
    json_t *answer = json_object_get(change, "answer");
    if (!rc && (json_object_set_new(answer, "wrong", json_boolean(tare_answer_wrong(a))) ||
                json_object_set_new(answer, "what", tare_json_text(a->what))))
        rc = no_memory();
    return rc;
}

static struct list states_of(const struct tare_change *c)
{
    return (struct list){ (void *)(uintptr_t)c->states, sizeof *c->states, state_fields, COUNT(state_fields) };
}

static struct list layouts_of(const struct tare_change *c)
{
    return (struct list){ (void *)(uintptr_t)c->layouts, sizeof *c->layouts, layout_fields, COUNT(layout_fields) };
}

/* "layouts", and what they come to, where there are any. */
static int write_layouts(json_t *change, const struct tare_change *c, const char *where)
{
    const struct tare_spread spread = tare_layout_spread(c);
    const struct list layouts = layouts_of(c);
    int rc = write_list(change, "layouts", &layouts, c->n_layouts, (struct tare_place){ where, "change.layouts" });
    if (!rc)
        rc = tare_fields_write(change, c, &layout_dependent_field, 1, (struct tare_place){ where, "change" });
    if (!rc && c->n_layouts > 0)
        rc = write_object(change, "layout_spread", &spread, spread_fields, COUNT(spread_fields), where);
    else if (!rc && json_object_set_new(change, "layout_spread", json_null()))
        rc = no_memory();
    return rc;
}

/* "change": its fields, "states", "layouts" and "answer". */
static int write_change(json_t *result, const struct tare_change *c, const char *where)
{
    const struct list states = states_of(c);
    int rc = write_object(result, "change", c, change_fields, COUNT(change_fields), where);
    json_t *change = json_object_get(result, "change");
    if (!rc)
        rc = tare_fields_write(change, c, &drift_runs_field, 1, (struct tare_place){ where, "change" });
    if (!rc)
        rc = write_list(change, "states", &states, c->n_states, (struct tare_place){ where, "change.states" });
    if (!rc)
        rc = write_layouts(change, c, where);
    return rc ? rc : write_answer(change, &c->answer, where);
}

static int write_work(json_t *result, const struct tare_work_done *w, const char *where)
{
    int rc = write_object(result, "work", w, work_fields, COUNT(work_fields), where);
    return rc ? rc
              : tare_fields_write(json_object_get(result, "work"), w, demand_fields, COUNT(demand_fields),
                                  (struct tare_place){ where, "work" });
}

/* A number, null where it is not known. */
static int set_known(json_t *object, const char *name, double x)
{
    return json_object_set_new(object, name, x > 0 ? json_real(x) : json_null()) ? no_memory() : 0;
}

/* "roof": null where none is known. */
static int write_roof(json_t *result, const struct tare_result *r, const char *where)
{
    double share = 0, mfu, mbu;
    if (!(r->bound.ns > 0))
        return json_object_set_new(result, "roof", json_null()) ? no_memory() : 0;
    int rc = write_object(result, "roof", &r->bound, bound_fields, COUNT(bound_fields), where);
    json_t *roof = json_object_get(result, "roof");
    if (!rc)
        rc = tare_fields_write(roof, &r->bound, utilisation_fields, COUNT(utilisation_fields),
                               (struct tare_place){ where, "roof" });
    if (!tare_result_share(&share, r))
        share = 0;
    tare_result_utilisation(&mfu, &mbu, r);
    if (!rc)
        rc = set_known(roof, "share", share);
    if (!rc)
        rc = set_known(roof, "mfu", mfu);
    return rc ? rc : set_known(roof, "mbu", mbu);
}

static int result_object(json_t **out, const struct tare_result *r)
{
    const char *where = r->id ? r->id : "?";
    json_t *object = *out = json_object();
    if (json_object_set_new(object, "schema", json_string(TARE_RESULT_SCHEMA)))
        return no_memory();
    int rc = tare_fields_write(object, r, result_fields, COUNT(result_fields), (struct tare_place){ where, NULL });
    if (!rc)
        rc = tare_fields_write(object, r, &quantity_field, 1, (struct tare_place){ where, NULL });
    if (!rc)
        rc = write_params(object, r, where);
    if (!rc)
        rc = write_work(object, &r->work, where);
    if (!rc)
        rc = write_object(object, "summary", &r->summary, summary_fields, COUNT(summary_fields), where);
    if (!rc)
        rc = write_set_aside(object, r->summary.set_aside);
    if (!rc)
        rc = write_roof(object, r, where);
    if (rc)
        return rc;
    if (is_compared(&r->change))
        return write_change(object, &r->change, where);
    return json_object_set_new(object, "change", json_null()) ? no_memory() : 0;
}

int tare_result_to_json(struct tare_buf *out, const struct tare_result *r, bool samples)
{
    json_t *object = NULL;
    int rc = result_object(&object, r);
    if (!rc)
        rc = tare_json_append(out, object, JSON_COMPACT);
    if (!rc && samples) {
        out->len--; /* the closing brace */
        rc = tare_json_append_samples(out, r);
        tare_buf_str(out, "}");
    }
    tare_buf_str(out, "\n");
    json_decref(object);
    if (!rc && out->failed)
        rc = TARE_ENOMEM;
    return rc;
}

/* ---- reading ---- */

static int read_object(void *base, const json_t *from, const char *name, const struct tare_field *fields, size_t n,
                       const char *where)
{
    const json_t *object = tare_json_member(from, name, JSON_OBJECT, (struct tare_place){ where, NULL });
    return object ? tare_fields_read(base, object, fields, n, (struct tare_place){ where, name }) : TARE_EPARSE;
}

static int read_work(struct tare_work_done *w, const json_t *result, const char *where)
{
    int rc = read_object(w, result, "work", work_fields, COUNT(work_fields), where);
    const json_t *work = json_object_get(result, "work");
    return rc || !json_object_get(work, demand_fields[0].name)
               ? rc
               : tare_fields_read(w, work, demand_fields, COUNT(demand_fields), (struct tare_place){ where, "work" });
}

static int read_roof(struct tare_bound *b, const json_t *result, const char *where)
{
    const json_t *roof = json_object_get(result, "roof");
    if (!roof || json_is_null(roof))
        return 0;
    int rc = read_object(b, result, "roof", bound_fields, COUNT(bound_fields), where);
    return rc || !json_object_get(roof, utilisation_fields[0].name)
               ? rc
               : tare_fields_read(b, roof, utilisation_fields, COUNT(utilisation_fields),
                                  (struct tare_place){ where, "roof" });
}

static int read_params(struct tare_result *r, const json_t *object, const char *where)
{
    const json_t *params = tare_json_member(object, "params", JSON_ARRAY, (struct tare_place){ where, NULL });
    if (!params)
        return TARE_EPARSE;
    size_t n = json_array_size(params);
    if (!(r->params = tare_calloc(n, sizeof *r->params)))
        return TARE_ENOMEM;
    for (r->n_params = 0; r->n_params < n;) {
        struct tare_param_value *p = &r->params[r->n_params++]; /* counted first: its strings are freed on failure */
        int rc = tare_fields_read(p, json_array_get(params, r->n_params - 1), param_fields, COUNT(param_fields),
                                  (struct tare_place){ where, "params" });
        if (rc)
            return rc;
    }
    return 0;
}

/* At most `most` objects; *n is how many. One that is absent is empty: results of before it was kept lack it. */
static int read_list(const struct list *list, size_t *n, size_t most, const json_t *from, const char *name,
                     struct tare_place at)
{
    *n = 0;
    if (!json_object_get(from, name))
        return 0;
    const json_t *array = tare_json_member(from, name, JSON_ARRAY, at);
    if (!array)
        return TARE_EPARSE;
    size_t items = json_array_size(array);
    if (items > most)
        return tare_field_fail(at, name, "%zu %s; at most %zu are known", items, name, most);
    char path[64];
    snprintf(path, sizeof path, "%s.%s", at.path, name);
    at.path = path;
    for (; *n < items; ++*n) {
        int rc = tare_fields_read((char *)list->items + *n * list->size, json_array_get(array, *n), list->fields,
                                  list->n_fields, at);
        if (rc)
            return rc;
    }
    return 0;
}

/* Absent in results of earlier versions. */
static int read_answer(struct tare_answer *a, const json_t *change, const char *where)
{
    const json_t *answer = json_object_get(change, "answer");
    if (!answer || json_is_null(answer))
        return 0;
    struct tare_place at = { where, "change.answer" };
    const char *what = json_string_value(json_object_get(answer, "what"));
    if (!what)
        return tare_field_fail(at, "what", "not a text");
    snprintf(a->what, sizeof a->what, "%s", what);
    return tare_fields_read(a, answer, answer_fields, COUNT(answer_fields), at);
}

static int read_change(struct tare_change *c, const json_t *result, const char *where)
{
    const json_t *change = json_object_get(result, "change");
    if (json_is_null(change))
        return 0;
    int rc = read_object(c, result, "change", change_fields, COUNT(change_fields), where);
    if (!rc && json_object_get(change, drift_runs_field.name))
        rc = tare_fields_read(c, change, &drift_runs_field, 1, (struct tare_place){ where, "change" });
    const struct tare_place at = { where, "change" };
    const struct list states = states_of(c), layouts = layouts_of(c);
    if (!rc)
        rc = read_list(&states, &c->n_states, TARE_MOST_STATES, change, "states", at);
    if (!rc)
        rc = read_list(&layouts, &c->n_layouts, TARE_MOST_LAYOUTS, change, "layouts", at);
    if (!rc && json_object_get(change, layout_dependent_field.name))
        rc = tare_fields_read(c, change, &layout_dependent_field, 1, at);
    return rc ? rc : read_answer(&c->answer, change, where);
}

static int read_set_aside(struct tare_summary *s, const json_t *object, const char *where)
{
    struct tare_place at = { where, "summary" };
    json_t *counts = tare_json_member(json_object_get(object, "summary"), "set_aside", JSON_OBJECT, at);
    if (!counts)
        return TARE_EPARSE;
    at.path = "summary.set_aside";
    const char *name;
    json_t *value;
    json_object_foreach(counts, name, value)
    {
        unsigned c = tare_json_cause(name);
        if (c == TARE_CAUSE_NONE)
            return tare_field_fail(at, name, "unknown cause");
        struct tare_field f = { name, TARE_FIELD_SIZE, 0, NULL, 0 };
        int rc = tare_fields_read(&s->set_aside[c], counts, &f, 1, at);
        if (rc)
            return rc;
    }
    return 0;
}

int tare_result_from_json(struct tare_result *r, const char *line, size_t len, const char *where)
{
    json_t *object = NULL;
    *r = (struct tare_result){ 0 };
    int rc = tare_json_parse(&object, line, len, TARE_RESULT_SCHEMA, where);
    if (!rc)
        rc = tare_fields_read(r, object, result_fields, COUNT(result_fields), (struct tare_place){ where, NULL });
    if (!rc && json_object_get(object, quantity_field.name))
        rc = tare_fields_read(r, object, &quantity_field, 1, (struct tare_place){ where, NULL });
    if (!rc)
        rc = read_params(r, object, where);
    if (!rc)
        rc = read_work(&r->work, object, where);
    if (!rc)
        rc = read_object(&r->summary, object, "summary", summary_fields, COUNT(summary_fields), where);
    if (!rc)
        rc = read_set_aside(&r->summary, object, where);
    if (!rc)
        rc = read_roof(&r->bound, object, where);
    if (!rc)
        rc = read_change(&r->change, object, where);
    if (!rc)
        rc = tare_json_read_samples(&r->samples, object, where);
    json_decref(object);
    if (rc)
        tare_result_free(r);
    return rc;
}
