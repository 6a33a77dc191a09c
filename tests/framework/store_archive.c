#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/framework/store_fixture.h"

static const uint64_t seeds[] = { 1, 2 };

static int shell(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static int shell(const char *fmt, ...)
{
    struct tare_buf command = { 0 };
    va_list args;
    va_start(args, fmt);
    tare_buf_vfmt(&command, fmt, args);
    va_end(args);
    int rc = system(command.data);
    tare_buf_free(&command);
    return rc;
}

static void what_is_exported_can_be_imported(void **state)
{
    const struct bench *b = *state;
    const char *file = bench_path(b, "main.tar");
    bench_save(b, "main", 1);
    for (int i = 0; i < 2; i++) { /* the second replaces the first */
        assert_int_equal(tare_baseline_export(&b->store, "main", file), 0);
        assert_int_equal(scratch_count(b->dir), 3); /* the store, the build, the archive */
    }
    assert_int_equal(tare_baseline_import(&b->store, "copy", file, false), 0);
    assert_int_equal(bench_which(b, "copy", seeds, 1), 0);
    assert_no_debris(b);
    struct tare_store other = { .root = (char *)(uintptr_t)bench_path(b, "other/.tare") };
    assert_int_equal(tare_baseline_import(&other, "main", file, false), 0); /* a new store is made */
    assert_true(tare_baseline_exists(&other, "main"));
}

static void an_existing_name_is_replaced_only_by_force(void **state)
{
    const struct bench *b = *state;
    const char *file = bench_path(b, "two.tar");
    bench_save(b, "one", 1);
    bench_save(b, "two", 2);
    assert_int_equal(tare_baseline_export(&b->store, "two", file), 0);
    assert_int_equal(tare_baseline_import(&b->store, "one", file, false), TARE_EEXIST);
    assert_non_null(strstr(tare_error(), "baseline \"one\" exists; replace it with --force"));
    assert_int_equal(bench_which(b, "one", seeds, 2), 0);
    assert_int_equal(tare_baseline_import(&b->store, "one", file, true), 0);
    assert_int_equal(bench_which(b, "one", seeds, 2), 1);
    assert_no_debris(b);
}

/* GNU tar or another that reads and writes POSIX.1-1988. */
static void other_tars_read_it_and_write_it(void **state)
{
    const struct bench *b = *state;
    if (shell("tar --version >/dev/null 2>&1")) {
        print_message("no tar here\n");
        skip();
    }
    bench_save(b, "main", 1);
    const char *file = bench_path(b, "main.tar"), *main = bench_path(b, ".tare/baselines/main");
    assert_int_equal(tare_baseline_export(&b->store, "main", file), 0);
    assert_int_equal(tare_dir_make(bench_path(b, "out")), 0);
    assert_int_equal(
        shell("cd '%s/out' && tar xf ../main.tar && diff -r . '%s' && sha256sum --quiet -c checksums", b->dir, main),
        0);
    assert_int_equal(shell("cd '%s' && tar --format=ustar -cf ../../../by-tar.tar manifest.json suites/kernels.so "
                           "checksums results.jsonl",
                           main),
                     0);
    assert_int_equal(tare_baseline_import(&b->store, "copy", bench_path(b, "by-tar.tar"), false), 0);
    assert_int_equal(bench_which(b, "copy", seeds, 1), 0);
}

static void a_damaged_baseline_is_not_exported(void **state)
{
    const struct bench *b = *state;
    bench_save(b, "main", 1);
    spill(bench_path(b, ".tare/baselines/main/suites/kernels.so"), "x", 1);
    assert_int_equal(tare_baseline_export(&b->store, "main", bench_path(b, "main.tar")), TARE_EDAMAGED);
    assert_false(tare_path_exists(bench_path(b, "main.tar")));
    assert_int_equal(tare_baseline_export(&b->store, "other", bench_path(b, "main.tar")), TARE_ENOENT);
    bench_save(b, "main", 1);
    assert_int_equal(tare_baseline_export(&b->store, "main", bench_path(b, "nowhere/main.tar")), TARE_EIO);
    assert_non_null(strstr(tare_error(), "nowhere/main.tar: cannot write"));
}

/* ---- archives that are not ours ---- */

/* Import fails with one line about the archive, and all is as before: the baseline, the store, the folder around. */
static void assert_refused(const struct bench *b, const char *file, const char *what, const char *says)
{
    int before = scratch_count(b->dir);
    int rc = tare_baseline_import(&b->store, "main", file, true);
    if ((rc != TARE_EPARSE && rc != TARE_EDAMAGED && rc != TARE_EVERSION) || strchr(tare_error(), '\n') ||
        strstr(tare_error(), file) != tare_error() || !strstr(tare_error(), says) ||
        !strstr(tare_error(), "; nothing was imported: export the baseline anew"))
        fail_msg("%s: code %d, \"%s\"", what, rc, tare_error());
    assert_int_equal(bench_which(b, "main", seeds, 2), 0);
    assert_no_debris(b);
    assert_int_equal(scratch_count(b->dir), before);
    assert_int_equal(scratch_count(bench_path(b, ".tare/baselines")), 2);
}

/* "main" to be kept, and the archive of another baseline to be damaged. */
static char *make_archive(const struct bench *b, size_t *len)
{
    bench_save(b, "main", 1);
    bench_save(b, "two", 2);
    const char *file = bench_path(b, "two.tar");
    assert_int_equal(tare_baseline_export(&b->store, "two", file), 0);
    return slurp(file, len);
}

static void an_archive_cut_anywhere_is_refused(void **state)
{
    const struct bench *b = *state;
    size_t len;
    char *archive = make_archive(b, &len);
    const char *file = bench_path(b, "two.tar");
    assert_int_equal(len % 512, 0);
    assert_true(len / 512 > 20);
    for (size_t block = 0; block < len / 512; block++) {
        static const size_t more[] = { 0, 1, 511 };
        for (size_t i = 0; i < 3; i++) {
            spill(file, archive, block * 512 + more[i]);
            assert_refused(b, file, "cut", "");
        }
    }
    free(archive);
}

static void a_changed_archive_is_refused_or_means_the_same(void **state)
{
    const struct bench *b = *state;
    size_t len;
    char *archive = make_archive(b, &len);
    const char *file = bench_path(b, "two.tar");
    size_t harmless = 0; /* bytes of padding behind a file */
    for (size_t at = 0; at < len; at += 61) {
        archive[at] ^= 0x20;
        spill(file, archive, len);
        archive[at] ^= 0x20;
        if (tare_baseline_import(&b->store, "main", file, true) == 0) {
            harmless++;
            assert_int_equal(bench_which(b, "main", seeds, 2), 1);
            bench_save(b, "main", 1);
        } else {
            assert_int_equal(bench_which(b, "main", seeds, 2), 0);
        }
    }
    assert_true(harmless < 4 * 512 / 61 + 4); /* four files */
    free(archive);
}

/* A header block written by the description in POSIX, apart from the program's own. */
static void put_header(unsigned char *block, const char *name, char type, const char *size, const char *link)
{
    memset(block, 0, 512);
    memcpy(block, name, strlen(name));
    memcpy(block + 100, "0000644\0000000000\0000000000", 24);
    memcpy(block + 124, size, strlen(size));
    memcpy(block + 136, "00000000000", 12);
    block[156] = (unsigned char)type;
    memcpy(block + 157, link, strlen(link));
    memcpy(block + 257, "ustar\00000", 8);
}

static void put_checksum(unsigned char *block)
{
    unsigned sum = 0;
    memset(block + 148, ' ', 8);
    for (size_t i = 0; i < 512; i++)
        sum += block[i];
    snprintf((char *)block + 148, 8, "%06o", sum);
}

static void hostile_members_are_refused(void **state)
{
    const struct bench *b = *state;
    static const struct {
        const char *name;
        char type;
        const char *size, *link;
        size_t at; /* a byte set after all, outside of the checksum's protection when `after` */
        unsigned char byte;
        bool after;
        const char *says;
    } cases[] = {
        { "../evil", '0', "00000000005", "", 0, 0, false, "\"../evil\" is not the name of a file of a baseline" },
        { "/tmp/evil", '0', "00000000005", "", 0, 0, false, "\"/tmp/evil\" is not the name" },
        { "suites/../../../evil.so", '0', "00000000005", "", 0, 0, false, "is not the name" },
        { "suites/../evil.so", '0', "00000000005", "", 0, 0, false, "is not the name" },
        { "suites/..so", '0', "00000000005", "", 0, 0, false, "is not the name" },
        { "suites/a/b.so", '0', "00000000005", "", 0, 0, false, "is not the name" },
        { "suites//b.so", '0', "00000000005", "", 0, 0, false, "is not the name" },
        { "suites/.so", '0', "00000000005", "", 0, 0, false, "is not the name" },
        { "./manifest.json", '0', "00000000005", "", 0, 0, false, "is not the name" },
        { "notes.txt", '0', "00000000005", "", 0, 0, false, "is not the name" },
        { "", '0', "00000000005", "", 0, 0, false, "is not the name" },
        { "manifest.json", '2', "00000000000", "/etc/passwd", 0, 0, false, "not a regular file" },
        { "manifest.json", '1', "00000000000", "checksums", 0, 0, false, "not a regular file" },
        { "suites", '5', "00000000000", "", 0, 0, false, "not a regular file" },
        { "manifest.json", '3', "00000000000", "", 0, 0, false, "not a regular file" },
        { "manifest.json", '6', "00000000000", "", 0, 0, false, "not a regular file" },
        { "manifest.json", 'x', "00000000005", "", 0, 0, false, "not a regular file" },
        { "manifest.json", 'L', "00000000005", "", 0, 0, false, "not a regular file" },
        { "manifest.json", '\0', "00000000005", "", 0, 0, false, "not a regular file" },
        { "manifest.json", '0', "77777777777", "", 0, 0, false, "the file ends past the archive" },
        { "manifest.json", '0', "777777777777", "", 0, 0, false, "the file ends past the archive" },
        { "manifest.json", '0', "00000003001", "", 0, 0, false, "the file ends past the archive" },
        { "manifest.json", '0', "0000000000x", "", 0, 0, false, "the size is not a number" },
        { "manifest.json", '0', "-0000000001", "", 0, 0, false, "the size is not a number" },
        { "manifest.json", '0', "\x80\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f", "", 0, 0, false, "not a number" },
        { "manifest.json", '0', "", "", 0, 0, false, "the size is not a number" },
        { "manifest.json", '0', "00000000005", "", 345, '.', false, "the name has a prefix" },
        { "manifest.json", '0', "00000000005", "", 262, ' ', false, "not a POSIX ustar archive" }, /* GNU's own */
        { "manifest.json", '0', "00000000005", "", 257, 0, false, "not a POSIX ustar archive" },
        { "manifest.json", '0', "00000000005", "", 300, 'x', true, "the header's checksum differs" },
        { "manifest.json", '0', "00000000005", "", 148, '9', true, "the header's checksum differs" },
        { "manifest.json", '0', "00000000005", "", 0, 0, false, "two.tar/checksums: missing" }, /* all else is right */
        { "checksums", '0', "00000000000", "", 0, 0, false, "two.tar/manifest.json: missing" },
    };
    bench_save(b, "main", 1);
    bench_save(b, "two", 2);
    const char *file = bench_path(b, "two.tar");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        unsigned char archive[4 * 512] = { 0 }; /* header, contents, end */
        put_header(archive, cases[i].name, cases[i].type, cases[i].size, cases[i].link);
        if (cases[i].at && !cases[i].after)
            archive[cases[i].at] = cases[i].byte;
        if (cases[i].at == 257) /* an archive of 1979: no magic at all */
            memset(archive + 257, 0, 8);
        put_checksum(archive);
        if (cases[i].after)
            archive[cases[i].at] = cases[i].byte;
        bool has_content = strcmp(cases[i].size, "00000000005") == 0;
        if (has_content)
            memcpy(archive + 512, "hello", 5);
        spill(file, archive, sizeof archive);
        assert_refused(b, file, cases[i].name, cases[i].says);
    }
    assert_false(tare_path_exists("/tmp/evil"));
    assert_false(tare_path_exists(bench_path(b, "evil")));
}

