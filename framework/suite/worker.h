/* A process that does what may crash or hang, and the messages it exchanges with the runner. */
#ifndef TARE_SUITE_WORKER_H
#define TARE_SUITE_WORKER_H

#include <stdint.h>
#include <sys/types.h>

#include "framework/base/mem.h"

struct tare_worker {
    pid_t pid; /* 0: none */
    int fd;
};

struct tare_message {
    uint32_t type;
    struct tare_buf data;
    size_t at; /* where the next tare_get reads */
};

/* Forks; the child runs serve(fd, ctx) and ends. The child's standard output goes to standard error (results belong to
 * the runner), SIGINT is left to the parent, and the child dies with it. TARE_EIO when the system refuses. */
int tare_worker_start(struct tare_worker *w, void (*serve)(int fd, void *ctx), void *ctx);

/* Kills it if it still runs. Fine on a stopped one. */
void tare_worker_stop(struct tare_worker *w);

/* Sends a message; TARE_ECRASH when the other side is gone. */
int tare_message_send(int fd, uint32_t type, const struct tare_buf *data);

/* Waits for a message. timeout_ms < 0 waits for ever. TARE_ECRASH when the other side closed; TARE_EBUSY when the time
 * is over; TARE_ESTOP when *stop became true (stop may be NULL). */
int tare_message_receive(struct tare_message *m, int fd, int timeout_ms, const volatile int *stop);
void tare_message_free(struct tare_message *m);

/* Ends a worker that crashed or hung and records what happened to it: "crashed: Segmentation fault (SIGSEGV)", "ended
 * with status 3", or "gave no sign of life for 60 s" when `hung_s` is positive. Returns TARE_ECRASH. */
int tare_worker_bury(struct tare_worker *w, double hung_s);

/* Values inside a message: both sides are the same program, so plain bytes serve. A get beyond the end gives zeroes and
 * sets m->at beyond the length: check with tare_get_ok after the last. */
void tare_put(struct tare_buf *b, const void *value, size_t size);
void tare_put_text(struct tare_buf *b, const char *text); /* NULL is kept apart from "" */
void tare_get(struct tare_message *m, void *value, size_t size);
char *tare_get_text(struct tare_message *m); /* caller frees; NULL as it was sent */
int tare_get_ok(const struct tare_message *m);

#endif
