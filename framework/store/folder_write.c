#include <stdlib.h>

#include "framework/base/error.h"
#include "framework/base/file.h"
#include "framework/base/mem.h"
#include "framework/result/json.h"
#include "framework/store/folder.h"
#include "framework/store/manifest.h"

/* Writes text as a file of the folder, and notes its checksum where sums is not NULL. */
static int write_member(const char *folder, const char *member, const struct tare_buf *text,
                        struct tare_checksums *sums)
{
    char *path = tare_path_join(folder, member);
    int rc = path ? tare_file_write(path, text->data, text->len) : TARE_ENOMEM;
    free(path);
    if (rc || !sums)
        return rc;
    char sum[TARE_SHA256_TEXT];
    tare_sha256(sum, text->data, text->len);
    return tare_checksums_add(sums, member, sum);
}

static int write_manifest(const char *folder, const struct tare_run *run, struct tare_checksums *sums)
{
    struct tare_buf text = { 0 };
    int rc = tare_manifest_print(&text, run);
    if (!rc)
        rc = write_member(folder, TARE_MANIFEST_FILE, &text, sums);
    tare_buf_free(&text);
    return rc;
}

static int write_results(const char *folder, const struct tare_run *run, struct tare_checksums *sums)
{
    struct tare_buf text = { 0 };
    int rc = 0;
    tare_buf_str(&text, ""); /* no case: an empty file */
    for (size_t i = 0; i < run->n_results && !rc; i++)
        rc = tare_result_to_json(&text, &run->results[i], true);
    if (!rc && text.failed)
        rc = TARE_ENOMEM;
    if (!rc)
        rc = write_member(folder, TARE_RESULTS_FILE, &text, sums);
    tare_buf_free(&text);
    return rc;
}

static int copy_build(const char *folder, const struct tare_build *b, struct tare_checksums *sums)
{
    char sum[TARE_SHA256_TEXT];
    char *member = tare_build_member(b), *path = member ? tare_path_join(folder, member) : NULL;
    int rc = path ? tare_file_copy(b->path, path) : TARE_ENOMEM;
    if (!rc)
        rc = tare_sha256_file(sum, path);
    if (!rc)
        rc = tare_checksums_add(sums, member, sum);
    free(member);
    free(path);
    return rc;
}

static int copy_builds(const char *folder, const struct tare_run *run, struct tare_checksums *sums)
{
    char *suites = tare_path_join(folder, TARE_SUITES_DIR);
    int rc = suites ? tare_dir_make(suites) : TARE_ENOMEM;
    for (size_t i = 0; i < run->n_builds && !rc; i++)
        rc = copy_build(folder, &run->builds[i], sums);
    if (!rc)
        rc = tare_dir_sync(suites);
    free(suites);
    return rc;
}

static int write_checksums(const char *folder, const struct tare_checksums *sums)
{
    struct tare_buf text = { 0 };
    tare_checksums_print(&text, sums);
    int rc = text.failed ? TARE_ENOMEM : write_member(folder, TARE_CHECKSUMS_FILE, &text, NULL);
    tare_buf_free(&text);
    return rc;
}

int tare_folder_write(const char *path, const struct tare_run *run)
{
    struct tare_checksums sums = { 0 };
    int rc = write_manifest(path, run, &sums); /* first: it checks the suites' names */
    if (!rc)
        rc = write_results(path, run, &sums);
    if (!rc)
        rc = copy_builds(path, run, &sums);
    if (!rc)
        rc = write_checksums(path, &sums);
    if (!rc)
        rc = tare_dir_sync(path);
    tare_checksums_free(&sums);
    return rc;
}
