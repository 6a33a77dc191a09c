#include "framework/runner/callgrind.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "framework/base/error.h"
#include "framework/runner/child.h"
#include "framework/runner/command.h"

static const double wanted_ns = 2e6; /* the iterations that are counted: a fiftieth of what valgrind takes for them */
static const uint64_t few = 2;       /* what happens once only is over after them */

bool callgrind_total(double *total, const char *text)
{
    static const char label[] = "Collected :";
    const char *at = text ? strstr(text, label) : NULL;
    char *end;
    if (!at)
        return false;
    at += strlen(label);
    *total = strtod(at, &end);
    return end > at;
}

char *callgrind_other_variant(const char *list, const char *id, const char *variant)
{
    const char *part = variant ? strstr(id, variant) : NULL;
    while (part && (part == id || part[-1] != '/' || (part[strlen(variant)] && part[strlen(variant)] != '/')))
        part = strstr(part + 1, variant);
    if (!part)
        return NULL;
    size_t head = (size_t)(part - id), tail = strlen(part + strlen(variant));
    const char *found = NULL;
    size_t found_n = 0;
    for (const char *line = list; line && *line;) {
        const char *end = strchrnul(line, '\n');
        const char *other = line + strcspn(line, " \n");
        other += strspn(other, " ");
        size_t n = other < end ? (size_t)(end - other) : 0;
        if (n > head + tail && strncmp(other, id, head) == 0 &&
            strncmp(end - tail, part + strlen(variant), tail) == 0 && !memchr(other + head, '/', n - head - tail)) {
            found = other;
            found_n = n;
        }
        line = *end ? end + 1 : end;
    }
    return found ? tare_strndup(found, found_n) : NULL;
}

/* What the runs under valgrind have in common. */
struct ground {
    char program[4096];
    const char *path; /* of the suite */
    char threads[32];
    const char *cpu_mask;
    const volatile int *stop;
};

static int run(int *status, struct tare_buf *out, struct tare_buf *err, const struct ground *g, const char *const *argv)
{
    out->len = err->len = 0;
    return child_run(status, out, err, &(struct child){ .argv = argv, .stop = g->stop });
}

static int run_counted(int *status, struct tare_buf *out, struct tare_buf *err, const struct ground *g, const char *id,
                       uint64_t iterations)
{
    char n[32];
    snprintf(n, sizeof n, "%" PRIu64, iterations);
    const char *argv[] = { "valgrind",
                           "--tool=callgrind",
                           "--callgrind-out-file=/dev/null",
                           g->program,
                           "dive",
                           g->path,
                           id,
                           "--iterations",
                           n,
                           "--pin",
                           "none",
                           "--threads",
                           g->threads,
                           g->cpu_mask ? "--cpu-mask" : NULL,
                           g->cpu_mask,
                           NULL };
    return run(status, out, err, g, argv);
}

/* The line of a failure that is most worth showing: the program's own, else the first. */
static char *reason_in(const char *text)
{
    const char *own = text ? strstr(text, "tare: ") : NULL;
    if (own)
        return tare_strndup(own + 6, strcspn(own + 6, "\n"));
    return tare_format("valgrind failed: %.*s", text ? (int)strcspn(text, "\n") : 0, text ? text : "");
}

/* Another variant that exists under valgrind, or NULL. */
static int find_other(char **id, const struct ground *g, const struct listed_case *c)
{
    const char *argv[] = {
        "valgrind",  "--tool=none", "-q", g->program, "list", g->path, g->cpu_mask ? "--cpu-mask" : NULL,
        g->cpu_mask, NULL
    };
    struct tare_buf out = { 0 }, err = { 0 };
    int status;
    int rc = run(&status, &out, &err, g, argv);
    *id = rc == 0 && status == 0 ? callgrind_other_variant(out.data, c->id, c->variant) : NULL;
    tare_buf_free(&out);
    tare_buf_free(&err);
    return rc;
}

static void keep_levels(struct tare_executed *e, const char *text)
{
    static const char label[] = "instruction sets ";
    const char *at = text ? strstr(text, label) : NULL;
    if (at)
        e->levels = tare_strndup(at + strlen(label), strcspn(at + strlen(label), "\n"));
}

static int count(struct tare_executed *e, const struct ground *g, const struct listed_case *c, uint64_t more)
{
    struct tare_buf out = { 0 }, err = { 0 };
    char *other = NULL;
    int status;
    double first = 0, second = 0;
    int rc = run_counted(&status, &out, &err, g, c->id, few);
    if (rc == 0 && status == EXIT_USAGE)
        rc = find_other(&other, g, c);
    const char *id = other ? other : c->id;
    if (rc == 0 && other)
        rc = run_counted(&status, &out, &err, g, id, few);
    bool counted = rc == 0 && status == 0 && callgrind_total(&first, err.data);
    if (counted) {
        keep_levels(e, out.data);
        rc = run_counted(&status, &out, &err, g, id, few + more);
        counted = rc == 0 && status == 0 && callgrind_total(&second, err.data);
    }
    if (rc == 0 && counted) {
        e->value = (second - first) / (double)more;
        e->id = tare_strdup(id);
        rc = e->id ? 0 : TARE_ENOMEM;
    } else if (rc == 0) {
        e->problem = status == 127
                         ? tare_strdup("instructions are counted where valgrind is: install the package valgrind")
                         : reason_in(err.data);
        rc = e->problem ? 0 : TARE_ENOMEM;
    }
    free(other);
    tare_buf_free(&out);
    tare_buf_free(&err);
    return rc;
}

int callgrind_count(struct tare_executed *e, const struct suite_file *file, size_t index, double iteration_ns,
                    const struct options *o, const volatile int *stop)
{
    struct ground g = { .path = file->path, .cpu_mask = o->cpu_mask, .stop = stop };
    *e = (struct tare_executed){ .asked = true };
    ssize_t n = readlink("/proc/self/exe", g.program, sizeof g.program - 1);
    if (n <= 0)
        return tare_fail(TARE_EIO, "/proc/self/exe: the program does not find itself");
    snprintf(g.threads, sizeof g.threads, "%" PRIu64, o->threads ? o->threads : 1);
    double more = iteration_ns > 0 ? wanted_ns / iteration_ns : 1;
    return count(e, &g, &file->cases[index], more < 1 ? 1 : more > 1e6 ? 1000000 : (uint64_t)more);
}
