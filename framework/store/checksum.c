#include "framework/store/checksum.h"

#include <errno.h>
#include <fcntl.h>
#include <sha2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "framework/base/error.h"
#include "framework/store/baseline.h"
#include "framework/store/manifest.h"

enum { CHUNK = 64 * 1024, DIGITS = TARE_SHA256_TEXT - 1 };

void tare_sha256(char text[TARE_SHA256_TEXT], const void *data, size_t len)
{
    SHA2_CTX ctx;
    SHA256Init(&ctx);
    SHA256Update(&ctx, data, len);
    SHA256End(&ctx, text);
}

int tare_sha256_file(char text[TARE_SHA256_TEXT], const char *path)
{
    SHA2_CTX ctx;
    SHA256Init(&ctx);
    int fd = open(path, O_RDONLY | O_CLOEXEC), rc = 0;
    if (fd < 0)
        return tare_fail(errno == ENOENT ? TARE_ENOENT : TARE_EIO, "%s: cannot open: %s", path, strerror(errno));
    unsigned char *chunk = tare_alloc(CHUNK);
    ssize_t got = 0;
    while (chunk && ((got = read(fd, chunk, CHUNK)) > 0 || (got < 0 && errno == EINTR)))
        if (got > 0)
            SHA256Update(&ctx, chunk, (size_t)got);
    if (!chunk)
        rc = TARE_ENOMEM;
    else if (got < 0)
        rc = tare_fail(TARE_EIO, "%s: cannot read: %s", path, strerror(errno));
    SHA256End(&ctx, text);
    free(chunk);
    close(fd);
    return rc;
}

bool tare_member_check(const char *path)
{
    if (strcmp(path, TARE_MANIFEST_FILE) == 0 || strcmp(path, TARE_RESULTS_FILE) == 0)
        return true;
    size_t len = strlen(path), prefix = strlen(TARE_SUITES_DIR "/"), suffix = strlen(".so");
    char name[128];
    if (len <= prefix + suffix || len >= sizeof name || strncmp(path, TARE_SUITES_DIR "/", prefix) != 0 ||
        strcmp(path + len - suffix, ".so") != 0)
        return false;
    memcpy(name, path + prefix, len - prefix - suffix);
    name[len - prefix - suffix] = '\0';
    return tare_name_check(name);
}

int tare_checksums_add(struct tare_checksums *c, const char *path, const char *text)
{
    if (tare_grow(&c->items, &c->capacity, c->n + 1, sizeof *c->items))
        return TARE_ENOMEM;
    struct tare_checksum *item = &c->items[c->n];
    if (!(item->path = tare_strdup(path)))
        return TARE_ENOMEM;
    memcpy(item->text, text, TARE_SHA256_TEXT);
    c->n++;
    return 0;
}

void tare_checksums_print(struct tare_buf *out, const struct tare_checksums *c)
{
    for (size_t i = 0; i < c->n; i++)
        tare_buf_fmt(out, "%s  %s\n", c->items[i].text, c->items[i].path);
}

/* "<64 digits>  <path>"; line is [len], without the newline. */
static int parse_line(struct tare_checksums *c, const char *line, size_t len, size_t number, const char *where)
{
    char text[TARE_SHA256_TEXT], path[128];
    size_t n = len > DIGITS + 2 ? len - DIGITS - 2 : 0;
    if (n == 0 || n >= sizeof path || memchr(line, '\0', len) || line[DIGITS] != ' ' || line[DIGITS + 1] != ' ')
        return tare_fail(TARE_EPARSE, "%s:%zu: not a line of a checksum, two spaces and a path", where, number);
    memcpy(text, line, DIGITS);
    text[DIGITS] = '\0';
    memcpy(path, line + DIGITS + 2, n);
    path[n] = '\0';
    if (strspn(text, "0123456789abcdef") != DIGITS)
        return tare_fail(TARE_EPARSE, "%s:%zu: not a SHA-256 checksum", where, number);
    if (!tare_member_check(path))
        return tare_fail(TARE_EPARSE, "%s:%zu: not the path of a file of a baseline", where, number);
    if (tare_checksums_find(c, path))
        return tare_fail(TARE_EPARSE, "%s:%zu: %s is listed twice", where, number, path);
    return tare_checksums_add(c, path, text);
}

int tare_checksums_parse(struct tare_checksums *c, const char *text, size_t len, const char *where)
{
    const char *end = text + len;
    size_t number = 0;
    while (text < end) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        number++;
        if (!newline)
            return tare_fail(TARE_EPARSE, "%s:%zu: the line is cut off", where, number);
        int rc = parse_line(c, text, (size_t)(newline - text), number, where);
        if (rc)
            return rc;
        text = newline + 1;
    }
    return 0;
}

const struct tare_checksum *tare_checksums_find(const struct tare_checksums *c, const char *path)
{
    for (size_t i = 0; i < c->n; i++)
        if (strcmp(c->items[i].path, path) == 0)
            return &c->items[i];
    return NULL;
}

void tare_checksums_free(struct tare_checksums *c)
{
    for (size_t i = 0; i < c->n; i++)
        free(c->items[i].path);
    free(c->items);
    *c = (struct tare_checksums){ 0 };
}
