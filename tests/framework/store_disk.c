/* Disks that are full or read-only, and several processes at one store. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "framework/store/lock.h"
#include "tests/framework/store_fixture.h"

static const uint64_t seeds[] = { 1, 2, 3, 4 };

/* Saving a run with a big build fails, and says where and why; the old baseline is there, whole. */
static void assert_too_big(const struct bench *b, size_t build_bytes, const char *why)
{
    struct tare_run run;
    bench_run(&run, b, 100, seeds[1]);
    char *big = tare_format("%s/big.so", b->dir);
    int fd = open(big, O_WRONLY | O_CREAT, 0644);
    assert_int_equal(ftruncate(fd, (off_t)build_bytes), 0);
    close(fd);
    free(run.builds[0].path);
    run.builds[0].path = big;
    assert_int_equal(tare_baseline_save(&b->store, "main", &run), TARE_EIO);
    assert_ptr_equal(strstr(tare_error(), b->store.root), tare_error());
    assert_non_null(strstr(tare_error(), why));
    assert_int_equal(bench_which(b, "main", seeds, 1), 0);
    assert_no_debris(b);
    tare_run_free(&run);
}

static void limit_file_size(rlim_t bytes)
{
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes < limit.rlim_max ? bytes : limit.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* The portable way to a write that fails half-way: a limit on the size of files. */
static void a_file_that_can_not_grow_is_reported_and_the_old_baseline_stays(void **state)
{
    const struct bench *b = *state;
    signal(SIGXFSZ, SIG_IGN);
    bench_save(b, "main", seeds[0]);
    struct tare_run run;
    bench_run(&run, b, 100000, seeds[1]);
    static const rlim_t limits[] = { 0, 1, 100, 1000, 4096, 10000, 65536, 99999 };
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        limit_file_size(limits[i]);
        int rc = tare_baseline_save(&b->store, "main", &run);
        limit_file_size(RLIM_INFINITY);
        assert_int_equal(rc, TARE_EIO);
        assert_ptr_equal(strstr(tare_error(), b->store.root), tare_error());
        assert_non_null(strstr(tare_error(), strerror(EFBIG)));
        assert_int_equal(bench_which(b, "main", seeds, 1), 0);
        assert_no_debris(b);
    }
    assert_int_equal(tare_baseline_save(&b->store, "main", &run), 0);
    tare_run_free(&run);
}

/* A mount namespace of our own; as another user one needs a user namespace with it. */
static bool private_mounts(void)
{
    return (unshare(CLONE_NEWNS) == 0 || unshare(CLONE_NEWNS | CLONE_NEWUSER) == 0) &&
           mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
}

static int fill_a_small_disk(void **state)
{
    const struct bench *b = *state;
    assert_int_equal(tare_dir_make(b->store.root), 0);
    if (!private_mounts() || mount("tmpfs", b->store.root, "tmpfs", 0, "size=1m"))
        return CHILD_CANNOT;
    bench_save(b, "main", seeds[0]);
    assert_too_big(b, 2 << 20, strerror(ENOSPC));
    /* every amount of space left, down to none: other files take it up */
    for (size_t left = 200 * 1024; left < 201 * 1024; left -= 4096) {
        static const char zeros[4096];
        struct tare_run run;
        bench_run(&run, b, 100000, seeds[1]);
        int fd = open(bench_path(b, ".tare/ballast"), O_WRONLY | O_CREAT | O_TRUNC, 0644);
        for (size_t n = 0; n + left < (1 << 20) && write(fd, zeros, sizeof zeros) > 0; n += sizeof zeros)
            ;
        close(fd);
        int rc = tare_baseline_save(&b->store, "main", &run);
        assert_int_equal(unlink(bench_path(b, ".tare/ballast")), 0);
        assert_true(rc == 0 || (rc == TARE_EIO && strstr(tare_error(), strerror(ENOSPC))));
        assert_int_equal(bench_which(b, "main", seeds, 2), rc == 0);
        assert_no_debris(b);
        tare_run_free(&run);
        bench_save(b, "main", seeds[0]);
    }
    return 0;
}

