/* The roofs of a machine <-> JSON: a member of a run, and a document of `tare machine --roofs`. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "framework/base/error.h"
#include "framework/result/fields.h"
#include "framework/result/json.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define ROOF(name, kind)                                                                                               \
    {                                                                                                                  \
#name, TARE_FIELD_##kind, offsetof(struct tare_roof, name), NULL, 0                                            \
    }
static const struct tare_field roof_fields[] = {
    { "kind", TARE_FIELD_NAME, offsetof(struct tare_roof, kind), tare_roof_names, TARE_ROOF_KINDS },
    { "level", TARE_FIELD_NAME, offsetof(struct tare_roof, level), tare_level_names, TARE_LEVELS },
    { "threads", TARE_FIELD_INT, offsetof(struct tare_roof, n_threads), NULL, 0 },
    ROOF(variant, TEXT),
    ROOF(bytes, AMOUNT),
    ROOF(first, INTERVAL),
    ROOF(last, INTERVAL),
};

static const struct tare_field cache_fields[] = {
    { "bytes", TARE_FIELD_AMOUNT, offsetof(struct tare_roof_cache, bytes), NULL, 0 },
    { "count", TARE_FIELD_INT, offsetof(struct tare_roof_cache, count), NULL, 0 },
};

static const struct tare_field problem_field = { "problem", TARE_FIELD_TEXT_OR, offsetof(struct tare_roofs, problem),
                                                 NULL, 0 };

static int no_memory(void)
{
    return tare_fail(TARE_ENOMEM, "out of memory");
}

static int write_each(json_t *to, const char *name, const void *elements, size_t n, size_t size,
                      const struct tare_field *fields, size_t n_fields)
{
    json_t *array = json_array();
    if (json_object_set_new(to, name, array))
        return no_memory();
    int rc = 0;
    for (size_t i = 0; i < n && !rc; i++) {
        json_t *object = json_object();
        if (json_array_append_new(array, object))
            return no_memory();
        rc = tare_fields_write(object, (const char *)elements + i * size, fields, n_fields,
                               (struct tare_place){ "this run", "roofs" });
    }
    return rc;
}

int tare_roofs_write(json_t *to, const struct tare_roofs *roofs)
{
    json_t *object = json_object();
    if (json_object_set_new(to, "roofs", object))
        return no_memory();
    int rc = tare_fields_write(object, roofs, &problem_field, 1, (struct tare_place){ "this run", "roofs" });
    if (!rc)
        rc = write_each(object, "caches", roofs->caches, COUNT(roofs->caches), sizeof *roofs->caches, cache_fields,
                        COUNT(cache_fields));
    return rc ? rc
              : write_each(object, "measured", roofs->items, roofs->n, sizeof *roofs->items, roof_fields,
                           COUNT(roof_fields));
}

static int read_caches(struct tare_roofs *roofs, const json_t *object, struct tare_place at)
{
    const json_t *caches = tare_json_member(object, "caches", JSON_ARRAY, at);
    if (!caches)
        return TARE_EPARSE;
    if (json_array_size(caches) != COUNT(roofs->caches))
        return tare_field_fail(at, "caches", "%zu levels, not %zu", json_array_size(caches), COUNT(roofs->caches));
    int rc = 0;
    at.path = "roofs.caches";
    for (size_t i = 0; i < COUNT(roofs->caches) && !rc; i++)
        rc = tare_fields_read(&roofs->caches[i], json_array_get(caches, i), cache_fields, COUNT(cache_fields), at);
    return rc;
}

int tare_roofs_read(struct tare_roofs *roofs, const json_t *from, const char *where)
{
    const json_t *object = json_object_get(from, "roofs");
    struct tare_place at = { where, "roofs" };
    if (!object)
        return 0;
    if (!json_is_object(object))
        return tare_field_fail(at, NULL, "not an object");
    int rc = tare_fields_read(roofs, object, &problem_field, 1, at);
    if (!rc)
        rc = read_caches(roofs, object, at);
    const json_t *measured = rc ? NULL : tare_json_member(object, "measured", JSON_ARRAY, at);
    if (!measured)
        return rc ? rc : TARE_EPARSE;
    if (!(roofs->items = tare_calloc(json_array_size(measured), sizeof *roofs->items)))
        return TARE_ENOMEM;
    roofs->n = roofs->capacity = json_array_size(measured);
    for (size_t i = 0; i < roofs->n && !rc; i++) {
        char path[48];
        snprintf(path, sizeof path, "roofs.measured[%zu]", i);
        rc = tare_fields_read(&roofs->items[i], json_array_get(measured, i), roof_fields, COUNT(roof_fields),
                              (struct tare_place){ where, path });
    }
    return rc;
}

int tare_machine_document(struct tare_buf *out, const struct tare_run *run)
{
    json_t *object = json_object();
    int rc = object ? 0 : no_memory();
    if (!rc && json_object_set_new(object, "schema", json_string(TARE_MACHINE_SCHEMA)))
        rc = no_memory();
    if (!rc)
        rc = tare_run_write(object, run);
    if (!rc)
        rc = tare_json_append(out, object, JSON_INDENT(2));
    tare_buf_str(out, "\n");
    json_decref(object);
    return rc ? rc : out->failed ? TARE_ENOMEM : 0;
}
