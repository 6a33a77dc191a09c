#include "framework/store/manifest.h"

#include <stdlib.h>
#include <string.h>

#include "framework/base/error.h"
#include "framework/result/fields.h"

static const struct tare_field count_fields[] = {
    { "cases", TARE_FIELD_SIZE, offsetof(struct tare_manifest_counts, cases), NULL, 0 },
    { "samples", TARE_FIELD_SIZE, offsetof(struct tare_manifest_counts, samples), NULL, 0 },
};

enum { N_COUNT_FIELDS = sizeof count_fields / sizeof count_fields[0] };

bool tare_name_check(const char *name)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    size_t len = strlen(name);
    return len > 0 && len <= 64 && strspn(name, allowed) == len && name[0] != '.' && name[0] != '-';
}

char *tare_build_member(const struct tare_build *b)
{
    return tare_format(TARE_SUITES_DIR "/%s.so", b->suite);
}

static int check_builds(const struct tare_run *run)
{
    for (size_t i = 0; i < run->n_builds; i++) {
        const char *suite = run->builds[i].suite;
        if (!tare_name_check(suite))
            return tare_fail(TARE_EUSAGE,
                             "suite \"%s\" can't be kept in a baseline: its name must be letters, digits, '.', '_', "
                             "'-', at most 64",
                             suite);
        for (size_t j = 0; j < i; j++)
            if (strcmp(suite, run->builds[j].suite) == 0)
                return tare_fail(TARE_EUSAGE, "two builds of suite \"%s\" (%s, %s) can't be kept in one baseline",
                                 suite, run->builds[j].path, run->builds[i].path);
    }
    return 0;
}

/* Copies of the builds with the paths they have in the folder; only `path` is the copy's own. */
static int relative_builds(struct tare_build **out, const struct tare_run *run)
{
    struct tare_build *builds = *out = tare_calloc(run->n_builds, sizeof *builds);
    if (!builds)
        return TARE_ENOMEM;
    for (size_t i = 0; i < run->n_builds; i++) {
        builds[i] = run->builds[i];
        if (!(builds[i].path = tare_build_member(&run->builds[i])))
            return TARE_ENOMEM;
    }
    return 0;
}

int tare_manifest_print(struct tare_buf *out, const struct tare_run *run)
{
    struct tare_manifest_counts counts = { .cases = run->n_results };
    for (size_t i = 0; i < run->n_results; i++)
        counts.samples += run->results[i].samples.n;
    struct tare_run kept = *run; /* shallow: all but the builds stays the caller's */
    kept.builds = NULL;
    json_t *object = NULL;
    int rc = check_builds(run);
    if (!rc)
        rc = relative_builds(&kept.builds, run);
    if (rc)
        goto done;
    object = json_object();
    if (json_object_set_new(object, "schema", json_string(TARE_MANIFEST_SCHEMA)))
        rc = tare_fail(TARE_ENOMEM, "out of memory");
    struct tare_place at = { TARE_MANIFEST_FILE, NULL };
    if (!rc)
        rc = tare_fields_write(object, &counts, count_fields, N_COUNT_FIELDS, at);
    if (!rc)
        rc = tare_run_write(object, &kept);
    if (!rc)
        rc = tare_json_append(out, object, JSON_INDENT(2));
    tare_buf_str(out, "\n");
    if (!rc && out->failed)
        rc = TARE_ENOMEM;
done:
    for (size_t i = 0; kept.builds && i < run->n_builds; i++)
        free(kept.builds[i].path);
    free(kept.builds);
    json_decref(object);
    return rc;
}

/* The paths must be those that tare_manifest_print writes: nothing outside the folder is ever loaded. */
static int check_paths(const struct tare_run *run, const char *where)
{
    for (size_t i = 0; i < run->n_builds; i++) {
        const struct tare_build *b = &run->builds[i];
        char *member = tare_build_member(b);
        if (!member)
            return TARE_ENOMEM;
        bool ok = tare_name_check(b->suite) && strcmp(b->path, member) == 0;
        free(member);
        if (!ok)
            return tare_fail(TARE_EPARSE, "%s: field builds[%zu].path: not \"" TARE_SUITES_DIR "/<suite>.so\"", where,
                             i);
        for (size_t j = 0; j < i; j++)
            if (strcmp(b->suite, run->builds[j].suite) == 0)
                return tare_fail(TARE_EPARSE, "%s: field builds[%zu].suite: there twice", where, i);
    }
    return 0;
}

int tare_manifest_parse(struct tare_run *run, struct tare_manifest_counts *counts, const char *text, size_t len,
                        const char *where)
{
    json_t *object = NULL;
    *run = (struct tare_run){ 0 };
    int rc = tare_json_parse(&object, text, len, TARE_MANIFEST_SCHEMA, where);
    if (!rc)
        rc = tare_fields_read(counts, object, count_fields, N_COUNT_FIELDS, (struct tare_place){ where, NULL });
    if (!rc)
        rc = tare_run_read(run, object, where);
    if (!rc)
        rc = check_paths(run, where);
    json_decref(object);
    if (rc)
        tare_run_free(run);
    return rc;
}
