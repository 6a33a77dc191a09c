#include "framework/store/history.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "framework/base/error.h"
#include "framework/base/file.h"
#include "framework/base/mem.h"
#include "framework/result/fields.h"
#include "framework/store/checksum.h"
#include "framework/store/lock.h"

enum { SUM_DIGITS = 16, DIGITS = 7 }; /* of a checksum; of a time */

/* The identity facts of a machine as one short text. */
static int machine_sum(char sum[TARE_SHA256_TEXT], const struct tare_facts *facts)
{
    struct tare_buf text = { 0 };
    for (size_t i = 0; i < facts->n; i++)
        if (facts->items[i].identity)
            tare_buf_fmt(&text, "%s=%s\n", facts->items[i].key, facts->items[i].value);
    int rc = text.failed ? TARE_ENOMEM : 0;
    tare_sha256(sum, text.data ? text.data : "", text.len);
    sum[SUM_DIGITS] = '\0';
    tare_buf_free(&text);
    return rc;
}

bool tare_same_machine(const struct tare_facts *a, const struct tare_facts *b)
{
    char left[TARE_SHA256_TEXT], right[TARE_SHA256_TEXT];
    return machine_sum(left, a) == 0 && machine_sum(right, b) == 0 && strcmp(left, right) == 0;
}

/* ---- writing ---- */

/* The medians of a suite's cases; an id that is no UTF-8 can't be a name in JSON and is left out. */
static json_t *medians_of(const struct tare_run *run, const char *suite)
{
    json_t *medians = json_object();
    for (size_t i = 0; medians && i < run->n_results; i++) {
        const struct tare_result *r = &run->results[i];
        double ns = r->summary.time_ns.value;
        if (r->status == TARE_CASE_OK && r->suite && strcmp(r->suite, suite) == 0 && isfinite(ns) && ns > 0)
            json_object_set_new(medians, r->id, json_real(ns));
    }
    return medians;
}

static int add_line(struct tare_buf *out, const struct tare_run *run, const char *machine, const char *suite,
                    const char *file)
{
    char build[TARE_SHA256_TEXT];
    json_t *medians = medians_of(run, suite), *line = NULL;
    int rc = medians ? 0 : tare_fail(TARE_ENOMEM, "out of memory");
    if (!rc && json_object_size(medians) > 0) {
        rc = tare_sha256_file(build, file);
        build[rc ? 0 : SUM_DIGITS] = '\0';
        line = rc ? NULL
                  : json_pack("{ss ss ss ss ss sO}", "schema", TARE_HISTORY_SCHEMA, "date", run->date ? run->date : "",
                              "machine", machine, "suite", suite, "build", build, "medians", medians);
        if (!rc)
            rc = line ? tare_json_append(out, line, JSON_COMPACT | JSON_REAL_PRECISION(DIGITS)) : TARE_ENOMEM;
        tare_buf_str(out, "\n");
    }
    json_decref(medians);
    json_decref(line);
    return rc;
}

/* The file without its older half: whole lines that are not more than half of what it may hold. */
static int drop_older(const char *path)
{
    char *text = NULL;
    size_t len;
    int rc = tare_file_read(&text, &len, path, 0);
    if (rc)
        return rc;
    const char *from = len > TARE_HISTORY_BYTES / 2 ? text + len - TARE_HISTORY_BYTES / 2 : text;
    const char *newline = memchr(from, '\n', (size_t)(text + len - from));
    from = newline ? newline + 1 : text + len;
    rc = tare_file_write(path, from, (size_t)(text + len - from));
    free(text);
    return rc;
}

static bool write_all(int fd, const char *p, size_t n)
{
    while (n > 0) {
        ssize_t done = write(fd, p, n);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return false;
        p += done;
        n -= (size_t)done;
    }
    return true;
}

/* Under the lock. What does not fit on the disk leaves the file as it was. */
static int append(const char *path, const struct tare_buf *lines)
{
    struct stat st;
    int rc = 0;
    if (stat(path, &st) == 0 && (size_t)st.st_size + lines->len + 1 > TARE_HISTORY_BYTES)
        rc = drop_older(path);
    if (rc)
        return rc;
    int fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (fd < 0 || fstat(fd, &st)) {
        rc = tare_fail(TARE_EIO, "%s: cannot open: %s", path, strerror(errno));
    } else {
        char last = '\n';
        bool cut_off = st.st_size > 0 && pread(fd, &last, 1, st.st_size - 1) == 1 && last != '\n';
        if ((cut_off && !write_all(fd, "\n", 1)) || !write_all(fd, lines->data, lines->len)) {
            rc = tare_fail(TARE_EIO, "%s: cannot write: %s", path, strerror(errno));
            (void)!ftruncate(fd, st.st_size);
        }
    }
    if (fd >= 0)
        close(fd);
    return rc;
}

int tare_history_append(const struct tare_store *s, const struct tare_run *run, const char *const *files)
{
    struct tare_buf lines = { 0 };
    struct tare_lock lock;
    char machine[TARE_SHA256_TEXT], *path = tare_path_join(s->root, "history.jsonl");
    int rc = path ? machine_sum(machine, &run->machine) : TARE_ENOMEM;
    for (size_t i = 0; i < run->n_builds && !rc; i++)
        rc = add_line(&lines, run, machine, run->builds[i].suite, files[i]);
    if (!rc && lines.failed)
        rc = TARE_ENOMEM;
    if (!rc && lines.len > TARE_HISTORY_BYTES / 2)
        rc = tare_fail(TARE_EUSAGE, "%s: a run of %zu cases is too long for it", path, run->n_results);
    if (!rc && lines.len > 0 && !(rc = tare_lock_write(&lock, s, TARE_LOCK_WAIT_MS))) {
        rc = append(path, &lines);
        tare_lock_release(&lock);
    }
    tare_buf_free(&lines);
    free(path);
    return rc;
}

