/* What earlier runs measured: <root>/history.jsonl, one line for each build in a run, with the median of every case.
 * Runs of one build on one machine differ by the machine alone, so that their spread is its drift between runs. */
#ifndef TARE_STORE_HISTORY_H
#define TARE_STORE_HISTORY_H

#include "framework/store/baseline.h"

#define TARE_HISTORY_SCHEMA "tare.history/1"

enum {
    TARE_HISTORY_BYTES = 4 << 20, /* of the file; what would be longer loses its older half */
    TARE_HISTORY_LEAST_RUNS = 3,  /* of one build, to count */
};

/* Appends the medians of a run's cases, under the store's lock. files[i] is the file of run->builds[i], whose checksum
 * tells one build from another. A line that a killed writer left half written is closed first. TARE_EIO, TARE_EBUSY. */
int tare_history_append(const struct tare_store *s, const struct tare_run *run, const char *const *files);

struct tare_history_entry {
    char *id, *build;
    double ln_ns;
};

/* Medians of one machine. { 0 } is an empty one. */
struct tare_history {
    struct tare_history_entry *items; /* owned */
    size_t n, capacity;
    bool sorted;    /* by id and build */
    size_t skipped; /* lines that could not be read */
};

/* Reads what was measured on the machine of these facts. An absent file is an empty history; a damaged line is counted
 * and skipped. */
int tare_history_read(struct tare_history *h, const struct tare_store *s, const struct tare_facts *machine);
int tare_history_add(struct tare_history *h, const char *id, const char *build, double ns);
void tare_history_free(struct tare_history *h);

/* Drift of a case between two runs of one build, pooled over the builds with TARE_HISTORY_LEAST_RUNS runs or more. */
struct tare_drift {
    double sd;      /* of ln(median) over the runs of a build */
    size_t runs;    /* that it was estimated from; 0: none, and sd is 0 */
    size_t freedom; /* degrees of: runs less builds */
};
struct tare_drift tare_history_drift(struct tare_history *h, const char *id); /* sorts h when first asked */

/* Whether all identity facts agree. */
bool tare_same_machine(const struct tare_facts *a, const struct tare_facts *b);

#endif
