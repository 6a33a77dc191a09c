#include "framework/base/error.h"
#include "framework/base/file.h"
#include "tests/framework/base_scratch.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* A path in the test's folder; kept until the program ends. */
static char *in(void **state, const char *name)
{
    static char kept[64][600];
    static int next;
    char *path = kept[next++ % 64];
    snprintf(path, sizeof kept[0], "%s/%s", (const char *)*state, name);
    return path;
}

static void assert_content(const char *path, const void *data, size_t len)
{
    char *text;
    size_t n;
    assert_int_equal(tare_file_read(&text, &n, path, 0), 0);
    assert_int_equal(n, len);
    assert_memory_equal(text, data, len);
    assert_int_equal(text[len], '\0');
    free(text);
}

/* The message is "path: cannot verb: why". */
static void assert_message(const char *path, const char *rest)
{
    char *wanted = tare_format("%s: %s", path, rest);
    assert_string_equal(tare_error(), wanted);
    free(wanted);
}

static char *pattern(size_t len)
{
    char *data = malloc(len + 1);
    for (size_t i = 0; i < len; i++)
        data[i] = (char)(i * 31 + i / 251);
    return data;
}

static void what_is_written_is_read_back(void **state)
{
    static const size_t lengths[] = { 0, 1, 4095, 16384, 16385, 300000 };
    const char *path = in(state, "file");
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        char *data = pattern(lengths[i]);
        assert_int_equal(tare_file_write(path, data, lengths[i]), 0);
        assert_content(path, data, lengths[i]);
        struct tare_map map;
        assert_int_equal(tare_map_open(&map, path), 0);
        assert_int_equal(map.size, lengths[i]);
        assert_int_equal(map.data == NULL, lengths[i] == 0);
        if (map.data)
            assert_memory_equal(map.data, data, lengths[i]);
        tare_map_close(&map);
        assert_null(map.data);
        free(data);
    }
    assert_int_equal(scratch_count(*state), 1);
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777 & ~0644, 0);
}

static void a_mapping_outlives_the_replacement_of_its_file(void **state)
{
    const char *path = in(state, "file");
    struct tare_map map;
    assert_int_equal(tare_file_write(path, "old", 3), 0);
    assert_int_equal(tare_map_open(&map, path), 0);
    assert_int_equal(tare_file_write(path, "newer", 5), 0);
    assert_memory_equal(map.data, "old", 3);
    tare_map_close(&map);
    assert_content(path, "newer", 5);
}

static void a_file_of_unknown_size_is_read(void **state)
{
    (void)state;
    char *text;
    size_t len;
    assert_int_equal(tare_file_read(&text, &len, "/proc/self/status", 0), 0);
    assert_true(len > 0 && strlen(text) == len);
    assert_int_equal(strncmp(text, "Name:", 5), 0);
    free(text);
}

static void a_file_longer_than_the_limit_is_refused(void **state)
{
    const char *path = in(state, "file");
    char *text = (char *)state;
    assert_int_equal(tare_file_write(path, "12345", 5), 0);
    assert_int_equal(tare_file_read(&text, NULL, path, 4), TARE_EIO);
    assert_null(text);
    assert_message(path, "cannot read: longer than 4 bytes");
    assert_int_equal(tare_file_read(&text, NULL, path, 5), 0);
    free(text);
}

static void what_is_absent_or_a_directory_cannot_be_read(void **state)
{
    const char *absent = in(state, "absent"), *dir = *state;
    char *text;
    struct tare_map map;
    assert_int_equal(tare_file_read(&text, NULL, absent, 0), TARE_ENOENT);
    assert_message(absent, "cannot open: No such file or directory");
    assert_int_equal(tare_map_open(&map, absent), TARE_ENOENT);
    assert_message(absent, "cannot open: No such file or directory");
    assert_int_equal(tare_file_read(&text, NULL, dir, 0), TARE_EIO);
    assert_message(dir, "cannot read: Is a directory");
    assert_int_equal(tare_map_open(&map, dir), TARE_EIO);
    assert_message(dir, "cannot open: not a regular file");
    assert_null(map.data);
}

static void writing_where_it_cannot_be_says_why(void **state)
{
    char name[300];
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    assert_int_equal(tare_file_write(in(state, "plain"), "x", 1), 0);
    const struct {
        const char *path;
        int code;
        const char *says;
    } table[] = {
        { "/dev/full", TARE_EIO, "cannot write: No space left on device" },
        { *state, TARE_EIO, "cannot write: Is a directory" },
        { in(state, "plain/file"), TARE_EIO, "cannot write: Not a directory" },
        { in(state, "absent/file"), TARE_ENOENT, "cannot write: No such file or directory" },
        { in(state, name), TARE_EIO, "cannot write: File name too long" },
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        assert_int_equal(tare_file_write(table[i].path, "data", 4), table[i].code);
        assert_message(table[i].path, table[i].says);
    }
    assert_int_equal(scratch_count(*state), 1);
    struct stat st;
    assert_int_equal(stat("/dev/full", &st), 0);
    assert_true(S_ISCHR(st.st_mode));
}

