#include "framework/runner/files.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "framework/base/error.h"
#include "framework/base/file.h"
#include "framework/base/mem.h"
#include "framework/runner/crew.h"

static const size_t most_bytes = (size_t)1 << 30; /* of a suite file */

static int snapshot(int *out, const struct tare_map *map, const char *path)
{
    int fd = memfd_create("tare-suite", MFD_CLOEXEC);
    if (fd < 0)
        return tare_fail(TARE_EIO, "%s: no memory for a copy: %s", path, strerror(errno));
    const char *p = map->data;
    for (size_t left = map->size; left > 0;) {
        ssize_t n = write(fd, p, left);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            int e = errno;
            close(fd);
            return tare_fail(TARE_EIO, "%s: no memory for a copy: %s", path, strerror(e));
        }
        p += n;
        left -= (size_t)n;
    }
    *out = fd;
    return 0;
}

static int append(struct suite_files *f, size_t *index, const struct tare_map *map, const char *path)
{
    if (tare_grow(&f->items, &f->capacity, f->n + 1, sizeof *f->items) != 0)
        return TARE_ENOMEM;
    struct suite_file *file = &f->items[f->n];
    *file = (struct suite_file){ .fd = -1 };
    file->path = tare_strdup(path);
    if (!file->path)
        return TARE_ENOMEM;
    int rc = snapshot(&file->fd, map, path);
    if (rc != 0) {
        free(file->path);
        return rc;
    }
    snprintf(file->load_path, sizeof file->load_path, "/proc/self/fd/%d", file->fd);
    *index = f->n++;
    return 0;
}

int files_add(struct suite_files *f, size_t *index, const char *path)
{
    struct tare_map map;
    int rc = tare_map_open(&map, path);
    if (rc != 0)
        return rc;
    if (map.size > most_bytes || map.size == 0)
        rc = tare_fail(TARE_EPARSE, "%s: %zu bytes can't be a suite file", path, map.size);
    else
        rc = append(f, index, &map, path);
    tare_map_close(&map);
    return rc;
}

int files_add_twin(struct suite_files *f, size_t *index, size_t of)
{
    struct tare_map map;
    int rc = tare_map_open(&map, f->items[of].load_path);
    if (rc != 0)
        return rc;
    char *path = tare_strdup(f->items[of].path); /* append may move items */
    rc = path ? append(f, index, &map, path) : TARE_ENOMEM;
    free(path);
    if (rc == 0)
        f->items[*index].twin = true;
    tare_map_close(&map);
    return rc;
}

static bool is_older(const struct stat *a, const struct stat *b)
{
    if (a->st_mtim.tv_sec != b->st_mtim.tv_sec)
        return a->st_mtim.tv_sec < b->st_mtim.tv_sec;
    return a->st_mtim.tv_nsec < b->st_mtim.tv_nsec;
}

/* stem: the suite's file without folder and ".so". */
static int add_layout(struct suite_files *f, const char *layout, const char *suite, const char *stem)
{
    struct stat its, own;
    size_t index;
    const char *fault = NULL;
    if (stat(layout, &its) != 0)
        fault = "there is no such layout";
    else if (stat(suite, &own) == 0 && is_older(&its, &own))
        fault = "this layout is older than its suite";
    if (!fault)
        return files_add(f, &index, layout);
    return tare_fail(TARE_ENOENT,
                     "%s: %s: `cmake --build BUILD --target %s_layouts` links it (in Tare's own tree: `make layouts`)",
                     layout, fault, stem);
}

int files_add_layouts(struct suite_files *f, size_t of, size_t n)
{
    const char *path = f->items[of].path, *slash = strrchr(path, '/');
    int folder = slash ? (int)(slash + 1 - path) : 0;
    char *suite = tare_strdup(path), *stem = tare_strdup(path + folder); /* items may move */
    int rc = suite && stem ? 0 : TARE_ENOMEM;
    if (rc == 0)
        stem[strlen(stem) - strlen(".so")] = '\0'; /* tare_is_suite_path */
    f->items[of].first_layout = f->n;
    for (size_t k = 1; k <= n && rc == 0; k++) {
        char *layout = tare_format("%.*slayouts/%s.%zu.so", folder, suite, stem, k);
        rc = layout ? add_layout(f, layout, suite, stem) : TARE_ENOMEM;
        free(layout);
        f->items[of].n_layouts += rc == 0;
    }
    free(suite);
    free(stem);
    return rc;
}

int files_list(struct suite_files *f, const struct bench_setting *setting, const volatile int *stop)
{
    struct crew crew = { .files = f, .setting = setting, .stop = stop };
    int rc = 0;
    for (size_t i = 0; i < f->n && rc == 0; i++) {
        struct suite_file *file = &f->items[i];
        if (file->build.suite || file->problem || file->twin)
            continue;
        rc = crew_list(&crew, i, file);
        if (rc == TARE_ESTOP || rc == TARE_ENOMEM || rc == TARE_EIO)
            break;
        if (rc != 0) {
            file->problem = rc == TARE_ECRASH
                                ? tare_format("%s: while listing its cases it %s", file->path, tare_error())
                                : tare_strdup(tare_error());
            rc = file->problem ? 0 : TARE_ENOMEM;
        } else {
            file->build.path = tare_strdup(file->path);
            rc = file->build.path ? 0 : TARE_ENOMEM;
        }
    }
    crew_dismiss(&crew);
    return rc;
}

long files_find(const struct suite_file *file, const char *id)
{
    for (size_t i = 0; i < file->n_cases; i++)
        if (strcmp(file->cases[i].id, id) == 0)
            return (long)i;
    return -1;
}

bool files_tag_core(const struct suite_file *file)
{
    for (size_t i = 0; i < file->n_cases; i++)
        if (file->cases[i].core)
            return true;
    return false;
}

static void case_free(struct listed_case *c)
{
    for (size_t i = 0; i < c->n_params; i++) {
        free(c->params[i].name);
        free(c->params[i].text);
    }
    free(c->params);
    free(c->work.item_unit);
    free(c->id);
    free(c->group);
    free(c->variant);
}

void files_free(struct suite_files *f)
{
    for (size_t i = 0; i < f->n; i++) {
        struct suite_file *file = &f->items[i];
        for (size_t k = 0; k < file->n_cases; k++)
            case_free(&file->cases[k]);
        free(file->cases);
        free(file->build.suite);
        free(file->build.path);
        free(file->build.compiler);
        free(file->build.options);
        free(file->path);
        free(file->problem);
        if (file->fd >= 0)
            close(file->fd);
    }
    free(f->items);
    *f = (struct suite_files){ 0 };
}