static void members_that_come_twice_are_refused(void **state)
{
    const struct bench *b = *state;
    size_t len;
    char *archive = make_archive(b, &len);
    const char *file = bench_path(b, "two.tar");
    FILE *f = fopen(file, "w"); /* the archive twice, the end once */
    assert_int_equal(fwrite(archive, 1, len - 1024, f), len - 1024);
    assert_int_equal(fwrite(archive, 1, len, f), len);
    assert_int_equal(fclose(f), 0);
    assert_refused(b, file, "twice", "checksums is there twice");
    f = fopen(file, "w"); /* something behind the end */
    assert_int_equal(fwrite(archive, 1, len, f), len);
    assert_int_equal(fwrite(archive, 1, len, f), len);
    assert_int_equal(fclose(f), 0);
    assert_refused(b, file, "behind", "something follows the end of the archive");
    free(archive);
}

static void files_that_are_no_archives_are_refused(void **state)
{
    const struct bench *b = *state;
    bench_save(b, "main", 1);
    bench_save(b, "two", 2);
    const char *file = bench_path(b, "two.tar");
    char noise[4096];
    struct tare_rng rng;
    tare_rng_seed(&rng, 3);
    for (size_t i = 0; i < sizeof noise; i++)
        noise[i] = (char)tare_rng_u64(&rng);
    spill(file, noise, sizeof noise);
    assert_refused(b, file, "noise", "not a POSIX ustar archive");
    spill(file, "", 0);
    assert_refused(b, file, "empty", "the archive is cut off");
    memset(noise, 0, sizeof noise);
    spill(file, noise, sizeof noise);
    assert_refused(b, file, "zeros", "checksums: missing");
    assert_int_equal(tare_baseline_import(&b->store, "main", bench_path(b, "nothing.tar"), true), TARE_ENOENT);
    assert_int_equal(tare_baseline_import(&b->store, "main", b->dir, true), TARE_EIO);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown(what_is_exported_can_be_imported, bench_make, bench_remove),
    cmocka_unit_test_setup_teardown(an_existing_name_is_replaced_only_by_force, bench_make, bench_remove),
    cmocka_unit_test_setup_teardown(other_tars_read_it_and_write_it, bench_make, bench_remove),
    cmocka_unit_test_setup_teardown(a_damaged_baseline_is_not_exported, bench_make, bench_remove),
    cmocka_unit_test_setup_teardown(an_archive_cut_anywhere_is_refused, bench_make, bench_remove),
    cmocka_unit_test_setup_teardown(a_changed_archive_is_refused_or_means_the_same, bench_make, bench_remove),
    cmocka_unit_test_setup_teardown(hostile_members_are_refused, bench_make, bench_remove),
    cmocka_unit_test_setup_teardown(members_that_come_twice_are_refused, bench_make, bench_remove),
    cmocka_unit_test_setup_teardown(files_that_are_no_archives_are_refused, bench_make, bench_remove),
};
TARE_TEST_MAIN(tests)
