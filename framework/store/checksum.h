/* SHA-256 sums of the files of a baseline, in the form that `sha256sum -c` reads. Private to this layer. */
#ifndef TARE_STORE_CHECKSUM_H
#define TARE_STORE_CHECKSUM_H

#include "framework/base/mem.h"

enum { TARE_SHA256_TEXT = 65 }; /* 64 lower-case hexadecimal digits and NUL */

void tare_sha256(char text[TARE_SHA256_TEXT], const void *data, size_t len);
int tare_sha256_file(char text[TARE_SHA256_TEXT], const char *path);

struct tare_checksum {
    char *path; /* below the baseline's folder: "suites/kernels.so" */
    char text[TARE_SHA256_TEXT];
};
struct tare_checksums {
    struct tare_checksum *items;
    size_t n, capacity;
};

int tare_checksums_add(struct tare_checksums *c, const char *path, const char *text);
void tare_checksums_print(struct tare_buf *out, const struct tare_checksums *c);

/* Reads what print wrote. Strict: whole lines, paths of a baseline's files only, each once. `where` begins messages;
 * TARE_EPARSE. */
int tare_checksums_parse(struct tare_checksums *c, const char *text, size_t len, const char *where);
const struct tare_checksum *tare_checksums_find(const struct tare_checksums *c, const char *path);
void tare_checksums_free(struct tare_checksums *c);

/* Is this the path of one of a baseline's files: manifest.json, results.jsonl, suites/<name>.so? */
bool tare_member_check(const char *path);

#endif
