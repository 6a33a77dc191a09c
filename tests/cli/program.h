/* Runs the program as a user does: a line for the shell, in a folder of its own, and what came of it. In a line $TARE
 * is the program and $S the folder of the test suites. */
#ifndef TARE_TESTS_CLI_PROGRAM_H
#define TARE_TESTS_CLI_PROGRAM_H

#include <jansson.h>

struct outcome {
    const char *line; /* as it was run */
    int status;       /* exit status; 128 + the signal that ended it */
    char *out, *err;  /* owned */
};

/* Makes an empty folder and goes there; leaves and removes it. For setup and teardown of each test. */
int enter_folder(void **state);
int leave_folder(void **state);

struct outcome sh(const char *line);
void outcome_free(struct outcome *o);

/* Fails the test, showing everything, unless the status is this and every text (NULL ends the list) is in it. */
void expect_status(const struct outcome *o, int status);
void expect_out(const struct outcome *o, const char *text);
void expect_err(const struct outcome *o, const char *text);

/* sh, expect_status and outcome_free in one. */
void must(const char *line, int status);

/* Standard output as JSON, which the caller gives up; fails the test where it is none. */
json_t *parse_json(const struct outcome *o);

/* The result of an id in a run's document, borrowed; fails the test without one. */
const json_t *result_of(const json_t *document, const char *id);

/* The text under a key, borrowed; "" where there is none. */
const char *text_of(const json_t *object, const char *key);

/* Whether err is exactly one line. */
int is_one_line(const char *err);

/* A line in which $D is the folder of real data; skips the test without it. */
struct outcome sh_with_data(const char *line);

#endif
