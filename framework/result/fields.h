/* A structure's members and their names in JSON: one table drives both directions. For the .c files of this layer and
 * of the store; others see text alone (json.h). */
#ifndef TARE_RESULT_FIELDS_H
#define TARE_RESULT_FIELDS_H

#include <jansson.h>

#include "framework/base/mem.h"
#include "framework/result/result.h"

enum tare_field_kind {
    TARE_FIELD_TEXT,     /* char *; NULL is written as "" */
    TARE_FIELD_TEXT_OR,  /* char *; NULL is null */
    TARE_FIELD_BOOL,     /* bool */
    TARE_FIELD_INT,      /* int */
    TARE_FIELD_U32,      /* uint32_t */
    TARE_FIELD_SIZE,     /* size_t */
    TARE_FIELD_U64,      /* uint64_t, at most 2^63 - 1 */
    TARE_FIELD_SEED,     /* uint64_t as decimal text: a JSON number keeps 53 bits in most readers */
    TARE_FIELD_NUMBER,   /* double, finite */
    TARE_FIELD_AMOUNT,   /* double, finite, >= 0 */
    TARE_FIELD_FRACTION, /* double in [0, 1] */
    TARE_FIELD_VALUE,    /* double; NaN, no estimate, is null */
    TARE_FIELD_LOW,      /* double; -infinity is null */
    TARE_FIELD_HIGH,     /* double; +infinity is null */
    TARE_FIELD_INTERVAL, /* struct tare_interval: value (VALUE), lo (LOW), hi (HIGH) */
    TARE_FIELD_NAME,     /* enum, as one of `names` */
    TARE_FIELD_KINDS
};

struct tare_field {
    const char *name;
    enum tare_field_kind kind;
    size_t offset;
    const char *const *names; /* NAME: [n_names] */
    size_t n_names;
};

/* Where a fault is, for messages: "<file>:<line>", and the path of members to the object that is read ("change"). */
struct tare_place {
    const char *where;
    const char *path;
};

/* Adds the members of `base` to an object. TARE_ENOMEM, or TARE_EPARSE for a number that JSON can't hold. */
int tare_fields_write(json_t *object, const void *base, const struct tare_field *fields, size_t n,
                      struct tare_place at);

/* Sets the members of `base` from an object. TARE_EPARSE when one is missing, of another type or out of its range.
 * Strings are allocated and replace what was there (NULL or an earlier string). */
int tare_fields_read(void *base, const json_t *object, const struct tare_field *fields, size_t n, struct tare_place at);

/* TARE_EPARSE, "<where>: <path>.<name>: <what>"; name may be NULL. */
int tare_field_fail(struct tare_place at, const char *name, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* A JSON string of bytes that need not be UTF-8: what is not becomes U+FFFD. NULL when out of memory. */
json_t *tare_json_text(const char *s);

/* The member `name`, of type JSON_OBJECT or JSON_ARRAY; NULL after recording TARE_EPARSE. */
json_t *tare_json_member(const json_t *object, const char *name, json_type type, struct tare_place at);

/* Parses text that must be one object with "schema": `schema`. TARE_EPARSE; TARE_EVERSION when the schema is another
 * version of it (the part before '/' agrees). The caller calls json_decref. */
int tare_json_parse(json_t **object, const char *text, size_t len, const char *schema, const char *where);

/* Appends the object as text (`flags` of json_dumps). */
int tare_json_append(struct tare_buf *out, const json_t *object, size_t flags);

/* The members of a run without its results, added to or read from an object that a document of its own schema is. */
struct tare_run;
int tare_run_write(json_t *object, const struct tare_run *run);
int tare_run_read(struct tare_run *run, const json_t *object,
                  const char *where); /* a failure leaves what can be freed */

/* The member "roofs" of a run; absent in those of earlier versions. */
struct tare_roofs;
int tare_roofs_write(json_t *to, const struct tare_roofs *roofs);
int tare_roofs_read(struct tare_roofs *roofs, const json_t *from, const char *where);

extern const char *const tare_method_names[3]; /* by enum tare_method */

/* The raw samples of a case: appended as a member of the object that `out` is in the middle of; read where there are
 * any. */
int tare_json_append_samples(struct tare_buf *out, const struct tare_result *r);
int tare_json_read_samples(struct tare_samples *s, const json_t *object, const char *where);

/* The cause of a name, or TARE_CAUSE_NONE. */
unsigned tare_json_cause(const char *name);

#endif
