/* What `tare dive` found, as JSON. */
#include <jansson.h>

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

int tare_dive_document(struct tare_buf *out, const struct tare_dive *d, const struct tare_run *run)
{
    json_t *object = json_pack("{s:s}", "schema", TARE_DIVE_SCHEMA);
    int rc = object ? tare_run_write(object, run) : tare_fail(TARE_ENOMEM, "out of memory");
    if (rc == 0)
        rc = add_case(object, d->result);
    if (rc == 0)
        rc = add_rates(object, d->result);
    if (rc == 0)
        rc = tare_json_append(out, object, JSON_INDENT(2));
    tare_buf_str(out, "\n");
    json_decref(object);
    return rc == 0 && out->failed ? TARE_ENOMEM : rc;
}