static void a_full_disk_is_reported_and_the_old_baseline_stays(void **state)
{
    if (!in_child(fill_a_small_disk, state)) {
        print_message("no tmpfs can be mounted here\n");
        skip();
    }
}

/* Saving, importing and removing fail, naming a path in the store; reading goes on. */
static void assert_read_only(const struct bench *b, const char *why)
{
    struct tare_run run;
    sample_run(&run, 3, 20, seeds[1]);
    run.n_builds = 0;
    const int codes[] = {
        tare_baseline_save(&b->store, "main", &run),
        tare_baseline_save(&b->store, "new", &run),
        tare_baseline_remove(&b->store, "main"),
        tare_baseline_import(&b->store, "main", bench_path(b, "main.tar"), true),
    };
    run.n_builds = 1;
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
        assert_int_equal(codes[i], TARE_EIO);
    assert_ptr_equal(strstr(tare_error(), b->store.root), tare_error());
    assert_non_null(strstr(tare_error(), why));
    assert_int_equal(bench_which(b, "main", seeds, 1), 0);
    assert_false(tare_baseline_exists(&b->store, "new"));
    struct tare_baseline_entry *e;
    size_t n;
    assert_int_equal(tare_baseline_list(&e, &n, &b->store), 0);
    assert_int_equal(n, 1);
    assert_null(e[0].problem);
    tare_baseline_list_free(e, n);
    tare_run_free(&run);
}

static void allow(const struct bench *b, mode_t mode)
{
    static const char *const folders[] = { ".tare/baselines/main/suites", ".tare/baselines/main", ".tare/baselines",
                                           ".tare" };
    assert_int_equal(chmod(b->dir, 0755), 0);
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++)
        assert_int_equal(chmod(bench_path(b, "%s", folders[i]), mode), 0);
}

/* Nobody, to whom permissions apply. */
static int as_nobody(void **state)
{
    if (geteuid() == 0 && setresuid(65534, 65534, 65534))
        return CHILD_CANNOT;
    if (access(bench_path(*state, "main.tar"), R_OK)) /* the temporary folder lies where nobody comes */
        return CHILD_CANNOT;
    assert_read_only(*state, strerror(EACCES));
    return 0;
}

static void a_folder_without_permission_is_reported_and_can_be_read(void **state)
{
    const struct bench *b = *state;
    bench_save(b, "main", seeds[0]);
    assert_int_equal(tare_baseline_export(&b->store, "main", bench_path(b, "main.tar")), 0);
    allow(b, 0555);
    bool could = in_child(as_nobody, state);
    allow(b, 0755);
    if (!could) {
        print_message("no user without permission can be had here\n");
        skip();
    }
}

static int on_a_read_only_disk(void **state)
{
    const struct bench *b = *state;
    const char *root = b->store.root;
    if (!private_mounts() || mount(root, root, NULL, MS_BIND, NULL) ||
        mount(NULL, root, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL))
        return CHILD_CANNOT;
    assert_read_only(b, strerror(EROFS));
    return 0;
}

static void a_read_only_disk_is_reported_and_can_be_read(void **state)
{
    const struct bench *b = *state;
    bench_save(b, "main", seeds[0]);
    assert_int_equal(tare_baseline_export(&b->store, "main", bench_path(b, "main.tar")), 0);
    if (!in_child(on_a_read_only_disk, state)) {
        print_message("nothing can be mounted here\n");
        skip();
    }
}

