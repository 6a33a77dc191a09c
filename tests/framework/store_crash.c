/* Savers that are killed, or whose system calls fail, at every point: the name holds the old baseline or the new one,
 * whole. The program is linked with --wrap for the calls below, so that each counts down a fuse first. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/framework/store_fixture.h"

/* ---- the fuse ---- */

static struct {
    long calls_left; /* until it burns down; 0: it never does */
    int error;       /* what the call then fails with; 0: the process kills itself instead */
    bool stays;      /* later calls fail too */
    bool burnt;
    bool no_exchange; /* the file system knows no RENAME_EXCHANGE */
} fuse;

/* Called before each system call; true: it is to fail. */
static bool burns(void)
{
    if (fuse.burnt && fuse.stays) {
        errno = fuse.error;
        return true;
    }
    if (fuse.calls_left == 0 || --fuse.calls_left > 0)
        return false;
    fuse.burnt = true;
    if (fuse.error == 0)
        raise(SIGKILL);
    errno = fuse.error;
    return true;
}

/* Which open files hold writes that were not fsynced; files that were closed so; publishing renames that saw one. */
static struct {
    bool dirty[256]; /* by descriptor */
    size_t closed_dirty, published, published_dirty;
} synced;

static void note_publish(void)
{
    synced.published++;
    synced.published_dirty += synced.closed_dirty > 0;
}

#define WRAPPED(name, parameters, arguments)                                                                           \
    int __real_##name parameters;                                                                                      \
    int __wrap_##name parameters;                                                                                      \
    int __wrap_##name parameters                                                                                       \
    {                                                                                                                  \
        return burns() ? -1 : __real_##name arguments;                                                                 \
    }
WRAPPED(mkdir, (const char *path, mode_t mode), (path, mode))
WRAPPED(unlink, (const char *path), (path))
WRAPPED(unlinkat, (int dir, const char *path, int flags), (dir, path, flags))
WRAPPED(rmdir, (const char *path), (path))
WRAPPED(flock, (int fd, int operation), (fd, operation))
WRAPPED(ftruncate, (int fd, off_t length), (fd, length))

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...)
{
    va_list args;
    va_start(args, flags);
    int mode = flags & O_CREAT ? va_arg(args, int) : 0;
    va_end(args);
    return burns() ? -1 : __real_open(path, flags, mode);
}

ssize_t __real_write(int fd, const void *data, size_t len);
ssize_t __wrap_write(int fd, const void *data, size_t len);
ssize_t __wrap_write(int fd, const void *data, size_t len)
{
    synced.dirty[fd % 256] = true;
    return burns() ? -1 : __real_write(fd, data, len);
}

int __real_fsync(int fd);
int __wrap_fsync(int fd);
int __wrap_fsync(int fd)
{
    synced.dirty[fd % 256] = false;
    return burns() ? -1 : __real_fsync(fd);
}

int __real_rename(const char *from, const char *to);
int __wrap_rename(const char *from, const char *to);
int __wrap_rename(const char *from, const char *to)
{
    note_publish();
    return burns() ? -1 : __real_rename(from, to);
}

ssize_t __real_read(int fd, void *data, size_t len);
ssize_t __wrap_read(int fd, void *data, size_t len);
ssize_t __wrap_read(int fd, void *data, size_t len)
{
    return burns() ? -1 : __real_read(fd, data, len);
}

/* A close that fails has closed all the same. */
int __real_close(int fd);
int __wrap_close(int fd);
int __wrap_close(int fd)
{
    int rc = __real_close(fd);
    synced.closed_dirty += synced.dirty[fd % 256];
    synced.dirty[fd % 256] = false;
    return burns() ? -1 : rc;
}

int __real_renameat2(int dir, const char *from, int to_dir, const char *to, unsigned flags);
int __wrap_renameat2(int dir, const char *from, int to_dir, const char *to, unsigned flags);
int __wrap_renameat2(int dir, const char *from, int to_dir, const char *to, unsigned flags)
{
    if (fuse.no_exchange) {
        errno = EINVAL;
        return -1;
    }
    note_publish();
    return burns() ? -1 : __real_renameat2(dir, from, to_dir, to, flags);
}

