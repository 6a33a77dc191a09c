#include "framework/base/file.h"

#include "framework/base/error.h"
#include "framework/base/mem.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { COPY_BYTES = 64 * 1024 };

/* Records "path: cannot <verb>: <what errno says>". */
static int fail_errno(const char *path, const char *verb)
{
    int error = errno;
    int code = error == ENOENT ? TARE_ENOENT : error == ENOMEM ? TARE_ENOMEM : error == EEXIST ? TARE_EEXIST : TARE_EIO;
    return tare_fail(code, "%s: cannot %s: %s", path, verb, strerror(error));
}

/* close() for the paths of errors, where errno has been used. */
static void shut(int fd)
{
    if (fd >= 0)
        close(fd);
}

int tare_map_open(struct tare_map *map, const char *path)
{
    *map = (struct tare_map){ 0 };
    int rc = TARE_OK;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    if (fd < 0 || fstat(fd, &st)) {
        rc = fail_errno(path, "open");
        goto done;
    }
    if (!S_ISREG(st.st_mode)) {
        rc = tare_fail(TARE_EIO, "%s: cannot open: not a regular file", path);
        goto done;
    }
    if (st.st_size == 0)
        goto done;
    void *data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (data == MAP_FAILED)
        rc = fail_errno(path, "map");
    else
        *map = (struct tare_map){ data, (size_t)st.st_size };
done:
    shut(fd);
    return rc;
}

void tare_map_close(struct tare_map *map)
{
    if (map->data)
        munmap((void *)(uintptr_t)map->data, map->size);
    *map = (struct tare_map){ 0 };
}

int tare_file_read(char **text, size_t *len, const char *path, size_t limit)
{
    *text = NULL;
    struct tare_buf b = { 0 };
    int rc = TARE_OK;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        rc = fail_errno(path, "open");
        goto done;
    }
    char chunk[16 * 1024];
    tare_buf_add(&b, "", 0);
    for (;;) {
        ssize_t got = read(fd, chunk, sizeof chunk);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            rc = fail_errno(path, "read");
            goto done;
        }
        if (got == 0)
            break;
        tare_buf_add(&b, chunk, (size_t)got);
        if (limit && b.len > limit) {
            rc = tare_fail(TARE_EIO, "%s: cannot read: longer than %zu bytes", path, limit);
            goto done;
        }
    }
    if (b.failed)
        rc = TARE_ENOMEM;
done:
    shut(fd);
    if (rc) {
        tare_buf_free(&b);
        return rc;
    }
    *text = b.data;
    if (len)
        *len = b.len;
    return TARE_OK;
}

static int write_all(int fd, const void *data, size_t len)
{
    const char *p = data;
    while (len) {
        ssize_t put = write(fd, p, len);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return -1;
        p += put;
        len -= (size_t)put;
    }
    return 0;
}

/* The directory a path lies in; the caller frees. */
static char *parent_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash)
        return tare_strdup(".");
    return slash == path ? tare_strdup("/") : tare_strndup(path, (size_t)(slash - path));
}

/* fsync of the directory that holds path. */
static int sync_parent(const char *path)
{
    char *dir = parent_of(path);
    int rc = dir ? tare_dir_sync(dir) : TARE_ENOMEM;
    free(dir);
    return rc;
}

/* A terminal, a pipe or a device cannot be replaced: it is written to. */
static int write_special(const char *path, const void *data, size_t len)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
    int rc = fd < 0 || write_all(fd, data, len) ? fail_errno(path, "write") : TARE_OK;
    shut(fd);
    return rc;
}

int tare_file_write(const char *path, const void *data, size_t len)
{
    static atomic_uint counter;
    struct stat st;
    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
        return write_special(path, data, len);

    /* A name of its own beside the file: rename replaces only within one file system. */
    char *aside = tare_format("%s.%ld-%u.tmp", path, (long)getpid(), atomic_fetch_add(&counter, 1));
    if (!aside)
        return TARE_ENOMEM;
    int rc = TARE_OK;
    int fd = open(aside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd < 0) {
        rc = fail_errno(path, "write");
        goto done;
    }
    bool written = write_all(fd, data, len) == 0 && fsync(fd) == 0;
    int error = errno;
    if (close(fd) && written) {
        written = false;
        error = errno;
    }
    errno = error;
    if (!written || rename(aside, path)) {
        rc = fail_errno(path, "write");
        unlink(aside);
        goto done;
    }
    rc = sync_parent(path);
done:
    free(aside);
    return rc;
}

