/* Commits of the repository here, and a temporary work tree to build them in. The user's own work tree, index and
 * branches are never touched; hooks do not run. */
#ifndef TARE_RUNNER_TREE_H
#define TARE_RUNNER_TREE_H

#include <stdbool.h>
#include <stddef.h>

struct commit {
    char *hash;    /* in full */
    char *subject; /* the first line of its message */
    bool merge;
};

struct commits {
    struct commit *items;
    size_t n, capacity;
};

/* The hash of what the user calls a commit; the caller frees. TARE_EUSAGE, naming `role` ("GOOD"), when there is none
 * or this is no repository. */
int tree_resolve(char **hash, const char *role, const char *name);

/* The commits after `good` up to `bad`, oldest first, along first parents: what came in by a merge counts as one step.
 * TARE_EUSAGE when good is no ancestor of bad. */
int tree_commits(struct commits *out, const char *good, const char *bad);
int tree_commit_add(struct commits *out, const char *hash); /* one, with its subject */
void tree_commits_free(struct commits *c);

struct tree {
    char *folder; /* temporary; NULL: none */
    char *path;   /* the work tree in it */
    bool added;   /* git knows it */
};

int tree_open(struct tree *t, const char *hash);
int tree_checkout(const struct tree *t, const char *hash);

/* Removes it, and git's note of it; keeps the message of tare_error(). Fine on a zeroed one. */
void tree_close(struct tree *t);

#endif
