/* Files. Errors are TARE_EIO or TARE_ENOENT with a message that begins with the path. */
#ifndef TARE_BASE_FILE_H
#define TARE_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>

/* A file mapped read-only. An empty file has data NULL and size 0. */
struct tare_map {
    const void *data;
    size_t size;
};

int tare_map_open(struct tare_map *map, const char *path);
void tare_map_close(struct tare_map *map);

/* Reads a whole file, NUL-terminated; the caller frees *text. Refuses more than `limit` bytes (0 = no limit). Works on
 * files that do not know their size (/proc, /sys). */
int tare_file_read(char **text, size_t *len, const char *path, size_t limit);

/* Writes and fsyncs a new file (mode 0644); an existing one is replaced only when all was written. */
int tare_file_write(const char *path, const void *data, size_t len);

int tare_file_copy(const char *from, const char *to); /* copies and fsyncs; `to` must not exist */
int tare_dir_make(const char *path);                  /* with its parents; fine if it exists */
int tare_dir_sync(const char *path);                  /* fsync of a directory, so that renames in it last */
int tare_dir_remove(const char *path);                /* with all that is in it; follows no links */

bool tare_path_exists(const char *path);
bool tare_reader_left(int fd);                      /* a pipe that nobody reads any more, as behind `| head` */
char *tare_path_join(const char *a, const char *b); /* caller frees */
char *tare_path_self(void);                         /* directory of the running program; caller frees */

#endif
