#include "framework/store/baseline.h"

#include <sys/stat.h>
#include <unistd.h>

#include "framework/store/checksum.h"
#include "tests/framework/store_fixture.h"

static void a_baseline_comes_back_as_it_was(void **state)
{
    const struct bench *b = *state;
    for (uint64_t seed = 1; seed < 5; seed++) { /* the first is new, the others replace it */
        bench_save(b, "main", seed);
        assert_int_equal(bench_which(b, "main", &seed, 1), 0);
        assert_no_debris(b);
    }
    assert_true(tare_baseline_exists(&b->store, "main"));
    assert_false(tare_baseline_exists(&b->store, "mai"));
}

static void loading_tells_name_path_and_size(void **state)
{
    const struct bench *b = *state;
    struct tare_baseline found;
    struct stat st;
    bench_save(b, "main", 1);
    assert_int_equal(tare_baseline_load(&found, &b->store, "main"), 0);
    assert_string_equal(found.name, "main");
    assert_string_equal(found.path, bench_path(b, ".tare/baselines/main"));
    assert_string_equal(found.run.builds[0].path, bench_path(b, ".tare/baselines/main/suites/kernels.so"));
    uint64_t bytes = 0;
    static const char *const members[] = { "manifest.json", "results.jsonl", "suites/kernels.so" };
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(stat(bench_path(b, ".tare/baselines/main/%s", members[i]), &st), 0);
        bytes += (uint64_t)st.st_size;
    }
    assert_int_equal(found.bytes, bytes);
    tare_baseline_free(&found);
}

static void a_run_without_cases_or_builds_can_be_saved(void **state)
{
    const struct bench *b = *state;
    struct tare_run run = { .version = tare_strdup("0.1.0") };
    struct tare_baseline found;
    assert_int_equal(tare_baseline_save(&b->store, "empty", &run), 0);
    assert_int_equal(tare_baseline_load(&found, &b->store, "empty"), 0);
    assert_int_equal(found.run.n_results, 0);
    assert_int_equal(found.run.n_builds, 0);
    tare_baseline_free(&found);
    tare_run_free(&run);
}

static void names_are_checked(void **state)
{
    const struct bench *b = *state;
    static const struct {
        const char *name;
        bool ok;
    } cases[] = {
        { "main", true },
        { "v1.2_x-3", true },
        { "_", true },
        { "0123456789012345678901234567890123456789012345678901234567890123", true },
        { "01234567890123456789012345678901234567890123456789012345678901234", false },
        { "", false },
        { ".", false },
        { "..", false },
        { ".hidden", false },
        { "-x", false },
        { "a/b", false },
        { "../x", false },
        { "a b", false },
        { "a\nb", false },
        { "caf\xc3\xa9", false },
    };
    struct tare_run run = { 0 };
    struct tare_baseline found;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(tare_baseline_name_check(cases[i].name), cases[i].ok ? 0 : TARE_EUSAGE);
        if (cases[i].ok)
            continue;
        assert_non_null(strstr(tare_error(), "baseline name"));
        assert_int_equal(tare_baseline_save(&b->store, cases[i].name, &run), TARE_EUSAGE);
        assert_int_equal(tare_baseline_load(&found, &b->store, cases[i].name), TARE_EUSAGE);
        assert_int_equal(tare_baseline_remove(&b->store, cases[i].name), TARE_EUSAGE);
        assert_int_equal(tare_baseline_export(&b->store, cases[i].name, "x"), TARE_EUSAGE);
        assert_int_equal(tare_baseline_import(&b->store, cases[i].name, "x", true), TARE_EUSAGE);
        assert_false(tare_baseline_exists(&b->store, cases[i].name));
    }
    assert_false(tare_path_exists(b->store.root)); /* nothing was made */
}