/* ---- the tests ---- */

static const uint64_t seeds[] = { 1, 2 };

/* One run of each seed; which of the two is saved next is the one that isn't there. */
struct savers {
    const struct bench *b;
    struct tare_run runs[2];
    size_t there;
};

static void prepare(struct savers *s, const struct bench *b)
{
    s->b = b;
    s->there = 0;
    for (size_t i = 0; i < 2; i++)
        bench_run(&s->runs[i], b, 70000, seeds[i]); /* the build is copied in two pieces */
    assert_int_equal(tare_baseline_save(&b->store, "main", &s->runs[0]), 0);
}

static void finish(struct savers *s)
{
    fuse.no_exchange = false;
    assert_int_equal(tare_baseline_save(&s->b->store, "main", &s->runs[0]), 0);
    assert_int_equal(bench_which(s->b, "main", seeds, 2), 0);
    assert_no_debris(s->b);
    for (size_t i = 0; i < 2; i++)
        tare_run_free(&s->runs[i]);
}

/* Kills a child at its k-th call, for k = 1, 2, ... until it gets to the end of its save. */
static void kill_at_every_call(const struct bench *b, bool no_exchange)
{
    struct savers s;
    size_t kept = 0, replaced = 0;
    prepare(&s, b);
    for (long k = 1;; k++) {
        size_t other = 1 - s.there;
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            fuse.calls_left = k;
            fuse.no_exchange = no_exchange;
            _exit(tare_baseline_save(&b->store, "main", &s.runs[other]) ? 1 : 0);
        }
        int status;
        assert_int_equal(waitpid(child, &status, 0), child);
        size_t found = bench_which(b, "main", seeds, 2);
        if (!WIFSIGNALED(status)) {
            assert_int_equal(WEXITSTATUS(status), 0);
            assert_int_equal(found, other);
            break;
        }
        assert_int_equal(WTERMSIG(status), SIGKILL);
        kept += found == s.there;
        replaced += found == other;
        s.there = found;
        assert_true(k < 500);
    }
    assert_true(kept > 20);     /* the writing */
    assert_true(replaced >= 3); /* the syncing and clearing after */
    finish(&s);
}

static void killed_at_every_call_the_baseline_is_whole(void **state)
{
    kill_at_every_call(*state, false);
}

static void killed_at_every_call_without_exchange_the_baseline_is_whole(void **state)
{
    kill_at_every_call(*state, true);
}

/* Lets the k-th call fail, for every k. */
static void fail_at_every_call(const struct bench *b, int error, bool stays, bool no_exchange)
{
    struct savers s;
    size_t errors = 0;
    prepare(&s, b);
    for (long k = 1;; k++) {
        size_t other = 1 - s.there;
        tare_error_clear();
        memset(&fuse, 0, sizeof fuse);
        fuse.calls_left = k;
        fuse.error = error;
        fuse.stays = stays;
        fuse.no_exchange = no_exchange;
        int rc = tare_baseline_save(&b->store, "main", &s.runs[other]);
        bool burnt = fuse.burnt;
        memset(&fuse, 0, sizeof fuse);
        size_t found = bench_which(b, "main", seeds, 2);
        if (rc == 0) {
            assert_int_equal(found, other);
        } else {
            errors++;
            assert_int_equal(rc, TARE_EIO);
            if (!strstr(tare_error(), strerror(error)) || tare_error()[0] != '/')
                fail_msg("call %ld: \"%s\"", k, tare_error());
        }
        s.there = found;
        if (!burnt) {
            assert_int_equal(rc, 0);
            break;
        }
        assert_true(k < 500);
    }
    assert_true(errors > 20);
    finish(&s);
}

