/* Folders of a store, and how one baseline takes another's place. Private to this layer.
 *     <root>/lock                  held while anything below changes (lock.h)
 *     <root>/baselines/<name>/     the baselines
 *     <root>/baselines/.old-<name> the old one between two renames, where the file system can't exchange folders
 *     <root>/tmp-<pid>-<random>/   a baseline that is being written, or one that is being removed */
#ifndef TARE_STORE_PLACE_H
#define TARE_STORE_PLACE_H

#include "framework/store/baseline.h"

/* The folder of a baseline that exists, damaged or not; NULL when there is none (or memory is out). Caller frees. */
char *tare_place_find(const struct tare_store *s, const char *name);

/* Names of all baselines, unordered; the caller frees each and the list. */
int tare_place_names(char ***names, size_t *n, const struct tare_store *s);

/* TARE_ENOENT, with the nearest name or the command that helps. */
int tare_place_missing(const struct tare_store *s, const char *name);

/* ---- under the exclusive lock ---- */

/* Makes the store's folders, and clears what killed runs left: tmp-* folders, exchanges half done. */
int tare_place_prepare(const struct tare_store *s);

/* A new folder tmp-<pid>-<random>; the caller frees its path, and publishes or discards it. */
int tare_place_aside(char **path, const struct tare_store *s);

/* Gives the finished folder `aside`, all of it on disk, the name; what had the name before is removed. At any moment
 * the name (by tare_place_find) stands for the old folder or the new one. */
int tare_place_publish(const struct tare_store *s, const char *name, const char *aside);

/* Takes the name away and removes its folder. */
int tare_place_remove(const struct tare_store *s, const char *name);

/* Removes a folder or a file as far as that goes; keeps the message of tare_error(). */
void tare_place_discard(const char *path);

#endif
