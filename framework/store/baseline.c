#include "framework/store/baseline.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "framework/base/error.h"
#include "framework/base/file.h"
#include "framework/base/mem.h"
#include "framework/store/folder.h"
#include "framework/store/lock.h"
#include "framework/store/manifest.h"
#include "framework/store/place.h"

int tare_store_open(struct tare_store *s, const char *root)
{
    const char *dir = getenv("TARE_DIR");
    if (!root)
        root = dir && *dir ? dir : ".tare";
    *s = (struct tare_store){ .root = tare_strdup(root) };
    return s->root ? 0 : TARE_ENOMEM;
}

void tare_store_close(struct tare_store *s)
{
    free(s->root);
    s->root = NULL;
}

int tare_baseline_name_check(const char *name)
{
    if (tare_name_check(name))
        return 0;
    return tare_fail(TARE_EUSAGE,
                     "baseline name \"%.80s\": use letters, digits, '.', '_', '-', at most 64, not beginning with '.' "
                     "or '-'",
                     name);
}

bool tare_baseline_exists(const struct tare_store *s, const char *name)
{
    char *path = tare_name_check(name) ? tare_place_find(s, name) : NULL;
    free(path);
    return path != NULL;
}

int tare_baseline_save(const struct tare_store *s, const char *name, const struct tare_run *run)
{
    struct tare_lock lock;
    char *aside = NULL;
    int rc = tare_baseline_name_check(name);
    if (!rc)
        rc = tare_lock_write(&lock, s, TARE_LOCK_WAIT_MS);
    if (rc)
        return rc;
    rc = tare_place_prepare(s);
    if (!rc)
        rc = tare_place_aside(&aside, s);
    if (!rc)
        rc = tare_folder_write(aside, run);
    if (!rc)
        rc = tare_place_publish(s, name, aside);
    if (rc && aside)
        tare_place_discard(aside);
    free(aside);
    tare_lock_release(&lock);
    return rc;
}

/* What is wrong with a baseline's files, and the way out. */
static int advise(int rc, const struct tare_store *s, const char *name)
{
    if (rc != TARE_EDAMAGED && rc != TARE_EPARSE && rc != TARE_EVERSION)
        return rc;
    char message[768];
    snprintf(message, sizeof message, "%s", tare_error());
    if (s->last)
        return tare_fail(rc, "%s; the next `tare run` takes its place", message);
    return tare_fail(rc, "%s; remove the baseline with `tare baseline remove %s` and save it anew", message, name);
}

/* Under a lock. */
static int load(struct tare_baseline *b, const struct tare_store *s, const char *name)
{
    char *path = tare_place_find(s, name);
    if (!path)
        return tare_place_missing(s, name);
    int rc = advise(tare_folder_read(b, path, path), s, name);
    free(path);
    if (!rc && !(b->name = tare_strdup(name))) {
        tare_baseline_free(b);
        rc = TARE_ENOMEM;
    }
    return rc;
}

int tare_baseline_load(struct tare_baseline *b, const struct tare_store *s, const char *name)
{
    struct tare_lock lock;
    *b = (struct tare_baseline){ 0 };
    int rc = tare_baseline_name_check(name);
    if (!rc)
        rc = tare_lock_read(&lock, s, TARE_LOCK_WAIT_MS);
    if (rc)
        return rc;
    rc = load(b, s, name);
    tare_lock_release(&lock);
    return rc;
}

/* ---- the last run: a baseline in a store of its own inside the store ---- */

static const char last_name[] = "run";

static int last_open(struct tare_store *last, const struct tare_store *s)
{
    *last = (struct tare_store){ tare_path_join(s->root, "last"), true };
    return last->root ? 0 : TARE_ENOMEM;
}

int tare_last_save(const struct tare_store *s, const struct tare_run *run)
{
    struct tare_store last;
    int rc = last_open(&last, s);
    if (!rc)
        rc = tare_baseline_save(&last, last_name, run);
    tare_store_close(&last);
    return rc;
}

int tare_last_load(struct tare_baseline *b, const struct tare_store *s)
{
    struct tare_store last;
    *b = (struct tare_baseline){ 0 };
    int rc = last_open(&last, s);
    if (!rc && !tare_baseline_exists(&last, last_name))
        rc = tare_fail(TARE_ENOENT, "%s: there is no last run yet: `tare run` makes one, or name a baseline", s->root);
    if (!rc)
        rc = tare_baseline_load(b, &last, last_name);
    tare_store_close(&last);
    return rc;
}

void tare_baseline_free(struct tare_baseline *b)
{
    tare_run_free(&b->run);
    free(b->name);
    free(b->path);
    *b = (struct tare_baseline){ 0 };
}

int tare_baseline_remove(const struct tare_store *s, const char *name)
{
    struct tare_lock lock;
    int rc = tare_baseline_name_check(name);
    if (!rc && !tare_baseline_exists(s, name)) /* before the lock, which would make the store */
        rc = tare_place_missing(s, name);
    if (!rc)
        rc = tare_lock_write(&lock, s, TARE_LOCK_WAIT_MS);
    if (rc)
        return rc;
    rc = tare_place_prepare(s);
    if (!rc)
        rc = tare_place_remove(s, name);
    tare_lock_release(&lock);
    return rc;
}

/* ---- the list ---- */

static char *copy_or_null(const char *s)
{
    return s ? tare_strdup(s) : NULL;
}

/* Takes the name. What memory can't be had for stays NULL. */
static void describe(struct tare_baseline_entry *e, const struct tare_store *s, char *name)
{
    struct tare_baseline b;
    e->name = name;
    if (load(&b, s, name)) {
        e->problem = tare_strdup(tare_error());
        return;
    }
    e->date = copy_or_null(b.run.date);
    e->commit = copy_or_null(b.run.commit);
    e->machine = copy_or_null(tare_facts_get(&b.run.machine, "cpu.model"));
    e->n_cases = b.run.n_results;
    e->bytes = b.bytes;
    tare_baseline_free(&b);
}

/* Newest first, then by name; those without a date last. Dates are ISO 8601 in UTC: they sort as text. */
static int by_date(const void *pa, const void *pb)
{
    const struct tare_baseline_entry *a = pa, *b = pb;
    int order = strcmp(b->date ? b->date : "", a->date ? a->date : "");
    return order ? order : strcmp(a->name, b->name);
}

int tare_baseline_list(struct tare_baseline_entry **entries, size_t *n, const struct tare_store *s)
{
    struct tare_lock lock;
    char **names = NULL;
    *entries = NULL;
    *n = 0;
    int rc = tare_lock_read(&lock, s, TARE_LOCK_WAIT_MS);
    if (rc)
        return rc;
    rc = tare_place_names(&names, n, s);
    if (!rc && !(*entries = tare_calloc(*n, sizeof **entries)))
        rc = TARE_ENOMEM;
    for (size_t i = 0; i < *n; i++) {
        if (rc)
            free(names[i]);
        else
            describe(&(*entries)[i], s, names[i]);
    }
    free(names);
    tare_lock_release(&lock);
    if (rc)
        *n = 0;
    else
        qsort(*entries, *n, sizeof **entries, by_date);
    return rc;
}

void tare_baseline_list_free(struct tare_baseline_entry *entries, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        free(entries[i].name);
        free(entries[i].date);
        free(entries[i].commit);
        free(entries[i].machine);
        free(entries[i].problem);
    }
    free(entries);
}
