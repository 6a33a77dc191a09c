#include "framework/runner/programs.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "framework/base/error.h"
#include "framework/base/file.h"
#include "framework/base/mem.h"

#define PLACE "../lib/tare/commands"
#define START "tare-"

enum { ABOUT_BYTES = 200 };

static int is_command(const struct dirent *d)
{
    return strncmp(d->d_name, START, strlen(START)) == 0 && d->d_name[strlen(START)] && !strchr(d->d_name, '.');
}

/* The first line of tare-NAME.about; "" without one. */
static char *read_about(const char *path)
{
    char *file = tare_format("%s.about", path), *text = NULL;
    if (!file || !tare_path_exists(file) || tare_file_read(&text, NULL, file, ABOUT_BYTES)) {
        free(file);
        return tare_strdup("");
    }
    free(file);
    text[strcspn(text, "\n")] = '\0';
    return text;
}

static int add(struct programs *p, const char *folder, const char *file)
{
    int rc = tare_grow(&p->items, &p->capacity, p->n + 1, sizeof *p->items);
    if (rc)
        return rc;
    struct program *item = &p->items[p->n++];
    *item = (struct program){ .name = tare_strdup(file + strlen(START)), .path = tare_path_join(folder, file) };
    if (item->path)
        item->about = read_about(item->path);
    return item->name && item->about ? TARE_OK : TARE_ENOMEM;
}

int programs_find(struct programs *p)
{
    *p = (struct programs){ 0 };
    char *self = tare_path_self(), *folder = self ? tare_path_join(self, PLACE) : NULL;
    struct dirent **entries = NULL;
    int n = folder ? scandir(folder, &entries, is_command, alphasort) : 0;
    int rc = folder ? TARE_OK : TARE_ENOMEM;
    for (int i = 0; i < n; i++) {
        if (!rc)
            rc = add(p, folder, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    free(folder);
    free(self);
    return rc;
}

void programs_free(struct programs *p)
{
    for (size_t i = 0; i < p->n; i++) {
        free(p->items[i].name);
        free(p->items[i].path);
        free(p->items[i].about);
    }
    free(p->items);
    *p = (struct programs){ 0 };
}

int programs_run(const struct program *p, int argc, char **argv)
{
    char **words = tare_calloc((size_t)argc + 2, sizeof *words);
    if (!words)
        return TARE_ENOMEM;
    words[0] = p->path;
    memcpy(words + 1, argv, (size_t)argc * sizeof *words);
    signal(SIGPIPE, SIG_DFL); /* what is ignored here would stay ignored there */
    execv(p->path, words);
    int rc = tare_fail(TARE_EIO, "%s: cannot run: %s", p->path, strerror(errno));
    free(words);
    return rc;
}
