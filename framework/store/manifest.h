/* manifest.json: a run without its results, and what else the folder holds (docs/json.md). Private to this layer. */
#ifndef TARE_STORE_MANIFEST_H
#define TARE_STORE_MANIFEST_H

#include "framework/base/mem.h"
#include "framework/store/baseline.h"

#define TARE_MANIFEST_FILE  "manifest.json"
#define TARE_RESULTS_FILE   "results.jsonl"
#define TARE_CHECKSUMS_FILE "checksums"
#define TARE_SUITES_DIR     "suites"

/* Letters, digits, '.', '_', '-', at most 64, not beginning with '.' or '-': names of baselines and of suites. */
bool tare_name_check(const char *name);

/* What the manifest promises of results.jsonl. */
struct tare_manifest_counts {
    size_t cases, samples;
};

/* The builds' paths are written as their places in the folder, "suites/<suite>.so". TARE_EUSAGE when a suite's name
 * can't name a file, or two builds have one name. */
int tare_manifest_print(struct tare_buf *out, const struct tare_run *run);

/* Fills all of a run but the results. */
int tare_manifest_parse(struct tare_run *run, struct tare_manifest_counts *counts, const char *text, size_t len,
                        const char *where);

/* "suites/<suite>.so"; the caller frees. */
char *tare_build_member(const struct tare_build *b);

#endif
