#include "framework/store/place.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "framework/base/error.h"
#include "framework/base/file.h"
#include "framework/base/mem.h"
#include "framework/base/rng.h"
#include "framework/base/text.h"

#define OLD_PREFIX ".old-"
#define TMP_PREFIX "tmp-"

static char *folder_of(const struct tare_store *s, const char *prefix, const char *name)
{
    return tare_format("%s/baselines/%s%s", s->root, prefix, name);
}

static bool exists(const char *path)
{
    struct stat st;
    return lstat(path, &st) == 0;
}

static int fail_errno(const char *path, const char *verb)
{
    return tare_fail(TARE_EIO, "%s: cannot %s: %s", path, verb, strerror(errno));
}

char *tare_place_find(const struct tare_store *s, const char *name)
{
    static const char *const prefixes[] = { "", OLD_PREFIX };
    for (size_t i = 0; i < 2; i++) {
        char *path = folder_of(s, prefixes[i], name);
        if (!path || exists(path))
            return path;
        free(path);
    }
    return NULL;
}

void tare_place_discard(const char *path)
{
    char message[1024];
    snprintf(message, sizeof message, "%s", tare_error());
    if (tare_dir_remove(path))
        unlink(path);
    tare_fail(0, "%s", message);
}

/* ---- names ---- */

/* Calls each(name, ctx) for the entries of a folder; a folder that is absent has none. */
static int walk(const char *path, int (*each)(const char *name, void *ctx), void *ctx)
{
    DIR *dir = opendir(path);
    if (!dir)
        return errno == ENOENT ? 0 : fail_errno(path, "read");
    int rc = 0;
    const struct dirent *entry;
    while (!rc && (entry = readdir(dir)))
        rc = each(entry->d_name, ctx);
    closedir(dir);
    return rc;
}

struct names {
    char **items;
    size_t n, capacity;
};

/* Collects names of baselines; one whose exchange was cut off counts under its name, once. */
static int collect(const char *entry, void *ctx)
{
    struct names *names = ctx;
    if (strncmp(entry, OLD_PREFIX, strlen(OLD_PREFIX)) == 0)
        entry += strlen(OLD_PREFIX);
    for (size_t i = 0; i < names->n; i++)
        if (strcmp(names->items[i], entry) == 0)
            return 0;
    if (tare_baseline_name_check(entry))
        return 0;
    if (tare_grow(&names->items, &names->capacity, names->n + 1, sizeof *names->items))
        return TARE_ENOMEM;
    if (!(names->items[names->n] = tare_strdup(entry)))
        return TARE_ENOMEM;
    names->n++;
    return 0;
}

static void free_names(char **names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        free(names[i]);
    free(names);
}

int tare_place_names(char ***out, size_t *n, const struct tare_store *s)
{
    struct names names = { 0 };
    char *path = folder_of(s, "", "");
    int rc = path ? walk(path, collect, &names) : TARE_ENOMEM;
    free(path);
    if (rc) {
        free_names(names.items, names.n);
        names = (struct names){ 0 };
    }
    *out = names.items;
    *n = names.n;
    return rc;
}

int tare_place_missing(const struct tare_store *s, const char *name)
{
    char **names;
    size_t n;
    int rc = tare_place_names(&names, &n, s);
    if (rc)
        return rc;
    const char *nearest = tare_nearest(name, (const char *const *)names, n);
    if (nearest)
        rc = tare_fail(TARE_ENOENT, "%s: no baseline \"%s\"; the nearest name is \"%s\"", s->root, name, nearest);
    else if (n > 0)
        rc = tare_fail(TARE_ENOENT, "%s: no baseline \"%s\"; `tare baseline list` shows the %zu that exist", s->root,
                       name, n);
    else
        rc = tare_fail(TARE_ENOENT, "%s: no baseline \"%s\", nor any other; save one with `tare run --save %s`",
                       s->root, name, name);
    free_names(names, n);
    return rc;
}

/* ---- changes ---- */

