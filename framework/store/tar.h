/* As much of a tar archive as a baseline needs: POSIX.1-1988 ustar, regular files alone, names up to 100 bytes.
 * Private to this layer. */
#ifndef TARE_STORE_TAR_H
#define TARE_STORE_TAR_H

#include <stddef.h>

enum { TARE_TAR_BLOCK = 512, TARE_TAR_NAME = 100 };

/* Writes a member, and the two empty blocks of the end, to an open file; `path` names it in messages. TARE_EIO. */
int tare_tar_add(int fd, const char *path, const char *name, const void *data, size_t size);
int tare_tar_end(int fd, const char *path);

/* An archive in memory, read from the front. */
struct tare_tar {
    const unsigned char *data;
    size_t size, at;
    const char *path; /* for messages */
};

struct tare_tar_member {
    char name[TARE_TAR_NAME + 1];
    const void *data; /* inside the archive */
    size_t size;
};

/* 1: the next member; 0: the end, rightly marked; TARE_EPARSE: anything else. */
int tare_tar_next(struct tare_tar *t, struct tare_tar_member *m);

#endif
