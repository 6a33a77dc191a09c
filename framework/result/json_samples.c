/* The raw samples of a case <-> JSON. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "framework/base/error.h"
#include "framework/result/fields.h"

/* The samples are written by hand: seven significant digits, where jansson has one precision for all numbers. */
int tare_json_append_samples(struct tare_buf *out, const struct tare_result *r)
{
    const struct tare_samples *s = &r->samples;
    tare_buf_str(out, ",\"samples\":{\"ns\":[");
    for (size_t i = 0; i < s->n; i++) {
        if (!isfinite(s->ns[i]))
            return tare_fail(TARE_EPARSE, "%s: sample %zu is %g ns: JSON has finite numbers only", r->id, i, s->ns[i]);
        char text[32];
        snprintf(text, sizeof text, "%.7g", s->ns[i]);
        char *comma = strchr(text, ','); /* of a locale */
        if (comma)
            *comma = '.';
        tare_buf_fmt(out, "%s%s", i ? "," : "", text);
    }
    tare_buf_str(out, "],\"cause\":{");
    const char *comma = "";
    for (unsigned c = TARE_CAUSE_NONE + 1; c < TARE_CAUSES; c++) {
        size_t n = 0;
        for (size_t i = 0; i < s->n; i++) {
            if (s->cause[i] != c)
                continue;
            if (n++ == 0)
                tare_buf_fmt(out, "%s\"%s\":[%zu", comma, tare_cause_name(c), i);
            else
                tare_buf_fmt(out, ",%zu", i);
        }
        if (n) {
            tare_buf_str(out, "]");
            comma = ",";
        }
    }
    tare_buf_str(out, "},\"round\":[");
    for (size_t i = 0; i < s->n; i++)
        tare_buf_fmt(out, "%s%u", i ? "," : "", s->round[i]);
    tare_buf_str(out, "]}");
    return 0;
}

unsigned tare_json_cause(const char *name)
{
    unsigned c = TARE_CAUSES - 1;
    while (c > TARE_CAUSE_NONE && strcmp(name, tare_cause_name(c)) != 0)
        c--;
    return c;
}

static int read_times(struct tare_samples *s, const json_t *ns, struct tare_place at)
{
    for (size_t i = 0; i < s->n; i++) {
        const json_t *value = json_array_get(ns, i);
        if (!json_is_number(value) || !(json_number_value(value) > 0))
            return tare_field_fail(at, "ns", "value %zu is not a number above 0", i);
        s->ns[i] = json_number_value(value);
    }
    return 0;
}

static int read_rounds(struct tare_samples *s, const json_t *rounds, struct tare_place at)
{
    if (json_array_size(rounds) != s->n)
        return tare_field_fail(at, "round", "%zu values, but ns has %zu", json_array_size(rounds), s->n);
    for (size_t i = 0; i < s->n; i++) {
        const json_t *value = json_array_get(rounds, i);
        json_int_t round = json_integer_value(value);
        if (!json_is_integer(value) || round < 0 || round > UINT8_MAX)
            return tare_field_fail(at, "round", "value %zu is not a whole number from 0 to %d", i, UINT8_MAX);
        s->round[i] = (uint8_t)round;
    }
    return 0;
}

static int read_causes(struct tare_samples *s, json_t *causes, struct tare_place at)
{
    const char *name;
    json_t *indexes;
    at.path = "samples.cause";
    json_object_foreach(causes, name, indexes)
    {
        unsigned c = tare_json_cause(name);
        if (c == TARE_CAUSE_NONE)
            return tare_field_fail(at, name, "unknown cause");
        if (!json_is_array(indexes))
            return tare_field_fail(at, name, "not an array");
        for (size_t i = 0; i < json_array_size(indexes); i++) {
            const json_t *value = json_array_get(indexes, i);
            json_int_t sample = json_integer_value(value);
            if (!json_is_integer(value) || sample < 0 || (uint64_t)sample >= s->n)
                return tare_field_fail(at, name, "value %zu is not the index of one of %zu samples", i, s->n);
            s->cause[sample] = (uint8_t)c;
        }
    }
    return 0;
}

int tare_json_read_samples(struct tare_samples *s, const json_t *object, const char *where)
{
    struct tare_place at = { where, NULL };
    if (!json_object_get(object, "samples"))
        return 0;
    const json_t *samples = tare_json_member(object, "samples", JSON_OBJECT, at);
    if (!samples)
        return TARE_EPARSE;
    at.path = "samples";
    const json_t *ns = tare_json_member(samples, "ns", JSON_ARRAY, at);
    json_t *causes = ns ? tare_json_member(samples, "cause", JSON_OBJECT, at) : NULL;
    const json_t *rounds = causes ? tare_json_member(samples, "round", JSON_ARRAY, at) : NULL;
    if (!rounds)
        return TARE_EPARSE;
    s->n = json_array_size(ns);
    s->ns = tare_calloc(s->n, sizeof *s->ns);
    s->cause = tare_calloc(s->n, sizeof *s->cause);
    s->round = tare_calloc(s->n, sizeof *s->round);
    if (!s->ns || !s->cause || !s->round)
        return TARE_ENOMEM;
    int rc = read_times(s, ns, at);
    if (!rc)
        rc = read_rounds(s, rounds, at);
    if (!rc)
        rc = read_causes(s, causes, at);
    return rc;
}
