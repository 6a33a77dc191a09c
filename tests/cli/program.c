#include "tests/cli/program.h"

#include "tests/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[64];

int enter_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/tare-cli-XXXXXX");
    if (!mkdtemp(folder) || chdir(folder) != 0)
        return -1;
    unsetenv("TARE_DIR");
    unsetenv("NO_COLOR");
    setenv("TARE_SUITES", TEST_SUITES, 1);
    setenv("TARE", TARE_PROGRAM, 1);
    setenv("S", TEST_SUITES, 1);
    return 0;
}

int leave_folder(void **state)
{
    (void)state;
    char line[96];
    snprintf(line, sizeof line, "rm -rf '%s'", folder);
    return chdir("/") != 0 || system(line) != 0 ? -1 : 0;
}

static char *read_all(FILE *f)
{
    size_t n = 0, capacity = 4096;
    char *text = malloc(capacity);
    assert_non_null(text);
    rewind(f);
    for (size_t got; (got = fread(text + n, 1, capacity - n - 1, f)) > 0;) {
        n += got;
        if (n + 1 == capacity) {
            text = realloc(text, capacity *= 2);
            assert_non_null(text);
        }
    }
    text[n] = '\0';
    return text;
}

struct outcome sh(const char *line)
{
    FILE *out = tmpfile(), *err = tmpfile();
    assert_non_null(out);
    assert_non_null(err);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        dup2(fileno(out), STDOUT_FILENO);
        dup2(fileno(err), STDERR_FILENO);
        execl("/bin/sh", "sh", "-c", line, (char *)NULL);
        _exit(127);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    struct outcome o = { line, WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status), read_all(out),
                         read_all(err) };
    fclose(out);
    fclose(err);
    return o;
}

void outcome_free(struct outcome *o)
{
    free(o->out);
    free(o->err);
    *o = (struct outcome){ 0 };
}

static void complain(const struct outcome *o, const char *what, const char *text)
{
    fail_msg("%s: %s '%s'; status %d\n--- standard output\n%s\n--- standard error\n%s", o->line, what, text, o->status,
             o->out, o->err);
}

void expect_status(const struct outcome *o, int status)
{
    char wanted[16];
    snprintf(wanted, sizeof wanted, "%d", status);
    if (o->status != status)
        complain(o, "the status should be", wanted);
}

void expect_out(const struct outcome *o, const char *text)
{
    if (!strstr(o->out, text))
        complain(o, "standard output lacks", text);
}

void expect_err(const struct outcome *o, const char *text)
{
    if (!strstr(o->err, text))
        complain(o, "standard error lacks", text);
}

void must(const char *line, int status)
{
    struct outcome o = sh(line);
    expect_status(&o, status);
    outcome_free(&o);
}

json_t *parse_json(const struct outcome *o)
{
    json_error_t error;
    json_t *document = json_loads(o->out, 0, &error);
    if (!document)
        fail_msg("%s: not JSON: line %d: %s\n%s\n%s", o->line, error.line, error.text, o->out, o->err);
    return document;
}

const json_t *result_of(const json_t *document, const char *id)
{
    const json_t *r;
    size_t i;
    json_array_foreach(json_object_get(document, "results"), i, r)
    {
        if (strcmp(text_of(r, "id"), id) == 0)
            return r;
    }
    fail_msg("no result %s", id);
    return NULL;
}

const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

int is_one_line(const char *err)
{
    const char *end = strchr(err, '\n');
    return end && end[1] == '\0' && end != err;
}

struct outcome sh_with_data(const char *line)
{
    const char *data = getenv("TARE_TEST_DATA");
    char probe[4096], whole[8192];
    snprintf(probe, sizeof probe, "%s/stories260K.bin", data && *data ? data : TARE_SOURCE_ROOT "/../shared/data");
    FILE *f = fopen(probe, "r");
    if (!f) {
        printf("%s is absent: set TARE_TEST_DATA\n", probe);
        skip();
    }
    fclose(f);
    *strrchr(probe, '/') = '\0';
    snprintf(whole, sizeof whole, "D='%s'; %s", probe, line);
    return sh(whole);
}
