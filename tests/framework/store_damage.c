/* Baselines that were cut, edited or lost a part: never loaded, each with one line that says which file and what to
 * do. */
#include <sys/stat.h>
#include <unistd.h>

#include "tests/framework/store_fixture.h"

static const char *const members[] = { "manifest.json", "results.jsonl", "checksums", "suites/kernels.so" };

/* Loading fails, and the line names a file of the folder and the way out. */
static void assert_refused(const struct bench *b, const char *what, size_t at)
{
    struct tare_baseline found;
    int rc = tare_baseline_load(&found, &b->store, "main");
    if (rc != TARE_EDAMAGED && rc != TARE_EPARSE)
        fail_msg("%s at %zu: code %d, \"%s\"", what, at, rc, rc ? tare_error() : "");
    if (strncmp(tare_error(), b->store.root, strlen(b->store.root)) != 0 || strchr(tare_error(), '\n') ||
        !strstr(tare_error(), "; remove the baseline with `tare baseline remove main` and save it anew"))
        fail_msg("%s at %zu: \"%s\"", what, at, tare_error());
    assert_null(found.run.results);
    assert_null(found.path);
}

/* All places in short files; in long ones the first, the last and some between. */
static size_t next_place(size_t at, size_t len)
{
    bool edge = at < 40 || at + 40 > len;
    return at + (edge || len < 400 ? 1 : len / 97);
}

static void a_file_cut_anywhere_is_refused(void **state)
{
    const struct bench *b = *state;
    bench_save(b, "main", 1);
    for (size_t m = 0; m < 4; m++) {
        const char *path = bench_path(b, ".tare/baselines/main/%s", members[m]);
        size_t len;
        char *text = slurp(path, &len);
        for (size_t at = 0; at < len; at = next_place(at, len)) {
            spill(path, text, at);
            assert_refused(b, members[m], at);
        }
        spill(path, text, len);
        assert_int_equal(bench_which(b, "main", &(uint64_t){ 1 }, 1), 0);
        free(text);
    }
}

static void a_byte_changed_anywhere_is_refused(void **state)
{
    const struct bench *b = *state;
    bench_save(b, "main", 1);
    for (size_t m = 0; m < 4; m++) {
        const char *path = bench_path(b, ".tare/baselines/main/%s", members[m]);
        size_t len;
        char *text = slurp(path, &len);
        for (size_t at = 0; at < len; at = next_place(at, len)) {
            text[at] ^= (char)(1 << at % 8);
            spill(path, text, len);
            assert_refused(b, members[m], at);
            text[at] ^= (char)(1 << at % 8);
        }
        text[len] = '\n'; /* one more */
        spill(path, text, len + 1);
        assert_refused(b, members[m], len);
        free(text);
        bench_save(b, "main", 1);
    }
}

static void a_missing_file_is_named(void **state)
{
    const struct bench *b = *state;
    bench_save(b, "main", 1);
    for (size_t m = 0; m < 4; m++) {
        const char *path = bench_path(b, ".tare/baselines/main/%s", members[m]), *aside = bench_path(b, "aside");
        assert_int_equal(rename(path, aside), 0);
        assert_refused(b, members[m], 0);
        char *wanted = tare_format("%s: missing", path);
        assert_ptr_equal(strstr(tare_error(), wanted), tare_error());
        free(wanted);
        assert_int_equal(rename(aside, path), 0);
    }
    assert_int_equal(tare_dir_remove(bench_path(b, ".tare/baselines/main/suites")), 0);
    assert_refused(b, "suites", 0);
}

static void other_files_in_the_folder_are_let_be(void **state)
{
    const struct bench *b = *state;
    bench_save(b, "main", 1);
    spill(bench_path(b, ".tare/baselines/main/notes.txt"), "mine", 4);
    spill(bench_path(b, ".tare/baselines/main/suites/evil.so"), "x", 1);
    assert_int_equal(bench_which(b, "main", &(uint64_t){ 1 }, 1), 0);
    struct tare_baseline found;
    assert_int_equal(tare_baseline_load(&found, &b->store, "main"), 0);
    assert_int_equal(found.run.n_builds, 1);
    tare_baseline_free(&found);
}

/* Replaces the first `from` in a file of the baseline. */
static void edit(const char *path, const char *from, const char *to)
{
    size_t len;
    char *text = slurp(path, &len), *at = strstr(text, from);
    struct tare_buf edited = { 0 };
    if (!at)
        fail_msg("\"%s\" is not in %s", from, path);
    tare_buf_add(&edited, text, (size_t)(at - text));
    tare_buf_str(&edited, to);
    tare_buf_str(&edited, at + strlen(from));
    spill(path, edited.data, edited.len);
    tare_buf_free(&edited);
    free(text);
}

