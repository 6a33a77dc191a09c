/* What `run` and `compare` share: the setting, the two sides, the choice of cases, the plan of who is measured against
 * whom, and the end: warnings, report, status. */
#ifndef TARE_RUNNER_SESSION_H
#define TARE_RUNNER_SESSION_H

#include "framework/platform/topology.h"
#include "framework/report/report.h"
#include "framework/runner/conductor.h"
#include "framework/runner/options.h"
#include "framework/runner/roofs.h"
#include "framework/store/baseline.h"

/* One side of a comparison: suite files, and the stored run they came with. */
struct side {
    size_t *files; /* [n] indices in session->files */
    size_t n, capacity;
    const struct tare_run *stored; /* or NULL */
    bool broken;                   /* a file of it can't be used */
};

struct session {
    const struct options *o;
    struct tare_topology topology;
    struct bench_setting setting;
    struct suite_files files;
    struct side now, before;
    struct tare_run run;
    struct progress progress;
    struct conductor conductor;
    struct tare_store store;
    struct roof_meter meter;
    bool compares;     /* there is a side before */
    bool wants_roofs;  /* to be set before session_measure: results are to be held against the machine's roofs */
    size_t n_problems; /* suites that can't be used: exit status 3 */
};

/* CPUs and threads from --pin, --threads, --cpu-mask. */
int setting_read(struct bench_setting *s, struct tare_topology *t, const struct options *o);

/* Reads options, machine and clock. Afterwards session_close is due, whatever came of it. */
int session_open(struct session *s, const struct options *o);
void session_close(struct session *s);

/* Adds a suite file, or all suite files found, to a side. */
int session_add_file(struct session *s, struct side *side, const char *path);
int session_add_found(struct session *s, struct side *side);

/* Lists all files; prints one line for each that can't be used. */
int session_list(struct session *s);

/* Whether `id` is chosen by the patterns, its tag and the preset. hits[i] counts what pattern i met. */
bool session_chooses(const struct session *s, const char *id, bool core, const char *const *patterns, size_t n,
                     size_t *hits);

/* Plans all chosen cases of the side `now`, each against the same id of the side `before` where there is one, and the
 * gone ones. TARE_EUSAGE when a pattern meets nothing: the message has the nearest name. */
int session_plan(struct session *s, const char *const *patterns, size_t n_patterns);

/* TARE_EUSAGE that says a pattern meets no case of the files, with the nearest name. */
int session_no_match(const struct suite_files *files, const char *pattern);

/* Plans one case: `file`/`index` now, against old_file/old_index (old_file < 0: alone). */
int session_plan_case(struct session *s, size_t file, size_t index, long old_file, long old_index);

/* Measures the roofs that the planned cases need (nothing where none is needed or --no-roofs is given), and again
 * behind the cases; the second fills the results' bounds. Where the suite `roofs` is lacking run.roofs.problem says so.
 */
int session_roofs_before(struct session *s);
int session_roofs_after(struct session *s);

/* Finds the suite `roofs` and measures all that it offers, twice. TARE_ENOENT where there is none. */
int session_roofs_all(struct session *s);

/* Measures what is planned, judges, warns, writes the report and the last run. Returns an exit status or an error. */
int session_measure(struct session *s);
int session_finish(struct session *s);

/* Has `print` write a report to standard output, or whole to --output's file, by the options' colour and width. */
int session_print(const struct options *o, int (*print)(const struct tare_report_options *ro, const void *what),
                  const void *what);

#endif