/* Under the lock no other save is going on: a tmp-* folder belongs to a run that was killed. */
static int clear_debris(const char *entry, void *ctx)
{
    const struct tare_store *s = ctx;
    if (strncmp(entry, TMP_PREFIX, strlen(TMP_PREFIX)) != 0)
        return 0;
    char *path = tare_path_join(s->root, entry);
    if (!path)
        return TARE_ENOMEM;
    tare_place_discard(path);
    free(path);
    return 0;
}

/* An exchange by two renames that was cut off: between them the old folder gets its name back, after them it goes. */
static int settle(const char *entry, void *ctx)
{
    const struct tare_store *s = ctx;
    if (strncmp(entry, OLD_PREFIX, strlen(OLD_PREFIX)) != 0)
        return 0;
    char *old = folder_of(s, "", entry), *path = folder_of(s, "", entry + strlen(OLD_PREFIX));
    int rc = old && path ? 0 : TARE_ENOMEM;
    if (!rc && exists(path))
        tare_place_discard(old);
    else if (!rc && rename(old, path))
        rc = fail_errno(path, "rename");
    free(old);
    free(path);
    return rc;
}

int tare_place_prepare(const struct tare_store *s)
{
    char *path = folder_of(s, "", "");
    int rc = path ? tare_dir_make(path) : TARE_ENOMEM;
    if (!rc)
        rc = walk(s->root, clear_debris, (void *)(uintptr_t)s);
    if (!rc)
        rc = walk(path, settle, (void *)(uintptr_t)s);
    free(path);
    return rc;
}

int tare_place_aside(char **path, const struct tare_store *s)
{
    *path = tare_format("%s/" TMP_PREFIX "%ld-%016" PRIx64, s->root, (long)getpid(), tare_rng_fresh_seed());
    if (!*path)
        return TARE_ENOMEM;
    if (mkdir(*path, 0755) == 0)
        return 0;
    int rc = fail_errno(*path, "make");
    free(*path);
    *path = NULL;
    return rc;
}

/* The folders in which names have changed, onto disk. */
static int sync_folders(const struct tare_store *s)
{
    char *path = folder_of(s, "", "");
    int rc = path ? tare_dir_sync(path) : TARE_ENOMEM;
    free(path);
    return rc ? rc : tare_dir_sync(s->root);
}

/* For file systems without RENAME_EXCHANGE. Between the two renames only .old-<name> is there; tare_place_find looks
 * for it, and the next save settles it. */
static int exchange_in_two(const struct tare_store *s, const char *name, const char *path, const char *aside)
{
    char *old = folder_of(s, OLD_PREFIX, name);
    if (!old)
        return TARE_ENOMEM;
    int rc = 0;
    if (rename(path, old)) {
        rc = fail_errno(path, "rename");
    } else if (rename(aside, path)) {
        rc = fail_errno(path, "rename");
        (void)!rename(old, path); /* where this fails too, the next save settles it */
    } else if (!(rc = sync_folders(s))) {
        tare_place_discard(old);
    }
    free(old);
    return rc;
}

int tare_place_publish(const struct tare_store *s, const char *name, const char *aside)
{
    char *path = folder_of(s, "", name);
    if (!path)
        return TARE_ENOMEM;
    int rc = 0;
    if (!exists(path)) {
        rc = rename(aside, path) ? fail_errno(path, "rename") : sync_folders(s);
    } else if (renameat2(AT_FDCWD, aside, AT_FDCWD, path, RENAME_EXCHANGE) == 0) {
        rc = sync_folders(s);
        tare_place_discard(aside); /* now the old one */
    } else if (errno == EINVAL || errno == ENOSYS || errno == ENOTSUP) {
        rc = exchange_in_two(s, name, path, aside);
    } else {
        rc = fail_errno(path, "rename");
    }
    free(path);
    return rc;
}

int tare_place_remove(const struct tare_store *s, const char *name)
{
    char *path = tare_place_find(s, name), *aside = NULL;
    if (!path)
        return tare_place_missing(s, name);
    int rc = tare_place_aside(&aside, s);
    if (rc)
        goto done;
    rmdir(aside); /* its name is what is wanted: the baseline may be a file by damage */
    if (rename(path, aside))
        rc = fail_errno(path, "rename");
    else
        rc = sync_folders(s);
    tare_place_discard(aside);
done:
    free(path);
    free(aside);
    return rc;
}
