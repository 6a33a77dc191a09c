#include "framework/store/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "framework/base/error.h"
#include "framework/base/file.h"
#include "framework/base/mem.h"

enum { STEP_MS = 20 };

static int busy(int fd, const char *path, int wait_ms)
{
    char holder[32] = "";
    ssize_t n = pread(fd, holder, sizeof holder - 1, 0);
    holder[n > 0 ? n : 0] = '\0';
    long pid = strtol(holder, NULL, 10);
    char who[48] = "another process";
    if (pid > 0)
        snprintf(who, sizeof who, "process %ld", pid);
    return tare_fail(TARE_EBUSY, "%s: %s has held the store for %g s; try again when it has ended", path, who,
                     wait_ms / 1e3);
}

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int acquire(int fd, int operation, const char *path, int wait_ms)
{
    int64_t end = now_ms() + wait_ms;
    while (flock(fd, operation | LOCK_NB)) {
        if (errno == EINTR)
            continue;
        if (errno != EWOULDBLOCK)
            return tare_fail(TARE_EIO, "%s: cannot lock: %s", path, strerror(errno));
        if (now_ms() >= end)
            return busy(fd, path, wait_ms);
        nanosleep(&(struct timespec){ .tv_nsec = STEP_MS * 1000000L }, NULL);
    }
    return 0;
}

/* Who holds it, for the message of others; where that can't be written the lock holds all the same. */
static void sign(int fd)
{
    char pid[32];
    int n = snprintf(pid, sizeof pid, "%ld\n", (long)getpid());
    if (ftruncate(fd, 0) == 0)
        (void)!pwrite(fd, pid, (size_t)n, 0);
}

int tare_lock_write(struct tare_lock *l, const struct tare_store *s, int wait_ms)
{
    l->fd = -1;
    int rc = tare_dir_make(s->root);
    char *path = rc ? NULL : tare_path_join(s->root, "lock");
    if (!path)
        return rc ? rc : TARE_ENOMEM;
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (fd < 0)
        rc = tare_fail(TARE_EIO, "%s: cannot open: %s", path, strerror(errno));
    else
        rc = acquire(fd, LOCK_EX, path, wait_ms);
    if (!rc) {
        sign(fd);
        l->fd = fd;
    } else if (fd >= 0) {
        close(fd);
    }
    free(path);
    return rc;
}

int tare_lock_read(struct tare_lock *l, const struct tare_store *s, int wait_ms)
{
    l->fd = -1;
    char *path = tare_path_join(s->root, "lock");
    if (!path)
        return TARE_ENOMEM;
    int rc = 0, fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0 && (rc = acquire(fd, LOCK_SH, path, wait_ms)))
        close(fd);
    else
        l->fd = fd;
    free(path);
    return rc;
}

void tare_lock_release(struct tare_lock *l)
{
    if (l->fd < 0)
        return;
    (void)!ftruncate(l->fd, 0); /* fails for a reader, who has written nothing */
    close(l->fd);
    l->fd = -1;
}
