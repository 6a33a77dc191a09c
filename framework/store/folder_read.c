#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "framework/base/error.h"
#include "framework/base/file.h"
#include "framework/base/mem.h"
#include "framework/result/json.h"
#include "framework/store/folder.h"
#include "framework/store/manifest.h"

enum { SMALL_FILE = 16 << 20 }; /* bytes; more than any manifest has */

/* The folder that is being read. */
struct folder {
    const char *path, *label;
    struct tare_checksums sums;
    uint64_t bytes;
};

static int missing(const char *label, const char *member)
{
    return tare_fail(TARE_EDAMAGED, "%s/%s: missing", label, member);
}

int tare_folder_checksums(struct tare_checksums *sums, const char *path, const char *label)
{
    char *text = NULL, *file = tare_path_join(path, TARE_CHECKSUMS_FILE);
    char *where = tare_path_join(label, TARE_CHECKSUMS_FILE);
    size_t len;
    int rc = file && where ? tare_file_read(&text, &len, file, SMALL_FILE) : TARE_ENOMEM;
    if (rc == TARE_ENOENT)
        rc = missing(label, TARE_CHECKSUMS_FILE);
    else if (!rc)
        rc = tare_checksums_parse(sums, text, len, where);
    free(text);
    free(file);
    free(where);
    return rc;
}

/* Compares with the listing. */
static int verify(const struct folder *f, const char *member, const char *sum)
{
    const struct tare_checksum *listed = tare_checksums_find(&f->sums, member);
    if (!listed)
        return tare_fail(TARE_EDAMAGED, "%s/" TARE_CHECKSUMS_FILE ": %s is not listed", f->label, member);
    if (strcmp(listed->text, sum) != 0)
        return tare_fail(TARE_EDAMAGED, "%s/%s: checksum differs: the file was changed after it was saved", f->label,
                         member);
    return 0;
}

/* Reads a file of the folder and verifies the very bytes it returns; the caller frees *text. */
static int read_member(char **text, size_t *len, struct folder *f, const char *member)
{
    char sum[TARE_SHA256_TEXT];
    char *path = tare_path_join(f->path, member);
    int rc = path ? tare_file_read(text, len, path, 0) : TARE_ENOMEM;
    free(path);
    if (rc)
        return rc == TARE_ENOENT ? missing(f->label, member) : rc;
    tare_sha256(sum, *text, *len);
    f->bytes += *len;
    return verify(f, member, sum);
}

/* Parses a line of results.jsonl into a new result of the run; the id must be a new one. */
static int parse_result(struct tare_run *run, const char *line, size_t len, const char *where)
{
    struct tare_result read;
    int rc = tare_result_from_json(&read, line, len, where);
    if (rc)
        return rc;
    struct tare_result *r = NULL;
    if (tare_run_find(run, read.id))
        rc = tare_fail(TARE_EPARSE, "%s: case %s is there twice", where, read.id);
    else if (!(r = tare_run_add(run)))
        rc = TARE_ENOMEM;
    else
        *r = read;
    if (rc)
        tare_result_free(&read);
    return rc;
}

static int parse_results(struct tare_run *run, const char *text, size_t len, const char *label)
{
    const char *end = text + len;
    for (size_t number = 1; text < end; number++) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        if (!newline)
            return tare_fail(TARE_EPARSE, "%s/" TARE_RESULTS_FILE ":%zu: the line is cut off", label, number);
        char *where = tare_format("%s/" TARE_RESULTS_FILE ":%zu", label, number);
        int rc = where ? parse_result(run, text, (size_t)(newline - text), where) : TARE_ENOMEM;
        free(where);
        if (rc)
            return rc;
        text = newline + 1;
    }
    return 0;
}

static int check_counts(const struct tare_run *run, const struct tare_manifest_counts *counts, const char *label)
{
    size_t samples = 0;
    for (size_t i = 0; i < run->n_results; i++)
        samples += run->results[i].samples.n;
    if (run->n_results != counts->cases || samples != counts->samples)
        return tare_fail(TARE_EPARSE,
                         "%s/" TARE_RESULTS_FILE ": %zu cases with %zu samples, but the manifest says %zu with %zu",
                         label, run->n_results, samples, counts->cases, counts->samples);
    return 0;
}

static int read_run(struct tare_run *run, struct folder *f)
{
    struct tare_manifest_counts counts;
    char *text = NULL, *where = tare_path_join(f->label, TARE_MANIFEST_FILE);
    size_t len;
    int rc = where ? read_member(&text, &len, f, TARE_MANIFEST_FILE) : TARE_ENOMEM;
    if (!rc)
        rc = tare_manifest_parse(run, &counts, text, len, where);
    free(where);
    free(text);
    text = NULL;
    if (!rc)
        rc = read_member(&text, &len, f, TARE_RESULTS_FILE);
    if (!rc)
        rc = parse_results(run, text, len, f->label);
    free(text);
    return rc ? rc : check_counts(run, &counts, f->label);
}

/* Verifies a build and makes its path one that can be loaded. */
static int read_build(struct tare_build *b, struct folder *f)
{
    char sum[TARE_SHA256_TEXT];
    struct stat st;
    char *path = tare_path_join(f->path, b->path);
    int rc = path ? tare_sha256_file(sum, path) : TARE_ENOMEM;
    if (rc == TARE_ENOENT)
        rc = missing(f->label, b->path);
    else if (!rc)
        rc = verify(f, b->path, sum);
    if (rc) {
        free(path);
        return rc;
    }
    f->bytes += stat(path, &st) == 0 ? (uint64_t)st.st_size : 0;
    free(b->path);
    b->path = path;
    return 0;
}

int tare_folder_read(struct tare_baseline *b, const char *path, const char *label)
{
    struct folder f = { .path = path, .label = label };
    struct stat st;
    *b = (struct tare_baseline){ 0 };
    if (stat(path, &st) == 0 && !S_ISDIR(st.st_mode))
        return tare_fail(TARE_EDAMAGED, "%s: not a folder", label);
    int rc = tare_folder_checksums(&f.sums, path, label);
    if (!rc)
        rc = read_run(&b->run, &f);
    for (size_t i = 0; i < b->run.n_builds && !rc; i++)
        rc = read_build(&b->run.builds[i], &f);
    if (!rc && !(b->path = tare_strdup(path)))
        rc = TARE_ENOMEM;
    b->bytes = f.bytes;
    tare_checksums_free(&f.sums);
    if (rc)
        tare_baseline_free(b);
    return rc;
}