/* Someone edits a file and brings the checksums up to date: the contents are still checked. */
static void an_edit_with_new_checksums_is_judged_by_its_contents(void **state)
{
    const struct bench *b = *state;
    static const struct {
        const char *member, *from, *to;
        int code;
        const char *says;
    } cases[] = {
        { "manifest.json", "tare.baseline/1", "tare.baseline/2", TARE_EVERSION,
          "main/manifest.json: field schema: \"tare.baseline/2\", but this program reads \"tare.baseline/1\"" },
        { "manifest.json", "tare.baseline/1", "tare.run/1", TARE_EPARSE, "field schema: \"tare.run/1\" is not" },
        { "manifest.json", "\"schema\"", "\"scheme\"", TARE_EPARSE, "main/manifest.json: field schema: missing" },
        { "manifest.json", "{", "", TARE_EPARSE, "main/manifest.json: not JSON" },
        { "manifest.json", "suites/kernels.so", "suites/../../../../evil.so", TARE_EPARSE,
          "field builds[0].path: not \"suites/<suite>.so\"" },
        { "manifest.json", "suites/kernels.so", "/lib/evil.so", TARE_EPARSE, "field builds[0].path" },
        { "manifest.json", "\"kernels\"", "\"../kernels\"", TARE_EPARSE, "field builds[0].path" },
        { "manifest.json", "\"cases\": 3", "\"cases\": 4", TARE_EPARSE,
          "results.jsonl: 3 cases with 60 samples, but the manifest says 4 with 60" },
        { "manifest.json", "\"samples\": 60", "\"samples\": 61", TARE_EPARSE, "the manifest says 3 with 61" },
        { "manifest.json", "\"cases\": 3", "\"cases\": -3", TARE_EPARSE, "field cases: -3 is out of range" },
        { "manifest.json", "\"date\"", "\"data\"", TARE_EPARSE, "main/manifest.json: field date: missing" },
        { "results.jsonl", "tare.result/1", "tare.result/9", TARE_EVERSION, "main/results.jsonl:1: field schema" },
        { "results.jsonl", "softmax/f32/2", "softmax/f32/0", TARE_EPARSE,
          "main/results.jsonl:3: case kernels/softmax/f32/0 is there twice" },
        { "results.jsonl", "\"rounds\":8", "\"rounds\":NaN", TARE_EPARSE, "main/results.jsonl:2: not JSON" },
        { "results.jsonl", "\"rounds\":9", "\"rounds\":[9]", TARE_EPARSE,
          "main/results.jsonl:3: field rounds: not a whole number" },
        { "results.jsonl", "\n", "\n\n", TARE_EPARSE, "main/results.jsonl:2: not JSON" },
        { "results.jsonl", "\"round\":[0,", "\"round\":[", TARE_EPARSE,
          "field samples.round: 19 values, but ns has 20" },
        { "results.jsonl", "\"id\":\"", "\"id\":\"\xff", TARE_EPARSE, "main/results.jsonl:1: not JSON" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct tare_baseline found;
        bench_save(b, "main", 1);
        edit(bench_path(b, ".tare/baselines/main/%s", cases[i].member), cases[i].from, cases[i].to);
        bench_resum(b, "main");
        int rc = tare_baseline_load(&found, &b->store, "main");
        if (rc != cases[i].code || !strstr(tare_error(), cases[i].says) ||
            !strstr(tare_error(), "`tare baseline remove main`"))
            fail_msg("%s -> %s: code %d, \"%s\"", cases[i].from, cases[i].to, rc, tare_error());
    }
}

static void a_bad_listing_is_refused_by_line(void **state)
{
    const struct bench *b = *state;
    static const struct {
        const char *from, *to, *says;
    } cases[] = {
        { "manifest.json", "../manifest.json", "checksums:1: not the path of a file of a baseline" },
        { "suites/kernels.so", "suites/../kernels.so", "checksums:3: not the path" },
        { "suites/kernels.so", "suites/.so", "checksums:3: not the path" },
        { "suites/kernels.so", "/suites/kernels.so", "checksums:3: not the path" },
        { "suites/kernels.so", "suites/kernels.so.1", "checksums:3: not the path" },
        { "suites/kernels.so", "results.jsonl", "checksums:3: results.jsonl is listed twice" },
        { "suites/kernels.so", "suites/other.so", "suites/kernels.so is not listed" },
        { "  ", " *", "checksums:1: not a line of a checksum" },
        { "  ", "", "checksums:1: not a line of a checksum" },
        { "\n", "\n\n", "checksums:2: not a line of a checksum" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct tare_baseline found;
        bench_save(b, "main", 1);
        edit(bench_path(b, ".tare/baselines/main/checksums"), cases[i].from, cases[i].to);
        assert_true(tare_baseline_load(&found, &b->store, "main") < 0);
        if (!strstr(tare_error(), cases[i].says))
            fail_msg("%s -> %s: \"%s\"", cases[i].from, cases[i].to, tare_error());
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown(a_file_cut_anywhere_is_refused, bench_make, bench_remove),
    cmocka_unit_test_setup_teardown(a_byte_changed_anywhere_is_refused, bench_make, bench_remove),
    cmocka_unit_test_setup_teardown(a_missing_file_is_named, bench_make, bench_remove),
    cmocka_unit_test_setup_teardown(other_files_in_the_folder_are_let_be, bench_make, bench_remove),
    cmocka_unit_test_setup_teardown(an_edit_with_new_checksums_is_judged_by_its_contents, bench_make, bench_remove),
    cmocka_unit_test_setup_teardown(a_bad_listing_is_refused_by_line, bench_make, bench_remove),
};
TARE_TEST_MAIN(tests)