/* ---- reading ---- */

int tare_history_add(struct tare_history *h, const char *id, const char *build, double ns)
{
    if (tare_grow(&h->items, &h->capacity, h->n + 1, sizeof *h->items))
        return TARE_ENOMEM;
    struct tare_history_entry e = { tare_strdup(id), tare_strdup(build), log(ns) };
    if (!e.id || !e.build) {
        free(e.id);
        free(e.build);
        return TARE_ENOMEM;
    }
    h->items[h->n++] = e;
    h->sorted = false;
    return 0;
}

static bool are_times(const json_t *medians)
{
    const char *id;
    json_t *ns;
    if (!json_is_object(medians))
        return false;
    json_object_foreach((json_t *)medians, id, ns) if (!json_is_number(ns) || !(json_number_value(ns) > 0) ||
                                                       !isfinite(json_number_value(ns))) return false;
    return true;
}

/* Takes the whole line or nothing of it. */
static int read_line(struct tare_history *h, const char *text, size_t len, const char *machine)
{
    json_t *line = NULL;
    int rc = tare_json_parse(&line, text, len, TARE_HISTORY_SCHEMA, "history.jsonl");
    json_t *medians = json_object_get(line, "medians");
    const char *where = json_string_value(json_object_get(line, "machine"));
    const char *build = json_string_value(json_object_get(line, "build")), *id;
    if (rc == TARE_ENOMEM) {
        json_decref(line);
        return rc;
    }
    if (rc || !where || !build || !are_times(medians)) {
        h->skipped++;
        rc = 0;
    } else if (strcmp(where, machine) == 0) {
        json_t *ns;
        json_object_foreach(medians, id, ns) if (!rc) rc = tare_history_add(h, id, build, json_number_value(ns));
    }
    json_decref(line);
    return rc;
}

static int read_lines(struct tare_history *h, const char *text, size_t len, const char *machine)
{
    int rc = 0;
    for (const char *end = text + len; text < end && !rc;) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        size_t n = (size_t)((newline ? newline : end) - text);
        if (n > 0)
            rc = read_line(h, text, n, machine);
        text += n + (newline != NULL);
    }
    return rc;
}

int tare_history_read(struct tare_history *h, const struct tare_store *s, const struct tare_facts *facts)
{
    struct tare_lock lock;
    char machine[TARE_SHA256_TEXT], *text = NULL, *path = tare_path_join(s->root, "history.jsonl");
    size_t len;
    *h = (struct tare_history){ 0 };
    int rc = path ? machine_sum(machine, facts) : TARE_ENOMEM;
    if (!rc && tare_path_exists(path) && !(rc = tare_lock_read(&lock, s, TARE_LOCK_WAIT_MS))) {
        rc = tare_file_read(&text, &len, path, 4 * (size_t)TARE_HISTORY_BYTES);
        tare_lock_release(&lock);
        if (!rc)
            rc = read_lines(h, text, len, machine);
    }
    if (rc)
        tare_history_free(h);
    free(text);
    free(path);
    return rc;
}

void tare_history_free(struct tare_history *h)
{
    for (size_t i = 0; i < h->n; i++) {
        free(h->items[i].id);
        free(h->items[i].build);
    }
    free(h->items);
    *h = (struct tare_history){ 0 };
}

/* ---- the estimate ---- */

static int by_case_and_build(const void *left, const void *right)
{
    const struct tare_history_entry *a = left, *b = right;
    int id = strcmp(a->id, b->id);
    return id ? id : strcmp(a->build, b->build);
}

static void sort(struct tare_history *h)
{
    if (h->n > 0 && !h->sorted)
        qsort(h->items, h->n, sizeof *h->items, by_case_and_build);
    h->sorted = true;
}

/* The first entry whose case is not before `id`. */
static size_t find(const struct tare_history *h, const char *id)
{
    size_t low = 0, high = h->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(h->items[middle].id, id) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Adds the runs of one build, [n] of a case. */
static void pool(double *squares, struct tare_drift *d, const struct tare_history_entry *runs, size_t n)
{
    double mean = 0;
    if (n < TARE_HISTORY_LEAST_RUNS)
        return;
    for (size_t i = 0; i < n; i++)
        mean += runs[i].ln_ns / (double)n;
    for (size_t i = 0; i < n; i++)
        *squares += (runs[i].ln_ns - mean) * (runs[i].ln_ns - mean);
    d->runs += n;
    d->freedom += n - 1;
}

struct tare_drift tare_history_drift(struct tare_history *h, const char *id)
{
    struct tare_drift d = { 0 };
    double squares = 0;
    sort(h);
    for (size_t from = find(h, id), to; from < h->n && strcmp(h->items[from].id, id) == 0; from = to) {
        for (to = from; to < h->n && by_case_and_build(&h->items[from], &h->items[to]) == 0; to++)
            ;
        pool(&squares, &d, h->items + from, to - from);
    }
    d.sd = d.freedom ? sqrt(squares / (double)d.freedom) : 0;
    return d;
}