static void a_pipe_is_written_to_and_not_replaced(void **state)
{
    (void)state;
    int ends[2];
    char path[32], got[4];
    assert_int_equal(pipe(ends), 0);
    snprintf(path, sizeof path, "/dev/fd/%d", ends[1]);
    assert_int_equal(tare_file_write(path, "tare", 4), 0);
    assert_int_equal(read(ends[0], got, sizeof got), 4);
    assert_memory_equal(got, "tare", 4);
    close(ends[0]);
    close(ends[1]);
}

/* The kernel refuses to let files grow beyond the limit: a write that fails half way, without a full disk. */
static void limit_file_size(rlim_t bytes)
{
    struct rlimit limit;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes < limit.rlim_max ? bytes : limit.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void a_replacement_that_fails_leaves_the_old_file_and_no_debris(void **state)
{
    const char *path = in(state, "file"), *copy = in(state, "copy");
    char *big = pattern(100000);
    assert_int_equal(tare_file_write(in(state, "big"), big, 100000), 0);
    assert_int_equal(tare_file_write(path, "old", 3), 0);
    limit_file_size(50000);
    int written = tare_file_write(path, big, 100000);
    char *said = tare_strdup(tare_error());
    int copied = tare_file_copy(in(state, "big"), copy);
    limit_file_size(RLIM_INFINITY);
    assert_int_equal(written, TARE_EIO);
    assert_non_null(strstr(said, "/file: cannot write: File too large"));
    assert_int_equal(copied, TARE_EIO);
    assert_message(copy, "cannot write: File too large");
    assert_content(path, "old", 3);
    assert_false(tare_path_exists(copy));
    assert_int_equal(scratch_count(*state), 2);
    free(said);
    free(big);
}

enum { CHILD_CANNOT = 77 };

/* In a child with file systems of its own: a tmpfs of 64 KiB that fills. Exit status 0 = as it should be. */
static int fill_small_disk(const char *dir)
{
    if (unshare(CLONE_NEWNS)) /* only root may */
        return CHILD_CANNOT;
    if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) || mount("tare", dir, "tmpfs", 0, "size=64k"))
        return CHILD_CANNOT;
    char *path = tare_path_join(dir, "file"), *copy = tare_path_join(dir, "copy"), *big = pattern(100000), *text;
    size_t len;
    if (tare_file_write(path, big, 30000))
        return 1;
    if (tare_file_write(path, big, 100000) != TARE_EIO || !strstr(tare_error(), "/file: cannot write: No space left"))
        return 2;
    if (tare_file_copy("/proc/self/exe", copy) != TARE_EIO ||
        !strstr(tare_error(), "/copy: cannot write: No space left"))
        return 3;
    if (tare_file_read(&text, &len, path, 0) || len != 30000 || memcmp(text, big, len) != 0 || scratch_count(dir) != 1)
        return 4;
    free(path);
    free(copy);
    free(big);
    free(text);
    return 0;
}

