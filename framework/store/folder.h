/* One baseline's folder: written whole, read whole. Private to this layer. */
#ifndef TARE_STORE_FOLDER_H
#define TARE_STORE_FOLDER_H

#include "framework/store/baseline.h"
#include "framework/store/checksum.h"

/* Writes a run into an empty folder, with its builds, and brings all of it onto disk. */
int tare_folder_write(const char *path, const struct tare_run *run);

/* Reads and verifies a folder. `label` stands for the path in messages. b is filled but for its name; on failure it
 * holds nothing. TARE_EDAMAGED, TARE_EPARSE, TARE_EVERSION, TARE_EIO. */
int tare_folder_read(struct tare_baseline *b, const char *path, const char *label);

/* The listing in a folder's `checksums`. */
int tare_folder_checksums(struct tare_checksums *sums, const char *path, const char *label);

#endif
