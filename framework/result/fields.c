#include "framework/result/fields.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "framework/base/error.h"
#include "framework/result/result.h"

const char *const tare_method_names[3] = {
    [TARE_METHOD_NONE] = "none",
    [TARE_METHOD_PAIRED] = "paired",
    [TARE_METHOD_STORED] = "stored",
};

int tare_field_fail(struct tare_place at, const char *name, const char *fmt, ...)
{
    char what[256];
    va_list args;
    va_start(args, fmt);
    vsnprintf(what, sizeof what, fmt, args);
    va_end(args);
    const char *path = at.path ? at.path : "";
    const char *dot = *path && name ? "." : "";
    return tare_fail(TARE_EPARSE, "%s: field %s%s%s: %s", at.where, path, dot, name ? name : "", what);
}

static int no_memory(void)
{
    return tare_fail(TARE_ENOMEM, "out of memory");
}

/* ---- text ---- */

/* Length of the UTF-8 sequence at s (RFC 3629: shortest form, no surrogates, up to U+10FFFF); 0 where there is none. */
static size_t utf8_length(const unsigned char *s)
{
    static const struct {
        unsigned char first_lo, first_hi, second_lo, second_hi;
        size_t length;
    } forms[] = {
        { 0x01, 0x7f, 0, 0, 1 },       { 0xc2, 0xdf, 0x80, 0xbf, 2 }, { 0xe0, 0xe0, 0xa0, 0xbf, 3 },
        { 0xe1, 0xec, 0x80, 0xbf, 3 }, { 0xed, 0xed, 0x80, 0x9f, 3 }, { 0xee, 0xef, 0x80, 0xbf, 3 },
        { 0xf0, 0xf0, 0x90, 0xbf, 4 }, { 0xf1, 0xf3, 0x80, 0xbf, 4 }, { 0xf4, 0xf4, 0x80, 0x8f, 4 },
    };
    for (size_t f = 0; f < sizeof forms / sizeof forms[0]; f++) {
        if (s[0] < forms[f].first_lo || s[0] > forms[f].first_hi)
            continue;
        if (forms[f].length > 1 && (s[1] < forms[f].second_lo || s[1] > forms[f].second_hi))
            return 0;
        for (size_t i = 2; i < forms[f].length; i++)
            if (s[i] < 0x80 || s[i] > 0xbf)
                return 0;
        return forms[f].length;
    }
    return 0;
}

json_t *tare_json_text(const char *s)
{
    json_t *text = json_string(s);
    if (text)
        return text;
    struct tare_buf mended = { 0 };
    while (*s) {
        size_t length = utf8_length((const unsigned char *)s);
        if (length)
            tare_buf_add(&mended, s, length);
        else
            tare_buf_str(&mended, "\xef\xbf\xbd");
        s += length ? length : 1;
    }
    text = mended.failed ? NULL : json_string(mended.data);
    tare_buf_free(&mended);
    return text;
}

/* ---- one kind of member: how it is written, how it is read ---- */

typedef int write_fn(json_t **out, const void *member, const struct tare_field *f, struct tare_place at);
typedef int read_fn(void *member, const json_t *value, const struct tare_field *f, struct tare_place at);

static int expect(const json_t *value, bool ok, const char *what, const char *name, struct tare_place at)
{
    if (!value)
        return tare_field_fail(at, name, "missing");
    return ok ? 0 : tare_field_fail(at, name, "not %s", what);
}

static int write_text(json_t **out, const void *member, const struct tare_field *f, struct tare_place at)
{
    (void)at;
    const char *text = *(char *const *)member;
    if (!text && f->kind == TARE_FIELD_TEXT)
        text = "";
    *out = text ? tare_json_text(text) : json_null();
    return 0;
}

static int read_text(void *member, const json_t *value, const struct tare_field *f, struct tare_place at)
{
    char **out = member;
    bool or_null = f->kind == TARE_FIELD_TEXT_OR, absent = or_null && json_is_null(value);
    int rc = expect(value, absent || json_is_string(value), or_null ? "a text or null" : "a text", f->name, at);
    if (rc)
        return rc;
    char *copy = NULL;
    if (!absent && !(copy = tare_strdup(json_string_value(value))))
        return TARE_ENOMEM;
    free(*out);
    *out = copy;
    return 0;
}

static int write_bool(json_t **out, const void *member, const struct tare_field *f, struct tare_place at)
{
    (void)f, (void)at;
    *out = json_boolean(*(const bool *)member);
    return 0;
}

static int read_bool(void *member, const json_t *value, const struct tare_field *f, struct tare_place at)
{
    *(bool *)member = json_is_true(value);
    return expect(value, json_is_boolean(value), "true or false", f->name, at);
}

static int write_whole(json_t **out, const void *member, const struct tare_field *f, struct tare_place at)
{
    uint64_t x;
    if (f->kind == TARE_FIELD_INT) {
        *out = json_integer(*(const int *)member);
        return 0;
    }
    if (f->kind == TARE_FIELD_U32)
        x = *(const uint32_t *)member;
    else if (f->kind == TARE_FIELD_SIZE)
        x = *(const size_t *)member;
    else
        x = *(const uint64_t *)member;
    if (x > INT64_MAX)
        return tare_field_fail(at, f->name, "%" PRIu64 " can't be stored: it is above 2^63 - 1", x);
    *out = json_integer((json_int_t)x);
    return 0;
}