/* Copies what is left to read of one to the other and fsyncs that. */
static int pump(int from, int to, const char *from_path, const char *to_path)
{
    char *chunk = tare_alloc(COPY_BYTES);
    int rc = chunk ? TARE_OK : TARE_ENOMEM;
    while (!rc) {
        ssize_t got = read(from, chunk, COPY_BYTES);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            rc = fail_errno(from_path, "read");
        else if (got == 0)
            break;
        else if (write_all(to, chunk, (size_t)got))
            rc = fail_errno(to_path, "write");
    }
    if (!rc && fsync(to))
        rc = fail_errno(to_path, "write");
    free(chunk);
    return rc;
}

int tare_file_copy(const char *from, const char *to)
{
    int rc = TARE_OK, out = -1;
    struct stat st;
    int in = open(from, O_RDONLY | O_CLOEXEC);
    if (in < 0 || fstat(in, &st)) {
        rc = fail_errno(from, "open");
        goto done;
    }
    if (!S_ISREG(st.st_mode)) {
        rc = tare_fail(TARE_EIO, "%s: cannot copy: not a regular file", from);
        goto done;
    }
    out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, st.st_mode & 0777);
    if (out < 0) {
        rc = fail_errno(to, "write");
        goto done;
    }
    rc = pump(in, out, from, to);
    if (close(out) && !rc)
        rc = fail_errno(to, "write");
    if (rc)
        unlink(to);
    else
        rc = sync_parent(to);
done:
    shut(in);
    return rc;
}

/* mkdir that is content with a directory (or a link to one) that is there. */
static int make_one(const char *path)
{
    struct stat st;
    if (mkdir(path, 0755) == 0)
        return TARE_OK;
    int error = errno;
    if (error == EEXIST && stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        return TARE_OK;
    errno = error == EEXIST ? ENOTDIR : error;
    return fail_errno(path, "make the directory");
}

int tare_dir_make(const char *path)
{
    struct stat st;
    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        return TARE_OK;
    char *part = tare_strdup(path);
    int rc = part ? TARE_OK : TARE_ENOMEM;
    for (char *slash = part; !rc && *slash && (slash = strchr(slash + 1, '/')) != NULL;) {
        *slash = '\0';
        rc = make_one(part);
        *slash = '/';
    }
    if (!rc)
        rc = make_one(path);
    free(part);
    return rc;
}

int tare_dir_sync(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int rc = TARE_OK;
    if (fd < 0 || (fsync(fd) && errno != EINVAL && errno != ENOTSUP)) /* some file systems cannot, and need not */
        rc = fail_errno(path, "sync");
    shut(fd);
    return rc;
}

static int remove_tree(int parent, const char *name, const char *path);

/* Removes one thing in an open directory; what has gone meanwhile is no error. */
static int remove_entry(int dir, const char *name, const char *dir_path)
{
    if (unlinkat(dir, name, 0) == 0 || errno == ENOENT)
        return TARE_OK;
    int error = errno;
    char *path = tare_path_join(dir_path, name);
    if (!path)
        return TARE_ENOMEM;
    struct stat st;
    bool is_dir = fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode);
    errno = error;
    int rc = is_dir ? remove_tree(dir, name, path) : fail_errno(path, "remove");
    free(path);
    return rc;
}

/* Removes the directory `name` in the directory `parent` with all in it; path is for messages. */
static int remove_tree(int parent, const char *name, const char *path)
{
    int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (!dir) {
        int rc = fail_errno(path, "remove");
        shut(fd);
        return rc;
    }
    int rc = TARE_OK;
    const struct dirent *e;
    while (!rc && (errno = 0, e = readdir(dir)) != NULL)
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
            rc = remove_entry(fd, e->d_name, path);
    if (!rc && errno)
        rc = fail_errno(path, "remove");
    closedir(dir);
    if (!rc && unlinkat(parent, name, AT_REMOVEDIR))
        rc = fail_errno(path, "remove");
    return rc;
}

int tare_dir_remove(const char *path)
{
    size_t len = strlen(path);
    while (len > 1 && path[len - 1] == '/') /* with a slash behind it a link would be followed */
        len--;
    char *name = tare_strndup(path, len);
    int rc = name ? remove_tree(AT_FDCWD, name, name) : TARE_ENOMEM;
    free(name);
    return rc;
}

bool tare_reader_left(int fd)
{
    struct pollfd p = { .fd = fd, .events = POLLOUT };
    return poll(&p, 1, 0) > 0 && (p.revents & POLLERR);
}

bool tare_path_exists(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0;
}

char *tare_path_join(const char *a, const char *b)
{
    size_t len = strlen(a);
    return tare_format("%s%s%s", a, len && a[len - 1] != '/' ? "/" : "", b);
}

char *tare_path_self(void)
{
    char path[4096];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path);
    if (n <= 0 || n == (ssize_t)sizeof path) {
        tare_fail(TARE_EIO, "/proc/self/exe: cannot read: %s", n < 0 ? strerror(errno) : "too long");
        return NULL;
    }
    path[n] = '\0';
    return parent_of(path);
}