static void an_unknown_name_suggests_the_nearest(void **state)
{
    const struct bench *b = *state;
    struct tare_baseline found;
    assert_int_equal(tare_baseline_load(&found, &b->store, "main"), TARE_ENOENT);
    assert_non_null(strstr(tare_error(), "no baseline \"main\", nor any other; save one with `tare run --save main`"));
    assert_int_equal(tare_baseline_remove(&b->store, "main"), TARE_ENOENT);
    assert_false(tare_path_exists(b->store.root)); /* looking makes nothing */
    bench_save(b, "main", 1);
    bench_save(b, "release-2", 1);
    assert_int_equal(tare_baseline_load(&found, &b->store, "mian"), TARE_ENOENT);
    assert_non_null(strstr(tare_error(), "no baseline \"mian\"; the nearest name is \"main\""));
    assert_int_equal(tare_baseline_load(&found, &b->store, "nothing-like-it"), TARE_ENOENT);
    assert_non_null(
        strstr(tare_error(), "no baseline \"nothing-like-it\"; `tare baseline list` shows the 2 that exist"));
    assert_int_equal(tare_baseline_remove(&b->store, "releas-2"), TARE_ENOENT);
    assert_non_null(strstr(tare_error(), "\"release-2\""));
    assert_int_equal(tare_baseline_export(&b->store, "releas-2", "x"), TARE_ENOENT);
}

static void the_list_is_newest_first_and_tells_problems(void **state)
{
    const struct bench *b = *state;
    struct tare_baseline_entry *e;
    size_t n;
    assert_int_equal(tare_baseline_list(&e, &n, &b->store), 0); /* no store: none */
    assert_int_equal(n, 0);
    tare_baseline_list_free(e, n);
    bench_save(b, "old", 3); /* the date's day is seed + 1 */
    bench_save(b, "new", 21);
    bench_save(b, "damaged", 27);
    bench_save(b, "middle", 12);
    spill(bench_path(b, ".tare/baselines/damaged/manifest.json"), "{}", 2);
    assert_int_equal(tare_dir_make(bench_path(b, ".tare/baselines/empty")), 0);
    spill(bench_path(b, ".tare/baselines/file"), "x", 1);
    spill(bench_path(b, ".tare/baselines/no name"), "x", 1); /* not the name of a baseline: not listed */
    assert_int_equal(tare_baseline_list(&e, &n, &b->store), 0);
    static const struct {
        const char *name, *date, *problem;
    } wanted[] = {
        { "new", "2024-05-22T12:00:00Z", NULL },       { "middle", "2024-05-13T12:00:00Z", NULL },
        { "old", "2024-05-04T12:00:00Z", NULL },       { "damaged", NULL, "damaged/manifest.json: checksum differs" },
        { "empty", NULL, "empty/checksums: missing" }, { "file", NULL, "file: not a folder" },
    };
    assert_int_equal(n, 6);
    for (size_t i = 0; i < n; i++) {
        assert_string_equal(e[i].name, wanted[i].name);
        if (wanted[i].problem) {
            assert_non_null(strstr(e[i].problem, wanted[i].problem));
            continue;
        }
        assert_null(e[i].problem);
        assert_string_equal(e[i].date, wanted[i].date);
        assert_string_equal(e[i].machine, "Model \"7\"");
        assert_int_equal(e[i].n_cases, 3);
        assert_true(e[i].bytes > 3000);
        assert_int_equal(e[i].commit != NULL, strcmp(e[i].name, "middle") != 0);
    }
    tare_baseline_list_free(e, n);
}

static void removing_takes_the_one_and_leaves_the_others(void **state)
{
    const struct bench *b = *state;
    bench_save(b, "one", 1);
    bench_save(b, "two", 2);
    spill(bench_path(b, ".tare/baselines/two/results.jsonl"), "", 0); /* damage is no obstacle */
    spill(bench_path(b, ".tare/baselines/three"), "", 0);             /* nor is a file in a folder's place */
    assert_int_equal(tare_baseline_remove(&b->store, "two"), 0);
    assert_int_equal(tare_baseline_remove(&b->store, "three"), 0);
    assert_false(tare_baseline_exists(&b->store, "two"));
    assert_false(tare_baseline_exists(&b->store, "three"));
    assert_int_equal(bench_which(b, "one", &(uint64_t){ 1 }, 1), 0);
    assert_int_equal(tare_baseline_remove(&b->store, "two"), TARE_ENOENT);
    assert_no_debris(b);
}

static void debris_of_killed_runs_goes_with_the_next_save(void **state)
{
    const struct bench *b = *state;
    bench_save(b, "main", 1);
    assert_int_equal(tare_dir_make(bench_path(b, ".tare/tmp-99999-0123456789abcdef/suites")), 0);
    spill(bench_path(b, ".tare/tmp-99999-0123456789abcdef/suites/x.so"), "x", 1);
    spill(bench_path(b, ".tare/tmp-1-0"), "x", 1);
    bench_save(b, "other", 2);
    assert_no_debris(b);
    assert_int_equal(bench_which(b, "main", &(uint64_t){ 1 }, 1), 0);
}

