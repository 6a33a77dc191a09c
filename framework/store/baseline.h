/* Baselines on disk: <root>/baselines/<name>/ with manifest.json, results.jsonl, suites/<suite>.so, and SHA-256 sums of
 * all of them in `checksums`. A save is written aside, fsynced and renamed under a lock (<root>/lock), so that at any
 * moment the name holds the old baseline or the new one, whole. */
#ifndef TARE_STORE_BASELINE_H
#define TARE_STORE_BASELINE_H

#include "framework/result/result.h"

#define TARE_MANIFEST_SCHEMA "tare.baseline/1"

struct tare_store {
    char *root; /* ".tare" */
    bool last;  /* it holds the last run alone, which is no baseline of the user's */
};

/* Opens (does not create) a store. root NULL: $TARE_DIR, else ".tare" in this directory. */
int tare_store_open(struct tare_store *s, const char *root);
void tare_store_close(struct tare_store *s);

/* Letters, digits, '.', '_', '-', at most 64, not beginning with '.' or '-'; else TARE_EUSAGE. */
int tare_baseline_name_check(const char *name);
bool tare_baseline_exists(const struct tare_store *s, const char *name);

/* Saves a run, with copies of the suite files named in run->builds, replacing an older one of the name. TARE_EBUSY when
 * another process holds the lock for over 10 s. */
int tare_baseline_save(const struct tare_store *s, const char *name, const struct tare_run *run);

struct tare_baseline {
    struct tare_run run; /* builds[i].path is the copy inside the baseline */
    char *name, *path;
    uint64_t bytes; /* on disk */
};

/* Loads and checks the checksums of all files. TARE_ENOENT (the message lists the nearest name), TARE_EVERSION,
 * TARE_EDAMAGED, TARE_EPARSE: one line, with the file and the way out. */
int tare_baseline_load(struct tare_baseline *b, const struct tare_store *s, const char *name);
void tare_baseline_free(struct tare_baseline *b);

/* The last run, kept beside the baselines in <root>/last, whatever stood there before; errors as above. */
int tare_last_save(const struct tare_store *s, const struct tare_run *run);
int tare_last_load(struct tare_baseline *b, const struct tare_store *s);

struct tare_baseline_entry {
    char *name, *date, *commit, *machine;
    size_t n_cases;
    uint64_t bytes;
    char *problem; /* NULL, or why it can't be loaded */
};
/* All baselines, newest first; caller frees with tare_baseline_list_free. An absent store is an empty list. */
int tare_baseline_list(struct tare_baseline_entry **entries, size_t *n, const struct tare_store *s);
void tare_baseline_list_free(struct tare_baseline_entry *entries, size_t n);

int tare_baseline_remove(const struct tare_store *s, const char *name);

/* One file that holds a baseline (an uncompressed POSIX ustar archive), and back. Import checks before it replaces,
 * refuses an existing name unless force, and takes no path out of the baseline's folder. */
int tare_baseline_export(const struct tare_store *s, const char *name, const char *file);
int tare_baseline_import(const struct tare_store *s, const char *name, const char *file, bool force);

/* Warnings about comparing two runs: every identity fact that differs, appended to run->warnings; returns how many. */
int tare_baseline_compare_machines(struct tare_run *run, const struct tare_run *baseline);

#endif