static void a_full_disk_is_reported_and_leaves_the_old_file(void **state)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        _exit(fill_small_disk(*state));
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == CHILD_CANNOT)
        skip();
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void a_copy_has_the_content_and_the_mode(void **state)
{
    const char *from = in(state, "from"), *to = in(state, "to");
    char *data = pattern(200000);
    struct stat st;
    assert_int_equal(tare_file_write(from, data, 200000), 0);
    assert_int_equal(chmod(from, 0700), 0);
    assert_int_equal(tare_file_copy(from, to), 0);
    assert_content(to, data, 200000);
    assert_int_equal(stat(to, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    free(data);
}

static void a_copy_replaces_nothing(void **state)
{
    const char *from = in(state, "from"), *to = in(state, "to"), *absent = in(state, "absent");
    assert_int_equal(tare_file_write(from, "new", 3), 0);
    assert_int_equal(tare_file_write(to, "old", 3), 0);
    assert_int_equal(tare_file_copy(from, to), TARE_EEXIST);
    assert_message(to, "cannot write: File exists");
    assert_content(to, "old", 3);
    assert_int_equal(tare_file_copy(absent, in(state, "other")), TARE_ENOENT);
    assert_message(absent, "cannot open: No such file or directory");
    assert_int_equal(tare_file_copy(*state, in(state, "other")), TARE_EIO);
    assert_message(*state, "cannot copy: not a regular file");
    assert_int_equal(scratch_count(*state), 2);
}

static void directories_are_made_with_their_parents(void **state)
{
    static const char *const names[] = { "a/b/c", "a/b/c", "a//d/", "a", "." };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        assert_int_equal(tare_dir_make(in(state, names[i])), 0);
        assert_true(tare_path_exists(in(state, names[i])));
        assert_int_equal(tare_dir_sync(in(state, names[i])), 0);
    }
    assert_int_equal(tare_file_write(in(state, "file"), "", 0), 0);
    assert_int_equal(tare_dir_make(in(state, "file")), TARE_EIO);
    assert_message(in(state, "file"), "cannot make the directory: Not a directory");
    assert_int_equal(tare_dir_make(in(state, "file/below")), TARE_EIO);
    assert_int_equal(tare_dir_make(""), TARE_ENOENT);
    assert_int_equal(tare_dir_sync(in(state, "absent")), TARE_ENOENT);
}

static void a_directory_goes_with_all_in_it_but_links_are_not_followed(void **state)
{
    scratch_put(*state, "kept/file", "precious");
    scratch_put(*state, "gone/a/b/c/file", "x");
    scratch_put(*state, "gone/.hidden", "x");
    assert_int_equal(tare_dir_make(in(state, "gone/empty")), 0);
    assert_int_equal(symlink(in(state, "kept"), in(state, "gone/a/link")), 0);
    assert_int_equal(symlink(in(state, "kept/file"), in(state, "gone/link")), 0);
    assert_int_equal(tare_dir_remove(in(state, "gone")), 0);
    assert_false(tare_path_exists(in(state, "gone")));
    assert_content(in(state, "kept/file"), "precious", 8);

    assert_int_equal(symlink(in(state, "kept"), in(state, "link")), 0);
    assert_int_equal(tare_dir_remove(in(state, "link")), TARE_EIO);
    assert_int_equal(tare_dir_remove(in(state, "link/")), TARE_EIO);
    assert_content(in(state, "kept/file"), "precious", 8);
    assert_int_equal(tare_dir_remove(in(state, "kept/file")), TARE_EIO);
    assert_message(in(state, "kept/file"), "cannot remove: Not a directory");
    assert_int_equal(tare_dir_remove(in(state, "absent")), TARE_ENOENT);
}

static void paths_are_joined_with_one_slash(void **state)
{
    (void)state;
    static const char *const table[][3] = {
        { "a", "b", "a/b" }, { "a/", "b", "a/b" }, { "/", "b", "/b" }, { "", "b", "b" }, { "a", "b/c", "a/b/c" },
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char *joined = tare_path_join(table[i][0], table[i][1]);
        assert_string_equal(joined, table[i][2]);
        free(joined);
    }
}

static void the_programs_own_directory_holds_the_program(void **state)
{
    (void)state;
    char *dir = tare_path_self();
    assert_non_null(dir);
    char *program = tare_path_join(dir, program_invocation_short_name);
    assert_true(tare_path_exists(program));
    free(program);
    free(dir);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown(what_is_written_is_read_back, scratch_make, scratch_remove),
    cmocka_unit_test_setup_teardown(a_mapping_outlives_the_replacement_of_its_file, scratch_make, scratch_remove),
    cmocka_unit_test(a_file_of_unknown_size_is_read),
    cmocka_unit_test_setup_teardown(a_file_longer_than_the_limit_is_refused, scratch_make, scratch_remove),
    cmocka_unit_test_setup_teardown(what_is_absent_or_a_directory_cannot_be_read, scratch_make, scratch_remove),
    cmocka_unit_test_setup_teardown(writing_where_it_cannot_be_says_why, scratch_make, scratch_remove),
    cmocka_unit_test(a_pipe_is_written_to_and_not_replaced),
    cmocka_unit_test_setup_teardown(a_replacement_that_fails_leaves_the_old_file_and_no_debris, scratch_make,
                                    scratch_remove),
    cmocka_unit_test_setup_teardown(a_full_disk_is_reported_and_leaves_the_old_file, scratch_make, scratch_remove),
    cmocka_unit_test_setup_teardown(a_copy_has_the_content_and_the_mode, scratch_make, scratch_remove),
    cmocka_unit_test_setup_teardown(a_copy_replaces_nothing, scratch_make, scratch_remove),
    cmocka_unit_test_setup_teardown(directories_are_made_with_their_parents, scratch_make, scratch_remove),
    cmocka_unit_test_setup_teardown(a_directory_goes_with_all_in_it_but_links_are_not_followed, scratch_make,
                                    scratch_remove),
    cmocka_unit_test(paths_are_joined_with_one_slash),
    cmocka_unit_test(the_programs_own_directory_holds_the_program),
};

TARE_TEST_MAIN(tests)