static void when_any_call_fails_the_baseline_is_whole(void **state)
{
    static const struct {
        int error;
        bool stays, no_exchange;
    } cases[] = {
        { ENOSPC, false, false },
        { EIO, true, false },
        { EROFS, true, true },
        { EDQUOT, false, true },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        fail_at_every_call(*state, cases[i].error, cases[i].stays, cases[i].no_exchange);
}

/* A saver that never rests, killed at 50 moments. */
static void killed_at_random_moments_the_baseline_is_whole(void **state)
{
    const struct bench *b = *state;
    struct savers s;
    struct tare_rng rng;
    tare_rng_seed(&rng, 50);
    prepare(&s, b);
    for (int i = 0; i < 50; i++) {
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0)
            for (size_t k = 0;; k++)
                if (tare_baseline_save(&b->store, "main", &s.runs[k % 2]))
                    _exit(1);
        usleep((useconds_t)(500 + tare_rng_below(&rng, 30000)));
        int status;
        kill(child, SIGKILL);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status)); /* no save failed */
        bench_which(b, "main", seeds, 2);
    }
    finish(&s);
}

static void killed_at_every_call_a_first_save_is_whole_or_not_there(void **state)
{
    const struct bench *b = *state;
    struct tare_run run;
    bench_run(&run, b, 100, seeds[0]);
    for (long k = 1;; k++) {
        if (tare_path_exists(b->store.root))
            assert_int_equal(tare_dir_remove(b->store.root), 0);
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            fuse.calls_left = k;
            _exit(tare_baseline_save(&b->store, "main", &run) ? 1 : 0);
        }
        int status;
        assert_int_equal(waitpid(child, &status, 0), child);
        if (tare_baseline_exists(&b->store, "main"))
            assert_int_equal(bench_which(b, "main", seeds, 1), 0);
        if (!WIFSIGNALED(status)) {
            assert_int_equal(WEXITSTATUS(status), 0);
            assert_true(tare_baseline_exists(&b->store, "main"));
            break;
        }
        assert_true(k < 500);
    }
    tare_run_free(&run);
}

static void killed_at_every_call_a_removal_is_whole_or_done(void **state)
{
    const struct bench *b = *state;
    for (long k = 1;; k++) {
        bench_save(b, "main", seeds[0]);
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            fuse.calls_left = k;
            _exit(tare_baseline_remove(&b->store, "main") ? 1 : 0);
        }
        int status;
        assert_int_equal(waitpid(child, &status, 0), child);
        if (tare_baseline_exists(&b->store, "main"))
            assert_int_equal(bench_which(b, "main", seeds, 1), 0);
        if (!WIFSIGNALED(status)) {
            assert_false(tare_baseline_exists(&b->store, "main"));
            break;
        }
        assert_true(k < 500);
    }
    assert_no_debris(b);
}

/* What a power cut leaves is what was fsynced: nothing gets a name before. */
static void all_is_on_disk_before_it_gets_its_name(void **state)
{
    const struct bench *b = *state;
    struct savers s;
    prepare(&s, b);
    for (size_t i = 0; i < 4; i++) {
        memset(&synced, 0, sizeof synced);
        fuse.no_exchange = i >= 2;
        assert_int_equal(tare_baseline_save(&b->store, "main", &s.runs[i % 2]), 0);
        assert_true(synced.published >= 4); /* three files that were written aside, and the folder */
        assert_int_equal(synced.published_dirty, 0);
    }
    finish(&s);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown(killed_at_every_call_the_baseline_is_whole, bench_make, bench_remove),
    cmocka_unit_test_setup_teardown(killed_at_every_call_without_exchange_the_baseline_is_whole, bench_make,
                                    bench_remove),
    cmocka_unit_test_setup_teardown(when_any_call_fails_the_baseline_is_whole, bench_make, bench_remove),
    cmocka_unit_test_setup_teardown(killed_at_random_moments_the_baseline_is_whole, bench_make, bench_remove),
    cmocka_unit_test_setup_teardown(killed_at_every_call_a_first_save_is_whole_or_not_there, bench_make, bench_remove),
    cmocka_unit_test_setup_teardown(all_is_on_disk_before_it_gets_its_name, bench_make, bench_remove),
    cmocka_unit_test_setup_teardown(killed_at_every_call_a_removal_is_whole_or_done, bench_make, bench_remove),
};
TARE_TEST_MAIN(tests)
