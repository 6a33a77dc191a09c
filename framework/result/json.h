/* Results <-> JSON (schema "tare.result/1" a case, "tare.run/1" a run; docs/json.md). Jansson stays inside the .c. */
#ifndef TARE_RESULT_JSON_H
#define TARE_RESULT_JSON_H

#include "framework/base/mem.h"
#include "framework/result/result.h"

#define TARE_RUN_SCHEMA     "tare.run/1"
#define TARE_RESULT_SCHEMA  "tare.result/1"
#define TARE_MACHINE_SCHEMA "tare.machine/1"

/* One case as one line of JSON (no newline inside, one at the end). `samples` false leaves the raw samples out. */
int tare_result_to_json(struct tare_buf *out, const struct tare_result *r, bool samples);

/* Parses one line. `where` ("path:line") begins every message. A missing or ill-typed field, a number that is not
 * finite where one is needed, arrays of unequal length: TARE_EPARSE naming the field. Unknown fields are ignored. */
int tare_result_from_json(struct tare_result *r, const char *line, size_t len, const char *where);

/* The run without its results, indented; likewise back. */
int tare_run_to_json(struct tare_buf *out, const struct tare_run *run);
int tare_run_from_json(struct tare_run *run, const char *text, size_t len, const char *where);

/* The whole run as one document, results included, for `--format json`. */
int tare_run_document(struct tare_buf *out, const struct tare_run *run, bool samples);

/* What `tare machine --format json` prints: facts and roofs, as members of a run. */
int tare_machine_document(struct tare_buf *out, const struct tare_run *run);

#endif
