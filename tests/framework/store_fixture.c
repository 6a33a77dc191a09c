#include "tests/framework/store_fixture.h"

#include <sys/wait.h>
#include <unistd.h>

#include "framework/store/checksum.h"
#include "framework/store/manifest.h"

int bench_make(void **state)
{
    struct bench *b = calloc(1, sizeof *b);
    void *dir;
    if (scratch_make(&dir))
        return -1;
    b->dir = dir;
    b->paths = calloc(1, sizeof *b->paths);
    char *root = tare_path_join(dir, ".tare");
    int rc = tare_store_open(&b->store, root);
    free(root);
    *state = b;
    return rc;
}

int bench_remove(void **state)
{
    struct bench *b = *state;
    void *dir = b->dir;
    tare_store_close(&b->store);
    tare_arena_free(b->paths);
    free(b->paths);
    free(b);
    return scratch_remove(&dir);
}

const char *bench_path(const struct bench *b, const char *fmt, ...)
{
    enum { SIZE = 600 };
    char *path = tare_arena_alloc(b->paths, SIZE);
    assert_non_null(path);
    int n = snprintf(path, SIZE, "%s/", b->dir);
    va_list args;
    va_start(args, fmt);
    vsnprintf(path + n, (size_t)(SIZE - n), fmt, args);
    va_end(args);
    return path;
}

char *slurp(const char *path, size_t *len)
{
    char *text;
    assert_int_equal(tare_file_read(&text, len, path, 0), 0);
    return text;
}

void spill(const char *path, const void *data, size_t len)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_int_equal(fwrite(data, 1, len, f), len);
    assert_int_equal(fclose(f), 0);
}

/* A stand-in for a suite: the store takes no look inside. */
static void make_build(char **path, const struct bench *b, size_t bytes, uint64_t seed)
{
    struct tare_rng rng;
    tare_rng_seed(&rng, seed);
    char *data = malloc(bytes + 1);
    for (size_t i = 0; i < bytes; i++)
        data[i] = (char)tare_rng_u64(&rng);
    free(*path);
    *path = tare_format("%s/kernels-%llu.so", b->dir, (unsigned long long)seed);
    spill(*path, data, bytes);
    free(data);
}

void bench_run(struct tare_run *run, const struct bench *b, size_t build_bytes, uint64_t seed)
{
    sample_run(run, 3, 20, seed);
    make_build(&run->builds[0].path, b, build_bytes, seed);
}

void bench_save(const struct bench *b, const char *name, uint64_t seed)
{
    struct tare_run run;
    bench_run(&run, b, 3000, seed);
    if (tare_baseline_save(&b->store, name, &run))
        fail_msg("%s", tare_error());
    tare_run_free(&run);
}

static void assert_same_file(const char *a, const char *b)
{
    size_t na, nb;
    char *ta = slurp(a, &na), *tb = slurp(b, &nb);
    assert_int_equal(na, nb);
    assert_memory_equal(ta, tb, na);
    free(ta);
    free(tb);
}

size_t bench_which(const struct bench *b, const char *name, const uint64_t *seeds, size_t n)
{
    struct tare_baseline found;
    if (tare_baseline_load(&found, &b->store, name))
        fail_msg("%s", tare_error());
    for (size_t i = 0; i < n; i++) {
        struct tare_run run;
        sample_run(&run, 3, 20, seeds[i]);
        if (run.seed == found.run.seed) {
            assert_same_run(&run, &found.run, false);
            assert_same_file(bench_path(b, "kernels-%llu.so", (unsigned long long)seeds[i]), found.run.builds[0].path);
            tare_run_free(&run);
            tare_baseline_free(&found);
            return i;
        }
        tare_run_free(&run);
    }
    fail_msg("the baseline is none of those that were saved");
    return n;
}

void assert_no_debris(const struct bench *b)
{
    static const char *const known[] = { "lock", "baselines" };
    DIR *dir = opendir(b->store.root);
    assert_non_null(dir);
    for (const struct dirent *e; (e = readdir(dir));)
        if (e->d_name[0] != '.' && strcmp(e->d_name, known[0]) != 0 && strcmp(e->d_name, known[1]) != 0)
            fail_msg("debris: %s", e->d_name);
    closedir(dir);
    dir = opendir(bench_path(b, ".tare/baselines"));
    assert_non_null(dir);
    for (const struct dirent *e; (e = readdir(dir));)
        if (e->d_name[0] == '.' && strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
            fail_msg("debris: baselines/%s", e->d_name);
    closedir(dir);
}

void bench_resum(const struct bench *b, const char *name)
{
    static const char *const members[] = { TARE_MANIFEST_FILE, TARE_RESULTS_FILE, "suites/kernels.so" };
    struct tare_checksums sums = { 0 };
    struct tare_buf text = { 0 };
    for (size_t i = 0; i < 3; i++) {
        char sum[TARE_SHA256_TEXT];
        assert_int_equal(tare_sha256_file(sum, bench_path(b, ".tare/baselines/%s/%s", name, members[i])), 0);
        assert_int_equal(tare_checksums_add(&sums, members[i], sum), 0);
    }
    tare_checksums_print(&text, &sums);
    spill(bench_path(b, ".tare/baselines/%s/checksums", name), text.data, text.len);
    tare_checksums_free(&sums);
    tare_buf_free(&text);
}

bool in_child(int (*test)(void **state), void **state)
{
    int status;
    fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        _exit(test(state)); /* an assertion that fails jumps to cmocka, which ends this copy of the program with 1 */
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == CHILD_CANNOT)
        return false;
    assert_int_equal(WEXITSTATUS(status), 0);
    return true;
}