static int read_whole(void *member, const json_t *value, const struct tare_field *f, struct tare_place at)
{
    int rc = expect(value, json_is_integer(value), "a whole number", f->name, at);
    if (rc)
        return rc;
    int64_t x = json_integer_value(value), lo = 0, hi = INT64_MAX;
    if (f->kind == TARE_FIELD_INT) {
        lo = INT_MIN;
        hi = INT_MAX;
    } else if (f->kind == TARE_FIELD_U32) {
        hi = UINT32_MAX;
    }
    if (x < lo || x > hi)
        return tare_field_fail(at, f->name, "%" PRId64 " is out of range", x);
    if (f->kind == TARE_FIELD_INT)
        *(int *)member = (int)x;
    else if (f->kind == TARE_FIELD_U32)
        *(uint32_t *)member = (uint32_t)x;
    else if (f->kind == TARE_FIELD_SIZE)
        *(size_t *)member = (size_t)x;
    else
        *(uint64_t *)member = (uint64_t)x;
    return 0;
}

static int write_seed(json_t **out, const void *member, const struct tare_field *f, struct tare_place at)
{
    (void)f, (void)at;
    char text[24];
    snprintf(text, sizeof text, "%" PRIu64, *(const uint64_t *)member);
    *out = json_string(text);
    return 0;
}

static int read_seed(void *member, const json_t *value, const struct tare_field *f, struct tare_place at)
{
    const char *text = json_string_value(value);
    char *end = NULL;
    errno = 0;
    if (text && *text >= '0' && *text <= '9')
        *(uint64_t *)member = strtoull(text, &end, 10);
    return expect(value, end && *end == '\0' && errno == 0, "a whole number written as text", f->name, at);
}

static int write_number(json_t **out, const void *member, const struct tare_field *f, struct tare_place at)
{
    double x = *(const double *)member;
    if (!isfinite(x))
        return tare_field_fail(at, f->name, "%g can't be stored: JSON has finite numbers only", x);
    *out = json_real(x);
    return 0;
}

static int read_number(void *member, const json_t *value, const struct tare_field *f, struct tare_place at)
{
    int rc = expect(value, json_is_number(value), "a number", f->name, at);
    if (rc)
        return rc;
    double x = *(double *)member = json_number_value(value);
    if (x < 0 && (f->kind == TARE_FIELD_AMOUNT || f->kind == TARE_FIELD_FRACTION))
        return tare_field_fail(at, f->name, "%g is below 0", x);
    if (x > 1 && f->kind == TARE_FIELD_FRACTION)
        return tare_field_fail(at, f->name, "%g is above 1", x);
    return 0;
}

/* What null stands for. */
static double null_value(const struct tare_field *f)
{
    if (f->kind == TARE_FIELD_VALUE)
        return NAN;
    return f->kind == TARE_FIELD_LOW ? -INFINITY : INFINITY;
}

static int write_or_null(json_t **out, const void *member, const struct tare_field *f, struct tare_place at)
{
    double x = *(const double *)member, null = null_value(f);
    if (x != null && !(isnan(x) && isnan(null)))
        return write_number(out, member, f, at);
    *out = json_null();
    return 0;
}

static int read_or_null(void *member, const json_t *value, const struct tare_field *f, struct tare_place at)
{
    if (!json_is_null(value))
        return read_number(member, value, f, at);
    *(double *)member = null_value(f);
    return 0;
}

static const struct tare_field interval_fields[] = {
    { "value", TARE_FIELD_VALUE, offsetof(struct tare_interval, value), NULL, 0 },
    { "lo", TARE_FIELD_LOW, offsetof(struct tare_interval, lo), NULL, 0 },
    { "hi", TARE_FIELD_HIGH, offsetof(struct tare_interval, hi), NULL, 0 },
};

/* No estimate, no bounds. */
static int check_interval(const struct tare_interval *i, const char *name, struct tare_place at)
{
    if (isnan(i->value) && (isfinite(i->lo) || isfinite(i->hi)))
        return tare_field_fail(at, name, "it has bounds, but no value");
    return 0;
}

/* The place of the members of the member `name`; path holds its text. */
static struct tare_place inside(char path[64], struct tare_place at, const char *name)
{
    snprintf(path, 64, "%s%s%s", at.path ? at.path : "", at.path ? "." : "", name);
    return (struct tare_place){ at.where, path };
}

static int write_interval(json_t **out, const void *member, const struct tare_field *f, struct tare_place at)
{
    char path[64];
    json_t *object = json_object();
    int rc = check_interval(member, f->name, at);
    if (!rc)
        rc = tare_fields_write(object, member, interval_fields, 3, inside(path, at, f->name));
    if (rc) {
        json_decref(object);
        return rc;
    }
    *out = object;
    return 0;
}

