/* A run <-> JSON. */
#include "framework/result/json.h"

#include <stdio.h>
#include <string.h>

#include "framework/base/error.h"
#include "framework/result/fields.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define RUN(name, kind)                                                                                                \
    {                                                                                                                  \
#name, TARE_FIELD_##kind, offsetof(struct tare_run, name), NULL, 0                                             \
    }
static const struct tare_field run_fields[] = {
    RUN(version, TEXT),
    RUN(date, TEXT),
    RUN(command, TEXT),
    RUN(commit, TEXT_OR),
    RUN(preset, TEXT),
    RUN(baseline, TEXT_OR),
    { "method", TARE_FIELD_NAME, offsetof(struct tare_run, method), tare_method_names, COUNT(tare_method_names) },
    RUN(seed, SEED),
    RUN(margin, AMOUNT),
    RUN(confidence, FRACTION),
    RUN(precision, AMOUNT),
    RUN(budget_ns, AMOUNT),
    RUN(elapsed_ns, AMOUNT),
    RUN(cpu, INT),
    RUN(n_threads, INT),
    RUN(interrupted, BOOL),
};

#define FACT(name, kind)                                                                                               \
    {                                                                                                                  \
#name, TARE_FIELD_##kind, offsetof(struct tare_fact, name), NULL, 0                                            \
    }
static const struct tare_field fact_fields[] = { FACT(key, TEXT), FACT(value, TEXT), FACT(identity, BOOL) };

#define BUILD(name, kind)                                                                                              \
    {                                                                                                                  \
#name, TARE_FIELD_##kind, offsetof(struct tare_build, name), NULL, 0                                           \
    }
static const struct tare_field build_fields[] = {
    BUILD(suite, TEXT), BUILD(path, TEXT), BUILD(compiler, TEXT), BUILD(options, TEXT), BUILD(flags, U32),
};

static int no_memory(void)
{
    return tare_fail(TARE_ENOMEM, "out of memory");
}

/* ---- writing ---- */

/* Adds the array `name` with an object for each of n elements of `size` bytes. */
static int write_array(json_t *to, const char *name, const void *elements, size_t n, size_t size,
                       const struct tare_field *fields, size_t n_fields)
{
    json_t *array = json_array();
    if (json_object_set_new(to, name, array)) /* a NULL array fails here */
        return no_memory();
    for (size_t i = 0; i < n; i++) {
        json_t *object = json_object();
        if (json_array_append_new(array, object))
            return no_memory();
        int rc = tare_fields_write(object, (const char *)elements + i * size, fields, n_fields,
                                   (struct tare_place){ "this run", name });
        if (rc)
            return rc;
    }
    return 0;
}

static int write_warnings(json_t *to, const struct tare_run *run)
{
    json_t *warnings = json_array();
    if (json_object_set_new(to, "warnings", warnings))
        return no_memory();
    for (size_t i = 0; i < run->n_warnings; i++)
        if (json_array_append_new(warnings, tare_json_text(run->warnings[i])))
            return no_memory();
    return 0;
}

int tare_run_write(json_t *object, const struct tare_run *run)
{
    int rc = tare_fields_write(object, run, run_fields, COUNT(run_fields), (struct tare_place){ "this run", NULL });
    if (!rc)
        rc = write_array(object, "machine", run->machine.items, run->machine.n, sizeof *run->machine.items, fact_fields,
                         COUNT(fact_fields));
    if (!rc)
        rc = write_array(object, "builds", run->builds, run->n_builds, sizeof *run->builds, build_fields,
                         COUNT(build_fields));
    if (!rc)
        rc = tare_roofs_write(object, &run->roofs);
    return rc ? rc : write_warnings(object, run);
}

static int run_object(json_t **out, const struct tare_run *run)
{
    json_t *object = *out = json_object();
    if (json_object_set_new(object, "schema", json_string(TARE_RUN_SCHEMA)))
        return no_memory();
    return tare_run_write(object, run);
}

int tare_run_to_json(struct tare_buf *out, const struct tare_run *run)
{
    json_t *object = NULL;
    int rc = run_object(&object, run);
    if (!rc)
        rc = tare_json_append(out, object, JSON_INDENT(2));
    tare_buf_str(out, "\n");
    json_decref(object);
    if (!rc && out->failed)
        rc = TARE_ENOMEM;
    return rc;
}