/* The state between the two renames where a file system can't exchange folders. */
static void an_exchange_that_was_cut_off_is_found_and_settled(void **state)
{
    const struct bench *b = *state;
    struct tare_baseline_entry *e;
    size_t n;
    bench_save(b, "main", 1);
    const char *path = bench_path(b, ".tare/baselines/main"), *old = bench_path(b, ".tare/baselines/.old-main");
    assert_int_equal(rename(path, old), 0);
    assert_int_equal(bench_which(b, "main", &(uint64_t){ 1 }, 1), 0);
    assert_int_equal(tare_baseline_list(&e, &n, &b->store), 0);
    assert_int_equal(n, 1);
    assert_string_equal(e[0].name, "main");
    assert_null(e[0].problem);
    tare_baseline_list_free(e, n);
    bench_save(b, "other", 2);
    assert_no_debris(b);
    assert_int_equal(bench_which(b, "main", &(uint64_t){ 1 }, 1), 0);
    /* both there: the new one counts, the old one goes */
    assert_int_equal(rename(path, old), 0);
    bench_save(b, "x", 3);
    assert_int_equal(rename(bench_path(b, ".tare/baselines/x"), old), 0);
    assert_int_equal(bench_which(b, "main", &(uint64_t){ 1 }, 1), 0);
    assert_int_equal(tare_baseline_remove(&b->store, "main"), 0);
    assert_false(tare_baseline_exists(&b->store, "main"));
    assert_no_debris(b);
}