/* Four processes save their own run under one name, again and again; who looks sees one of the four. */
static void several_savers_leave_one_of_theirs(void **state)
{
    const struct bench *b = *state;
    enum { SAVERS = 4, SAVES = 12 };
    pid_t savers[SAVERS];
    struct tare_run runs[SAVERS];
    for (size_t i = 0; i < SAVERS; i++)
        bench_run(&runs[i], b, 3000, seeds[i]);
    assert_int_equal(tare_baseline_save(&b->store, "main", &runs[0]), 0);
    for (size_t i = 0; i < SAVERS; i++) {
        savers[i] = fork();
        assert_true(savers[i] >= 0);
        if (savers[i] == 0) {
            for (size_t k = 0; k < SAVES; k++)
                if (tare_baseline_save(&b->store, "main", &runs[i]))
                    _exit(1);
            _exit(0);
        }
    }
    for (size_t i = 0, running = SAVERS; running > 0; i++) {
        int status;
        bench_which(b, "main", seeds, SAVERS);
        for (pid_t child; running > 0 && (child = waitpid(-1, &status, WNOHANG)) > 0; running--)
            assert_int_equal(status, 0);
    }
    bench_which(b, "main", seeds, SAVERS);
    assert_no_debris(b);
    for (size_t i = 0; i < SAVERS; i++)
        tare_run_free(&runs[i]);
}

/* A child that takes the lock, says so, and holds it until it is killed. */
static pid_t hold_lock(const struct bench *b)
{
    int ready[2];
    char byte;
    assert_int_equal(pipe(ready), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct tare_lock lock;
        if (tare_lock_write(&lock, &b->store, 0) || write(ready[1], "x", 1) != 1)
            _exit(1);
        for (;;)
            pause();
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    close(ready[1]);
    return child;
}

static void a_lock_that_is_held_names_its_holder(void **state)
{
    const struct bench *b = *state;
    struct tare_lock lock;
    char who[64];
    bench_save(b, "main", seeds[0]);
    pid_t child = hold_lock(b);
    snprintf(who, sizeof who, "/lock: process %ld has held the store for 0.06 s", (long)child);
    assert_int_equal(tare_lock_write(&lock, &b->store, 60), TARE_EBUSY);
    assert_non_null(strstr(tare_error(), who));
    assert_int_equal(tare_lock_read(&lock, &b->store, 60), TARE_EBUSY);
    assert_non_null(strstr(tare_error(), who));
    kill(child, SIGKILL);
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_int_equal(tare_lock_write(&lock, &b->store, 0), 0); /* the dead hold nothing */
    tare_lock_release(&lock);
}

static void readers_share_the_lock_and_writers_wait_for_them(void **state)
{
    const struct bench *b = *state;
    struct tare_lock one, two, writer;
    bench_save(b, "main", seeds[0]);
    assert_int_equal(tare_lock_read(&one, &b->store, 0), 0);
    assert_int_equal(tare_lock_read(&two, &b->store, 0), 0);
    tare_lock_release(&two);
    assert_int_equal(tare_lock_write(&writer, &b->store, 40), TARE_EBUSY);
    assert_non_null(strstr(tare_error(), "/lock: another process has held"));
    tare_lock_release(&one);
    assert_int_equal(tare_lock_write(&writer, &b->store, 0), 0);
    tare_lock_release(&writer);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown(a_file_that_can_not_grow_is_reported_and_the_old_baseline_stays, bench_make,
                                    bench_remove),
    cmocka_unit_test_setup_teardown(a_full_disk_is_reported_and_the_old_baseline_stays, bench_make, bench_remove),
    cmocka_unit_test_setup_teardown(a_folder_without_permission_is_reported_and_can_be_read, bench_make, bench_remove),
    cmocka_unit_test_setup_teardown(a_read_only_disk_is_reported_and_can_be_read, bench_make, bench_remove),
    cmocka_unit_test_setup_teardown(several_savers_leave_one_of_theirs, bench_make, bench_remove),
    cmocka_unit_test_setup_teardown(a_lock_that_is_held_names_its_holder, bench_make, bench_remove),
    cmocka_unit_test_setup_teardown(readers_share_the_lock_and_writers_wait_for_them, bench_make, bench_remove),
};
TARE_TEST_MAIN(tests)
