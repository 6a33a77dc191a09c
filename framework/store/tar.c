#include "framework/store/tar.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "framework/base/error.h"

/* IEEE Std 1003.1, pax: "ustar Interchange Format". Numbers are octal text, ended by NUL or space. */
struct header {
    char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8], type, link[100], magic[6], version[2],
        user[32], group[32], major[8], minor[8], prefix[155], pad[12];
};
_Static_assert(sizeof(struct header) == TARE_TAR_BLOCK, "a header is a block");

static const char magic[6] = "ustar";

/* The sum of the header's bytes, its checksum field counted as spaces. */
static unsigned sum_of(const struct header *h)
{
    const unsigned char *p = (const unsigned char *)h;
    unsigned sum = 0;
    for (size_t i = 0; i < sizeof *h; i++) {
        bool inside = i >= offsetof(struct header, checksum) && i < offsetof(struct header, type);
        sum += inside ? ' ' : p[i];
    }
    return sum;
}

/* ---- writing ---- */

static int write_all(int fd, const char *path, const void *data, size_t len)
{
    const char *p = data;
    while (len) {
        ssize_t put = write(fd, p, len);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return tare_fail(TARE_EIO, "%s: cannot write: %s", path, strerror(errno));
        p += put;
        len -= (size_t)put;
    }
    return 0;
}

int tare_tar_add(int fd, const char *path, const char *name, const void *data, size_t size)
{
    static const char zeros[TARE_TAR_BLOCK];
    if (strlen(name) > TARE_TAR_NAME || (uint64_t)size > 077777777777)
        return tare_fail(TARE_EUNSUP, "%s: %s does not fit into a ustar archive", path, name);
    struct header h = { .mode = "0000644", .uid = "0000000", .gid = "0000000", .mtime = "00000000000", .type = '0' };
    memcpy(h.name, name, strlen(name));
    memcpy(h.magic, magic, sizeof magic);
    memcpy(h.version, "00", 2);
    char text[24];
    snprintf(text, sizeof text, "%011llo", (unsigned long long)size);
    memcpy(h.size, text, 11);
    snprintf(text, sizeof text, "%06o", sum_of(&h));
    memcpy(h.checksum, text, 7); /* six digits and NUL, then a space */
    h.checksum[7] = ' ';
    int rc = write_all(fd, path, &h, sizeof h);
    if (!rc)
        rc = write_all(fd, path, data, size);
    if (!rc)
        rc = write_all(fd, path, zeros, (TARE_TAR_BLOCK - size % TARE_TAR_BLOCK) % TARE_TAR_BLOCK);
    return rc;
}

int tare_tar_end(int fd, const char *path)
{
    static const char zeros[2 * TARE_TAR_BLOCK];
    return write_all(fd, path, zeros, sizeof zeros);
}

/* ---- reading ---- */

/* Octal digits, then NUL or space to the end of the field; no digit is an error. */
static bool parse_octal(uint64_t *value, const char *field, size_t width)
{
    size_t i = 0;
    *value = 0;
    for (; i < width && field[i] >= '0' && field[i] <= '7'; i++)
        *value = *value * 8 + (uint64_t)(field[i] - '0'); /* 12 digits at most: 36 bits */
    size_t digits = i;
    while (i < width && (field[i] == '\0' || field[i] == ' '))
        i++;
    return digits > 0 && i == width;
}

static bool is_zero(const unsigned char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (p[i])
            return false;
    return true;
}

static int bad(const struct tare_tar *t, const char *what)
{
    return tare_fail(TARE_EPARSE, "%s: byte %zu: %s", t->path, t->at, what);
}

int tare_tar_next(struct tare_tar *t, struct tare_tar_member *m)
{
    struct header h;
    uint64_t sum, size;
    size_t left = t->size - t->at;
    if (left < sizeof h)
        return bad(t, "the archive is cut off");
    if (is_zero(t->data + t->at, sizeof h)) {
        if (left < 2 * sizeof h)
            return bad(t, "the archive is cut off");
        return is_zero(t->data + t->at, left) ? 0 : bad(t, "something follows the end of the archive");
    }
    memcpy(&h, t->data + t->at, sizeof h);
    if (memcmp(h.magic, magic, sizeof magic) != 0 || memcmp(h.version, "00", 2) != 0)
        return bad(t, "not a POSIX ustar archive");
    if (!parse_octal(&sum, h.checksum, sizeof h.checksum) || sum != sum_of(&h))
        return bad(t, "the header's checksum differs");
    memcpy(m->name, h.name, TARE_TAR_NAME);
    m->name[TARE_TAR_NAME] = '\0';
    if (h.type != '0')
        return bad(t, "not a regular file");
    if (h.prefix[0])
        return bad(t, "the name has a prefix");
    if (!parse_octal(&size, h.size, sizeof h.size))
        return bad(t, "the size is not a number");
    left -= sizeof h;
    uint64_t padded = (size + TARE_TAR_BLOCK - 1) / TARE_TAR_BLOCK * TARE_TAR_BLOCK;
    if (padded > left)
        return bad(t, "the file ends past the archive");
    m->data = t->data + t->at + sizeof h;
    m->size = (size_t)size;
    t->at += sizeof h + (size_t)padded;
    return 1;
}