static int totals_object(json_t *to, const struct tare_run *run)
{
    struct tare_totals t = tare_run_totals(run);
    const struct {
        const char *name;
        size_t count;
    } counts[] = {
        { "cases", t.cases },
        { "failed", t.failed },
        { "unmeasured", t.unmeasured },
        { "unchanged", t.verdicts[TARE_UNCHANGED] },
        { "improved", t.verdicts[TARE_IMPROVED] },
        { "wrong", t.wrong },
        { "regressed", t.verdicts[TARE_REGRESSED] },
        { "inconclusive", t.verdicts[TARE_INCONCLUSIVE] },
        { "only_new", t.only_new },
        { "only_old", t.only_old },
        { "samples", t.samples },
    };
    json_t *totals = json_object(), *set_aside = json_object();
    if (json_object_set_new(to, "totals", totals)) {
        json_decref(set_aside);
        return no_memory();
    }
    if (json_object_set_new(totals, "set_aside", set_aside))
        return no_memory();
    for (size_t i = 0; i < COUNT(counts); i++)
        if (json_object_set_new(totals, counts[i].name, json_integer((json_int_t)counts[i].count)))
            return no_memory();
    for (unsigned c = TARE_CAUSE_NONE + 1; c < TARE_CAUSES; c++)
        if (json_object_set_new(set_aside, tare_cause_name(c), json_integer((json_int_t)t.set_aside[c])))
            return no_memory();
    return 0;
}

int tare_run_document(struct tare_buf *out, const struct tare_run *run, bool samples)
{
    json_t *object = NULL;
    int rc = run_object(&object, run);
    if (!rc)
        rc = totals_object(object, run);
    if (!rc)
        rc = tare_json_append(out, object, JSON_INDENT(2));
    json_decref(object);
    if (rc)
        return rc;
    out->len -= 2; /* "\n}" */
    tare_buf_str(out, ",\n  \"results\": [");
    for (size_t i = 0; i < run->n_results && !rc; i++) {
        tare_buf_str(out, i ? ",\n" : "\n");
        rc = tare_result_to_json(out, &run->results[i], samples);
        out->len -= !rc && !out->failed; /* its newline */
    }
    tare_buf_str(out, "\n]}\n");
    if (!rc && out->failed)
        rc = TARE_ENOMEM;
    return rc;
}

/* ---- reading ---- */

/* Reads the array `name`; *elements (zeroed) and *n are set at once, so that a failure leaves what can be freed. */
static int read_array(void **elements, size_t *n, size_t size, const json_t *from, const char *name,
                      const struct tare_field *fields, size_t n_fields, const char *where)
{
    const json_t *array = tare_json_member(from, name, JSON_ARRAY, (struct tare_place){ where, NULL });
    if (!array)
        return TARE_EPARSE;
    if (!(*elements = tare_calloc(json_array_size(array), size)))
        return TARE_ENOMEM;
    *n = json_array_size(array);
    int rc = 0;
    for (size_t i = 0; i < *n && !rc; i++) {
        char path[48];
        snprintf(path, sizeof path, "%s[%zu]", name, i);
        rc = tare_fields_read((char *)*elements + i * size, json_array_get(array, i), fields, n_fields,
                              (struct tare_place){ where, path });
    }
    return rc;
}

static int read_facts(struct tare_facts *f, const json_t *object, const char *where)
{
    void *items = NULL;
    int rc = read_array(&items, &f->n, sizeof *f->items, object, "machine", fact_fields, COUNT(fact_fields), where);
    f->items = items;
    f->capacity = f->n;
    return rc;
}

static int read_builds(struct tare_run *run, const json_t *object, const char *where)
{
    void *builds = NULL;
    int rc = read_array(&builds, &run->n_builds, sizeof *run->builds, object, "builds", build_fields,
                        COUNT(build_fields), where);
    run->builds = builds;
    return rc;
}

static int read_warnings(struct tare_run *run, const json_t *object, const char *where)
{
    struct tare_place at = { where, NULL };
    const json_t *warnings = tare_json_member(object, "warnings", JSON_ARRAY, at);
    if (!warnings)
        return TARE_EPARSE;
    for (size_t i = 0; i < json_array_size(warnings); i++) {
        const char *text = json_string_value(json_array_get(warnings, i));
        int rc = text ? tare_run_warn(run, "%s", text) : tare_field_fail(at, "warnings", "value %zu is not a text", i);
        if (rc)
            return rc;
    }
    return 0;
}

int tare_run_read(struct tare_run *run, const json_t *object, const char *where)
{
    int rc = tare_fields_read(run, object, run_fields, COUNT(run_fields), (struct tare_place){ where, NULL });
    if (!rc)
        rc = read_facts(&run->machine, object, where);
    if (!rc)
        rc = read_builds(run, object, where);
    if (!rc)
        rc = tare_roofs_read(&run->roofs, object, where);
    return rc ? rc : read_warnings(run, object, where);
}

int tare_run_from_json(struct tare_run *run, const char *text, size_t len, const char *where)
{
    json_t *object = NULL;
    *run = (struct tare_run){ 0 };
    int rc = tare_json_parse(&object, text, len, TARE_RUN_SCHEMA, where);
    if (!rc)
        rc = tare_run_read(run, object, where);
    json_decref(object);
    if (rc)
        tare_run_free(run);
    return rc;
}
