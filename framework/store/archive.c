/* A baseline as one file, and back. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "framework/base/error.h"
#include "framework/base/file.h"
#include "framework/base/mem.h"
#include "framework/store/baseline.h"
#include "framework/store/folder.h"
#include "framework/store/lock.h"
#include "framework/store/manifest.h"
#include "framework/store/place.h"
#include "framework/store/tar.h"

/* ---- export ---- */

static int export_member(int fd, const char *aside, const char *folder, const char *member)
{
    struct tare_map map = { 0 };
    char *path = tare_path_join(folder, member);
    int rc = path ? tare_map_open(&map, path) : TARE_ENOMEM;
    if (!rc)
        rc = tare_tar_add(fd, aside, member, map.data, map.size);
    tare_map_close(&map);
    free(path);
    return rc;
}

/* All files of a folder that was verified, into `file`, which is replaced only when all was written. */
static int export_folder(const char *folder, const char *file)
{
    struct tare_checksums sums = { 0 };
    char *aside = tare_format("%s.tmp-%ld", file, (long)getpid());
    int fd = -1, rc = aside ? tare_folder_checksums(&sums, folder, folder) : TARE_ENOMEM;
    if (rc)
        goto done;
    fd = open(aside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0) {
        rc = tare_fail(TARE_EIO, "%s: cannot write: %s", file, strerror(errno));
        goto done;
    }
    rc = export_member(fd, file, folder, TARE_CHECKSUMS_FILE);
    for (size_t i = 0; i < sums.n && !rc; i++)
        rc = export_member(fd, file, folder, sums.items[i].path);
    if (!rc)
        rc = tare_tar_end(fd, file);
    if (!rc && (fsync(fd) || rename(aside, file)))
        rc = tare_fail(TARE_EIO, "%s: cannot write: %s", file, strerror(errno));
    close(fd);
    if (rc)
        unlink(aside);
done:
    tare_checksums_free(&sums);
    free(aside);
    return rc;
}

int tare_baseline_export(const struct tare_store *s, const char *name, const char *file)
{
    struct tare_baseline b;
    struct tare_lock lock;
    int rc = tare_baseline_load(&b, s, name); /* what is damaged is not passed on */
    if (rc)
        return rc;
    rc = tare_lock_read(&lock, s, TARE_LOCK_WAIT_MS);
    if (!rc) {
        rc = export_folder(b.path, file);
        tare_lock_release(&lock);
    }
    tare_baseline_free(&b);
    return rc;
}

/* ---- import ---- */

static int import_member(const char *folder, const struct tare_tar *t, const struct tare_tar_member *m)
{
    if (strcmp(m->name, TARE_CHECKSUMS_FILE) != 0 && !tare_member_check(m->name))
        return tare_fail(TARE_EPARSE, "%s: \"%s\" is not the name of a file of a baseline", t->path, m->name);
    char *path = tare_path_join(folder, m->name);
    int rc = 0;
    if (!path)
        rc = TARE_ENOMEM;
    else if (tare_path_exists(path))
        rc = tare_fail(TARE_EPARSE, "%s: %s is there twice", t->path, m->name);
    else
        rc = tare_file_write(path, m->data, m->size);
    free(path);
    return rc;
}

/* Unpacks into an empty folder. */
static int import_members(const char *folder, const struct tare_map *map, const char *file)
{
    struct tare_tar t = { .data = map->data, .size = map->size, .path = file };
    struct tare_tar_member m;
    char *suites = tare_path_join(folder, TARE_SUITES_DIR);
    int rc = suites ? tare_dir_make(suites) : TARE_ENOMEM;
    while (!rc && (rc = tare_tar_next(&t, &m)) == 1)
        rc = import_member(folder, &t, &m);
    if (!rc)
        rc = tare_dir_sync(suites);
    if (!rc)
        rc = tare_dir_sync(folder);
    free(suites);
    return rc;
}

/* Unpacks beside, verifies what was unpacked, and gives it the name. Under the lock. */
static int import_map(const struct tare_store *s, const char *name, const struct tare_map *map, const char *file)
{
    struct tare_baseline b = { 0 };
    char *aside = NULL;
    int rc = tare_place_prepare(s);
    if (!rc)
        rc = tare_place_aside(&aside, s);
    if (!rc)
        rc = import_members(aside, map, file);
    if (!rc)
        rc = tare_folder_read(&b, aside, file);
    if (!rc)
        rc = tare_place_publish(s, name, aside);
    if (rc && aside)
        tare_place_discard(aside);
    tare_baseline_free(&b);
    free(aside);
    if (rc != TARE_EPARSE && rc != TARE_EDAMAGED && rc != TARE_EVERSION)
        return rc;
    char message[768];
    snprintf(message, sizeof message, "%s", tare_error());
    return tare_fail(rc, "%s; nothing was imported: export the baseline anew", message);
}

int tare_baseline_import(const struct tare_store *s, const char *name, const char *file, bool force)
{
    struct tare_lock lock;
    struct tare_map map = { 0 };
    int rc = tare_baseline_name_check(name);
    if (!rc)
        rc = tare_map_open(&map, file);
    if (!rc)
        rc = tare_lock_write(&lock, s, TARE_LOCK_WAIT_MS);
    if (rc)
        goto done;
    if (!force && tare_baseline_exists(s, name))
        rc = tare_fail(TARE_EEXIST, "%s: baseline \"%s\" exists; replace it with --force, or choose another name",
                       s->root, name);
    else
        rc = import_map(s, name, &map, file);
    tare_lock_release(&lock);
done:
    tare_map_close(&map);
    return rc;
}
