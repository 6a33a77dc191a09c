#include "framework/runner/tree.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "framework/base/error.h"
#include "framework/base/file.h"
#include "framework/base/mem.h"
#include "framework/runner/child.h"
#include "framework/runner/stop.h"

enum { ARGS = 16 };

/* git WORDS (ending with NULL), in a folder or here. *out, which may be NULL, gets what it prints. Its exit status, or
 * a negative error; of a failure tare_error() holds the first line that git said. */
static int git(struct tare_buf *out, const char *folder, bool stops, const char *const *words)
{
    const char *argv[ARGS + 4] = { "git", "-c", "core.hooksPath=/dev/null" };
    size_t n = 3;
    for (size_t i = 0; words[i] && i < ARGS; i++)
        argv[n++] = words[i];
    const struct child c = {
        .argv = argv, .folder = folder, .apart = folder != NULL, .stop = stops ? &stop_asked : NULL
    };
    struct tare_buf dropped = { 0 }, err = { 0 };
    int status, rc = child_run(&status, out ? out : &dropped, &err, &c);
    if (rc == 0 && (err.failed || (out && out->failed)))
        rc = TARE_ENOMEM;
    if (rc == 0 && status != 0)
        tare_fail(TARE_EIO, "%.*s", (int)strcspn(err.len ? err.data : "git failed", "\n"),
                  err.len ? err.data : "git failed");
    tare_buf_free(&dropped);
    tare_buf_free(&err);
    return rc != 0 ? rc : status;
}

#define GIT(out, folder, ...) git(out, folder, true, (const char *const[]){ __VA_ARGS__, NULL })

static char *first_line(const struct tare_buf *b)
{
    return b->len ? tare_strndup(b->data, strcspn(b->data, "\n")) : NULL;
}

int tree_resolve(char **hash, const char *role, const char *name)
{
    struct tare_buf out = { 0 };
    *hash = NULL;
    int rc = GIT(&out, NULL, "rev-parse", "--git-dir");
    if (rc > 0)
        rc = tare_fail(TARE_EUSAGE, rc == 127 ? "git is not installed" : "this folder is in no git repository");
    out.len = 0;
    char *asked = tare_format("%s^{commit}", name);
    if (rc == 0)
        rc = asked ? GIT(&out, NULL, "rev-parse", "--verify", "--quiet", "--end-of-options", asked) : TARE_ENOMEM;
    if (rc > 0)
        rc = tare_fail(TARE_EUSAGE, "%s: '%s' is no commit of this repository", role, name);
    if (rc == 0 && !(*hash = first_line(&out)))
        rc = TARE_ENOMEM;
    free(asked);
    tare_buf_free(&out);
    return rc;
}

/* ---- commits ---- */

static int add(struct commits *c, const char *hash, size_t n, bool merge)
{
    if (tare_grow(&c->items, &c->capacity, c->n + 1, sizeof *c->items) != 0)
        return TARE_ENOMEM;
    struct commit *item = &c->items[c->n++];
    *item = (struct commit){ .hash = tare_strndup(hash, n), .merge = merge };
    struct tare_buf out = { 0 };
    int rc = item->hash ? GIT(&out, NULL, "rev-list", "-1", "--format=%s", item->hash) : TARE_ENOMEM;
    if (rc > 0)
        rc = TARE_EIO;
    const char *subject = rc == 0 && out.len ? strchr(out.data, '\n') : NULL; /* behind "commit <hash>" */
    if (rc == 0) {
        item->subject = subject ? tare_strndup(subject + 1, strcspn(subject + 1, "\n")) : tare_strdup("");
        rc = item->subject ? 0 : TARE_ENOMEM;
    }
    tare_buf_free(&out);
    return rc;
}

int tree_commit_add(struct commits *out, const char *hash)
{
    return add(out, hash, strlen(hash), false);
}

int tree_commits(struct commits *out, const char *good, const char *bad)
{
    struct tare_buf list = { 0 };
    char *range = tare_format("%s..%s", good, bad);
    int rc = range ? GIT(NULL, NULL, "merge-base", "--is-ancestor", good, bad) : TARE_ENOMEM;
    if (rc > 0)
        rc = tare_fail(TARE_EUSAGE, "GOOD is no ancestor of BAD: there is no line of commits from one to the other");
    if (rc == 0)
        rc = GIT(&list, NULL, "rev-list", "--first-parent", "--ancestry-path", "--reverse", "--parents", range);
    if (rc > 0)
        rc = TARE_EIO;
    for (const char *line = list.data; rc == 0 && line && *line;) {
        size_t n = strcspn(line, "\n"), hash = strcspn(line, " \n"), words = 1;
        for (size_t i = 0; i < n; i++)
            words += line[i] == ' ';
        rc = add(out, line, hash, words > 2);
        line += n + (line[n] == '\n');
    }
    free(range);
    tare_buf_free(&list);
    return rc;
}

void tree_commits_free(struct commits *c)
{
    for (size_t i = 0; i < c->n; i++) {
        free(c->items[i].hash);
        free(c->items[i].subject);
    }
    free(c->items);
    *c = (struct commits){ 0 };
}

/* ---- the work tree ---- */

int tree_open(struct tree *t, const char *hash)
{
    const char *tmp = getenv("TMPDIR");
    *t = (struct tree){ 0 };
    t->folder = tare_format("%s/tare-bisect-XXXXXX", tmp && *tmp == '/' ? tmp : "/tmp");
    if (!t->folder)
        return TARE_ENOMEM;
    if (!mkdtemp(t->folder)) {
        int rc = tare_fail(TARE_EIO, "%s: cannot be made: %s", t->folder, strerror(errno));
        free(t->folder);
        t->folder = NULL;
        return rc;
    }
    t->path = tare_path_join(t->folder, "tree");
    if (!t->path)
        return TARE_ENOMEM;
    t->added = true; /* even half of it must be removed */
    int rc = GIT(NULL, NULL, "worktree", "add", "--quiet", "--detach", "--force", t->path, hash);
    return rc > 0 ? TARE_EIO : rc;
}

int tree_checkout(const struct tree *t, const char *hash)
{
    int rc = GIT(NULL, t->path, "checkout", "--quiet", "--detach", "--force", hash);
    return rc > 0 ? TARE_EIO : rc;
}

void tree_close(struct tree *t)
{
    if (!t->folder)
        return;
    char message[1024];
    snprintf(message, sizeof message, "%s", tare_error());
    tare_dir_remove(t->folder);
    if (t->added) /* what git noted of a work tree that is gone */
        git(NULL, NULL, false, (const char *const[]){ "worktree", "remove", "--force", t->path, NULL });
    free(t->path);
    free(t->folder);
    *t = (struct tree){ 0 };
    tare_fail(0, "%s", message);
}