static void builds_that_can_not_be_kept_are_an_error(void **state)
{
    const struct bench *b = *state;
    struct tare_run run;
    bench_run(&run, b, 100, 1);
    bench_save(b, "main", 2);
    static const struct {
        const char *suite, *path;
        int code;
        const char *says;
    } cases[] = {
        { "a/b", NULL, TARE_EUSAGE, "suite \"a/b\" can't be kept in a baseline" },
        { "", NULL, TARE_EUSAGE, "suite \"\" can't be kept" },
        { "..", NULL, TARE_EUSAGE, "suite \"..\" can't be kept" },
        { "fine", "/nowhere/to/be/found.so", TARE_ENOENT, "/nowhere/to/be/found.so: " },
        { "fine", "/", TARE_EIO, "/: cannot copy" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct tare_build kept = run.builds[0], *build = &run.builds[0];
        build->suite = (char *)(uintptr_t)cases[i].suite;
        if (cases[i].path)
            build->path = (char *)(uintptr_t)cases[i].path;
        int rc = tare_baseline_save(&b->store, "main", &run);
        *build = kept;
        assert_int_equal(rc, cases[i].code);
        assert_non_null(strstr(tare_error(), cases[i].says));
        assert_int_equal(bench_which(b, "main", &(uint64_t){ 2 }, 1), 0);
        assert_no_debris(b);
    }
    struct tare_build one = run.builds[0], two[] = { one, one };
    struct tare_run twice = run;
    twice.builds = two;
    twice.n_builds = 2;
    assert_int_equal(tare_baseline_save(&b->store, "main", &twice), TARE_EUSAGE);
    assert_non_null(strstr(tare_error(), "two builds of suite \"kernels\""));
    tare_run_free(&run);
}

static void nan_in_a_result_is_refused_and_the_old_baseline_stays(void **state)
{
    const struct bench *b = *state;
    struct tare_run run;
    bench_save(b, "main", 2);
    bench_run(&run, b, 100, 1);
    run.results[1].samples.ns[7] = 0.0 / 0.0;
    assert_int_equal(tare_baseline_save(&b->store, "main", &run), TARE_EPARSE);
    assert_non_null(strstr(tare_error(), "kernels/softmax/f32/1: sample 7 is"));
    assert_int_equal(bench_which(b, "main", &(uint64_t){ 2 }, 1), 0);
    assert_no_debris(b);
    tare_run_free(&run);
}

/* FIPS 180-4 and its examples; the listing is what coreutils' sha256sum reads. */
static void checksums_are_sha_256_as_others_read_them(void **state)
{
    const struct bench *b = *state;
    char sum[TARE_SHA256_TEXT];
    tare_sha256(sum, "abc", 3);
    assert_string_equal(sum, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    tare_sha256(sum, "", 0);
    assert_string_equal(sum, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    bench_save(b, "main", 1);
    char *command = tare_format("cd '%s' && sha256sum --strict --quiet -c checksums && test $(wc -l <checksums) = 3",
                                bench_path(b, ".tare/baselines/main"));
    assert_int_equal(system(command), 0);
    free(command);
}

static void machines_are_compared_by_their_identity(void **state)
{
    (void)state;
    struct tare_run here = { 0 }, there = { 0 };
    static const struct {
        const char *key;
        bool identity;
        const char *here, *there;
    } facts[] = {
        { "cpu.model", true, "A", "B" },     { "cpu.cores", true, "2", "2" },
        { "kernel", false, "6.1", "5.10" },  { "cache.l3", true, "32 MiB", NULL },
        { "hypervisor", true, NULL, "KVM" }, { "governor", false, NULL, "powersave" },
    };
    for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++) {
        if (facts[i].here)
            tare_facts_set(&here.machine, facts[i].key, facts[i].identity, "%s", facts[i].here);
        if (facts[i].there)
            tare_facts_set(&there.machine, facts[i].key, facts[i].identity, "%s", facts[i].there);
    }
    assert_int_equal(tare_baseline_compare_machines(&here, &there), 3);
    assert_int_equal(here.n_warnings, 3);
    assert_string_equal(here.warnings[0], "another machine: cpu.model is A here and B in the baseline");
    assert_string_equal(here.warnings[1], "another machine: cache.l3 is 32 MiB here and unknown in the baseline");
    assert_string_equal(here.warnings[2], "another machine: hypervisor is unknown here and KVM in the baseline");
    assert_int_equal(tare_baseline_compare_machines(&here, &here), 0);
    tare_run_free(&here);
    tare_run_free(&there);
}

static void the_root_comes_from_the_argument_then_the_environment(void **state)
{
    (void)state;
    static const struct {
        const char *argument, *environment, *root;
    } cases[] = { { "a", "b", "a" }, { NULL, "b", "b" }, { NULL, "", ".tare" }, { NULL, NULL, ".tare" } };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct tare_store s;
        unsetenv("TARE_DIR");
        if (cases[i].environment)
            setenv("TARE_DIR", cases[i].environment, 1);
        assert_int_equal(tare_store_open(&s, cases[i].argument), 0);
        assert_string_equal(s.root, cases[i].root);
        tare_store_close(&s);
    }
    unsetenv("TARE_DIR");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown(a_baseline_comes_back_as_it_was, bench_make, bench_remove),
    cmocka_unit_test_setup_teardown(loading_tells_name_path_and_size, bench_make, bench_remove),
    cmocka_unit_test_setup_teardown(a_run_without_cases_or_builds_can_be_saved, bench_make, bench_remove),
    cmocka_unit_test_setup_teardown(names_are_checked, bench_make, bench_remove),
    cmocka_unit_test_setup_teardown(an_unknown_name_suggests_the_nearest, bench_make, bench_remove),
    cmocka_unit_test_setup_teardown(the_list_is_newest_first_and_tells_problems, bench_make, bench_remove),
    cmocka_unit_test_setup_teardown(removing_takes_the_one_and_leaves_the_others, bench_make, bench_remove),
    cmocka_unit_test_setup_teardown(debris_of_killed_runs_goes_with_the_next_save, bench_make, bench_remove),
    cmocka_unit_test_setup_teardown(an_exchange_that_was_cut_off_is_found_and_settled, bench_make, bench_remove),
    cmocka_unit_test_setup_teardown(builds_that_can_not_be_kept_are_an_error, bench_make, bench_remove),
    cmocka_unit_test_setup_teardown(nan_in_a_result_is_refused_and_the_old_baseline_stays, bench_make, bench_remove),
    cmocka_unit_test_setup_teardown(checksums_are_sha_256_as_others_read_them, bench_make, bench_remove),
    cmocka_unit_test(machines_are_compared_by_their_identity),
    cmocka_unit_test(the_root_comes_from_the_argument_then_the_environment),
};
TARE_TEST_MAIN(tests)
