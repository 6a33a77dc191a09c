/* Errors: a function that can fail returns 0 or one of these codes; the message is set once, where the fault is found,
 * and says only what the caller does not know. */
#ifndef TARE_BASE_ERROR_H
#define TARE_BASE_ERROR_H

#include <stdarg.h>

enum tare_status {
    TARE_OK = 0,
    TARE_ENOMEM = -1,   /* memory could not be had */
    TARE_EIO = -2,      /* the system refused: open, read, write, rename, fork */
    TARE_EPARSE = -3,   /* data of a file or a message does not have the right form */
    TARE_EUSAGE = -4,   /* the user asked for something that makes no sense */
    TARE_ENOENT = -5,   /* what was named does not exist */
    TARE_EEXIST = -6,   /* what was to be made exists */
    TARE_EBUSY = -7,    /* someone else holds it */
    TARE_EDAMAGED = -8, /* a checksum does not match, or a part is missing */
    TARE_EVERSION = -9, /* made by another version of an interface or a schema */
    TARE_ECRASH = -10,  /* a worker ended by a signal or did not answer */
    TARE_ESTOP = -11,   /* interrupted by the user */
    TARE_EUNSUP = -12,  /* this machine or this build cannot do it */
};

/* Records the message of this thread (formatted, cut at 1023 bytes) and returns code. */
int tare_fail(int code, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
int tare_vfail(int code, const char *fmt, va_list args);

/* The message of the last tare_fail of this thread, "" if none; valid until the next. */
const char *tare_error(void);
void tare_error_clear(void);

#endif
