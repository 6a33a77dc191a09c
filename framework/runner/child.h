/* A program run to its end, and what it printed. */
#ifndef TARE_RUNNER_CHILD_H
#define TARE_RUNNER_CHILD_H

#include "framework/base/mem.h"

struct child {
    const char *const *argv;  /* ends with NULL; argv[0] is looked up in PATH */
    const char *folder;       /* to run in; NULL: here */
    const char *variable;     /* "NAME=value" put into its environment, or NULL */
    bool apart;               /* leaves out the variables by which git is pointed at another repository or work tree */
    const volatile int *stop; /* when it becomes true the program and what it started are ended; NULL: never */
};

/* Standard input is /dev/null; what it prints on standard output goes to `out`, on standard error to `err`; either may
 * be NULL (dropped), or both the same. *status: the exit status, or 128 + the signal that ended it; 127 when there is
 * no such program. TARE_EIO, TARE_ENOMEM; TARE_ESTOP. */
int child_run(int *status, struct tare_buf *out, struct tare_buf *err, const struct child *c);

#endif