static int read_interval(void *member, const json_t *value, const struct tare_field *f, struct tare_place at)
{
    char path[64];
    int rc = expect(value, json_is_object(value), "an object", f->name, at);
    if (!rc)
        rc = tare_fields_read(member, value, interval_fields, 3, inside(path, at, f->name));
    return rc ? rc : check_interval(member, f->name, at);
}

static int write_name(json_t **out, const void *member, const struct tare_field *f, struct tare_place at)
{
    (void)at;
    *out = json_string(f->names[*(const unsigned *)member]);
    return 0;
}

static int read_name(void *member, const json_t *value, const struct tare_field *f, struct tare_place at)
{
    int rc = expect(value, json_is_string(value), "a text", f->name, at);
    if (rc)
        return rc;
    for (unsigned i = 0; i < f->n_names; i++) {
        if (strcmp(json_string_value(value), f->names[i]) == 0) {
            *(unsigned *)member = i;
            return 0;
        }
    }
    return tare_field_fail(at, f->name, "unknown value \"%.64s\"", json_string_value(value));
}

static const struct {
    write_fn *write;
    read_fn *read;
} kinds[TARE_FIELD_KINDS] = {
    [TARE_FIELD_TEXT] = { write_text, read_text },
    [TARE_FIELD_TEXT_OR] = { write_text, read_text },
    [TARE_FIELD_BOOL] = { write_bool, read_bool },
    [TARE_FIELD_INT] = { write_whole, read_whole },
    [TARE_FIELD_U32] = { write_whole, read_whole },
    [TARE_FIELD_SIZE] = { write_whole, read_whole },
    [TARE_FIELD_U64] = { write_whole, read_whole },
    [TARE_FIELD_SEED] = { write_seed, read_seed },
    [TARE_FIELD_NUMBER] = { write_number, read_number },
    [TARE_FIELD_AMOUNT] = { write_number, read_number },
    [TARE_FIELD_FRACTION] = { write_number, read_number },
    [TARE_FIELD_VALUE] = { write_or_null, read_or_null },
    [TARE_FIELD_LOW] = { write_or_null, read_or_null },
    [TARE_FIELD_HIGH] = { write_or_null, read_or_null },
    [TARE_FIELD_INTERVAL] = { write_interval, read_interval },
    [TARE_FIELD_NAME] = { write_name, read_name },
};

/* ---- objects ---- */

int tare_fields_write(json_t *object, const void *base, const struct tare_field *fields, size_t n, struct tare_place at)
{
    for (size_t i = 0; i < n; i++) {
        json_t *value = NULL;
        int rc = kinds[fields[i].kind].write(&value, (const char *)base + fields[i].offset, &fields[i], at);
        if (rc)
            return rc;
        if (json_object_set_new(object, fields[i].name, value)) /* takes value; fails where it is NULL */
            return no_memory();
    }
    return 0;
}

int tare_fields_read(void *base, const json_t *object, const struct tare_field *fields, size_t n, struct tare_place at)
{
    for (size_t i = 0; i < n; i++) {
        const json_t *value = json_object_get(object, fields[i].name);
        int rc = kinds[fields[i].kind].read((char *)base + fields[i].offset, value, &fields[i], at);
        if (rc)
            return rc;
    }
    return 0;
}

json_t *tare_json_member(const json_t *object, const char *name, json_type type, struct tare_place at)
{
    json_t *value = json_object_get(object, name);
    const char *what = type == JSON_OBJECT ? "an object" : "an array";
    return expect(value, value && json_typeof(value) == type, what, name, at) ? NULL : value;
}

int tare_json_parse(json_t **object, const char *text, size_t len, const char *schema, const char *where)
{
    json_error_t error;
    json_t *root = json_loadb(text, len, JSON_REJECT_DUPLICATES, &error);
    *object = NULL;
    if (!root)
        return json_error_code(&error) == json_error_out_of_memory
                   ? no_memory()
                   : tare_fail(TARE_EPARSE, "%s: not JSON: %s (byte %d)", where, error.text, error.position);
    const char *found = json_string_value(json_object_get(root, "schema"));
    size_t family = (size_t)(strchr(schema, '/') - schema) + 1;
    int rc = 0;
    if (!json_is_object(root))
        rc = tare_fail(TARE_EPARSE, "%s: not a JSON object", where);
    else if (!found)
        rc = tare_fail(TARE_EPARSE, "%s: field schema: missing", where);
    else if (strncmp(found, schema, family) != 0)
        rc = tare_fail(TARE_EPARSE, "%s: field schema: \"%.64s\" is not \"%s\"", where, found, schema);
    else if (strcmp(found, schema) != 0)
        rc = tare_fail(TARE_EVERSION, "%s: field schema: \"%.64s\", but this program reads \"%s\"", where, found,
                       schema);
    if (rc)
        json_decref(root);
    else
        *object = root;
    return rc;
}

int tare_json_append(struct tare_buf *out, const json_t *object, size_t flags)
{
    char *text = json_dumps(object, flags);
    if (!text)
        return no_memory();
    tare_buf_str(out, text);
    free(text);
    return out->failed ? TARE_ENOMEM : 0;
}
