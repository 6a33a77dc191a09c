#include "framework/suite/select.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "framework/base/error.h"
#include "framework/base/file.h"
#include "framework/base/mem.h"
#include "framework/base/text.h"

bool tare_is_suite_path(const char *word)
{
    size_t n = strlen(word);
    return n > 3 && strcmp(word + n - 3, ".so") == 0;
}

enum tare_match tare_pattern_match(const char *pattern, const char *id)
{
    size_t n = strlen(pattern);
    while (n > 1 && pattern[n - 1] == '/')
        n--;
    if (strncmp(pattern, id, n) == 0 && (id[n] == '/' || id[n] == '\0'))
        return memchr(pattern, '/', n) ? TARE_MATCH_CASE : TARE_MATCH_SUITE;
    return tare_glob(pattern, id) ? TARE_MATCH_CASE : TARE_NO_MATCH;
}

int tare_paths_add(struct tare_paths *p, const char *path)
{
    char *copy = tare_strdup(path);
    if (!copy || tare_grow(&p->items, &p->capacity, p->n + 1, sizeof *p->items) != 0) {
        free(copy);
        return TARE_ENOMEM;
    }
    p->items[p->n++] = copy;
    return 0;
}

void tare_paths_free(struct tare_paths *p)
{
    for (size_t i = 0; i < p->n; i++)
        free(p->items[i]);
    free(p->items);
    *p = (struct tare_paths){ 0 };
}

static int is_suite_entry(const struct dirent *d)
{
    return d->d_name[0] != '.' && tare_is_suite_path(d->d_name);
}

static int add_folder(struct tare_paths *out, const char *folder)
{
    struct dirent **entries;
    int n = scandir(folder, &entries, is_suite_entry, alphasort);
    if (n < 0)
        return tare_fail(TARE_ENOENT, "%s: can't look for suites: %s", folder, strerror(errno));
    int rc = 0;
    for (int i = 0; i < n; i++) {
        char *path = rc == 0 ? tare_path_join(folder, entries[i]->d_name) : NULL;
        if (rc == 0)
            rc = path ? tare_paths_add(out, path) : TARE_ENOMEM;
        free(path);
        free(entries[i]);
    }
    free(entries);
    return rc;
}

static int add_place(struct tare_paths *out, const char *place)
{
    struct stat st;
    if (stat(place, &st) == 0 && S_ISREG(st.st_mode))
        return tare_paths_add(out, place);
    return add_folder(out, place);
}

static int find_from_program(struct tare_paths *out)
{
    char *self = tare_path_self();
    char *folder = self ? tare_path_join(self, "../lib/tare/suites") : NULL;
    int rc = folder ? add_folder(out, folder) : TARE_ENOMEM;
    free(folder);
    free(self);
    return rc;
}

int tare_suites_find(struct tare_paths *out)
{
    const char *places = getenv("TARE_SUITES");
    *out = (struct tare_paths){ 0 };
    int rc = 0;
    if (!places || !*places) {
        rc = find_from_program(out);
    } else {
        char *copy = tare_strdup(places);
        char *rest = copy;
        rc = copy ? 0 : TARE_ENOMEM;
        for (char *place; rc == 0 && (place = strsep(&rest, ":")) != NULL;)
            if (*place)
                rc = add_place(out, place);
        free(copy);
    }
    if (rc == 0 && out->n == 0)
        rc = tare_fail(TARE_ENOENT, "no suites found: build some, or name their folder in TARE_SUITES");
    if (rc != 0)
        tare_paths_free(out);
    return rc;
}
