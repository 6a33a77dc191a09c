/* What `tare dive` found, as JSON. */
#include <jansson.h>
#include <math.h>

#include "framework/base/error.h"
#include "framework/result/dive.h"
#include "framework/result/fields.h"
#include "framework/result/json.h"

static int add(json_t *to, const char *name, json_t *value)
{
    return json_object_set_new(to, name, value) == 0 ? 0 : tare_fail(TARE_ENOMEM, "out of memory");
}

static int add_case(json_t *to, const struct tare_result *r)
{
    struct tare_buf text = { 0 };
    int rc = tare_result_to_json(&text, r, false);
    if (rc == 0)
        rc = add(to, "case", json_loadb(text.data, text.len, 0, NULL));
    tare_buf_free(&text);
    return rc;
}

static int add_rates(json_t *to, const struct tare_result *r)
{
    return add(to, "rates",
               json_pack("{s:f,s:f,s:f}", "gflops", tare_dive_gflops(r), "gbytes", tare_dive_gbytes(r), "intensity",
                         tare_dive_intensity(r)));
}

static json_t *text_or_null(const char *s)
{
    return s ? tare_json_text(s) : json_null();
}

static json_t *functions_array(const struct tare_hot *h)
{
    json_t *list = json_array();
    for (size_t i = 0; list && i < h->n_functions; i++) {
        const struct tare_hot_function *f = &h->functions[i];
        json_array_append_new(list, json_pack("{s:o,s:o,s:I,s:I,s:I}", "name", tare_json_text(f->name), "object",
                                              text_or_null(f->object), "address", (json_int_t)f->address, "size",
                                              (json_int_t)f->size, "samples", (json_int_t)f->samples));
    }
    return list;
}

static json_t *code_array(const struct tare_code *c)
{
    json_t *list = json_array();
    for (size_t i = 0; list && i < c->n; i++) {
        const struct tare_instruction *in = &c->items[i];
        const char *boundary = in->boundary ? tare_boundary_names[in->boundary] : NULL;
        json_array_append_new(list, json_pack("{s:I,s:I,s:o,s:I,s:b,s:o}", "address", (json_int_t)in->address, "bytes",
                                              (json_int_t)in->bytes, "text", tare_json_text(in->text), "samples",
                                              (json_int_t)in->samples, "fused", in->fused, "boundary",
                                              text_or_null(boundary)));
    }
    return list;
}

static int add_hot(json_t *to, const struct tare_dive *d)
{
    const struct tare_hot *h = &d->hot;
    const struct tare_code *c = &h->code;
    if (!d->looked)
        return add(to, "hot", json_null());
    json_t *loop = json_null();
    if (c->loop_end > c->loop_begin) {
        const struct tare_instruction *last = &c->items[c->loop_end - 1];
        loop = json_pack("{s:I,s:I,s:I}", "begin", (json_int_t)c->items[c->loop_begin].address, "end",
                         (json_int_t)(last->address + last->bytes), "samples",
                         (json_int_t)tare_code_samples(c, c->loop_begin, c->loop_end));
    }
    const char *code_of = h->code_of < h->n_functions ? h->functions[h->code_of].name : NULL;
    return add(to, "hot",
               json_pack("{s:s,s:o,s:f,s:I,s:I,s:o,s:o,s:o,s:o,s:o,s:b}", "method", tare_sampling_names[h->method],
                         "note", text_or_null(h->note), "period_ns", h->period_ns, "samples", (json_int_t)h->samples,
                         "lost", (json_int_t)h->lost, "functions", functions_array(h), "function",
                         text_or_null(code_of), "problem", text_or_null(h->problem), "loop", loop, "code",
                         code_array(c), "boundary_costs_here", h->slow_here));
}

static int add_counts(json_t *to, const struct tare_dive *d)
{
    json_t *list = json_array();
    for (size_t i = 0; list && d->looked && i < d->counts.n; i++) {
        const struct tare_count *c = &d->counts.items[i];
        bool counted = isfinite(c->value);
        json_array_append_new(list, json_pack("{s:s,s:o,s:f,s:o}", "name", c->name, "value",
                                              counted ? json_real(c->value) : json_null(), "coverage", c->coverage,
                                              "why_not", text_or_null(counted ? NULL : c->why_not)));
    }
    const struct tare_slots *s = &d->counts.slots;
    json_t *slots = s->known ? json_pack("{s:f,s:f,s:f,s:f}", "frontend", s->frontend, "bad_speculation",
                                         s->bad_speculation, "retiring", s->retiring, "backend", s->backend)
                             : json_null();
    int rc = add(to, "counters", list);
    return rc == 0 ? add(to, "topdown", slots) : rc;
}

static int add_executed(json_t *to, const struct tare_executed *e)
{
    if (!e->asked)
        return add(to, "executed", json_null());
    return add(to, "executed",
               json_pack("{s:o,s:o,s:o,s:o}", "instructions", e->id ? json_real(e->value) : json_null(), "id",
                         text_or_null(e->id), "instruction_sets", text_or_null(e->levels), "problem",
                         text_or_null(e->problem)));
}

int tare_dive_document(struct tare_buf *out, const struct tare_dive *d, const struct tare_run *run)
{
    json_t *object = json_pack("{s:s}", "schema", TARE_DIVE_SCHEMA);
    int rc = object ? tare_run_write(object, run) : tare_fail(TARE_ENOMEM, "out of memory");
    if (rc == 0)
        rc = add_case(object, d->result);
    if (rc == 0)
        rc = add_rates(object, d->result);
    if (rc == 0)
        rc = add_hot(object, d);
    if (rc == 0)
        rc = add_counts(object, d);
    if (rc == 0)
        rc = add_executed(object, &d->executed);
    if (rc == 0)
        rc = tare_json_append(out, object, JSON_INDENT(2));
    tare_buf_str(out, "\n");
    json_decref(object);
    return rc == 0 && out->failed ? TARE_ENOMEM : rc;
}
