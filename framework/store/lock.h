/* The store's lock: flock() on <root>/lock. The kernel releases it when its holder ends, however that happens. */
#ifndef TARE_STORE_LOCK_H
#define TARE_STORE_LOCK_H

#include "framework/store/baseline.h"

enum { TARE_LOCK_WAIT_MS = 10000 };

struct tare_lock {
    int fd; /* -1: not held */
};

/* Holds the store alone, to change it; makes the root folder. TARE_EBUSY, naming the holder, after wait_ms. */
int tare_lock_write(struct tare_lock *l, const struct tare_store *s, int wait_ms);

/* Holds off changes while reading. A store whose lock can't be opened (read-only, or never written) is read without. */
int tare_lock_read(struct tare_lock *l, const struct tare_store *s, int wait_ms);

void tare_lock_release(struct tare_lock *l);

#endif
